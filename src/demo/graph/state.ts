import { randomBytes } from 'node:crypto';
import type { Json } from './wire.ts';

export const inboxAppId = '263902037430900';
/** The reference page of echoes prints the inbox's id with one digit fewer. */
export const misprintedInboxAppId = '26390203743090';

export const webhookFields = [
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
  'messaging_account_linking',
  'response_feedback',
  'feed',
] as const;

export interface PhoneButton {
  kind: 'quick_reply' | 'postback' | 'url' | 'phone';
  title: string;
  /** Payload, address or number. */
  value: string;
}

/** One bubble on the person's phone. */
export interface PhoneMessage {
  id: string;
  from: 'citizen' | 'page';
  author: 'citizen' | 'bot' | 'staff';
  text: string;
  /** Quick replies only while this is the newest message. */
  buttons: PhoneButton[];
  attachments: { type: string; url: string }[];
  at: Date;
  state: 'sent' | 'delivered' | 'seen';
}

export interface StoredMessage extends Omit<PhoneMessage, 'buttons'> {
  quickReplies: PhoneButton[];
  templateButtons: PhoneButton[];
  metadata?: string;
}

export interface Thread {
  psid: string;
  name: string;
  hasProfile: boolean;
  /** How the platform refuses sends to a person who blocked the page. */
  blockedAs: '551' | '200' | '2' | null;
  lastUserAt: number | null;
  owner: { appId: string; until: number } | null;
  messages: StoredMessage[];
}

export interface App {
  id: string;
  secret: string;
  verifyToken: string;
  webhookUrl: string | null;
  fields: Set<string>;
  hasHumanAgent: boolean;
}

export interface Page {
  id: string;
  name: string;
  /** `death`: subcode of error 190 the token is refused with. */
  tokens: Map<string, { appId: string; death: number | null }>;
  subscriptions: Map<string, Set<string>>;
  defaultAppId: string | null;
  isRestricted: boolean;
  threads: Map<string, Thread>;
  profile: Json;
  profileCalls: number[];
  attachments: Map<string, number>;
  /** Comments and visitors' posts by id: when written, whether by the page, whether answered privately. */
  comments: Map<string, { kind: 'comment' | 'post'; at: number; isOurs: boolean; isReplied: boolean; psid: string }>;
  usage: { percent: number; regainMinutes: number } | null;
  /** Utility templates by name. */
  templates: Map<string, UtilityTemplate>;
  /** The app has the permission page_utility_messaging. */
  maySendUtility: boolean;
}

export interface UtilityTemplate {
  name: string;
  language: string;
  status: 'APPROVED' | 'PENDING' | 'REJECTED';
  /** With gaps like "{{1}}" or "{{so_ho_so}}". */
  text: string;
}

const hour = 3_600_000;
export const windowMs = 24 * hour;
export const officerWindowMs = 7 * 24 * hour;

let counter = 0;
const run = randomBytes(6).toString('base64url');
export const newMessageId = () => `m_${run}${(counter++).toString(36).padStart(6, '0')}`;

export function newThread(psid: string, name = 'Người dùng thử'): Thread {
  return { psid, name, hasProfile: true, blockedAs: null, lastUserAt: null, owner: null, messages: [] };
}

/** The app that owns the conversation now; null while idle. */
export function ownerOf(thread: Thread, now: number): string | null {
  return thread.owner && thread.owner.until > now ? thread.owner.appId : null;
}

/** Without a default app everybody may write and everybody is told. */
export function ownsThread(page: Page, thread: Thread, appId: string, now: number): boolean {
  if (page.defaultAppId === null) return true;
  return (ownerOf(thread, now) ?? page.defaultAppId) === appId;
}

/** How the person sees the message: quick replies only hang on the newest one. */
export function phoneView(thread: Thread, message: StoredMessage): PhoneMessage {
  const { quickReplies, templateButtons, metadata: _, ...shown } = message;
  const buttons = thread.messages.at(-1) === message ? [...templateButtons, ...quickReplies] : [...templateButtons];
  return { ...shown, attachments: [...shown.attachments], buttons };
}
