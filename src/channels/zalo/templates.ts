import {
  type CarrierName,
  ChannelSendError,
  type MessageTemplate,
  type OutboundCall,
  type SendErrorCode,
  type TemplateCarrier,
} from '../channel.ts';

/** Longest value of one gap that Zalo accepts in any template; most allow less. */
const MAX_VALUE = 200;

const faultsOf = ({ templateId, parameters }: MessageTemplate) => [
  ...(/^\d{3,20}$/.test(templateId) ? [] : ['a ZBS template id is a number']),
  ...parameters
    .filter(({ name }) => !/^\w{1,40}$/.test(name))
    .map(({ name }) => `parameter "${name}": a name holds only letters, digits and "_"`),
  ...parameters
    .filter(({ maxLength }) => maxLength > MAX_VALUE)
    .map(({ name }) => `parameter "${name}": Zalo takes at most ${MAX_VALUE} characters`),
];

/** ZBS templates: by user id they cost less and need no telephone number, so they come first. */
export const zaloTemplateCarriers: readonly TemplateCarrier[] = [
  { name: 'template_uid', needsPhone: false, faultsOf },
  { name: 'template_phone', needsPhone: true, faultsOf },
];

export function renderZaloTemplate(
  template: MessageTemplate,
  values: Record<string, string>,
  text: string,
): OutboundCall {
  const data = Object.fromEntries(template.parameters.map(({ name }) => [name, values[name]]));
  return {
    kind: 'template',
    carrier: template.carrier,
    text,
    body: { template_id: template.templateId, template_data: data },
  };
}

/** @throws {ChannelSendError} when the call cannot be addressed */
export function templateRequest(
  { carrier, body }: OutboundCall,
  to: { userId: string | undefined; phone: string | undefined; reference: string },
  urls: { openapiUrl: string; businessUrl: string },
): { url: string; data: Record<string, unknown> } {
  const missing = (what: string) => new ChannelSendError('recipient_unavailable', `${what} is not known`);
  if (carrier === ('template_phone' satisfies CarrierName)) {
    if (!to.phone) throw missing('the telephone number');
    // The delivery event repeats the tracking id: at most 48 characters.
    const data = { phone: to.phone, ...body, tracking_id: to.reference.slice(0, 48), sending_mode: '1' };
    return { url: `${urls.businessUrl}/message/template`, data };
  }
  if (!to.userId) throw missing('the user id');
  return { url: `${urls.openapiUrl}/v3.0/oa/message/template`, data: { user_id: to.userId, ...body } };
}

const UNREACHABLE = new Set([
  ...[-108, -114, -118, -119, -139, -140, -141, -1351],
  ...[-213, -217, -218, -227, -230, -232, -244, -248],
]);
const ACCOUNT = new Set([
  ...[-101, -102, -103, -104, -105, -115, -117, -120, -125, -126, -135, -136, -137, -138, -1241],
  ...[-204, -205, -209, -211, -212, -219, -221, -223, -224, -235, -242, -320, -321],
]);
const LIMITS = new Set([-144, -147, -1441, -1471, -1472]);

/**
 * What a refusal of a template means: codes of the ZBS table (from −100 on, other than those of the OA), and by user id
 * those of the OA (from −200 on). None is tried again and none stops the account: a template that waits would stand in
 * front of the assistant's own answers, and another carrier may be open.
 * @see "Mã lỗi" of ZBS Template Message
 */
export function templateRefusal(code: number): ChannelSendError {
  const [kind, message]: [SendErrorCode, string] = UNREACHABLE.has(code)
    ? ['recipient_unavailable', 'this person cannot receive the template']
    : ACCOUNT.has(code)
      ? ['account_restricted', 'ZBS account, package, money or permission must be put right']
      : LIMITS.has(code)
        ? ['rate_limited', 'the limit of template messages is reached']
        : ['rejected', 'the template or its data'];
  return new ChannelSendError(kind, `Zalo refused: ${message} (${code})`, { platformCode: String(code) });
}
