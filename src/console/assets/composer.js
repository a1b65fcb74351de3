/** Writing to a citizen: nothing typed is lost, nothing is sent twice. */
export function composer({ base, officer, csrf }, say, look) {
  const headers = { 'x-csrf-token': csrf, 'hx-request': 'true', 'content-type': 'application/x-www-form-urlencoded' };
  const DRAFT = (id) => `hoixa:draft:${officer}:${id}`;
  const LINE = `hoixa:line:${officer}`;
  const box = () => document.getElementById('reply');
  const ready = () => document.getElementById('ready');
  const talk = () => document.getElementById('talk')?.dataset.conversation ?? '';
  const path = (id) => `${base}/conversations/${id}`;
  const post = (url, fields) => fetch(url, { method: 'POST', headers, body: new URLSearchParams(fields) });

  /** What waits to be sent, also after the page was left: sent with the same key, it leaves once. */
  const line = {
    all: () => JSON.parse(localStorage.getItem(LINE) ?? '[]'),
    keep: (items) => (items.length ? localStorage.setItem(LINE, JSON.stringify(items)) : localStorage.removeItem(LINE)),
    add: (item) => line.keep([...line.all(), item]),
    drop: (key) => line.keep(line.all().filter((item) => item.key !== key)),
  };
  let isSending = false;
  let retry;

  async function send() {
    if (isSending) return;
    isSending = true;
    clearTimeout(retry);
    try {
      for (let [item] = line.all(); item; [item] = line.all()) {
        const response = await post(`${path(item.id)}/reply`, { text: item.text, idempotencyKey: item.key });
        if (response.status === 401) return location.assign('/console/sign-in');
        if (response.status >= 500 || response.status === 429) throw new Error('later');
        line.drop(item.key);
        if (!response.ok) giveBack(item, await response.text());
        else look();
      }
      drawLine();
    } catch {
      drawLine('Chưa gửi được, đang thử lại…');
      retry = setTimeout(send, 2_500);
    } finally {
      isSending = false;
    }
  }

  /** It cannot be sent: the words go back into the box, with the reason. */
  function giveBack({ id, text }, why) {
    const kept = localStorage.getItem(DRAFT(id));
    localStorage.setItem(DRAFT(id), kept ? `${text}\n${kept}` : text);
    say(why || 'Chưa gửi được.', true);
    if (talk() === id && box()) setText(localStorage.getItem(DRAFT(id)));
    look();
  }

  /** Words on their way stand at the end of the conversation until the server shows them itself. */
  function drawLine(state = 'Đang gửi…') {
    for (const one of document.querySelectorAll('.m.pending')) one.remove();
    const thread = document.getElementById('thread');
    if (!thread) return;
    for (const { id, text } of line.all()) {
      if (id !== talk()) continue;
      const item = document.createElement('li');
      item.className = 'm officer pending';
      const bubble = Object.assign(document.createElement('div'), { className: 'bubble' });
      bubble.append(Object.assign(document.createElement('p'), { className: 'text', textContent: text }));
      item.append(bubble, Object.assign(document.createElement('p'), { className: 'meta', textContent: state }));
      thread.append(item);
      toEnd();
    }
  }

  function toEnd() {
    const scroll = document.getElementById('scroll');
    if (scroll) scroll.scrollTop = scroll.scrollHeight;
  }

  let draftTimer;
  let typedAt = 0;
  let typingToldAt = 0;
  function setText(text, isOurs = true) {
    const field = box();
    if (!field) return;
    field.value = text;
    grow(field);
    if (isOurs) keepDraft();
  }
  function grow(field) {
    field.rows = Math.min(8, Math.max(2, field.value.split('\n').length + Math.floor(field.value.length / 90)));
  }
  function keepDraft() {
    const [id, text] = [talk(), box()?.value ?? ''];
    if (text) localStorage.setItem(DRAFT(id), text);
    else localStorage.removeItem(DRAFT(id));
    clearTimeout(draftTimer);
    draftTimer = setTimeout(() => post(`${path(id)}/draft`, { text }).catch(() => {}), 900);
  }
  /** Colleagues see who looks and who types, for some seconds after each beat. */
  function beat() {
    if (!talk() || document.visibilityState !== 'visible') return;
    const isTyping = Date.now() - typedAt < 8_000;
    if (isTyping) typingToldAt = Date.now();
    post(`${path(talk())}/beat`, { typing: isTyping ? '1' : '' }).catch(() => {});
  }

  /** The reply box was drawn anew, or the page: what was being written comes back. */
  function restore() {
    const field = box();
    if (field && !field.dataset.isRestored) {
      field.dataset.isRestored = 'true';
      const text = localStorage.getItem(DRAFT(talk())) ?? field.dataset.draft ?? '';
      if (text && !field.value) setText(text, false);
    }
    if (line.all().some(({ id }) => id === talk()) && !document.querySelector('.m.pending')) drawLine();
  }

  document.addEventListener('submit', (event) => {
    if (!event.target.matches('#composer .reply')) return;
    event.preventDefault();
    const field = box();
    const text = field.value.trim();
    if (!text) return;
    const key = event.target.elements.idempotencyKey.value;
    line.add({ id: talk(), text, key });
    event.target.elements.idempotencyKey.value = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}-${Math.random()}`;
    clearTimeout(draftTimer);
    field.value = '';
    localStorage.removeItem(DRAFT(talk()));
    grow(field);
    drawLine();
    send();
  });
  document.addEventListener('input', (event) => {
    if (event.target.id !== 'reply') return;
    grow(event.target);
    keepDraft();
    typedAt = Date.now();
    if (typedAt - typingToldAt > 5_000) beat();
    const [, typed] = /^\/(\S*)$/.exec(event.target.value) ?? [];
    if (typed === undefined) closeReady();
    else openReady(typed);
  });
  document.addEventListener('keydown', (event) => {
    if (event.target.id !== 'reply') return;
    const list = ready();
    const isOpen = list && !list.hidden;
    if (isOpen && ['ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Escape'].includes(event.key)) {
      event.preventDefault();
      if (event.key === 'Escape') return closeReady();
      if (event.key === 'Enter' || event.key === 'Tab') return choose(list.querySelector('[aria-selected=true]'));
      return move(event.key === 'ArrowDown' ? 1 : -1);
    }
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  document.addEventListener('click', (event) => {
    const option = event.target.closest?.('#ready [role=option]');
    if (option) choose(option);
    else if (!event.target.closest?.('#composer')) closeReady();
  });
  document.addEventListener('console:online', send);
  setInterval(beat, 10_000);

  let canned;
  async function openReady(typed = '') {
    const [field, list] = [box(), ready()];
    if (!field || !list) return;
    if (!field.value) field.value = '/';
    field.focus();
    canned ??= await fetch(`${base}/canned.json`, { headers: { 'hx-request': 'true' } }).then((response) => (response.ok ? response.json() : []));
    const known = canned.filter(({ shortcut, title }) => `${shortcut} ${title}`.toLowerCase().includes(typed.toLowerCase()));
    list.replaceChildren(
      ...known.slice(0, 8).map(({ id, shortcut, title, text }, at) => {
        const option = document.createElement('li');
        Object.assign(option, { id: `ready-${id}` });
        option.setAttribute('role', 'option');
        option.setAttribute('aria-selected', String(at === 0));
        option.append(
          Object.assign(document.createElement('b'), { textContent: `/${shortcut}` }),
          Object.assign(document.createElement('span'), { textContent: title }),
          Object.assign(document.createElement('small'), { textContent: text }),
        );
        return option;
      }),
    );
    if (known.length === 0) {
      list.append(Object.assign(document.createElement('li'), { className: 'none', textContent: 'Chưa có câu soạn sẵn nào như vậy. Thêm ở Cài đặt.' }));
    }
    list.hidden = false;
    field.setAttribute('aria-expanded', 'true');
    mark();
  }
  function closeReady() {
    const list = ready();
    if (!list || list.hidden) return;
    list.hidden = true;
    box()?.setAttribute('aria-expanded', 'false');
    box()?.removeAttribute('aria-activedescendant');
  }
  function move(by) {
    const options = [...ready().querySelectorAll('[role=option]')];
    if (options.length === 0) return;
    const at = options.findIndex((option) => option.getAttribute('aria-selected') === 'true');
    const next = (at + by + options.length) % options.length;
    for (const [place, option] of options.entries()) option.setAttribute('aria-selected', String(place === next));
    mark();
  }
  function mark() {
    const chosen = ready().querySelector('[aria-selected=true]');
    if (chosen) box().setAttribute('aria-activedescendant', chosen.id);
    chosen?.scrollIntoView({ block: 'nearest' });
  }
  async function choose(option) {
    if (!option) return;
    const response = await fetch(`${path(talk())}/canned/${option.id.slice('ready-'.length)}`, { headers: { 'hx-request': 'true' } });
    if (!response.ok) return say('Chưa lấy được câu này.', true);
    const { text, missing } = await response.json();
    setText(text);
    closeReady();
    box().focus();
    if (missing.length > 0) say(`Điền giúp chỗ trống: ${missing.join(', ')}`);
  }

  async function insertFrom(url) {
    const response = await fetch(url, { headers: { 'hx-request': 'true' } });
    if (!response.ok) return say((await response.text()) || 'Chưa lấy được câu trả lời.', true);
    const { text } = await response.json();
    const field = box();
    setText(field.value.trim() ? `${field.value.trimEnd()}\n\n${text}` : text);
    field.focus();
  }

  restore();
  toEnd();
  beat();
  send();
  return { openReady, insertFrom, restore };
}
