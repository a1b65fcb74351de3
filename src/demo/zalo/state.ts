import { randomBytes, randomInt } from 'node:crypto';

export interface PlatformApp {
  appId: string;
  appSecret: string;
  /** "OA Secret Key" of the app's Webhook page. */
  webhookSecret: string;
  webhookUrl: string | null;
  /** Switched off by the platform after the last failed redelivery. */
  isWebhookDisabled: boolean;
  callbackUrl: string;
  checksSecretProof: boolean;
  /** Calls in the current minute of the platform's clock. */
  rate: { minute: number; calls: number };
}

/** One OA that granted one app. */
export interface PlatformOa {
  oaId: string;
  appId: string;
  name: string;
  grant: Grant | null;
  /** Makes every API call fail with this code (−209, −212, −221, −224 …). */
  restriction: number | null;
  acceptsButtons: boolean;
  /** Paid messages 48 hours to 7 days after the last interaction. */
  packageLeft: number;
  /** null: no ZBS account is connected. */
  walletVnd: number | null;
  people: Map<string, Person>;
  uploads: Map<string, { kind: 'image' | 'gif' | 'file'; at: number }>;
  /** ZBS templates by id. */
  templates: Map<string, PlatformTemplate>;
  /** Verified and on a paid plan. */
  maySendTemplates: boolean;
  /** The app has the permission group for sending by telephone number. */
  maySendByPhone: boolean;
  /** User ids that get test templates and development messages. */
  testers: Set<string>;
  phonesWithoutZalo: Set<string>;
}

export interface PlatformTemplate {
  id: string;
  status: 'approved' | 'pending' | 'disabled';
  isTest: boolean;
  allowsUid: boolean;
  /** With gaps like "<ma_ho_so>". */
  text: string;
  parameters: { name: string; maxLength: number }[];
  priceUid: number;
  pricePhone: number;
}

export interface Grant {
  accessToken: string;
  accessExpiresAt: number;
  refreshToken: string;
  refreshExpiresAt: number;
}

export interface Person {
  userId: string;
  userIdByApp: string;
  name: string;
  isFollower: boolean;
  hasWritten: boolean;
  /** Epoch milliseconds of the last act on the person's side. */
  lastInteraction: number | null;
  /** Sends to this person fail with this code (−227, −244 …). */
  refusal: number | null;
  transcript: PhoneMessage[];
  shared: { name: string; phone: string } | null;
}

export interface PhoneButton {
  title: string;
  type: string;
  payload: string | Record<string, unknown>;
}

export interface PhoneAttachment {
  kind: string;
  url?: string;
  name?: string;
}

/** One bubble as the citizen's phone shows it. */
export interface PhoneMessage {
  id: string;
  from: 'citizen' | 'oa';
  /** Who wrote it on the OA's side. */
  author?: 'bot' | 'staff';
  text: string;
  buttons: PhoneButton[];
  attachments: PhoneAttachment[];
  /** Epoch milliseconds. */
  at: number;
  state: 'sent' | 'delivered' | 'seen';
  /** Sent by a button of the kind whose text the chat does not show. */
  isHidden?: boolean;
  quoteId?: string;
}

/** 19 digits, above 2^53: a `Number()` on the way shows up as a wrong id. */
export const newNumericId = () =>
  `${randomInt(1, 9)}${String(randomInt(1e9)).padStart(9, '0')}${String(randomInt(1e8)).padStart(8, '0')}7`;
let lastMessage = 0;
const messageSalt = randomBytes(7).toString('hex');
/** 20 hexadecimal characters, like Zalo's. */
export const newMessageId = () => `${messageSalt}${(++lastMessage).toString(16).padStart(6, '0')}`;
export const newSecret = (prefix: string) => `${prefix}${randomBytes(24).toString('base64url')}`;

const ACCESS_LIFE_MS = 25 * 3_600_000;
const REFRESH_LIFE_MS = 90 * 24 * 3_600_000;

export const newGrant = (now: number): Grant => ({
  accessToken: newSecret('AT.'),
  accessExpiresAt: now + ACCESS_LIFE_MS,
  refreshToken: newSecret('RT.'),
  refreshExpiresAt: now + REFRESH_LIFE_MS,
});

export const newPerson = (userId: string, name: string): Person => ({
  userId,
  userIdByApp: newNumericId(),
  name,
  isFollower: false,
  hasWritten: false,
  lastInteraction: null,
  refusal: null,
  transcript: [],
  shared: null,
});

/** Older bubbles scroll away: a benchmark must not fill the memory. */
const TRANSCRIPT_LENGTH = 300;

export function addToTranscript(person: Person, message: PhoneMessage): void {
  person.transcript.push(message);
  if (person.transcript.length > TRANSCRIPT_LENGTH * 2) person.transcript.splice(0, TRANSCRIPT_LENGTH);
}
