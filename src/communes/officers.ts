import { and, asc, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { ConfigError } from '../errors.ts';
import { officerCredentials, officerLinks, officerSessions } from './credentials.schema.ts';
import { officers } from './officers.schema.ts';
import { hashToken, newToken } from './tokens.ts';

/** Each may do what those before it may. `province` looks into every commune of its province, and works in its own. */
export const ROLES = ['officer', 'lead', 'admin', 'province'] as const;
export type Role = (typeof ROLES)[number];
export const mayAs = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);

export type Officer = typeof officers.$inferSelect;

/** A link is for somebody who waits for it: it lives a working day. */
export const LINK_HOURS = 24;
const emailSchema = z.email().max(200);

/** @throws {ConfigError} */
export function parseEmail(text: string): string {
  const parsed = emailSchema.safeParse(text.trim().toLowerCase());
  if (!parsed.success) throw new ConfigError(`"${text}" is no e-mail address`);
  return parsed.data;
}

/** @throws {ConfigError} */
export function parseRole(text: string): Role {
  const role = ROLES.find((known) => known === text);
  if (!role) throw new ConfigError(`--role "${text}" must be one of ${ROLES.join(', ')}`);
  return role;
}

/**
 * Adds somebody to a commune's staff; they come in by a link (`createLink`).
 * @throws {ConfigError} when the address is taken there
 */
export async function addOfficer(
  db: Db,
  communeId: string,
  input: { email: string; role: Role; name?: string; title?: string; fields?: string[] },
): Promise<Officer> {
  const [row] = await db
    .insert(officers)
    .values({ ...input, communeId, id: timeOrdered(), email: parseEmail(input.email) })
    .onConflictDoNothing()
    .returning();
  if (!row) throw new ConfigError(`${input.email} works there already (hoixa officer list; hoixa officer reset)`);
  return row;
}

export const listOfficers = (db: Db, communeId: string): Promise<Officer[]> =>
  db.select().from(officers).where(eq(officers.communeId, communeId)).orderBy(asc(officers.email));

/** @throws {ConfigError} when nobody has that address there */
export async function officerByEmail(db: Db, communeId: string, email: string): Promise<Officer> {
  const [row] = await db
    .select()
    .from(officers)
    .where(and(eq(officers.communeId, communeId), eq(officers.email, parseEmail(email))));
  if (!row) throw new ConfigError(`no officer ${email} there (hoixa officer list --commune …)`);
  return row;
}

export async function officerById(db: Db, communeId: string, id: string): Promise<Officer | undefined> {
  const [row] = await db.select().from(officers).where(isOfficer(communeId, id));
  return row;
}

/** Changes what is named. Somebody switched off, or given another role, has to sign in again. */
export async function updateOfficer(
  db: Db,
  communeId: string,
  id: string,
  change: Partial<Pick<Officer, 'name' | 'title' | 'role' | 'fields' | 'presence' | 'isActive'>>,
): Promise<void> {
  await db.update(officers).set(change).where(isOfficer(communeId, id));
  if (change.isActive === false || change.role) await signOutEverywhere(db, communeId, id);
}

/** Takes away password, second factor, open links and sessions: only a new link lets them in. */
export async function forgetCredentials(db: Db, communeId: string, id: string): Promise<void> {
  const of = (table: typeof officerCredentials | typeof officerLinks) =>
    and(eq(table.communeId, communeId), eq(table.officerId, id));
  await db.delete(officerLinks).where(of(officerLinks));
  await db.delete(officerCredentials).where(of(officerCredentials));
  await signOutEverywhere(db, communeId, id);
}

export async function signOutEverywhere(db: Db, communeId: string, id: string): Promise<void> {
  await db
    .delete(officerSessions)
    .where(and(eq(officerSessions.communeId, communeId), eq(officerSessions.officerId, id)));
}

/** @returns the token of a link that works once, for a day */
export async function createLink(
  db: Db,
  officer: Pick<Officer, 'communeId' | 'id'>,
  purpose: 'setup' | 'enter' = 'setup',
  now = new Date(),
): Promise<string> {
  const token = newToken();
  await db.insert(officerLinks).values({
    communeId: officer.communeId,
    officerId: officer.id,
    tokenHash: hashToken(token),
    purpose,
    expiresAt: new Date(now.getTime() + LINK_HOURS * 3_600_000),
  });
  return token;
}

export type OpenLink = { officer: Officer; purpose: 'setup' | 'enter' };

/** Whom a link lets in; undefined: used, too old, or none of ours. Looking does not use it: mail programs look first. */
export async function readLink(db: Db, token: string, now: Date): Promise<OpenLink | undefined> {
  const [row] = await db
    .select({ officer: officers, purpose: officerLinks.purpose })
    .from(officerLinks)
    .innerJoin(officers, and(eq(officers.communeId, officerLinks.communeId), eq(officers.id, officerLinks.officerId)))
    .where(and(isOpenLink(token, now), eq(officers.isActive, true)));
  return row;
}

/** Uses a link up. @returns false: somebody was faster */
export async function spendLink(db: Db, token: string, now: Date): Promise<boolean> {
  const rows = await db
    .update(officerLinks)
    .set({ usedAt: now })
    .where(isOpenLink(token, now))
    .returning({ officerId: officerLinks.officerId });
  return rows.length > 0;
}

const isOfficer = (communeId: string, id: string) => and(eq(officers.communeId, communeId), eq(officers.id, id));
const isOpenLink = (token: string, now: Date) =>
  and(
    eq(officerLinks.tokenHash, hashToken(token)),
    sql`${officerLinks.usedAt} is null and ${officerLinks.expiresAt} > ${now.toISOString()}::timestamptz`,
  );
