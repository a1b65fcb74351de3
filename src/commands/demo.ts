import { createServer } from 'node:net';
import { createAccountStore } from '../communes/accounts.ts';
import { communeBySlug } from '../communes/communes.ts';
import { createLink } from '../communes/officers.ts';
import { type Config, isChosen } from '../config.ts';
import { openSession } from '../console/sign-in.routes.ts';
import { demoRoutes } from '../demo/demo.routes.ts';
import { createDemoGateways } from '../demo/gateways/index.ts';
import { createGraphPlatform, type GraphPlatform } from '../demo/graph-platform.ts';
import { createLive } from '../demo/page/live.ts';
import { createPhones } from '../demo/page/phones.ts';
import { type GraphReplay, restoreMessenger, restoreZalo } from '../demo/page/restore.ts';
import { readRoad } from '../demo/page/road.ts';
import { createTraffic } from '../demo/page/traffic.ts';
import { connectAccounts, DEMO, OFFICE, openCodes, seedCommune, seedOfficers, seedPayments } from '../demo/seed.ts';
import { createZaloPlatform } from '../demo/zalo-platform.ts';
import { createLog, type Log } from '../log.ts';
import { openConsole } from './console.ts';
import { openContext } from './context.ts';

/** A person looks at a new bubble after about this long. */
const READ_AFTER_MS = 700;

/**
 * The whole service on one machine: a made-up commune, stand-ins of both platforms, and a page with two phones. Runs
 * until a signal ends it.
 * @throws {ConfigError}
 */
export async function demo(given: Config, serviceLog: Log, print: (line: string) => void): Promise<void> {
  // Whoever tries the demo reads addresses, not events.
  const log = isChosen('LOG_LEVEL') ? serviceLog : createLog('warn');
  let graphClock: Date | null = null;
  const zalo = createZaloPlatform({ receipts: 'seen' });
  const graph = createGraphPlatform({ readAfterMs: READ_AFTER_MS, now: () => graphClock ?? new Date() });
  // Links and gateways' pages name the port: it must be known before anything listens on it.
  const PORT = given.PORT === 0 ? await freePort() : given.PORT;
  const local = `http://localhost:${PORT}`;
  const gateways = createDemoGateways({
    origin: local,
    payee: OFFICE.name,
    codes: async () => {
      const { database } = await opening;
      return openCodes(database, (await communeBySlug(database.orm, DEMO.slug)).id);
    },
  });
  const config: Config = {
    ...given,
    PORT,
    PUBLIC_URL: isChosen('PUBLIC_URL') ? given.PUBLIC_URL : local,
    ...gateways.urls,
  };
  // The database spends its first second being compiled beside us: time to build the reader. Before that its files are
  // laid out, a hundred small steps that a busy thread would hold up.
  let opening!: ReturnType<typeof openContext>;
  const isCompiling = new Promise<void>((onStarting) => {
    opening = openContext(config, { mayAttach: false, isDemo: true, log, onStarting });
  });
  const [context, assistant, { createService }, { untilSignal }] = await Promise.all([
    opening,
    Promise.all([import('./assistant.ts'), import('./desk.ts')]).then(async ([{ createAssistant }, { createDesk }]) => {
      // a PostgreSQL server is opened without
      await Promise.race([isCompiling, opening]);
      const { readers, rooms, close, ...desks } = createDesk(() => opening, config, log, { isDemo: true });
      const made = await createAssistant(config, log, async () => (await opening).database, desks);
      return {
        ...made,
        readers: { ...made.readers, ...readers },
        rooms,
        close: () => Promise.all([close(), made.close()]),
      };
    }),
    import('../service.ts'),
    import('./serve.ts'),
    zalo.start(),
    graph.start(),
  ]).catch(async (error) => {
    await Promise.all([zalo.stop(), graph.stop()]);
    throw error;
  });
  const { database, box } = context;
  const closers = [() => database.close(), () => assistant.close(), () => zalo.stop(), () => graph.stop()];
  const close = async () => {
    for (const step of closers.toReversed()) await step();
  };

  try {
    const accounts = createAccountStore(database.orm, box);
    const commune = await seedCommune(database.orm);
    const connected = await connectAccounts(accounts, commune, { zalo, graph });
    const { oaId } = DEMO.zalo;
    const { pageId } = DEMO.messenger;
    await restoreZalo(database, zalo, { accountId: connected.zalo.id, communeId: commune.id, oaId });
    const replay = replayOf(graph, pageId, connected.messenger.secrets.accessToken, config, (at) => {
      graphClock = at;
    });
    await restoreMessenger(database, replay, { accountId: connected.messenger.id, communeId: commune.id });
    await graph.settled();

    let origin = '';
    const { dossiers, payments } = await assistant.rooms();
    const publicUrl = isChosen('PUBLIC_URL') ? config.PUBLIC_URL : `http://localhost:${config.PORT}`;
    const staffConsole = openConsole({ database, accounts, box, dossiers, publicUrl, oidc: null, log });
    const officers = await seedOfficers(database.orm, commune.id);
    const traffic = createTraffic(zalo, graph);
    const live = createLive({ zalo, graph, oaId, pageId, traffic });
    const road = { database, traffic, account: (device: 'zalo' | 'messenger') => connected[device] };
    await seedPayments(payments.accounts, commune.id, gateways);
    const page = demoRoutes({
      office: commune.name,
      bankApp: gateways.bankApp,
      phones: createPhones({ zalo, graph, oaId, pageId, origin: () => origin }),
      traffic,
      live,
      road: (device, person) => readRoad(road, device, person),
      enterConsole: (request, response, which) =>
        openSession({ database, isHttps: false, now: () => new Date() }, request, response, [officers[which]], 'link'),
    });
    const service = createService({
      config: {
        ...config,
        ZALO_OPENAPI_URL: zalo.url,
        ZALO_OAUTH_URL: zalo.url,
        ZALO_BUSINESS_URL: zalo.url,
        GRAPH_API_URL: graph.url,
      },
      database,
      accounts,
      guidance: assistant.guidance,
      readers: assistant.readers,
      writeSummary: assistant.writeSummary,
      directory: dossiers.directory,
      staffPages: staffConsole.pages,
      payments,
      log,
      routers: [page, gateways.router()],
    });
    assistant.registerMetrics(service.metrics.registry);
    // Nobody signs in to the demo: other machines reach it only when the operator says so.
    const port = await service.start(config.PORT, isChosen('HOST') ? config.HOST : '127.0.0.1');
    closers.push(
      () => service.stop(),
      async () => live.close(),
      async () => staffConsole.close(),
    );
    origin = `http://127.0.0.1:${port}`;
    gateways.start();
    closers.push(async () => gateways.stop());
    await Promise.all([
      zalo.setWebhook(DEMO.zalo.appId, `${origin}/webhooks/zalo`),
      graph.connectWebhook(DEMO.messenger.appId, `${origin}/webhooks/messenger`),
    ]);
    const link = await createLink(database.orm, officers[0], 'enter');
    for (const line of welcome(port, config, { isEmbedded: database.kind === 'embedded', link })) print(line);
    await untilSignal();
  } finally {
    await close();
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function replayOf(
  graph: GraphPlatform,
  pageId: string,
  token: string,
  { GRAPH_API_VERSION }: Config,
  setClock: GraphReplay['setClock'],
): GraphReplay {
  return {
    setClock,
    meets: (psid, lastUserAt) => graph.registerPerson(pageId, { psid, lastUserAt }),
    says: (psid, input) => graph.personSends(pageId, psid, input),
    writes: (psid, text) => graph.staffWrites(pageId, psid, text),
    sends: (psid, message) =>
      fetch(`${graph.url}/${GRAPH_API_VERSION}/me/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ recipient: { id: psid }, messaging_type: 'RESPONSE', message }),
      }).then((response) => response.arrayBuffer()),
  };
}

function welcome(
  port: number,
  { DATA_DIR, OPENAI_BASE_URL }: Config,
  { isEmbedded, link }: { isEmbedded: boolean; link: string },
): string[] {
  const origin = `http://localhost:${port}`;
  return [
    '',
    'Hỏi Xã is running on this machine.',
    '',
    `  Chat with it   ${origin}/demo`,
    `  Answer it      ${origin}/console`,
    `                 sign in once with ${origin}/console/sign-in/${link}`,
    `  Bank app       ${origin}/demo/gateways/bank/app`,
    `  Health         ${origin}/healthz  ${origin}/readyz`,
    `  Metrics        ${origin}/metrics`,
    '',
    OPENAI_BASE_URL
      ? `Zalo, Messenger, gateways and bank are local stand-ins here. Unsure questions go to ${OPENAI_BASE_URL}, personal data hidden; voice notes go there as they are.`
      : 'Zalo, Messenger, gateways and bank are local stand-ins here: nothing leaves this machine.',
    `Conversations are kept in ${isEmbedded ? DATA_DIR : 'the database of DATABASE_URL'}. Stop with Ctrl+C.`,
    '',
  ];
}
