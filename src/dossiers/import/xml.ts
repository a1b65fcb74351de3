import { UnreadableFile } from './sheet.ts';

export interface XmlHandlers {
  /** `tag`: what stands between the angle brackets, for `attribute`. Names come without their prefix. */
  open(name: string, tag: string): void;
  close(name: string): void;
  /** A text may come in several pieces. */
  text(text: string): void;
}

/** No tag of a workbook is longer. */
const MAX_PENDING = 1024 * 1024;
const broken = () => new UnreadableFile('Tệp Excel bị hỏng bên trong: hãy mở bằng Excel, lưu lại rồi nhập.');

/**
 * Walks through XML as it arrives, in pieces cut anywhere. Reads what workbooks are made of: elements, attributes, texts,
 * CDATA. A document type is refused: workbooks have none, attacks do. Does not check that tags match.
 */
export function createXmlScanner(handlers: XmlHandlers): { write(text: string): void; end(): void } {
  let pending = '';
  /** Where the first "<" of `pending` has been looked through to, so that a long text is not searched twice. */
  const scan = (isLast: boolean) => {
    let at = 0;
    for (;;) {
      const begin = pending.indexOf('<', at);
      if (begin < 0) {
        at = emitText(at, pending.length, isLast);
        break;
      }
      if (begin > at) emitText(at, begin, true);
      const after = markup(begin);
      if (after < 0) {
        at = begin;
        break;
      }
      at = after;
    }
    pending = pending.slice(at);
    if (pending.length > MAX_PENDING) throw broken();
  };
  /** @returns where the text not yet told begins */
  const emitText = (from: number, to: number, isWhole: boolean): number => {
    let until = to;
    if (!isWhole) {
      // an entity may be cut in two
      const ampersand = pending.lastIndexOf('&', to);
      if (ampersand >= from && to - ampersand < 12 && !pending.slice(ampersand, to).includes(';')) until = ampersand;
    }
    if (until > from) handlers.text(decodeEntities(pending.slice(from, until)));
    return until;
  };
  /** @returns where the markup at `begin` ends, -1 when its end has not arrived */
  const markup = (begin: number): number => {
    const second = pending[begin + 1];
    if (second === undefined) return -1;
    if (second === '!') return declaration(begin);
    if (second === '?') return past('?>', begin + 2);
    const end = tagEnd(begin);
    if (end < 0) return -1;
    const tag = pending.slice(begin + 1, end);
    if (second === '/') handlers.close(nameOf(tag.slice(1)));
    else {
      const isEmpty = tag.endsWith('/');
      const name = nameOf(tag);
      handlers.open(name, isEmpty ? tag.slice(0, -1) : tag);
      if (isEmpty) handlers.close(name);
    }
    return end + 1;
  };
  const declaration = (begin: number): number => {
    const head = pending.slice(begin, begin + 9);
    if ('<![CDATA['.startsWith(head)) {
      const end = head.length < 9 ? -1 : pending.indexOf(']]>', begin + 9);
      if (end < 0) return -1;
      handlers.text(pending.slice(begin + 9, end));
      return end + 3;
    }
    if (head.startsWith('<!--')) return past('-->', begin + 4);
    if ('<!--'.startsWith(head)) return -1;
    throw broken();
  };
  const past = (mark: string, from: number): number => {
    const end = pending.indexOf(mark, from);
    return end < 0 ? -1 : end + mark.length;
  };
  /** The ">" that ends a tag is not inside quotes. */
  const tagEnd = (begin: number): number => {
    for (let at = begin + 1; at < pending.length; at++) {
      const char = pending[at];
      if (char === '>') return at;
      if (char !== '"' && char !== "'") continue;
      at = pending.indexOf(char, at + 1);
      if (at < 0) return -1;
    }
    return -1;
  };
  return {
    write(text) {
      pending = pending === '' ? text : pending + text;
      scan(false);
    },
    end() {
      scan(true);
      if (pending !== '') throw broken();
    },
  };
}

function nameOf(tag: string): string {
  const name = /^[^\s/]+/.exec(tag)?.[0] ?? '';
  return name.slice(name.indexOf(':') + 1);
}

const patterns = new Map<string, RegExp>();

/** The value of an attribute by its full name ("r", "r:id"). */
export function attribute(tag: string, name: string): string | undefined {
  let pattern = patterns.get(name);
  if (!pattern) {
    pattern = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`);
    patterns.set(name, pattern);
  }
  const found = pattern.exec(tag);
  const value = found?.[1] ?? found?.[2];
  return value === undefined ? undefined : decodeEntities(value);
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name) return NAMED[name] ?? whole;
    const point = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : '';
  });
}
