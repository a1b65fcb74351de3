/**
 * Reads a webhook body leniently and losslessly.
 *
 * Platform ids have up to 20 digits; should one ever arrive as a JSON number, `JSON.parse` alone would change its last
 * digits. Integers of 16 digits or more therefore become strings. U+0000 and lone surrogates, which PostgreSQL refuses in
 * text and jsonb, are replaced by U+FFFD so that one odd message cannot make its own storing fail for ever.
 * The bytes may come from anybody: the pattern over tokens runs only on what is JSON, where every string ends (on a
 * string without an end it would take time with the square of the length).
 * @returns undefined when the bytes are not JSON
 */
export function parseWebhookJson(bytes: Buffer): unknown {
  const source = bytes.toString('utf8').replace(/^\uFEFF/, '');
  try {
    const plain: unknown = JSON.parse(source);
    const value: unknown = LONG_INTEGER.test(source) ? JSON.parse(quoteLongIntegers(source)) : plain;
    return UNSTORABLE.test(source) ? storable(value, 0) : value;
  } catch {
    return undefined;
  }
}

const LONG_INTEGER = /[:[,\s]-?\d{16,}/;
const UNSTORABLE = /\\u(0000|d[89a-f])/i;
const MAX_DEPTH = 500;

const quoteLongIntegers = (source: string) =>
  source.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => (/^-?\d{16,}$/.test(token) ? `"${token}"` : token));

const cleanText = (text: string) => Buffer.from(text.replaceAll('\u0000', '\uFFFD'), 'utf8').toString('utf8');

function storable(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map((item) => storable(item, depth + 1));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), storable(item, depth + 1)]));
}

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object under `key`, or an empty one. */
export const objectAt = (parent: JsonObject, key: string): JsonObject => {
  const value = parent[key];
  return isObject(value) ? value : {};
};

/** A string, or a number written as one; undefined for anything else and for the empty string. */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
};

/** A finite number, or a string holding one. */
export const numberOf = (value: unknown): number | undefined => {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
};

/** Epoch milliseconds, or seconds when below 10^12, as a number or digits; `fallback` for anything else. */
export function timeOf(value: unknown, fallback: Date): Date {
  const number = numberOf(value);
  if (number === undefined || number <= 0) return fallback;
  const time = new Date(number < 1e12 ? number * 1000 : number);
  // PostgreSQL and sane software end far before JavaScript's last date.
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999 ? fallback : time;
}
