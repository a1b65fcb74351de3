import { loadCatalogue } from '../procedures/catalogue.ts';
import { ASPECTS, type Aspect } from './guidance.ts';

/** What a button of ours means. Values are compact and come back as untrusted input. */
export type Press =
  | { kind: 'ask'; code: string; aspect: Aspect }
  | { kind: 'case'; code: string; option: number; aspect: Aspect }
  | { kind: 'group'; code: string; caseName: string; aspect: Aspect }
  | { kind: 'more'; code: string; caseName: string | null; page: number }
  | { kind: 'human' | 'resume' | 'menu' | 'office' | 'status' | 'no_code' };

export const press = {
  ask: (code: string, aspect: Aspect) => `hx:ask:${code}:${aspect}`,
  case: (code: string, option: number, aspect: Aspect) => `hx:case:${code}:${option}:${aspect}`,
  /** A case of the record, by its place. */
  group: (code: string, caseAt: number, aspect: Aspect) => `hx:group:${code}:${caseAt}:${aspect}`,
  /** Every paper with its details. */
  more: (code: string, caseAt: number, page: number) => `hx:more:${code}:${caseAt}:${page}`,
  human: 'hx:human',
  resume: 'hx:resume',
  menu: 'hx:menu',
  office: 'hx:office',
  status: 'hx:status',
  noCode: 'hx:no_code',
} as const;

/** @returns null for anything we did not make */
export function parsePress(value: string): Press | null {
  if (value.length > 80) return null;
  const [prefix, kind, code = '', third = '', fourth = ''] = value.split(':');
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
  const record = loadCatalogue().byCode(code);
  if (!record || !/^\d\.\d{6}$/.test(code)) return null;
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
  if (kind === 'more' && /^-?\d{1,2}$/.test(third) && /^\d{1,2}$/.test(fourth)) {
    const at = Number(third);
    return {
      kind,
      code: record.code,
      caseName: at < 0 ? null : (record.cases[at]?.name ?? null),
      page: Number(fourth),
    };
  }
  return null;
}
