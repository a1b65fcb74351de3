/**
 * Reads a webhook body leniently and losslessly.
 *
 * Platform ids have up to 20 digits; should one ever arrive as a JSON number, `JSON.parse` alone would change its last
 * digits. Integers of 16 digits or more therefore become strings. U+0000 and lone surrogates, which PostgreSQL refuses in
 * text and jsonb, are replaced by U+FFFD so that one odd message cannot make its own storing fail for ever.
 * The bytes may come from anybody: the pattern over tokens runs only on what is JSON, where every string ends (on a
 * string without an end it would take time with the square of the length).
 * @returns undefined when the bytes are not JSON, or nested deeper than anybody could store
 */
export function parseWebhookJson(bytes: Buffer): unknown {
  const source = bytes.toString('utf8').replace(/^\uFEFF/, '');
  try {
    const plain: unknown = JSON.parse(source);
    const value: unknown = LONG_INTEGER.test(source) ? JSON.parse(quoteLongIntegers(source)) : plain;
    if (isTooDeep(value, 0)) return undefined;
    return UNSTORABLE.test(source) ? storable(value) : value;
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

/** No platform nests like this; writers of JSON and the database run out of stack some thousand levels down. */
function isTooDeep(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (depth > MAX_DEPTH) return true;
  for (const item of Array.isArray(value) ? value : Object.values(value)) if (isTooDeep(item, depth + 1)) return true;
  return false;
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), storable(item)]));
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

/** Longer than any id of a platform's; what is longer cannot stand in an index. */
const ID_MAX = 200;

/** A platform's id of a person or a conversation; undefined for what is none. */
export const idOf = (value: unknown): string | undefined => {
  const id = textOf(value);
  return id !== undefined && id.length <= ID_MAX ? id : undefined;
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
