import type { Outcome } from '../zalo/http.ts';

/** What the next calls of the merchant meet instead of an answer. */
export type ApiFault = 'hang' | 'cut' | 'http_500' | 'html' | 'truncated' | 'nonsense' | 'unsigned' | 'wrong_signature';

export interface ApiFaults {
  next(...faults: ApiFault[]): void;
  always(fault: ApiFault | null): void;
  /** Resolves once a call has met a fault. */
  met(): Promise<void>;
}

/** `answer` gets the faults that a gateway can only make by answering: those of its signature. */
export function createApiFaults(): ApiFaults & {
  through(answer: (fault: 'unsigned' | 'wrong_signature' | null) => Outcome): Outcome;
} {
  const queue: ApiFault[] = [];
  let standing: ApiFault | null = null;
  let watchers: (() => void)[] = [];
  const page = '<!doctype html><title>502 Bad Gateway</title><h1>Hệ thống đang bảo trì</h1>';
  return {
    next: (...faults) => void queue.push(...faults),
    always(fault) {
      standing = fault;
    },
    met: () => new Promise((done) => watchers.push(done)),
    through(answer) {
      const fault = queue.shift() ?? standing;
      if (fault) {
        for (const done of watchers) done();
        watchers = [];
      }
      switch (fault) {
        case 'hang':
        case 'cut':
          return fault;
        case 'http_500':
          return { status: 500, body: page };
        case 'html':
          return { status: 200, body: page };
        case 'truncated':
          return {
            status: 200,
            headers: { 'Content-Type': 'application/json' },
            body: '{"vnp_ResponseCode":"00","resul',
          };
        case 'nonsense':
          return { status: 200, body: { hello: ['world'], resultCode: 'zero', RESPONSE_CODE: {}, MaLoi: [] } };
        default:
          return answer(fault);
      }
    },
  };
}
