import type { OutgoingMessage } from '../channels/channel.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import { type FollowUp, followUpIn } from './desk-follow-up.ts';
import { type DeskAct, deskPress, parseDeskPress } from './desk-press.ts';
import { type DeskWords, givenFactor, readWords } from './desk-words.ts';
import { type Disclosure, type Factor, type Inquirer, type Level, levelOf } from './disclosure.ts';
import type { DossierDirectory, DossierView, LookupResult } from './dossier.ts';
import * as say from './say-desk.ts';
import { sayDossier } from './say-dossier.ts';
import type { Watches } from './watches.ts';

export interface DeskDeps {
  directory: DossierDirectory;
  disclosure: Disclosure;
  watches: Watches;
  /** Milliseconds, and a wait; in tests. */
  clock?: () => number;
  pause?: (ms: number) => Promise<void>;
}

/** A turn that may be about a dossier. */
export interface DeskInquiry {
  text: string;
  /** Canonical codes in the words, in order. */
  codes: string[];
  hasBrokenCode: boolean;
  intent: string;
  /** The last answer was the desk's. */
  isAtHand?: boolean;
  payload?: string;
  /** Of the platform's own phone share, never typed. */
  sharedPhone?: string;
  /** What was left in the conversation's memory. */
  thread: unknown;
  commune: CommuneSettings;
  asker: Inquirer;
  now: Date;
}

export interface DeskReply {
  messages: OutgoingMessage[];
  outcome: 'looked_up' | 'asked_back' | 'answered' | 'declined' | 'failed';
  thread: DeskThread;
}

/** What the desk remembers of a conversation: which dossier, and whether a proof was asked for. */
interface DeskThread {
  code?: string;
  /** Epoch ms until which four digits are taken for the proof asked for. */
  asksUntil?: number;
  /** Epoch ms until which a bare yes agrees to being told of changes. */
  offersUntil?: number;
}

const MOST_CODES = 3;
const ASKED_FOR_MS = 15 * 60_000;
/** An answer to a proof takes at least so long: how long it took must not tell whether there is such a dossier. */
const LEAST_MS = 400;

interface Desk extends Required<DeskDeps> {}

/**
 * Talks about dossiers: what state one is in as far as it may be told, proofs, and being told of changes. Null where
 * there is nothing to say, or the commune has connected no source.
 */
export function createDossierDesk(deps: DeskDeps) {
  const desk: Desk = {
    clock: () => performance.now(),
    pause: (ms) => new Promise((done) => setTimeout(done, ms)),
    ...deps,
  };
  return {
    async answer(inquiry: DeskInquiry): Promise<DeskReply | null> {
      const words = readWords(inquiry.text);
      const thread = readThread(inquiry.thread);
      const wanted = wants(inquiry, words, thread);
      if (!wanted) return null;
      const sources = await desk.directory.sources(inquiry.asker.communeId);
      return sources.length === 0 ? null : wanted(desk);
    },
  };
}

type Deed = (desk: Desk) => Promise<DeskReply | null>;

/** What the citizen wants of the desk; null: nothing. Asks nobody. */
function wants(inquiry: DeskInquiry, words: DeskWords, thread: DeskThread): Deed | null {
  const { codes, now } = inquiry;
  const pressed = inquiry.payload === undefined ? null : parseDeskPress(inquiry.payload, now);
  if (pressed) return ACTS[pressed.act](inquiry, pressed.code);
  if (inquiry.payload !== undefined) return null;
  const [first] = codes;
  const code = first ?? thread.code;
  const isAsked = thread.code !== undefined && (thread.asksUntil ?? 0) > now.getTime();
  if (inquiry.sharedPhone !== undefined) {
    if (!code || !inquiry.commune.dossiers.sharedPhoneCounts) return null;
    return prove(inquiry, code, { kind: 'shared_phone', phone: inquiry.sharedPhone });
  }
  if (thread.code !== undefined && (thread.offersUntil ?? 0) > now.getTime()) {
    if (words.agrees) return watch(inquiry, thread.code);
    if (words.declines) return leaveUnwatched({ code: thread.code });
  }
  if (words.withdraws) return stopWatching(inquiry, words, first ?? 'all', thread);
  if (words.asksWhatIsWatched) return tellWatched(inquiry, thread);
  const isStatus = inquiry.intent === 'status_check';
  const given = givenFactor(inquiry.text, codes.length > 0, now);
  if (code && given && ((isAsked && (words.isShort || words.namesFactor)) || (isStatus && words.namesFactor))) {
    return given.kind === 'factor'
      ? prove(inquiry, code, given.factor, given.isWhole)
      : remindFour(code, now, given.kind === 'typed_phone' ? say.phoneIsNoFactor : say.numberIsNoFactor);
  }
  // "báo tôi khi có thay đổi nhé" right after a state was told names nothing: only a question about papers is another matter
  const isElsewhere = inquiry.intent === 'procedure_question' && !first && !words.namesDossier;
  if (code && words.wantsNotice && !isElsewhere) return askConsent(inquiry, code);
  if (codes.length > 0) return isStatus ? tellAll(inquiry) : null;
  const next = code && !inquiry.hasBrokenCode && (inquiry.isAtHand || isStatus) ? followUpIn(inquiry.text) : null;
  if (code && next) return followUp(inquiry, code, next);
  if (!code || !isStatus || inquiry.hasBrokenCode) return null;
  if (words.wantsDetail) return detail(inquiry, code);
  return words.isEmpty || words.asksProgress ? tellOne(inquiry, code) : null;
}

const ACTS: Record<DeskAct, (inquiry: DeskInquiry, code: string) => Deed> = {
  detail,
  status: tellOne,
  watch: askConsent,
  watch_yes: watch,
  unwatch: (inquiry, code) => stopWatching(inquiry, readWords(''), code, { code }),
};

/** One look-up within the limits, written down; a message where it was not allowed. */
async function look({ directory, disclosure }: Desk, { asker, commune, now }: DeskInquiry, code: string) {
  const admission = await disclosure.admit(asker, code, commune.dossiers, now);
  if (admission !== 'admitted') return { refusal: say.refused(admission, commune) };
  const result = await directory.lookup(asker.communeId, code, { now });
  const proved = result.kind === 'found' ? await disclosure.proved(asker, code, now) : 0;
  const level = result.kind === 'found' ? levelOf(result.dossier, proved) : 0;
  await disclosure.note(asker, code, 'lookup', result.kind, level, now);
  return { result, level };
}

async function told(desk: Desk, inquiry: DeskInquiry, result: LookupResult, level: Level, code: string) {
  const { commune, now, asker } = inquiry;
  if (result.kind === 'not_found') return say.notFound(code, result.source, result.asOf, now);
  if (result.kind === 'unavailable') return say.unavailable(code, commune);
  const open = await desk.watches.list(asker);
  const isWatched = open.some((watched) => watched.code === code);
  return sayDossier({ view: result.dossier, level, source: result.source, asOf: result.asOf, commune, now, isWatched });
}

function tellOne(inquiry: DeskInquiry, code: string): Deed {
  return (desk) => tellCodes(desk, inquiry, [code]);
}

function tellAll(inquiry: DeskInquiry): Deed {
  return (desk) => tellCodes(desk, inquiry, inquiry.codes);
}

async function tellCodes(desk: Desk, inquiry: DeskInquiry, codes: string[]): Promise<DeskReply> {
  const messages: OutgoingMessage[] = [];
  let outcome: DeskReply['outcome'] = 'looked_up';
  for (const code of codes.slice(0, MOST_CODES)) {
    const looked = await look(desk, inquiry, code);
    if (looked.refusal) {
      messages.push(looked.refusal);
      outcome = 'declined';
      break;
    }
    messages.push(await told(desk, inquiry, looked.result, looked.level, code));
    if (looked.result.kind === 'unavailable') outcome = 'failed';
  }
  if (codes.length > MOST_CODES) messages.push(say.onlyThree(codes.length - MOST_CODES));
  return { messages, outcome, thread: { code: codes[Math.min(codes.length, MOST_CODES) - 1]! } };
}

/** More than the state: after a proof. Asked for in the same words whether or not there is such a dossier. */
function detail(inquiry: DeskInquiry, code: string): Deed {
  return async (desk) => {
    const { asker, now } = inquiry;
    if ((await desk.disclosure.proved(asker, code, now)) === 0)
      return { messages: [say.askFactor(code)], outcome: 'asked_back', thread: asking(code, now) };
    const looked = await look(desk, inquiry, code);
    if (looked.refusal) return { messages: [looked.refusal], outcome: 'declined', thread: { code } };
    const message = await told(desk, inquiry, looked.result, looked.level, code);
    return { messages: [withoutDetail(message, looked.result, looked.level)], outcome: 'looked_up', thread: { code } };
  };
}

/** A sensitive dossier, though the proof was right: said plainly, and the way to more. */
function withoutDetail(message: OutgoingMessage, result: LookupResult, level: Level): OutgoingMessage {
  if (result.kind !== 'found' || level > 0) return message;
  const detailAct = deskPress('detail', result.dossier.code);
  const buttons = message.buttons?.filter(({ value }) => value !== detailAct);
  return { ...message, text: `${message.text}\n${say.NOT_IN_CHAT}`, ...(buttons && { buttons }) };
}

/** What was asked next, without naming the dossier again: the state says where a proof is of any use. */
function followUp(inquiry: DeskInquiry, code: string, next: FollowUp): Deed {
  if (next === 'takes_back')
    return async () => ({ messages: [say.takeBack(code)], outcome: 'answered', thread: { code } });
  return async (desk) => {
    const looked = await look(desk, inquiry, code);
    if (looked.refusal) return { messages: [looked.refusal], outcome: 'declined', thread: { code } };
    const { result, level } = looked;
    const state = result.kind === 'found' ? result.dossier.state : null;
    if (level === 0 && ((next === 'lacks' && state === 5) || (next === 'owes' && state === 6)))
      return { messages: [say.askFactor(code)], outcome: 'asked_back', thread: asking(code, inquiry.now) };
    const message = await told(desk, inquiry, result, level, code);
    const first = state !== null && say.beforeState(next, state);
    return {
      messages: [first ? { ...message, text: `${first}\n${message.text}` } : message],
      outcome: result.kind === 'unavailable' ? 'failed' : 'looked_up',
      thread: { code },
    };
  };
}

const asking = (code: string, now: Date): DeskThread => ({ code, asksUntil: now.getTime() + ASKED_FOR_MS });

function remindFour(code: string, now: Date, reminder: (code: string) => OutgoingMessage): Deed {
  return async () => ({ messages: [reminder(code)], outcome: 'asked_back', thread: asking(code, now) });
}

/** Every way through here asks the same rooms in the same order and takes at least as long. */
function prove(inquiry: DeskInquiry, code: string, factor: Factor, isWhole = false): Deed {
  return async (desk) => {
    const { asker, commune, now } = inquiry;
    const began = desk.clock();
    const result = await desk.directory.lookup(asker.communeId, code, { now });
    if (result.kind === 'unavailable')
      return { messages: [say.unavailable(code, commune)], outcome: 'failed', thread: asking(code, now) };
    const view: DossierView | null = result.kind === 'found' ? result.dossier : null;
    const hints = view?.ownerHints ?? null;
    const verdict = await desk.disclosure.tryFactor(asker, code, factor, hints, commune.dossiers, now);
    const isOpen = verdict === 'right' && view !== null;
    const level = isOpen ? levelOf(view, await desk.disclosure.proved(asker, code, now)) : 0;
    const message = isOpen ? withoutDetail(await told(desk, inquiry, result, level, code), result, level) : null;
    await desk.pause(Math.max(0, LEAST_MS - (desk.clock() - began)));
    if (message) {
      const text = isWhole ? `${message.text}\n${say.ONLY_FOUR}` : message.text;
      return { messages: [{ ...message, text }], outcome: 'looked_up', thread: { code } };
    }
    return verdict === 'too_many'
      ? { messages: [say.triedTooOften()], outcome: 'declined', thread: { code } }
      : { messages: [say.wrongFactor(code)], outcome: 'asked_back', thread: asking(code, now) };
  };
}

function askConsent({ now }: DeskInquiry, code: string): Deed {
  return async () => ({
    messages: [say.askConsent(code)],
    outcome: 'asked_back',
    thread: { code, offersUntil: now.getTime() + ASKED_FOR_MS },
  });
}

function leaveUnwatched(thread: DeskThread): Deed {
  return async () => ({ messages: [say.NOT_WATCHED], outcome: 'answered', thread });
}

function watch(inquiry: DeskInquiry, code: string): Deed {
  return async (desk) => {
    const { asker, now } = inquiry;
    const looked = await look(desk, inquiry, code);
    if (looked.refusal) return { messages: [looked.refusal], outcome: 'declined', thread: { code } };
    if (looked.result.kind !== 'found') {
      const outcome = looked.result.kind === 'unavailable' ? 'failed' : 'looked_up';
      return { messages: [await told(desk, inquiry, looked.result, 0, code)], outcome, thread: { code } };
    }
    const result = await desk.watches.subscribe(asker, code, looked.result.dossier, say.CONSENT, now);
    await desk.disclosure.note(asker, code, 'subscribe', result.kind, 0, now);
    return { messages: [say.subscribed(code, result)], outcome: 'answered', thread: { code } };
  };
}

function stopWatching(inquiry: DeskInquiry, words: DeskWords, code: string | 'all', thread: DeskThread): Deed {
  return async (desk) => {
    const { asker, now } = inquiry;
    const codes = await desk.watches.withdraw(asker, code, now);
    // "thôi thông báo" may be about something else altogether; our own command is not
    const isOurs = inquiry.payload !== undefined || inquiry.intent === 'status_check' || words.isStopCommand;
    if (codes.length === 0 && !isOurs) return null;
    for (const ended of codes) await desk.disclosure.note(asker, ended, 'withdraw', 'withdrawn', 0, now);
    return { messages: [say.withdrawn(codes)], outcome: 'answered', thread };
  };
}

function tellWatched({ asker }: DeskInquiry, thread: DeskThread): Deed {
  return async (desk) => {
    const codes = (await desk.watches.list(asker)).map(({ code }) => code);
    return { messages: [say.watching(codes)], outcome: 'answered', thread };
  };
}

function readThread(kept: unknown): DeskThread {
  const { code, asksUntil, offersUntil } = (kept ?? {}) as Record<string, unknown>;
  return {
    ...(typeof code === 'string' && { code }),
    ...(typeof asksUntil === 'number' && { asksUntil }),
    ...(typeof offersUntil === 'number' && { offersUntil }),
  };
}
