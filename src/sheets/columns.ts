import { repairTcvn3 } from './encodings.ts';
import type { Cell } from './sheet.ts';

/** Where the columns of a file are, by a header of one row or two. */
export interface Header<Column extends string> {
  /** Column → index of its cell. */
  places: Map<Column, number>;
  /** Names nobody knows, as written; their cells are not read. */
  ignored: string[];
}

/** Headers of one kind of list: what its columns may be called. */
export interface Columns<Column extends string> {
  /** Column → the name staff know best. */
  readonly labels: Record<Column, string>;
  /** Which column a header names, whatever its case, diacritics, spaces and remarks in brackets. */
  columnOf(cell: Cell): Column | undefined;
  /** @returns null when the row is no header: a header names at least the key column and one column more */
  readHeader(cells: Cell[]): Header<Column> | null;
  /** Adds what a second row of the header names below the first ("Thời gian" over "Ngày tiếp nhận", "Ngày hẹn trả"). */
  joinHeader(header: Header<Column>, below: Cell[]): boolean;
}

const keyOf = (name: string) =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

/**
 * @param names of each column as systems write them, in order of preference
 * @param key the column without which a row is no header
 * @param isBilingual a name may be followed by its translation
 */
export function createColumns<Column extends string>(
  names: Record<Column, string[]>,
  key: Column,
  { isBilingual = false } = {},
): Columns<Column> {
  const byKey = new Map<string, { column: Column; rank: number }>();
  for (const [column, synonyms] of Object.entries(names) as [Column, string[]][]) {
    for (const [rank, name] of synonyms.entries()) {
      const found = keyOf(name);
      if (!byKey.has(found)) byKey.set(found, { column, rank });
    }
  }
  const known = (cell: Cell) => {
    if (typeof cell !== 'string' || cell.length > 80) return undefined;
    const text = repairTcvn3(cell);
    // "Ngày hẹn trả (dd/MM/yyyy)", "Mã hồ sơ (*)"; "Ngày giao dịch / Transaction date" on one line or two
    const tries = [text, text.replace(/\([^)]*\)/g, ''), ...(isBilingual ? text.split(/[/\n|]/) : [])];
    for (const one of tries) {
      const found = byKey.get(keyOf(one));
      if (found) return found;
    }
    return undefined;
  };
  const columnOf = (cell: Cell) => known(cell)?.column;
  return {
    labels: Object.fromEntries(
      (Object.entries(names) as [Column, string[]][]).map(([column, [label]]) => [column, label]),
    ) as Record<Column, string>,
    columnOf,
    readHeader(cells) {
      const best = new Map<Column, { index: number; rank: number }>();
      const ignored: string[] = [];
      for (const [index, cell] of cells.entries()) {
        const found = known(cell);
        if (!found) {
          if (typeof cell === 'string' && cell.trim() !== '') ignored.push(repairTcvn3(cell).trim().slice(0, 80));
          continue;
        }
        const before = best.get(found.column);
        if (!before || found.rank < before.rank) best.set(found.column, { index, rank: found.rank });
      }
      if (!best.has(key) || best.size < 2) return null;
      return { places: new Map([...best].map(([column, { index }]) => [column, index])), ignored };
    },
    joinHeader(header, below) {
      const more = below.flatMap((cell, index) => {
        const column = columnOf(cell);
        return column && !header.places.has(column) ? [{ column, index }] : [];
      });
      const keyCell = below[header.places.get(key)!] ?? null;
      if (more.length === 0 || (keyCell !== null && columnOf(keyCell) !== key)) return false;
      for (const { column, index } of more) header.places.set(column, index);
      return true;
    },
  };
}
