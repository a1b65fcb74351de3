import { ConfigError } from '../errors.ts';

/** A cell as it was stored: dates of spreadsheets are numbers. */
export type Cell = string | number | null;

export interface SheetRow {
  /** As the spreadsheet numbers it, from 1. */
  rowNumber: number;
  cells: Cell[];
}

/** One table of a file, read as it is walked through. */
export interface Sheet {
  name: string;
  /** How it was read: "UTF-8, ;" for a text file, "xlsx" for a workbook. */
  format: string;
  /** Workbooks that count days from 1904. */
  is1904: boolean;
  rows(): AsyncIterable<SheetRow>;
}

/** The file cannot be read as a table. The message says what to do about it, in Vietnamese: staff upload files too. */
export class UnreadableFile extends ConfigError {}

/** What no list of ours reaches; beyond it a file is a mistake or an attack. */
export const LIMITS = {
  fileBytes: 200 * 1024 * 1024,
  rows: 500_000,
  columns: 200,
  cellChars: 32_767,
  /** Of one part of a workbook, unpacked. */
  partBytes: 1024 * 1024 * 1024,
  /** The table of texts is held in memory. */
  sharedStringBytes: 96 * 1024 * 1024,
} as const;
