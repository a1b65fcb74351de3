import type { CitizenInput } from './activity.ts';
import type { ReadEvent } from './attachments.ts';

export type Step =
  /** The citizen said or pressed something: one question, one answer. */
  | { kind: 'question'; events: ReadEvent[]; input: CitizenInput; sharedPhone?: string }
  /** Somebody else spoke, or something is only to be noted. */
  | { kind: 'note'; event: ReadEvent };

/** A procedure's QR code at the service desk: `https://m.me/<page>?ref=TTHC_1.001193`. */
const PROCEDURE_REF = /^TTHC[_-](\d\.\d{6})$/;
const TEXT_MAX = 4_000;

/** Waiting events as questions and notes: bubbles of the citizen that follow each other are one question. */
export function toSteps(events: ReadEvent[]): Step[] {
  const steps: Step[] = [];
  for (const event of withEdits(events)) {
    const last = steps.at(-1);
    const sharedPhone = phoneOf(event);
    if (event.kind === 'message') {
      const isOpen = last?.kind === 'question' && last.sharedPhone === undefined;
      if (isOpen && last.input.payload === undefined && !last.input.isStart) {
        last.events.push(event);
        last.input = merge(last.input, event);
      } else {
        steps.push({ kind: 'question', events: [event], input: merge(null, event) });
      }
    } else if (sharedPhone !== null) {
      steps.push({ kind: 'question', events: [event], input: { text: '', occurredAt: event.occurredAt }, sharedPhone });
    } else if (event.kind === 'postback' || event.kind === 'start' || event.kind === 'referral') {
      steps.push({ kind: 'question', events: [event], input: pressed(event) });
    } else {
      steps.push({ kind: 'note', event });
    }
  }
  // Who opens the chat and asks at once wants the answer, not a greeting before it.
  return steps.map((step, index) => {
    const isOpening = step.kind === 'question' && step.input.isStart && steps.slice(index + 1).some(isQuestion);
    return isOpening ? { kind: 'note', event: step.events[0]! } : step;
  });
}

/** The number of the platform's own share; a card that was sent is an attachment, and may be anybody's. */
function phoneOf({ kind, detail }: ReadEvent): string | null {
  return kind === 'contact' && typeof detail?.phone === 'string' ? detail.phone : null;
}

const isQuestion = (step: Step) => step.kind === 'question';

function merge(input: CitizenInput | null, event: ReadEvent): CitizenInput {
  const text = [input?.text, event.text].filter(Boolean).join('\n').slice(0, TEXT_MAX);
  const attachments = [...(input?.attachments ?? []), ...(event.attachments ?? [])];
  return { text, ...(attachments.length > 0 ? { attachments } : {}), occurredAt: event.occurredAt };
}

function pressed(event: ReadEvent): CitizenInput {
  const ref = event.detail?.ref;
  const code = typeof ref === 'string' ? PROCEDURE_REF.exec(ref)?.[1] : undefined;
  if (code) return { text: '', payload: `hx:ask:${code}:overview`, occurredAt: event.occurredAt };
  if (event.kind !== 'postback') return { text: '', isStart: true, occurredAt: event.occurredAt };
  return { text: event.text ?? '', payload: event.payload ?? '', occurredAt: event.occurredAt };
}

/** A message edited while it still waits is read as edited; a later edit is only noted. */
function withEdits(events: ReadEvent[]): ReadEvent[] {
  const edits = new Map(events.filter(({ kind }) => kind === 'edit').map((event) => [event.messageId, event.text]));
  return events.map((event) => {
    const text = event.kind === 'message' && event.messageId ? edits.get(event.messageId) : undefined;
    return text === undefined ? event : { ...event, text };
  });
}
