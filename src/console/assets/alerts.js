const CHOICE = 'hoixa:alerts';

/** A sound and a notice of the browser when somebody begins to wait; only for who asked for it, on this machine. */
export function watchAlerts(page) {
  const button = document.querySelector('[data-act=alerts]');
  if (!button) return;
  const isOn = () => localStorage.getItem(CHOICE) === 'on';
  const show = () => {
    button.setAttribute('aria-pressed', String(isOn()));
    button.querySelector('span').textContent = isOn() ? 'Đang báo tiếng. Bấm để tắt' : 'Báo tiếng và thông báo';
  };
  const value = (name) => Number(document.querySelector(`#counts [data-count=${name}]`)?.dataset.value ?? 0);
  let [waiting, unread] = [value('waiting'), value('unread')];

  button.addEventListener('click', async () => {
    if (isOn()) localStorage.removeItem(CHOICE);
    else {
      localStorage.setItem(CHOICE, 'on');
      // Without leave there is the sound alone.
      if ('Notification' in window && Notification.permission === 'default') await Notification.requestPermission();
      beep();
    }
    show();
  });
  show();

  page.onDrawn(() => {
    const [nowWaiting, nowUnread] = [value('waiting'), value('unread')];
    const isMore = nowWaiting > waiting || nowUnread > unread;
    const words = nowWaiting > waiting ? `${nowWaiting} người đang chờ cán bộ` : `${nowUnread} hội thoại của bạn có tin mới`;
    [waiting, unread] = [nowWaiting, nowUnread];
    document.title = document.title.replace(/^(\(\d+\) )?/, nowWaiting + nowUnread > 0 ? `(${nowWaiting + nowUnread}) ` : '');
    if (!isMore || !isOn()) return;
    beep();
    // No name and no words: a notice is seen by whoever stands at the desk.
    if ('Notification' in window && Notification.permission === 'granted' && document.visibilityState !== 'visible') {
      new Notification('Hỏi Xã', { body: words, tag: 'hoixa' });
    }
  });
}

function beep() {
  try {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.12, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.35);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.35);
    tone.onended = () => audio.close();
  } catch {
    // A machine without sound shows the notice alone.
  }
}
