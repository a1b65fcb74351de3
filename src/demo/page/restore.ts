import type { Database } from '../../db/client.ts';
import type { ZaloPlatform } from '../zalo-platform.ts';

/** One thing somebody said, from our own tables. */
interface StoredBubble {
  chat_id: string;
  author: 'citizen' | 'officer' | 'system' | 'bot';
  text: string;
  content: { payload?: unknown; attachments?: { kind?: unknown; url?: unknown; name?: unknown }[] } | null;
  /** The platform's own message, for what we sent. */
  body: Record<string, unknown> | null;
  platform_message_id: string | null;
  at: Date;
  is_seen: boolean;
}

type ZaloPhoneMessage = Parameters<ReturnType<ZaloPlatform['person']>['transcript']['push']>[0];

/**
 * Gives the stand-in of Zalo back what the phones showed before the restart.
 * @returns how many people came back
 */
export async function restoreZalo(
  database: Database,
  zalo: ZaloPlatform,
  { accountId, communeId, oaId }: { accountId: string; communeId: string; oaId: string },
): Promise<number> {
  const people = await stored(database, communeId, accountId);
  for (const [userId, bubbles] of people) {
    const person = zalo.person(oaId, userId);
    person.transcript.push(...bubbles.flatMap(toZalo));
    const last = bubbles.findLast(({ author }) => author === 'citizen' || author === 'system');
    person.lastInteraction = last?.at.getTime() ?? null;
    person.hasWritten = bubbles.some(({ author }) => author === 'citizen');
  }
  return people.size;
}

function toZalo(bubble: StoredBubble, index: number): ZaloPhoneMessage[] {
  const { author, text, content, body, at } = bubble;
  // Following an OA shows nothing in the chat.
  if (author === 'system') return [];
  const shared = { id: bubble.platform_message_id ?? `restored-${index}`, at: at.getTime() };
  if (author === 'citizen') {
    const attachments = attachmentsOf(content);
    const isHidden = typeof content?.payload === 'string' ? { isHidden: true as const } : {};
    return [
      {
        ...shared,
        from: 'citizen',
        text: text || String(content?.payload ?? ''),
        buttons: [],
        attachments,
        state: 'seen',
        ...isHidden,
      },
    ];
  }
  const payload = (body?.attachment as { payload?: Record<string, unknown> } | undefined)?.payload;
  const elements = (payload?.elements ?? []) as { media_type?: string; url?: string }[];
  return [
    {
      ...shared,
      from: 'oa',
      author: author === 'bot' ? 'bot' : 'staff',
      text: typeof body?.text === 'string' ? body.text : text,
      buttons: (payload?.buttons ?? []) as ZaloPhoneMessage['buttons'],
      attachments: elements.map(({ media_type, url }) => ({ kind: media_type ?? 'image', ...(url ? { url } : {}) })),
      state: bubble.is_seen ? 'seen' : 'delivered',
    },
  ];
}

/** What a stand-in of Messenger needs to say everything again. */
export interface GraphReplay {
  /** The platform's clock while replaying; null: back to the wall clock. */
  setClock(at: Date | null): void;
  meets(psid: string, lastUserAt: Date): void;
  says(
    psid: string,
    input: { text: string } | { attachment: { type: string; payload: { url: string } } },
  ): Promise<unknown>;
  writes(psid: string, text: string): Promise<unknown>;
  /** Our own message once more through the Send API. */
  sends(psid: string, message: Record<string, unknown>): Promise<unknown>;
}

/** The same for Messenger: everything is said again, at its own time, before the webhook is connected. */
export async function restoreMessenger(
  database: Database,
  replay: GraphReplay,
  { accountId, communeId }: { accountId: string; communeId: string },
): Promise<number> {
  const people = await stored(database, communeId, accountId);
  for (const [psid, bubbles] of people) {
    replay.meets(psid, bubbles[0]!.at);
    for (const bubble of bubbles) {
      replay.setClock(bubble.at);
      if (bubble.body) await replay.sends(psid, bubble.body);
      else if (bubble.author === 'officer') await replay.writes(psid, bubble.text);
      else {
        const [attachment] = attachmentsOf(bubble.content);
        if (bubble.text) await replay.says(psid, { text: bubble.text });
        else if (attachment) {
          await replay.says(psid, { attachment: { type: attachment.kind, payload: { url: attachment.url ?? '' } } });
        }
      }
    }
  }
  replay.setClock(null);
  return people.size;
}

function attachmentsOf(content: StoredBubble['content']) {
  return (content?.attachments ?? []).map(({ kind, url, name }) => ({
    kind: String(kind ?? 'file'),
    // The channel reads Zalo's http addresses as https; our own samples have no certificate.
    ...(typeof url === 'string' ? { url: url.replace(/^https:\/\/127\.0\.0\.1:/, 'http://127.0.0.1:') } : {}),
    ...(typeof name === 'string' ? { name } : {}),
  }));
}

async function stored(database: Database, communeId: string, accountId: string): Promise<Map<string, StoredBubble[]>> {
  const rows = await database.run<StoredBubble>('demo.restore', STORED, [communeId, accountId]);
  const people = new Map<string, StoredBubble[]>();
  for (const row of rows) {
    const list = people.get(row.chat_id);
    if (list) list.push(row);
    else people.set(row.chat_id, [row]);
  }
  return people;
}

// The newest hundred people, the newest eighty bubbles of each: a demo left running must still start at once.
const STORED = `
with people as (
  select id, chat_id from conversations where commune_id = $1 and account_id = $2 and chat_id not like '%:%'
  order by last_user_at desc nulls last limit 100
), said as (
  select p.chat_id, m.author, m.text, m.content, null::jsonb as body, m.platform_message_id, m.occurred_at as at,
    true as is_seen, m.occurred_at as rank_at, 0 as seq
  from people p join messages m on m.commune_id = $1 and m.conversation_id = p.id
  where m.author in ('citizen', 'system', 'officer')
    and not exists (select 1 from outbox o
      where o.commune_id = m.commune_id and o.conversation_id = m.conversation_id and o.message_id = m.id)
  union all
  select p.chat_id, case o.author when 'system' then 'bot' else o.author end, o.call ->> 'text', null, o.call -> 'body', o.platform_message_id, o.sent_at,
    o.seen_at is not null, o.sent_at, o.seq
  from people p join outbox o on o.commune_id = $1 and o.conversation_id = p.id
  where o.status = 'sent'
), ranked as (
  select *, row_number() over (partition by chat_id order by rank_at desc, seq desc) as place from said
)
select chat_id, author, text, content, body, platform_message_id, at, is_seen from ranked
where place <= 80 order by chat_id, rank_at, seq`;
