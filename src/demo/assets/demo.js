// Ties the two phones, the sample questions, the road and the live stream together.
import { connect, personOf, post } from './api.js';
import { createPhone } from './phone.js';
import { createRoad } from './road.js';

const devices = ['zalo', 'messenger'];
const staff = document.querySelector('dialog.staff');
const offline = document.querySelector('.offline[role=alert]');
let staffDevice = 'zalo';

const phones = {};
const road = createRoad(document.querySelector('section.road'), document.querySelector('dialog.drawer'), {
  onOwner: (device, owner) => phones[device].setOwner(owner),
});
for (const device of devices) {
  phones[device] = createPhone(document.querySelector(`#phone-${device}`), {
    onAct(device) {
      road.follow(device);
    },
    onStaff(device) {
      staffDevice = device;
      staff.showModal();
    },
    async onFresh(device) {
      personOf(device, { fresh: true });
      phones[device].clear();
      phones[device].setOwner('bot');
      road.clear(device);
      stream.reopen();
      phones[device].focus();
    },
  });
}

const stream = connect({
  onOpen() {
    offline.hidden = true;
    for (const device of devices) {
      phones[device].load().catch(() => {});
      road.follow(device);
    }
  },
  onLost() {
    offline.hidden = false;
  },
  onEvent(event) {
    const phone = phones[event.device];
    if (event.person !== personOf(event.device)) return;
    if (event.type === 'typing') phone.setTyping(event.isOn);
    if (event.type === 'webhook') phone.noteWebhook(event.messageId, event.status);
    if (event.type !== 'bubble') return;
    const isNew = phone.show(event.bubble);
    if (isNew && event.bubble.author !== 'bot') road.choose(lastChosen(event.device));
    if (isNew) road.follow(event.device);
  },
});

offline.querySelector('button').addEventListener('click', () => stream.reopen());

/** A question to both phones shows the road of the first. */
let chosenAt = 0;
let chosen = 'zalo';
function lastChosen(device) {
  if (Date.now() - chosenAt > 400) {
    chosen = device;
    chosenAt = Date.now();
  }
  return chosen;
}

const isNarrow = () => getComputedStyle(document.querySelector('nav.switch')).display !== 'none';
function targets() {
  if (isNarrow()) return [document.body.dataset.view === 'messenger' ? 'messenger' : 'zalo'];
  const { value } = document.querySelector('input[name=target]:checked');
  return value === 'both' ? devices : [value];
}
document.querySelector('.chips').addEventListener('click', (event) => {
  const question = event.target.closest('button')?.dataset.question;
  if (!question) return;
  for (const device of targets()) void phones[device].send(question);
});

document.querySelector('nav.switch').addEventListener('click', (event) => {
  const view = event.target.closest('button')?.dataset.view;
  if (!view) return;
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll('nav.switch button')) {
    button.setAttribute('aria-pressed', String(button.dataset.view === view));
  }
  if (view !== 'road') road.choose(view);
});

const staffText = staff.querySelector('textarea');
const staffFault = staff.querySelector('.failure');
staff.querySelector('[value=cancel]').addEventListener('click', () => staff.close());
staff.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const text = staffText.value.trim();
  if (!text) return;
  try {
    await post('staff', { device: staffDevice, person: personOf(staffDevice), text });
    staffFault.textContent = '';
    staff.close();
    road.follow(staffDevice);
  } catch (error) {
    staffFault.textContent = error.message;
  }
});
