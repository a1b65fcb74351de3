import type { OutgoingMessage } from '../channels/channel.ts';
import type { Catalogue, Procedure } from '../procedures/catalogue.ts';
import type { Ambiguity } from './ambiguities.ts';
import type { Answer, Aspect, Outcome, Question } from './guidance.ts';
import type { Recall } from './memory.ts';
import type { Reader, Understanding } from './read.ts';
import { toldCode } from './say-procedure.ts';
import type { Speech } from './speech.ts';

export interface House {
  catalogue: Catalogue;
  reader: Reader;
  hints: Speech['hints'];
  caseQuestions: Speech['caseQuestions'];
  ambiguities: Ambiguity[];
  lifeEvents: Ambiguity[];
}

/** One turn being decided. */
export interface Turn {
  house: House;
  question: Question;
  speech: Speech;
  memory: Recall;
  isNew: boolean;
  reading: Understanding;
}

export interface Decision {
  messages: OutgoingMessage[];
  outcome: Outcome;
  /** Offered for want of something better: what knows better may say so. */
  isGuess?: boolean;
  source?: Answer['source'];
  records?: Answer['records'];
  handOff?: Answer['handOff'];
  /** A complaint told to those already called: it gets its number, and nobody is called anew. */
  isComplaint?: boolean;
  /** The messages are those of `say-office.ts` about when a person answers: said anew once the line is known. */
  saysWhen?: 'hand_off' | 'waiting';
  resumesAssistant?: boolean;
  memory?: Partial<Recall>;
  /** A button whose answer follows in the same turn. */
  goesOn?: string;
  /** About a dossier, but nothing the desk could add to. */
  isSettled?: boolean;
  /** What the words meant with the memory's help, where that differs from the reading. */
  meant?: {
    procedureCode?: string | null;
    aspects?: Aspect[];
    case?: string | null;
    intent?: Answer['reading']['intent'];
  };
}

export const cite = (record: Procedure) => ({ code: record.code, asOf: record.asOf });
export const meaning = (turn: Turn, record: Procedure, aspects: Aspect[], caseName: string | null) => ({
  intent: 'procedure_question' as const,
  procedureCode: toldCode(record, turn.speech),
  aspects,
  case: caseName,
});
