import type { NotificationStored } from '../bank.ts';
import type { HttpReply } from '../provider.ts';

const STATUS: Record<NotificationStored, number> = { stored: 200, bad_signature: 401, malformed: 400, error: 500 };

/** All three want a 2xx, SePay these words with it. */
export const replyOf = (result: NotificationStored): HttpReply => ({
  status: STATUS[result],
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ success: result === 'stored' }),
});

/** A header that was sent once. */
export const headerOf = (headers: Record<string, string | string[] | undefined>, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** As accounts are compared: letters and digits only. */
export const accountNumberOf = (text: string): string => text.replace(/[^0-9A-Za-z]/g, '');
