import { readFile, writeFile } from 'node:fs/promises';
import { createChannels } from '../channels/index.ts';
import { type Commune, communeBySlug, createCommuneCache, listCommunes } from '../communes/communes.ts';
import type { Config } from '../config.ts';
import { DEMO } from '../demo/seed.ts';
import { ConfigError, errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AccountInput } from '../payments/accounts.ts';
import { writeAudit } from '../payments/audit.ts';
import { BANK_NOTIFIERS, type BankNotifierName } from '../payments/bank.ts';
import { bankOf } from '../payments/banks.ts';
import { exportCsv, exportXlsx } from '../payments/export.ts';
import { type FeeInput, listFees, saveFees } from '../payments/fees.ts';
import { readFees } from '../payments/fees-file.ts';
import { listRuns, openIssues } from '../payments/lists.ts';
import { isGateway } from '../payments/offer.ts';
import { openPayments, type Payments } from '../payments/payments.ts';
import { PAYMENT_METHODS, type PaymentMethod } from '../payments/provider.ts';
import { yesterday } from '../payments/reconcile.ts';
import { createReconciliation } from '../payments/reconcile-file.ts';
import { momentWords, money } from '../payments/words.ts';
import { type Context, openContext } from './context.ts';

export type Print = (line: string) => void;
interface Ground extends Context {
  commune: Commune;
  payments: Payments;
}

/** Works on one commune. Only the demo's commune may live with the demo's own key. */
async function withCommune(config: Config, log: Log, slug: string, work: (ground: Ground) => Promise<void>) {
  const isDemo = slug === DEMO.slug;
  const context = await openContext(config, { mayAttach: true, isDemo, log });
  try {
    const commune = await communeBySlug(context.database.orm, slug);
    const communes = createCommuneCache(context.database.orm);
    const payments = openPayments({ ...context, urls: config, commune: communes, log, isDemo });
    await work({ ...context, commune, payments });
  } finally {
    await context.database.close();
  }
}

export interface ConnectFlags {
  commune: string;
  name: string;
  payee?: string;
  set: string[];
  secret: string[];
  file?: string;
  notifier?: string;
  notifierSecret: string[];
}

/** "name=value" each. @throws {ConfigError} */
export function parsePairs(flag: string, pairs: string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new ConfigError(`${flag} "${pair}" must look like name=value`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function methodOf(text: string): PaymentMethod {
  const method = PAYMENT_METHODS.find((one) => one === text);
  if (!method) throw new ConfigError(`"${text}" is no way to pay; there are ${PAYMENT_METHODS.join(', ')}`);
  return method;
}

function notifierOf(text: string): BankNotifierName {
  const name = BANK_NOTIFIERS.find((one) => one === text);
  if (!name) throw new ConfigError(`--notifier "${text}" is unknown; there are ${BANK_NOTIFIERS.join(', ')}`);
  return name;
}

/** Stores a contract with a gateway, or an account at a bank, and offers it to citizens of the commune. */
export async function paymentsConnect(config: Config, log: Log, method: string, flags: ConnectFlags, print: Print) {
  await withCommune(config, log, flags.commune, async ({ database, commune, payments }) => {
    const file = flags.file === undefined ? {} : await readJson(flags.file);
    const settings = { ...(file.settings as object), ...parsePairs('--set', flags.set) } as Record<string, unknown>;
    const wanted = methodOf(method);
    if (wanted === 'vietqr') settings.bankName ||= bankOf(String(settings.bin))?.name ?? '';
    const input: AccountInput = {
      method: wanted,
      name: flags.name,
      payee: flags.payee ?? commune.settings.officeName,
      settings,
      secrets: { ...(file.secrets as object), ...parsePairs('--secret', flags.secret) },
      ...(flags.notifier && {
        notifier: {
          name: notifierOf(flags.notifier),
          secrets: { ...(file.notifierSecrets as object), ...parsePairs('--notifier-secret', flags.notifierSecret) },
        },
      }),
    };
    const account = await payments.accounts.connect(commune.id, input);
    const detail = { method: wanted, name: account.name };
    await writeAudit(
      database,
      { communeId: commune.id, officerId: null, act: 'account_connected', detail },
      new Date(),
    );
    print(`${wanted} "${account.name}" is offered at ${flags.commune}, payee ${account.payee}.`);
    if (isGateway(wanted)) print(`Have the gateway report to ${config.PUBLIC_URL}/payments/${wanted}/ipn`);
    if (account.notifier)
      print(`Have ${account.notifier} report to ${config.PUBLIC_URL}/payments/bank/${account.notifier}`);
  });
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`${path} is no readable JSON: ${errorText(cause)}`, { cause });
  }
}

/** Lets a commune use an account of another, a province's for instance. */
export async function paymentsShare(
  config: Config,
  log: Log,
  method: string,
  flags: { from: string; commune: string; name?: string },
  print: Print,
) {
  await withCommune(config, log, flags.commune, async ({ database, commune, payments }) => {
    const owner = await communeBySlug(database.orm, flags.from);
    const account = await payments.accounts.byName(owner.id, methodOf(method), flags.name);
    await payments.accounts.offer(commune.id, account);
    const detail = { method, name: account.name, from: flags.from };
    await writeAudit(database, { communeId: commune.id, officerId: null, act: 'account_shared', detail }, new Date());
    print(`${flags.commune} uses ${method} "${account.name}" of ${flags.from}.`);
  });
}

export async function paymentsList(config: Config, log: Log, slug: string, print: Print) {
  await withCommune(config, log, slug, async ({ commune, payments }) => {
    const ways = await payments.accounts.list(commune.id);
    if (ways.length === 0) print('No way to pay yet: citizens are sent to the portal and to the desk.');
    for (const { method, name, payee, isActive, isShared, notifier, settings } of ways) {
      const number = settings.accountNumber ?? settings.tmnCode ?? settings.partnerCode ?? '';
      const marks = [isActive ? 'offered' : 'stopped', isShared ? 'shared' : '', notifier ?? ''].filter(Boolean);
      print([method, name, payee, String(number), marks.join(',')].join('\t'));
    }
    for (const fault of await payments.accounts.faults()) print(`fault\t${fault}`);
  });
}

export async function paymentsActive(
  config: Config,
  log: Log,
  method: string,
  slug: string,
  isActive: boolean,
  print: Print,
) {
  await withCommune(config, log, slug, async ({ database, commune, payments }) => {
    if (!(await payments.accounts.setActive(commune.id, methodOf(method), isActive)))
      throw new ConfigError(`${slug} has no ${method} (hoixa payments list)`);
    const act = isActive ? 'method_resumed' : 'method_stopped';
    await writeAudit(database, { communeId: commune.id, officerId: null, act, detail: { method } }, new Date());
    print(`${method} is ${isActive ? 'offered again' : 'not offered any more; what was begun goes on'}.`);
  });
}

export async function paymentsIssues(config: Config, log: Log, slug: string, print: Print) {
  await withCommune(config, log, slug, async ({ database, commune }) => {
    const { attempts, money: stray } = await openIssues(database, commune.id);
    for (const { ref, method, status, issue, amountVnd, createdAt } of attempts)
      print(['attempt', ref, method, status, issue, amountVnd, momentWords(createdAt)].join('\t'));
    for (const row of stray)
      print(
        ['money', row.ref ?? '', row.method, row.class, row.gatewayTxn, row.amountVnd, momentWords(row.at)].join('\t'),
      );
    if (attempts.length + stray.length === 0) print('Nothing waits for an officer.');
    for (const run of (await listRuns(database, commune.id)).slice(0, 5))
      print(['reconciled', run.day, run.method, run.fileName, totalsWords(run.totals)].join('\t'));
  });
}

const totalsWords = (totals: Record<string, { rows: number; amountVnd: number } | undefined>) =>
  Object.entries(totals)
    .map(([name, total]) => `${name} ${total!.rows} (${money(total!.amountVnd)})`)
    .join(', ');

/** A gateway's report or a bank statement of one day against our books. */
export async function paymentsReconcile(
  config: Config,
  log: Log,
  path: string,
  flags: { commune: string; method: string; name?: string; day?: string },
  print: Print,
  now = new Date(),
) {
  const method = methodOf(flags.method);
  const day = flags.day ?? yesterday(now);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new ConfigError(`--day "${day}" must look like 2026-11-21`);
  await withCommune(config, log, flags.commune, async ({ database, accounts, commune, payments }) => {
    const channels = createChannels({ config, accounts, log });
    const settler = payments.settler((name) => channels.find((channel) => channel.name === name)!);
    const deps = { database, settler, accounts: payments.accounts, bankCredits: payments.bankCredits(settler) };
    const account = await payments.accounts.byName(commune.id, method, flags.name);
    const fileName = path.split(/[/\\]/).at(-1)!;
    const report = await createReconciliation(deps)({ account, day, path, fileName, officerId: null });
    print(`${report.rows.length} line(s) for ${day}: ${totalsWords(report.totals) || 'nothing moved'}`);
    print(`ours ${money(report.oursVnd)}, theirs ${money(report.theirsVnd)}`);
    for (const row of report.rows)
      if (row.class !== 'MATCHED' && row.class !== 'UNREAD')
        print(
          [row.class, row.ref ?? '', row.gatewayTxn ?? '', row.oursVnd ?? '', row.theirsVnd ?? '', row.line ?? ''].join(
            '\t',
          ),
        );
    for (const { line, reason } of report.rows) if (reason) print(`line ${line} was not read: ${reason}`);
    await database.notify();
  });
}

/** Movements of money between two days, for accountants: .csv or .xlsx by the name of the file. */
export async function paymentsExport(
  config: Config,
  log: Log,
  path: string,
  flags: { commune: string; from: string; to: string },
  print: Print,
) {
  for (const day of [flags.from, flags.to])
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new ConfigError(`"${day}" must look like 2026-11-21`);
  await withCommune(config, log, flags.commune, async ({ database, commune }) => {
    const isBook = path.toLowerCase().endsWith('.xlsx');
    const make = isBook ? exportXlsx : exportCsv;
    await writeFile(path, await make(database, commune.id, flags.from, flags.to), { mode: 0o600 });
    const detail = { from: flags.from, to: flags.to };
    await writeAudit(database, { communeId: commune.id, officerId: null, act: 'exported', detail }, new Date());
    print(`${path} holds what moved from ${flags.from} to ${flags.to}.`);
  });
}

/** A fee table for one commune, or for every commune of a province. */
export async function feesImport(
  config: Config,
  log: Log,
  path: string,
  flags: { commune?: string; province?: string; dryRun?: boolean },
  print: Print,
) {
  const { fees, rejected } = await readFees(path);
  for (const { line, reason } of rejected) print(`line ${line} is left out: ${reason}`);
  if (flags.dryRun) return print(`${fees.length} line(s) could be stored.`);
  if (rejected.length > 0) throw new ConfigError(`${rejected.length} line(s) to correct: nothing was stored`);
  const context = await openContext(config, { mayAttach: true, isDemo: flags.commune === DEMO.slug, log });
  try {
    const communes = await communesOf(context, flags);
    for (const commune of communes) await saveAll(context, commune, fees, path);
    print(`${fees.length} line(s) are in force at ${communes.map(({ slug }) => slug).join(', ')}.`);
  } finally {
    await context.database.close();
  }
}

async function communesOf({ database }: Context, flags: { commune?: string; province?: string }): Promise<Commune[]> {
  if (flags.commune) return [await communeBySlug(database.orm, flags.commune)];
  const all = (await listCommunes(database.orm)).filter(({ settings }) => settings.province === flags.province);
  if (all.length === 0) throw new ConfigError('name a commune, or a province that communes have in their settings');
  return all;
}

async function saveAll({ database }: Context, commune: Commune, fees: FeeInput[], path: string) {
  await saveFees(database.orm, commune.id, fees);
  const detail = { lines: fees.length, fileName: path.split(/[/\\]/).at(-1) };
  await writeAudit(database, { communeId: commune.id, officerId: null, act: 'fees_imported', detail }, new Date());
}

export async function feesList(config: Config, log: Log, slug: string, print: Print) {
  await withCommune(config, log, slug, async ({ database, commune }) => {
    const fees = await listFees(database.orm, commune.id);
    if (fees.length === 0) print('No local fees: the catalogue answers (hoixa fees import).');
    for (const fee of fees) {
      const until = fee.validTo ? `${fee.validFrom}–${fee.validTo}` : `from ${fee.validFrom}`;
      print(
        [
          fee.procedureCode,
          fee.name,
          fee.channel,
          `${money(fee.amountVnd)}/${fee.unit}`,
          fee.scope,
          until,
          fee.legalRef,
        ].join('\t'),
      );
    }
  });
}
