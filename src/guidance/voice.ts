import { MediaError } from '../channels/media.ts';
import type { Log } from '../log.ts';
import type { AttachmentRead, ReadAttachment, Unread } from './attachments.ts';
import { AUDIO_TYPES, type AudioFormat, inspectAudio } from './audio.ts';
import type { Model } from './llm.ts';
import { createLanes } from './model-limits.ts';
import type { ModelMetrics } from './model-metrics.ts';
import { wordsHeard } from './voice-words.ts';

export interface VoiceOptions {
  model: Pick<Model, 'transcribe'>;
  /** Name of the model that listens, for the record. */
  by: string;
  /** What the endpoint is said to take; what it then refuses is not sent for an hour. */
  formats: readonly AudioFormat[];
  /** For fetching the recording; listening has the model's own. */
  fetchTimeoutMs?: number;
  maxSeconds?: number;
  maxBytes?: number;
  /** Recordings held at once, in all and of one commune. */
  lanes?: { inAll?: number; perCommune?: number };
  log: Log;
  metrics?: Pick<ModelMetrics, 'voiceNotes'>;
  now?: () => number;
}

const HOUR_MS = 3_600_000;

/**
 * Listens to voice notes: fetched, looked at, transcribed, forgotten. A recording leaves as it is, for nothing in it can
 * be hidden: whoever configures an endpoint chooses who hears it.
 */
export function createVoiceReader(options: VoiceOptions): ReadAttachment {
  const { model, by, formats, log, metrics, now = Date.now } = options;
  const { fetchTimeoutMs = 8_000, maxSeconds = 120, maxBytes = 4 * 1_048_576 } = options;
  const lanes = createLanes(options.lanes);
  const hasWorked = new Set<AudioFormat>();
  const refusedUntil = new Map<AudioFormat, number>();

  const failIn =
    (communeId: string) =>
    (why: Unread, reason: string): AttachmentRead => {
      metrics?.voiceNotes.inc({ result: reason });
      log.info('voice.not_heard', { communeId, reason });
      return { why };
    };

  const listen: ReadAttachment = async ({ url, size }, { communeId, fetch }) => {
    const fail = failIn(communeId);
    if (!url) return fail('unavailable', 'no_file');
    if ((size ?? 0) > maxBytes) return fail('too_long', 'too_large');
    let bytes: Buffer;
    try {
      const signal = AbortSignal.timeout(fetchTimeoutMs);
      ({ bytes } = await fetch({ maxBytes, types: AUDIO_TYPES, signal }));
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      return fail(error.code === 'too_large' ? 'too_long' : 'unavailable', error.code);
    }
    const sound = inspectAudio(bytes);
    if (!sound) return fail('unavailable', 'no_sound');
    const { format, seconds } = sound;
    if (seconds !== null && seconds > maxSeconds) return fail('too_long', 'too_long');
    if (!formats.includes(format) || (refusedUntil.get(format) ?? 0) > now()) return fail('unavailable', 'format');
    // without a length the longest is counted
    const heard = await model.transcribe({ communeId, bytes, format, seconds: seconds ?? maxSeconds });
    if ('why' in heard) {
      // one recording may be broken; a format that never worked is not understood there
      if (heard.why === 'not_taken' && !hasWorked.has(format)) refusedUntil.set(format, now() + HOUR_MS);
      return fail('unavailable', heard.why);
    }
    hasWorked.add(format);
    const words = wordsHeard(heard.text, seconds);
    if (words === null) return fail('not_understood', 'not_understood');
    metrics?.voiceNotes.inc({ result: 'heard' });
    return { words, by, ...(seconds !== null && { seconds: Math.ceil(seconds) }) };
  };

  return async (attachment, context) => {
    const leave = lanes.enter(context.communeId);
    if (!leave) return failIn(context.communeId)('unavailable', 'busy');
    try {
      return await listen(attachment, context);
    } catch (error) {
      log.error('voice.failed', {
        communeId: context.communeId,
        error: error instanceof Error ? error.name : 'unknown',
      });
      return { why: 'unavailable' };
    } finally {
      leave();
    }
  };
}
