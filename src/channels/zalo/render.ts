import type { Button, OutboundCall, OutgoingMessage } from '../channel.ts';
import { codePoints, splitText } from '../split-text.ts';
import { zaloLimits } from './limits.ts';

/** Zalo refuses a message without text; shown above buttons that come alone. */
const TEXT_OF_BARE_BUTTONS = 'Mời chọn:';

/**
 * Shapes one bubble into messages for `/v3.0/oa/message/cs`. A picture goes first, the text follows in as many parts as it
 * needs, buttons stand under the last part. Buttons Zalo would refuse (too many, title or payload too long) become
 * numbered lines; the same lines are the fallback when Zalo refuses the buttons themselves. Reply buttons are numbered
 * by their place among the reply buttons, from 1. A file becomes a link in the text.
 */
export function renderForZalo(message: OutgoingMessage): OutboundCall[] {
  const buttons = (message.buttons ?? []).filter((button) => button.title.trim() || button.value.trim());
  const fileLine = message.file ? `${message.file.name}: ${message.file.url}` : '';
  const text = clean([message.text, fileLine].filter(Boolean).join('\n'));
  const picture = message.imageUrl ? [pictureCall(message.imageUrl)] : [];
  if (buttons.length === 0) return [...picture, ...splitText(text, zaloLimits.textLength).map(textCall)];

  const titled = buttons.map((button) => ({
    ...button,
    title: clean(button.title).replace(/\s+/g, ' ').trim() || button.value,
  }));
  const list = numbered(titled);
  const question = text.trim() || TEXT_OF_BARE_BUTTONS;
  if (!titled.every(fitsAButton) || titled.length > zaloLimits.maxButtons) {
    return [...picture, ...splitText(`${question}\n\n${list}`, zaloLimits.textLength).map(textCall)];
  }
  const parts = splitLeavingRoom(question, codePoints(list) + 2);
  const last = parts.pop()!;
  return [...picture, ...parts.map(textCall), buttonCall(last, titled, `${last}\n\n${list}`)];
}

const textCall = (text: string): OutboundCall => ({ kind: 'text', text, body: { text } });

function pictureCall(url: string): OutboundCall {
  const element = { media_type: 'image', url };
  return {
    kind: 'image',
    text: '',
    body: { attachment: { type: 'template', payload: { template_type: 'media', elements: [element] } } },
    fallbackBody: { text: url },
  };
}

function buttonCall(text: string, buttons: Button[], fallbackText: string): OutboundCall {
  const attachment = { type: 'template', payload: { buttons: buttons.map(platformButton) } };
  const fits = codePoints(fallbackText) <= zaloLimits.textLength;
  return {
    kind: 'text',
    text,
    body: { text, attachment },
    fallbackBody: { text: fits ? fallbackText : text },
  };
}

function platformButton({ kind, title, value }: Button): Record<string, unknown> {
  switch (kind) {
    case 'reply':
      return { title, type: 'oa.query.hide', payload: value };
    case 'url':
      return { title, type: 'oa.open.url', payload: { url: value } };
    case 'phone':
      return { title, type: 'oa.open.phone', payload: { phone_code: dialled(value) } };
  }
}

function fitsAButton({ kind, title, value }: Button): boolean {
  if (codePoints(title) > zaloLimits.buttonTitleLength) return false;
  if (kind === 'url') return /^https?:\/\//i.test(value);
  if (kind === 'phone') return dialled(value).length >= 4;
  return value !== '' && codePoints(value) <= zaloLimits.payloadLength;
}

/** `84…` for Vietnamese numbers; short numbers (1900…, 113) as they are. */
function dialled(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  if (phone.trim().startsWith('+')) return digits;
  return digits.startsWith('0') ? `84${digits.slice(1)}` : digits;
}

function numbered(buttons: Button[]): string {
  const choices = buttons.filter((button) => button.kind === 'reply');
  const others = buttons.filter((button) => button.kind !== 'reply');
  const lines = [
    ...choices.map((button, index) => `${index + 1}. ${button.title}`),
    ...others.map(({ title, value }) => (title.includes(value) ? title : `${title}: ${value}`)),
  ];
  if (choices.length > 1) {
    const numbers = choices.map((_, index) => index + 1);
    lines.push(`Trả lời số ${numbers.slice(0, 3).join(', ')}${numbers.length > 3 ? '…' : ''}`);
  } else if (choices.length === 1) lines.push('Trả lời số 1');
  return lines.join('\n');
}

/** Splits so that `room` code points stay free in the last part, unless that would leave almost nothing. */
function splitLeavingRoom(text: string, room: number): string[] {
  const parts = splitText(text, zaloLimits.textLength);
  const last = parts.pop()!;
  const limit = zaloLimits.textLength - room;
  return limit < 400 || codePoints(last) <= limit ? [...parts, last] : [...parts, ...splitText(last, limit)];
}

/** NFC keeps lengths honest; lone surrogates and U+0000 would be refused or stored wrongly. */
const clean = (text: string) => Buffer.from(text.normalize('NFC').replaceAll('\u0000', ''), 'utf8').toString('utf8');
