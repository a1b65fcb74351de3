import { bare, tokens } from '../procedures/words.ts';
import type { Memory } from './guidance.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** Memory as this engine keeps it. */
export interface Recall extends Memory {
  /** The dossier last spoken of, canonical. */
  dossier?: string;
  /** What the dossier desk keeps of the conversation. */
  desk?: unknown;
  /** A code was asked for and is awaited. */
  awaitsDossier?: boolean;
  /** Whose source line was shown in full. */
  sourceShown?: string;
  /** The intent of the last turn, for replies such as "sao trễ vậy". */
  lastIntent?: string;
  /** When a message was last acknowledged while waiting for an officer. */
  waitingAckAt?: number;
  /** How often in a row we did not understand. */
  misses?: number;
  emergencyKind?: string;
  /** The last answer warned of a swindle. */
  warnedOfScam?: boolean;
  /** Sympathy was said once. */
  condoled?: boolean;
  /** How often in a row the answer was not understood. */
  unclear?: number;
  /** The last answer asked which procedure is meant. */
  asksWhich?: boolean;
  /** How many messages were acknowledged since the officer was asked for. */
  waitingAcks?: number;
  /** Places among which one was asked for; see places.ts. */
  pendingPlace?: string;
  /** Procedures among which was chosen: "không phải cái này, cái kia" means another of them. */
  offered?: string[];
  /** What was spoken of when the conversation was left a day ago. */
  before?: string;
  /** The procedure spoken of before this one. */
  earlierCode?: string;
  /** The matter of another office last told of; see outside.ts. */
  outside?: string;
  /** What is left of the last answer told in portions: the value of its button. */
  rest?: string | undefined;
  /** For which procedure a list of what to prepare was wanted. */
  prepares?: string;
  /** With what procedure others were offered. */
  linkedOffered?: string;
  /** Asked to have it said simply. */
  simple?: boolean;
}

/** The memory to go on with: after a day only what was spoken of, none when it is not ours. `isNew` says that the assistant must name itself. */
export function recall(memory: Memory | null, now: Date): { memory: Recall; isNew: boolean } {
  const fresh: Recall = { version: 1, at: now.getTime() };
  if (memory?.version === 1 && typeof memory.at === 'number' && now.getTime() - memory.at > DAY_MS) {
    const before = memory.procedureCode;
    return { memory: { ...fresh, ...(before && now.getTime() - memory.at < WEEK_MS && { before }) }, isNew: true };
  }
  if (memory?.version !== 1 || typeof memory.at !== 'number') {
    return { memory: fresh, isNew: true };
  }
  // set to false when a person hands back: the assistant says again that it is automatic
  return { memory: { ...(memory as Recall), at: now.getTime() }, isNew: memory.greeted === false };
}

const ORDINALS: [RegExp, number][] = [
  [
    /^(cai |cach |truong hop |y |so |muc |chon |phuong an |option |op |c )*(1|mot|nhat|thu nhat|dau|dau tien|tren|o tren|tren cung|truoc)( tien| nhe| nha| di| a| do| day| ay| co| em| chau| con| ad| ban)*$/,
    0,
  ],
  [
    /^(cai |cach |truong hop |y |so |muc |chon |phuong an |option |op |c )*(2|hai|thu hai|thu 2|nhi|thu nhi|haii)( nhe| nha| di| a| do| day| ay| co| em| chau| con| ad| ban)*$/,
    1,
  ],
  [
    /^(cai |cach |truong hop |y |so |muc |chon |phuong an |option |op |c )*(3|ba|thu ba|thu 3)( nhe| nha| di| a| do| day| ay| co| em| chau| con| ad| ban)*$/,
    2,
  ],
  [
    /^(cai |cach |truong hop |y |so |muc |chon |phuong an |option |op |c )*(4|bon|tu|thu tu|thu 4)( nhe| nha| di| a| do| day| ay| co| em| chau| con| ad| ban)*$/,
    3,
  ],
  [/^(cai |cach |truong hop |so )*(5|nam|thu nam)( nhe| nha| di| a| do| day| ay| co| em| chau| con| ad| ban)*$/, 4],
  [
    /^(cai |cach |truong hop )*(cuoi|cuoi cung|duoi|o duoi|duoi cung|sau|sau cung|kia)( cung| nhe| nha| di| a| do| day| ay| co| em| chau| con| ad| ban)*$/,
    -1,
  ],
];

/** The choice a typed reply means: its number, its place, or its title. */
export function chosen(
  choices: { title: string; value: string }[] | undefined,
  text: string,
): { title: string; value: string } | null {
  if (!choices || choices.length === 0) return null;
  const said = tokens(text).map(bare);
  if (said.length === 0 || said.length > 14) return null;
  const line = said.filter((word) => !/^(da|vang|u|oi|thoi|lay|cho)$/.test(word)).join(' ');
  for (const [pattern, at] of ORDINALS) {
    if (pattern.test(line)) return (at < 0 ? choices.at(at) : choices[at]) ?? null;
  }
  const titles = choices.map(({ title }) => tokens(title).map(bare));
  const exact = titles.findIndex((words) => words.join(' ') === said.join(' '));
  if (exact >= 0) return choices[exact]!;
  // a title typed almost whole, and nothing else said
  const scored = titles.map((words) => {
    const shared = words.filter((word) => said.includes(word)).length;
    return { share: shared / words.length, cover: shared / said.length };
  });
  const good = scored.flatMap(({ share, cover }, at) => (share >= 0.6 && cover >= 0.6 ? [at] : []));
  return good.length === 1 ? choices[good[0]!]! : null;
}
