import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';

/** What a Zalo-like platform signs its events with. */
export interface LoadTarget {
  url: string;
  appId: string;
  oaId: string;
  oaSecret: string;
}

// A connection idle for as long as the service keeps it may be closed at the moment it is used again.
const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 30_000 });

/** POSTs one signed text event; resolves with status and milliseconds to the answer. */
export function postText(
  target: LoadTarget,
  userId: string,
  text: string,
  messageId: string,
): Promise<{ status: number; ms: number }> {
  const timestamp = String(Date.now());
  const body = JSON.stringify({
    app_id: target.appId,
    sender: { id: userId },
    recipient: { id: target.oaId },
    event_name: 'user_send_text',
    message: { text, msg_id: messageId },
    timestamp,
  });
  const mac = createHash('sha256').update(`${target.appId}${body}${timestamp}${target.oaSecret}`).digest('hex');
  const startedAt = performance.now();
  return new Promise((done, fail) => {
    const call = request(
      target.url,
      {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-zevent-signature': `mac=${mac}`,
        },
      },
      (response) => {
        response.resume();
        response.once('end', () => done({ status: response.statusCode ?? 0, ms: performance.now() - startedAt }));
      },
    );
    call.setTimeout(10_000, () => call.destroy(new Error('no answer within 10 s')));
    call.once('error', fail);
    call.end(body);
  });
}

export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
