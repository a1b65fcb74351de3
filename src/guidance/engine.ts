import type { OutgoingMessage } from '../channels/channel.ts';
import { type Catalogue, loadCatalogue } from '../procedures/catalogue.ts';
import { loadHints, shortName } from '../procedures/hints.ts';
import { loadAmbiguities, loadLifeEvents } from './ambiguities.ts';
import { loadCaseQuestions } from './cases.ts';
import { CONDOLENCE, tellsDeath } from './condolence.ts';
import { decide } from './decide.ts';
import { wantsSimple } from './decide-simple.ts';
import type { Decision, House, Turn } from './decision.ts';
import { askDesk, asTyped, chosenCode } from './dossier-turn.ts';
import type { Answer, DossierDesk, Guidance, Memory, PayDesk, PetitionDesk, Question } from './guidance.ts';
import { type Recall, recall } from './memory.ts';
import { loadModel } from './model.ts';
import { askPay } from './pay-turn.ts';
import { petitionTurn, withPromise } from './promise.ts';
import { createReader, type Reader, type Understanding } from './read.ts';
import { readInThread } from './read-thread.ts';
import * as talk from './say-small-talk.ts';
import type { Speech } from './speech.ts';
import { tellAttachments, wordsOf } from './tell-attachments.ts';
import { looksUnfinished } from './unfinished.ts';

export { askOnce, showAnswer } from './ask.ts';

export interface GuidanceOptions {
  /** Made once and shared; built from the shipped data when left out. */
  reader?: Reader;
  catalogue?: Catalogue;
  /** Who knows dossiers; without one the official look-up page is named. */
  desk?: DossierDesk;
  /** Who keeps complaints; without it they are only passed on. */
  petitions?: PetitionDesk;
  /** Who knows obligations and payments; without one the portal and the service desk are named. */
  pay?: PayDesk;
}

/** The guidance engine without a language model: deterministic, no network, a millisecond or two per question. */
export function createGuidance(options: GuidanceOptions = {}): Guidance & { read: Reader } {
  const catalogue = options.catalogue ?? loadCatalogue();
  const reader = remembering(options.reader ?? createReader(loadModel(), catalogue));
  const house: House = {
    catalogue,
    reader,
    hints: loadHints(),
    caseQuestions: loadCaseQuestions(),
    ambiguities: loadAmbiguities(catalogue),
    lifeEvents: loadLifeEvents(catalogue),
  };
  return {
    answer: async (question) => tellAttachments(question, await answer(house, wordsOf(question), options)),
    looksUnfinished: (text) => looksUnfinished(reader, text),
    read: reader,
  };
}

const REMEMBERED = 256;

/** Whether a bubble may go on and what it means is asked of the same words: they are read once. */
function remembering(reader: Reader): Reader {
  const known = new Map<string, ReturnType<Reader>>();
  return (text, now = new Date()) => {
    // dossier codes and dates are read relative to the day
    const key = `${Math.floor(now.getTime() / 86_400_000)} ${text}`;
    const before = known.get(key);
    if (before) return before;
    const reading = reader(text, now);
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value!);
    known.set(key, reading);
    return reading;
  };
}

async function answer(house: House, asked: Question, { desk, pay, petitions }: GuidanceOptions): Promise<Answer> {
  const { memory, isNew } = recall(asked.memory, asked.now);
  const heard = house.reader(asked.text, asked.now);
  const code = chosenCode(asked, memory, heard.line);
  const { question, reading } = code
    ? asTyped(code, asked, house.reader)
    : { question: asked, reading: inThread(house, memory, heard, asked) };
  if (wantsSimple(reading.line) && reading.noProcedure <= 0.25) memory.simple = true;
  const speech: Speech = {
    hints: house.hints,
    caseQuestions: house.caseQuestions,
    commune: question.commune,
    asked: reading.line,
    ...(memory.simple && { isSimple: true }),
  };
  const turn: Turn = { house, question, speech, memory, isNew, reading };
  const known = await petitionTurn(turn, petitions);
  if (known) return finish(turn, known);
  const decision = decide(turn);
  const money = pay && (await askPay(pay, turn, decision));
  const told = money ? await followed(money, turn, desk) : desk && (await askDesk(desk, turn, decision));
  return finish(turn, await withPromise(turn, told ?? decision, petitions));
}

/** The message read as part of the thread, where its own words leave open what it is about. */
function inThread(house: House, memory: Recall, heard: Understanding, { text, payload, now }: Question): Understanding {
  const record = memory.procedureCode ? house.catalogue.byCode(memory.procedureCode) : undefined;
  if (!record || payload !== undefined || memory.lastIntent !== 'procedure_question' || memory.asksWhich) return heard;
  const nameOf = (code: string) => house.catalogue.byCode(code)?.name ?? '';
  const names = [shortName(record, house.hints), ...(house.hints.get(record.code)?.say ?? [])];
  return readInThread(house.reader, heard, text, { code: record.code, names }, nameOf, now);
}

/** What the pay desk said, and what the dossier desk asks after it. */
async function followed(money: Decision, turn: Turn, desk: DossierDesk | undefined): Promise<Decision> {
  if (!desk || money.goesOn === undefined) return money;
  const pressed = { ...turn, question: { ...turn.question, text: '', payload: money.goesOn } };
  const next = await askDesk(desk, pressed, money);
  return next
    ? { ...next, messages: [...money.messages, ...next.messages], memory: { ...money.memory, ...next.memory } }
    : money;
}

function finish(turn: Turn, decision: Decision): Answer {
  const { reading, memory } = turn;
  const messages = decision.messages.slice(0, 5).map(clean);
  const told = decision.records?.[0] && turn.house.catalogue.byCode(decision.records[0].code);
  const isMourning = Boolean(
    told &&
      !memory.condoled &&
      messages.length > 0 &&
      tellsDeath(reading.line, told) &&
      !messages[0]!.text.startsWith(CONDOLENCE),
  );
  if (isMourning) messages[0] = { ...messages[0]!, text: `${CONDOLENCE}\n${messages[0]!.text}` };
  if (reading.personalData.length > 0 && messages.length > 0)
    messages[0] = { ...messages[0]!, text: `${talk.PRIVACY_NOTE}\n${messages[0]!.text}` };
  if (
    turn.isNew &&
    messages.length > 0 &&
    !messages[0]!.text.includes('trợ lý tự động') &&
    decision.handOff?.reason !== 'emergency'
  ) {
    // said at the start by law, but after the answer: the first line is what was asked
    const end = messages.length - 1;
    messages[end] = {
      ...messages[end]!,
      text: `${messages[end]!.text}\n(${talk.shortIntroduction(turn.question.commune)})`,
    };
  }
  const last = messages.at(-1);
  const choices = last?.buttons?.filter(({ kind }) => kind === 'reply').map(({ title, value }) => ({ title, value }));
  const intent = decision.meant?.intent ?? reading.intent;
  const {
    choices: _old,
    misses: _misses,
    awaitsDossier: _awaits,
    warnedOfScam: _warned,
    pendingPlace: _place,
    unclear: _unclear,
    asksWhich: _asks,
    ...kept
  } = memory;
  const next: Recall = {
    ...kept,
    greeted: true,
    lastIntent: intent,
    ...(isMourning && { condoled: true }),
    ...(choices && choices.length > 0 && { choices }),
    ...decision.memory,
  };
  return {
    reading: {
      intent,
      intentScore: reading.intentScore,
      procedureCode:
        decision.meant?.procedureCode !== undefined
          ? decision.meant.procedureCode
          : intent === 'procedure_question' || intent === 'status_check' || intent === 'payment'
            ? reading.procedureCode
            : null,
      candidates: reading.candidates,
      aspects: decision.meant?.aspects ?? (intent === 'procedure_question' ? reading.aspects : []),
      case: decision.meant?.case ?? reading.case,
      dossierNumbers: reading.dossierNumbers,
      personalData: reading.personalData,
      explanation: reading.explanation,
    },
    messages,
    memory: next as Memory,
    outcome: decision.outcome,
    source: decision.source ?? 'none',
    records: decision.records ?? [],
    ...(decision.handOff && { handOff: decision.handOff }),
    ...(decision.resumesAssistant && { resumesAssistant: true }),
  };
}

const clean = (message: OutgoingMessage): OutgoingMessage => ({
  ...message,
  text: message.text.normalize('NFC').trim(),
});
