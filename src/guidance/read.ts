import { readFileSync } from 'node:fs';
import { type Catalogue, loadCatalogue } from '../procedures/catalogue.ts';
import { type Hint, loadHints } from '../procedures/hints.ts';
import { createSearchIndex, type SearchIndex } from '../procedures/search.ts';
import { type CaseFinder, createCaseFinder } from './cases.ts';
import {
  cuedAspects,
  EMERGENCY_CUES,
  type EmergencyKind,
  HUMAN_CUE,
  INJECTION_CUE,
  INTENT_CUES,
  NOT_EMERGENCY,
  QUESTION_WORDS,
} from './cues.ts';
import { findDossierNumbers, looksLikeDossierNumber } from './dossier-numbers.ts';
import { ASPECTS, type Aspect, INTENTS, type Intent, type Reading } from './guidance.ts';
import { isKnownBare } from './lexicon.ts';
import { type Model, predict, vector } from './model.ts';
import { lineOf, type Normalised, normalise } from './normalise.ts';
import { findPersonalData } from './personal-data.ts';

/** What a bare reply does to the conversation. */
export type Act =
  | 'aspect'
  | 'yes'
  | 'no'
  | 'correction'
  | 'choose_first'
  | 'choose_second'
  | 'repeat'
  | 'simpler'
  | 'restart'
  | 'back';

/** Reading plus what only the next step needs. */
export interface Understanding extends Reading {
  question: Normalised;
  /** Letters without marks, one blank between words and at both ends. */
  line: string;
  /** Finer than the intent: "office_info|hours", "payment|refund". */
  topic: string;
  act: Act | null;
  actScore: number;
  emergencyKind: EmergencyKind | null;
  isInjection: boolean;
  /** Share of "no procedure is named". */
  noProcedure: number;
  /** Share of the telling words ever said about the first candidate. */
  covered: number;
  aspectScore: number;
  /** An aspect was asked in words, not only guessed. */
  hasAspectWords: boolean;
  /** Seems meant as a dossier code but is none. */
  hasBrokenNumber: boolean;
}

export type Reader = (text: string, now?: Date) => Understanding;

const FOREIGN =
  /nuoc ngoai|nguoi tay|viet kieu|han quoc|nguoi han|dai loan|trung quoc|nguoi trung|nhat ban|nguoi nhat|nguoi my|nguoi phap|nguoi duc|nguoi uc|nguoi anh|nguoi lao|nguoi thai|campuchia|cam pu chia|quoc tich|ngoai quoc|ben (han|nhat|my|uc|duc|phap|dai|trung|lao|thai|nga|canada|tay)|(o|tu|sang|chong|vo|di|qua) (han|nhat|my|uc|duc|phap|lao|thai|nga|canada|anh quoc|tay|singapore|malaysia|dai|hoa ky)\b/;

interface Parts {
  model: Model;
  index: SearchIndex;
  findCase: CaseFinder;
  /** Names of often asked procedures as said, blanks at both ends, by their first word (a blank before it). */
  names: Map<string, { code: string; words: string }[]>;
  /** Procedures by all that remains of a name without the words around it. */
  matters: Map<string, string>;
  cover: Cover;
  /** Words that must be there before a procedure is believed. */
  needs: ({ foreign: boolean; words: RegExp | null } | undefined)[];
  /** How often each procedure is asked about, as a score. Both in the order of the model's classes. */
  habit: Float32Array;
  /** Codes the model knows. */
  trained: Set<string>;
}

export const WORDS_FILE = new URL('./data/words.tsv', import.meta.url);

/** Names and aliases of the catalogue, and the words of the examples. */
function searchTexts(
  catalogue: Catalogue,
  hints: Map<string, Hint>,
  normalised: typeof normalise,
): { code: string; words: string[] }[] {
  const words = (text: string) => normalised(text).words.map(({ bare }) => bare);
  const named = catalogue.all.flatMap(({ code, name, aliases }) =>
    [name, ...aliases, ...(hints.get(code)?.say ?? [])].map((text) => ({ code, words: words(text) })),
  );
  const examples = readFileSync(WORDS_FILE, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [code = '', text = ''] = line.split('\t');
      return catalogue.byCode(code) && text ? [{ code, words: text.split(' ') }] : [];
    });
  return [...named, ...examples];
}

/** Builds the reader: a few hundred milliseconds once, then about a millisecond per question. */
export function createReader(model: Model, catalogue: Catalogue = loadCatalogue()): Reader {
  const hints = loadHints();
  // the same names are read for three purposes
  const seen = new Map<string, Normalised>();
  const normalised = (text: string): Normalised => {
    const known = seen.get(text) ?? normalise(text);
    seen.set(text, known);
    return known;
  };
  const texts = searchTexts(catalogue, hints, normalised);
  const index = createSearchIndex(texts);
  const cover = createCover(texts);
  const allNames = catalogue.all
    .filter(({ code }) => (hints.get(code)?.often ?? 0) >= 1)
    .flatMap(({ code, name, aliases }) =>
      [name, ...aliases].map((text) => ({
        code,
        words: lineOf(normalised(text)),
      })),
    )
    .filter(({ words }) => words.length >= 9 && words.trim().includes(' '));
  const names = new Map<string, typeof allNames>();
  for (const name of allNames) {
    const first = name.words.slice(0, name.words.indexOf(' ', 1));
    names.set(first, [...(names.get(first) ?? []), name]);
  }
  const matters = new Map<string, string>();
  // the ones asked more often last, so that they win
  for (const { code, name, aliases } of [...catalogue.all].sort(
    (a, b) => (hints.get(a.code)?.often ?? 0) - (hints.get(b.code)?.often ?? 0),
  )) {
    for (const text of [name, ...aliases, ...(hints.get(code)?.say ?? [])]) {
      const left = matter(normalised(text).words);
      if (left) matters.set(left, code);
    }
  }
  for (const [code, { say }] of hints) for (const text of say) matters.set(matter(normalised(text).words), code);
  matters.delete('');
  const { classes } = model.heads.get('procedure')!;
  const needs = classes.map((code) => {
    const text = hints.get(code)?.needs;
    if (!text) return undefined;
    const words = text.split('|').filter((word) => word !== '@foreign');
    return {
      foreign: text.includes('@foreign'),
      words: words.length > 0 ? new RegExp(` (${words.join('|')})`) : null,
    };
  });
  const habit = Float32Array.from(classes, (code) => 0.45 * (hints.get(code)?.often ?? 0) - 0.5);
  const trained = new Set(classes);
  const findCase = createCaseFinder(catalogue);
  const parts: Parts = { model, index, findCase, habit, names, matters, cover, needs, trained };
  return (text, now = new Date()) => read(parts, text, now);
}

function read(parts: Parts, raw: string, now: Date): Understanding {
  const explanation: string[] = [];
  const { numbers, rest } = findDossierNumbers(raw, now);
  const personal = findPersonalData(rest);
  const question = normalise(personal.rest);
  const line = lineOf(question);
  const sparse = vector(question, parts.model.index);

  const topics = rank(parts.model, 'topic', sparse);
  const intents = new Map<string, number>();
  for (const { name, share } of topics) {
    const intent = name.split('|')[0]!;
    intents.set(intent, (intents.get(intent) ?? 0) + share);
  }
  const followup = intents.get('followup') ?? 0;
  const isInjection = INJECTION_CUE.test(line) || topics[0]?.name === 'out_of_scope|injection';
  const emergencyKind = findEmergency(line, question, topics);
  const { candidates, noProcedure, covered } = rankProcedures(parts, question, line, sparse, explanation);
  const aspects = rankAspects(parts.model, line, sparse, explanation);

  let intent: Intent = 'procedure_question';
  let intentScore = (intents.get('procedure_question') ?? 0) + followup;
  for (const name of INTENTS) {
    const share = intents.get(name) ?? 0;
    // a danger is believed only as `findEmergency` does
    if (name === 'emergency' && !emergencyKind) continue;
    if (name !== 'procedure_question' && share > intentScore) [intent, intentScore] = [name, share];
  }
  const rule = ruleIntent({ raw, line, question, numbers, emergencyKind, isInjection, intents, candidates });
  if (rule && rule.intent !== intent) {
    explanation.push(`rule: ${rule.why} -> ${rule.intent}`);
    intent = rule.intent;
    intentScore = rule.score;
  } else if (rule) intentScore = Math.max(intentScore, rule.score);
  explanation.unshift(
    `intent ${intent} ${intentScore.toFixed(2)} (${topics
      .slice(0, 3)
      .map(({ name, share }) => `${name} ${share.toFixed(2)}`)
      .join(', ')})`,
  );

  const actTopic = topics.filter(({ name }) => name.startsWith('followup|'))[0];
  const top = candidates[0];
  const procedureCode = top && top.score >= 0.15 && noProcedure < 0.85 ? top.code : null;
  const topicName = topics.find(({ name }) => name.split('|')[0] === intent)?.name ?? intent;
  return {
    intent,
    intentScore: round(intentScore),
    procedureCode,
    candidates: candidates.slice(0, 5),
    aspects: aspects.aspects,
    case: procedureCode ? parts.findCase(procedureCode, line) : null,
    dossierNumbers: numbers,
    personalData: personal.kinds,
    explanation,
    question,
    line,
    topic: topicName,
    act: actTopic && followup > 0.5 ? (actTopic.name.split('|')[1] as Act) : null,
    actScore: followup,
    emergencyKind,
    isInjection,
    noProcedure,
    covered,
    aspectScore: aspects.score,
    hasAspectWords: aspects.hasWords,
    hasBrokenNumber: numbers.length === 0 && looksLikeDossierNumber(raw),
  };
}

const round = (share: number) => Math.round(share * 1000) / 1000;

function rank(model: Model, head: string, sparse: ReturnType<typeof vector>): { name: string; share: number }[] {
  const { classes } = model.heads.get(head)!;
  const shares = predict(model.heads.get(head)!, sparse);
  return classes.map((name, at) => ({ name, share: shares[at]! })).sort((a, b) => b.share - a.share);
}

/** Words around a matter that do not name it. */
const AROUND = new Set(
  'thoi vay the con a ha o da u em toi minh ban tui chau bac cho hoi xin ad xa phuong oi lam dang ky ki thu tuc thi can gi giay to mang theo nhung cac nao bao lau mat may ngay nhieu tien phi le ton het duoc khong chua online qua mang dau nop sao nhu ra muon di voi va roi gio la co phai bo chi anh viec ve nhe nha ne vi de nay do cai muc kieu lien luon trong xong khi bn het'.split(
    ' ',
  ),
);

/** Which share of the telling words of a question was ever said about a procedure, the rarer the heavier. */
type Cover = (code: string, words: { bare: string }[]) => number;

function createCover(texts: { code: string; words: string[] }[]): Cover {
  const said = new Map<string, Set<string>>();
  const frequency = new Map<string, number>();
  for (const { code, words } of texts) {
    const known = said.get(code) ?? new Set<string>();
    said.set(code, known);
    for (const word of new Set(words)) {
      known.add(word);
      frequency.set(word, (frequency.get(word) ?? 0) + 1);
    }
  }
  return (code, words) => {
    const known = said.get(code);
    let [covered, all] = [0, 0];
    for (const { bare } of words) {
      if (AROUND.has(bare) || /^\d/.test(bare)) continue;
      const weight = Math.log(1 + texts.length / (frequency.get(bare) ?? 0.5));
      all += weight;
      if (known?.has(bare)) covered += weight;
    }
    return all === 0 ? 0 : covered / all;
  };
}

/** What is left when the words around the matter are taken away: "thế khai sinh mất bao lâu" is "khai sinh". */
const matter = (words: { bare: string }[]): string =>
  words.flatMap(({ bare }) => (AROUND.has(bare) ? [] : [bare])).join(' ');

/** "khai tử và xóa hộ khẩu": of several names said whole, the first; after a slip ("à không, …") the one that follows it. */
function firstNamed({ names }: Parts, line: string): string | null {
  const slip = / (a khong|khong phai|nham|y (em|toi|minh|chau|con|tui) la|noi lon|lon) /.exec(line);
  const from = slip ? slip.index : 0;
  let best: { code: string; at: number; length: number } | null = null;
  for (let at = line.indexOf(' ', from); at >= 0 && at < line.length - 1; at = line.indexOf(' ', at + 1)) {
    const end = line.indexOf(' ', at + 1);
    for (const { code, words } of names.get(line.slice(at, end < 0 ? undefined : end)) ?? []) {
      if (line.startsWith(words, at) && (!best || words.length > best.length))
        best = { code, at, length: words.length };
    }
    if (best) break;
  }
  return best?.code ?? null;
}

/** Model, word search, how often a thing is asked, and words that must be there, as one score per procedure. */
function rankProcedures(
  parts: Parts,
  question: Normalised,
  line: string,
  sparse: ReturnType<typeof vector>,
  explanation: string[],
): { candidates: { code: string; score: number }[]; noProcedure: number; covered: number } {
  const { model, index, needs, trained } = parts;
  const found = index.search(
    question.words.map(({ bare }) => bare),
    12,
  );
  const similar = new Map(found.map(({ code, score }) => [code, score]));
  const isForeign = FOREIGN.test(line);
  const { classes } = model.heads.get('procedure')!;
  const shares = predict(model.heads.get('procedure')!, sparse);
  const named = firstNamed(parts, line);
  const meant = parts.matters.get(matter(question.words));
  const scored: { code: string; score: number }[] = [];
  for (let at = 0; at < classes.length; at++) {
    const code = classes[at]!;
    let score = Math.log(shares[at]! + 1e-5) * 0.8;
    if (code !== 'none') {
      score += 6 * (similar.get(code) ?? 0) + parts.habit[at]!;
      if (code === named) score += 0.8;
      if (code === meant) score += 2.5;
      const need = needs[at];
      if (need) score += (need.foreign && isForeign) || need.words?.test(line) ? 0.6 : -3;
    }
    scored.push({ code, score });
  }
  for (const { code, score } of found) {
    // a record newer than the training run is known by its words alone
    if (!trained.has(code)) scored.push({ code, score: 9 * score - 3 });
  }
  let top = Number.NEGATIVE_INFINITY;
  for (const { score } of scored) if (score > top) top = score;
  let total = 0;
  for (const entry of scored) {
    entry.score = Math.exp(entry.score - top);
    total += entry.score;
  }
  for (const entry of scored) entry.score = round(entry.score / total);
  const none = scored.find(({ code }) => code === 'none')!.score;
  const candidates = scored
    .filter(({ code, score }) => code !== 'none' && score >= 0.01)
    .sort((a, b) => b.score - a.score);
  explanation.push(
    `procedures ${candidates
      .slice(0, 3)
      .map(({ code, score }) => `${code} ${score}`)
      .join(', ')}, none ${none}; words ${found
      .slice(0, 2)
      .map(({ code, score }) => `${code} ${score.toFixed(2)}`)
      .join(', ')}`,
  );
  const covered = candidates[0] ? parts.cover(candidates[0].code, question.words) : 0;
  explanation.push(`cover ${covered.toFixed(2)}`);
  return { candidates, noProcedure: none, covered };
}

function rankAspects(model: Model, line: string, sparse: ReturnType<typeof vector>, explanation: string[]) {
  const scores = new Map<Aspect, number>(ASPECTS.map((aspect) => [aspect, -6]));
  for (const { name, share } of rank(model, 'aspect', sparse)) scores.set(name as Aspect, Math.log(share + 0.02) * 0.7);
  const cued = cuedAspects(line);
  for (const { aspect, weight } of cued) scores.set(aspect, scores.get(aspect)! + weight);
  if (cued.length === 0 && !QUESTION_WORDS.test(line) && !/ (a|ha|nhi|hay|hong|day) $/.test(line))
    scores.set('overview', scores.get('overview')! + 2);
  const ranked = [...scores].sort((a, b) => b[1] - a[1]);
  const [first, second] = [ranked[0]!, ranked[1]!];
  // a second thing asked: both said in strong words, and neither explains the other
  const strong = cued.filter(({ aspect, weight }) => weight >= 1.7 && scores.get(aspect)! > first[1] - 4.2);
  const isJoined = / (va|voi|roi|may|con|cung|hay la|them) /.test(line);
  let aspects: Aspect[] = [first[0]];
  if (strong.length >= 2 && isJoined && strong.some(({ aspect }) => aspect === first[0])) {
    aspects = strong.slice(0, 3).map(({ aspect }) => aspect);
  }
  const total = ranked.reduce((sum, [, score]) => sum + Math.exp(score - first[1]), 0);
  explanation.push(
    `aspects ${first[0]} ${first[1].toFixed(1)}, ${second[0]} ${second[1].toFixed(1)}; words ${cued.map(({ aspect, weight }) => `${aspect}+${weight}`).join(' ')}`,
  );
  return { aspects, score: 1 / total, hasWords: cued.length > 0 };
}

/** Said by someone in danger even when a procedure is asked. */
const NEVER_DOUBTED = new Set<EmergencyKind>(['suicide', 'child_abuse', 'violence']);

function findEmergency(
  line: string,
  question: Normalised,
  topics: { name: string; share: number }[],
): EmergencyKind | null {
  const asking = topics.find(({ name }) => name === 'procedure_question')?.share ?? 0;
  const marked = question.text.toLowerCase();
  // "chạy" runs, "cháy" burns: where marks were typed they count
  const mayBurn = !question.hasMarks || !/chạy/.test(marked) || /cháy|nổ|khói/.test(marked);
  if (!NOT_EMERGENCY.test(line) && !/ so (goc |ho tich )?(bi )?chay /.test(line)) {
    for (const { kind, pattern } of EMERGENCY_CUES)
      if ((kind !== 'fire' || mayBurn) && (asking < 0.97 || NEVER_DOUBTED.has(kind)) && pattern.test(line)) return kind;
  }
  let share = 0;
  for (const topic of topics) if (topic.name.startsWith('emergency')) share += topic.share;
  if (share < 0.6 || question.words.length < 4) return null;
  const best = topics.find(({ name }) => name.startsWith('emergency'))?.name.split('|')[1] ?? 'violence';
  return best.replace('_indirect', '') as EmergencyKind;
}

interface RuleInput {
  raw: string;
  line: string;
  question: Normalised;
  numbers: string[];
  emergencyKind: EmergencyKind | null;
  isInjection: boolean;
  intents: Map<string, number>;
  candidates: { code: string; score: number }[];
}

/** Words that decide the intent whatever the model thinks. */
function ruleIntent({
  raw,
  line,
  question,
  numbers,
  emergencyKind,
  isInjection,
  intents,
  candidates,
}: RuleInput): { intent: Intent; score: number; why: string } | null {
  if (isInjection) return { intent: 'out_of_scope', score: 0.97, why: 'tries to change the rules' };
  if (emergencyKind) return { intent: 'emergency', score: 0.95, why: emergencyKind };
  if (question.words.length === 0) {
    if (/[\u{1F44D}\u{2764}\u{1F64F}\u{1F44C}\u{1F970}\u{1F60D}\u{1F495}\u{1F618}]/u.test(raw))
      return { intent: 'thanks', score: 0.9, why: 'emoji' };
    if (/[\u{1F44B}]/u.test(raw)) return { intent: 'greeting', score: 0.9, why: 'emoji' };
    if (numbers.length > 0) return { intent: 'status_check', score: 0.99, why: 'only a dossier code' };
    return { intent: 'greeting', score: 0.4, why: 'no words' };
  }
  if (question.words.length <= 2 && /^ (e|a|o|alo|alo alo|hello|hi|hey|ei|u) $/.test(line))
    return { intent: 'greeting', score: 0.9, why: 'a call' };
  if (/ (bi|da) tru( mat)? tien /.test(line)) return { intent: 'payment', score: 0.85, why: 'money was taken' };
  if (/ (tra|kiem tra|xem|coi|theo doi)( cuu| giup| ho| gium| dum){0,2} (cai )?ho so /.test(line)) {
    return { intent: 'status_check', score: 0.9, why: 'asks to look a dossier up' };
  }
  const isAbout = (share: number) => (candidates[0]?.score ?? 0) >= share;
  for (const { intent, pattern, unless } of INTENT_CUES) {
    if (pattern.test(line) && !isAbout(unless)) return { intent, score: 0.85, why: 'plain words for it' };
  }
  const known = question.words.filter((word) => isKnownBare(word.bare) || /^\d/.test(word.bare)).length;
  if (known === 0 && question.words.length <= 8) return { intent: 'out_of_scope', score: 0.8, why: 'no word is known' };
  const isPaying =
    / (thanh toan|link|chuyen khoan|dong (tien|phi|le phi)|nop (tien|phi|le phi)|ma qr|hoan (lai|tien)|bien lai|so tai khoan|le phi) /.test(
      line,
    );
  if (numbers.length > 0 && !isPaying && (intents.get('payment') ?? 0) < 0.8)
    return { intent: 'status_check', score: 0.97, why: 'dossier code' };
  if (
    numbers.length > 0 &&
    isPaying &&
    / (dong|nop|thanh toan|link|tra tien|chuyen khoan) /.test(line) &&
    !/ (xong chua|toi dau|den dau) /.test(line)
  )
    return { intent: 'payment', score: 0.9, why: 'dossier code and paying' };
  if (HUMAN_CUE.test(line) && (candidates[0]?.score ?? 0) < 0.97)
    return { intent: 'human_request', score: 0.95, why: 'asks for a person' };
  if (
    question.words.length <= 40 &&
    / (nguoi la|so la|tai khoan ca nhan|co (nguoi|dua|so)( [a-z0-9]+){0,4} (goi|nhan|keu|bao)( [a-z0-9]+){0,6} (dong|chuyen|nop)) /.test(
      line,
    ) &&
    / (chuyen|dong|nop|tien|\d+k|tai khoan) /.test(line)
  )
    return { intent: 'payment', score: 0.85, why: 'asked for money by someone' };
  if (
    / (da|vua|lo|roi) ?(chuyen khoan|thanh toan|ck|dong (tien|phi|le phi)|nop (tien|phi|le phi)) /.test(line) &&
    !/ (o dau|bao nhieu) /.test(line)
  )
    return { intent: 'payment', score: 0.85, why: 'has paid' };
  if (
    / (link (thanh toan|dong|nop)|thanh toan (online|qua|truc tuyen|nghia vu|bang|tren|le phi)|(dong|nop|tra)( le| le phi| phi| tien){1,3}( [a-z]+){0,2} (qua|bang|online|tren) ) /.test(
      line,
    )
  )
    return { intent: 'payment', score: 0.85, why: 'how to pay' };
  return null;
}
