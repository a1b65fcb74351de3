import type { Procedure } from '../procedures/catalogue.ts';
import { isLow, plainWords, tellingSentences, upper } from '../procedures/phrasing.ts';
import { type Fact, findFacts } from './guard-facts.ts';
import { claimsOf, isGrounded, isQuoted, namedThings } from './guard-words.ts';
import { withoutPlaceholders } from './redact.ts';

export type Verdict = { ok: true } | { ok: false; why: string };
const no = (why: string): Verdict => ({ ok: false, why });

/** Fields a sentence may rest on. Fees and forms are not among them: those are told by the record alone. */
const CITABLE = new Set([
  'name',
  'handledBy',
  'channels',
  'cases',
  'steps',
  'eligibility',
  'result',
  'legalBasis',
  'notes',
]);
const UNIT = { working_day: 'ngày làm việc', day: 'ngày', hour: 'giờ', month: 'tháng' } as const;
const HANDLER: Partial<Record<Procedure['handledBy'], string>> = {
  commune: 'xã phường ủy ban trung tâm phục vụ hành chính công',
  commune_police: 'công an xã phường',
};

/**
 * The words of a cited field, for instance "steps[1]" or "cases[0].documents[2].note".
 * @returns null when the record has no such field, or it may not be cited
 */
export function citedText(record: Procedure, path: string): string | null {
  const steps = path
    .trim()
    .replace(/^record[./]/, '')
    .split(/[.[\]/]+/)
    .filter(Boolean);
  const [field, ...rest] = steps;
  if (!field || !CITABLE.has(field)) return null;
  if (field === 'handledBy') return rest.length === 0 ? (HANDLER[record.handledBy] ?? null) : null;
  if (field === 'channels') return channelText(record, rest);
  let value: unknown = record[field as keyof Procedure];
  for (const step of rest) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return null;
    value = (value as Record<string, unknown>)[step];
  }
  const text = leaves(value).join(' ; ');
  return text === '' ? null : text;
}

/** Times only, with their unit: a bare "days: 3" says nothing without it. */
function channelText(record: Procedure, [at, field]: string[]): string | null {
  const channels = at === undefined ? record.channels : record.channels.slice(Number(at), Number(at) + 1);
  if (field !== undefined && !['days', 'daysUnit', 'timeNote', 'kind'].includes(field)) return null;
  const text = channels
    .flatMap(({ days, daysUnit, timeNote }) => [days && daysUnit ? `${days} ${UNIT[daysUnit]}` : '', timeNote ?? ''])
    .filter(Boolean)
    .join(' ; ');
  return text === '' ? null : text;
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  // amounts and forms of papers are the templates' business
  return Object.entries(value).flatMap(([key, part]) => (key === 'form' ? [] : leaves(part)));
}

/**
 * Whether every fact of a sentence stands in the record fields it cites: numbers with what they count, dates, clock
 * times, codes of forms and documents, links. The same value written otherwise is the same.
 */
export function checkFacts(text: string, record: Procedure, cites: string[]): Verdict {
  if (cites.length === 0) return no('cites nothing');
  const cited: string[] = [];
  for (const path of cites) {
    const found = citedText(record, path);
    if (found === null) return no('cites a field it may not');
    cited.push(found);
  }
  const known = findFacts(cited.join(' ; '));
  for (const fact of findFacts(withoutPlaceholders(text))) {
    if (!known.some((other) => isSame(fact, other))) return no(`${fact.kind} is not in the record`);
  }
  const source = cited.join(' ; ');
  const missing = [...namedThings(text), ...claimsOf(text)].find(({ isIn }) => !isIn(source));
  if (missing) return no(`${missing.kind} is not in the record`);
  return isGrounded(text, source) ? { ok: true } : no('says more than the record');
}

const isSame = (fact: Fact, known: Fact) =>
  fact.kind === known.kind &&
  fact.key === known.key &&
  // a working day is a day, a day is not a working day; a bare number may count anything
  (fact.unit === undefined || fact.unit === known.unit || (fact.unit === 'ngày' && known.unit === 'ngày làm việc'));

/** Money in any words: what it costs is said by the record, never by a model. */
const MONEY =
  /(?<!\p{L})(?:phí|tiền|đồng|vnđ|vnd|miễn|tốn|trả|giá|chuyển khoản|thanh toán|tài khoản|stk|biếu|bồi dưỡng|hoàn lại|thu)(?!\p{L})|\d\s?(?:k|đ|tr)(?!\p{L})|(?:nghìn|ngàn|triệu|tỷ)(?!\p{L})/iu;
const MARKUP = /[<>{}[\]`*_#|\\⟦⟧]|\p{Cc}|\p{Extended_Pictographic}/u;

const LONGEST = 320;

/** Of the remarks only those meant for citizens: others speak to whoever keeps the records. */
const tellable = (record: Procedure, path: string): string =>
  /notes/.test(path) ? tellingSentences(record, false).join('\n') : (citedText(record, path) ?? '');

/**
 * The words to show for a model's explanation, or why there are none. It may choose what to quote, not how to put it. One
 * sentence that fails takes all with it: a text with a hole in it says something else.
 */
export function guardExplanation(
  sentences: { text: string; cites: string[] }[],
  record: Procedure,
): { text: string } | { why: string } {
  if (sentences.length === 0) return { why: 'nothing said' };
  if (sentences.length > 3) return { why: 'too long' };
  // a record of little certainty is not to be reasoned from
  if (isLow(record) || record.scope !== undefined) return { why: 'the record is not certain enough' };
  const texts: string[] = [];
  for (const { text: raw, cites } of sentences) {
    const text = raw.normalize('NFC').replace(/\s+/g, ' ').trim();
    const shown = withoutPlaceholders(text);
    if (text === '' || MARKUP.test(shown)) return { why: 'no plain sentence' };
    if (MONEY.test(shown)) return { why: 'speaks of money' };
    if (findFacts(shown).some(({ kind }) => kind === 'link' || kind === 'contact')) return { why: 'has a link' };
    if (/\d(?:[\s.,-]?\d){5,}/.test(shown)) return { why: 'has a long number' };
    const verdict = checkFacts(text, record, cites);
    if (!verdict.ok) return { why: verdict.why };
    if (!isQuoted(text, cites.map((path) => tellable(record, path)).join('\n'))) return { why: 'no whole clause' };
    const told = upper(plainWords(text));
    texts.push(/[.!?]$/.test(told) ? told : `${told}.`);
  }
  const whole = texts.join(' ');
  return [...whole].length > LONGEST ? { why: 'too long' } : { text: whole };
}

/** A question of a model may be shown when it states nothing: no figure, paper, office, link or money. */
export function guardQuestion(raw: string): string | null {
  const text = raw.normalize('NFC').replace(/\s+/g, ' ').trim();
  const length = [...text].length;
  if (length < 8 || length > 120 || !text.endsWith('?') || /[.!?:;].*\?$/.test(text)) return null;
  if (MARKUP.test(text) || MONEY.test(text) || /\d/.test(text) || findFacts(text).length > 0) return null;
  return namedThings(text).length > 0 || claimsOf(text).length > 0 ? null : text;
}
