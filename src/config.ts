import { z } from 'zod';
import { ConfigError } from './errors.ts';

const isLoopback = ({ hostname }: URL) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

const origin = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((value, context) => {
      const url = URL.canParse(value) ? new URL(value) : null;
      if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))) {
        context.addIssue({ code: 'custom', message: 'must be an https origin (http only on loopback)' });
        return z.NEVER;
      }
      if (url.pathname !== '/' || url.search || url.hash || url.username) {
        context.addIssue({ code: 'custom', message: 'must be an origin without path, query or user' });
        return z.NEVER;
      }
      return url.origin;
    });

/** Where a model answers: the path belongs to it ("https://llm.example.vn/v1"). */
const endpoint = z.string().transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))) {
    context.addIssue({ code: 'custom', message: 'must be an https address (http only on loopback)' });
    return z.NEVER;
  }
  if (url.search || url.hash || url.username) {
    context.addIssue({ code: 'custom', message: 'must be an address without query or user' });
    return z.NEVER;
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
});

/** Domains, divided by commas. */
const hosts = z.string().transform((value, context) => {
  const names = value
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  if (names.length > 0 && names.every((name) => /^([a-z0-9-]+\.)+[a-z]{2,}$/.test(name))) return names;
  context.addIssue({ code: 'custom', message: 'must be domains divided by commas, such as zdn.vn,zadn.vn' });
  return z.NEVER;
});

/** Forms of recordings this program can tell apart. */
const AUDIO_FORMATS = ['amr', 'aac', 'm4a', 'mp3', 'ogg', 'wav'] as const;
const audioFormats = z
  .string()
  .default(AUDIO_FORMATS.join(','))
  .transform((value) =>
    value
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.enum(AUDIO_FORMATS, `must be some of ${AUDIO_FORMATS.join(',')}`)));
const price = z.coerce.number().min(0).default(0);

const secretKey = z.string().regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal characters (openssl rand -hex 32)');
const emptyIsUnset = (value: unknown) => (value === '' ? undefined : value);

const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3000).describe('HTTP port'),
  HOST: z.string().default('0.0.0.0').describe('HTTP address to listen on'),
  PUBLIC_URL: origin('http://localhost:3000').describe('Origin under which citizens and platforms reach this server'),
  DATA_DIR: z.string().default('./data').describe('Folder of the embedded database'),
  DATABASE_URL: z
    .string()
    .refine(
      // without a host: a socket of this machine
      (value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value.replace('@/', '@localhost/')),
      'must be a postgres:// URL; in a password write # / ? @ % and the like as %23 %2F %3F %40 %25',
    )
    .optional()
    .describe('PostgreSQL instead of the embedded database'),
  DATABASE_POOL: z.coerce.number().int().min(2).max(100).default(8).describe('Connections to PostgreSQL per process'),
  SECRET_KEY: secretKey.optional().describe('Encrypts stored tokens'),
  SECRET_KEY_PREVIOUS: secretKey.optional().describe('The key before, still able to read, while keys are rotated'),
  ZALO_OPENAPI_URL: origin('https://openapi.zalo.me').describe('Zalo OA API'),
  ZALO_OAUTH_URL: origin('https://oauth.zaloapp.com').describe('Zalo token endpoint'),
  ZALO_BUSINESS_URL: origin('https://business.openapi.zalo.me').describe('Zalo template messages by phone'),
  GRAPH_API_URL: origin('https://graph.facebook.com').describe('Graph API'),
  GRAPH_API_VERSION: z
    .string()
    .regex(/^v\d+\.\d+$/, 'must look like v25.0')
    .default('v25.0')
    .describe('Graph API version'),
  ZALO_MEDIA_HOSTS: hosts
    .optional()
    .describe('Domains Zalo serves voice notes from, with all below them (zdn.vn,zadn.vn unless set)'),
  MESSENGER_MEDIA_HOSTS: hosts
    .optional()
    .describe('Domains Messenger serves voice notes from (fbcdn.net,fbsbx.com unless set)'),
  VNPAY_PAY_URL: endpoint.default('https://pay.vnpay.vn/vpcpay.html').describe('Page of VNPAY where citizens pay'),
  VNPAY_API_URL: endpoint
    .default('https://merchant.vnpay.vn/merchant_webapi/api/transaction')
    .describe('VNPAY queries and refunds'),
  MOMO_API_URL: origin('https://payment.momo.vn').describe('MoMo payment gateway'),
  VNPTPAY_API_URL: endpoint.optional().describe('VNPT Pay, up to and with its version (as in the contract)'),
  PP_API_URL: endpoint.optional().describe("Payment platform of the national portal, as the province's bus offers it"),
  OPENAI_BASE_URL: endpoint
    .optional()
    .describe('OpenAI-compatible endpoint asked where the rules are unsure; nothing is asked without it'),
  OPENAI_API_KEY: z.string().optional().describe('Key of that endpoint, where it wants one'),
  OPENAI_MODEL: z.string().optional().describe('Model at that endpoint'),
  OPENAI_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(10_000)
    .describe('Milliseconds a model may take, a second try included'),
  OPENAI_DAILY_REQUESTS: z.coerce
    .number()
    .int()
    .min(0)
    .default(2000)
    .describe(
      'Questions a commune may put to the model per day; a voice note counts one per half minute begun, a summary one',
    ),
  OPENAI_TRANSCRIBE_MODEL: z
    .string()
    .default('whisper-1')
    .describe('Model at that endpoint that hears voice notes; "none" leaves them unheard'),
  OPENAI_AUDIO_FORMATS: audioFormats.describe('Recordings it takes; Zalo sends mostly amr, Messenger m4a'),
  OPENAI_INPUT_PRICE_VND: price.describe('Price of a million input tokens in đồng, for the figures'),
  OPENAI_OUTPUT_PRICE_VND: price.describe('Price of a million output tokens in đồng, for the figures'),
  OPENAI_AUDIO_PRICE_VND: price.describe('Price of a minute of speech in đồng, for the figures'),
  OIDC_ISSUER: endpoint
    .optional()
    .describe('OpenID Connect provider officers may sign in with (its issuer); the client is OIDC_CLIENT_ID'),
  OIDC_CLIENT_ID: z.string().optional().describe('Client id at that provider; its redirect is /console/oidc/callback'),
  OIDC_CLIENT_SECRET: z.string().optional().describe('Client secret at that provider, where it wants one'),
  BOT_APP_ID: z
    .string()
    .optional()
    .describe('App id of an Azure bot: then Bot Framework clients may talk to the assistant at /api/messages'),
  BOT_APP_PASSWORD: z.string().optional().describe('Its password'),
  BOT_TENANT_ID: z.string().optional().describe('Its tenant, when it is a single-tenant app'),
  BOT_COMMUNE: z.string().optional().describe('Short name of the commune those clients talk to'),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('Least important log line written'),
});

export type Config = z.output<typeof schema>;

/**
 * Reads the environment once. The only reader of `process.env`.
 * @throws {ConfigError} naming every faulty variable and what it must look like
 */
export function loadConfig(env: Record<string, string | undefined> = process.env): Config {
  const known = Object.fromEntries(Object.keys(schema.shape).map((key) => [key, emptyIsUnset(env[key])]));
  const parsed = schema.safeParse(known);
  const faults = parsed.error?.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`) ?? [];
  if (known.OPENAI_BASE_URL && !known.OPENAI_MODEL)
    faults.push('  OPENAI_MODEL: name the model to ask at OPENAI_BASE_URL');
  if (known.OIDC_ISSUER && !known.OIDC_CLIENT_ID) faults.push('  OIDC_CLIENT_ID: name the client at OIDC_ISSUER');
  if (known.BOT_APP_ID && !known.BOT_APP_PASSWORD) faults.push('  BOT_APP_PASSWORD: give the password of BOT_APP_ID');
  if (known.BOT_APP_ID && !known.BOT_COMMUNE) faults.push('  BOT_COMMUNE: name the commune the bot answers for');
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new ConfigError(`Environment variables to correct:\n${faults.join('\n')}`);
}

/** Whether the environment names a proxy for calls to the outside; HTTP libraries read which, and for what. */
export const hasProxy = (env: Record<string, string | undefined> = process.env): boolean =>
  Object.entries(env).some(([name, value]) => value && /^(https?|all)_proxy$/i.test(name));

/** True when the operator set the variable: a command with a better default of its own must not overrule them. */
export const isChosen = (name: keyof Config, env: Record<string, string | undefined> = process.env): boolean =>
  emptyIsUnset(env[name]) !== undefined;

/** Name, default and meaning of each variable, for `--help` and the README. */
export function describeConfig(): { name: string; description: string; fallback: string }[] {
  const defaults = schema.parse({}) as Record<string, unknown>;
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    description: field.description ?? '',
    fallback: defaults[name] === undefined ? '' : String(defaults[name]),
  }));
}
