import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBankPlatform, MANGLINGS } from '../../demo/gateways/bank.ts';
import type { BankCredit, NotificationResult } from '../bank.ts';
import { findReferences, newReference } from '../reference.ts';
import { sepay } from './sepay.ts';
import { readStatement } from './statement.ts';

const SECRET = 'HOIXASEPAYSECRET';
const ACCOUNT = '1012345678';
let at = Date.parse('2026-11-21T02:30:00Z');
const bank = createBankPlatform({ now: () => at });
const notifier = sepay.create({ secrets: { secret: SECRET }, now: () => new Date(at) });
const reads: NotificationResult[] = [];
let isDown = false;

/** Reads what it is told, as the commune's server does. */
const merchant = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const input = { method: 'POST' as const, rawQuery: '', rawBody: Buffer.concat(chunks), headers: request.headers };
  const read = notifier.verify(input);
  if (!isDown) reads.push(read);
  const { status, headers, body } = notifier.reply(isDown ? 'error' : read.ok ? 'stored' : read.reason);
  response.writeHead(status, headers).end(body);
});
beforeAll(async () => {
  await new Promise<void>((done) => merchant.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(merchant.address() as AddressInfo).port}/bank`;
  bank.openAccount({ bin: '970436', number: ACCOUNT, name: 'UBND XA THU NGHIEM', notify: { url, secret: SECRET } });
  await bank.start();
});
afterAll(() => Promise.all([bank.stop(), new Promise((done) => merchant.close(done))]));

const credits = (): BankCredit[] => reads.flatMap((read) => (read.ok ? read.credits : []));
const pass = async (ms: number) => {
  at += ms;
  await bank.tick();
};

it('a transfer is told of, whatever the bank makes of its words', async () => {
  for (const how of Object.keys(MANGLINGS) as (keyof typeof MANGLINGS)[]) {
    const ref = newReference('K7N', new Date(at));
    await bank.transfer(ACCOUNT, 25_000, `${ref} LE PHI`, how);
    const credit = credits().at(-1)!;
    expect(credit).toMatchObject({ amountVnd: 25_000, accountNumber: ACCOUNT, at: new Date(at) });
    expect(findReferences(credit.words), how).toEqual([ref]);
  }
  expect(bank.ipn.deliveries.every(({ isAccepted }) => isAccepted)).toBe(true);
});

it('money going out is told of and is none of ours', async () => {
  const before = credits().length;
  await bank.withdraw(ACCOUNT, 5_000, 'PHI QUAN LY');
  expect(reads.at(-1)).toEqual({ ok: true, credits: [] });
  expect(credits()).toHaveLength(before);
});

it('is told again until it is understood, signed anew each time, and not for ever', async () => {
  isDown = true;
  const { id } = await bank.transfer(ACCOUNT, 8_000, 'HX261121K7N00002B');
  await pass(60_000);
  isDown = false;
  await pass(60_000);
  expect(credits().at(-1)).toMatchObject({ bankTxnId: String(id), amountVnd: 8_000 });
  expect(bank.ipn.waiting()).toBe(0);

  isDown = true;
  const lost = await bank.transfer(ACCOUNT, 9_000, 'HX261121K7N00003C');
  for (let minute = 0; minute < 60; minute++) await pass(60_000);
  isDown = false;
  expect(bank.ipn.deliveries.filter(({ ref }) => ref === String(lost.id))).toHaveLength(8);
});

it('changed on the way it is refused; told twice it is the same credit; of another account it says so', async () => {
  bank.ipn.next('tampered', 'duplicate', 'other_unit', 'wrong_amount', 'unknown_ref');
  await bank.transfer(ACCOUNT, 7_000, 'HX261121K7N00004D');
  expect(reads.at(-1)).toEqual({ ok: false, reason: 'bad_signature' });
  const { id } = await bank.transfer(ACCOUNT, 7_000, 'HX261121K7N00004D');
  expect(
    credits()
      .slice(-2)
      .map(({ bankTxnId }) => bankTxnId),
  ).toEqual([String(id), String(id)]);
  await bank.transfer(ACCOUNT, 7_000, 'HX261121K7N00005E');
  expect(credits().at(-1)!.accountNumber).toBe('0000000000');
  await bank.transfer(ACCOUNT, 7_000, 'HX261121K7N00005E');
  expect(credits().at(-1)!.amountVnd).toBe(7_001);
  await bank.transfer(ACCOUNT, 7_000, 'HX261121K7N00005E');
  expect(credits().at(-1)!.words).toBe('chuyen tien');
});

it('the statement tells the same credits, with the same numbers of the bank', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hoixa-bank-'));
  await writeFile(join(folder, 'sao-ke.csv'), bank.statementCsv(ACCOUNT));
  const read = await readStatement(join(folder, 'sao-ke.csv'), { accountNumber: ACCOUNT });
  await rm(folder, { recursive: true });
  const came = bank.transfers.filter(({ way }) => way === 'in');
  expect(read.rejected).toEqual([]);
  expect(read.outgoing).toBe(1);
  expect(read.credits.map(({ bankRef, amountVnd, words, at }) => [bankRef, amountVnd, words, at.getTime()])).toEqual(
    came.map(({ bankRef, amountVnd, words, at }) => [bankRef, amountVnd, words, at]),
  );
});

it('a person transfers at the page, rightly and wrongly', async () => {
  const send = async (form: Record<string, string>) =>
    (await fetch(bank.appUrl, { method: 'POST', body: new URLSearchParams(form) })).text();
  expect(await (await fetch(bank.appUrl)).text()).toContain('mô phỏng');
  expect(await send({ account: ACCOUNT, amount: '25.000', words: 'HX261121K7N00006F <b>' })).toContain(
    'Đã chuyển 25.000 đồng',
  );
  expect(credits().at(-1)).toMatchObject({ amountVnd: 25_000 });
  expect(await send({ account: '99', amount: '25.000', words: 'x' })).toContain('Không có tài khoản này');
  expect(await send({ account: ACCOUNT, amount: 'nhiều', words: 'x' })).toContain('Số tiền chưa đúng');
  expect(await (await fetch(bank.appUrl)).text()).not.toContain('<b>');
});
