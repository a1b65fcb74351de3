import { randomInt } from 'node:crypto';
import { localTime } from '../communes/calendar.ts';

/**
 * "PA-261130-7K4MX": the day, four letters or digits, and a check character, so that a number mistyped by one sign, or
 * with two neighbours swapped, is not taken for somebody else's. No letters that are read as digits.
 */
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const SERIAL = 4;
/** Prime, and above the number of signs: every wrong sign and every swap changes the remainder. */
const MODULUS = 37;
/** Weighted by place; over the date's digits, too. */
function checkOf(body: string): string | null {
  const sum = [...body].reduce((total, sign, at) => total + (at + 2) * SIGNS.indexOf(sign), 0) % MODULUS;
  // a check outside the plain signs is never given out
  return SIGNS[sum] ?? null;
}

/** A new number, without hyphens as it is stored. Whether it is taken already, the database knows. */
export function newPetitionNumber(now: Date, random: (below: number) => number = randomInt): string {
  const day = localTime(now).date.slice(2).replaceAll('-', '');
  for (;;) {
    const serial = Array.from({ length: SERIAL }, () => SIGNS[random(SIGNS.length)]!).join('');
    const check = checkOf(`${day}${serial}`);
    if (check) return `PA${day}${serial}${check}`;
  }
}

/** The number in a text as it is stored; null when there is none, or its check character says it was mistyped. */
export function petitionKey(text: string): string | null {
  const [, day, rest] = /\bPA[-\s.]?(\d{6})[-\s.]?([0-9A-Z]{5})\b/i.exec(text) ?? [];
  if (!day || !rest) return null;
  const signs = rest.toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
  return checkOf(`${day}${signs.slice(0, SERIAL)}`) === signs[SERIAL] ? `PA${day}${signs}` : null;
}

/** "PA2611307K4MX" → "PA-261130-7K4MX" */
export const showNumber = (number: string): string => `${number.slice(0, 2)}-${number.slice(2, 8)}-${number.slice(8)}`;
