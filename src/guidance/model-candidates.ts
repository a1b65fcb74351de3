import type { Procedure } from '../procedures/catalogue.ts';
import { isLow } from '../procedures/phrasing.ts';
import { EVERYBODY } from './cases.ts';

/** How many candidates are shown whole; the others by name. */
const WHOLE = 3;
const LONGEST = 900;

/** A procedure as a model sees it. Fees are left out: it has no business with them. */
export interface Candidate {
  code: string;
  name: string;
  alsoCalled: string[];
  handledBy: string;
  cases: string[];
  record?: Record<string, unknown>;
}

/** The cases of a record that can be chosen. */
export const caseNames = (record: Procedure): string[] =>
  record.cases.map(({ name }) => name).filter((name) => name !== EVERYBODY);

/** The likeliest first. Paths a model cites are paths in `record`, the same as in the catalogue. */
export function describeCandidates(records: Procedure[]): Candidate[] {
  return records.map((record, at) => ({
    code: record.code,
    name: record.name,
    alsoCalled: record.aliases.slice(0, 6),
    handledBy: record.handledBy,
    cases: caseNames(record),
    ...(at < WHOLE && !isLow(record) && { record: factsOf(record) }),
  }));
}

const cut = (text: string | null) => (text === null ? null : text.slice(0, LONGEST));

function factsOf({ eligibility, steps, result, online, notes, channels, cases }: Procedure): Record<string, unknown> {
  return {
    eligibility: cut(eligibility),
    steps: steps.map(cut),
    result: cut(result),
    online,
    notes: cut(notes),
    channels: channels.map(({ kind, days, daysUnit, timeNote }) => ({ kind, days, daysUnit, timeNote })),
    cases: cases.map(({ name, documents }) => ({
      name,
      documents: documents.map((document) => ({ name: document.name, note: document.note })),
    })),
  };
}
