import type { PhoneMessage } from './state.ts';
import type { WebhookReport } from './webhooks.ts';

export interface CallReport {
  method: string;
  path: string;
  /** 0: never answered. */
  status: number;
  ms: number;
  request: unknown;
  response: unknown;
}

export interface PlatformEvents {
  message: [{ oaId: string; userId: string; message: PhoneMessage }];
  webhook: [WebhookReport];
  call: [CallReport];
}
