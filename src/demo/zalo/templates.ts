import { createHmac } from 'node:crypto';
import type { PlatformClock } from './clock.ts';
import type { Directory } from './directory.ts';
import type { Reply, Request } from './http.ts';
import type { Accepted } from './openapi.ts';
import { newMessageId, type Person, type PlatformOa, type PlatformTemplate } from './state.ts';

type Fields = Record<string, unknown>;
type Faulty = { error: number; message: string };
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ok = (data: unknown): Reply => ({ status: 200, body: { error: 0, message: 'Success', data } });
const no = (error: number, message: string): Reply => ({ status: 200, body: { error, message } });
const isFaulty = (value: unknown): value is Faulty => isFields(value) && typeof value.error === 'number';

/** What both ways of sending ask of the template and its data. */
function fill(oa: PlatformOa, body: Fields): { template: PlatformTemplate; text: string } | Faulty {
  if (!oa.maySendTemplates) return { error: -135, message: 'OA does not have permission to send ZBS' };
  const template = typeof body.template_id === 'string' ? oa.templates.get(body.template_id) : undefined;
  if (!template) return { error: -109, message: 'Template ID is invalid' };
  if (template.status === 'pending') return { error: -131, message: 'ZBS template not approved' };
  if (template.status === 'disabled') return { error: -146, message: 'This ZBS template has been disabled' };
  if (!isFields(body.template_data)) return { error: -111, message: 'ZBS template data is empty' };
  const data = body.template_data;
  let text = template.text;
  for (const { name, maxLength } of template.parameters) {
    const value = data[name];
    if (typeof value !== 'string' || value.trim() === '') {
      return { error: -1122, message: `ZBS template data is missing parameter ${name}` };
    }
    if ([...value].length > maxLength) return { error: -1121, message: `parameter ${name} exceeds its limit` };
    text = text.replaceAll(`<${name}>`, value);
  }
  const strange = Object.keys(data).find((name) => !template.parameters.some((one) => one.name === name));
  if (strange) return { error: -112, message: `parameter ${strange} is not defined` };
  return { template, text };
}

function deliver(
  oa: PlatformOa,
  person: Person | null,
  text: string,
  at: number,
  accept: (accepted: Accepted) => void,
  delivery?: Accepted['delivery'],
): string {
  const id = newMessageId();
  accept({
    oa,
    person,
    message: { id, from: 'oa', author: 'bot', text, buttons: [], attachments: [], at, state: 'sent' },
    isTemplate: true,
    ...(delivery ? { delivery } : {}),
  });
  return id;
}

/** `POST /v3.0/oa/message/template`: to a person by the OA's user id, window or not. */
export function templateByUid(
  { clock, accept }: { clock: PlatformClock; accept(accepted: Accepted): void },
  oa: PlatformOa,
  body: Fields,
): Reply {
  const person = typeof body.user_id === 'string' ? oa.people.get(body.user_id) : undefined;
  if (!person) return no(-201, 'user_id is invalid!');
  const filled = fill(oa, body);
  if (isFaulty(filled)) return no(filled.error, filled.message);
  const { template, text } = filled;
  if (!template.allowsUid) return no(-249, 'Template does not support send via UID');
  if (template.isTest && !oa.testers.has(person.userId)) return no(-127, 'Test template can only be sent to admin');
  if (person.refusal !== null) return no(person.refusal, 'User has restricted this message type from your OA');
  if (oa.walletVnd === null) return no(-320, 'Your app needs to connect with Zalo Cloud Account');
  if (oa.walletVnd < template.priceUid) return no(-321, 'Zalo Cloud Account is out of money or cannot be charged');
  oa.walletVnd -= template.priceUid;
  const id = deliver(oa, person, text, clock.now(), accept);
  return ok({
    message_id: id,
    user_id: person.userId,
    sent_time: String(clock.now()),
    quota: { quota_type: 'template' },
  });
}

/** Routes of business.openapi.zalo.me: template messages by telephone number, with a table of errors of its own. */
export function businessApi(
  { directory, clock, accept }: { directory: Directory; clock: PlatformClock; accept(accepted: Accepted): void },
  request: Request,
): Reply {
  const token = request.headers.access_token;
  const oa = directory.oaByToken(typeof token === 'string' ? token : undefined);
  if (typeof oa === 'string') return no(-124, 'Access token is invalid');
  const app = directory.app(oa.appId);
  if (app.checksSecretProof) {
    const proof = createHmac('sha256', app.appSecret).update(String(token)).digest('hex');
    if (request.headers.appsecret_proof !== proof) return no(-1241, 'Invalid appsecret_proof');
  }
  if (request.method !== 'POST') return no(-106, 'Method is unsupported');
  const body = parse(request.body.toString('utf8'));
  if (!body) return no(-122, 'Body is not a valid JSON');
  if (!oa.maySendByPhone) return no(-138, 'App does not have permission to use this feature');
  const { phone, tracking_id: trackingId, mode } = body;
  if (typeof phone !== 'string' || !/^\+?84\d{9,10}$/.test(phone)) return no(-108, 'Phone number is invalid');
  if (typeof trackingId !== 'string' || trackingId === '' || trackingId.length > 48) {
    return no(-132, 'Parameter tracking_id is invalid');
  }
  const filled = fill(oa, body);
  if (isFaulty(filled)) return no(filled.error, filled.message);
  const { template, text } = filled;
  const person = [...oa.people.values()].find((one) => samePhone(one.shared?.phone, phone)) ?? null;
  const isTester = person !== null && oa.testers.has(person.userId);
  if ((template.isTest || mode === 'development') && !isTester)
    return no(-127, 'Test template can only be sent to admin');
  if (oa.phonesWithoutZalo.has(phone)) return no(-118, 'Zalo account not existed');
  if (person?.refusal) return no(-139, 'User has refused to receive this type of ZBS');
  if (oa.walletVnd === null) return no(-136, 'ZBS account is not connected');
  if (oa.walletVnd < template.pricePhone) return no(-115, 'Out of quota');
  oa.walletVnd -= template.pricePhone;
  const at = clock.now();
  const id = deliver(oa, person, text, at, accept, { phone, trackingId });
  return ok({
    msg_id: id,
    sent_time: String(at),
    sending_mode: '1',
    quota: { dailyQuota: '500', remainingQuota: '499' },
  });
}

const samePhone = (shared: string | undefined, phone: string) =>
  shared !== undefined && shared.replace(/\D/g, '').replace(/^0/, '84') === phone.replace(/\D/g, '');

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
