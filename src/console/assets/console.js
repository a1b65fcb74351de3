import { watchAlerts } from './alerts.js';
import { composer } from './composer.js';
import { keys } from './keys.js';
import { live } from './live.js';
import { uploads } from './upload.js';

const { body } = document;
const console_ = body.classList.contains('console')
  ? { base: body.dataset.base, officer: body.dataset.officer, csrf: body.dataset.csrf, isGuest: body.dataset.guest === 'true' }
  : null;

const toast = document.getElementById('toast');
let toastTimer;
/** One line at the foot of the page; read out by screen readers. */
function say(words, isBad = false) {
  if (!toast || !words) return;
  toast.textContent = words;
  toast.className = isBad ? 'toast shown bad' : 'toast shown';
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    toast.className = 'toast';
    toast.textContent = '';
  }, 6_000);
}

if (console_) {
  // on a phone the row of pages is longer than the screen
  document.querySelector('.nav [aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  const page = live(console_);
  const writing = composer(console_, say, page.look);
  page.onDrawn(writing.restore);
  watchAlerts(page);
  keys(writing);
  uploads(console_);

  const sheet = document.getElementById('sheet');
  body.addEventListener('htmx:afterSwap', (event) => {
    if (event.detail.target.id === 'sheet-body' && sheet) {
      if (!sheet.open) sheet.showModal();
      (sheet.querySelector('[autofocus], select, input:not([type=hidden]), textarea, button:not(.closer button)') ?? sheet).focus();
    }
    if (event.detail.target.id === 'earlier') page.tidyDays();
  });
  body.addEventListener('done', (event) => {
    sheet?.close();
    say(event.detail.words);
    page.look();
  });
  body.addEventListener('htmx:responseError', (event) => say(event.detail.xhr.responseText.slice(0, 300) || 'Chưa làm được.', true));
  body.addEventListener('htmx:sendError', () => say('Mất kết nối, chưa làm được. Thử lại khi có mạng.', true));

  body.addEventListener('click', (event) => {
    const act = event.target.closest?.('[data-act]')?.dataset.act;
    if (act === 'help') document.getElementById('help').showModal();
    if (act === 'close-sheet') sheet?.close();
    if (act === 'ready') writing.openReady();
    if (act === 'insert') writing.insertFrom(event.target.dataset.url).then(() => sheet?.close());
    if (act === 'beside') {
      const isShown = document.getElementById('inbox').classList.toggle('shows-beside');
      event.target.closest('[data-act]').setAttribute('aria-expanded', String(isShown));
    }
    // A menu closes when one looks elsewhere.
    for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') for (const menu of document.querySelectorAll('details.menu[open]')) menu.open = false;
  });
}
