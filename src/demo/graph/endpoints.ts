import { type App, inboxAppId, ownerOf, type Page, type Thread, webhookFields, windowMs } from './state.ts';
import { addUtilityTemplate } from './utility.ts';
import { GraphRefusal, isJson, type Json, proofOf } from './wire.ts';

/** What the endpoints need from the platform. */
export interface GraphHost {
  apps: Map<string, App>;
  pageOfToken(token: string): Page | undefined;
  now(): number;
  requiresProof: boolean;
  /** Conversations answers everybody, whoever was asked for. */
  ignoresUserId: boolean;
  send(page: Page, app: App, parameters: Json): Promise<Json>;
  verifyAddress(address: string, verifyToken: string): Promise<boolean>;
  controlChanged(page: Page, thread: Thread, toldAppId: string | null, key: string, change: Json): void;
}

interface Call {
  method: string;
  parameters: Json;
  page: Page;
  app: App;
}

const missing = () => new GraphRefusal(100, 33, 'Unsupported request. Object does not exist or is not visible');
const success = { success: true };
const textOf = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
const fieldsOf = (value: unknown) =>
  (Array.isArray(value) ? value.map(textOf) : textOf(value).split(',')).map((name) => name.trim()).filter(Boolean);

/** Finds and runs the endpoint behind `/{node}/{edge}`. @throws {GraphRefusal} */
export async function answerCall(
  host: GraphHost,
  method: string,
  path: string[],
  parameters: Json,
  token: string,
): Promise<Json> {
  const [node = '', edge = ''] = path.map(decodeURIComponent);
  if (token.includes('|')) return answerAppCall(host, method, node, edge, parameters, token);
  const { page, app } = authorise(host, parameters, token);
  const call: Call = { method, parameters, page, app };
  if (node === 'me' || node === page.id) return answerPageCall(host, call, edge);
  const thread = page.threads.get(node);
  if (!thread || edge !== '' || method !== 'GET') throw missing();
  if (!thread.hasProfile) return {};
  const [last = '', ...first] = thread.name.split(' ').reverse();
  return pick(
    { id: node, name: thread.name, first_name: last, last_name: first.reverse().join(' ') },
    parameters.fields,
  );
}

function authorise(host: GraphHost, parameters: Json, token: string): { page: Page; app: App } {
  const page = host.pageOfToken(token);
  const known = page?.tokens.get(token);
  if (!page || !known) throw new GraphRefusal(190, undefined, 'Invalid OAuth access token', 401);
  if (known.death !== null) throw new GraphRefusal(190, known.death, 'Error validating access token');
  const app = host.apps.get(known.appId)!;
  const proof = parameters.appsecret_proof;
  if (proof === undefined && host.requiresProof) {
    throw new GraphRefusal(100, undefined, 'API calls from the server require an appsecret_proof argument');
  }
  if (proof !== undefined && proof !== proofOf(token, app.secret)) {
    throw new GraphRefusal(100, undefined, 'Invalid appsecret_proof provided in the API argument');
  }
  return { page, app };
}

function pick(source: Json, fields: unknown): Json {
  const wanted = fieldsOf(fields);
  if (wanted.length === 0) return source;
  return Object.fromEntries(Object.entries(source).filter(([key]) => key === 'id' || wanted.includes(key)));
}

async function answerAppCall(
  host: GraphHost,
  method: string,
  node: string,
  edge: string,
  parameters: Json,
  token: string,
): Promise<Json> {
  const [appId = '', secret] = token.split('|');
  const app = host.apps.get(appId);
  if (!app || app.secret !== secret) throw new GraphRefusal(190, undefined, 'Invalid OAuth access token', 401);
  if (node === 'debug_token') {
    const input = textOf(parameters.input_token);
    const known = host.pageOfToken(input)?.tokens.get(input);
    const isValid = known !== undefined && known.death === null;
    return {
      data: { app_id: known?.appId, type: 'PAGE', is_valid: isValid, expires_at: 0, scopes: ['pages_messaging'] },
    };
  }
  if (node !== appId || edge !== 'subscriptions') throw missing();
  if (method === 'GET') {
    return { data: [{ object: 'page', callback_url: app.webhookUrl, active: true, fields: [...app.fields] }] };
  }
  const address = textOf(parameters.callback_url);
  const verifyToken = textOf(parameters.verify_token);
  const fields = knownFields(parameters.fields);
  if (!URL.canParse(address) || !(await host.verifyAddress(address, verifyToken))) {
    throw new GraphRefusal(2200, undefined, 'Callback verification failed');
  }
  app.webhookUrl = address;
  app.verifyToken = verifyToken;
  if (fields.length > 0) app.fields = new Set(fields);
  return success;
}

function knownFields(value: unknown): string[] {
  const fields = fieldsOf(value);
  const unknown = fields.find((field) => !webhookFields.some((known) => known === field));
  if (unknown) throw new GraphRefusal(100, undefined, `Param fields must be one of the known fields, not ${unknown}`);
  return fields;
}

async function answerPageCall(host: GraphHost, call: Call, edge: string): Promise<Json> {
  const { method, page, app, parameters } = call;
  switch (`${method} ${edge}`) {
    case 'GET ':
      return pick({ id: page.id, name: page.name, messaging_feature_status: { hop_v2: true } }, parameters.fields);
    case 'POST messages':
      return host.send(page, app, parameters);
    case 'POST message_templates':
      return addUtilityTemplate(page, parameters);
    case 'GET message_templates':
      return { data: [...page.templates.values()].map(({ text: _, ...shown }) => ({ ...shown, category: 'UTILITY' })) };
    case 'GET conversations':
      return listConversations(host, call);
    case 'POST message_attachments': {
      const id = String(host.now()) + String(page.attachments.size).padStart(4, '0');
      page.attachments.set(id, host.now());
      return { attachment_id: id };
    }
    case 'GET thread_owner': {
      const owner = page.threads.get(textOf(parameters.recipient));
      const appId = owner ? ownerOf(owner, host.now()) : null;
      return { data: appId === null ? [] : [{ thread_owner: { app_id: appId, expiration: owner?.owner?.until } }] };
    }
    default:
      if (edge === 'subscribed_apps') return answerSubscribedApps(call);
      if (edge === 'messenger_profile') return answerProfile(host, call);
      if (edge.endsWith('_thread_control') && method === 'POST') return changeControl(host, call, edge);
      throw missing();
  }
}

function answerSubscribedApps({ method, page, app, parameters }: Call): Json {
  if (method === 'DELETE') page.subscriptions.delete(app.id);
  if (method === 'POST') {
    const fields = knownFields(parameters.subscribed_fields);
    if (fields.length === 0) throw new GraphRefusal(100, undefined, 'subscribed_fields is required');
    page.subscriptions.set(app.id, new Set(fields));
  }
  if (method !== 'GET') return success;
  return {
    data: [...page.subscriptions].map(([id, fields]) => ({ id, name: `App ${id}`, subscribed_fields: [...fields] })),
  };
}

function answerProfile(host: GraphHost, { method, page, parameters }: Call): Json {
  const since = host.now() - 600_000;
  page.profileCalls = [...page.profileCalls.filter((at) => at > since), host.now()];
  if (page.profileCalls.length > 10)
    throw new GraphRefusal(613, undefined, 'Calls to this api have exceeded the limit');
  const { access_token: _token, appsecret_proof: _proof, fields, ...properties } = parameters;
  if (method === 'GET') return { data: [pick(page.profile, fields)] };
  if (method === 'POST') {
    const next: Json = { ...page.profile, ...properties };
    if (next.persistent_menu !== undefined && next.get_started === undefined) {
      throw new GraphRefusal(
        100,
        undefined,
        'You must set a Get Started button if you also wish to use persistent menu',
      );
    }
    page.profile = next;
  } else {
    for (const field of fieldsOf(fields)) delete page.profile[field];
  }
  return { result: 'success' };
}

function listConversations(host: GraphHost, { page, parameters }: Call): Json {
  const limit = Number(/messages\.limit\((\d+)\)/.exec(textOf(parameters.fields))?.[1] ?? 25);
  const psid = textOf(parameters.user_id);
  const isAsked = (thread: Thread) => psid === '' || host.ignoresUserId || thread.psid === psid;
  const newestAt = (thread: Thread) => thread.messages.at(-1)?.at.getTime() ?? 0;
  const threads = [...page.threads.values()]
    .filter((thread) => thread.messages.length > 0 && isAsked(thread))
    .sort((left, right) => newestAt(right) - newestAt(left));
  return {
    data: threads.slice(0, 25).map((thread) => ({
      id: `t_${thread.psid}`,
      participants: {
        data: [
          { name: thread.name, id: thread.psid },
          { name: page.name, id: page.id },
        ],
      },
      messages: {
        data: thread.messages
          .slice(-limit)
          .reverse()
          .map((message) => ({
            id: message.id,
            message: message.text,
            from: message.from === 'page' ? { name: page.name, id: page.id } : { name: thread.name, id: thread.psid },
            created_time: message.at.toISOString().replace(/\.\d+Z$/, '+0000'),
          })),
      },
    })),
  };
}

function changeControl(host: GraphHost, { page, app, parameters }: Call, edge: string): Json {
  const recipient = isJson(parameters.recipient) ? textOf(parameters.recipient.id) : '';
  const thread = page.threads.get(recipient);
  if (!thread) throw new GraphRefusal(100, 2018001, 'No matching user found');
  const metadata = textOf(parameters.metadata);
  const now = host.now();
  const owner = ownerOf(thread, now);
  const isOurs = owner === app.id || (owner === null && (page.defaultAppId ?? app.id) === app.id);
  switch (edge) {
    case 'pass_thread_control': {
      if (!isOurs) throw new GraphRefusal(100, 2534037, 'App is not the thread owner');
      const target = textOf(parameters.target_app_id) || inboxAppId;
      if (target !== inboxAppId && !host.apps.has(target)) throw new GraphRefusal(100, undefined, 'Unknown target app');
      thread.owner = { appId: target, until: now + windowMs };
      const change = { previous_owner_app_id: owner, new_owner_app_id: target, metadata };
      host.controlChanged(page, thread, target, edge, change);
      return success;
    }
    case 'take_thread_control':
      if (page.defaultAppId === null) throw new GraphRefusal(27, undefined, 'Thread control is not available');
      thread.owner = { appId: app.id, until: now + windowMs };
      host.controlChanged(page, thread, owner, edge, {
        previous_owner_app_id: owner,
        new_owner_app_id: app.id,
        metadata,
      });
      return success;
    case 'request_thread_control':
      host.controlChanged(page, thread, owner, edge, { requested_owner_app_id: app.id, metadata });
      return success;
    case 'release_thread_control':
      if (owner !== app.id) throw new GraphRefusal(100, 2534037, 'App is not the thread owner');
      thread.owner = null;
      return success;
    case 'extend_thread_control':
      if (owner !== app.id) throw new GraphRefusal(100, 2534037, 'App is not the thread owner');
      thread.owner = { appId: app.id, until: now + Math.min(Number(parameters.duration) || 0, 7 * 86_400) * 1_000 };
      return success;
    default:
      throw missing();
  }
}
