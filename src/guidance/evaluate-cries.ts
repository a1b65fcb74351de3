import { communeSettings } from '../communes/communes.ts';
import { askOnce } from './ask.ts';
import { count, type Share, share } from './evaluate.ts';
import type { Aspect, Guidance } from './guidance.ts';

/** Questions written before the code they measure: one half to look at, the other only counted. */
interface Halved {
  id: string;
  text: string;
  half: 'read' | 'unread';
}

/** As in test/eval/cries.jsonl: a cry for help with the numbers that may come first, or (`kind` null) words that only sound like one. */
export interface CryItem extends Halved {
  kind: string | null;
  numbers?: string[];
  style?: string;
}

export interface CriesHeard {
  /** Cries answered as one. */
  heard: Share;
  /** Of all cries: the first number said may come first. */
  number: Share;
  /** Of what is no cry: answered as one. */
  falseAlarms: Share;
}

/** Money received or paid, as in benefits.jsonl. */
export interface BenefitItem extends Halved {
  aspect: Aspect;
}

/** Whose matter it is, and what is not ours at all, as in ways.jsonl. */
export interface WayItem extends Halved {
  want: 'place' | 'other' | 'calm' | 'decline';
}

/** Shares of one half, and what went wrong in it; texts of the counted half stay unsaid. */
export interface Halves<T> {
  read: T;
  unread: T;
  faults: string[];
}

/** Both halves of the items, judged one by one. `judge` counts and says what was wrong. */
async function halves<I extends Halved, T>(
  guidance: Guidance,
  items: I[],
  make: () => T,
  judge: (item: I, given: Awaited<ReturnType<typeof askOnce>>, into: T) => boolean,
): Promise<Halves<T>> {
  const result: Halves<T> = { read: make(), unread: make(), faults: [] };
  const commune = communeSettings.parse({ officeName: 'UBND xã' });
  for (const item of items) {
    const given = await askOnce(guidance, item.text, { commune });
    const isRight = judge(item, given, result[item.half]);
    if (isRight || item.half === 'unread') continue;
    const said = `${given.intent} ${given.procedureCode ?? ''} ${given.aspects.join('+')} ${given.action}`;
    result.faults.push(`${item.id} ${item.text}\n    ${said}: ${given.text.split('\n')[0]}`);
  }
  return result;
}

/** The first line says whom to call, and officers are told. */
export const evaluateCries = (guidance: Guidance, items: CryItem[]): Promise<Halves<CriesHeard>> =>
  halves(
    guidance,
    items,
    () => ({ heard: share(), number: share(), falseAlarms: share() }),
    ({ kind, numbers = [] }, { answer, text }, into) => {
      const isAlarm = answer.handOff?.reason === 'emergency';
      if (kind === null) {
        count(into.falseAlarms, isAlarm);
        return !isAlarm;
      }
      const first = /\b11[1-5]\b/.exec(text.split('\n')[0]!)?.[0] ?? '';
      count(into.heard, isAlarm && first !== '');
      count(into.number, isAlarm && numbers.includes(first));
      return isAlarm && numbers.includes(first);
    },
  );

/** Money one gets is never told as a fee, money one pays never as a benefit. */
export const evaluateBenefits = (guidance: Guidance, items: BenefitItem[]): Promise<Halves<{ right: Share }>> =>
  halves(
    guidance,
    items,
    () => ({ right: share() }),
    ({ aspect }, { aspects, text, intent }, into) => {
      const isFee = aspects.includes('fee') || /khoản phải nộp|[Ll]ệ phí|[Mm]iễn phí/.test(text.split('\n')[0]!);
      const isAnswered = intent === 'procedure_question' && aspects.length > 0;
      const isRight = isAnswered && (aspect === 'fee') === isFee;
      count(into.right, isRight);
      return isRight;
    },
  );

const KEPT_OUT = new Set(['declined', 'other_agency']);

const WAYS: Record<WayItem['want'], (given: Awaited<ReturnType<typeof askOnce>>) => boolean> = {
  place: ({ aspects, intent, action }) =>
    intent === 'office_info' && aspects.includes('place') && ['answered', 'asked_back'].includes(action),
  other: ({ action, text }) =>
    action === 'other_agency' ||
    action === 'record_lacks_fact' ||
    (action === 'answered' &&
      /công an|tòa án|thuế|bảo hiểm xã hội|tỉnh|không (phải )?(làm ở )?(ủy ban )?xã/i.test(text)),
  calm: ({ intent, action }) => intent === 'abusive' && action === 'small_talk',
  decline: ({ action }) => KEPT_OUT.has(action),
};

/** Sent where they belong: today's commune, another agency, a calm boundary, a refusal. */
export const evaluateWays = (guidance: Guidance, items: WayItem[]): Promise<Halves<{ right: Share }>> =>
  halves(
    guidance,
    items,
    () => ({ right: share() }),
    ({ want }, given, into) => {
      const isRight = WAYS[want](given);
      count(into.right, isRight);
      return isRight;
    },
  );
