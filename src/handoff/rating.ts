import type { Button, OutgoingMessage } from '../channels/channel.ts';
import type { Database } from '../db/client.ts';
import { plain } from '../procedures/words.ts';

/** "How was it?", asked once after an officer closed a conversation, and answered by button or in words. */

const STARS = ['', 'Rất chưa hài lòng', 'Chưa hài lòng', 'Bình thường', 'Hài lòng', 'Rất hài lòng'];
const WORDS_MAX = 500;
/** An answer given later is a number that means something else. */
const OPEN_MS = 48 * 3_600_000;

export const ratingQuestion = (episodeId: string): OutgoingMessage => ({
  text: 'Lần trao đổi với cán bộ vừa rồi thế nào ạ? Bấm một nút, hoặc nhắn số từ 1 (rất chưa hài lòng) đến 5 (rất hài lòng).',
  // a channel that can only number its buttons gives each its number of stars
  buttons: [1, 2, 3, 4, 5].map(
    (stars): Button => ({ title: STARS[stars]!, kind: 'reply', value: `hx:rate:${episodeId}:${stars}` }),
  ),
});

/** What an asked citizen's memory holds: set by the act that closes, see `Acts.close`. */
export interface AskedRating {
  episodeId: string;
  /** Epoch ms. */
  askedAt: number;
}

export interface GivenRating {
  episodeId: string;
  /** Null: only words. */
  stars: number | null;
  words: string | null;
}

/**
 * Whether the citizen answers the question. Plain words count only while it is open, and only when they are nothing
 * else: "5", "5 sao", "4 vì chờ lâu", "rất hài lòng", "góp ý: …".
 */
export function readRating(
  input: { text: string; payload?: string },
  asked: AskedRating | null,
  now: Date,
): GivenRating | null {
  const [, pressedId, pressedStars] = /^hx:rate:([0-9a-f-]{36}):([1-5])$/.exec(input.payload ?? '') ?? [];
  if (pressedId) return { episodeId: pressedId, stars: Number(pressedStars), words: null };
  if (input.payload !== undefined || !asked || now.getTime() - asked.askedAt > OPEN_MS) return null;
  const text = input.text.trim();
  const line = plain(text);
  const opinion = /^(?:gop y|y kien)\s*[:,-]?\s*(?=\S)/.exec(line);
  if (opinion) return { episodeId: asked.episodeId, stars: null, words: clip(text.slice(opinion[0].length)) };
  const digit = /^([1-5])\s*(?:sao|diem|\/\s*5)?\s*(?:[·.,;:-]|vi\b|$)/.exec(line);
  if (digit) {
    const rest = text.slice(digit[1]!.length).replace(/^\s*(?:sao|điểm|diem|\/\s*5)?\s*[·.,;:-]*\s*/iu, '');
    return { episodeId: asked.episodeId, stars: Number(digit[1]), words: rest && !isTitle(rest) ? clip(rest) : null };
  }
  const stars = STARS.findIndex((title) => title !== '' && plain(title) === line.replace(/[.! ]+$/, ''));
  return stars > 0 ? { episodeId: asked.episodeId, stars, words: null } : null;
}

const isTitle = (text: string) => STARS.some((title) => plain(title) === plain(text.trim()));
const clip = (text: string) => [...text.trim()].slice(0, WORDS_MAX).join('');

/**
 * Keeps a rating; a second one of the same episode changes it. May be repeated.
 * @returns what to say, or null when this citizen was not asked
 */
export async function keepRating(
  database: Database,
  asker: { communeId: string; conversationId: string },
  given: GivenRating,
  now: Date,
): Promise<OutgoingMessage | null> {
  const rows = await database.run<{ rating: number | null }>('handoff.rate', RATE, [
    asker.communeId,
    asker.conversationId,
    given.episodeId,
    given.stars,
    given.words,
    now.toISOString(),
  ]);
  if (rows.length === 0) return null;
  if (given.stars === null) return { text: 'Cảm ơn lời góp ý. Tôi đã ghi lại cho cán bộ phụ trách.' };
  if (given.stars >= 4) return { text: 'Cảm ơn ạ. Cần việc gì nữa cứ nhắn ở đây.' };
  return {
    text: given.words
      ? 'Cảm ơn, tôi đã ghi lại cả lời góp ý cho cán bộ phụ trách.'
      : 'Cảm ơn, tôi đã ghi lại. Điều gì chưa được thì nhắn "Góp ý:" rồi viết tiếp, cán bộ phụ trách sẽ đọc.',
  };
}

const RATE = `
update handoffs set rating = coalesce($4::int, rating), rating_words = coalesce($5, rating_words),
  changed_at = $6::timestamptz
where commune_id = $1 and conversation_id = $2 and id = $3 and rating_asked_at is not null
returning rating`;
