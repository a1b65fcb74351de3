import type { ServerResponse } from 'node:http';
import { GraphRefusal } from './wire.ts';

/** What goes wrong with one send. `…_after_delivery`: the person gets the message although the caller never learns it. */
export type SendFault =
  | { kind: 'error'; code: number; subcode?: number; status?: number; regainMinutes?: number }
  | { kind: 'slow'; ms: number }
  | {
      kind:
        | 'timeout'
        | 'timeout_after_delivery'
        | 'reset'
        | 'reset_after_delivery'
        | 'html_500'
        | 'html_500_after_delivery'
        | 'lost_reply'
        | 'no_message_id';
    };

const isAfterDelivery = ({ kind }: SendFault) =>
  kind.endsWith('_after_delivery') || kind === 'lost_reply' || kind === 'no_message_id' || kind === 'slow';

/** Faults waiting for the next sends, in order. */
export class FaultQueue {
  readonly #waiting: SendFault[] = [];

  add(fault: SendFault, times: number): void {
    for (let time = 0; time < times; time++) this.#waiting.push(fault);
  }

  next(): SendFault | undefined {
    return this.#waiting.shift();
  }
}

export interface Answer {
  status: number;
  body: string;
  headers: Record<string, string>;
}

const usageOf = (pageId: string, regainMinutes: number, percent = 100) =>
  JSON.stringify({
    [pageId]: [
      {
        type: 'messenger',
        call_count: percent,
        total_cputime: 1,
        total_time: 1,
        estimated_time_to_regain_access: regainMinutes,
      },
    ],
  });

export const usageHeaders = (pageId: string, percent: number, regainMinutes: number): Record<string, string> => ({
  'x-app-usage': JSON.stringify({ call_count: percent, total_time: 25, total_cputime: 25 }),
  'x-business-use-case-usage': usageOf(pageId, regainMinutes, percent),
});

export const jsonAnswer = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
});

/**
 * Runs a send under a fault.
 * @returns the answer; null when the connection was ended or is left without one
 */
export async function underFault(
  fault: SendFault | undefined,
  response: ServerResponse,
  pageId: string,
  send: () => Promise<Answer>,
): Promise<Answer | null> {
  if (!fault) return send();
  const answer = isAfterDelivery(fault) ? await send() : null;
  if (answer && answer.status !== 200) return answer;
  switch (fault.kind) {
    case 'error': {
      const refusal = new GraphRefusal(fault.code, fault.subcode, 'Scripted error', fault.status ?? 400);
      const headers = fault.regainMinutes === undefined ? {} : usageHeaders(pageId, 100, fault.regainMinutes);
      return jsonAnswer(refusal.status, refusal.toJson(), headers);
    }
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.ms).unref());
      return answer;
    case 'timeout':
    case 'timeout_after_delivery':
      return null;
    case 'reset':
    case 'reset_after_delivery':
      response.socket?.resetAndDestroy();
      return null;
    case 'html_500':
    case 'html_500_after_delivery':
      return {
        status: 500,
        body: '<!DOCTYPE html><html><body>Sorry, something went wrong.</body></html>',
        headers: { 'content-type': 'text/html' },
      };
    case 'lost_reply':
      return jsonAnswer(400, new GraphRefusal(1, 1357046, 'Received Invalid JSON reply').toJson());
    case 'no_message_id':
      return jsonAnswer(200, {});
  }
}
