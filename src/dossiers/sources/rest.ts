import { z } from 'zod';
import type { Log } from '../../log.ts';
import { normaliseDossierNumber } from '../../procedures/dossier-numbers.ts';
import { parseMoment, untilEnd } from '../../sheets/dates.ts';
import type { DossierSource, DossierView, LookupResult } from '../dossier.ts';
import type { Factors } from '../factors.ts';
import { stateOf } from '../state-map.ts';
import { answered, filled, ownerHints, procedureCodeOf, type SourceName } from './answer.ts';
import { createJsonClient, faultOfStatus, type JsonAnswer, SourceFault } from './http.ts';
import { createLogin } from './login.ts';
import type { SecretsOf, SettingsOf } from './settings.ts';

const maybe = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => (value === null ? undefined : value));
const text = (max: number) =>
  maybe(z.string().max(max)).transform((value) => value?.normalize('NFC').trim() || undefined);
const day = (edge: 'start' | 'end') =>
  maybe(z.string()).transform((value, context) => {
    if (!value?.trim()) return undefined;
    const moment = parseMoment(value);
    if (moment) return edge === 'end' ? untilEnd(moment) : moment.at;
    context.addIssue({ code: 'custom', message: 'is no date' });
    return z.NEVER;
  });

/** The answer of `GET {baseUrl}/dossiers/{code}`; fields it does not name are ignored and never read. */
export const restDossier = z.object({
  code: z.string(),
  state: z.union([z.number().int(), z.string().min(1)]).transform(String),
  procedureCode: text(60),
  procedureName: text(500),
  receivedAt: day('start'),
  dueAt: day('end'),
  newDueAt: day('end'),
  finishedAt: day('start'),
  returnedAt: day('start'),
  supplementDueAt: day('end'),
  unitCode: text(60),
  unitName: text(300),
  channel: maybe(z.enum(['direct', 'online', 'post'])),
  fees: maybe(
    z.array(
      z.object({
        name: z.string().max(300),
        amountVnd: z.number().int().nonnegative(),
        isPaid: maybe(z.boolean()).transform((value) => value ?? null),
      }),
    ),
  ),
  missing: maybe(z.array(z.string().max(1_000)).max(50)),
  reason: text(2_000),
  /** When the data was true, if the system says so. */
  asOf: day('start'),
  owner: maybe(z.object({ personalId: text(20), phone: text(20) })),
});

export interface RestDeps {
  factors: Factors;
  log: Log;
}

/** A one-stop system that offers dossiers as JSON, by OAuth2 client credentials, a client certificate, or both. */
export function createRestSource(
  source: SourceName & { settings: SettingsOf<'rest'>; secrets: SecretsOf<'rest'>; stateMap: Record<string, number> },
  { factors, log }: RestDeps,
): DossierSource {
  const { settings, secrets } = source;
  const call = createJsonClient(secrets);
  const login = createLogin(() => fetchToken(settings, secrets, call));

  /** A token that was good a moment ago may have been withdrawn: it is renewed once. */
  const authorised = async (url: string, signal: AbortSignal): Promise<JsonAnswer> => {
    if (!settings.tokenUrl) return call({ method: 'GET', url, signal });
    const ask = (token: string) => call({ method: 'GET', url, headers: { Authorization: `Bearer ${token}` }, signal });
    const token = await login.get(Date.now());
    const answer = await ask(token);
    return answer.status === 401 ? ask(await login.get(Date.now(), token)) : answer;
  };

  return {
    name: source.name,
    kind: 'rest',
    lookupsPerSecond: settings.lookupsPerSecond,
    lookup: (code, { signal, now }) =>
      answered(source, log, async () => {
        const url = `${settings.baseUrl.replace(/\/+$/, '')}/dossiers/${encodeURIComponent(code)}`;
        const deadline = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]);
        const answer = await twice(() => authorised(url, deadline), deadline);
        if (answer.status === 404 && answer.body !== undefined) {
          return { kind: 'not_found', source: source.name, asOf: now };
        }
        if (answer.status !== 200) throw faultOfStatus(answer);
        return read(answer.body, code, now, source, await factors.of(source.communeId));
      }),
  };
}

/** A look-up changes nothing: what broke off, or failed inside the server, is asked once more while there is time. */
async function twice(ask: () => Promise<JsonAnswer>, signal: AbortSignal): Promise<JsonAnswer> {
  const first = await ask().catch((error: unknown) => {
    if (!(error instanceof SourceFault) || error.reason !== 'network' || signal.aborted) throw error;
    return null;
  });
  return first === null || first.status >= 500 ? ask() : first;
}

function read(
  body: unknown,
  code: string,
  now: Date,
  source: SourceName & { stateMap: Record<string, number> },
  factors: Awaited<ReturnType<Factors['of']>>,
): LookupResult {
  const parsed = restDossier.safeParse(body);
  if (!parsed.success) {
    // names of fields only: values may be personal
    const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'answer').slice(0, 5);
    throw new SourceFault('schema', `not as agreed: ${fields.join(', ')}`);
  }
  const { owner, asOf, state, code: told, procedureCode, ...rest } = parsed.data;
  if (normaliseDossierNumber(told, now) !== code) throw new SourceFault('schema', 'answered about another dossier');
  const dossier = filled<DossierView>({
    ...rest,
    code,
    procedureCode: procedureCode && procedureCodeOf(procedureCode),
    rawState: state,
    state: stateOf(state, source.stateMap),
    ownerHints: ownerHints(factors, { idNumber: owner?.personalId, phone: owner?.phone }),
  });
  return { kind: 'found', dossier, source: source.name, asOf: asOf && asOf < now ? asOf : now };
}

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive().catch(300) });
/** A token is not used in the last moments of its life. */
const MARGIN_MS = 30_000;

async function fetchToken(
  { tokenUrl, clientId = '', scope, clientAuth, timeoutMs }: SettingsOf<'rest'>,
  { clientSecret = '' }: SecretsOf<'rest'>,
  call: ReturnType<typeof createJsonClient>,
) {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope ? { scope } : {}) });
  const headers: Record<string, string> = {};
  if (clientAuth === 'post') {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  } else {
    const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    headers.Authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  // many look-ups wait for this one: none of them may call it off
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await call({ method: 'POST', url: tokenUrl!, headers, data: form, signal });
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
    throw new SourceFault('auth', `token refused with ${answer.status}`);
  }
  if (answer.status !== 200) throw faultOfStatus(answer);
  const parsed = tokenAnswer.safeParse(answer.body);
  if (!parsed.success) throw new SourceFault('schema', 'the token answer holds no token');
  const lifeMs = parsed.data.expires_in * 1_000;
  return { value: parsed.data.access_token, expiresAt: Date.now() + Math.max(lifeMs / 2, lifeMs - MARGIN_MS) };
}
