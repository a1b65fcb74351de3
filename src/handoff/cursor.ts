/** Where the next page begins, as an address carries it. */

export const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

// The database's own text of a time: a Date has no microseconds, and rows of one millisecond would be left out.
export const writeCursor = (at: string, id: string) => Buffer.from(`${at}|${id}`).toString('base64url');
const MOMENT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::?\d\d)?$/;

/** @returns null for anything we did not make */
export function readCursor(cursor: string): { at: string; id: string } | null {
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split('|');
  return UUID.test(id) && MOMENT.test(at) ? { at, id } : null;
}
