// What the page asks its server for, and the two made-up people it speaks as.

const people = { zalo: 'hoixa-demo-zalo', messenger: 'hoixa-demo-messenger' };
const lengths = { zalo: 19, messenger: 16 };
const remembered = {};

function newPerson(device) {
  const digits = crypto.getRandomValues(new Uint8Array(lengths[device]));
  return [...digits].map((byte, index) => (index === 0 ? 1 + (byte % 8) : byte % 10)).join('');
}

/** The person of this browser at that phone; the same after a reload. */
export function personOf(device, { fresh = false } = {}) {
  try {
    const known = localStorage.getItem(people[device]);
    if (!fresh && known && /^[1-9]\d{11,19}$/.test(known)) return known;
    const made = newPerson(device);
    localStorage.setItem(people[device], made);
    return made;
  } catch {
    if (fresh || !remembered[device]) remembered[device] = newPerson(device);
    return remembered[device];
  }
}

async function answerOf(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? 'Máy chủ chạy thử đang trục trặc.');
  return body;
}

/** @throws {Error} whose message may be shown */
export async function post(path, body) {
  const response = await fetch(`/demo/api/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Error('Không nối được tới máy chủ chạy thử.');
  });
  return answerOf(response);
}

export async function get(path, query) {
  return answerOf(await fetch(`/demo/api/${path}?${new URLSearchParams(query)}`));
}

/** A stream that comes back by itself. `onLost` after a break, `onOpen` at each start. */
export function connect({ onOpen, onLost, onEvent }) {
  let source;
  let timer;
  let isLost = false;
  const lost = () => {
    if (isLost) return;
    isLost = true;
    onLost();
  };
  const open = () => {
    clearTimeout(timer);
    source?.close();
    const query = new URLSearchParams({ zalo: personOf('zalo'), messenger: personOf('messenger') });
    source = new EventSource(`/demo/api/events?${query}`);
    source.onopen = () => {
      isLost = false;
      onOpen();
    };
    source.onmessage = ({ data }) => onEvent(JSON.parse(data));
    source.onerror = () => {
      lost();
      // The browser tries again by itself, unless the server answered with something else.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, 2000);
    };
  };
  addEventListener('pagehide', () => source?.close());
  addEventListener('offline', lost);
  open();
  return { reopen: open };
}
