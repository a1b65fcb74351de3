import { describe, expect, test } from 'vitest';
import type { Log, LogFields } from '../../log.ts';
import { DOSSIER_STATES, type DossierSource, type DossierState } from '../dossier.ts';
import { type Factors, matches } from '../factors.ts';

/** A dossier in nobody's format: each source's test writes it as its system would. */
export interface SampleDossier {
  code: string;
  state: DossierState;
  receivedAt: Date;
  dueAt: Date;
}

export const OWNER = { name: 'Người Nộp Mẫu', personalId: '036085001234', phone: '0900000001' };
export const OFFICER = 'Cán Bộ Mẫu';
export const REMARK = 'nội bộ: trình lãnh đạo ký nháy';
export const UNKNOWN_WORD = 'Chờ ký số';

const receivedAt = new Date('2026-07-01T02:00:00Z');
const dueAt = new Date('2026-07-20T10:00:00Z');
/** One dossier per national state, and one in a state no map knows. */
export const SAMPLES: SampleDossier[] = [...DOSSIER_STATES, 'unknown' as const].map((state, index) => ({
  code: `H99.15-260701-${String(index + 1).padStart(4, '0')}`,
  state,
  receivedAt,
  dueAt,
}));

/** Keeps what is logged, to look for what must not be there. */
export function createListeningLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const keep = (event: string, fields?: LogFields) => void lines.push(JSON.stringify({ event, ...fields }));
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

export interface SourceUnderTest {
  source: DossierSource;
  communeId: string;
  factors: Factors;
  log: { lines: string[] };
  /** What it holds. */
  samples: Pick<SampleDossier, 'code' | 'state'>[];
  /** Last four of the owner's number, and the phone. */
  owner: { idLast4: string; phone: string };
  /** A canonical code it does not hold. */
  missing: string;
}

/** What every source promises, whatever stands behind it. */
export function describeDossierSource(name: string, setup: () => SourceUnderTest): void {
  const now = new Date('2026-07-10T03:00:00Z');
  const lookup = (under: SourceUnderTest, code: string) =>
    under.source.lookup(code, { signal: AbortSignal.timeout(20_000), now });

  describe(`dossier source: ${name}`, () => {
    test('every state arrives as the national one; what nobody mapped stays unknown with its own word', async () => {
      const under = setup();
      expect(new Set(under.samples.map(({ state }) => state))).toEqual(new Set([...DOSSIER_STATES, 'unknown']));
      for (const { code, state } of under.samples) {
        const result = await lookup(under, code);
        expect(result.kind).toBe('found');
        if (result.kind !== 'found') continue;
        expect(result.dossier).toMatchObject({ code, state });
        expect(result.source).toBe(under.source.name);
        expect(result.dossier.rawState).not.toBe('');
        if (state === 'unknown') expect(result.dossier.rawState).toBe(UNKNOWN_WORD);
        expect(result.asOf.getTime()).toBeLessThanOrEqual(now.getTime());
        expect(result.dossier.receivedAt).toBeInstanceOf(Date);
      }
    });

    test('the owner is known by keyed hashes only', async () => {
      const under = setup();
      const { code } = under.samples.find(({ state }) => state === 4)!;
      const result = await lookup(under, code);
      if (result.kind !== 'found') throw new Error(result.kind);
      const { idLast4Hash, phoneHash } = result.dossier.ownerHints;
      expect(matches(idLast4Hash, await under.factors.hashIdLast4(under.communeId, under.owner.idLast4))).toBe(true);
      expect(matches(phoneHash, await under.factors.hashPhone(under.communeId, under.owner.phone))).toBe(true);
      expect(matches(idLast4Hash, await under.factors.hashIdLast4(under.communeId, '9999'))).toBe(false);
    });

    test('nothing personal and nothing internal leaves the source or reaches the log', async () => {
      const under = setup();
      const told: string[] = [];
      for (const { code } of under.samples) told.push(JSON.stringify(await lookup(under, code)));
      for (const word of [OWNER.name, OWNER.personalId, OWNER.phone, OFFICER, REMARK]) {
        expect(told.join('\n')).not.toContain(word);
        expect(under.log.lines.join('\n')).not.toContain(word);
      }
      for (const { code } of under.samples) expect(under.log.lines.join('\n')).not.toContain(code);
    });

    test('a code it does not hold is not found, with the age of its data', async () => {
      const under = setup();
      const result = await lookup(under, under.missing);
      expect(result).toMatchObject({ kind: 'not_found', source: under.source.name });
      if (result.kind === 'not_found') expect(result.asOf.getTime()).toBeLessThanOrEqual(now.getTime());
    });

    test('whatever is asked for, it answers and does not throw', async () => {
      const under = setup();
      for (const code of [
        '',
        '../../admin',
        "H99'; drop table x; --",
        '%00',
        'x'.repeat(3_000),
        'H99.15-260701-0001?a=b',
      ]) {
        expect((await lookup(under, code)).kind).not.toBe('found');
      }
    });
  });
}
