import { type Breaker, createBreaker } from '../breaker.ts';
import type { SecretBox } from '../communes/secrets.ts';
import type { Database } from '../db/client.ts';
import { errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { DossierDirectory, DossierSource, LookupResult, UnavailableReason } from './dossier.ts';
import type { Factors } from './factors.ts';
import { createRateLimiter, type RateLimiter } from './rate-limit.ts';
import { listSources, openSource, type StoredSource } from './source-store.ts';
import { createImportedSource } from './sources/imported.ts';
import { createPortalSource } from './sources/portal-sync.ts';
import { createRestSource } from './sources/rest.ts';
import type { SecretsOf, SettingsOf } from './sources/settings.ts';
import { createSimulatedSource, createSimulator, type Simulator } from './sources/simulator.ts';
import { noteUnknownState } from './unknown-states.ts';

const FOUND_MS = 5 * 60_000;
const NOT_FOUND_MS = 60_000;
/** Another process may have added a source or imported a file. */
const SOURCES_MS = 5_000;
const KEPT_ANSWERS = 5_000;
const KEPT_COMMUNES = 5_000;
/** A citizen waits so long for a place among the look-ups a source allows; the poller does not wait. */
const CITIZEN_WAIT_MS = 2_000;

export interface DirectoryDeps {
  database: Pick<Database, 'orm' | 'run'>;
  box: SecretBox;
  factors: Factors;
  log: Log;
  /** Milliseconds, for what belongs to the process and not to a look-up. */
  clock?: () => number;
  sleep?: (ms: number) => Promise<void>;
  simulator?: Simulator;
}

/** How a source has been doing in this process. */
export interface SourceHealth {
  name: string;
  kind: DossierSource['kind'];
  state: 'closed' | 'open' | 'half_open';
  lastAnswerAt: Date | null;
  lastFault: { reason: UnavailableReason; at: Date } | null;
}

interface Guarded {
  source: DossierSource;
  row: StoredSource;
  limiter: RateLimiter;
  breaker: Breaker;
  /** Latest instant seen, which the breaker counts by. */
  now: number;
  lastAnswerAt: Date | null;
  lastFault: SourceHealth['lastFault'];
}

interface Known {
  readAt: number;
  version: string;
  guarded: Guarded[];
}

/** All sources of all communes in this process, each with its cache, pace and breaker. */
export function createDossierDirectory(
  deps: DirectoryDeps,
): DossierDirectory & { health(communeId: string): Promise<SourceHealth[]> } {
  const { database, log, clock = Date.now } = deps;
  const sleep = deps.sleep ?? ((ms) => new Promise<void>((done) => void setTimeout(done, ms)));
  const simulator = deps.simulator ?? createSimulator(deps.factors);
  const communes = createLru<Promise<Known>>(KEPT_COMMUNES);
  const answers = createLru<{ until: number; result: LookupResult }>(KEPT_ANSWERS);
  const underWay = new Map<string, Promise<LookupResult>>();

  const load = async (communeId: string, before: Known | undefined): Promise<Known> => {
    const rows = await listSources(database.orm, communeId);
    const version = rows.map(({ id, updatedAt }) => `${id}@${updatedAt.getTime()}`).join(' ');
    const readAt = clock();
    if (before?.version === version) return { ...before, readAt };
    const kept = new Map(before?.guarded.map((one) => [one.row.id, one]));
    const guarded = rows.map((row) => {
      const same = kept.get(row.id);
      return same?.row.updatedAt.getTime() === row.updatedAt.getTime() ? same : guard(row, { ...deps, simulator });
    });
    return { readAt, version, guarded };
  };
  const known = async (communeId: string): Promise<Known> => {
    const reading = communes.get(communeId);
    const before = reading && (await reading.catch(() => undefined));
    if (before && clock() - before.readAt <= SOURCES_MS) return before;
    // while we waited another look-up may have begun to read them anew: breakers and paces exist once
    const newer = communes.get(communeId);
    if (newer && newer !== reading) return newer;
    const next = load(communeId, before);
    communes.set(communeId, next);
    next.catch(() => communes.delete(communeId));
    return next;
  };

  const askAll = async (
    communeId: string,
    code: string,
    { guarded }: Known,
    options: { signal: AbortSignal; now: Date; isFresh: boolean },
  ): Promise<LookupResult> => {
    let oldest: Extract<LookupResult, { kind: 'not_found' }> | null = null;
    let missing: Extract<LookupResult, { kind: 'unavailable' }> | null = null;
    for (const one of guarded) {
      const result = await askOne(one, code, options, sleep);
      if (result.kind === 'found') {
        if (result.dossier.state === 'unknown' && one.source.kind !== 'import') {
          await noteUnknownState(database, communeId, one.row.id, result.dossier.rawState, options.now).catch((error) =>
            log.warn('dossiers.unknown_state_not_noted', { communeId, error: errorText(error) }),
          );
        }
        return result;
      }
      if (result.kind === 'unavailable') missing ??= result;
      else if (!oldest || result.asOf < oldest.asOf) oldest = result;
    }
    return missing ?? oldest ?? { kind: 'unavailable', source: '', reason: 'not_set_up' };
  };

  return {
    async lookup(communeId, code, { signal, now, isFresh = false }) {
      let sources: Known;
      try {
        sources = await known(communeId);
      } catch (error) {
        log.error('dossiers.sources_unreadable', { communeId, error: errorText(error) });
        return { kind: 'unavailable', source: '', reason: 'network' };
      }
      const key = `${communeId} ${sources.version} ${code}`;
      const before = answers.get(key);
      if (before && !isFresh && now.getTime() < before.until) return before.result;
      const begun = isFresh ? undefined : underWay.get(key);
      const asking =
        begun ??
        // others may wait for the same answer: one caller's patience does not end it, the sources' time-outs do
        askAll(communeId, code, sources, { signal: new AbortController().signal, now, isFresh }).then((result) => {
          const ms = result.kind === 'found' ? FOUND_MS : result.kind === 'not_found' ? NOT_FOUND_MS : 0;
          if (ms > 0) answers.set(key, { until: now.getTime() + ms, result });
          return result;
        });
      if (!begun && !isFresh) {
        underWay.set(key, asking);
        void asking.finally(() => underWay.delete(key));
      }
      return signal ? Promise.race([asking, calledOff(signal)]) : asking;
    },
    async sources(communeId) {
      const { guarded } = await known(communeId);
      return guarded.map(({ source: { name, kind, lookupsPerSecond } }) => ({ name, kind, lookupsPerSecond }));
    },
    async health(communeId) {
      const { guarded } = await known(communeId);
      return guarded.map(({ source: { name, kind }, breaker, lastAnswerAt, lastFault }) => {
        return { name, kind, state: breaker.state(), lastAnswerAt, lastFault };
      });
    },
  };
}

function guard(row: StoredSource, deps: DirectoryDeps & { simulator: Simulator }): Guarded {
  const source = sourceOf(row, deps);
  const guarded: Guarded = {
    source,
    row,
    limiter: createRateLimiter(source.lookupsPerSecond),
    breaker: createBreaker({ failures: 5, openMs: 30_000, now: () => guarded.now }),
    now: 0,
    lastAnswerAt: null,
    lastFault: null,
  };
  return guarded;
}

/** The source behind a stored row. One whose secrets cannot be read, or whose settings do not fit, is "not set up". */
export function sourceOf(
  row: StoredSource,
  deps: Omit<DirectoryDeps, 'clock' | 'sleep'> & { simulator: Simulator },
): DossierSource {
  const { communeId, id, name, kind, stateMap } = row;
  try {
    const opened = openSource(row, deps.box);
    const common = { communeId, id, name, stateMap };
    const settings = opened.settings as never;
    switch (kind) {
      case 'rest':
        return createRestSource({ ...common, settings, secrets: opened.secrets as SecretsOf<'rest'> }, deps);
      case 'portal_sync':
        return createPortalSource({ ...common, settings, secrets: opened.secrets as SecretsOf<'portal_sync'> }, deps);
      case 'import':
        return createImportedSource({ ...common, settings }, deps);
      case 'simulator':
        return createSimulatedSource({ ...common, settings }, deps.simulator);
    }
  } catch (error) {
    deps.log.error('dossiers.source_unreadable', { communeId, sourceId: id, error: errorText(error) });
    const { lookupsPerSecond = 1 } = row.settings as Partial<SettingsOf<'import'>>;
    return { name, kind, lookupsPerSecond, lookup: async () => unavailable(name, 'not_set_up') };
  }
}

const unavailable = (source: string, reason: UnavailableReason, retryAfterMs?: number): LookupResult => ({
  kind: 'unavailable',
  source,
  reason,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }),
});

async function askOne(
  one: Guarded,
  code: string,
  { signal, now, isFresh }: { signal: AbortSignal; now: Date; isFresh: boolean },
  sleep: (ms: number) => Promise<void>,
): Promise<LookupResult> {
  const { source, limiter, breaker } = one;
  one.now = Math.max(one.now, now.getTime());
  if (!breaker.mayAsk()) return unavailable(source.name, 'breaker', 30_000);
  const place = limiter.reserve(one.now, { maxWaitMs: isFresh ? 0 : CITIZEN_WAIT_MS, isPatient: isFresh });
  if ('retryAfterMs' in place) {
    breaker.released();
    return unavailable(source.name, 'rate_limited', place.retryAfterMs);
  }
  if (place.waitMs > 0) await sleep(place.waitMs);
  const result = await source.lookup(code, { signal, now });
  if (result.kind !== 'unavailable') {
    breaker.succeeded();
    one.lastAnswerAt = now;
    return result;
  }
  one.lastFault = { reason: result.reason, at: now };
  if (result.reason === 'not_set_up') breaker.released();
  else breaker.failed(result.retryAfterMs);
  return result;
}

function calledOff(signal: AbortSignal): Promise<LookupResult> {
  return new Promise((done) => {
    const end = () => done(unavailable('', 'timeout'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** A map that forgets what was not asked for the longest. */
function createLru<Value>(size: number) {
  const entries = new Map<string, Value>();
  return {
    get(key: string): Value | undefined {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key: string, value: Value) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size > size) entries.delete(entries.keys().next().value!);
    },
    delete: (key: string) => void entries.delete(key),
  };
}
