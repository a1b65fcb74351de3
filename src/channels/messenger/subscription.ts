import type { ChannelAccount } from '../../communes/accounts.ts';
import { isObject, objectAt, textOf } from '../webhook-json.ts';
import type { GraphCall } from './client.ts';
import type { GraphResponse } from './errors.ts';
import { getStartedPayload } from './events.ts';
import { listOf } from './values.ts';

/** What the channel reads. `response_feedback` is left out: it puts thumbs under every message. */
const fields = [
  'messages',
  'messaging_postbacks',
  'messaging_referrals',
  'messaging_optins',
  'message_deliveries',
  'message_reads',
  'message_echoes',
  'message_reactions',
  'message_edits',
  'messaging_handovers',
  'standby',
  'messaging_policy_enforcement',
  'feed',
];

type GraphCaller = (account: ChannelAccount, call: GraphCall, signal: AbortSignal) => Promise<GraphResponse>;

/**
 * The platform takes the app off a page, without a word to us, when its webhook failed for an hour. This puts it back.
 * A page that was not subscribed at all also gets its Get Started button, without which menus and links do not work.
 * @returns the fields that were missing
 * @throws {ChannelSendError}
 */
export async function ensureSubscribed(
  callGraph: GraphCaller,
  account: ChannelAccount,
  signal: AbortSignal,
): Promise<string[]> {
  const path = `${encodeURIComponent(account.externalId)}/subscribed_apps`;
  const installed = await callGraph(account, { method: 'GET', path, parameters: {} }, signal);
  const ours = listOf(objectAt({ ...installed }, 'body').data)
    .filter(isObject)
    .find((app) => textOf(app.id) === account.appId);
  const present = new Set(listOf(ours?.subscribed_fields));
  const missing = fields.filter((field) => !present.has(field));
  if (missing.length === 0) return [];
  const wanted = [...new Set([...listOf(ours?.subscribed_fields).map(String), ...fields])];
  await callGraph(account, { method: 'POST', path, parameters: { subscribed_fields: wanted.join(',') } }, signal);
  if (!ours) await addGetStarted(callGraph, account, signal);
  return missing;
}

/** Ten calls in ten minutes are allowed; a button somebody chose is kept. */
async function addGetStarted(callGraph: GraphCaller, account: ChannelAccount, signal: AbortSignal): Promise<void> {
  const path = 'me/messenger_profile';
  const { body } = await callGraph(account, { method: 'GET', path, parameters: { fields: 'get_started' } }, signal);
  const [profile] = listOf(objectAt({ body }, 'body').data);
  if (isObject(profile) && profile.get_started !== undefined) return;
  const parameters = { get_started: { payload: getStartedPayload } };
  await callGraph(account, { method: 'POST', path, parameters }, signal);
}
