/** Keeps what is on the screen true: told by the stream that something changed, asks for the page's pieces anew. */
export function live({ base }) {
  const inbox = document.getElementById('inbox');
  const offline = document.getElementById('offline');
  const after = [];
  let isLooking = false;
  /** What has to be asked for still: the list alone, or the open conversation, too. */
  let wanted = null;
  let last = 0;

  const openId = () => document.getElementById('talk')?.dataset.conversation ?? '';
  const addressOfLook = (part) => {
    const query = new URLSearchParams(inbox.dataset.list);
    if (openId()) query.set('open', openId());
    if (part === 'list') query.set('part', 'list');
    if (openId() && document.visibilityState === 'visible') query.set('visible', '1');
    return `${base}/live?${query}`;
  };

  async function look(part = 'all') {
    if (!inbox) return;
    if (wanted !== 'all') wanted = part;
    if (isLooking) return;
    isLooking = true;
    while (wanted) {
      const part = wanted;
      wanted = null;
      const asked = openId();
      try {
        const response = await fetch(addressOfLook(part), { headers: { 'hx-request': 'true', 'x-watching': 'true' } });
        if (response.status === 401) return location.assign('/console/sign-in');
        // Somebody opened another conversation meanwhile: these pieces are not of it.
        if (response.ok && asked === openId()) draw(await response.text());
      } catch {
        // The stream tells whether the line is down; it asks to look when it is back.
      }
      if (part === 'all') last = Date.now();
    }
    isLooking = false;
    for (const call of after) call();
  }

  if (inbox) watch();
  return { look, onDrawn: (call) => after.push(call), tidyDays };

  function watch() {
    let source;
    let retry;
    let isEnded = false;
    const connect = () => {
      source?.close();
      clearTimeout(retry);
      source = new EventSource(`${base}/stream${openId() ? `?open=${openId()}` : ''}`);
      // The first word of every connection: whatever happened without one is looked for.
      source.addEventListener('look', () => {
        offline.hidden = true;
        document.dispatchEvent(new Event('console:online'));
        look();
      });
      source.addEventListener('change', ({ data }) => look(JSON.parse(data).open ? 'all' : 'list'));
      source.addEventListener('ended', () => {
        isEnded = true;
        source.close();
        location.assign('/console/sign-in');
      });
      source.onerror = () => {
        if (isEnded) return;
        offline.hidden = false;
        // A refusal ends the source for good: another is made.
        if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, 3_000 + Math.random() * 2_000);
      };
    };
    connect();
    window.addEventListener('online', connect);
    window.addEventListener('pagehide', () => source.close());
    window.addEventListener('pageshow', (event) => event.persisted && connect());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look());
    // Words like "5 phút trước" grow old by themselves.
    setInterval(() => document.visibilityState === 'visible' && Date.now() - last > 45_000 && look(), 15_000);
  }
}

/** Puts the pieces of a page in the place of those that differ, and leaves alone what somebody is typing in. */
function draw(text) {
  const pieces = new DOMParser().parseFromString(`<body>${text}</body>`, 'text/html').body;
  const scroll = document.getElementById('scroll');
  const wasAtEnd = scroll && scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
  for (const piece of pieces.querySelectorAll('[id]')) {
    const known = document.getElementById(piece.id);
    if (!known || !pieces.contains(piece)) continue;
    if (piece.dataset.keyed) merge(known, piece, piece.dataset.keyed === 'sync');
    else if (piece.dataset.v !== undefined && !piece.closest('[data-keyed]')) replace(known, piece);
  }
  tidyDays();
  if (wasAtEnd) scroll.scrollTop = scroll.scrollHeight;
}

function replace(known, piece) {
  if (known.dataset.v === piece.dataset.v) return known;
  const { activeElement } = document;
  const isBusy = known.contains(activeElement) && /^(INPUT|TEXTAREA|SELECT)$/.test(activeElement.tagName);
  // An act that changed who answers replaces the reply box even so: its words are kept elsewhere.
  if (isBusy && known.id !== 'composer') return known;
  // Who stands on a link or button keeps standing on it.
  const focused = known.contains(activeElement) ? activeElement.closest('a, button')?.textContent : undefined;
  const isOpen = known.open;
  const openDetails = new Set([...known.querySelectorAll('details')].map((one, at) => (one.open ? at : -1)));
  const wasOpened = known.querySelector('details') !== null;
  const fresh = document.importNode(piece, true);
  if (wasOpened) for (const [at, one] of [...fresh.querySelectorAll('details')].entries()) one.open = openDetails.has(at);
  if (isOpen) fresh.open = true;
  known.replaceWith(fresh);
  window.htmx.process(fresh);
  if (focused !== undefined) [...fresh.querySelectorAll('a, button')].find(({ textContent }) => textContent === focused)?.focus();
  return fresh;
}

/** Lines by their id: those that differ are replaced, new ones put where they belong, and gone ones taken away. */
function merge(list, wanted, takesAway) {
  const ids = new Set([...wanted.children].map(({ id }) => id));
  if (takesAway) for (const line of [...list.children]) if (!ids.has(line.id)) line.remove();
  let before = null;
  for (const line of wanted.children) {
    const known = document.getElementById(line.id);
    // The door to older words stays as it was pushed open.
    if (!takesAway && line.id === 'earlier') continue;
    let placed;
    if (known) placed = replace(known, line);
    else {
      placed = document.importNode(line, true);
      if (before) before.after(placed);
      else if (takesAway) list.prepend(placed);
      else list.append(placed);
      window.htmx.process(placed);
    }
    if (takesAway && placed.previousElementSibling !== before) {
      const { activeElement } = document;
      if (before) before.after(placed);
      else list.prepend(placed);
      if (placed.contains(activeElement)) activeElement.focus();
    }
    before = placed;
  }
}

/** Each day has one head, before its first words. */
function tidyDays() {
  const seen = new Set();
  for (const head of document.querySelectorAll('#thread .day')) {
    if (seen.has(head.id)) head.remove();
    seen.add(head.id);
  }
}
