import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import winston from 'winston';
import { openConsole } from '../../src/commands/console.ts';
import { openDossiers } from '../../src/commands/desk.ts';
import { createAccountStore } from '../../src/communes/accounts.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import type { Oidc } from '../../src/console/oidc.ts';
import { createGraphPlatform } from '../../src/demo/graph-platform.ts';
import { createZaloPlatform } from '../../src/demo/zalo-platform.ts';
import type { DossierDirectory } from '../../src/dossiers/dossier.ts';
import type { AttachmentReaders } from '../../src/guidance/attachments.ts';
import { createGuidance } from '../../src/guidance/engine.ts';
import type { Guidance } from '../../src/guidance/guidance.ts';
import { createLog } from '../../src/log.ts';
import type { Payments } from '../../src/payments/payments.ts';
import { createService } from '../../src/service.ts';
import type { TestDb } from './db.ts';

const PAGE = { id: '100000000000001', token: 'EAATESTPAGETOKEN' };
const META_APP = { id: '900000000000001', secret: 'meta-app-secret', verifyToken: 'lời chào' };

/** The whole service of one process, production code throughout, between stand-ins of both platforms. */
export async function startHouse(
  database: TestDb,
  {
    guidance = createGuidance(),
    readers = {},
    zaloEchoes = 'after',
    directory,
    oidc = null,
    triesPerMinute = 1_000,
    now,
    payments,
  }: {
    guidance?: Guidance;
    readers?: AttachmentReaders;
    zaloEchoes?: 'after' | 'before';
    directory?: DossierDirectory;
    oidc?: Oidc | null;
    /** Of signing in, from one address. */
    triesPerMinute?: number;
    now?: () => Date;
    payments?: Payments;
  } = {},
) {
  const zalo = createZaloPlatform({ echoes: zaloEchoes, receipts: 'seen' });
  const graph = createGraphPlatform();
  const zaloUrl = await zalo.start();
  await graph.start();
  const graphUrl = graph.url;
  const box = createSecretBox(randomBytes(32).toString('hex'));
  const accounts = createAccountStore(database.orm, box);
  const communeId = database.communes[0]!.id;
  const zaloApp = zalo.registerApp();
  const oa = zalo.registerOa(zaloApp.appId);
  graph.registerApp(META_APP);
  graph.registerPage({ ...PAGE, name: 'UBND xã thử', appId: META_APP.id });
  const connectZalo = (grant = oa) =>
    accounts.connect({
      communeId,
      channel: 'zalo',
      externalId: grant.oaId,
      appId: grant.appId,
      secrets: {
        appSecret: grant.appSecret,
        oaSecret: grant.oaSecret,
        accessToken: grant.accessToken,
        refreshToken: grant.refreshToken,
      },
      tokenExpiresAt: grant.accessExpiresAt,
    });
  await connectZalo();
  await accounts.connect({
    communeId,
    channel: 'messenger',
    externalId: PAGE.id,
    appId: META_APP.id,
    secrets: { appSecret: META_APP.secret, verifyToken: META_APP.verifyToken, accessToken: PAGE.token },
  });

  const logLines: string[] = [];
  const stream = new Writable({
    write(line, _encoding, next) {
      logLines.push(String(line));
      next();
    },
  });
  const log = createLog('debug', [new winston.transports.Stream({ stream })]);
  const staffConsole = openConsole({
    ...{ database, accounts, box, oidc, triesPerMinute, log, publicUrl: 'http://127.0.0.1' },
    dossiers: openDossiers({ database, box }, log),
    ...(now ? { now } : {}),
  });
  const service = createService({
    config: {
      ZALO_OPENAPI_URL: zaloUrl,
      ZALO_OAUTH_URL: zaloUrl,
      ZALO_BUSINESS_URL: zaloUrl,
      GRAPH_API_URL: graphUrl,
      GRAPH_API_VERSION: 'v25.0',
    },
    database,
    accounts,
    guidance,
    readers,
    ...(directory ? { directory } : {}),
    ...(payments ? { payments } : {}),
    log,
    staffPages: staffConsole.pages,
    ...(now ? { now } : {}),
  });
  const port = await service.start(0, '127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    service,
    accounts,
    box,
    zalo,
    graph,
    oa,
    page: PAGE,
    metaApp: META_APP,
    logLines,
    connectZalo,
    /** Another process's view of the same accounts. */
    otherProcess: () => createAccountStore(database.orm, box),
    /** Bubbles a person has received from the account. */
    zaloBubbles: (userId: string) => zalo.transcript(oa.oaId, userId).filter(({ from }) => from === 'oa'),
    pageBubbles: (psid: string) => graph.transcript(PAGE.id, psid).filter(({ from }) => from === 'page'),
    async openWebhooks() {
      // Zalo wants its answer within two seconds; whom a busy machine made late presses "save" again
      let isZaloOpen = false;
      for (let tries = 0; tries < 5 && !isZaloOpen; tries++) {
        isZaloOpen = await zalo.setWebhook(zaloApp.appId, `${url}/webhooks/zalo`);
      }
      await graph.connectWebhook(META_APP.id, `${url}/webhooks/messenger`);
      return isZaloOpen;
    },
    async stop() {
      staffConsole.close();
      await service.stop();
      await Promise.all([zalo.stop(), graph.stop()]);
    },
  };
}
