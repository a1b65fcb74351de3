import { setFlagsFromString } from 'node:v8';
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';
import type { Log } from '../log.ts';
import { createService, type Role } from '../service.ts';
import { createAssistant } from './assistant.ts';
import { openBotFramework } from './bot-framework.ts';
import { openConsole, openOidc } from './console.ts';
import { openContext } from './context.ts';
import { createDesk } from './desk.ts';

/** @throws {ConfigError} for a role that does not exist */
export function parseRoles(text: string): Role[] {
  const roles = text.split(',').map((role) => role.trim());
  const wrong = roles.find((role) => role !== 'web' && role !== 'worker');
  if (wrong !== undefined) throw new ConfigError(`--role: "${wrong}" is not a role; use web, worker or web,worker`);
  return roles as Role[];
}

/** By how many percent the memory in use may grow before it is cleaned up; V8 alone lets it grow fourfold. */
const HEAP_GROWTH_PERCENT = 120;

/** The service until a signal ends it. */
export async function serve(config: Config, log: Log, roles: Role[]): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  if (!config.DATABASE_URL && roles.length === 1) {
    throw new ConfigError('separate roles need DATABASE_URL: the embedded database belongs to one process');
  }
  const { database, accounts, box } = await openContext(config, { mayAttach: false, log });
  const desk = createDesk(async () => ({ database, box }), config, log);
  const { guidance, readers, writeSummary, registerMetrics, close } = await createAssistant(
    config,
    log,
    async () => database,
    desk,
  ).catch(async (error) => {
    await database.close();
    throw error;
  });
  for (const { communeId, id, channel } of await accounts.unreadable()) {
    log.error('account.unreadable', { communeId, accountId: id, channel });
  }
  if ((await accounts.unreadable()).length > 0 && (await accounts.all()).length === 0) {
    await database.close();
    throw new ConfigError('SECRET_KEY is not the one the channels were connected with (hoixa channel list)');
  }
  const { dossiers, payments } = await desk.rooms();
  const faults = await payments.accounts.faults();
  if (faults.length > 0) {
    await database.close();
    throw new ConfigError(`payments may not run like this:\n  ${faults.join('\n  ')}`);
  }
  const { PUBLIC_URL: publicUrl } = config;
  const oidc = await openOidc(config, publicUrl, box);
  const staffConsole = openConsole({ database, accounts, box, dossiers, publicUrl, oidc, log });
  const botFramework = await openBotFramework(config, { database, guidance, log });
  const service = createService({
    config,
    database,
    accounts,
    guidance,
    readers: { ...readers, ...desk.readers },
    writeSummary,
    directory: dossiers.directory,
    staffPages: staffConsole.pages,
    payments,
    log,
    roles,
    routers: botFramework,
  });
  registerMetrics(service.metrics.registry);
  const port = await service.start(config.PORT, config.HOST).catch(async (error) => {
    await database.close();
    throw error;
  });
  log.info('service.started', { port, roles: roles.join(','), database: database.kind });
  await untilSignal();
  log.info('service.stopping');
  staffConsole.close();
  await service.stop();
  await desk.close();
  await close();
  await database.close();
}

/** A process told to stop is gone after this: what hangs (a platform, a database) is taken up by the next one. */
const STOP_WITHIN_MS = 4_800;

/**
 * Resolves at the first SIGTERM or SIGINT; a second one ends the process at once, and so does the end of the time given
 * to what is under way.
 */
export function untilSignal(): Promise<void> {
  return new Promise((done) => {
    const stop = () => {
      process.once('SIGINT', () => process.exit(130));
      process.once('SIGTERM', () => process.exit(143));
      setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
      done();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}
