import { readFile, stat } from 'node:fs/promises';
import { type Commune, communeBySlug } from '../communes/communes.ts';
import type { Config } from '../config.ts';
import { DEMO } from '../demo/seed.ts';
import { importReport, listImports, listRejects, sourcesOverview } from '../dossiers/desk-admin.ts';
import { sourceOf } from '../dossiers/directory.ts';
import { createFactors } from '../dossiers/factors.ts';
import { type ImportReport, importDossiers, type Reject } from '../dossiers/import/import.ts';
import {
  fileSource,
  listSources,
  orderSources,
  removeSource,
  type SourceInput,
  saveSource,
  sourceByName,
} from '../dossiers/source-store.ts';
import { createSimulator } from '../dossiers/sources/simulator.ts';
import { STATE_LABELS } from '../dossiers/state-map.ts';
import { listUnknownStates, mapState } from '../dossiers/unknown-states.ts';
import { ConfigError, errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import { normaliseDossierNumber } from '../procedures/dossier-numbers.ts';
import { parseMoment, untilEnd } from '../sheets/dates.ts';
import { type Context, openContext } from './context.ts';

export type Print = (line: string) => void;

const SHOWN_REJECTS = 20;
/** A code no office has: the answer "not found" shows that the source answers. */
const NOBODYS_CODE = 'A00-170101-000';

/** Works on one commune. Only the demo's commune may live with the demo's own key. */
async function withCommune(
  config: Config,
  log: Log,
  slug: string,
  work: (context: Context & { commune: Commune }) => Promise<void>,
): Promise<void> {
  const context = await openContext(config, { mayAttach: true, isDemo: slug === DEMO.slug, log });
  try {
    await work({ ...context, commune: await communeBySlug(context.database.orm, slug) });
  } finally {
    await context.database.close();
  }
}

export async function sourceAdd(config: Config, log: Log, slug: string, input: SourceInput, print: Print) {
  await withCommune(config, log, slug, async ({ database, box, commune }) => {
    const { name, kind } = await saveSource(database.orm, box, commune.id, input);
    print(
      `Source "${name}" (${kind}) is saved for ${slug}. Try it: hoixa dossiers source test "${name}" --commune ${slug}`,
    );
    if (kind === 'simulator') print('It invents dossiers: take it away before citizens use this commune.');
  });
}

/** @throws {ConfigError} when a file cannot be read */
export async function readPem(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  return readFile(file, 'utf8').catch((cause) => {
    throw new ConfigError(`${file} cannot be read: ${errorText(cause)}`, { cause });
  });
}

export async function sourceList(config: Config, log: Log, slug: string, print: Print) {
  await withCommune(config, log, slug, async ({ database, commune }) => {
    const sources = await sourcesOverview(database, commune.id);
    if (sources.length === 0) print('No source of dossiers yet (hoixa dossiers source add --help).');
    for (const { name, kind, settings, live, mappedStates } of sources) {
      const where = settings.baseUrl ?? settings.adapterUrl;
      const file = live
        ? `${live.fileName}, ${live.accepted} dossiers as of ${live.asOf.toISOString()}`
        : 'no file yet';
      const words = Object.keys(mappedStates).length;
      print(
        [name, kind, where ?? (kind === 'import' ? file : ''), words ? `${words} words mapped` : '']
          .filter(Boolean)
          .join('\t'),
      );
    }
  });
}

export async function sourceRemove(config: Config, log: Log, slug: string, name: string, print: Print) {
  await withCommune(config, log, slug, async ({ database, commune }) => {
    const source = await removeSource(database.orm, commune.id, name);
    print(`Source "${source.name}" is removed; dossiers only it knows are not found any more.`);
  });
}

export async function sourceOrder(config: Config, log: Log, slug: string, names: string[], print: Print) {
  await withCommune(config, log, slug, async ({ database, commune }) => {
    await orderSources(database.orm, commune.id, names);
    print(`Asked in this order: ${names.join(', ')}.`);
  });
}

/** Asks a source once, without cache. @returns whether it answered */
export async function sourceTest(
  config: Config,
  log: Log,
  slug: string,
  { name, code: typed }: { name: string; code?: string | undefined },
  print: Print,
): Promise<boolean> {
  let isAnswered = false;
  await withCommune(config, log, slug, async ({ database, box, commune }) => {
    const now = new Date();
    const code = typed === undefined ? NOBODYS_CODE : normaliseDossierNumber(typed, now);
    if (code === null) throw new ConfigError(`--code: "${typed}" is no dossier code`);
    const factors = createFactors(database, box);
    const row = await sourceByName(database.orm, commune.id, name);
    const source = sourceOf(row, { database, box, factors, log, simulator: createSimulator(factors) });
    const startedAt = performance.now();
    const result = await source.lookup(code, { signal: AbortSignal.timeout(60_000), now });
    const ms = Math.round(performance.now() - startedAt);
    isAnswered = result.kind !== 'unavailable';
    if (result.kind === 'unavailable') print(`No answer (${result.reason}) after ${ms} ms.`);
    else if (result.kind === 'not_found') {
      print(
        `It answers, in ${ms} ms; data as of ${result.asOf.toISOString()}. ${typed ? `It does not know ${code}.` : ''}`.trim(),
      );
    } else {
      const { state, rawState, ownerHints } = result.dossier;
      const factors = [ownerHints.idLast4Hash && 'CCCD', ownerHints.phoneHash && 'phone'].filter(Boolean);
      print(`It knows ${code}, in ${ms} ms: state ${state} ("${rawState}"), data as of ${result.asOf.toISOString()}.`);
      print(`The owner can be recognised by: ${factors.join(', ') || 'nothing'}.`);
    }
  });
  return isAnswered;
}

export interface ImportFlags {
  commune: string;
  source?: string;
  asOf?: string;
  dryRun?: boolean;
  force?: boolean;
}

export async function dossiersImport(config: Config, log: Log, path: string, flags: ImportFlags, print: Print) {
  const now = new Date();
  const written = await stat(path).catch((cause) => {
    throw new ConfigError(`${path} cannot be read: ${errorText(cause)}`, { cause });
  });
  if (!written.isFile()) throw new ConfigError(`${path} is no file`);
  const asOf = flags.asOf === undefined ? written.mtime : parseAsOf(flags.asOf, now);
  await withCommune(config, log, flags.commune, async ({ database, box, commune }) => {
    const source = await fileSource(database.orm, box, commune.id, flags.source);
    const isDryRun = flags.dryRun ?? false;
    const result = await importDossiers({ database, factors: createFactors(database, box), log }, source, {
      path,
      asOf,
      now,
      isDryRun,
      isForced: flags.force ?? false,
      onProgress: (rows) => print(`${rows.toLocaleString('en')} rows read`),
    });
    for (const line of told(result.report, result.rejects, flags.commune)) print(line);
    print(
      isDryRun
        ? 'Nothing was stored (--dry-run).'
        : `"${source.name}" now answers with data as of ${asOf.toISOString()}${flags.asOf ? '' : " (the file's time; --as-of says otherwise)"}.`,
    );
  });
}

function parseAsOf(text: string, now: Date): Date {
  const moment = parseMoment(text);
  if (!moment) throw new ConfigError(`--as-of: "${text}" is no time; write 2026-07-01 17:00 or 01/07/2026 17:00`);
  const end = untilEnd(moment);
  return moment.at <= now && end > now ? now : end;
}

function* told(report: ImportReport, rejects: Reject[], slug: string): Iterable<string> {
  const where = report.sheet ? `, sheet "${report.sheet}"` : '';
  yield `Read as ${report.format}${where}. Columns: ${report.columns.join(', ')}.`;
  if (report.ignoredColumns.length > 0) yield `Not read: ${report.ignoredColumns.join(', ')}.`;
  yield `${report.accepted} dossiers taken, ${report.rejected} rows rejected, ${report.repeated} repeated, ${report.skipped} without a dossier.`;
  for (const { rowNumber, reasons } of rejects.slice(0, SHOWN_REJECTS))
    yield `  row ${rowNumber}: ${reasons.join('; ')}`;
  if (rejects.length > SHOWN_REJECTS) {
    yield `  … ${rejects.length - SHOWN_REJECTS} more: hoixa dossiers imports --commune ${slug} --rejects`;
  }
  for (const warning of report.warnings) yield `Warning: ${warning}`;
  if (report.unreadableFactors > 0) {
    yield `${report.unreadableFactors} rows have a CCCD or phone nobody can prove a dossier with.`;
  }
  const words = Object.entries(report.unknownStates);
  if (words.length > 0) {
    const list = words.map(([word, count]) => `"${word}" (${count})`).join(', ');
    yield `States nobody mapped, told as unknown: ${list}. Map them: hoixa dossiers states --help`;
  }
}

export async function dossiersImports(
  config: Config,
  log: Log,
  slug: string,
  { rejects: withRejects = false }: { rejects?: boolean },
  print: Print,
) {
  await withCommune(config, log, slug, async ({ database, commune }) => {
    const imports = await listImports(database, commune.id);
    if (imports.length === 0) print('Nothing was imported yet (hoixa dossiers import --help).');
    for (const { source, fileName, status, asOf, accepted, rejected, startedAt } of withRejects ? [] : imports) {
      const figures = `${accepted} taken, ${rejected} rejected`;
      print([startedAt.toISOString(), source, fileName, status, figures, `as of ${asOf.toISOString()}`].join('\t'));
    }
    const [newest] = imports;
    if (!withRejects || !newest) return;
    const error = (await importReport(database, commune.id, newest.id))?.report?.error;
    if (error) print(`failed: ${error}`);
    for (const { rowNumber, reasons } of await listRejects(database, commune.id, newest.id, { limit: 20_000 })) {
      print(`${rowNumber}\t${reasons.join('; ')}`);
    }
  });
}

export interface StatesFlags {
  commune: string;
  source?: string;
  map?: string;
  to?: string;
}

export async function dossiersStates(config: Config, log: Log, flags: StatesFlags, print: Print) {
  if ((flags.map === undefined) !== (flags.to === undefined)) throw new ConfigError('--map and --to belong together');
  await withCommune(config, log, flags.commune, async ({ database, commune }) => {
    const sources = await listSources(database.orm, commune.id);
    if (flags.map !== undefined) {
      const named = flags.source ? [await sourceByName(database.orm, commune.id, flags.source)] : sources;
      if (named.length !== 1) throw new ConfigError('--source: say which source writes the word so');
      await mapState(database, named[0]!, flags.map, Number(flags.to));
      print(`"${flags.map}" of "${named[0]!.name}" is ${flags.to}, ${STATE_LABELS[Number(flags.to) as 1]}.`);
      return;
    }
    for (const { name, stateMap } of sources) {
      for (const [word, state] of Object.entries(stateMap))
        print(`${name}\t${word}\t${state} ${STATE_LABELS[state as 1]}`);
    }
    const unknown = await listUnknownStates(database, commune.id);
    for (const { source, word, seen } of unknown) print(`${source}\t${word}\tunknown, seen ${seen} times`);
    if (unknown.length > 0) {
      print('\nCitizens read of these that the state is not known. The national states:');
      for (const [state, label] of Object.entries(STATE_LABELS)) print(`  ${state.padStart(2)} ${label}`);
      print(`Map one: hoixa dossiers states --commune ${flags.commune} --source … --map "${unknown[0]!.word}" --to 4`);
    } else print('No unknown word.');
  });
}
