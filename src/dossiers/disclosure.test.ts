import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openMigrated, seed, type TestDb } from '../../test/support/db.ts';
import { startPostgres, type TestPostgres } from '../bench/postgres.ts';
import { addCommune, communeSettings } from '../communes/communes.ts';
import { createSecretBox } from '../communes/secrets.ts';
import { openPostgres } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { createDisclosure, type Disclosure, type Inquirer, levelOf } from './disclosure.ts';
import { createFactors, type Factors } from './factors.ts';
import { isSensitive } from './sensitive.ts';

const limits = communeSettings.parse({ officeName: 'UBND xã' }).dossiers;
const now = new Date('2026-11-18T03:00:00Z');
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
const CODE = 'H26.15-261110-0001';
const code = (serial: number, day = '261110') => `H26.15-${day}-${String(serial).padStart(4, '0')}`;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe.each(['embedded', 'postgres'] as const)('on the %s database', (kind) => {
  let database: TestDb;
  let factors: Factors;
  let disclosure: Disclosure;
  let hints: { idLast4Hash: string; phoneHash: string };
  const somebody = (change: Partial<Inquirer> = {}): Inquirer => ({
    communeId: commune,
    conversationId: timeOrdered(),
    citizenId: timeOrdered(),
    turnId: timeOrdered(),
    ...change,
  });
  const again = (who: Inquirer): Inquirer => ({ ...who, turnId: timeOrdered() });
  const last4 = (digits: string) => ({ kind: 'id_last4' as const, last4: digits });

  beforeAll(async () => {
    const opened = kind === 'embedded' ? await openMigrated() : openPostgres(await postgres.createDatabase());
    database = await seed(opened, ['xa-khac']);
    factors = createFactors(database, createSecretBox('a'.repeat(64)));
    disclosure = createDisclosure({ database, factors });
  });
  afterAll(() => database.close());
  let commune: string;
  let made = 0;
  beforeEach(async () => {
    made += 1;
    commune = (await addCommune(database.orm, { slug: `xa-${made}`, name: 'UBND xã' })).id;
    const of = await factors.of(commune);
    hints = { idLast4Hash: of.idLast4('5678')!, phoneHash: of.phone('0912345678')! };
  });

  test('a right factor is remembered for a while, in this conversation only', async () => {
    const who = somebody();
    expect(await disclosure.proved(who, CODE, now)).toBe(0);
    expect(await disclosure.tryFactor(who, CODE, last4('5678'), hints, limits, now)).toBe('right');
    expect(await disclosure.proved(who, CODE, later(14))).toBe(1);
    expect(await disclosure.proved(who, CODE, later(16))).toBe(0);
    expect(await disclosure.proved(somebody(), CODE, now)).toBe(0);
    expect(await disclosure.proved({ ...who, communeId: database.communes[0]!.id }, CODE, now)).toBe(0);
    expect(await disclosure.proved(who, code(2), now)).toBe(0);
  });

  test('the shared phone of the dossier is a factor, another is none', async () => {
    const phone = (text: string) => ({ kind: 'shared_phone' as const, phone: text });
    expect(await disclosure.tryFactor(somebody(), CODE, phone('84912345678'), hints, limits, now)).toBe('right');
    expect(await disclosure.tryFactor(somebody(), CODE, phone('84912345679'), hints, limits, now)).toBe('wrong');
    expect(await disclosure.tryFactor(somebody(), CODE, phone('?'), {}, limits, now)).toBe('wrong');
  });

  test('of 20 tries of one citizen at once three are made; after 15 minutes three more, ten in a day', async () => {
    const who = somebody();
    const tries = Array.from({ length: 20 }, (_, at) =>
      disclosure.tryFactor(again(who), code(at + 1, `26110${(at % 9) + 1}`), last4('0000'), null, limits, now),
    );
    const verdicts = await Promise.all(tries);
    expect(verdicts.filter((verdict) => verdict === 'wrong')).toHaveLength(3);
    expect(verdicts.filter((verdict) => verdict === 'too_many')).toHaveLength(17);
    let heard = 3;
    for (let round = 1; round < 6; round++)
      for (let at = 0; at < 4; at++)
        if (
          (await disclosure.tryFactor(again(who), CODE, last4('5678'), null, limits, later(round * 16))) !== 'too_many'
        )
          heard += 1;
    expect(heard).toBe(10);
  });

  test('of 20 people who try one dossier at once three are heard, and the right number helps no more', async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, () => disclosure.tryFactor(somebody(), CODE, last4('1111'), hints, limits, now)),
    );
    expect(verdicts.filter((verdict) => verdict === 'wrong')).toHaveLength(3);
    expect(await disclosure.tryFactor(somebody(), CODE, last4('5678'), hints, limits, now)).toBe('too_many');
    expect(await disclosure.tryFactor(somebody(), CODE, last4('5678'), hints, limits, later(16))).toBe('right');
  });

  test('a repeated turn has the answer of the first time and counts once', async () => {
    const who = somebody();
    for (let at = 0; at < 5; at++) {
      expect(await disclosure.tryFactor(who, CODE, last4('0000'), hints, limits, now)).toBe('wrong');
      expect(await disclosure.admit(who, CODE, limits, now)).toBe('admitted');
      await disclosure.note(who, CODE, 'lookup', 'found', 0, now);
    }
    const rows = await database.run(
      'n',
      'select act, result from dossier_audit where commune_id = $1 order by act, result',
      [commune],
    );
    expect(rows).toEqual([
      { act: 'factor', result: 'wrong' },
      { act: 'lookup', result: 'admitted' },
      { act: 'lookup', result: 'found' },
    ]);
  });

  test('of 20 look-ups at once ten are made, an hour later more', async () => {
    const who = somebody();
    const admissions = await Promise.all(
      Array.from({ length: 20 }, (_, at) => disclosure.admit(again(who), code(at + 1, `2610${10 + at}`), limits, now)),
    );
    expect(admissions.filter((admission) => admission === 'admitted')).toHaveLength(10);
    expect(admissions.filter((admission) => admission === 'too_many')).toHaveLength(10);
    expect(await disclosure.admit(again(who), CODE, limits, later(61))).toBe('admitted');
    expect(await disclosure.admit(somebody(), CODE, limits, now)).toBe('admitted');
  });

  test('after three unknown numbers of one unit and day no more of them are looked up', async () => {
    const who = somebody();
    for (let serial = 1; serial <= 3; serial++) {
      const turn = again(who);
      expect(await disclosure.admit(turn, code(serial), limits, now)).toBe('admitted');
      await disclosure.note(turn, code(serial), 'lookup', 'not_found', 0, now);
    }
    expect(await disclosure.admit(again(who), code(4), limits, now)).toBe('enumerating');
    expect(await disclosure.admit(again(who), code(4, '261109'), limits, now)).toBe('admitted');
    expect(await disclosure.admit(somebody(), code(4), limits, now)).toBe('admitted');
  });

  test('known numbers of one unit and day cannot be walked through either; the same one may be asked about again', async () => {
    const who = somebody();
    const admissions: string[] = [];
    for (let serial = 1; serial <= 8; serial++)
      admissions.push(await disclosure.admit(again(who), code(serial), limits, now));
    expect(admissions).toEqual([...Array(6).fill('admitted'), 'enumerating', 'enumerating']);
    expect(await disclosure.admit(again(who), code(1), limits, now)).toBe('admitted');
  });

  test('one’s own dossier may be asked after again and again, also after mistypings; not without end', async () => {
    const who = somebody();
    const ask = async (number: string, result: string) => {
      const turn = again(who);
      const admission = await disclosure.admit(turn, number, limits, now);
      if (admission === 'admitted') await disclosure.note(turn, number, 'lookup', result, 0, now);
      return admission;
    };
    for (let at = 0; at < 12; at++) expect(await ask(CODE, 'found')).toBe('admitted');
    for (const serial of [91, 92, 93]) expect(await ask(code(serial), 'not_found')).toBe('admitted');
    expect(await ask(code(94), 'not_found')).toBe('enumerating');
    expect(await ask(CODE, 'found')).toBe('admitted');
    // other dossiers are counted as ever
    for (let at = 0; at < 6; at++) expect(await ask(code(1, `26100${at + 1}`), 'found')).toBe('admitted');
    expect(await ask(code(1, '261008'), 'found')).toBe('too_many');
    expect(await ask(CODE, 'found')).toBe('admitted');
    for (let at = 0; at < 40; at++) await ask(CODE, 'found');
    expect(await ask(CODE, 'found')).toBe('too_many');
  });

  test('a commune’s ceiling holds for all together', async () => {
    const few = { ...limits, communeLookupsPerHour: 2, communeTriesPerHour: 2 };
    for (const expected of ['admitted', 'admitted', 'busy'])
      expect(await disclosure.admit(somebody(), CODE, few, now)).toBe(expected);
    for (const [at, expected] of ['wrong', 'wrong', 'too_many'].entries())
      expect(await disclosure.tryFactor(somebody(), code(at + 1), last4('0000'), hints, few, now)).toBe(expected);
  });

  test('an officer’s confirmation is L2, written down, and not undone by a number', async () => {
    const who = somebody();
    const officerId = timeOrdered();
    await disclosure.confirm({ ...who, officerId }, CODE, limits, now);
    expect(await disclosure.proved(who, CODE, later(30))).toBe(2);
    expect(await disclosure.tryFactor(who, CODE, last4('5678'), hints, limits, later(1))).toBe('right');
    expect(await disclosure.proved(who, CODE, later(30))).toBe(2);
    expect(
      await database.run('v', `select officer_id, level from dossier_audit where act = 'verify' and commune_id = $1`, [
        commune,
      ]),
    ).toEqual([{ officer_id: officerId, level: 2 }]);
  });

  test('no code, series or number stands readable in what is written down', async () => {
    const who = somebody();
    await disclosure.admit(who, CODE, limits, now);
    await disclosure.tryFactor(who, CODE, last4('5678'), hints, limits, now);
    const rows = await database.run('a', 'select * from dossier_audit');
    const proofs = await database.run('p', 'select * from dossier_proofs');
    // ids and keyed hashes are random letters and digits: any four of them stand there some day
    const random = /"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|[\w+/-]{43}=?)"/gi;
    const written = JSON.stringify([rows, proofs]).replace(random, '""');
    expect(written).toContain('"code_hash":""');
    expect(written).toContain('"series_hash":""');
    expect(written).not.toMatch(/H26|5678|0001/);
  });
});

test.each([
  [{ procedureCode: '1.001022' }, true],
  [{ procedureName: 'Đăng ký nhận cha, mẹ, con' }, true],
  [{ procedureCode: '1.001699', procedureName: 'Thủ tục số 7' }, true],
  [{ procedureName: 'TRỢ CẤP XÃ HỘI HÀNG THÁNG' }, true],
  [{ procedureName: 'Giải quyết tố cáo tại cấp xã' }, true],
  [{ procedureCode: '1.003005' }, true],
  [{ procedureCode: '1.001193' }, false],
  [{ procedureName: 'Đăng ký kết hôn' }, false],
  [{ procedureCode: '2.000815' }, false],
  [{}, true],
  [{ procedureCode: '9.999999' }, true],
])('%o is sensitive: %s', (procedure, expected) => {
  expect(isSensitive(procedure)).toBe(expected);
  expect(levelOf(procedure, 2)).toBe(expected ? 0 : 2);
});
