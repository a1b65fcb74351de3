import { loadCatalogue } from '../procedures/catalogue.ts';
import { ASPECTS, type Aspect } from './guidance.ts';

/** What can be told of a procedure: one of its facts, or what to prepare. */
export type Topic = Aspect | 'checklist';

/** What a button of ours means. Values are compact and come back as untrusted input. */
export type Press =
  | { kind: 'ask'; code: string; aspect: Aspect }
  | { kind: 'case'; code: string; option: number; aspect: Aspect }
  | { kind: 'group'; code: string; caseName: string; aspect: Aspect }
  | { kind: 'next'; code: string; topic: Topic; caseName: string | null; from: number }
  | { kind: 'which'; group: string }
  | { kind: 'after'; code: string }
  | { kind: 'more'; code: string; caseName: string | null; page: number }
  | { kind: 'human' | 'resume' | 'menu' | 'office' | 'status' | 'no_code' };

/** "hx:code:H26.15-250701-0001": one of the codes asked about. */
export const CODE_PRESS = 'hx:code:';

export const press = {
  ask: (code: string, aspect: Aspect) => `hx:ask:${code}:${aspect}`,
  case: (code: string, option: number, aspect: Aspect) => `hx:case:${code}:${option}:${aspect}`,
  /** A case of the record, by its place. */
  group: (code: string, caseAt: number, aspect: Aspect) => `hx:group:${code}:${caseAt}:${aspect}`,
  /** Every paper with its details. */
  more: (code: string, caseAt: number, page: number) => `hx:more:${code}:${caseAt}:${page}`,
  /** What follows a portion, from a place in it. */
  next: (code: string, topic: Topic, caseAt: number, from: number) => `hx:next:${code}:${topic}:${caseAt}:${from}`,
  /** One of several procedures that go by one name; see ambiguities.ts. */
  which: (group: string) => `hx:which:${group}`,
  /** What follows once this is done; see linked.ts. */
  after: (code: string) => `hx:after:${code}`,
  human: 'hx:human',
  resume: 'hx:resume',
  menu: 'hx:menu',
  office: 'hx:office',
  status: 'hx:status',
  noCode: 'hx:no_code',
  code: (dossierNumber: string) => `${CODE_PRESS}${dossierNumber}`,
} as const;

/** @returns null for anything we did not make */
export function parsePress(value: string): Press | null {
  if (value.length > 80) return null;
  const [prefix, kind, code = '', third = '', fourth = '', fifth = ''] = value.split(':');
  if (prefix !== 'hx') return null;
  if (
    kind === 'human' ||
    kind === 'resume' ||
    kind === 'menu' ||
    kind === 'office' ||
    kind === 'status' ||
    kind === 'no_code'
  )
    return code === '' ? { kind } : null;
  if (kind === 'which') return /^[a-z-]{2,40}$/.test(code) && third === '' ? { kind, group: code } : null;
  const record = loadCatalogue().byCode(code);
  if (!record || !/^\d\.\d{6}$/.test(code)) return null;
  if (kind === 'after') return third === '' ? { kind, code: record.code } : null;
  const asAspect = (text: string) => ASPECTS.find((aspect) => aspect === text);
  if (kind === 'ask') {
    const aspect = asAspect(third);
    return aspect ? { kind, code: record.code, aspect } : null;
  }
  if (kind === 'case' && /^\d{1,2}$/.test(third)) {
    const aspect = asAspect(fourth || 'documents');
    return aspect ? { kind, code: record.code, option: Number(third), aspect } : null;
  }
  if (kind === 'group' && /^\d{1,2}$/.test(third)) {
    const aspect = asAspect(fourth);
    const caseName = record.cases[Number(third)]?.name;
    return aspect && caseName ? { kind, code: record.code, caseName, aspect } : null;
  }
  const namedCase = (at: string) => (Number(at) < 0 ? null : (record.cases[Number(at)]?.name ?? null));
  if (kind === 'next' && /^-?\d{1,2}$/.test(fourth) && /^\d{1,2}$/.test(fifth)) {
    const topic = third === 'checklist' ? third : asAspect(third);
    return topic ? { kind, code: record.code, topic, caseName: namedCase(fourth), from: Number(fifth) } : null;
  }
  if (kind === 'more' && /^-?\d{1,2}$/.test(third) && /^\d{1,2}$/.test(fourth)) {
    return { kind, code: record.code, caseName: namedCase(third), page: Number(fourth) };
  }
  return null;
}
