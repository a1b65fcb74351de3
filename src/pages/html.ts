/** Escapes a text for an element or a quoted attribute. */
export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** HTML that is safe to send: made by `html`, or declared safe by `raw`. */
export class Html {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template: text and numbers are escaped, lists joined, nothing is left out. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

/** Markup that holds nothing of anybody's words. Every use is looked at by a reviewer. */
export const raw = (text: string): Html => new Html(text);

/**
 * A template whose gaps are escaped: html`<p title="${title}">${words}</p>`. Attributes must be quoted. A gap for an
 * address must begin with a path or scheme of ours: escaping does not make "javascript:" harmless (see `safeUrl`).
 */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((text, piece, index) => text + shown(parts[index - 1]) + piece));
}

function shown(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.toString();
  if (Array.isArray(part)) return part.map(shown).join('');
  return escapeHtml(String(part));
}

/** An address for `href` or `src`: https, or a path of this server; anything else becomes "#". */
export function safeUrl(url: string): string {
  if (/^\/(?![/\\])/.test(url)) return url;
  return URL.canParse(url) && new URL(url).protocol === 'https:' ? url : '#';
}
