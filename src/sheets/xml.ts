import { SaxesParser } from 'saxes';
import { UnreadableFile } from './sheet.ts';

export interface XmlHandlers {
  /** Names of elements come without their prefix, names of attributes with it. */
  open(name: string, attributes: Record<string, string>): void;
  close(name: string): void;
  text(text: string): void;
}

/** No text, tag or comment of a workbook is longer: the parser holds each in memory. */
const MAX_PENDING_CHARS = 1024 * 1024;
/** Workbooks nest about twenty deep; the parser remembers every open element. */
const MAX_DEPTH = 200;

/**
 * Walks through XML as it arrives, in pieces cut anywhere. Prefixes are dropped, not resolved: exporters write workbooks
 * whose prefixes are nowhere declared. A document type is refused: workbooks have none, attacks do.
 * @throws {UnreadableFile} from both functions, when the XML is not well formed or beyond what a workbook holds
 */
export function createXmlScanner(handlers: XmlHandlers): { write(text: string): void; end(): void } {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let pendingChars = 0;
  let depth = 0;
  const refuse = (cause?: unknown) => {
    throw new UnreadableFile('Tệp Excel bị hỏng bên trong: hãy mở bằng Excel, lưu lại rồi nhập.', { cause });
  };
  const text = (piece: string) => {
    pendingChars = 0;
    handlers.text(piece);
  };
  parser.on('error', refuse);
  parser.on('doctype', () => refuse());
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('opentag', ({ name, attributes }) => {
    pendingChars = 0;
    if (++depth > MAX_DEPTH) refuse();
    handlers.open(localName(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    pendingChars = 0;
    depth--;
    handlers.close(localName(name));
  });
  return {
    write(piece) {
      pendingChars += piece.length;
      parser.write(piece);
      if (pendingChars > MAX_PENDING_CHARS) refuse();
    },
    end() {
      parser.close();
    },
  };
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1);
