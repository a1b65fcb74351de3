import type { ChannelLimits, ChannelName } from '../channels/channel.ts';

/** How much longer the platform lets us write. */
export interface ReplyWindow {
  lastUserAt: Date | null;
  /** Until then an officer may write; null: the citizen never wrote, nobody may. */
  officerUntil: Date | null;
  /** Until then the assistant may. */
  assistantUntil: Date | null;
  /** Until then writing is free; null: always free. */
  freeUntil: Date | null;
  /** `by_hand`: only what a person writes still leaves. */
  state: 'open' | 'by_hand' | 'closed';
  /** Close to its end by the commune's `handoff.warnBeforeWindowMinutes`, and the citizen waits for an answer. */
  isEnding: boolean;
  /** "Còn 21 giờ để trả lời trên Messenger" */
  text: string;
  /** What is possible after it, a sentence. */
  afterwards: string;
}

export const CHANNEL_WORDS: Record<ChannelName, string> = { zalo: 'Zalo', messenger: 'Messenger' };

const HOUR_MS = 3_600_000;

/** "3 ngày", "21 giờ", "40 phút": never more than is left. */
export function howLong(ms: number): string {
  if (ms >= 48 * HOUR_MS) return `${Math.floor(ms / (24 * HOUR_MS))} ngày`;
  if (ms >= HOUR_MS) return `${Math.floor(ms / HOUR_MS)} giờ`;
  return `${Math.max(0, Math.floor(ms / 60_000))} phút`;
}

type WindowLimits = Pick<ChannelLimits, 'replyWindowMs' | 'officerWindowMs' | 'freeReplyMs'>;

/** How long after the citizen's last act an officer may write. */
export const officerWindowOf = ({ replyWindowMs, officerWindowMs }: WindowLimits) =>
  Math.max(replyWindowMs, officerWindowMs ?? 0);

export function replyWindow(
  channel: ChannelName,
  limits: WindowLimits,
  lastUserAt: Date | null,
  options: { now: Date; warnBeforeMinutes: number; isAwaited: boolean },
): ReplyWindow {
  const name = CHANNEL_WORDS[channel];
  if (!lastUserAt) {
    return {
      lastUserAt,
      officerUntil: null,
      assistantUntil: null,
      freeUntil: null,
      state: 'closed',
      isEnding: false,
      text: `Chưa trả lời được trên ${name}: người dân chưa nhắn`,
      afterwards: 'Khi người dân nhắn lại thì trả lời được.',
    };
  }
  const at = (ms: number) => new Date(lastUserAt.getTime() + ms);
  const assistantUntil = at(limits.replyWindowMs);
  const officerUntil = at(officerWindowOf(limits));
  const left = officerUntil.getTime() - options.now.getTime();
  const state = left <= 0 ? 'closed' : assistantUntil <= options.now ? 'by_hand' : 'open';
  const isLonger = officerUntil > assistantUntil;
  return {
    lastUserAt,
    officerUntil,
    assistantUntil,
    freeUntil: limits.freeReplyMs === undefined ? null : at(limits.freeReplyMs),
    state,
    isEnding: state !== 'closed' && options.isAwaited && left <= options.warnBeforeMinutes * 60_000,
    text:
      state === 'closed'
        ? `Đã hết thời gian trả lời trên ${name}`
        : state === 'by_hand'
          ? `Còn ${howLong(left)} để cán bộ trả lời trên ${name}`
          : `Còn ${howLong(assistantUntil.getTime() - options.now.getTime())} để trả lời trên ${name}`,
    afterwards:
      state === 'open' && isLonger
        ? `Sau đó chỉ cán bộ nhắn được, tới hết ${howLong(officerWindowOf(limits))} kể từ lời cuối của người dân.`
        : state === 'closed'
          ? 'Khi người dân nhắn lại thì trả lời được.'
          : 'Sau đó phải chờ người dân nhắn lại.',
  };
}
