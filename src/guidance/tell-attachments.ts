import type { OutgoingMessage } from '../channels/channel.ts';
import { bare, tokens } from '../procedures/words.ts';
import type { ReceivedAttachment } from './attachments.ts';
import type { Answer, Question } from './guidance.ts';
import { redact } from './redact.ts';
import { heardLine, unreadNote } from './say-attachments.ts';

const MOST_BUBBLES = 5;
const LONGEST_QUOTE = 300;
const LONGEST_BUBBLE = 1_800;

/** A thumb where words are wanted means yes. */
const YES = 'ok';
const LABEL = new Set(
  'anh hinh day nay ne cua em toi minh chau con gui a nha nhe xem giup voi cccd can cuoc cong dan cmnd chung minh thu giay hen bien nhan mat truoc sau va'.split(
    ' ',
  ),
);
const LONGEST_LABEL = 6;

/** The question as words alone, as far as there are any: what was heard stands in its text already. */
export function wordsOf(question: Question): Question {
  const { attachments = [], text, ...rest } = question;
  if (attachments.length === 0) return question;
  if (text.trim() === '') return isThumb(attachments) && question.memory?.greeted ? { ...rest, text: YES } : question;
  return isLabel(text, attachments) ? { ...rest, text: '', attachments } : { ...rest, text };
}

/** Puts around an answer what there is to say about the attachments it came with. */
export function tellAttachments(question: Question, answer: Answer): Answer {
  const { attachments = [], now, isWaitingForOfficer } = question;
  const { messages } = answer;
  const isSilent = messages.length === 0 || (isWaitingForOfficer && answer.outcome === 'handed_off');
  const words = attachments
    .flatMap(({ kind, read }) => (kind === 'audio' && read && 'words' in read ? [read.words] : []))
    .join(' ');
  if (attachments.length === 0 || isSilent) return answer;
  const quote = words === '' ? null : heardLine(shown(words, now));
  // without words the answer is about the attachment itself
  const note = wordsOf(question).text.trim() === '' ? null : unreadNote(attachments);
  let told = note ? addLine(messages, note) : messages;
  // who is in danger reads the number first
  if (quote && answer.handOff?.reason === 'emergency') told = addLine(told, quote);
  else if (quote && told.length < MOST_BUBBLES) told = [{ text: quote }, ...told];
  else if (quote) told = [{ ...told[0]!, text: `${quote}\n${told[0]!.text}` }, ...told.slice(1)];
  return { ...answer, messages: told };
}

function addLine(messages: OutgoingMessage[], line: string): OutgoingMessage[] {
  const last = messages.at(-1)!;
  if (last.text.length + line.length > LONGEST_BUBBLE) return messages;
  return [...messages.slice(0, -1), { ...last, text: `${last.text}\n${line}` }];
}

const isThumb = (attachments: ReceivedAttachment[]) =>
  attachments.every(({ kind, text }) => kind === 'sticker' && text === '👍');

/** "ảnh cccd của em": the name of what was sent, no question. */
function isLabel(text: string, attachments: ReceivedAttachment[]): boolean {
  if (!attachments.some(({ kind, read }) => kind === 'image' && !read)) return false;
  const words = tokens(text).map(bare);
  return words.length <= LONGEST_LABEL && words.every((word) => LABEL.has(word));
}

const HIDDEN_KINDS = /⟦(?:SDT|ID|TK|SO|EMAIL|BIEN)\d+⟧/g;

/** The words said, cut, without the numbers of which the answer says that they were hidden. */
function shown(words: string, now: Date): string {
  const { text, restore } = redact(words, now);
  const whole = restore(text.replace(HIDDEN_KINDS, '(đã ẩn)'));
  return whole.length > LONGEST_QUOTE ? `${whole.slice(0, LONGEST_QUOTE).replace(/\s+\S*$/, '')} …` : whole;
}
