// The road of the last message, and the drawer with what went over the wire.
import { get, personOf } from './api.js';
import { el } from './phone.js';

const STATES = { done: 'xong', running: 'đang chạy', failed: 'hỏng', skipped: 'không cần', waiting: 'chưa tới' };
const POLL_MS = 300;
const WATCH_MS = 9_000;

const ms = (value) => {
  if (value === null) return '';
  if (value >= 9_950) return `${(value / 1000).toFixed(0)} giây`;
  if (value >= 1_000) return `${(value / 1000).toFixed(1).replace('.', ',')} giây`;
  return value < 1 ? '< 1 ms' : `${Math.round(value)} ms`;
};

export function createRoad(root, drawer, { onOwner }) {
  const steps = root.querySelector('.steps');
  const empty = root.querySelector('.road-empty');
  const foot = root.querySelector('.road-foot');
  const total = root.querySelector('.total');
  const choice = [...root.querySelectorAll('input[name=road]')];
  const roads = { zalo: null, messenger: null };
  const watched = {};
  let shown = 'zalo';

  function drawStep({ title, state, ms: took, details }) {
    const facts = details.map(({ name, value }) => el('span', 'fact', el('b', '', name), ` ${value}`));
    const node = el(
      'li',
      `step ${state}`,
      el('span', 'dot'),
      el('div', 'what', el('strong', '', title), facts.length > 0 ? el('div', 'facts', ...facts) : null),
      el('span', 'took', took === null ? '' : ms(took), el('span', 'unseen', ` ${STATES[state]}`)),
    );
    if (state === 'skipped') node.querySelector('.took').prepend('không cần');
    if (state === 'running') node.querySelector('.took').prepend('…');
    return node;
  }

  function draw() {
    const road = roads[shown];
    const isEmpty = !road || road.steps.length === 0;
    empty.hidden = !isEmpty;
    foot.hidden = isEmpty;
    const drawn = JSON.stringify(road?.steps ?? []);
    if (steps.dataset.drawn !== drawn) {
      steps.replaceChildren(...(road?.steps ?? []).map(drawStep));
      steps.dataset.drawn = drawn;
    }
    const isFailed = road?.steps.some(({ state }) => state === 'failed');
    const words = isFailed
      ? 'Tin dừng ở bước màu đỏ.'
      : road?.totalMs === null || !road
        ? ''
        : `Từ lúc tin đến tới lúc trả lời xong: ${ms(road.totalMs)}`;
    if (total.textContent !== words) total.textContent = words;
    total.classList.toggle('failed', Boolean(isFailed));
  }

  async function read(device) {
    const person = personOf(device);
    const road = await get('road', { device, person });
    if (person !== personOf(device)) return true;
    roads[device] = road;
    onOwner(device, road.owner);
    if (device === shown) draw();
    return road.isFinished || road.steps.length === 0;
  }

  /** Reads until the message has arrived. */
  async function follow(device) {
    const token = {};
    watched[device] = token;
    const end = Date.now() + WATCH_MS;
    while (watched[device] === token && Date.now() < end) {
      const isFinished = await read(device).catch(() => false);
      if (isFinished) return;
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
  }

  function choose(device) {
    shown = device;
    for (const input of choice) input.checked = input.value === device;
    draw();
  }

  function pretty(value) {
    const pre = el('pre', '', JSON.stringify(value, null, 2));
    pre.tabIndex = 0;
    return pre;
  }

  function openDrawer() {
    const raw = roads[shown]?.raw;
    if (!raw) return;
    const calls = raw.calls.flatMap((call, index) => [
      el('h3', '', `Lời gọi gửi tin ${index + 1}`),
      el('p', 'call', call.path ? `${call.method} ${call.path} → ${call.status || 'không có trả lời'} · ${ms(call.ms)}` : 'Đọc lại từ hộp thư đi'),
      pretty(call.request),
      ...(call.response === null ? [] : [el('p', 'call', 'Nền tảng trả lời'), pretty(call.response)]),
    ]);
    if (calls.length === 0) calls.push(el('p', '', 'Chưa có lời gọi nào: tin này không cần trả lời, hoặc đã dừng trước bước gửi.'));
    drawer
      .querySelector('.drawer-body')
      .replaceChildren(el('h3', '', 'Webhook nền tảng gửi đến'), pretty(raw.webhook), ...calls);
    drawer.showModal();
  }

  for (const input of choice) input.addEventListener('change', () => choose(input.value));
  root.querySelector('.raw').addEventListener('click', openDrawer);
  drawer.querySelector('.close').addEventListener('click', () => drawer.close());
  drawer.addEventListener('click', (event) => {
    if (event.target === drawer) drawer.close();
  });

  return {
    choose,
    follow: (device) => void follow(device),
    clear(device) {
      roads[device] = null;
      watched[device] = null;
      if (device === shown) draw();
    },
  };
}
