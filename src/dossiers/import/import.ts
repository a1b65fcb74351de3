import { basename } from 'node:path';
import type { Database } from '../../db/client.ts';
import { ConfigError, errorText } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { UnreadableFile } from '../../sheets/sheet.ts';
import { foundColumns, openTable, type Table } from '../../sheets/table.ts';
import type { Factors } from '../factors.ts';
import type { StoredSource } from '../source-store.ts';
import { replaceUnknownStates } from '../unknown-states.ts';
import { COLUMN_LABELS, type Column, DOSSIER_COLUMNS } from './columns.ts';
import { type RowContext, readRow } from './row.ts';
import {
  beginImport,
  clearOld,
  countStaged,
  failImport,
  type ImportKey,
  liveImport,
  stage,
  storeRejects,
  swapIn,
  unstage,
} from './staging.ts';

const BATCH_ROWS = 1_000;
const PROGRESS_ROWS = 5_000;
/** Rows that are listed; further ones are counted. */
const LISTED_REJECTS = 20_000;
const UNKNOWN_WORDS = 200;

export interface ImportDeps {
  database: Pick<Database, 'orm' | 'run'>;
  factors: Factors;
  log: Log;
}

export interface ImportOptions {
  path: string;
  /** As staff know it; the path's last part without one. */
  fileName?: string;
  /** When the data was exported. */
  asOf: Date;
  now: Date;
  /** Takes a file that shrinks the data by more than half, or is older than it. */
  isForced?: boolean;
  /** Reads and reports, stores nothing. */
  isDryRun?: boolean;
  onProgress?: (rows: number) => void;
}

export interface ImportReport {
  accepted: number;
  rejected: number;
  /** Rows that hold no dossier: empty, headings, sums. */
  skipped: number;
  /** The same dossier again with the same facts. */
  repeated: number;
  /** How the file was read: "UTF-8, ;", "xlsx". */
  format: string;
  sheet: string;
  columns: string[];
  ignoredColumns: string[];
  /** Words for states nobody mapped, with the number of their rows. */
  unknownStates: Record<string, number>;
  /** Rows whose CCCD or phone cannot be used to prove a dossier with. */
  unreadableFactors: number;
  warnings: string[];
}

export interface Reject {
  rowNumber: number;
  reasons: string[];
}

export interface ImportResult {
  /** null: a dry run. */
  importId: string | null;
  report: ImportReport;
  rejects: Reject[];
}

/** The file was read and the data in use was left as it is: somebody must look, and may say `isForced`. */
export class ImportRefused extends ConfigError {}

/**
 * Reads a spreadsheet into a source of kind `import`. The old data answers until the new is whole; a process that dies on
 * the way changes nothing.
 * @throws {UnreadableFile} @throws {ImportRefused} @throws {ImportSuperseded}
 */
export async function importDossiers(
  deps: ImportDeps,
  source: Pick<StoredSource, 'communeId' | 'id' | 'stateMap'>,
  options: ImportOptions,
): Promise<ImportResult> {
  const { database, log } = deps;
  const { communeId } = source;
  if (options.asOf.getTime() > options.now.getTime() + 60_000) {
    throw new ConfigError('--as-of: the data cannot be from the future');
  }
  const table = await openTable(options.path, DOSSIER_COLUMNS, ['code', 'state']);
  const context: RowContext = {
    now: options.now,
    factors: await deps.factors.of(communeId),
    stateMap: source.stateMap,
    is1904: table.sheet.is1904,
  };
  const reading = createReading(table);
  if (options.isDryRun) {
    await readAll(table, context, reading, options.onProgress, { stage: async () => {}, reject: async () => {} });
    reading.settle();
    return { importId: null, report: reading.report, rejects: reading.rejects };
  }
  const { fileName = basename(options.path), asOf, now } = options;
  const key = await beginImport(database, { communeId, sourceId: source.id }, { fileName, asOf, now });
  try {
    await readAll(table, context, reading, options.onProgress, {
      stage: (rows) => stage(database, key, rows),
      reject: (rejects) => storeRejects(database, key, rejects),
    });
    const contradicted = reading.settle();
    await unstage(database, key, contradicted);
    await storeRejects(database, key, reading.late);
    reading.report.accepted = await countStaged(database, key);
    await refuse(database, key, reading.report, options);
    const { accepted, rejected } = reading.report;
    await swapIn(database, key, { accepted, rejected, report: reading.report, now });
  } catch (error) {
    const { accepted, rejected } = reading.report;
    const told = error instanceof ConfigError ? error.message : 'lỗi khi đọc hoặc ghi';
    const report = { ...reading.report, error: told };
    // what cannot be cleared now the next import finds and clears
    await failImport(database, key, { accepted, rejected, report, now })
      .then(() => clearOld(database, communeId, source.id))
      .catch((cause) => log.warn('dossiers.clear_failed', { communeId, error: errorText(cause) }));
    throw error;
  }
  await replaceUnknownStates(database, communeId, source.id, reading.report.unknownStates, now);
  await clearOld(database, communeId, source.id).catch((error) =>
    log.warn('dossiers.clear_failed', { communeId, error: errorText(error) }),
  );
  log.info('dossiers.imported', {
    communeId,
    sourceId: source.id,
    accepted: reading.report.accepted,
    rejected: reading.report.rejected,
  });
  return { importId: key.importId, report: reading.report, rejects: reading.rejects };
}

interface Reading {
  report: ImportReport;
  rejects: Reject[];
  /** Rejected only at the end: told apart by what came after them. */
  late: Reject[];
  /** @param json the whole row @returns false: it was there before */
  take(code: string, json: string, rowNumber: number): boolean;
  /** @returns codes whose rows say different things: none of them is believed */
  settle(): string[];
  dayFirst: Map<Column, number>;
  monthFirst: Map<Column, number>;
}

function createReading({ sheet, header }: Table<Column>): Reading {
  const seen = new Map<string, number>();
  /** Row number and fingerprint of each code, side by side: objects for half a million rows would take too much. */
  const places: number[] = [];
  const contradicted = new Map<string, number[]>();
  const report: ImportReport = {
    accepted: 0,
    rejected: 0,
    skipped: 0,
    repeated: 0,
    format: sheet.format,
    sheet: sheet.name,
    columns: foundColumns(header, DOSSIER_COLUMNS),
    ignoredColumns: header.ignored.slice(0, 50),
    unknownStates: {},
    unreadableFactors: 0,
    warnings: [],
  };
  const reading: Reading = {
    report,
    rejects: [],
    late: [],
    dayFirst: new Map(),
    monthFirst: new Map(),
    take(code, json, rowNumber) {
      const facts = fingerprint(json);
      const before = seen.get(code);
      if (before === undefined) {
        seen.set(code, places.length);
        places.push(rowNumber, facts);
        report.accepted++;
        return true;
      }
      if (places[before + 1] === facts) report.repeated++;
      else contradicted.set(code, [...(contradicted.get(code) ?? [places[before]!]), rowNumber]);
      return false;
    },
    settle() {
      for (const rows of contradicted.values()) {
        const reasons = [`${COLUMN_LABELS.code}: các hàng ${rows.join(', ')} ghi khác nhau cho cùng một hồ sơ`];
        for (const rowNumber of rows) reading.late.push({ rowNumber, reasons });
        report.accepted--;
        report.rejected += rows.length;
      }
      reading.late.splice(Math.max(0, LISTED_REJECTS - reading.rejects.length));
      reading.rejects.push(...reading.late);
      reading.rejects.sort((a, b) => a.rowNumber - b.rowNumber);
      if (report.rejected > reading.rejects.length) {
        report.warnings.push(`Chỉ liệt kê ${LISTED_REJECTS} hàng lỗi đầu tiên.`);
      }
      if (!header.places.has('idNumber') && !header.places.has('phone')) {
        report.warnings.push('Không có cột CCCD hay số điện thoại: người dân chỉ xem được tình trạng chung.');
      }
      if (!header.places.has('dueAt')) report.warnings.push('Không có cột ngày hẹn trả.');
      return [...contradicted.keys()];
    },
  };
  return reading;
}

/** 53 bits, enough to tell two rows of one dossier apart. */
function fingerprint(text: string): number {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    a = Math.imul(a ^ char, 0x01000193);
    b = Math.imul(b ^ char, 0x85ebca6b) ^ (b >>> 13);
  }
  return (a >>> 0) * 0x200000 + ((b >>> 0) & 0x1fffff);
}

async function readAll(
  table: Table<Column>,
  context: RowContext,
  reading: Reading,
  onProgress: ImportOptions['onProgress'],
  store: { stage(rows: string[]): Promise<void>; reject(rejects: Reject[]): Promise<void> },
): Promise<void> {
  const { report } = reading;
  let rows: string[] = [];
  let rejects: Reject[] = [];
  let count = 0;
  const flush = async () => {
    if (rows.length > 0) await store.stage(rows);
    if (rejects.length > 0) await store.reject(rejects);
    [rows, rejects] = [[], []];
  };
  for await (const { rowNumber, cells } of table.rows) {
    if (++count % PROGRESS_ROWS === 0) onProgress?.(count);
    const result = readRow(cells, table.header.places, context);
    if (result === null) {
      report.skipped++;
      continue;
    }
    if ('reasons' in result) {
      report.rejected++;
      for (const column of result.monthFirst) bump(reading.monthFirst, column);
      if (reading.rejects.length < LISTED_REJECTS) {
        reading.rejects.push({ rowNumber, reasons: result.reasons });
        rejects.push({ rowNumber, reasons: result.reasons });
      }
    } else {
      for (const column of result.dayOrders) bump(reading.dayFirst, column);
      const json = JSON.stringify(result.row);
      if (!reading.take(result.row.code, json, rowNumber)) continue;
      if (result.hasUnreadableFactor) report.unreadableFactors++;
      if (result.unknownState !== null) countWord(report.unknownStates, result.unknownState);
      rows.push(json);
    }
    if (rows.length >= BATCH_ROWS || rejects.length >= BATCH_ROWS) await flush();
  }
  await flush();
  checkDayOrder(reading);
}

const bump = (counts: Map<Column, number>, column: Column) => counts.set(column, (counts.get(column) ?? 0) + 1);

function countWord(counts: Record<string, number>, word: string) {
  if (Object.hasOwn(counts, word)) counts[word]!++;
  else if (Object.keys(counts).length < UNKNOWN_WORDS) counts[word] = 1;
}

/** "07/25/2026" tells that months come first: then "07/01/2026" was read as the wrong day, and no row can be trusted. */
function checkDayOrder({ monthFirst, dayFirst }: Reading): void {
  for (const [column, count] of monthFirst) {
    if (count < 2 || count <= (dayFirst.get(column) ?? 0)) continue;
    throw new UnreadableFile(
      `Cột “${COLUMN_LABELS[column]}” viết tháng trước ngày (${count} hàng): hãy xuất lại với ngày dạng ngày/tháng/năm.`,
    );
  }
}

/** @throws {ImportRefused} when the new data looks like a mistake beside the old */
async function refuse(
  database: ImportDeps['database'],
  { communeId, sourceId }: ImportKey,
  { accepted, rejected }: ImportReport,
  { asOf, isForced = false }: ImportOptions,
): Promise<void> {
  if (accepted === 0) throw new ImportRefused(`no row could be taken, ${rejected} rejected: the data in use stays`);
  const live = await liveImport(database, communeId, sourceId);
  if (!live || isForced) return;
  if (accepted * 2 < live.accepted) {
    throw new ImportRefused(
      `the file holds ${accepted} dossiers, the data in use ${live.accepted}: it stays. Add --force if this is right`,
    );
  }
  if (asOf < live.asOf) {
    const [ours, theirs] = [asOf.toISOString(), live.asOf.toISOString()];
    throw new ImportRefused(
      `the file is from ${ours}, the data in use from ${theirs}: it stays. Add --force to go back`,
    );
  }
}
