import { loadCatalogue } from '../procedures/catalogue.ts';
import { loadNational } from '../procedures/national.ts';
import { plain } from '../procedures/words.ts';
import type { DossierView } from './dossier.ts';

/**
 * Procedures of which a chat tells the state and nothing else, whatever was proved: that somebody has such a dossier
 * already says more than others should know. Words of names and of fields in the national list, without marks.
 */
export const SENSITIVE: { words: RegExp; why: string }[] = [
  { words: /nhan cha,? me,? con|xac dinh cha|con ngoai gia thu/, why: 'parentage' },
  { words: /con nuoi/, why: 'adoption' },
  { words: /giam ho/, why: 'guardianship: children, people without legal capacity' },
  {
    words: /bao tro xa hoi|tro giup xa hoi|tro cap xa hoi|ho ngheo|ho can ngheo|tre em mo coi/,
    why: 'social assistance',
  },
  { words: /khuyet tat|tam than/, why: 'disability' },
  { words: /\bhiv\b|suc khoe|benh hiem ngheo|kham benh|chua benh|benh tat|bi benh|gioi tinh|nhiem doc/, why: 'health' },
  { words: /nghien|mai dam|bao luc gia dinh|xam hai|mua ban nguoi|nan nhan/, why: 'addiction, violence, victims' },
  { words: /khieu nai|to cao|kien nghi|phan anh/, why: 'complaints and denunciations' },
  { words: /ly lich tu phap|an tich|xoa an|xu ly vi pham|dac xa/, why: 'criminal records' },
];

/** Of a procedure nobody can name it is not known that it is harmless. */
export function isSensitive({
  procedureCode,
  procedureName,
}: Pick<DossierView, 'procedureCode' | 'procedureName'>): boolean {
  const texts = [procedureName];
  if (procedureCode) {
    const listed = loadNational().byCode(procedureCode);
    texts.push(loadCatalogue().byCode(procedureCode)?.name, listed?.name, ...(listed?.fields ?? []));
  }
  const known = texts.filter((text) => text?.trim()).map((text) => plain(text!));
  return known.length === 0 || known.some((text) => SENSITIVE.some(({ words }) => words.test(text)));
}
