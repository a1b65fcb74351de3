import { type Html, raw } from './html.ts';

const ICONS = {
  lock: 'M6 10V8a6 6 0 0 1 12 0v2M5 10h14v10H5zM12 14v3',
  plus: 'M12 5v14M5 12h14',
  send: 'M4 12 20 4l-5 16-3-7zM12 13l8-9',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01',
  mic: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v4',
  pin: 'M12 21s7-6.4 7-11a7 7 0 0 0-14 0c0 4.600 7 11 7 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.500 14.500a4.500 4.500 0 0 0 7 0M9 10h.01M15 10h.01',
  officer: 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0',
  person: 'M10 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 21a7 7 0 0 1 13-3.500M19 14v6M16 17h6',
  heart: 'M12 20s-7-4.400-8.500-9A4.800 4.800 0 0 1 12 7a4.800 4.800 0 0 1 8.500 4c-1.500 4.600-8.500 9-8.500 9z',
  play: 'M8 5v14l11-7z',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  code: 'M8 7l-5 5 5 5M16 7l5 5-5 5',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'M15 5l-7 7 7 7',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
  note: 'M5 4h14v11l-5 5H5zM14 20v-5h5M8 9h8M8 13h4',
  tag: 'M4 4h8l8 8-8 8-8-8zM8 8h.01',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  check: 'M5 12l5 5 9-10',
  alert: 'M12 4 2.500 20h19zM12 10v4M12 17h.01',
  swap: 'M4 8h14l-4-4M20 16H6l4 4',
  robot: 'M6 9h12v9H6zM12 9V5M9 13h.01M15 13h.01M3 13v2M21 13v2',
  book: 'M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM9 9h6M9 13h6',
  coin: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9 10h6M9 14h6',
  eye: 'M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  keys: 'M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8',
} as const;
export type Icon = keyof typeof ICONS;

const symbols = Object.entries(ICONS)
  .map(([name, path]) => `<symbol id="i-${name}" viewBox="0 0 24 24"><path d="${path}"/></symbol>`)
  .join('');
/** All pictures once, at the start of a page's body. */
export const sprite: Html = raw(`<svg class="sprite" aria-hidden="true">${symbols}</svg>`);
/** One of them beside its words: it says nothing by itself. */
export const icon = (name: Icon): Html =>
  raw(`<svg class="icon" aria-hidden="true"><use href="#i-${name}"></use></svg>`);
