import { createHash, randomInt } from 'node:crypto';
import { localTime } from '../communes/calendar.ts';

/**
 * The number of one try to pay: `HX` + day (yymmdd) + unit (3) + random (5) + check letter, 17 characters of [A-Z0-9].
 * Short enough for every gateway's order number and for the words of a bank transfer, without a personal datum, not to
 * be guessed. The unit tells whose it is where a province's account serves many communes, also when that commune is
 * served by another installation.
 */

/** Without I, L, O, U (read for digits or for each other) and Z: 31 is a prime, so one wrong character always shows. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXY';
const BASE = ALPHABET.length;
const UNIT_LENGTH = 3;
const RANDOM_LENGTH = 5;
const SHAPE = /^HX(\d{2})(\d{2})(\d{2})([0-9A-HJKMNP-TV-Y]{3})[0-9A-HJKMNP-TV-Y]{5}[A-HJKMNP-TV-Y]$/;
export const REFERENCE_LENGTH = 17;

/** Each place counts differently, so two characters changed about show as well. */
function checkOf(body: string): string {
  let sum = 0;
  for (const [at, letter] of [...body].entries()) sum += (at + 1) * ALPHABET.indexOf(letter);
  return ALPHABET[sum % BASE]!;
}

/** A unit's code to try first, and the ones after it should it be taken. */
export function unitCodes(communeId: string): string[] {
  const start = createHash('sha256').update(communeId).digest().readUInt32BE(0) % BASE ** UNIT_LENGTH;
  return Array.from({ length: 64 }, (_, step) => {
    let rest = (start + step * 7_919) % BASE ** UNIT_LENGTH;
    let code = '';
    for (let at = 0; at < UNIT_LENGTH; at++) {
      code = ALPHABET[rest % BASE]! + code;
      rest = Math.floor(rest / BASE);
    }
    return code;
  });
}

/** A new reference. @param unit of the commune, see `unitCodes` */
export function newReference(unit: string, now: Date): string {
  const day = localTime(now).date.slice(2).replaceAll('-', '');
  for (;;) {
    let random = '';
    for (let at = 0; at < RANDOM_LENGTH; at++) random += ALPHABET[randomInt(BASE)]!;
    const body = `${day}${unit}${random}`;
    const check = checkOf(body);
    // a letter, so that a number cut short or grown longer is no reference
    if (/[A-Y]/.test(check)) return `HX${body}${check}`;
  }
}

/** True for what `newReference` may have made: shape, day and check letter. */
export function isReference(text: string): boolean {
  const parts = SHAPE.exec(text);
  if (!parts) return false;
  const [, , month, day] = parts.map(Number);
  return month! >= 1 && month! <= 12 && day! >= 1 && day! <= 31 && checkOf(text.slice(2, -1)) === text.at(-1);
}

/** Which unit a reference belongs to. */
export const unitOf = (reference: string): string => reference.slice(8, 8 + UNIT_LENGTH);

/**
 * References in the words of a bank transfer, in order, each once. Banks put numbers before and after, write in lower
 * case, drop dashes, cut with a blank: only letters and digits are looked at, and the check letter decides.
 */
export function findReferences(words: string): string[] {
  const letters = words
    .slice(0, 2_000)
    .normalize('NFD')
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '');
  const found = new Set<string>();
  for (let at = letters.indexOf('HX'); at >= 0; at = letters.indexOf('HX', at + 1)) {
    const candidate = `HX${asRead(letters.slice(at + 2, at + REFERENCE_LENGTH))}`;
    if (isReference(candidate)) found.add(candidate);
  }
  return [...found];
}

/** As people and cameras mistake them. */
const asRead = (text: string) => text.replaceAll('O', '0').replace(/[IL]/g, '1');
