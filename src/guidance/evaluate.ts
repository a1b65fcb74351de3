import { type CommuneSettings, communeSettings } from '../communes/communes.ts';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { loadHints } from '../procedures/hints.ts';
import { askOnce } from './ask.ts';
import type { Aspect, Guidance, Memory } from './guidance.ts';

/** A labelled question, as in test/eval/dev.jsonl. */
export interface EvaluationItem {
  id: string;
  text: string;
  intent: string;
  procedure?: string | null;
  aspect?: string | null;
  aspects?: string[];
  style?: string;
  /** Procedures, intents, aspects that are right as well. */
  alt?: string[];
  alt_intent?: string[];
  alt_aspect?: string[];
  scope?: string;
}

export interface Share {
  right: number;
  of: number;
}

export interface Evaluation {
  intent: Share;
  procedure: Share;
  aspect: Share;
  /** Every asked aspect was answered, and no other. */
  aspectExact: Share;
  /** Questions without a procedure that were answered with one. */
  wrongProcedure: Share;
  byIntent: Record<string, Share>;
  byStyle: Record<string, { intent: Share; procedure: Share; aspect: Share }>;
  faults: string[];
  judged: Judged[];
}

/** One question and how it was read; a judgement is null where nothing was expected. */
export interface Judged {
  item: EvaluationItem;
  isIntent: boolean;
  isProcedure: boolean | null;
  isAspect: boolean | null;
  procedureCode: string | null;
  aspects: Aspect[];
  /** Score of the first candidate. */
  score: number;
  action: string;
  faults: string[];
}

export const share = (): Share => ({ right: 0, of: 0 });
const at = <T>(of: Record<string, T>, key: string, make: () => T): T => {
  const known = of[key] ?? make();
  of[key] = known;
  return known;
};
export const count = (into: Share, isRight: boolean) => {
  into.of += 1;
  if (isRight) into.right += 1;
};
export const percent = ({ right, of }: Share): string =>
  of === 0 ? '–' : `${((100 * right) / of).toFixed(1)} % (${right}/${of})`;

/** Codes that name the same procedure: replaced, province's and national ones. */
function sameProcedure(): (a: string, b: string) => boolean {
  const catalogue = loadCatalogue();
  const hints = loadHints();
  return (a, b) => {
    if (a === b) return true;
    const [one, other] = [catalogue.byCode(a), catalogue.byCode(b)];
    if (one && other && one.code === other.code) return true;
    return [one, other].some(
      (record) =>
        record !== undefined &&
        [record.code, ...record.relatedCodes, hints.get(record.code)?.national].includes(a) &&
        [record.code, ...record.relatedCodes, hints.get(record.code)?.national].includes(b),
    );
  };
}

/** Asks every question without memory and counts what was understood. */
export async function evaluate(guidance: Guidance, items: EvaluationItem[], now = new Date()): Promise<Evaluation> {
  const isSame = sameProcedure();
  const result: Evaluation = {
    intent: share(),
    procedure: share(),
    aspect: share(),
    aspectExact: share(),
    wrongProcedure: share(),
    byIntent: {},
    byStyle: {},
    faults: [],
    judged: [],
  };
  for (const item of items) {
    const given = await askOnce(guidance, item.text, { id: item.id, now });
    const style = at(result.byStyle, item.style ?? 'other', () => ({
      intent: share(),
      procedure: share(),
      aspect: share(),
    }));
    const intents = [
      item.intent,
      ...(item.alt_intent ?? []),
      ...(item.scope === 'other_agency' ? ['out_of_scope'] : []),
    ];
    const faults: string[] = [];
    const isIntent = intents.includes(given.intent);
    count(result.intent, isIntent);
    count(style.intent, isIntent);
    count(at(result.byIntent, item.intent, share), isIntent);
    if (!isIntent) faults.push(`intent ${item.intent} ≠ ${given.intent}`);
    let isProcedure: boolean | null = null;
    let isAspect: boolean | null = null;
    if (item.intent === 'procedure_question' && item.procedure) {
      const wanted = [item.procedure, ...(item.alt ?? [])];
      isProcedure = given.procedureCode !== null && wanted.some((code) => isSame(code, given.procedureCode!));
      count(result.procedure, isProcedure);
      count(style.procedure, isProcedure);
      if (!isProcedure)
        faults.push(`procedure ${item.procedure} ≠ ${given.procedureCode} (${given.candidates[0]?.score ?? 0})`);
    }
    if (item.intent === 'procedure_question' && item.aspect) {
      const wanted = item.aspects ?? [item.aspect];
      isAspect = given.aspects[0] !== undefined && [...wanted, ...(item.alt_aspect ?? [])].includes(given.aspects[0]);
      count(result.aspect, isAspect);
      count(style.aspect, isAspect);
      count(result.aspectExact, [...wanted].sort().join() === [...given.aspects].sort().join());
      if (!isAspect) faults.push(`aspect ${item.aspect} ≠ ${given.aspects.join('+')}`);
    }
    if (item.intent === 'out_of_scope' && item.scope !== 'other_agency')
      count(
        result.wrongProcedure,
        given.intent === 'procedure_question' &&
          given.procedureCode !== null &&
          given.action !== 'not_in_catalogue' &&
          given.action !== 'offered_choices',
      );
    result.judged.push({
      item,
      isIntent,
      isProcedure,
      isAspect,
      procedureCode: given.procedureCode,
      aspects: given.aspects,
      score: given.candidates[0]?.score ?? 0,
      action: given.action,
      faults,
    });
    if (faults.length > 0)
      result.faults.push(`${item.id} [${item.style ?? ''}] ${item.text}\n    ${faults.join('; ')}`);
  }
  return result;
}

/** One expectation of a dialogue turn, as in test/eval/dialogues.jsonl. */
interface Expectation {
  intent?: string;
  procedure?: string | null;
  aspect?: string;
  aspects?: string[];
  act?: string;
  alt?: string[];
  alt_intent?: string[];
  alt_aspect?: string[];
  code?: string;
  options?: string[];
  hotline?: string[];
  scope?: string;
  must_not?: string[];
  /** Words the answer must hold, words it must not, titles of its buttons. */
  says?: string[];
  not_says?: string[];
  buttons?: string[];
}
export interface Dialogue {
  id: string;
  title: string;
  /** `after_hours`: what passed since the turn before. */
  turns: { user: string; after_hours?: number; expect: Expectation }[];
}

/** Outcomes that fulfil what a turn should do. */
const ACTS: Record<string, (action: string, text: string) => boolean> = {
  answer: (action) => ['answered', 'other_agency', 'record_lacks_fact', 'looked_up'].includes(action),
  clarify: (action) => ['offered_choices', 'asked_back'].includes(action),
  refer: (action, text) =>
    action === 'other_agency' || action === 'record_lacks_fact' || /không phải ủy ban xã|công an/.test(text),
  lookup: (action) => action === 'looked_up',
  confirm: (action) => action === 'looked_up',
  ask_code: (action, text) => /mã hồ sơ|Mã này/.test(text) && action !== 'looked_up',
  handover: (action, text) => action === 'hand_off' || /cán bộ/.test(text),
  greet: (action) => action === 'small_talk',
  smalltalk: (action) => action === 'small_talk',
  calm: (action) => action === 'small_talk',
  refuse_politely: (action) => action === 'declined',
  refuse: (action) => action === 'declined',
  emergency: (action, text) => action === 'hand_off' && /11[1-5]/.test(text),
  warn_scam: (_action, text) => text.includes('Đừng chuyển'),
  warn_privacy: (_action, text) => /Không cần gửi/.test(text),
  pay_link: (_action, text) => /Cổng Dịch vụ công/.test(text),
  confirm_payment: (_action, text) => /chưa xác nhận|kiểm tra/.test(text),
  apologise_and_ask_code: (_action, text) => /[Xx]in lỗi/.test(text) && /mã hồ sơ/.test(text),
};

const fulfils = (act: string, action: string, text: string): boolean => {
  const whole = ACTS[act];
  if (whole) return whole(action, text);
  return act.split('_or_').some((part) => ACTS[part]?.(action, text) ?? false);
};

/** Plays dialogues with memory. @returns the share of expectations met, and those that were not */
export async function evaluateDialogues(
  guidance: Guidance,
  dialogues: Dialogue[],
  options: { commune?: CommuneSettings; now?: Date } = {},
): Promise<{ met: Share; faults: string[] }> {
  const isSame = sameProcedure();
  const met = share();
  const faults: string[] = [];
  const commune = options.commune ?? communeSettings.parse({ officeName: 'UBND xã' });
  for (const dialogue of dialogues) {
    let memory: Memory | null = null;
    let now = options.now ?? new Date();
    for (const [at, { user, after_hours = 0, expect }] of dialogue.turns.entries()) {
      now = new Date(now.getTime() + 20_000 + after_hours * 3_600_000);
      const given = await askOnce(guidance, user, { memory, commune, now });
      memory = JSON.parse(JSON.stringify(given.answer.memory)) as Memory;
      const check = (what: string, isMet: boolean) => {
        count(met, isMet);
        if (!isMet)
          faults.push(
            `${dialogue.id}.${at + 1} "${user}": ${what}; got ${given.intent} ${given.procedureCode} ${given.aspects.join('+')} ${given.action}`,
          );
      };
      const intents = [
        expect.intent,
        ...(expect.alt_intent ?? []),
        ...(expect.scope === 'other_agency' ? ['out_of_scope'] : []),
      ];
      if (expect.intent) check(`intent ${expect.intent}`, intents.includes(given.intent));
      if (expect.procedure && expect.intent === 'procedure_question')
        check(
          `procedure ${expect.procedure}`,
          given.procedureCode !== null &&
            [expect.procedure, ...(expect.alt ?? [])].some((code) => isSame(code, given.procedureCode!)),
        );
      if (expect.intent === 'procedure_question' && (expect.aspects || expect.aspect))
        check(
          `aspect ${(expect.aspects ?? [expect.aspect]).join('+')}`,
          (expect.aspects ?? [expect.aspect!]).every((aspect) => (given.aspects as string[]).includes(aspect)) ||
            given.aspects.some((aspect) => expect.alt_aspect?.includes(aspect)),
        );
      if (expect.act) check(`act ${expect.act}`, fulfils(expect.act, given.action, given.text));
      if (expect.code)
        check(
          `code ${expect.code}`,
          given.text.includes(expect.code) ||
            given.answer.reading.dossierNumbers.includes(expect.code) ||
            (memory as { dossier?: string }).dossier === expect.code,
        );
      if (expect.options)
        check(
          `options ${expect.options.join(' ')}`,
          expect.options.every((code) => JSON.stringify(given.answer.messages).includes(code)) ||
            given.action === 'answered',
        );
      if (expect.hotline)
        check(
          `hotline ${expect.hotline.join('/')}`,
          expect.hotline.some((number) => given.text.includes(number)),
        );
      const titles = given.answer.messages.flatMap(({ buttons }) => (buttons ?? []).map(({ title }) => title));
      for (const word of expect.says ?? []) check(`says ${word}`, given.text.includes(word));
      for (const word of expect.not_says ?? []) check(`must not say ${word}`, !given.text.includes(word));
      for (const title of expect.buttons ?? []) check(`button ${title}`, titles.includes(title));
      for (const word of expect.must_not ?? [])
        if (/^[\d.]+$/.test(word)) check(`must not say ${word}`, !given.text.includes(word));
    }
  }
  return { met, faults };
}

/** The table `hoixa eval` prints. */
export function showEvaluation(result: Evaluation, isLong = false): string {
  const rows = [
    `procedure ${percent(result.procedure)}`,
    `intent    ${percent(result.intent)}`,
    `aspect    ${percent(result.aspect)}, exactly ${percent(result.aspectExact)}`,
    `answered though out of scope ${percent(result.wrongProcedure)}`,
    '',
    ...Object.entries(result.byIntent).map(([intent, value]) => `${intent.padEnd(20)} ${percent(value)}`),
    '',
    ...Object.entries(result.byStyle).map(
      ([style, value]) =>
        `${style.padEnd(16)} procedure ${percent(value.procedure)}  intent ${percent(value.intent)}  aspect ${percent(value.aspect)}`,
    ),
  ];
  return (isLong ? [...rows, '', ...result.faults] : rows).join('\n');
}
