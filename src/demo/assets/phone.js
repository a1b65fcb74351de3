// One phone: draws bubbles, sends what the person writes or presses. Everything said is put in as text, never as HTML.
import { get, personOf, post } from './api.js';

const SVG = 'http://www.w3.org/2000/svg';
const AUTHORS = { bot: 'Trợ lý', staff: 'Cán bộ' };
const STATES = { sent: 'Đã gửi', delivered: 'Đã nhận', seen: 'Đã xem' };
const OWNERS = { bot: 'Trợ lý trả lời', waiting: 'Đang chờ cán bộ', officer: 'Cán bộ trả lời' };
const THINGS = {
  image: ['image', 'Ảnh'],
  gif: ['image', 'Ảnh động'],
  audio: ['play', 'Tin ghi âm'],
  video: ['play', 'Đoạn phim'],
  location: ['pin', 'Vị trí đang đứng'],
  sticker: ['smile', 'Nhãn dán'],
  file: ['file', 'Tệp'],
};
const TYPING_MAX_MS = 20_000;
const isThumb = (url) => url === '/demo/assets/ngon-tay-cai.svg';
const ownPicture = /^\/demo\/assets\/[a-z0-9.-]+\.svg$/;

export function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

function link(href, title) {
  const a = el('a', '', title);
  a.href = href;
  if (/^https?:/.test(href)) {
    a.target = '_blank';
    a.rel = 'noopener noreferrer';
  }
  return a;
}

/** Text with its web addresses made into links. */
function linked(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/g)) {
    const address = match[0].replace(/[.,;:!?)\]]+$/, '');
    if (!URL.canParse(address)) continue;
    nodes.push(text.slice(from, match.index), link(address, address));
    from = match.index + address.length;
  }
  return [...nodes, text.slice(from)];
}

const timeZone = 'Asia/Ho_Chi_Minh';
const clock = new Intl.DateTimeFormat('vi', { hour: '2-digit', minute: '2-digit', timeZone });
const fullTime = new Intl.DateTimeFormat('vi', { dateStyle: 'full', timeStyle: 'medium', timeZone });
function timeOf(at) {
  const time = el('time', '', clock.format(at));
  time.dateTime = new Date(at).toISOString();
  time.title = fullTime.format(at);
  return time;
}

export function createPhone(root, { onAct, onStaff, onFresh }) {
  const device = root.dataset.device;
  const find = (selector) => root.querySelector(selector);
  const [list, scroll, empty, typing, quick, form] = ['.chat', '.scroll', '.empty', '.typing', '.quick', '.composer'].map(find);
  const field = form.querySelector('textarea');
  const more = form.querySelector('.more');
  const samples = form.querySelector('.samples');
  const bubbles = new Map();
  /** Sent from here, not yet on the phone: oldest first. */
  const pending = [];
  /** Message id → what became of its webhook. */
  const deliveries = new Map();
  let typingTimer;

  const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 140;
  const toEnd = () => {
    scroll.scrollTop = scroll.scrollHeight;
  };
  // Who reads the newest bubble keeps seeing it when something above or below takes more room.
  let isStuck = true;
  scroll.addEventListener('scroll', () => {
    isStuck = isAtEnd();
  });
  const onResize = new ResizeObserver(() => {
    if (isStuck) toEnd();
  });
  onResize.observe(scroll);
  onResize.observe(list);

  /** A bubble is put in once; later only what became of it changes, so that nothing is read aloud twice. */
  function draw(bubble) {
    const known = bubbles.get(bubble.id) ?? { node: bubble.isPress ? drawPress(bubble) : drawBubble(bubble) };
    if (!known.bubble) list.append(known.node);
    known.bubble = bubble;
    bubbles.set(bubble.id, known);
    drawState(known);
  }

  const drawPress = (bubble) => el('li', 'press', `Đã bấm “${bubble.text}”`, el('span', 'failure'));

  function drawBubble(bubble) {
    const { author, text, buttons, attachments, at } = bubble;
    const stay = buttons.filter(({ kind }) => kind !== 'quick_reply');
    const isSticker = !text && attachments.length > 0 && attachments.every(({ url }) => isThumb(url));
    const body = el('div', isSticker ? 'bubble bare' : 'bubble');
    for (const attachment of attachments) body.append(drawAttachment(attachment));
    if (text) body.append(el('p', 'text', ...linked(text)));
    if (stay.length > 0) body.append(el('div', 'buttons', ...stay.map((button) => drawButton(bubble, button))));
    const node = el('li', `b ${author}`);
    node.dataset.id = bubble.id;
    if (author !== 'citizen') node.append(el('span', 'who', AUTHORS[author]));
    node.append(body, el('span', 'meta', timeOf(at), el('span', 'state')), el('span', 'failure'));
    return node;
  }

  function drawState({ bubble, node }) {
    const delivery = deliveries.get(bubble.id);
    const isCitizen = bubble.author === 'citizen';
    const state = node.querySelector('.state');
    if (state) {
      state.className = `state ${isCitizen ? 'sent' : bubble.state}`;
      state.textContent = isCitizen ? (delivery === 'sending' ? 'Đang gửi…' : 'Đã gửi') : STATES[bubble.state];
      state.hidden = Boolean(delivery?.reason);
    }
    node.querySelector('.failure').textContent = delivery?.reason ? `Chưa đến được xã. ${delivery.reason}` : '';
  }

  function drawButton(bubble, button) {
    if (button.href) {
      const a = link(button.href, button.title);
      a.className = 'button';
      a.append(icon('link'));
      return a;
    }
    const node = el('button', 'button', button.title);
    node.type = 'button';
    node.addEventListener('click', () => press(bubble, button));
    return node;
  }

  const press = (bubble, button) =>
    send({ button: { messageId: bubble.id, index: bubble.buttons.indexOf(button) } }, button.title);

  function drawAttachment({ kind, url, name }) {
    const [iconName, title] = THINGS[kind] ?? ['file', 'Thứ khác'];
    if (url && ownPicture.test(url)) {
      const img = el('img', isThumb(url) ? 'sticker' : 'picture');
      img.src = url;
      img.alt = isThumb(url) ? 'Nhãn dán: ngón tay cái giơ lên' : 'Ảnh mẫu: giấy hẹn';
      return img;
    }
    const card = el('div', 'thing', icon(iconName), el('span', '', name ? `${title}: ${name}` : title));
    if (kind === 'audio') card.append(el('small', '', '0:01'));
    return card;
  }

  function drawQuick() {
    const last = [...bubbles.values()].at(-1)?.bubble;
    const replies = (last?.buttons ?? []).filter(({ kind }) => kind === 'quick_reply');
    quick.replaceChildren(...replies.map((button) => drawButton(last, button)));
    quick.hidden = replies.length === 0;
  }

  function settle() {
    empty.hidden = bubbles.size > 0 || pending.length > 0;
    drawQuick();
  }

  function setTyping(isOn) {
    clearTimeout(typingTimer);
    const wasAtEnd = isAtEnd();
    typing.hidden = !isOn;
    if (isOn && wasAtEnd) toEnd();
    if (isOn) typingTimer = setTimeout(() => setTyping(false), TYPING_MAX_MS);
  }

  function show(bubble) {
    const isNew = !bubbles.has(bubble.id);
    const wasAtEnd = isAtEnd();
    if (isNew && bubble.author === 'citizen' && pending.length > 0) {
      pending.shift().node.remove();
      deliveries.set(bubble.id, 'sending');
    }
    if (isNew && bubble.author !== 'citizen') setTyping(false);
    draw(bubble);
    settle();
    if (isNew && (wasAtEnd || bubble.author === 'citizen')) toEnd();
    return isNew;
  }

  function redraw(id) {
    const known = bubbles.get(id);
    if (known) drawState(known);
  }

  /** Sends and shows how it goes; a failure stays with "Gửi lại". */
  async function send(act, title) {
    const node = el('li', 'b citizen pending', el('div', 'bubble', el('p', 'text', title)), el('span', 'meta', 'Đang gửi…'));
    node.ariaLive = 'off';
    const entry = { node };
    pending.push(entry);
    list.append(node);
    settle();
    toEnd();
    try {
      const result = await post('send', { device, person: personOf(device), ...act });
      if (result.messageId) {
        if (result.isDelivered) deliveries.delete(result.messageId);
        else deliveries.set(result.messageId, { reason: result.reason });
        redraw(result.messageId);
      }
      drop(entry);
      onAct(device);
    } catch (error) {
      drop(entry);
      failed(node, act, title, error.message);
    }
  }

  function drop(entry) {
    const index = pending.indexOf(entry);
    if (index >= 0) pending.splice(index, 1);
    entry.node.remove();
    settle();
  }

  function failed(node, act, title, reason) {
    const again = el('button', 'again', 'Gửi lại');
    again.type = 'button';
    again.addEventListener('click', () => {
      node.remove();
      void send(act, title);
    });
    node.className = 'b citizen failed';
    node.querySelector('.meta').replaceChildren(el('span', 'failure', `Chưa gửi được. ${reason}`), again);
    node.ariaLive = 'polite';
    list.append(node);
    empty.hidden = true;
    toEnd();
  }

  function clear() {
    bubbles.clear();
    deliveries.clear();
    pending.length = 0;
    list.replaceChildren();
    setTyping(false);
    settle();
  }

  const grow = () => {
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight, 120)}px`;
  };
  const openSamples = (isOpen) => {
    samples.hidden = !isOpen;
    more.setAttribute('aria-expanded', String(isOpen));
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return field.focus();
    field.value = '';
    grow();
    void send({ text }, text);
  });
  field.addEventListener('input', grow);
  field.addEventListener('keydown', (event) => {
    // Enter also ends a syllable in many Vietnamese keyboards: then it is not meant for us.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  more.addEventListener('click', () => openSamples(samples.hidden));
  samples.addEventListener('click', (event) => {
    const kind = event.target.closest('button')?.dataset.sample;
    if (!kind) return;
    openSamples(false);
    field.focus();
    void send({ attachment: kind }, THINGS[kind][1]);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || samples.hidden) return;
    openSamples(false);
    more.focus();
  });
  document.addEventListener('click', (event) => {
    if (!form.contains(event.target)) openSamples(false);
  });
  find('.acts').addEventListener('click', async (event) => {
    const act = event.target.closest('button')?.dataset.act;
    if (act === 'staff') onStaff(device);
    if (act === 'fresh') onFresh(device);
    if (act === 'start') {
      await post('start', { device, person: personOf(device) }).catch(() => {});
      onAct(device);
    }
  });

  return {
    send: (text) => send({ text }, text),
    show,
    setTyping,
    clear,
    focus: () => field.focus(),
    /** A redelivery got through, or the first attempt failed. */
    noteWebhook(messageId, status) {
      if (messageId && status === 200 && deliveries.get(messageId)?.reason) {
        deliveries.delete(messageId);
        redraw(messageId);
      }
    },
    setOwner(owner) {
      const pill = find('.owner');
      const words = OWNERS[owner ?? 'bot'];
      if (pill.textContent === words) return;
      pill.textContent = words;
      pill.dataset.owner = owner ?? 'bot';
    },
    /** What the phone shows according to the server: after a reload or a break. */
    async load() {
      const person = personOf(device);
      const state = await get('state', { device, person });
      if (person !== personOf(device)) return;
      const isFirst = bubbles.size === 0;
      for (const bubble of state.bubbles) draw(bubble);
      settle();
      if (isFirst) toEnd();
    },
  };
}
