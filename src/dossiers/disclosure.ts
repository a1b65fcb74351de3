import { and, eq, gt, lte, or, sql } from 'drizzle-orm';
import type { CommuneSettings } from '../communes/communes.ts';
import type { Database, Db } from '../db/client.ts';
import { derivedFrom } from '../db/ids.ts';
import { type Act, type AuditRow, countActs, countCodes, record, recorded } from './audit.ts';
import type { DossierView } from './dossier.ts';
import { dossierProofs } from './dossiers.schema.ts';
import { type CommuneFactors, type Factors, matches } from './factors.ts';
import { isSensitive } from './sensitive.ts';

/** L0: the code alone. L1: a second factor besides. L2: an officer has seen or called the person. */
export type Level = 0 | 1 | 2;

export interface Inquirer {
  communeId: string;
  conversationId: string;
  citizenId: string;
  /** Stays the same when a turn is repeated: nothing is counted twice. */
  turnId: string;
}

export type Admission =
  | 'admitted'
  /** This citizen has asked too often in an hour. */
  | 'too_many'
  /** Numbers of one unit and day are being tried out. */
  | 'enumerating'
  /** The commune's ceiling. */
  | 'busy';

export type Factor = { kind: 'id_last4'; last4: string } | { kind: 'shared_phone'; phone: string };

/** `wrong` is said of everything that does not match: another number, no number known, no such dossier. */
export type Verdict = 'right' | 'wrong' | 'too_many';

type Limits = CommuneSettings['dossiers'];

/** Who may be told how much. Everything asked and tried is written down, append only, codes as keyed hashes. */
export interface Disclosure {
  /** Before a look-up: whether this citizen may make it. */
  admit(who: Inquirer, code: string, limits: Limits, now: Date): Promise<Admission>;
  /** What came of it; also what was asked or taken back about notices. */
  note(who: Inquirer, code: string, act: Act, result: string, level: Level, now: Date): Promise<void>;
  /**
   * One try of a second factor; counted whether or not there is such a dossier. A right one is remembered for a while.
   * @param hints null when the dossier was not found
   */
  tryFactor(
    who: Inquirer,
    code: string,
    factor: Factor,
    hints: DossierView['ownerHints'] | null,
    limits: Limits,
    now: Date,
  ): Promise<Verdict>;
  /** What was proved in this conversation and still counts. */
  proved(who: Pick<Inquirer, 'communeId' | 'conversationId'>, code: string, now: Date): Promise<Level>;
  /** An officer has confirmed the person, at the desk or by a call: L2. */
  confirm(
    by: { communeId: string; conversationId: string; citizenId: string; officerId: string },
    code: string,
    limits: Limits,
    now: Date,
  ): Promise<void>;
}

/** A sensitive dossier stays at L0 whatever was proved. */
export const levelOf = (view: Pick<DossierView, 'procedureCode' | 'procedureName'>, proved: Level): Level =>
  isSensitive(view) ? 0 : proved;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** So many times the look-ups of an hour, when they are of dossiers told of before. */
const MOST_REPEATS = 6;
/** Compared with where nothing is known, so that it takes as long. */
const NOBODY = 'A'.repeat(43);

export function createDisclosure({
  database,
  factors,
}: {
  database: Pick<Database, 'orm'>;
  factors: Factors;
}): Disclosure {
  const rowOf = (who: Inquirer, of: CommuneFactors, code: string, act: Act, result: string, now: Date): AuditRow => ({
    communeId: who.communeId,
    id: derivedFrom('dossier audit', who.turnId, act, result === 'admitted' ? 'admission' : 'result', code),
    citizenId: who.citizenId,
    conversationId: who.conversationId,
    codeHash: of.code(code),
    seriesHash: of.series(code),
    act,
    result,
    at: now,
  });
  const ago = (now: Date, ms: number) => new Date(now.getTime() - ms);

  /** Runs alone among those who count for this citizen or this dossier: what is counted stays true until it is written. */
  const counting = <T>(keys: string[], work: (db: Db) => Promise<T>): Promise<T> =>
    database.orm.transaction(async (transaction) => {
      for (const key of keys.toSorted())
        await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
      return work(transaction as unknown as Db);
    });

  return {
    async admit(who, code, limits, now) {
      const of = await factors.of(who.communeId);
      const admitted = rowOf(who, of, code, 'lookup', 'admitted', now);
      const { communeId, citizenId } = who;
      return counting([`dossier ${communeId} ${citizenId}`], async (db) => {
        const before = await recorded(db, communeId, admitted.id);
        if (before) return before as Admission;
        const looked = { communeId, act: 'lookup' as const, results: ['admitted'] };
        const day = ago(now, DAY_MS);
        const { seriesHash, codeHash } = admitted;
        const inSeries = { ...looked, citizenId, seriesHash, since: day };
        const same = { communeId, act: 'lookup' as const, citizenId, codeHash };
        const isSeen = (await countActs(db, { ...same, results: ['admitted'], since: day })) > 0;
        // what was told already tells nothing new: whoever asks after their own dossier is not trying numbers out
        const wasFound = (await countActs(db, { ...same, results: ['found'], since: day })) > 0;
        const inHour = { ...looked, citizenId, since: ago(now, HOUR_MS) };
        const refusal: Admission | null =
          (!wasFound && (await countCodes(db, inHour)) >= limits.lookupsPerHour) ||
          (await countActs(db, inHour)) >= MOST_REPEATS * limits.lookupsPerHour
            ? 'too_many'
            : !wasFound &&
                ((await countCodes(db, { ...inSeries, results: ['not_found'] })) >= limits.unknownPerSeries ||
                  (!isSeen && (await countCodes(db, inSeries)) >= limits.perSeriesAndDay))
              ? 'enumerating'
              : (await countActs(db, { ...looked, since: ago(now, HOUR_MS) })) >= limits.communeLookupsPerHour
                ? 'busy'
                : null;
        return (await record(db, { ...admitted, result: refusal ?? 'admitted' })) as Admission;
      });
    },

    async note(who, code, act, result, level, now) {
      const of = await factors.of(who.communeId);
      await record(database.orm, { ...rowOf(who, of, code, act, result, now), level });
    },

    async tryFactor(who, code, factor, hints, limits, now) {
      const of = await factors.of(who.communeId);
      const { communeId, conversationId, citizenId } = who;
      const [given, known] =
        factor.kind === 'id_last4'
          ? [of.idLast4(factor.last4), hints?.idLast4Hash]
          : [of.phone(factor.phone), hints?.phoneHash];
      const isRight = matches(given ?? NOBODY.toLowerCase(), known ?? NOBODY);
      const tried = rowOf(who, of, code, 'factor', isRight ? 'right' : 'wrong', now);
      const { codeHash } = tried;
      const keys = [`dossier ${communeId} ${citizenId}`, `dossier ${communeId} ${codeHash}`];
      return counting(keys, async (db) => {
        const before = await recorded(db, communeId, tried.id);
        if (before) return before as Verdict;
        const tries = { communeId, act: 'factor' as const, results: ['right', 'wrong'] };
        const isOver = async (of: { citizenId?: string; codeHash?: string }) =>
          (await countActs(db, { ...tries, ...of, since: ago(now, 15 * MINUTE_MS) })) >= limits.triesPer15Minutes ||
          (await countActs(db, { ...tries, ...of, since: ago(now, DAY_MS) })) >= limits.triesPerDay;
        // all are counted, whichever is reached first: the time must not tell
        const reached = [
          await isOver({ citizenId }),
          await isOver({ codeHash }),
          (await countActs(db, { ...tries, since: ago(now, HOUR_MS) })) >= limits.communeTriesPerHour,
        ];
        const verdict = (await record(db, {
          ...tried,
          result: reached.includes(true) ? 'too_many' : tried.result,
          level: 1,
        })) as Verdict;
        if (verdict === 'right') {
          const expiresAt = new Date(now.getTime() + limits.proofMinutes * MINUTE_MS);
          await db
            .insert(dossierProofs)
            .values({ communeId, conversationId, codeHash, level: 1, provedAt: now, expiresAt })
            .onConflictDoUpdate({
              target: [dossierProofs.communeId, dossierProofs.conversationId, dossierProofs.codeHash],
              set: { level: 1, officerId: null, provedAt: now, expiresAt },
              // an officer's word is not undone by a number
              setWhere: or(lte(dossierProofs.expiresAt, now), lte(dossierProofs.level, 1)),
            });
        }
        return verdict;
      });
    },

    async proved({ communeId, conversationId }, code, now) {
      const codeHash = await factors.hashCode(communeId, code);
      const [row] = await database.orm
        .select({ level: dossierProofs.level })
        .from(dossierProofs)
        .where(
          and(
            eq(dossierProofs.communeId, communeId),
            eq(dossierProofs.conversationId, conversationId),
            eq(dossierProofs.codeHash, codeHash),
            gt(dossierProofs.expiresAt, now),
          ),
        );
      return row?.level === 2 ? 2 : row?.level === 1 ? 1 : 0;
    },

    async confirm({ communeId, conversationId, citizenId, officerId }, code, limits, now) {
      const of = await factors.of(communeId);
      const codeHash = of.code(code);
      const expiresAt = new Date(now.getTime() + limits.officerProofMinutes * MINUTE_MS);
      const proof = { level: 2, officerId, provedAt: now, expiresAt };
      await database.orm.transaction(async (transaction) => {
        await transaction
          .insert(dossierProofs)
          .values({ communeId, conversationId, codeHash, ...proof })
          .onConflictDoUpdate({
            target: [dossierProofs.communeId, dossierProofs.conversationId, dossierProofs.codeHash],
            set: proof,
          });
        await record(transaction as unknown as Db, {
          communeId,
          id: derivedFrom('dossier audit', conversationId, officerId, codeHash, now.toISOString()),
          citizenId,
          conversationId,
          officerId,
          codeHash,
          seriesHash: of.series(code),
          act: 'verify',
          result: 'confirmed',
          level: 2,
          at: now,
        });
      });
    },
  };
}
