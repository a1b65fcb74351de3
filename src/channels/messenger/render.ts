import type { Button, OutboundCall, OutgoingMessage } from '../channel.ts';
import { codePoints, shorten, splitText } from '../split-text.ts';

const textUnits = 1_900; // Meta says 2,000 "characters" without saying which kind
const templateTextLength = 640;
const maxTemplateButtons = 3;
export const maxQuickReplies = 13;
export const titleLength = 20;
export const payloadLength = 1_000;

/** Says what the row of link buttons is for when the answer itself did not fit above them. */
const pressHere = 'Mời bấm nút bên dưới:';
/** Quick replies need a message to hang on. */
const textOfBareReplies = 'Mời chọn:';

type Body = Record<string, unknown>;

/**
 * Attachments first (they carry no text), then the text in parts, then at most one button template. Quick replies sit
 * on the very last call because Messenger removes them as soon as anything newer is sent.
 */
export function renderMessage(message: OutgoingMessage): OutboundCall[] {
  const buttons = (message.buttons ?? []).map((button) => ({ ...button, title: storableText(button.title) }));
  const named = buttons.filter(({ title, value }) => title !== '' && value !== '');
  const replies = named.filter(({ kind }) => kind === 'reply');
  const links = named.filter(({ kind }) => kind !== 'reply');
  const onTemplate = links.filter(fitsButton).slice(0, maxTemplateButtons);

  const mustNumber =
    replies.length > maxQuickReplies ||
    replies.some(({ title, value }) => codePoints(title) > titleLength || codePoints(value) > payloadLength);
  const lines = [
    ...onTemplate.filter(({ title }) => codePoints(title) > titleLength).map(({ title }) => `• ${title}`),
    ...links.filter((link) => !onTemplate.includes(link)).map(linkLine),
    ...(mustNumber ? replies.map(numbered) : []),
  ];
  const quickReplies = toQuickReplies(replies, mustNumber);
  const hasContent = message.text.trim() !== '' || message.imageUrl !== undefined || message.file !== undefined;
  const question = hasContent || replies.length === 0 ? storableText(message.text) : textOfBareReplies;
  const text = joined(question, lines);

  const calls = [...attachmentCalls(message)];
  const fitsTemplate = codePoints(text) <= templateTextLength && text !== '';
  const parts = onTemplate.length > 0 && fitsTemplate ? [] : splitForMessenger(text);
  calls.push(...parts.map((part): OutboundCall => ({ kind: 'text', text: part, body: { text: part } })));
  if (onTemplate.length > 0) {
    const shown = fitsTemplate ? text : pressHere;
    const plain = fitting(joined(shown, onTemplate.map(linkLine)));
    calls.push({ kind: 'text', text: shown, body: template(shown, onTemplate), fallbackBody: { text: plain } });
  }
  const last = calls.at(-1);
  if (!last || quickReplies.length === 0) return calls;
  const plain = plainText(last);
  const withTitles = mustNumber ? plain : joined(plain, replies.map(numbered));
  return [
    ...calls.slice(0, -1),
    { ...last, body: { ...last.body, quick_replies: quickReplies }, fallbackBody: { text: fitting(withTitles) } },
  ];
}

/** What Meta would refuse as a button is still of use as a line of text. */
const fitsButton = ({ kind, value }: Button) =>
  kind === 'url' ? /^https?:\/\/\S+$/.test(value) : /^\+\d{5,15}$/.test(value);
const storableText = (text: string) =>
  text
    .normalize('NFC')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .trim();
const numbered = ({ title }: Button, index: number) => `${index + 1}. ${title}`;
/** "Gọi 113" says its number already. */
const linkLine = ({ title, value }: Button) => (title.includes(value) ? title : `${title}: ${value}`);
const joined = (text: string, lines: string[]) =>
  lines.length === 0 ? text : [text, lines.join('\n')].filter((part) => part !== '').join('\n\n');
const fitting = (text: string) => (text.length <= textUnits ? text : splitForMessenger(text)[0]!);
const plainText = ({ body, fallbackBody, text }: OutboundCall) =>
  typeof fallbackBody?.text === 'string' ? fallbackBody.text : typeof body.text === 'string' ? body.text : text;

/** Within the limit in code points and in UTF-16 units, since nobody says which one Meta counts. */
function splitForMessenger(text: string): string[] {
  return splitText(text, textUnits).flatMap((part) =>
    part.length <= textUnits
      ? [part]
      : splitForMessengerAt(part, Math.floor((codePoints(part) * textUnits) / part.length)),
  );
}

function splitForMessengerAt(text: string, limit: number): string[] {
  return splitText(text, limit).flatMap((part) =>
    part.length <= textUnits ? [part] : splitForMessengerAt(part, Math.floor(limit * 0.8)),
  );
}

function toQuickReplies(replies: Button[], areNumbered: boolean): Body[] {
  return replies
    .map((button, index) => ({
      content_type: 'text',
      title: shorten(areNumbered ? numbered(button, index) : button.title, titleLength),
      payload: button.value,
    }))
    .filter(({ payload }) => codePoints(payload) <= payloadLength)
    .slice(0, maxQuickReplies);
}

function template(text: string, links: Button[]): Body {
  const buttons = links.map(({ kind, title, value }) => {
    const label = shorten(title, titleLength);
    return kind === 'url'
      ? { type: 'web_url', title: label, url: value, webview_share_button: 'hide' }
      : { type: 'phone_number', title: label, payload: value };
  });
  return { attachment: { type: 'template', payload: { template_type: 'button', text, buttons } } };
}

/**
 * By public address and without `is_reusable`: Meta fetches it once. The fallback is the bare link. No text, as in the
 * platform's own history.
 */
function attachmentCalls({ imageUrl, file }: OutgoingMessage): OutboundCall[] {
  const calls: OutboundCall[] = [];
  const body = (type: string, url: string) => ({ attachment: { type, payload: { url } } });
  if (imageUrl) {
    calls.push({ kind: 'image', text: '', body: body('image', imageUrl), fallbackBody: { text: imageUrl } });
  }
  if (file) {
    const text = fitting(`${storableText(file.name)}: ${file.url}`);
    calls.push({ kind: 'file', text: '', body: body('file', file.url), fallbackBody: { text } });
  }
  return calls;
}
