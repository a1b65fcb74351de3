import { createHmac } from 'node:crypto';
import type { PlatformClock } from './clock.ts';
import type { Directory } from './directory.ts';
import type { Reply, Request } from './http.ts';
import { newMessageId, type Person, type PhoneMessage, type PlatformOa } from './state.ts';
import { templateByUid } from './templates.ts';
import { type UploadKind, upload } from './upload.ts';
import { invalid, type Refusal, type ShownMessage, validateMessage } from './validate.ts';

const HOUR_MS = 3_600_000;
const FREE_MS = 48 * HOUR_MS;
const WINDOW_MS = 7 * 24 * HOUR_MS;
const MINUTE_MS = 60_000;
/** Third-party figure of a paid consultation message. */
const PRICE_VND = 55;

/** A message the platform has taken: the caller echoes it. */
export interface Accepted {
  oa: PlatformOa;
  person: Person | null;
  message: PhoneMessage;
  /** Website visitors have no person. */
  anonymous?: { anonymousId: string; conversationId: string };
  isTemplate?: boolean;
  /** Sent to a telephone number: the delivery is told with the tracking id. */
  delivery?: { phone: string; trackingId: string };
}

export interface OpenApiOptions {
  directory: Directory;
  clock: PlatformClock;
  requestsPerMinute: number;
  accept(accepted: Accepted): void;
}

const ok = (data: unknown): Reply => ({ status: 200, body: { data, error: 0, message: 'Success' } });
const no = ({ error, message }: Refusal): Reply => ({ status: 200, body: { error, message } });
type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const restrictions: Record<number, string> = {
  [-204]: 'Offical Account is disable',
  [-205]: 'Offical Account is not exist',
  [-209]: 'Not supported this api',
  [-212]: 'App has not registed this api',
  [-219]: 'App is removed or disabled',
  [-221]: 'The OA needs to be verified to use this feature',
  [-223]: 'Official Account has not authorized this API',
  [-224]: 'The OA needs to upgrade OA Tier Package to use this feature',
  [-235]: 'This API does not support this type of OA',
};

/** Routes of openapi.zalo.me. Application errors are HTTP 200 with a code. */
export function openApi(options: OpenApiOptions, request: Request): Reply {
  const { directory, clock, requestsPerMinute } = options;
  const token = request.headers.access_token;
  const oa = directory.oaByToken(typeof token === 'string' ? token : undefined);
  if (oa === 'invalid') return no({ error: -216, message: 'Access token is invalid' });
  if (oa === 'expired') return no({ error: -220, message: 'access_token is expired or removed' });
  const app = directory.app(oa.appId);
  if (app.checksSecretProof) {
    const proof = createHmac('sha256', app.appSecret).update(String(token)).digest('hex');
    if (request.headers.appsecret_proof !== proof) {
      return no({ error: -242, message: 'Invalid appsecret_proof provided in the API argument' });
    }
  }
  if (oa.restriction !== null)
    return no({ error: oa.restriction, message: restrictions[oa.restriction] ?? 'Restricted' });

  const minute = Math.floor(clock.now() / MINUTE_MS);
  if (app.rate.minute !== minute) app.rate = { minute, calls: 0 };
  app.rate.calls += 1;
  const headers = {
    'X-RateLimit-Limit': String(requestsPerMinute),
    'X-RateLimit-Remain': String(Math.max(0, requestsPerMinute - app.rate.calls)),
  };
  const isOverLimit = app.rate.calls > requestsPerMinute;
  const reply = isOverLimit
    ? no({ error: -32, message: 'Your application reached limit call api' })
    : route(options, oa, request);
  return { ...reply, headers };
}

function route(options: OpenApiOptions, oa: PlatformOa, request: Request): Reply {
  const now = options.clock.now();
  if (request.method === 'POST') {
    const uploadKind = /^\/v2\.0\/oa\/upload\/(image|gif|file)$/.exec(request.path)?.[1];
    if (uploadKind) return upload(uploadKind as UploadKind, oa, request, now);
    const body = parse(request.body.toString('utf8'));
    if (!body) return no(invalid('body'));
    switch (request.path) {
      case '/v3.0/oa/message/cs':
        return consultation(options, oa, body, now);
      case '/v3.0/oa/message/template':
        return templateByUid(options, oa, body);
      case '/v2.0/oa/message':
        return oldMessage(options, oa, body, now);
      case '/v3.0/oa/quota/message':
        return quota(oa, body);
    }
  } else {
    const data = request.query.has('data') ? parse(request.query.get('data') ?? '') : {};
    if (!data) return no(invalid('data'));
    switch (request.path) {
      case '/v2.0/oa/getoa':
        return officialAccount(oa);
      case '/v3.0/oa/user/detail':
        return userDetail(oa, data);
      case '/v2.0/oa/conversation':
        return conversation(oa, data);
      case '/v2.0/oa/listrecentchat':
        return recentChats(oa, data);
    }
  }
  return { status: 404, body: '<html><body>404 Not Found</body></html>' };
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function consultation(options: OpenApiOptions, oa: PlatformOa, body: Fields, now: number): Reply {
  const recipient = isFields(body.recipient) ? body.recipient : {};
  const userId = recipient.user_id;
  if (typeof userId !== 'string' || !/^\d{6,20}$/.test(userId)) return no(invalid('user_id'));
  const shown = validateMessage(body.message, oa, now);
  if ('error' in shown) return no(shown);
  const person = oa.people.get(userId);
  if (!person) return no(invalid('user_id'));
  if (person.refusal !== null) return no({ error: person.refusal, message: refusals[person.refusal] ?? 'Refused' });
  const price = priceOf(oa, person, now);
  if ('error' in price) return no(price);
  const message = phoneMessage(shown, now);
  options.accept({ oa, person, message });
  return ok({ message_id: message.id, user_id: userId, sent_time: String(now), ...price });
}

const refusals: Record<number, string> = {
  [-213]: 'User has not followed OA',
  [-217]: 'User has blocked invitation from OA',
  [-218]: 'Out of quota receive',
  [-227]: 'User is banned or has been inactive for more than 45 days',
  [-244]: 'User has restricted this message type from your OA',
  [-248]: 'Violates our platform standards',
};

/** The reply window, and who pays. */
function priceOf(oa: PlatformOa, person: Person, now: number): { quota?: { quota_type: string } } | Refusal {
  const age = person.lastInteraction === null ? Number.POSITIVE_INFINITY : now - person.lastInteraction;
  if (person.lastInteraction === null) {
    return { error: -232, message: 'User has not interacted with the OA, or the last interaction has expired' };
  }
  if (age > WINDOW_MS) return { error: -230, message: 'User has not interacted with the OA in the past 7 days' };
  if (age <= FREE_MS) return { quota: { quota_type: person.hasWritten ? 'reply' : 'welcome_msg' } };
  if (oa.packageLeft > 0) {
    oa.packageLeft -= 1;
    return { quota: { quota_type: 'sub_quota' } };
  }
  if (oa.walletVnd === null) return { error: -320, message: 'Your app needs to connect with Zalo Cloud Account' };
  if (oa.walletVnd < PRICE_VND)
    return { error: -321, message: 'Zalo Cloud Account is out of money or cannot be charged' };
  oa.walletVnd -= PRICE_VND;
  return {};
}

/** Version 2 remains for reactions and for visitors of the website. */
function oldMessage(options: OpenApiOptions, oa: PlatformOa, body: Fields, now: number): Reply {
  const recipient = isFields(body.recipient) ? body.recipient : {};
  const action = isFields(body.sender_action) ? body.sender_action : null;
  if (action) {
    const person = oa.people.get(String(recipient.user_id));
    const isKnown = person?.transcript.some((message) => message.id === action.react_message_id) ?? false;
    return isKnown
      ? ok({ message_id: newMessageId(), user_id: String(recipient.user_id) })
      : no(invalid('react_message_id'));
  }
  const { anonymous_id: anonymousId, conversation_id: conversationId } = recipient;
  if (typeof anonymousId !== 'string' || typeof conversationId !== 'string') {
    return no({ error: -240, message: 'MessageV2 API has been shut down, please switch to MessageV3' });
  }
  const shown = validateMessage(body.message, oa, now);
  if ('error' in shown) return no(shown);
  if (shown.buttons.length > 0) return no({ error: -233, message: 'message type is invalid or not support' });
  const message = phoneMessage(shown, now);
  options.accept({ oa, person: null, message, anonymous: { anonymousId, conversationId } });
  return ok({ message_id: message.id, anonymous_id: anonymousId, sent_time: String(now) });
}

const phoneMessage = (shown: ShownMessage, at: number): PhoneMessage => ({
  id: newMessageId(),
  from: 'oa',
  author: 'bot',
  ...shown,
  at,
  state: 'sent',
});

function quota(oa: PlatformOa, body: Fields): Reply {
  const person = oa.people.get(String(body.user_id));
  if (!person) return no(invalid('user_id'));
  return ok({ last_interaction: person.lastInteraction === null ? '' : String(person.lastInteraction) });
}

const officialAccount = (oa: PlatformOa) =>
  ok({
    oa_id: oa.oaId,
    name: oa.name,
    description: 'Trang chạy thử trên máy này',
    is_verified: true,
    oa_type: 4,
    cate_name: 'Cơ quan nhà nước',
    num_follower: [...oa.people.values()].filter((person) => person.isFollower).length,
    package_name: 'Nâng cao',
    linked_ZCA: oa.walletVnd === null ? '' : 'ZCA-1',
  });

function userDetail(oa: PlatformOa, data: Fields): Reply {
  const person = oa.people.get(String(data.user_id));
  if (!person) return no({ error: -213, message: 'User has not followed OA' });
  const last = person.lastInteraction === null ? '' : new Date(person.lastInteraction + 7 * HOUR_MS).toISOString();
  return ok({
    user_id: person.userId,
    user_id_by_app: person.userIdByApp,
    user_external_id: '',
    display_name: person.name,
    user_alias: '',
    is_sensitive: false,
    user_last_interaction_date: last && `${last.slice(8, 10)}/${last.slice(5, 7)}/${last.slice(0, 4)}`,
    user_is_follower: person.isFollower,
    avatar: '',
    tags_and_notes_info: { notes: [], tag_names: [] },
    shared_info: {
      address: '',
      city: '',
      district: '',
      phone: person.shared?.phone ?? '',
      name: person.shared?.name ?? '',
    },
  });
}

function page(data: Fields): { offset: number; count: number } | undefined {
  const offset = Number(data.offset ?? 0);
  const count = Number(data.count ?? 10);
  const isSound = Number.isInteger(offset) && offset >= 0 && Number.isInteger(count) && count >= 1 && count <= 10;
  return isSound ? { offset, count } : undefined;
}

function conversation(oa: PlatformOa, data: Fields): Reply {
  const range = page(data);
  if (!range) return no(invalid('count'));
  if (typeof data.user_id !== 'string') return no(invalid('user_id'));
  const person = oa.people.get(data.user_id);
  if (!person) return no(invalid('user_id'));
  const newestFirst = [...person.transcript].reverse().slice(range.offset, range.offset + range.count);
  return ok(newestFirst.map((message) => historyRow(oa, person, message)));
}

function recentChats(oa: PlatformOa, data: Fields): Reply {
  const range = page(data);
  if (!range) return no(invalid('count'));
  const rows = [...oa.people.values()]
    .flatMap((person) => person.transcript.slice(-1).map((message) => ({ person, message })))
    .sort((one, other) => other.message.at - one.message.at)
    .slice(range.offset, range.offset + range.count);
  return ok(rows.map(({ person, message }) => historyRow(oa, person, message)));
}

function historyRow(oa: PlatformOa, person: Person, message: PhoneMessage): Fields {
  const isFromCitizen = message.from === 'citizen';
  const [from, to] = isFromCitizen ? [person.userId, oa.oaId] : [oa.oaId, person.userId];
  const picture = message.attachments.find((attachment) => attachment.kind === 'image');
  return {
    src: isFromCitizen ? 1 : 0,
    time: message.at,
    type: picture ? 'photo' : message.attachments.length > 0 ? 'nosupport' : 'text',
    message: message.text,
    message_id: message.id,
    from_id: from,
    to_id: to,
    from_display_name: isFromCitizen ? person.name : oa.name,
    to_display_name: isFromCitizen ? oa.name : person.name,
    from_avatar: '',
    to_avatar: '',
    ...(picture?.url ? { url: picture.url } : {}),
  };
}
