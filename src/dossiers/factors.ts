import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { SecretBox } from '../communes/secrets.ts';
import type { Database } from '../db/client.ts';
import { dossierKeys } from './dossiers.schema.ts';

/** Keyed hashes of one commune, base64url of 32 bytes. Two communes' hashes of the same number differ. */
export interface CommuneFactors {
  /** @returns null when these are not four digits */
  idLast4(last4: string): string | null;
  /** @returns null when this is no Vietnamese phone number */
  phone(phone: string): string | null;
  /** @param code canonical */
  code(code: string): string;
  /** Unit and day of a canonical code: what numbers tried out one after the other have in common. */
  series(code: string): string;
}

/** Personal numbers and dossier codes as keyed hashes: what is stored cannot be read back. */
export interface Factors {
  /** For many rows at once: the key is fetched once. @throws {AppError} `secret_unreadable` */
  of(communeId: string): Promise<CommuneFactors>;
  hashIdLast4(communeId: string, last4: string): Promise<string | null>;
  hashPhone(communeId: string, phone: string): Promise<string | null>;
  hashCode(communeId: string, code: string): Promise<string>;
  hashSeries(communeId: string, code: string): Promise<string>;
}

/** The key of a commune is made at its first use, sealed, and sealed anew after a rotation of SECRET_KEY. */
export function createFactors(database: Pick<Database, 'orm'>, box: SecretBox): Factors {
  const known = new Map<string, Promise<CommuneFactors>>();
  const of = (communeId: string) => {
    const before = known.get(communeId);
    if (before) return before;
    const made = keyOf(database.orm, box, communeId).then(hashers);
    known.set(communeId, made);
    made.catch(() => known.delete(communeId));
    return made;
  };
  return {
    of,
    hashIdLast4: async (communeId, last4) => (await of(communeId)).idLast4(last4),
    hashPhone: async (communeId, phone) => (await of(communeId)).phone(phone),
    hashCode: async (communeId, code) => (await of(communeId)).code(code),
    hashSeries: async (communeId, code) => (await of(communeId)).series(code),
  };
}

/** Equal or not, in the same time either way. A missing side matches nothing. */
export function matches(a: string | null | undefined, b: string | null | undefined): boolean {
  const [left, right] = [fixed(a), fixed(b)];
  const isEqual = timingSafeEqual(left, right);
  return isEqual && Boolean(a) && Boolean(b);
}

/** "0912 345 678", "+84 912345678", "84912345678" → "84912345678". @returns null for anything else */
export function normalisePhone(text: string): string | null {
  const digits = text.replace(/[\s.()-]/g, '');
  const parts = /^(?:\+?84|0084|0)([235789]\d{8,9})$/.exec(digits);
  if (!parts) return null;
  const [, national = ''] = parts;
  // mobile numbers have nine digits behind the prefix, those of a place ten
  return (national.startsWith('2') ? national.length === 10 : national.length === 9) ? `84${national}` : null;
}

const fixed = (text: string | null | undefined) =>
  createHmac('sha256', 'length')
    .update(text ?? '')
    .digest();

function hashers(key: Buffer): CommuneFactors {
  const hash = (kind: string, value: string) =>
    createHmac('sha256', key).update(`${kind}\u0000${value}`).digest('base64url');
  return {
    idLast4: (last4) => (/^\d{4}$/.test(last4) ? hash('id', last4) : null),
    phone(phone) {
      const number = normalisePhone(phone);
      return number ? hash('phone', number) : null;
    },
    code: (code) => hash('code', code),
    series: (code) => hash('series', code.slice(0, code.lastIndexOf('-'))),
  };
}

async function keyOf(orm: Database['orm'], box: SecretBox, communeId: string): Promise<Buffer> {
  const context = `dossier key/${communeId}`;
  const find = () => orm.select().from(dossierKeys).where(eq(dossierKeys.communeId, communeId));
  let [row] = await find();
  if (!row) {
    const sealedKey = box.seal(randomBytes(32).toString('base64url'), context);
    // another process may be making it too: the first one stays
    await orm.insert(dossierKeys).values({ communeId, sealedKey }).onConflictDoNothing();
    [row] = await find();
  }
  const { sealedKey } = row!;
  const key = box.open(sealedKey, context);
  if (box.isStale(sealedKey)) {
    await orm
      .update(dossierKeys)
      .set({ sealedKey: box.seal(key, context) })
      .where(eq(dossierKeys.communeId, communeId));
  }
  return Buffer.from(key, 'base64url');
}
