import type { OutgoingMessage } from '../channels/channel.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { ReceivedAttachment } from './attachments.ts';

export const INTENTS = [
  'procedure_question',
  'status_check',
  'payment',
  'human_request',
  'feedback_complaint',
  'greeting',
  'thanks',
  'goodbye',
  'bot_identity',
  'office_info',
  'account_help',
  'out_of_scope',
  'abusive',
  'emergency',
] as const;
export type Intent = (typeof INTENTS)[number];

export const ASPECTS = [
  'documents',
  'fee',
  'time',
  'place',
  'steps',
  'online',
  'eligibility',
  'result',
  'form',
  'legal_basis',
  'validity',
  'overview',
] as const;
export type Aspect = (typeof ASPECTS)[number];

/** What became of a question; counted in reports by reason. */
export type Outcome =
  | 'answered'
  | 'asked_back'
  | 'offered_choices'
  | 'looked_up'
  | 'not_in_catalogue'
  | 'record_lacks_fact'
  | 'other_agency'
  | 'declined'
  | 'handed_off'
  | 'small_talk'
  | 'failed';

/** What the reader made of the words, for --explain, the demo's drawer and reports. Holds no text of the citizen. */
export interface Reading {
  intent: Intent;
  /** 0…1, calibrated: the share of such readings that prove right. */
  intentScore: number;
  procedureCode: string | null;
  candidates: { code: string; score: number }[];
  aspects: Aspect[];
  case: string | null;
  dossierNumbers: string[];
  /** Kinds of personal data found (and to be hidden), never the data. */
  personalData: ('personal_id' | 'phone' | 'email' | 'bank_account')[];
  /** Why, in a few English lines. */
  explanation: string[];
}

/** Opaque to everyone but guidance; JSON, a few hundred bytes. */
export interface Memory {
  version: 1;
  /** Epoch ms of the last turn: a day later the conversation starts fresh. */
  at: number;
  procedureCode?: string;
  case?: string;
  aspect?: Aspect;
  /** What the buttons of the last answer meant, in order: a typed "2" or the typed title means the same. */
  choices?: { title: string; value: string }[];
  greeted?: boolean;
  [key: string]: unknown;
}

/** Who asks, for limits, audit and subscriptions. */
export interface Asker {
  communeId: string;
  conversationId: string;
  citizenId: string;
  /** Stays the same when a turn is repeated after a crash. */
  turnId: string;
}

/** A question about a dossier, as the desk gets it. */
export interface DeskQuestion {
  /** The citizen's words; dossier codes in `codes` are already found. */
  text: string;
  /** Canonical codes in the words, in order. */
  codes: string[];
  /** Something in the words looks meant as a code but is none. */
  hasBrokenCode: boolean;
  intent: Intent;
  /** The last answer was about a dossier: what names nothing else is likely about it too. */
  isAtHand: boolean;
  /** A button the desk offered: its value, from "hx:desk:" on. */
  payload?: string;
  /** A number the platform itself shared on the citizen's word; never one that was typed or sent as a card. */
  sharedPhone?: string;
  /** What the desk left in the conversation's memory the last time. */
  thread: unknown;
  commune: CommuneSettings;
  asker: Asker;
  now: Date;
}

export interface DeskAnswer {
  messages: OutgoingMessage[];
  outcome: Extract<Outcome, 'looked_up' | 'asked_back' | 'answered' | 'declined' | 'handed_off' | 'failed'>;
  /** Kept in the conversation's memory; null forgets. JSON, a few hundred bytes. */
  thread: unknown;
  handOff?: Answer['handOff'];
  /** A button of another desk that is pressed for the citizen in the same breath: its answer follows. */
  goesOn?: string;
}

/**
 * Who knows dossiers (`dossiers/desk.ts`), handed in from above: guidance finds out that a turn is about a dossier, the
 * desk knows what may be told to whom. Null: nothing for the desk in these words after all.
 */
export interface DossierDesk {
  answer(question: DeskQuestion): Promise<DeskAnswer | null>;
}

/** A question about money, as the pay desk gets it. */
export interface PayQuestion {
  /** The citizen's words. */
  text: string;
  /** Letters without marks, blanks at both ends: what the rules read. */
  line: string;
  /** Canonical dossier codes in the words, in order. */
  codes: string[];
  intent: Intent;
  /** The finer topic the reader found ("payment|paid_twice"), or null. */
  topic: string | null;
  /** The procedure these words, or the thread, are about. */
  procedureCode: string | null;
  /** The dossier just spoken of, where these words name none. */
  codeAtHand: string | null;
  /** The last answer was the pay desk's. */
  isAtHand: boolean;
  /** A button the pay desk offered: its value, from "hx:pay:" on. */
  payload?: string;
  /** What the desk left in the conversation's memory the last time. */
  thread: unknown;
  commune: CommuneSettings;
  asker: Asker;
  now: Date;
}

/**
 * Who knows obligations and payments (`payments/desk.ts`), handed in from above. Null: nothing for the desk in these
 * words; the rules' own answer about fees stands.
 */
export interface PayDesk {
  answer(question: PayQuestion): Promise<DeskAnswer | null>;
}

/** The line for a person as it is now; see handoff/staffing.ts. */
export interface Staffing {
  isOpen: boolean;
  ahead: number;
  here: number;
  /** By then somebody will have answered: what is said of it is kept. Null: not known. */
  promisedAt: Date | null;
  isOverdue: boolean;
}

/**
 * Who keeps complaints and proposals (`handoff/petitions.ts`), handed in from above.
 */
export interface PetitionDesk {
  /** Records the words; those of the same matter a little later are added to it. @returns the number to ask by */
  record(petition: { text: string; asker: Asker; commune: CommuneSettings; now: Date }): Promise<{ number: string }>;
  /** The state, in words. `number` null: the newest of this chat. Null: none such. */
  find(asked: { number: string | null; asker: Asker; now: Date }): Promise<{ text: string } | null>;
}

export interface Question {
  /** The bubbles waiting, in order, joined by line breaks. Empty for a mere attachment, button or start. */
  text: string;
  /** Set when a button was pressed: a value that `Answer` offered earlier, or anything (it is untrusted input). */
  payload?: string;
  attachments?: ReceivedAttachment[];
  /** The citizen shared their number through the platform's own function. */
  sharedPhone?: string;
  /** The citizen opened the chat without words. */
  isStart?: boolean;
  memory: Memory | null;
  commune: CommuneSettings;
  /** Absent where nobody stands behind the words (`hoixa ask`): then no dossier is looked up. */
  asker?: Asker;
  /** A person was asked for and has not come yet. */
  isWaitingForOfficer: boolean;
  /** No officer reads this conversation: none is promised. */
  isUnattended?: boolean;
  /** Asked only when a person is about to be promised; without it the opening times are all that is known. */
  staffing?: () => Promise<Staffing>;
  now: Date;
}

export interface Answer {
  reading: Reading;
  /** At most five bubbles; empty when silence is right. */
  messages: OutgoingMessage[];
  memory: Memory;
  outcome: Outcome;
  source: 'record' | 'local' | 'model' | 'officer' | 'none';
  /** Records quoted, with the date of their data. */
  records: { code: string; asOf: string }[];
  /** The conversation passes to officers; why, for their list. */
  handOff?: {
    reason: 'asked' | 'not_understood' | 'complaint' | 'emergency' | 'sensitive' | 'failed';
    /** The time the messages name. */
    promisedAt?: Date;
  };
  /** The citizen wants the assistant back while waiting. */
  resumesAssistant?: boolean;
  promptVersion?: string;
}

/** Answers questions. Knows neither channels' wire formats nor the database. */
export interface Guidance {
  answer(question: Question): Promise<Answer>;
  /** True for a bubble that most likely goes on (a greeting, a name, a fragment): its rest may be awaited shortly. */
  looksUnfinished(text: string): boolean;
}
