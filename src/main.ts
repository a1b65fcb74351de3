#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { type CommuneFlags, communeAdd, communeList, communeSet } from './commands/commune.ts';
import { addDossierCommands } from './commands/dossiers-cli.ts';
import { addNoticeCommands } from './commands/notices-cli.ts';
import { addOfficerCommands } from './commands/officer-cli.ts';
import { addPaymentCommands } from './commands/payments-cli.ts';
import { type Config, describeConfig, loadConfig } from './config.ts';
import { AppError } from './errors.ts';
import { createLog, type Log } from './log.ts';

// Rooms are loaded by the command that needs them: `hoixa ask` must not wait for a database.

const print = (line: string) => void process.stdout.write(`${line}\n`);

// `hoixa … | head` closes our output early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

interface Ground {
  config: Config;
  log: Log;
}

function ground(): Ground {
  const config = loadConfig();
  return { config, log: createLog(config.LOG_LEVEL) };
}

async function assistedByModel() {
  const { createCountedAssistant } = await import('./commands/assistant.ts');
  const { config, log } = ground();
  return createCountedAssistant(config, log);
}

const program = new Command('hoixa')
  .description('Hỏi Xã: the assistant of a commune on Zalo and Messenger')
  .showHelpAfterError('(add --help to see the options)')
  .exitOverride()
  .addHelpText('after', () => {
    const lines = describeConfig().map(({ name, description, fallback }) => {
      return `  ${name.padEnd(20)} ${description}${fallback ? ` (default ${fallback})` : ''}`;
    });
    return `\nEnvironment:\n${lines.join('\n')}`;
  });

program
  .command('serve')
  .description('run the service')
  .option('--role <roles>', 'web, worker or web,worker', 'web,worker')
  .action(async (options: { role: string }) => {
    const { parseRoles, serve } = await import('./commands/serve.ts');
    const roles = parseRoles(options.role);
    const { config, log } = ground();
    await serve(config, log, roles);
  });

program
  .command('demo')
  .description('run the service with an embedded database, a demo commune and local stand-ins of Zalo and Messenger')
  .action(async () => {
    const { demo } = await import('./commands/demo.ts');
    const { config, log } = ground();
    await demo(config, log, print);
  });

program
  .command('migrate')
  .description('bring the database up to date (serve does so by itself)')
  .action(async () => {
    const { config, log } = ground();
    const { migrateDatabase } = await import('./commands/context.ts');
    const applied = await migrateDatabase(config, log);
    print(applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The database is up to date.');
  });

const commune = program.command('commune').description('communes this installation serves');
const communeFlags = (command: Command) =>
  command
    .option('--address <text>', 'where the service desk is')
    .option('--phone <number>', 'telephone of the office')
    .option('--hotline <number>', 'telephone outside office hours')
    .option('--province <name>', 'province, as on the national portal')
    .option('--website <url>', 'page of the commune')
    .option('--settings <file>', 'JSON file with opening hours, holidays and all other settings');

communeFlags(commune.command('add').argument('<slug>', 'short name, a-z, 0-9 and "-"').description('add a commune'))
  .requiredOption('--name <text>', 'as citizens read it, for instance "UBND xã Bát Xát"')
  .action(async (slug: string, flags: CommuneFlags) => {
    const { config, log } = ground();
    await communeAdd(config, log, slug, flags, print);
  });
communeFlags(commune.command('set').argument('<slug>').description('change settings of a commune and print them'))
  .option('--name <text>', 'as citizens read it')
  .action(async (slug: string, flags: CommuneFlags) => {
    const { config, log } = ground();
    await communeSet(config, log, slug, flags, print);
  });
commune
  .command('list')
  .description('list the communes')
  .action(async () => {
    const { config, log } = ground();
    await communeList(config, log, print);
  });

const channel = program.command('channel').description('Zalo OAs and Facebook pages');
const connect = channel.command('connect').description('connect an account, or replace its tokens');
connect
  .command('zalo')
  .description('connect a Zalo Official Account')
  .requiredOption('--commune <slug>', 'commune it belongs to')
  .requiredOption('--oa-id <id>', 'id of the OA')
  .requiredOption('--app-id <id>', 'id of the Zalo app the OA has authorised')
  .requiredOption('--app-secret <secret>', "the app's secret key")
  .requiredOption('--oa-secret <secret>', 'OA Secret Key from the webhook page of the app')
  .requiredOption('--access-token <token>', 'OA access token')
  .requiredOption('--refresh-token <token>', 'OA refresh token')
  .option('--no-check', 'do not ask Zalo whether the token works')
  .action(async (flags: Record<string, string> & { check: boolean }) => {
    const { connectChannel } = await import('./commands/channel.ts');
    const { config, log } = ground();
    const { commune, oaId, appId, appSecret, oaSecret, accessToken, refreshToken, check } = flags as never;
    const secrets = { appSecret, oaSecret, accessToken, refreshToken };
    await connectChannel(config, log, { commune, channel: 'zalo', externalId: oaId, appId, secrets, check }, print);
  });
connect
  .command('messenger')
  .description('connect a Facebook page')
  .requiredOption('--commune <slug>', 'commune it belongs to')
  .requiredOption('--page-id <id>', 'id of the page')
  .requiredOption('--app-id <id>', 'id of the Meta app')
  .requiredOption('--app-secret <secret>', "the app's secret")
  .requiredOption('--verify-token <token>', 'word you enter beside the webhook address')
  .requiredOption('--page-token <token>', 'page access token')
  .option('--no-check', 'do not ask Meta whether the token works')
  .action(async (flags: Record<string, string> & { check: boolean }) => {
    const { connectChannel } = await import('./commands/channel.ts');
    const { config, log } = ground();
    const { commune, pageId, appId, appSecret, verifyToken, pageToken, check } = flags as never;
    const secrets = { appSecret, verifyToken, accessToken: pageToken };
    await connectChannel(
      config,
      log,
      { commune, channel: 'messenger', externalId: pageId, appId, secrets, check },
      print,
    );
  });
channel
  .command('list')
  .description('list the accounts with their state')
  .action(async () => {
    const { listChannels } = await import('./commands/channel.ts');
    const { config, log } = ground();
    await listChannels(config, log, print);
  });

addDossierCommands(program, { ground, print });
addNoticeCommands(program, { ground, print });
addOfficerCommands(program, { ground, print });
addPaymentCommands(program, { ground, print });

program
  .command('secrets')
  .description('stored secrets')
  .command('rotate')
  .description('encrypt all stored secrets with SECRET_KEY again (set SECRET_KEY_PREVIOUS to the old key first)')
  .action(async () => {
    const { openContext } = await import('./commands/context.ts');
    const { config, log } = ground();
    const { resealDossierSecrets } = await import('./dossiers/source-store.ts');
    const { resealSecondFactors } = await import('./communes/sign-in.ts');
    const { resealPaymentSecrets } = await import('./payments/accounts.ts');
    const { database, accounts, box } = await openContext(config, { mayAttach: true, log });
    try {
      print(`${await accounts.resealAll()} account(s) encrypted with the new key.`);
      const others = await resealDossierSecrets(database.orm, box);
      print(`${others} key(s) and credential(s) of dossiers encrypted with the new key.`);
      print(`${await resealSecondFactors(database.orm, box)} second factor(s) of officers encrypted with the new key.`);
      print(`${await resealPaymentSecrets(database.orm, box)} payment contract(s) encrypted with the new key.`);
    } finally {
      await database.close();
    }
  });

program
  .command('ask')
  .description('one answer, without a channel')
  .argument('[question]')
  .option('--commune <slug>', "use this commune's settings from the database")
  .option('--explain', 'show what was read in the question and why')
  .option('--batch <file>', 'JSON lines {"id","text"} in, one JSON line out each ("-" reads standard input)')
  .action(async (question: string | undefined, options: { commune?: string; explain?: boolean; batch?: string }) => {
    const { ask } = await import('./commands/ask.ts');
    await ask(ground, question, options, print);
  });

program
  .command('eval')
  .description('what the reader reaches on labelled questions; fails below the recorded floors')
  .argument('[file]', 'JSON lines like test/eval/dev.jsonl (default: those of the project, with dialogues)')
  .option('--faults', 'list what was read wrongly')
  .option('--cross', 'ask the example questions of readers not trained on them (seven folds, some minutes)')
  .option('--failures <page>', 'write what was read wrongly as a page: .html or .md')
  .option('--model', 'with the model of OPENAI_BASE_URL, as the service would answer')
  .action(
    async (
      file: string | undefined,
      options: { faults?: boolean; cross?: boolean; model?: boolean; failures?: string },
    ) => {
      const { evalCommand } = await import('./commands/eval.ts');
      const assisted = options.model ? await assistedByModel() : undefined;
      const isReached = await evalCommand(file, { ...options, guidance: assisted?.guidance }, print);
      if (assisted) print(assisted.summary());
      if (!isReached) process.exitCode = 1;
    },
  );

program
  .command('train')
  .description('build the reader from the example questions, names and aliases (after changing data files)')
  .option('--fit', 'show how much each sign should count instead, learnt from readers not trained on the questions')
  .action(async (options: { fit?: boolean }) => {
    if (options.fit) {
      const { fitWeights } = await import('./guidance/fit.ts');
      print(fitWeights());
      return;
    }
    const { trainAndSave } = await import('./guidance/train.ts');
    print(trainAndSave());
  });

program
  .command('bench')
  .description('the benchmarks, printed as a table; needs the development dependencies')
  .option('--seconds <n>', 'length of each measurement', '8')
  .option('--large', 'turns beside ten million stored messages instead of one (some minutes, 20 GB of disk)')
  .option('--kills <n>', 'kill -9 so often under load, and see that nothing is lost or sent twice', '0')
  .action(async ({ seconds, large, kills }: { seconds: string; large?: boolean; kills: string }) => {
    const { bench } = await import('./commands/bench.ts');
    const options = {
      seconds: Number(seconds) || 8,
      stored: large ? 10_000_000 : 1_000_000,
      kills: Math.max(0, Math.floor(Number(kills) || 0)),
    };
    if (!(await bench(options, print))) process.exitCode = 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else if (error instanceof AppError) {
    process.stderr.write(`hoixa: ${error.message}\n`);
    process.exitCode = 1;
  } else {
    process.stderr.write(`hoixa: unexpected error: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
}
