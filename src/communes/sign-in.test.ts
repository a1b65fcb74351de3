import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { addOfficer, createLink, forgetCredentials, type Officer, updateOfficer } from './officers.ts';
import { hashPassword, isPassword, passwordFault } from './passwords.ts';
import { createSecretBox } from './secrets.ts';
import {
  createSessionReader,
  endSession,
  IDLE_HOURS,
  SESSION_HOURS,
  type SessionReader,
  startSession,
} from './sessions.ts';
import { createSignIn, resealSecondFactors, type SignIn } from './sign-in.ts';

const NOW = new Date('2026-07-20T02:00:00Z');
const PASSWORD = 'bốn con trâu xanh';
const oldKey = 'a'.repeat(64);
const later = (ms: number) => new Date(NOW.getTime() + ms);
const MINUTE = 60_000;
const HOUR = 3_600_000;

let database: TestDb;
let readSession: SessionReader;
let signIn: SignIn;
let serial = 0;
beforeAll(async () => {
  database = await createTestDb({ communes: ['xa-mot', 'xa-hai'] });
  readSession = createSessionReader(database);
});
afterAll(() => database.close());
beforeEach(() => {
  serial += 1;
  signIn = createSignIn({ database, box: createSecretBox(oldKey) });
});

const newOfficer = (index = 0, email = `can.bo.${serial}@example.vn`) =>
  addOfficer(database.orm, database.communes[index]!.id, { email, role: 'officer' });
const codeAt = (secret: string, at: Date) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at.getTime() });

/** An officer who has been through the page of their link; `code` is right at a time. */
async function settled(officer: Officer, password = PASSWORD) {
  const token = await createLink(database.orm, officer, 'setup', NOW);
  const shown = (await signIn.beginSetup(token, NOW))!;
  const done = await signIn.finishSetup(
    token,
    { name: 'Cán bộ', title: '', password, code: codeAt(shown.secret, NOW), sealedSecret: shown.sealedSecret },
    NOW,
  );
  if ('faults' in done) throw new Error(JSON.stringify(done.faults));
  return { ...done, token, code: (at: Date) => codeAt(shown.secret, at), secret: shown.secret };
}
const tryIn = (email: string, password: string, code: string, at: Date, from = `10.0.0.${serial}`) =>
  signIn.withPassword({ email, password, code }, from, at);

test('a link lets somebody choose a password once, and looking at it does not use it up', async () => {
  const officer = await newOfficer();
  const { token, code } = await settled(officer);
  expect(await signIn.beginSetup(token, NOW)).toBeUndefined();
  const at = later(MINUTE);
  expect(await tryIn(officer.email, PASSWORD, code(at), at)).toMatchObject({
    kind: 'in',
    officers: [{ id: officer.id }],
  });
});

test('of two who use one link at once, one comes in', async () => {
  const officer = await newOfficer();
  const token = await createLink(database.orm, officer, 'setup', NOW);
  const shown = (await signIn.beginSetup(token, NOW))!;
  const setup = {
    name: 'A',
    title: '',
    password: PASSWORD,
    code: codeAt(shown.secret, NOW),
    sealedSecret: shown.sealedSecret,
  };
  const done = await Promise.all([signIn.finishSetup(token, setup, NOW), signIn.finishSetup(token, setup, NOW)]);
  expect(done.filter((one) => 'officer' in one)).toHaveLength(1);
});

test('a link a day old, of somebody switched off, or for the other purpose lets nobody in', async () => {
  const officer = await newOfficer();
  const token = await createLink(database.orm, officer, 'setup', NOW);
  expect(await signIn.beginSetup(token, later(24 * HOUR))).toBeUndefined();
  expect(await signIn.enterByLink(token, NOW)).toBeUndefined();
  const enter = await createLink(database.orm, officer, 'enter', NOW);
  expect(await signIn.enterByLink(enter, NOW)).toMatchObject({ id: officer.id });
  expect(await signIn.enterByLink(enter, NOW)).toBeUndefined();
  await updateOfficer(database.orm, officer.communeId, officer.id, { isActive: false });
  expect(await signIn.beginSetup(token, NOW)).toBeUndefined();
});

test('the secret of one link is refused at another', async () => {
  const [one, other] = [await newOfficer(), await newOfficer(1)];
  const first = (await signIn.beginSetup(await createLink(database.orm, one, 'setup', NOW), NOW))!;
  const token = await createLink(database.orm, other, 'setup', NOW);
  const setup = {
    name: 'A',
    title: '',
    password: PASSWORD,
    code: codeAt(first.secret, NOW),
    sealedSecret: first.sealedSecret,
  };
  expect(await signIn.finishSetup(token, setup, NOW)).toMatchObject({ faults: { code: expect.any(String) } });
});

test('wrong password, wrong code and an address nobody has are answered alike', async () => {
  const { officer, code } = await settled(await newOfficer());
  const at = later(MINUTE);
  expect(await tryIn(officer.email, 'bốn con trâu đỏ lắm', code(at), at)).toEqual({ kind: 'refused' });
  expect(await tryIn(officer.email, PASSWORD, '000000', at)).toEqual({ kind: 'refused' });
  expect(await tryIn('khong.ai@example.vn', PASSWORD, code(at), at)).toEqual({ kind: 'refused' });
});

test('a code counts once, also within its half minute; a recovery code counts once', async () => {
  const { officer, code, recoveryCodes } = await settled(await newOfficer());
  const at = later(MINUTE);
  expect((await tryIn(officer.email, PASSWORD, code(at), at)).kind).toBe('in');
  expect((await tryIn(officer.email, PASSWORD, code(at), at)).kind).toBe('refused');
  const recovery = recoveryCodes[3]!.toUpperCase();
  expect((await tryIn(officer.email, PASSWORD, recovery, at)).kind).toBe('in');
  expect((await tryIn(officer.email, PASSWORD, recovery, at)).kind).toBe('refused');
});

test('after too many wrong tries an address is locked for a quarter of an hour, also one nobody has', async () => {
  signIn = createSignIn({ database, box: createSecretBox(oldKey), limits: { email: 2, address: 40 } });
  const { officer, code } = await settled(await newOfficer());
  for (const email of [officer.email, `khong.ai.${serial}@example.vn`]) {
    for (let tries = 0; tries < 2; tries++) {
      expect((await tryIn(email, 'sai mật khẩu rồi', '111111', NOW, `10.1.${serial}.${tries}`)).kind).toBe('refused');
    }
    expect(await tryIn(email, PASSWORD, code(NOW), NOW)).toEqual({ kind: 'locked', until: later(15 * MINUTE) });
  }
  const after = later(16 * MINUTE);
  expect((await tryIn(officer.email, PASSWORD, code(after), after)).kind).toBe('in');
});

test('after many wrong tries from one place nobody is tried from there', async () => {
  signIn = createSignIn({ database, box: createSecretBox(oldKey), limits: { email: 8, address: 3 } });
  const from = '203.0.113.9';
  for (let tries = 0; tries < 3; tries++) await tryIn(`x${tries}.${serial}@example.vn`, 'sai', '1', NOW, from);
  expect((await tryIn(`y.${serial}@example.vn`, 'sai', '1', NOW, from)).kind).toBe('locked');
  expect((await tryIn(`y.${serial}@example.vn`, 'sai', '1', NOW, '203.0.113.10')).kind).toBe('refused');
});

test('many wrong tries at once do not slip past the limit', async () => {
  signIn = createSignIn({ database, box: createSecretBox(oldKey), limits: { email: 3, address: 40 } });
  const tries = Array.from({ length: 6 }, () => tryIn(`cung.luc.${serial}@example.vn`, 'sai', '1', NOW));
  expect((await Promise.all(tries)).map(({ kind }) => kind).sort()).toEqual([
    ...Array(3).fill('locked'),
    ...Array(3).fill('refused'),
  ]);
});

test('somebody at two communes is signed in where password and code are right, and only there', async () => {
  const email = `hai.noi.${serial}@example.vn`;
  const one = await settled(await newOfficer(0, email));
  await settled(await newOfficer(1, email), 'một mật khẩu khác hẳn');
  const at = later(MINUTE);
  const result = await tryIn(email, PASSWORD, one.code(at), at);
  expect(result.kind === 'in' && result.officers.map(({ id }) => id)).toEqual([one.officer.id]);
});

test('a session ends by rest, by age, by sign-out, by reset and when its officer is switched off', async () => {
  const officer = await newOfficer();
  const start = () => startSession(database, [officer], 'password', NOW);
  const [idle, signedOut, reset] = [await start(), await start(), await start()];
  expect((await readSession(idle, later(IDLE_HOURS * HOUR - 1)))?.memberships[0]?.officer.id).toBe(officer.id);
  expect(await readSession(signedOut, later(IDLE_HOURS * HOUR + 1))).toBeUndefined();
  // Kept alive by use, but not beyond a working day.
  let at = later(IDLE_HOURS * HOUR - 1);
  while (at.getTime() < NOW.getTime() + SESSION_HOURS * HOUR - HOUR) {
    expect(await readSession(idle, at)).toBeDefined();
    at = new Date(at.getTime() + HOUR);
  }
  expect(await readSession(idle, later(SESSION_HOURS * HOUR))).toBeUndefined();
  await endSession(database, signedOut);
  expect(await readSession(signedOut, NOW)).toBeUndefined();
  await forgetCredentials(database.orm, officer.communeId, officer.id);
  expect(await readSession(reset, NOW)).toBeUndefined();
  const last = await start();
  await updateOfficer(database.orm, officer.communeId, officer.id, { isActive: false });
  expect(await readSession(last, NOW)).toBeUndefined();
});

test('a page that watches by itself does not keep a session alive', async () => {
  const token = await startSession(database, [await newOfficer()], 'password', NOW);
  expect(await readSession(token, later(3 * HOUR), { isActive: false })).toBeDefined();
  expect(await readSession(token, later(5 * HOUR), { isActive: false })).toBeUndefined();
});

test('passwords: same words typed in another Unicode form are the same, weak ones are named, rows differ', async () => {
  const stored = await hashPassword(PASSWORD.normalize('NFD'));
  expect(stored).toMatch(/^scrypt\$32768\$8\$3\$/);
  expect(stored).not.toBe(await hashPassword(PASSWORD));
  expect(await isPassword(PASSWORD.normalize('NFC'), stored)).toBe(true);
  expect(await isPassword(`${PASSWORD} `, stored)).toBe(false);
  expect(await isPassword(PASSWORD, null)).toBe(false);
  expect(passwordFault('ngắn', 'a@b.vn')).toMatch(/ít nhất 10/);
  expect(passwordFault('aaaaaaaaaaaa', 'a@b.vn')).toMatch(/dễ đoán/);
  expect(passwordFault('nguyenvan123', 'nguyenvan@b.vn')).toMatch(/dễ đoán/);
  expect(passwordFault(PASSWORD, 'a@b.vn')).toBeNull();
});

test('second factors are sealed with the new key when keys are rotated, and still count', async () => {
  const { officer, code } = await settled(await newOfficer());
  const box = createSecretBox('b'.repeat(64), oldKey);
  expect(await resealSecondFactors(database.orm, box)).toBeGreaterThan(0);
  expect(await resealSecondFactors(database.orm, box)).toBe(0);
  signIn = createSignIn({ database, box: createSecretBox('b'.repeat(64)) });
  const at = later(MINUTE);
  expect((await tryIn(officer.email, PASSWORD, code(at), at)).kind).toBe('in');
});
