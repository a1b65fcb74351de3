import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../db/client.ts';

/** A page lives so long: enough to find one's glasses, too short to be passed around. */
export const LINK_MINUTES = 30;

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
export const isToken = (text: string) => /^[A-Za-z0-9_-]{32}$/.test(text);

export interface Link {
  communeId: string;
  orderId: string;
  conversationId: string | null;
  expiresAt: Date;
}

/** A new page's address; only `tokenHash` is written down. */
export function newLink(now: Date): { token: string; tokenHash: string; expiresAt: Date } {
  const token = randomBytes(24).toString('base64url');
  return { token, tokenHash: hashOf(token), expiresAt: new Date(now.getTime() + LINK_MINUTES * 60_000) };
}

/**
 * Makes the page's address for one obligation and one conversation. A newer one ends the older: at most one is open.
 * @returns the token, which is kept nowhere, and when it ends
 */
export async function openLink(
  database: Database,
  about: { communeId: string; orderId: string; conversationId: string | null },
  now: Date,
): Promise<{ token: string; expiresAt: Date }> {
  const { token, tokenHash, expiresAt } = newLink(now);
  await database.run('pay.link', OPEN, [
    about.communeId,
    about.orderId,
    about.conversationId,
    tokenHash,
    now.toISOString(),
    expiresAt.toISOString(),
  ]);
  return { token, expiresAt };
}

/**
 * The parts of a statement that open the page in the transaction that sends it: $1 commune, $2 obligation, $3
 * conversation, $4 the token's hash, $5 now, $6 when it ends.
 * @param from an earlier part; no row, no page
 */
export const openLinkSql = (from: string): string => `
older as (
  update payment_links l set expires_at = $5::timestamptz
  from ${from}
  where l.commune_id = $1::uuid and l.order_id = $2::uuid and l.conversation_id is not distinct from $3::uuid
    and l.expires_at > $5::timestamptz
), opened as (
  insert into payment_links (commune_id, order_id, conversation_id, token_hash, created_at, expires_at)
  select $1::uuid, $2::uuid, $3::uuid, $4, $5::timestamptz, $6::timestamptz from ${from}
)`;

const OPEN = `
with asked as (select 1), ${openLinkSql('asked')}
select 1 from asked`;

/** Also one that has ended: its page says so. */
export async function readLink(database: Database, token: string): Promise<Link | null> {
  if (!isToken(token)) return null;
  const [row] = await database.run<Link>(
    'pay.link_read',
    `select commune_id as "communeId", order_id as "orderId", conversation_id as "conversationId",
       expires_at as "expiresAt"
     from payment_links where token_hash = $1`,
    [hashOf(token)],
  );
  return row ?? null;
}
