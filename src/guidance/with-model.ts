import type { OutgoingMessage } from '../channels/channel.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Catalogue, loadCatalogue, type Procedure } from '../procedures/catalogue.ts';
import { loadHints, shortName } from '../procedures/hints.ts';
import { createSearchIndex, type SearchIndex } from '../procedures/search.ts';
import { bare, tokens } from '../procedures/words.ts';
import { loadAmbiguities } from './ambiguities.ts';
import { guardExplanation, guardQuestion } from './guard.ts';
import type { Answer, Aspect, Guidance, Question } from './guidance.ts';
import type { Decided, Model } from './llm.ts';
import { recall } from './memory.ts';
import { caseNames, describeCandidates } from './model-candidates.ts';
import type { ModelDecision } from './model-decision.ts';
import { type AreAlike, alikeIn, type Doubt, doubtOf } from './model-doubt.ts';
import type { ModelMetrics } from './model-metrics.ts';
import { createReplay, type Replay } from './model-replay.ts';
import { parsePress, press } from './payloads.ts';
import type { Reader, Understanding } from './read.ts';
import { introduction, PRIVACY_NOTE } from './say-small-talk.ts';
import { humanButton, reply } from './speech.ts';
import { tellAttachments, wordsOf } from './tell-attachments.ts';

export interface WithModelOptions {
  log: Log;
  metrics?: ModelMetrics;
  catalogue?: Catalogue;
}

const NOBODY = '00000000-0000-0000-0000-000000000000';
/** The rules answered, and did so well if the model says the same. */
const SEEMED_SURE = new Set<Doubt>(['weak', 'alike', 'story', 'several']);
const MOST_CANDIDATES = 8;
const MOST_BUBBLES = 5;

type Rules = Guidance & { read: Reader };

interface Assistant {
  rules: Rules;
  model: Model;
  catalogue: Catalogue;
  hints: ReturnType<typeof loadHints>;
  replay: Replay;
  areAlike: AreAlike;
  /** By the words of names and aliases: what the reader gave no share may still be meant. */
  index: SearchIndex;
  options: WithModelOptions;
}

/**
 * The rules, and a model where they are unsure. The rules answer first; a model's decision goes through them again as a
 * pressed button, so that it can choose what is told but never word a fact. Whatever fails: the rules' own answer.
 */
export function withModel(rules: Rules, model: Model, options: WithModelOptions): Rules {
  const catalogue = options.catalogue ?? loadCatalogue();
  const assistant: Assistant = {
    rules,
    model,
    catalogue,
    hints: loadHints(),
    replay: createReplay(rules),
    areAlike: alikeIn(loadAmbiguities(catalogue)),
    index: createSearchIndex(
      catalogue.all.flatMap(({ code, name, aliases }) =>
        [name, ...aliases].map((text) => ({ code, words: tokens(text).map(bare) })),
      ),
    ),
    options,
  };
  return {
    ...rules,
    async answer(asked) {
      const question = wordsOf(asked);
      const answer = await rules.answer(question);
      try {
        return tellAttachments(asked, (await reconsider(assistant, question, answer)) ?? answer);
      } catch (error) {
        options.log.error('model.not_used', { error: errorText(error) });
        return tellAttachments(asked, answer);
      }
    },
  };
}

/** @returns null: the rules' answer stands */
async function reconsider(assistant: Assistant, question: Question, answer: Answer): Promise<Answer | null> {
  const { rules, model } = assistant;
  const read = rules.read(question.text, question.now);
  const doubt = doubtOf(question, answer, read, assistant.areAlike);
  if (!doubt) return null;
  const records = candidatesOf(assistant, question, answer, read);
  if (records.length === 0) return null;
  const { memory } = recall(question.memory, question.now);
  const decided = await model.decide({
    // nobody stands behind a command's question: such have one budget, in memory
    communeId: question.asker?.communeId ?? NOBODY,
    question: question.text,
    current: memory.procedureCode
      ? { procedureCode: memory.procedureCode, case: memory.case ?? null, aspect: memory.aspect ?? null }
      : null,
    candidates: describeCandidates(records),
  });
  if (!decided) return null;
  const told = await follow(assistant, { question, answer, doubt, read, decided });
  if (!told) assistant.options.metrics?.answers.inc({ use: 'left' });
  return { ...(told ?? answer), promptVersion: model.promptVersion };
}

/** Those the rules offered, the reader's, what is spoken of, and what shares rare words; the likeliest first. */
function candidatesOf(
  { catalogue, index }: Assistant,
  question: Question,
  answer: Answer,
  reading: Understanding,
): Procedure[] {
  const offered = (answer.messages.at(-1)?.buttons ?? []).flatMap(({ value }) => {
    const pressed = answer.outcome === 'offered_choices' ? parsePress(value) : null;
    return pressed?.kind === 'ask' ? [pressed.code] : [];
  });
  const read = answer.reading.candidates.map(({ code }) => code);
  const current = question.memory?.procedureCode;
  const found = index.search(reading.question.words.map((word) => word.bare)).map(({ code }) => code);
  const codes = [...offered, ...read, ...(current ? [current] : []), ...found];
  const records = codes.flatMap((code) => catalogue.byCode(code) ?? []);
  return [...new Set(records)].slice(0, MOST_CANDIDATES);
}

interface Considered {
  question: Question;
  answer: Answer;
  doubt: Doubt;
  read: Understanding;
  decided: Decided;
}

/** @returns null when the decision leaves everything as it is */
async function follow(assistant: Assistant, considered: Considered): Promise<Answer | null> {
  const { question, doubt, decided } = considered;
  const { decision } = decided;
  const record = decision.procedureCode ? assistant.catalogue.byCode(decision.procedureCode) : undefined;
  if (record) return tell(assistant, considered, record);
  // several questions about one matter want answers, not another question
  if (decision.ask && decision.ask.codes.length >= 2 && doubt !== 'several')
    return askBack(assistant, considered, decision.ask);
  // only where the rules understood nothing: nobody talks a model into calling officers
  if (decision.handOff && doubt === 'missed') {
    assistant.options.metrics?.answers.inc({ use: 'handed_off' });
    const passed = await assistant.rules.answer({ ...question, payload: press.human });
    return { ...passed, source: 'model', handOff: { ...passed.handOff, reason: 'not_understood' } };
  }
  return null;
}

/** What the rules say about the procedure, case and aspects decided on. */
async function tell(assistant: Assistant, considered: Considered, record: Procedure): Promise<Answer> {
  const { question, answer, read, decided } = considered;
  const { decision, restore } = decided;
  const { metrics } = assistant.options;
  const aspects = aspectsOf(decision, read);
  const isSame = answer.reading.procedureCode === record.code;
  // a case the rules read in the words is not lost because the model names none
  const caseName =
    caseNames(record).find((name) => name === (decision.case ?? (isSame && answer.reading.case))) ?? null;
  const isConfirmed =
    SEEMED_SURE.has(considered.doubt) &&
    isSame &&
    (caseName === null || caseName === answer.reading.case) &&
    (considered.doubt === 'weak'
      ? aspects.join() === answer.reading.aspects.join()
      : aspects.every((aspect) => answer.reading.aspects.includes(aspect)));
  const told = isConfirmed ? answer : await assistant.replay(question, record, aspects, caseName);
  metrics?.answers.inc({ use: isConfirmed ? 'confirmed' : 'changed' });
  const why = `model ${assistant.model.promptVersion}: ${considered.doubt} -> ${record.code} ${aspects.join(' ')}`;
  return {
    ...told,
    messages: [...explanation(assistant, decision, restore, record, told.messages.length), ...told.messages],
    reading: { ...told.reading, explanation: [...told.reading.explanation, why] },
    source: 'model',
  };
}

const aspectsOf = ({ aspects }: ModelDecision, read: Understanding): Aspect[] => {
  if (aspects.length > 0) return aspects;
  return read.hasAspectWords ? read.aspects.slice(0, 1) : ['overview'];
};

/** One short bubble before the facts, if every sentence of it stands in the record. */
function explanation(
  { options: { log, metrics } }: Assistant,
  decision: ModelDecision,
  restore: Decided['restore'],
  record: Procedure,
  bubbles: number,
): OutgoingMessage[] {
  if (decision.explanation.length === 0 || bubbles >= MOST_BUBBLES) return [];
  const guarded = guardExplanation(decision.explanation, record);
  metrics?.answers.inc({ use: 'why' in guarded ? 'explanation_dropped' : 'explained' });
  if ('why' in guarded) {
    log.info('model.explanation_dropped', { code: record.code, why: guarded.why });
    return [];
  }
  return [{ text: restore(guarded.text) }];
}

/** The look-alikes as buttons, under the model's question if it states nothing, else under our own. */
function askBack(assistant: Assistant, considered: Considered, ask: NonNullable<ModelDecision['ask']>): Answer {
  const { question, answer, read, decided } = considered;
  const { catalogue, hints, options } = assistant;
  const records = ask.codes.slice(0, 4).flatMap((code) => catalogue.byCode(code) ?? []);
  const aspect = aspectsOf(decided.decision, read)[0]!;
  const choices = records.map((record) => ({ title: shortName(record, hints), value: press.ask(record.code, aspect) }));
  const buttons = [...choices.map(({ title, value }) => reply(title, value)), humanButton()];
  const words = guardQuestion(ask.question);
  const { isNew } = recall(question.memory, question.now);
  const lines = [
    ...(answer.reading.personalData.length > 0 ? [PRIVACY_NOTE] : []),
    words ? decided.restore(words) : 'Có phải đang hỏi một trong các việc này không?',
    ...(isNew ? [`(${introduction(question.commune)})`] : []),
  ];
  options.metrics?.answers.inc({ use: 'asked_back' });
  const { misses: _, ...memory } = answer.memory;
  return {
    ...answer,
    messages: [{ text: lines.join('\n'), buttons }],
    memory: {
      ...memory,
      version: 1,
      at: answer.memory.at,
      procedureCode: records[0]!.code,
      aspect,
      choices: buttons.map(({ title, value }) => ({ title, value })),
    },
    outcome: 'offered_choices',
    source: 'model',
    records: [],
    reading: { ...answer.reading, intent: 'procedure_question' },
  };
}
