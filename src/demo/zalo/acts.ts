import { newMessageId, type PhoneAttachment, type PhoneButton, type PhoneMessage } from './state.ts';

/** What a person does on the phone. */
export type PersonAct =
  | { text: string; quoteId?: string }
  /** Number (from 0) or title of a button under the newest message with buttons, or under `messageId`. */
  | { button: number | string; messageId?: string }
  /** `type` as in the platform's events: image, gif, audio, video, sticker, file, link, location. */
  | { attachment: { type: string; payload: Record<string, unknown> }; text?: string }
  | { businessCard: { name: string; phone: string } };

/** What an act puts on the phone and, when it is sent to the OA, into the event. */
export interface ActResult {
  message?: PhoneMessage;
  event?: { name: string; message: Record<string, unknown> };
  /** A button that opens a page or dials does not reach the OA. */
  opened?: string;
}

/** @throws {Error} when the phone shows no such button */
export function perform(act: PersonAct, transcript: PhoneMessage[], at: number): ActResult {
  if ('text' in act && act.text !== undefined && !('attachment' in act)) return say(act.text, at, act.quoteId);
  if ('button' in act) return press(findButton(act, transcript), at);
  if ('businessCard' in act) {
    const { name, phone } = act.businessCard;
    const payload = { thumbnail: '', url: '', description: JSON.stringify({ phone, qrCodeUrl: 'https://zalo.me/qr' }) };
    return show('user_send_business_card', { text: name, attachments: [{ type: 'link', payload }] }, at, name, [
      { kind: 'contact', name },
    ]);
  }
  if (!('attachment' in act)) throw new Error('unknown act');
  const { type, payload } = act.attachment;
  const shown: PhoneAttachment = {
    kind: type,
    ...(typeof payload.url === 'string' ? { url: payload.url } : {}),
    ...(typeof payload.name === 'string' ? { name: payload.name } : {}),
  };
  const text = act.text ? { text: act.text } : {};
  return show(`user_send_${type}`, { ...text, attachments: [{ type, payload }] }, at, act.text ?? '', [shown]);
}

function findButton(
  { button, messageId }: { button: number | string; messageId?: string },
  transcript: PhoneMessage[],
) {
  const message = transcript.findLast((one) => (messageId ? one.id === messageId : one.buttons.length > 0));
  const found = message?.buttons.find((one, index) =>
    typeof button === 'number' ? index === button : one.title === button,
  );
  if (!found) throw new Error(`the phone shows no button ${button}`);
  return found;
}

function press({ type, payload }: PhoneButton, at: number): ActResult {
  if (typeof payload === 'string') return say(payload, at, undefined, type === 'oa.query.hide');
  return { opened: String(payload.url ?? `tel:${String(payload.phone_code)}`) };
}

function say(text: string, at: number, quoteId?: string, isHidden = false): ActResult {
  const quote = quoteId ? { quote_msg_id: quoteId } : {};
  const result = show('user_send_text', { text, ...quote }, at, text, []);
  if (result.message) Object.assign(result.message, quoteId ? { quoteId } : {}, isHidden ? { isHidden } : {});
  return result;
}

function show(
  name: string,
  fields: Record<string, unknown>,
  at: number,
  text: string,
  attachments: PhoneAttachment[],
): ActResult {
  const id = newMessageId();
  return {
    message: { id, from: 'citizen', text, buttons: [], attachments, at, state: 'sent' },
    event: { name, message: { ...fields, msg_id: id } },
  };
}
