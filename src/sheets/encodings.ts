import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import iconv from 'iconv-lite';

/** How a text file writes Vietnamese. TCVN3 is what the old ".Vn…" fonts show as Vietnamese. */
export type Encoding = 'UTF-8' | 'UTF-16LE' | 'UTF-16BE' | 'Windows-1258' | 'TCVN3';

/** The names the decoder knows them by; its "tcvn" has the letters of TCVN3 at the same places. */
const DECODERS: Record<Encoding, string> = {
  'UTF-8': 'utf8',
  'UTF-16LE': 'utf-16le',
  'UTF-16BE': 'utf-16be',
  'Windows-1258': 'win1258',
  TCVN3: 'tcvn',
};

const SAMPLE_BYTES = 256 * 1024;

/** Looks at the whole file: one that begins in plain letters may hold Vietnamese further down. */
export async function detectEncoding(path: string): Promise<{ encoding: Encoding; sample: Buffer }> {
  const head = await readHead(path);
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'UTF-16LE', sample: head };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'UTF-16BE', sample: head };
  const zeros = [0, 1].map((odd) => head.filter((byte, at) => at % 2 === odd && byte === 0).length);
  if (zeros[1]! > head.length / 5) return { encoding: 'UTF-16LE', sample: head };
  if (zeros[0]! > head.length / 5) return { encoding: 'UTF-16BE', sample: head };
  const { isUtf8, letters } = await readAll(path);
  if (isUtf8) return { encoding: 'UTF-8', sample: head };
  const score = (encoding: Encoding) => strangeness(decode(letters, encoding));
  // Bytes of Windows-1258 nearly always look like some letter in TCVN3; the other way round they rarely do.
  const [utf8, windows, tcvn] = (['UTF-8', 'Windows-1258', 'TCVN3'] as const).map(score) as [number, number, number];
  if (utf8 <= 0.05) return { encoding: 'UTF-8', sample: head };
  return { encoding: windows <= 0.02 || windows <= tcvn ? 'Windows-1258' : 'TCVN3', sample: head };
}

export const decode = (bytes: Buffer, encoding: Encoding): string =>
  iconv.decode(bytes, DECODERS[encoding]).normalize('NFC');

/** Makes text of a file's bytes; marks written apart from their letter are joined by whoever reads whole cells. */
export const decodingStream = (encoding: Encoding): NodeJS.ReadWriteStream => iconv.decodeStream(DECODERS[encoding]);

const LETTERS = /[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]/iu;
const SIGNS = /[–—‘’“”…•·°²³₫€×½\u00a0\u200b-\u200f\ufeff]/u;

/** Share of the letters beyond A–Z that no Vietnamese text has: 0 reads well. */
function strangeness(text: string): number {
  let [strange, beyond] = [0, 0];
  for (const char of text) {
    if (char <= '\u007f') continue;
    beyond++;
    if (!LETTERS.test(char) && !SIGNS.test(char)) strange++;
  }
  return beyond === 0 ? 0 : strange / beyond;
}

/**
 * A cell of a workbook typed in a ".Vn…" font holds TCVN3 in the guise of Western letters: "M· hå s¬" is "Mã hồ sơ".
 * What already reads as Vietnamese is left alone.
 */
export function repairTcvn3(text: string): string {
  if (!/[\u0080-\u00ff\u0192\u02c6\u02dc\u2013-\u2122]/.test(text) || strangeness(text) === 0) return text;
  const bytes = iconv.encode(text, 'win1252');
  // a letter Windows-1252 does not have: the text is Unicode already, whatever is strange in it
  if (iconv.decode(bytes, 'win1252') !== text) return text;
  const repaired = decode(bytes, 'TCVN3');
  return strangeness(repaired) === 0 ? repaired : text;
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(SAMPLE_BYTES);
    const { bytesRead } = await file.read(buffer, 0, SAMPLE_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Whether the file is UTF-8 to its end, and pieces of it that hold more than plain letters. */
async function readAll(path: string): Promise<{ isUtf8: boolean; letters: Buffer }> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const pieces: Buffer[] = [];
  let kept = 0;
  let isUtf8 = true;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (kept < SAMPLE_BYTES && chunk.some((byte) => byte > 127)) {
      pieces.push(chunk);
      kept += chunk.length;
    }
    if (!isUtf8) continue;
    try {
      decoder.decode(chunk, { stream: true });
    } catch {
      isUtf8 = false;
    }
    if (!isUtf8 && kept >= SAMPLE_BYTES) break;
  }
  return { isUtf8, letters: Buffer.concat(pieces) };
}
