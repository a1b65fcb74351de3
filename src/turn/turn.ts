import type { Channel, OutgoingMessage } from '../channels/channel.ts';
import { addOpenMinutes } from '../communes/calendar.ts';
import type { Commune, CommuneSettings } from '../communes/communes.ts';
import { derivedFrom, timeOrdered } from '../db/ids.ts';
import type { AttachmentReaders } from '../guidance/attachments.ts';
import type { Answer, Guidance, Memory, Staffing } from '../guidance/guidance.ts';
import { type AskedRating, type GivenRating, readRating } from '../handoff/rating.ts';
import { asksForAssistant } from '../handoff/resume-words.ts';
import { citizenIdOf } from '../inbox/inbox.ts';
import { outgoingMessage, toActivity } from './activity.ts';
import { CollectingAdapter } from './adapter.ts';
import { createAttachmentReading, keptOf } from './attachments.ts';
import { createBot, SERVICES, type TurnServices } from './bot.ts';
import type { LeasedConversation, NewMessage, StoredEvent, TurnResult } from './leases.ts';
import { type Step, toSteps } from './questions.ts';

/** After so many failures the citizen gets an apology and an officer. */
export const MAX_ATTEMPTS = 3;
/** The same for a conversation whose process died so often in a row: a deployment or two is no fault of the question. */
export const MAX_LAPSES = 5;

const APOLOGY =
  'Xin lỗi, hệ thống đang trục trặc nên tôi chưa trả lời được. Tôi đã chuyển câu hỏi này cho cán bộ; cán bộ sẽ đọc và trả lời tại đây.';

export interface TurnDeps {
  guidance: Guidance;
  channel: (name: Channel['name']) => Channel;
  commune: (id: string) => Promise<Commune>;
  /** Who makes words of voice notes and the like; nobody without them. */
  readers?: AttachmentReaders;
  /** The line for a person; see handoff/staffing.ts. Without it only opening times are told. */
  staffing?: (asker: Asker, commune: CommuneSettings, now: Date) => Promise<Staffing>;
  /** Keeps what a citizen says of an officer's help; see handoff/rating.ts. */
  keepRating?: (asker: Asker, given: GivenRating, now: Date) => Promise<OutgoingMessage | null>;
  now: () => Date;
}

type Asker = Pick<NonNullable<TurnServices['asker']>, 'communeId' | 'conversationId'>;

export interface DecidedTurn extends TurnResult {
  outcome: Answer['outcome'] | null;
}

/** Decides on a conversation's waiting events, in order. Writes nothing; an exception means: try again later. */
export function createTurn({ guidance, channel, commune, readers = {}, staffing, keepRating, now }: TurnDeps) {
  const adapter = new CollectingAdapter();
  const bot = createBot(guidance);
  const readAttachments = createAttachmentReading(readers, channel, now);

  return async function decide(conversation: LeasedConversation): Promise<DecidedTurn> {
    const { settings } = await commune(conversation.communeId);
    const limits = channel(conversation.channel);
    const turnId = timeOrdered();
    const startedAt = now();
    const messages: NewMessage[] = [];
    const calls: DecidedTurn['calls'] = [];
    let memory = conversation.memory as Memory | null;
    let owner = conversation.owner;
    let handOffReason: string | undefined;
    let episode: DecidedTurn['episode'];
    let resumedBy: DecidedTurn['resumedBy'];
    let outcome: DecidedTurn['outcome'] = null;

    if (owner === 'officer' && conversation.officerUntil && conversation.officerUntil <= startedAt) {
      owner = 'bot';
      resumedBy = 'silence';
      // The assistant says again that it is automatic when it takes over from a person.
      memory = memory && { ...memory, greeted: false };
    }

    const passOn = (reason: string, askedBy: 'citizen' | 'assistant', promisedAt: Date | null) => {
      owner = 'waiting';
      handOffReason = reason;
      episode = { askedBy, promisedAt, dueAt: addOpenMinutes(settings, startedAt, settings.officerReplyMinutes) };
    };

    const speak = (bubbles: OutgoingMessage[], answer: Answer | null, became: Answer['outcome'] = 'failed') => {
      bubbles.forEach((bubble, index) => {
        const id = timeOrdered();
        messages.push({
          id,
          author: 'bot',
          text: bubble.text,
          content: contentOf(bubble),
          platformMessageId: null,
          occurredAt: now(),
          outcome: index === 0 ? (answer?.outcome ?? became) : null,
          answer: index === 0 && answer ? recordOf(answer, startedAt) : null,
        });
        for (const call of limits.render(bubble)) calls.push({ messageId: id, call });
      });
    };

    // what is said to a person is not for a machine's ears, and who gets an apology needs none
    const isGivenUp = conversation.attempts + 1 >= MAX_ATTEMPTS || conversation.lapses >= MAX_LAPSES;
    const isAnswered = owner !== 'officer' && !isGivenUp;
    for (const step of toSteps(isAnswered ? await readAttachments(conversation) : conversation.events)) {
      messages.push(...transcript(step));
      if (step.kind === 'note') {
        if (step.event.givesBack && owner === 'officer') owner = 'bot';
        continue;
      }
      // "hỏi trợ lý" brings the assistant back, as if its button had been pressed while waiting
      const isCalledBack = owner === 'officer' && (step.input.payload === RESUME || asksForAssistant(step.input.text));
      if (owner === 'officer' && !isCalledBack) continue;
      if (isGivenUp) {
        speak([{ text: APOLOGY }], null);
        passOn('failed', 'assistant', null);
        outcome = 'failed';
        continue;
      }
      const asker = {
        communeId: conversation.communeId,
        conversationId: conversation.id,
        citizenId: citizenIdOf(conversation.accountId, conversation.chatId),
        // a turn repeated after a crash begins with the same event
        turnId: derivedFrom('turn', conversation.id, String(step.events[0]!.id)),
      };
      const rating = keepRating && readRating(step.input, askedRating(memory), startedAt);
      const thanks = rating ? await keepRating(asker, rating, startedAt) : null;
      if (thanks) {
        speak([thanks], null, 'small_talk');
        outcome = 'small_talk';
        continue;
      }
      const services: TurnServices = {
        memory,
        commune: settings,
        asker,
        ...(step.sharedPhone !== undefined && { sharedPhone: step.sharedPhone }),
        isWaitingForOfficer: owner === 'waiting' || isCalledBack,
        ...(staffing && { staffing: once(() => staffing(asker, settings, startedAt)) }),
        now: startedAt,
      };
      const sent = await adapter.collect(toActivity(conversation, step.input, turnId), async (context) => {
        context.turnState.set(SERVICES, services);
        await bot(context);
      });
      const { answer } = services;
      if (!answer) throw new Error('guidance gave no answer');
      // "5" after another answer means something else
      const { rating: _, ...kept } = answer.memory;
      memory = kept as Memory;
      outcome = answer.outcome;
      speak(
        sent.flatMap((activity) => outgoingMessage(activity) ?? []),
        answer,
      );
      if (answer.handOff) {
        const { reason, promisedAt } = answer.handOff;
        passOn(reason, reason === 'asked' || reason === 'complaint' ? 'citizen' : 'assistant', promisedAt ?? null);
      } else if (answer.resumesAssistant || isCalledBack) {
        owner = 'bot';
        resumedBy = 'resumed';
      }
    }

    const staffWroteAt = conversation.events.find(
      ({ kind, takesOver }) => kind === 'staff_message' && takesOver,
    )?.occurredAt;
    return {
      conversation,
      turnId,
      eventIds: conversation.events.map(({ id }) => id),
      memory,
      ...(owner === conversation.owner ? {} : { owner }),
      ...(handOffReason === undefined ? {} : { owner, handOffReason, episode }),
      ...(staffWroteAt && { staffWroteAt }),
      ...(resumedBy && { resumedBy }),
      messages,
      calls,
      outcome,
    };
  };
}

/** The value of the button that brings the assistant back. */
const RESUME = 'hx:resume';

/** An officer closed the conversation and the citizen was asked how it was; guidance knows nothing of it. */
function askedRating(memory: Memory | null): AskedRating | null {
  const asked = memory?.rating as Partial<AskedRating> | undefined;
  return typeof asked?.episodeId === 'string' && typeof asked.askedAt === 'number' ? (asked as AskedRating) : null;
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

const contentOf = ({ text: _, ...rest }: OutgoingMessage) => (Object.keys(rest).length > 0 ? rest : null);

function recordOf(answer: Answer, startedAt: Date): Record<string, unknown> {
  const { reading, source, records, promptVersion } = answer;
  return { reading, source, records, ...(promptVersion ? { promptVersion } : {}), startedAt: startedAt.toISOString() };
}

const AUTHORS: Partial<Record<StoredEvent['kind'], NewMessage['author']>> = {
  message: 'citizen',
  postback: 'citizen',
  staff_message: 'officer',
};

/** What staff read later: the citizen's and the officers' words as they were, other events as system lines. */
function transcript(step: Step): NewMessage[] {
  const events = step.kind === 'note' ? [step.event] : step.events;
  return events.map((event) => {
    // Another app holds the thread: the citizen's words still are the citizen's.
    const author = event.detail?.author === 'citizen' ? 'citizen' : (AUTHORS[event.kind] ?? 'system');
    const content = {
      ...(author === 'system' ? { event: event.name } : {}),
      ...(event.payload === undefined ? {} : { payload: event.payload }),
      ...(event.attachments?.length
        ? { attachments: author === 'citizen' ? event.attachments.map(keptOf) : event.attachments }
        : {}),
      ...(event.replyToMessageId ? { replyTo: event.replyToMessageId } : {}),
    };
    return {
      id: timeOrdered(),
      author,
      text: event.text ?? '',
      content: Object.keys(content).length > 0 ? content : null,
      platformMessageId: event.messageId ?? null,
      occurredAt: event.occurredAt,
      outcome: null,
      answer: null,
    };
  });
}
