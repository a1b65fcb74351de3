import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { SourceInput } from '../dossiers/source-store.ts';
import type { Log } from '../log.ts';
import type { ImportFlags, StatesFlags } from './dossiers.ts';

interface Deps {
  ground: () => { config: Config; log: Log };
  print: (line: string) => void;
}

/** `hoixa dossiers …`; what does the work is loaded when it is called. */
export function addDossierCommands(program: Command, { ground, print }: Deps): void {
  const dossiers = program.command('dossiers').description('where dossiers are looked up');
  addSourceCommands(dossiers, { ground, print });

  dossiers
    .command('import')
    .description('read a spreadsheet of dossiers (.xlsx or .csv); the old data answers until the new is whole')
    .argument('<file>')
    .requiredOption('--commune <slug>', 'commune the dossiers belong to')
    .option('--source <name>', 'source it belongs to, made if there is none of that name')
    .option('--as-of <time>', 'when the data was exported (default: the time of the file)')
    .option('--dry-run', 'read and report, store nothing')
    .option('--force', 'take a file that shrinks the data by more than half, or is older')
    .action(async (file: string, flags: ImportFlags) => {
      const { dossiersImport } = await import('./dossiers.ts');
      const { config, log } = ground();
      await dossiersImport(config, log, file, flags, print);
    });
  dossiers
    .command('imports')
    .description('what was imported when')
    .requiredOption('--commune <slug>')
    .option('--rejects', 'list the rejected rows of the newest import')
    .action(async ({ commune, ...flags }: { commune: string; rejects?: boolean }) => {
      const { dossiersImports } = await import('./dossiers.ts');
      const { config, log } = ground();
      await dossiersImports(config, log, commune, flags, print);
    });
  dossiers
    .command('states')
    .description('words of the sources for states: those mapped, those unknown; map one')
    .requiredOption('--commune <slug>')
    .option('--source <name>', 'source that writes the word (needed when there are several)')
    .option('--map <word>', 'the word as the source writes it')
    .option('--to <state>', 'national state, 1 to 10')
    .action(async (flags: StatesFlags) => {
      const { dossiersStates } = await import('./dossiers.ts');
      const { config, log } = ground();
      await dossiersStates(config, log, flags, print);
    });
}

type Flags = Record<string, string | undefined> & { commune: string };

function addSourceCommands(dossiers: Command, { ground, print }: Deps): void {
  const source = dossiers.command('source').description('systems and files dossiers are looked up in, asked in order');
  const add = source.command('add').description('add a source, or replace the settings of the one of that name');
  const kind = (name: string, description: string) =>
    add
      .command(name)
      .description(description)
      .argument('<name>', 'as citizens may read it, for instance "hệ thống một cửa của xã"')
      .requiredOption('--commune <slug>', 'commune it belongs to')
      .option('--per-second <n>', 'look-ups per second it allows');
  const certificates = (command: Command) =>
    command
      .option('--cert <file>', 'client certificate (PEM)')
      .option('--key <file>', 'its key (PEM)')
      .option('--ca <file>', 'certificate of the authority that vouches for the server (PEM)');
  const save = async (
    name: string,
    flags: Flags,
    input: Pick<SourceInput, 'kind'> & { settings: object; secrets: object },
  ) => {
    const { readPem, sourceAdd } = await import('./dossiers.ts');
    const { config, log } = ground();
    const [cert, key, ca] = await Promise.all([flags.cert, flags.key, flags.ca].map(readPem));
    const pace = flags.perSecond === undefined ? {} : { lookupsPerSecond: Number(flags.perSecond) };
    const secrets = withoutGaps({ ...input.secrets, cert, key, ca });
    const settings = withoutGaps({ ...input.settings, ...pace });
    await sourceAdd(config, log, flags.commune, { kind: input.kind, name, settings, secrets }, print);
  };

  certificates(kind('rest', 'a one-stop system that offers GET {url}/dossiers/{code} as JSON'))
    .requiredOption('--url <address>', 'what stands before /dossiers/…')
    .option('--token-url <address>', 'OAuth2 token endpoint (client credentials)')
    .option('--client-id <id>')
    .option('--client-secret <secret>')
    .option('--scope <scope>')
    .option('--client-auth <way>', 'where the secret goes: basic (header) or post (form)')
    .option('--timeout-ms <n>', 'for one look-up')
    .action((name: string, flags: Flags) => {
      const { url: baseUrl, tokenUrl, clientId, clientSecret, scope, clientAuth, timeoutMs } = flags;
      const settings = { baseUrl, tokenUrl, clientId, scope, clientAuth, timeoutMs: timeoutMs && Number(timeoutMs) };
      return save(name, flags, { kind: 'rest', settings, secrets: { clientSecret } });
    });
  certificates(kind('portal', "the national portal's exchange interface (TraCuuHoSo), through an adapter"))
    .requiredOption('--adapter-url <address>', 'address of the adapter')
    .requiredOption('--auth-endpoint <path>', 'path of the login')
    .requiredOption('--integration-endpoint <path>', 'path of the services')
    .requiredOption('--unit <code>', 'madonvi: unit code of the commune')
    .requiredOption('--dstcode <code>', 'destination system, as the adapter names it')
    .requiredOption('--username <name>')
    .requiredOption('--password <password>')
    .option('--timeout-ms <n>', 'for one look-up')
    .action((name: string, flags: Flags) => {
      const { adapterUrl, authEndpoint, integrationEndpoint, unit: madonvi, dstcode, username, password } = flags;
      const timeoutMs = flags.timeoutMs && Number(flags.timeoutMs);
      const settings = { adapterUrl, authEndpoint, integrationEndpoint, madonvi, dstcode, username, timeoutMs };
      return save(name, flags, { kind: 'portal_sync', settings, secrets: { password } });
    });
  kind('file', 'spreadsheets the commune imports (hoixa dossiers import)').action((name: string, flags: Flags) =>
    save(name, flags, { kind: 'import', settings: {}, secrets: {} }),
  );
  kind('simulator', 'made-up dossiers in every state, to try things').action((name: string, flags: Flags) =>
    save(name, flags, { kind: 'simulator', settings: {}, secrets: {} }),
  );

  source
    .command('list')
    .description('list the sources in the order they are asked')
    .requiredOption('--commune <slug>')
    .action(async ({ commune }: { commune: string }) => {
      const { sourceList } = await import('./dossiers.ts');
      const { config, log } = ground();
      await sourceList(config, log, commune, print);
    });
  source
    .command('remove')
    .description('take a source away')
    .argument('<name>')
    .requiredOption('--commune <slug>')
    .action(async (name: string, { commune }: { commune: string }) => {
      const { sourceRemove } = await import('./dossiers.ts');
      const { config, log } = ground();
      await sourceRemove(config, log, commune, name, print);
    });
  source
    .command('order')
    .description('ask the sources in this order')
    .argument('<names...>')
    .requiredOption('--commune <slug>')
    .action(async (names: string[], { commune }: { commune: string }) => {
      const { sourceOrder } = await import('./dossiers.ts');
      const { config, log } = ground();
      await sourceOrder(config, log, commune, names, print);
    });
  source
    .command('test')
    .description('ask a source once; fails when it does not answer')
    .argument('<name>')
    .requiredOption('--commune <slug>')
    .option('--code <code>', 'dossier code to look up (default: one nobody has)')
    .action(async (name: string, { commune, code }: { commune: string; code?: string }) => {
      const { sourceTest } = await import('./dossiers.ts');
      const { config, log } = ground();
      if (!(await sourceTest(config, log, commune, { name, code }, print))) process.exitCode = 1;
    });
}

const withoutGaps = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
