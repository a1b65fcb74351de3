import type { ChannelAccount } from '../../communes/accounts.ts';
import type { Log } from '../../log.ts';
import type { AccountList, AccountLookup, InboundEvent, RawRequest, VerifyResult } from '../channel.ts';
import { isObject, type JsonObject, parseWebhookJson, textOf, timeOf } from '../webhook-json.ts';
import { readMessagingEvent } from './events.ts';
import { readPageChange } from './page-changes.ts';
import { escapedForm, isSameSecret, matchSignature, readSignature, type SignatureBranch } from './signature.ts';
import { listOf } from './values.ts';

interface Accounts {
  find: AccountLookup;
  list: AccountList;
}

type Received = VerifyResult & { unknownAccounts?: number };

/** Bounds the work an unsigned body can cause where every commune has a Meta app of its own. */
const maxSecretsTried = 16;
const maxPagesTried = 64;

/** `receive` and `answerGet` of the channel. */
export function createReceiver(log: Log, now: () => Date) {
  const seenBranches = new Set<SignatureBranch>();

  async function receive({ body, headers }: RawRequest, accounts: Accounts): Promise<Received> {
    const signature = readSignature(headers['x-hub-signature-256']);
    if (!signature) return { ok: false, reason: 'bad_signature' };
    const escaped = escapedForm(body);
    let secret: string | undefined;
    for await (const candidate of candidateSecrets(body, accounts)) {
      const branch = matchSignature(body, escaped, signature, candidate);
      if (!branch) continue;
      if (!seenBranches.has(branch)) log.info('messenger.signature_branch', { branch });
      seenBranches.add(branch);
      secret = candidate;
      break;
    }
    if (secret === undefined) return { ok: false, reason: 'bad_signature' };

    const envelope = parseWebhookJson(body);
    if (envelope === undefined) return { ok: false, reason: 'bad_json' };
    if (!isObject(envelope) || envelope.object !== 'page') return { ok: true, events: [] };
    return readEntries(listOf(envelope.entry), secret, accounts);
  }

  async function readEntries(entries: unknown[], secret: string, accounts: Accounts): Promise<Received> {
    const pages = new Map<string, ChannelAccount | undefined>();
    const events: InboundEvent[] = [];
    let unknownAccounts = 0;
    for (const entry of entries) {
      if (!isObject(entry)) continue;
      const pageId = textOf(entry.id) ?? '';
      if (!pages.has(pageId)) pages.set(pageId, await accounts.find('messenger', pageId));
      const account = pages.get(pageId);
      // Another app's secret must not speak for this page.
      if (account?.secrets.appSecret === secret) events.push(...readEntry(entry, account));
      else unknownAccounts += 1;
    }
    return unknownAccounts === 0 ? { ok: true, events } : { ok: true, events, unknownAccounts };
  }

  function readEntry(entry: JsonObject, account: ChannelAccount): InboundEvent[] {
    const entryTime = timeOf(entry.time, now());
    const scope = { pageId: account.externalId, appId: account.appId, entryTime };
    const events = [
      ...listOf(entry.messaging)
        .filter(isObject)
        .map((event) => readMessagingEvent(event, { ...scope, isStandby: false })),
      ...listOf(entry.standby)
        .filter(isObject)
        .map((event) => readMessagingEvent(event, { ...scope, isStandby: true })),
      ...listOf(entry.changes)
        .filter(isObject)
        .map((change) => readPageChange(change, { ...scope, isStandby: false }))
        .filter((event) => event !== null),
    ];
    for (const { kind, detail } of events) {
      if (kind !== 'policy') continue;
      const action = typeof detail?.action === 'string' ? detail.action.slice(0, 40) : null;
      log.error('messenger.policy', { communeId: account.communeId, accountId: account.id, action });
    }
    return events;
  }

  async function answerGet(query: Record<string, unknown>, { list }: Pick<Accounts, 'list'>) {
    const nested = isObject(query.hub) ? query.hub : {};
    // Some query parsers read the dot as nesting.
    const parameter = (name: string) => query[`hub.${name}`] ?? nested[name];
    const token = parameter('verify_token');
    const challenge = parameter('challenge');
    const refused = { status: 403, body: 'Forbidden' };
    if (parameter('mode') !== 'subscribe' || typeof token !== 'string') return refused;
    let isKnown = false;
    for (const { secrets } of await list('messenger')) {
      if (secrets.verifyToken !== undefined && isSameSecret(secrets.verifyToken, token)) isKnown = true;
    }
    // Only digits go back, so that the answer can never be read as HTML.
    if (!isKnown || typeof challenge !== 'string' || !/^\d{1,64}$/.test(challenge)) return refused;
    return { status: 200, body: challenge };
  }

  return { receive, answerGet };
}

/**
 * App secrets worth trying, likeliest first: those of pages whose id stands in the body, then the others. The body is
 * not trusted by this: it only decides the order, and a page is read only with its own secret.
 */
async function* candidateSecrets(body: Buffer, { find, list }: Accounts): AsyncGenerator<string> {
  const tried = new Set<string>();
  const pages = new Set<string>();
  for (const match of body.toString('latin1').matchAll(/"id"\s*:\s*"?(\d{1,32})/g)) {
    const id = match[1]!;
    if (pages.has(id)) continue;
    pages.add(id);
    if (pages.size > maxPagesTried || tried.size >= maxSecretsTried) break;
    // A page that cannot be read now has no secret to try; its events are refused later, when they are verified.
    const secret = (await find('messenger', id).catch(() => undefined))?.secrets.appSecret;
    if (secret === undefined || tried.has(secret)) continue;
    tried.add(secret);
    yield secret;
  }
  for (const { secrets } of await list('messenger')) {
    if (tried.size >= maxSecretsTried) return;
    if (tried.has(secrets.appSecret)) continue;
    tried.add(secrets.appSecret);
    yield secrets.appSecret;
  }
}
