import type { GraphPlatform } from '../graph-platform.ts';
import type { ZaloPlatform } from '../zalo-platform.ts';
import { type Bubble, type Device, fromGraph, fromZalo } from './bubble.ts';

export const SAMPLES = ['image', 'audio', 'location', 'sticker'] as const;
export type Sample = (typeof SAMPLES)[number];

export type PersonDoes = { text: string } | { button: { messageId: string; index: number } } | { attachment: Sample };

/** One of the two phones of the page: what its person and the office's staff do on the platform. */
export interface Phone {
  readonly device: Device;
  /** OA id or page id. */
  readonly account: string;
  /**
   * Resolves when the platform has its answer to the webhook, or gave up for now.
   * @returns the message's id; null when nothing was sent (a link)
   * @throws {NoSuchButton}
   */
  send(person: string, act: PersonDoes): Promise<string | null>;
  /** Follows the OA, or presses Get Started. */
  start(person: string): Promise<void>;
  /** An officer answers in the platform's own inbox. */
  staff(person: string, text: string): Promise<string>;
  /** Oldest first. */
  transcript(person: string): Bubble[];
}

/** The phone no longer shows that button. */
export class NoSuchButton extends Error {}

export interface PhoneDeps {
  zalo: ZaloPlatform;
  graph: GraphPlatform;
  oaId: string;
  pageId: string;
  /** Where the platforms fetch the sample picture and sound: known once the service listens. */
  origin: () => string;
}

// Hồ Gươm: a place everybody knows, nobody's home.
const PLACE = { latitude: 21.02851, longitude: 105.85222 };
const FILES: Partial<Record<Sample, string>> = {
  image: 'giay-hen-mau.jpg',
  audio: 'ghi-am-mau.wav',
  sticker: 'ngon-tay-cai.svg',
};
/** The thumb beside Messenger's text field. */
const LIKE_STICKER = 369239263222822;

export function createPhones(deps: PhoneDeps): Record<Device, Phone> {
  return { zalo: zaloPhone(deps), messenger: graphPhone(deps) };
}

const sampleUrl = (origin: string, sample: Sample) => `${origin}/demo/assets/${FILES[sample]}`;

function zaloPhone({ zalo, oaId, origin }: PhoneDeps): Phone {
  const attachment = (sample: Sample) => {
    if (sample === 'location') return { type: sample, payload: { coordinates: PLACE } };
    const url = sampleUrl(origin(), sample);
    return { type: sample, payload: sample === 'sticker' ? { id: '1', url } : { url, thumbnail: url } };
  };
  return {
    device: 'zalo',
    account: oaId,
    async send(person, act) {
      if ('attachment' in act) {
        return (await zalo.personSends(oaId, person, { attachment: attachment(act.attachment) })).messageId;
      }
      if ('text' in act) return (await zalo.personSends(oaId, person, { text: act.text })).messageId;
      const { messageId, index } = act.button;
      const shown = zalo.transcript(oaId, person).find(({ id }) => id === messageId);
      if (!shown?.buttons[index]) throw new NoSuchButton();
      return (await zalo.personSends(oaId, person, { button: index, messageId })).messageId;
    },
    start: (person) => zalo.follow(oaId, person),
    staff: (person, text) => zalo.staffWrites(oaId, person, text),
    transcript(person) {
      const messages = zalo.transcript(oaId, person);
      return messages.map((message) => fromZalo(message, messages));
    },
  };
}

function graphPhone({ graph, pageId, origin }: PhoneDeps): Phone {
  const attachment = (sample: Sample) => {
    if (sample === 'location') {
      return { type: sample, payload: { coordinates: { lat: PLACE.latitude, long: PLACE.longitude } } };
    }
    const url = sampleUrl(origin(), sample);
    if (sample === 'sticker') return { type: 'image', payload: { url, sticker_id: LIKE_STICKER } };
    return { type: sample, payload: { url } };
  };
  return {
    device: 'messenger',
    account: pageId,
    async send(person, act) {
      if ('attachment' in act) return graph.personSends(pageId, person, { attachment: attachment(act.attachment) });
      if ('text' in act) return graph.personSends(pageId, person, { text: act.text });
      const { messageId, index } = act.button;
      const transcript = graph.transcript(pageId, person);
      const shown = transcript.find(({ id }) => id === messageId);
      const button = shown?.buttons[index];
      if (!shown || !button) throw new NoSuchButton();
      if (button.kind === 'url' || button.kind === 'phone') return null;
      const isNewest = transcript.at(-1) === shown;
      return graph.personSends(pageId, person, { tap: isNewest ? index : button.title });
    },
    start: (person) => graph.getStarted(pageId, person),
    staff: (person, text) => graph.staffWrites(pageId, person, text),
    transcript: (person) => graph.transcript(pageId, person).map(fromGraph),
  };
}
