import { z } from 'zod';
import { ConfigError } from '../../errors.ts';
import type { DossierSource } from '../dossier.ts';

/** http is for stand-ins on this machine only. */
const address = z.string().refine(
  (value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    const isLoopback = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
    return url !== null && (url.protocol === 'https:' || (isLoopback && url.protocol === 'http:')) && !url.username;
  },
  { message: 'must be an https address without user and password (http only on loopback)' },
);
const path = z.string().regex(/^\/[^\s?#]*$/, 'must be a path beginning with "/"');
const pem = (kind: string) => z.string().refine((text) => text.includes(`-----BEGIN`), `must be a PEM file (${kind})`);

const timeoutMs = z.number().int().min(100).max(60_000);
const perSecond = (usual: number) => z.number().positive().max(10_000).default(usual);
const clientTls = {
  cert: pem('certificate').optional(),
  key: pem('key').optional(),
  ca: pem('certificate').optional(),
};
const isPair = ({ cert, key }: { cert?: string | undefined; key?: string | undefined }) => !cert === !key;
const PAIR = 'a client certificate needs its key, and a key its certificate';

/** What staff set for each kind of source, and what of it is sealed. */
export const SETTINGS = {
  rest: z.object({
    /** "https://motcua.example.gov.vn/api": dossiers are at "{baseUrl}/dossiers/{code}". */
    baseUrl: address,
    /** OAuth2 client credentials; absent: the client certificate alone is the proof. */
    tokenUrl: address.optional(),
    clientId: z.string().min(1).optional(),
    scope: z.string().min(1).optional(),
    /** Where the client's secret goes: the Authorization header, or the form. */
    clientAuth: z.enum(['basic', 'post']).default('basic'),
    /** For one look-up, its second try included. */
    timeoutMs: timeoutMs.default(5_000),
    lookupsPerSecond: perSecond(5),
  }),
  portal_sync: z.object({
    adapterUrl: address,
    authEndpoint: path,
    integrationEndpoint: path,
    /** Unit code of the commune in the national list. */
    madonvi: z.string().min(1),
    /** Names the destination system to the adapter. */
    dstcode: z.string().min(1),
    username: z.string().min(1),
    timeoutMs: timeoutMs.default(8_000),
    lookupsPerSecond: perSecond(2),
  }),
  import: z.object({ lookupsPerSecond: perSecond(200) }),
  simulator: z.object({ lookupsPerSecond: perSecond(1_000) }),
} as const;

export const SECRETS = {
  rest: z.object({ clientSecret: z.string().min(1).optional(), ...clientTls }).refine(isPair, PAIR),
  portal_sync: z.object({ password: z.string().min(1), ...clientTls }).refine(isPair, PAIR),
  import: z.object({}),
  simulator: z.object({}),
} as const;

export type SourceKind = DossierSource['kind'];
export type SettingsOf<Kind extends SourceKind> = z.output<(typeof SETTINGS)[Kind]>;
export type SecretsOf<Kind extends SourceKind> = z.output<(typeof SECRETS)[Kind]>;

/** @throws {ConfigError} naming every faulty setting */
export function parseSource<Kind extends SourceKind>(
  kind: Kind,
  given: { settings: unknown; secrets: unknown },
): { settings: SettingsOf<Kind>; secrets: SecretsOf<Kind> } {
  const settings = SETTINGS[kind].safeParse(given.settings);
  const secrets = SECRETS[kind].safeParse(given.secrets);
  const faults = [...(settings.error?.issues ?? []), ...(secrets.error?.issues ?? [])].map(
    ({ path, message }) => `  ${path.join('.') || kind}: ${message}`,
  );
  if (kind === 'rest' && settings.success && secrets.success) faults.push(...restFaults(given));
  if (faults.length > 0) throw new ConfigError(`settings of the dossier source:\n${faults.join('\n')}`);
  return { settings: settings.data as SettingsOf<Kind>, secrets: secrets.data as SecretsOf<Kind> };
}

/** Codes of citizens go to nobody who was not told who asks. */
function restFaults(given: { settings: unknown; secrets: unknown }): string[] {
  const { tokenUrl, clientId } = given.settings as Partial<SettingsOf<'rest'>>;
  const { clientSecret, cert } = given.secrets as SecretsOf<'rest'>;
  const parts = [tokenUrl, clientId, clientSecret].filter(Boolean).length;
  if (parts > 0 && parts < 3) return ['  tokenUrl, clientId and clientSecret belong together'];
  return parts === 0 && !cert ? ['  needs OAuth2 (tokenUrl, clientId, clientSecret) or a client certificate'] : [];
}
