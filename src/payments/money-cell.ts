import type { Cell } from '../sheets/sheet.ts';

/**
 * Đồng of a cell, minus included: 25000, "25.000", "25,000.00", "+25.000 VND". @returns undefined: an empty cell;
 * null: no whole number of đồng
 */
export function vndOf(cell: Cell | undefined): number | null | undefined {
  if (cell === null || cell === undefined) return undefined;
  if (typeof cell === 'number') return Number.isSafeInteger(cell) ? cell : null;
  const text = cell
    .replace(/[\s\u00a0]/g, '')
    .replace(/(đ|₫|vnđ|vnd|đồng)\.?$/i, '')
    .replace(/^'/, '');
  if (text === '' || text === '-') return undefined;
  const parts = /^([+-]?)(\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+)(?:[.,]0{1,2})?$/.exec(text);
  if (!parts) return null;
  const vnd = Number(parts[2]!.replace(/[.,]/g, '')) * (parts[1] === '-' ? -1 : 1);
  return Number.isSafeInteger(vnd) ? vnd : null;
}

/** A cell as text, long numbers in full. */
export function textOfCell(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  const text = typeof cell === 'number' && Number.isSafeInteger(cell) ? cell.toFixed(0) : String(cell);
  return text
    .normalize('NFC')
    .replace(/[\s\u00a0]+/g, ' ')
    .replace(/^'/, '')
    .trim();
}
