import type { Procedure } from '../procedures/catalogue.ts';
import * as phrase from '../procedures/phrasing.ts';
import type { Said } from './speech.ts';

/** "hộ nghèo có được miễn không": only what the record says of that group. */

const ASKS = / (mien|giam|mien phi|khong (mat|ton|phai dong|phai nop)( [a-z]+){0,2} (tien|phi|le phi)) /;

const GROUPS: [RegExp, string, RegExp][] = [
  [/ (can ngheo) /, 'hộ cận nghèo', /cận nghèo/],
  [/ (ho ngheo|nha ngheo|ngheo) /, 'hộ nghèo', /hộ nghèo/],
  [/ (khuyet tat|tan tat) /, 'người khuyết tật', /khuyết tật/],
  [/ (co cong|thuong binh|liet si|benh binh|gia dinh chinh sach) /, 'gia đình có công', /có công|thương binh|liệt sĩ/],
  [/ (nguoi gia|cao tuoi|nguoi cao tuoi|\d\d tuoi) /, 'người cao tuổi', /cao tuổi/],
  [/ (tre em|tre con|em be|con nit) /, 'trẻ em', /trẻ em/],
  [/ (dan toc|vung (cao|sau|kho khan)) /, 'đồng bào dân tộc, vùng khó khăn', /dân tộc|khó khăn/],
];

/** Null when no group or no exemption is asked for. */
export function exemption(record: Procedure, line: string): Said | null {
  const group = ASKS.test(line) ? GROUPS.find(([asked]) => asked.test(line)) : undefined;
  if (!group) return null;
  const [, name, told] = group;
  const fee = phrase.feeLines(record);
  const free = fee.lines.filter((text) => /miễn|không thu|không mất/i.test(text));
  const own = free.find((text) => told.test(text));
  const rest = fee.lines.filter((text) => text !== own);
  if (own)
    return {
      lines: [`Được miễn lệ phí: ${name} thuộc diện được miễn.`, ...rest.filter((text) => /\d/.test(text))],
      known: true,
    };
  if (/^Miễn lệ phí/.test(fee.lines[0] ?? ''))
    return { lines: ['Ai cũng được miễn lệ phí việc này.', ...fee.lines], known: true };
  return {
    lines: [
      `${name[0]!.toUpperCase()}${name.slice(1)} có được miễn không, dữ liệu của tôi không ghi rõ.`,
      ...fee.lines,
    ],
    known: false,
  };
}
