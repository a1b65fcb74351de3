import { addOfficer, type Officer, type Role } from '../../src/communes/officers.ts';
import { startSession } from '../../src/communes/sessions.ts';
import { derivedToken } from '../../src/communes/tokens.ts';
import { SESSION_COOKIE } from '../../src/console/cookies.ts';
import type { Database } from '../../src/db/client.ts';
import { timeOrdered } from '../../src/db/ids.ts';

let serial = 0;

/** Somebody of a commune's staff. */
export const newOfficer = (database: Database, communeId: string, role: Role, name = `Cán bộ thử ${++serial}`) =>
  addOfficer(database.orm, communeId, { email: `can-bo-${++serial}@example.vn`, role, name, title: 'một cửa' });

/** A browser somebody is signed in with; redirects are not followed. */
export async function browserOf(database: Database, url: string, officers: Officer[], now = new Date()) {
  const token = await startSession(database, officers, 'password', now);
  const csrf = derivedToken(token, 'csrf');
  const cookie = `${SESSION_COOKIE}=${token}`;
  const ask = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    fetch(`${url}${path}`, { redirect: 'manual', ...init, headers: { cookie, ...init.headers } });
  return {
    token,
    csrf,
    cookie,
    ask,
    get: (path: string, headers: Record<string, string> = {}) => ask(path, { headers }),
    post: (path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
      ask(path, { method: 'POST', body: new URLSearchParams(fields), headers: { 'x-csrf-token': csrf, ...headers } }),
  };
}

/** A conversation with words of both sides, as storing them would leave it. */
export async function addConversation(
  database: Database,
  communeId: string,
  { text = 'Xin chào', name = 'Người dân thử', accountId = timeOrdered(), owner = 'bot', at = new Date() } = {},
): Promise<{ conversationId: string; messageId: string; answerId: string }> {
  const [conversationId, citizenId, messageId, answerId] = Array.from({ length: 4 }, () => timeOrdered()) as [
    string,
    string,
    string,
    string,
  ];
  const chatId = `9${String(++serial).padStart(15, '0')}`;
  await database.run(
    'test.conversation',
    `with c as (
       insert into citizens (commune_id, id, account_id, chat_id, display_name) values ($1, $3, $4, $5, $6)
     ), v as (
       insert into conversations (commune_id, id, account_id, citizen_id, channel, chat_id, owner, owner_since, last_user_at)
       values ($1, $2, $4, $3, 'zalo', $5, $7, $8::timestamptz, $8::timestamptz)
     )
     insert into messages (commune_id, id, conversation_id, author, text, occurred_at, outcome, answer, turn_id)
     values ($1, $9, $2, 'citizen', $10, $8::timestamptz, null, null, null),
       ($1, $11, $2, 'bot', 'Xã trả lời.', $8::timestamptz + interval '1 second', 'answered', '{}', $11)`,
    [communeId, conversationId, citizenId, accountId, chatId, name, owner, at.toISOString(), messageId, text, answerId],
  );
  return { conversationId, messageId, answerId };
}
