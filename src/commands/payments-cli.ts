import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { ConnectFlags } from './payments.ts';

interface Deps {
  ground: () => { config: Config; log: Log };
  print: (line: string) => void;
}

const many = (value: string, before: string[]) => [...before, value];

/** `hoixa payments …` and `hoixa fees …`; what does the work is loaded when it is called. */
export function addPaymentCommands(program: Command, { ground, print }: Deps): void {
  const payments = program.command('payments').description('ways to pay, and the money that came by them');
  payments
    .command('connect')
    .description('offer a way to pay, or replace its contract')
    .argument('<method>', 'vnpay, momo, vnptpay, pp (portal platform) or vietqr (transfer to a bank account)')
    .requiredOption('--commune <slug>', 'commune whose contract it is')
    .option('--name <text>', 'to tell contracts apart', 'chính')
    .option('--payee <text>', "who receives the money, as citizens read it (default: the office's name)")
    .option(
      '--set <name=value>',
      'a setting; vietqr: bin, accountNumber, accountName; vnpay: environment, tmnCode; others as the error says',
      many,
      [] as string[],
    )
    .option('--secret <name=value>', 'a secret; vnpay: hashSecret; others as the error says', many, [] as string[])
    .option('--file <json>', 'the same from a file: {"settings": {…}, "secrets": {…}, "notifierSecrets": {…}}')
    .option('--notifier <name>', 'vietqr: who tells of credits: sepay, casso or payos')
    .option('--notifier-secret <name=value>', 'its secret', many, [] as string[])
    .action(async (method: string, flags: ConnectFlags) => {
      const { paymentsConnect } = await import('./payments.ts');
      const { config, log } = ground();
      await paymentsConnect(config, log, method, flags, print);
    });
  payments
    .command('share')
    .description("let a commune use another's contract, a province's for instance")
    .argument('<method>')
    .requiredOption('--from <slug>', 'commune whose contract it is')
    .requiredOption('--commune <slug>', 'commune that shall use it')
    .option('--name <text>', 'which contract, where there are several')
    .action(async (method: string, flags: { from: string; commune: string; name?: string }) => {
      const { paymentsShare } = await import('./payments.ts');
      const { config, log } = ground();
      await paymentsShare(config, log, method, flags, print);
    });
  payments
    .command('list')
    .description('ways to pay of a commune')
    .requiredOption('--commune <slug>')
    .action(async ({ commune }: { commune: string }) => {
      const { paymentsList } = await import('./payments.ts');
      const { config, log } = ground();
      await paymentsList(config, log, commune, print);
    });
  for (const [name, isActive, description] of [
    ['stop', false, 'offer a way no longer; what was begun goes on'],
    ['resume', true, 'offer it again'],
  ] as const) {
    payments
      .command(name)
      .description(description)
      .argument('<method>')
      .requiredOption('--commune <slug>')
      .action(async (method: string, { commune }: { commune: string }) => {
        const { paymentsActive } = await import('./payments.ts');
        const { config, log } = ground();
        await paymentsActive(config, log, method, commune, isActive, print);
      });
  }
  payments
    .command('issues')
    .description('what waits for an officer, and the last reconciliations')
    .requiredOption('--commune <slug>')
    .action(async ({ commune }: { commune: string }) => {
      const { paymentsIssues } = await import('./payments.ts');
      const { config, log } = ground();
      await paymentsIssues(config, log, commune, print);
    });
  payments
    .command('reconcile')
    .description("compare a day with a gateway's report or a bank statement (.xlsx or .csv)")
    .argument('<file>')
    .requiredOption('--commune <slug>', 'commune whose contract it is')
    .requiredOption('--method <method>', 'vnpay, momo, vnptpay, pp or vietqr')
    .option('--name <text>', 'which contract, where there are several')
    .option('--day <yyyy-mm-dd>', 'day in Vietnam (default: yesterday)')
    .action(async (file: string, flags: { commune: string; method: string; name?: string; day?: string }) => {
      const { paymentsReconcile } = await import('./payments.ts');
      const { config, log } = ground();
      await paymentsReconcile(config, log, file, flags, print);
    });
  payments
    .command('export')
    .description('what moved between two days, for accountants')
    .argument('<file>', '.csv or .xlsx')
    .requiredOption('--commune <slug>')
    .requiredOption('--from <yyyy-mm-dd>')
    .requiredOption('--to <yyyy-mm-dd>')
    .action(async (file: string, flags: { commune: string; from: string; to: string }) => {
      const { paymentsExport } = await import('./payments.ts');
      const { config, log } = ground();
      await paymentsExport(config, log, file, flags, print);
    });

  const fees = program.command('fees').description('what procedures cost here, by rule and date');
  fees
    .command('import')
    .description('read a fee table (.xlsx or .csv); all of it or nothing')
    .argument('<file>')
    .option('--commune <slug>', 'for one commune')
    .option('--province <name>', 'for every commune of this province')
    .option('--dry-run', 'read and report, store nothing')
    .action(async (file: string, flags: { commune?: string; province?: string; dryRun?: boolean }) => {
      const { feesImport } = await import('./payments.ts');
      const { config, log } = ground();
      await feesImport(config, log, file, flags, print);
    });
  fees
    .command('list')
    .description('the fee table of a commune')
    .requiredOption('--commune <slug>')
    .action(async ({ commune }: { commune: string }) => {
      const { feesList } = await import('./payments.ts');
      const { config, log } = ground();
      await feesList(config, log, commune, print);
    });
}
