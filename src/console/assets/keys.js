/** j/k move, r replies, / opens ready answers, e ends, ? tells all of it; never while somebody types. */
export function keys({ openReady }) {
  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, textarea, select, dialog[open]')) return;
    const acts = {
      j: () => move(1),
      k: () => move(-1),
      r: () => document.getElementById('reply')?.focus(),
      '/': () => (document.getElementById('reply') ? openReady() : document.getElementById('find')?.focus()),
      e: () => document.querySelector('[data-key=e]')?.click(),
      '?': () => document.getElementById('help')?.showModal(),
    };
    if (!acts[key]) return;
    event.preventDefault();
    acts[key]();
  });

  function move(by) {
    const rows = [...document.querySelectorAll('#list a.row')];
    if (rows.length === 0) return;
    const at = rows.findIndex((row) => row === document.activeElement || row.parentElement.matches('.open:not(:focus-within)'));
    const focused = rows.indexOf(document.activeElement);
    const from = focused >= 0 ? focused : at;
    const next = rows[Math.min(rows.length - 1, Math.max(0, from + by))];
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  }
}
