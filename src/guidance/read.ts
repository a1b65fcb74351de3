import { type Catalogue, loadCatalogue } from '../procedures/catalogue.ts';
import { findDossierNumbers, looksLikeDossierNumber } from '../procedures/dossier-numbers.ts';
import { askingPart } from './asking.ts';
import { belief, type Signs } from './belief.ts';
import { type CaseFinder, createCaseFinder } from './cases.ts';
import { type CryModel, type DangerKind, hearCry, loadCries } from './cries.ts';
import { INJECTION_CUE } from './cues.ts';
import type { EarnestModel } from './earnest.ts';
import { INTENTS, type Intent, type Reading } from './guidance.ts';
import { type Model, rank, round, vector } from './model.ts';
import { lineOf, type Normalised, normalise } from './normalise.ts';
import { findPersonalData } from './personal-data.ts';
import { rankAspects } from './rank-aspects.ts';
import { createRanker, type RankProcedures } from './rank-procedures.ts';
import type { Clues } from './rank-weights.ts';
import { findEmergency, isPlainlyAsked, ruleIntent } from './read-intent.ts';

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
  emergencyKind: DangerKind | null;
  isInjection: boolean;
  /** Share of "no procedure is named". */
  noProcedure: number;
  /** Share of the telling words ever said about the first candidate. */
  covered: number;
  /** How sure it is that a procedure of ours is meant, not only its words used: see belief.ts. */
  belief: number;
  /** What `belief` was told, and what spoke for each procedure: `fit.ts` learns their weights from it. */
  signs: Signs;
  clues: Clues[];
  /** Procedures asked about together, in the order said; empty for one. */
  joined: string[];
  aspectScore: number;
  /** An aspect was asked in words, not only guessed. */
  hasAspectWords: boolean;
  /** Seems meant as a dossier code but is none. */
  hasBrokenNumber: boolean;
}

export type Reader = (text: string, now?: Date) => Understanding;

interface Parts {
  model: Model;
  cries: CryModel;
  rankProcedures: RankProcedures;
  findCase: CaseFinder;
}

/** Builds the reader: a few hundred milliseconds once, then less than a millisecond per question. */
export function createReader(
  model: Model,
  catalogue: Catalogue = loadCatalogue(),
  exampleWords?: string,
  earnest?: EarnestModel,
  cries: CryModel = loadCries(),
): Reader {
  const rankProcedures = createRanker(model, catalogue, exampleWords, earnest);
  const parts: Parts = { model, cries, rankProcedures, findCase: createCaseFinder(catalogue) };
  return (text, now = new Date()) => read(parts, text, now);
}

function read(parts: Parts, raw: string, now: Date): Understanding {
  const explanation: string[] = [];
  const { numbers, rest } = findDossierNumbers(raw, now);
  const personal = findPersonalData(rest);
  const question = normalise(personal.rest);
  const line = lineOf(question);
  const sparse = vector(question, parts.model.index);

  const asking = askingPart(question);
  const isStory = asking !== question;
  const asked = isStory ? vector(asking, parts.model.index) : sparse;

  const told = rank(parts.model, 'topic', sparse);
  const topics = isStory ? mean(told, rank(parts.model, 'topic', asked)) : told;
  const askingLine = isStory ? lineOf(asking) : line;
  const intents = new Map<string, number>();
  for (const { name, share } of topics) {
    const intent = name.split('|')[0]!;
    intents.set(intent, (intents.get(intent) ?? 0) + share);
  }
  const followup = intents.get('followup') ?? 0;
  const isInjection = INJECTION_CUE.test(line) || topics[0]?.name === 'out_of_scope|injection';
  const {
    candidates,
    noProcedure,
    signs: shown,
    joined,
    clues,
  } = parts.rankProcedures(question, line, sparse, asked, explanation);
  const isNamedForSure = (candidates[0]?.score ?? 0) >= 0.85 && noProcedure < 0.1;
  const cry = hearCry(parts.cries, question);
  if (cry.share >= 0.05) explanation.push(`cry ${cry.share.toFixed(2)} ${cry.kind}`);
  const emergencyKind = findEmergency(line, question, told, cry, isInjection || isNamedForSure);
  const aspects = rankAspects(parts.model, askingLine, line, asked, explanation);

  const outside = topics
    .filter(({ name }) => name.startsWith('out_of_scope') && !name.endsWith('other_agency'))
    .reduce((sum, { share }) => sum + share, 0);
  const signs: Signs = { ...shown, outside, words: question.words.length };
  const sure = belief(signs);
  explanation.push(`belief ${sure.toFixed(2)}`);

  const isPlain = isPlainlyAsked({
    asked: intents.get('procedure_question') ?? 0,
    share: candidates[0]?.score ?? 0,
    noProcedure,
    belief: sure,
    cued: aspects.cued,
  });

  let intent: Intent = 'procedure_question';
  // a procedure is asked about only where one is named; "phí bao nhiêu" goes on about the last one
  const isBareAsk = aspects.hasWords && question.words.length <= 6;
  const named = (intents.get('procedure_question') ?? 0) * (isBareAsk ? 1 : Math.min(1, 1.15 - noProcedure));
  let intentScore = named + followup;
  for (const name of INTENTS) {
    const share = intents.get(name) ?? 0;
    // a danger is believed only as `findEmergency` does
    if (name === 'emergency' && !emergencyKind) continue;
    if (name !== 'procedure_question' && share > intentScore) [intent, intentScore] = [name, share];
  }
  // told off by a hair though a matter of ours is named: better asked back than declined
  const isNamed =
    noProcedure < 0.3 && (candidates[0]?.score ?? 0) >= 0.5 && topics[0]?.name !== 'out_of_scope|other_agency';
  if (intent === 'out_of_scope' && intentScore < 0.65 && isNamed)
    [intent, intentScore] = ['procedure_question', Math.max(named, 0.35)];
  const rule = ruleIntent({
    raw,
    line: askingLine,
    question,
    numbers,
    emergencyKind,
    isInjection,
    intents,
    candidates,
    isPlain,
  });
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
    covered: signs.covered,
    belief: round(sure),
    signs,
    clues,
    joined,
    aspectScore: aspects.score,
    hasAspectWords: aspects.hasWords,
    hasBrokenNumber: numbers.length === 0 && looksLikeDossierNumber(raw),
  };
}

type Shares = { name: string; share: number }[];

/** What a story tells and what its question asks, each half: a story of hard words may end in a plain question. */
function mean(told: Shares, asked: Shares): Shares {
  const shares = new Map(told.map(({ name, share }) => [name, share / 2]));
  for (const { name, share } of asked) shares.set(name, (shares.get(name) ?? 0) + share / 2);
  return [...shares].map(([name, share]) => ({ name, share })).sort((a, b) => b.share - a.share);
}
