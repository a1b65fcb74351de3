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

/**
 * Makes the page's address for one obligation and one conversation. A newer one ends the older: at most one is open.
 * @returns the token, which is kept nowhere, and when it ends
 */
export async function openLink(
  database: Database,
  about: { communeId: string; orderId: string; conversationId: string | null },
  now: Date,
): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(24).toString('base64url');
  const expiresAt = new Date(now.getTime() + LINK_MINUTES * 60_000);
  await database.run('pay.link', OPEN, [
    about.communeId,
    about.orderId,
    about.conversationId,
    hashOf(token),
    now.toISOString(),
    expiresAt.toISOString(),
  ]);
  return { token, expiresAt };
}

const OPEN = `
with older as (
  update payment_links set expires_at = $5::timestamptz
  where commune_id = $1::uuid and order_id = $2::uuid and conversation_id is not distinct from $3::uuid
    and expires_at > $5::timestamptz
)
insert into payment_links (commune_id, order_id, conversation_id, token_hash, created_at, expires_at)
values ($1::uuid, $2::uuid, $3::uuid, $4, $5::timestamptz, $6::timestamptz)`;

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
