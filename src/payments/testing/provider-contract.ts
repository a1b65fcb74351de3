import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, damage, randomJson } from '../../channels/testing/fuzz.ts';
import type { CallbackControls } from '../../demo/gateways/deliveries.ts';
import type { ApiFault } from '../../demo/gateways/faults.ts';
import type { PersonAct, Till } from '../../demo/gateways/till.ts';
import {
  type CallbackInput,
  type PaymentAttempt,
  PaymentGatewayError,
  type PaymentProvider,
  type StoreResult,
} from '../provider.ts';
import { readSettlement } from '../settlement.ts';
import { createMerchant, type Merchant } from './merchant.ts';

/** What a test needs to know about one gateway: its stand-in, one contract with it, and where the two differ in kind. */
export interface ProviderHarness {
  provider: PaymentProvider;
  /** The same contract with another secret. */
  impostor: PaymentProvider;
  refOf(input: CallbackInput): string | null;
  till: Till;
  ipn: Omit<CallbackControls, never>;
  api: { next(...faults: ApiFault[]): void; met(): Promise<void> };
  /** The gateway's own list of its transactions, as merchants save it. */
  report(): Promise<string>;
  now(): Date;
  /** Lets time pass for both sides. */
  pass(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export interface GatewayTraits {
  /** `create` calls the gateway: a page is not just an address we sign. */
  asksToCreate: boolean;
  /** The gateway says in words of its own that it does not know an order; else it only says no. */
  knowsUnknown: boolean;
  /** Answers to queries are signed. */
  signsAnswers: boolean;
  /** What the browser brings back proves something. */
  signsReturn: boolean;
  /** Queries needed until a paid order is told as paid. */
  queriesUntilSure?: number;
  /** Texts that may not stand in an error. */
  secrets: string[];
}

const MINUTE_MS = 60_000;
const ALL_RESULTS: StoreResult[] = [
  'stored',
  'already_final',
  'not_found',
  'amount_mismatch',
  'bad_signature',
  'malformed',
  'error',
];

/** Every promise of the port, kept against the gateway's stand-in. */
export function describeProvider(
  name: string,
  traits: GatewayTraits,
  start: (merchant: Merchant) => Promise<ProviderHarness>,
): void {
  describe(`payment gateway ${name}`, () => {
    const merchant = createMerchant();
    let gateway: ProviderHarness;
    let serial = 0;
    const signal = new AbortController().signal;

    beforeAll(async () => {
      gateway = await start(merchant);
    });
    afterAll(async () => {
      await Promise.all([merchant.stop(), gateway?.stop()]);
    });

    const newAttempt = (over: Partial<PaymentAttempt> = {}): PaymentAttempt => {
      const amountVnd = over.amountVnd ?? 25_000;
      const attempt: PaymentAttempt = {
        ref: `HX261121K7N${String(++serial).padStart(5, '0')}A`,
        communeId: 'commune',
        amountVnd,
        description: 'Le phi ho so H99.15-261121-0601',
        payerIp: '203.0.113.10',
        createdAt: gateway.now(),
        expiresAt: new Date(gateway.now().getTime() + 15 * MINUTE_MS),
        returnUrl: merchant.returnUrl,
        ipnUrl: merchant.ipnUrl,
        bill: {
          payerName: 'Người nộp thử',
          payerAddress: 'xã Thử Nghiệm',
          payerPersonalId: '',
          dossierNumber: 'H99.15-261121-0601',
          procedureCode: '1.001193',
          procedureName: 'Đăng ký khai sinh',
          items: [{ kind: 'le_phi', code: 'LP01', name: 'Lệ phí hộ tịch', amountVnd }],
        },
        ...over,
      };
      merchant.expect(attempt);
      return attempt;
    };
    /** Asks for the page and opens it, as the citizen's browser would. */
    const open = async (over: Partial<PaymentAttempt> = {}) => {
      const attempt = newAttempt(over);
      const { url } = await gateway.provider.create(attempt, signal);
      const page = await fetch(url);
      return { attempt, url, page };
    };
    /** Opens the page and leaves it in one way; every report about it, as it was read. */
    const leave = async (how: PersonAct, over: Partial<PaymentAttempt> = {}) => {
      const { attempt } = await open(over);
      const back = await gateway.till.act(attempt.ref, how);
      await gateway.till.settled();
      return { attempt, back };
    };
    const reports = (attempt: PaymentAttempt) =>
      merchant.received.filter(({ input }) => gateway.refOf(input)?.startsWith(attempt.ref));
    const outcomes = (attempt: PaymentAttempt) =>
      reports(attempt).map(({ read, answered }) => [read.ok ? read.payment.outcome : read.reason, answered]);
    const ask = async (attempt: PaymentAttempt, gatewayTxn: string | null = null) => {
      for (let count = 1; count < (traits.queriesUntilSure ?? 1); count++) {
        expect((await gateway.provider.query({ ...attempt, gatewayTxn }, signal)).outcome).toBe('pending');
      }
      return gateway.provider.query({ ...attempt, gatewayTxn }, signal);
    };
    const refusal = async (call: Promise<unknown>) => {
      const error = await call.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(PaymentGatewayError);
      const { code, message, gatewayCode } = error as PaymentGatewayError;
      for (const secret of traits.secrets) expect(`${message} ${gatewayCode}`).not.toContain(secret);
      expect(message).not.toMatch(/https?:/);
      return code;
    };

    describe('a citizen', () => {
      it('sees who gets how much under which number, and that the page is a stand-in', async () => {
        const { attempt, page } = await open({ amountVnd: 1_234_000 });
        const text = await page.text();
        expect(page.status).toBe(200);
        for (const shown of ['UBND xã Thử Nghiệm', '1.234.000', attempt.ref, 'mô phỏng']) expect(text).toContain(shown);
      });

      it('pays: one report, verified, understood by the gateway; the way back names the same order', async () => {
        const { attempt, back } = await leave('pay');
        const [report, ...more] = reports(attempt);
        expect(more).toEqual([]);
        expect(report!.answered).toBe('stored');
        expect(report!.read).toMatchObject({
          ok: true,
          payment: { ref: attempt.ref, outcome: 'paid', amountVnd: 25_000 },
        });
        const { payment } = report!.read as { payment: { gatewayTxn: string | null; paidAt: Date | null } };
        expect(payment.gatewayTxn).toBe(gateway.till.order(attempt.ref)!.txn);
        expect(Math.abs(payment.paidAt!.getTime() - gateway.now().getTime())).toBeLessThan(1_000);
        expect(gateway.ipn.deliveries.at(-1)).toMatchObject({ ref: attempt.ref, isAccepted: true });
        expect(gateway.refOf(report!.input)).toBe(attempt.ref);

        await fetch(back!);
        const returned = merchant.returned.at(-1)!;
        const read = gateway.provider.verifyCallback(returned, 'return');
        expect(gateway.refOf(returned)).toBe(attempt.ref);
        expect(read).toMatchObject({
          ok: true,
          payment: { ref: attempt.ref, outcome: traits.signsReturn ? 'paid' : 'pending' },
        });
      });

      it('pays on the page itself: a wrong one-time password first, then the right one', async () => {
        const { attempt, url } = await open();
        const at = (await fetch(url)).url;
        const press = (form: Record<string, string>) =>
          fetch(at, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
        expect(await (await press({ act: 'pay', otp: '000000' })).text()).toContain('Mã OTP chưa đúng');
        expect(reports(attempt)).toEqual([]);
        const done = await press({ act: 'pay', otp: '123456' });
        expect(done.status).toBe(303);
        expect(new URL(done.headers.get('location')!).pathname).toBe('/return');
        expect(outcomes(attempt)).toEqual([['paid', 'stored']]);
        // pressed again on the old page: nothing is debited twice
        await press({ act: 'pay', otp: '123456' });
        expect(outcomes(attempt)).toEqual([['paid', 'stored']]);
      });

      it.each<[PersonAct, number]>([
        ['cancel', 1],
        ['time_out', 1],
        ['wrong_otp', 3],
      ])('leaves by %s: reported as failed, no money', async (how, times) => {
        const { attempt } = await open();
        for (let time = 0; time < times; time++) await gateway.till.act(attempt.ref, how);
        expect(outcomes(attempt)).toEqual([['failed', 'stored']]);
        expect((await ask(attempt)).outcome).toBe('failed');
      });

      it('pays too late: the report comes after the end, and is paid', async () => {
        const { attempt } = await leave('pay_late');
        expect(reports(attempt)).toEqual([]);
        await gateway.pass(40 * MINUTE_MS);
        expect(outcomes(attempt)).toEqual([['paid', 'stored']]);
      });

      it('comes to a page that is over: nothing is debited', async () => {
        const { attempt } = await open();
        await gateway.pass(40 * MINUTE_MS);
        await gateway.till.act(attempt.ref, 'pay');
        expect(outcomes(attempt)).toEqual([['failed', 'stored']]);
      });

      it('pays, and the gateway holds the money back: not paid', async () => {
        const { attempt } = await leave('suspect');
        expect(outcomes(attempt).map(([outcome]) => outcome)).not.toContain('paid');
        expect((await ask(attempt)).outcome).not.toBe('paid');
      });

      it('is sent back before the report comes', async () => {
        gateway.till.isReturnFirst = true;
        gateway.ipn.next('hold');
        const { attempt, back } = await leave('pay');
        gateway.till.isReturnFirst = false;
        await fetch(back!);
        expect(reports(attempt)).toEqual([]);
        await gateway.ipn.release();
        expect(outcomes(attempt)).toEqual([['paid', 'stored']]);
      });
    });

    describe('reports', () => {
      it('lost: a query finds the same payment', async () => {
        gateway.ipn.next('lose');
        const { attempt } = await leave('pay');
        expect(reports(attempt)).toEqual([]);
        const found = await ask(attempt);
        expect(found).toMatchObject({
          ref: attempt.ref,
          outcome: 'paid',
          gatewayTxn: gateway.till.order(attempt.ref)!.txn,
        });
        expect([null, 25_000]).toContain(found.amountVnd);
      });

      it('not stored: told again until stored', async () => {
        merchant.answerNext('error', 'hang_up', 'http_503');
        const { attempt } = await leave('pay');
        for (let round = 0; round < 3; round++) await gateway.pass(60 * MINUTE_MS);
        expect(outcomes(attempt)).toEqual([
          ['paid', 'error'],
          ['paid', 'stored'],
        ]);
        expect(gateway.ipn.waiting()).toBe(0);
      });

      it('told twice at once, and caught and sent again later: the same payment each time', async () => {
        gateway.ipn.next('duplicate');
        const { attempt } = await leave('pay');
        await gateway.ipn.replay(attempt.ref);
        const read = reports(attempt).map((report) => (report.read.ok ? report.read.payment.gatewayTxn : null));
        expect(read).toHaveLength(3);
        expect(new Set(read)).toEqual(new Set([gateway.till.order(attempt.ref)!.txn]));
        expect(outcomes(attempt).map(([, answered]) => answered)).toEqual(['stored', 'already_final', 'already_final']);
        expect(gateway.ipn.waiting()).toBe(0);
      });

      it('in another order than made: each is about its own', async () => {
        gateway.ipn.next('hold', 'hold');
        const first = await leave('pay');
        const second = await leave('cancel');
        await gateway.ipn.release('reversed');
        expect(merchant.received.slice(-2).map(({ input }) => gateway.refOf(input))).toEqual([
          second.attempt.ref,
          first.attempt.ref,
        ]);
        expect(outcomes(first.attempt)).toEqual([['paid', 'stored']]);
        expect(outcomes(second.attempt)).toEqual([['failed', 'stored']]);
      });

      it('changed on the way: refused, then told rightly', async () => {
        gateway.ipn.next('tampered');
        const { attempt } = await leave('pay');
        expect(outcomes(attempt)).toEqual([['bad_signature', 'bad_signature']]);
        expect(gateway.ipn.deliveries.at(-1)!.isAccepted).toBe(false);
        await gateway.pass(5 * MINUTE_MS);
        expect(outcomes(attempt).at(-1)).toEqual(['paid', 'stored']);
      });

      it('signed by somebody with another secret: refused', async () => {
        const { attempt } = await leave('pay');
        const { input } = reports(attempt)[0]!;
        expect(gateway.impostor.verifyCallback(input, 'ipn')).toMatchObject({ ok: false, reason: 'bad_signature' });
      });

      it('rightly signed with another amount, for an unknown order, for another account: said so', async () => {
        gateway.ipn.next('wrong_amount', 'unknown_ref', 'other_unit');
        const amount = await leave('pay');
        const unknown = await leave('pay');
        const other = await leave('pay');
        expect(reports(amount.attempt)[0]).toMatchObject({
          read: { payment: { amountVnd: 26_000 } },
          answered: 'amount_mismatch',
        });
        expect(reports(unknown.attempt)[0]!.answered).toBe('not_found');
        expect(reports(other.attempt)[0]!.read).toMatchObject({
          ok: false,
          reason: 'other_account',
          ref: other.attempt.ref,
        });
      });

      it('of any bytes never throw and are never believed', async () => {
        const { attempt } = await leave('pay');
        const { input } = reports(attempt)[0]!;
        const random = createRandom(20_261_121);
        const bytes = Buffer.from(input.method === 'GET' ? input.rawQuery : input.rawBody);
        const as = (text: Buffer): CallbackInput =>
          input.method === 'GET' ? { ...input, rawQuery: text.toString('latin1') } : { ...input, rawBody: text };
        for (let round = 0; round < 400; round++) {
          const spoilt =
            random.below(4) === 0 ? Buffer.from(JSON.stringify(randomJson(random, 4))) : damage(random, bytes);
          const read = gateway.provider.verifyCallback(as(spoilt), 'ipn');
          // a byte may be changed where nothing is signed, and nothing said
          if (read.ok) expect(read.payment).toMatchObject({ ref: attempt.ref, outcome: 'paid', amountVnd: 25_000 });
          gateway.refOf(as(spoilt));
          gateway.provider.verifyCallback(as(spoilt), 'return');
          gateway.provider.reply('malformed', { input: as(spoilt) });
        }
        for (const odd of [
          { ...input, method: input.method === 'GET' ? ('POST' as const) : ('GET' as const) },
          { ...input, rawQuery: '', rawBody: Buffer.alloc(0) },
        ]) {
          expect(gateway.provider.verifyCallback(odd, 'ipn').ok).toBe(false);
        }
      });

      it('are answered, whatever became of them', () => {
        const input: CallbackInput = { method: 'POST', rawQuery: '', rawBody: Buffer.from('{'), headers: {} };
        for (const result of ALL_RESULTS) {
          const { status, body } = gateway.provider.reply(result, { input });
          expect(status).toBeGreaterThanOrEqual(200);
          for (const secret of traits.secrets) expect(body).not.toContain(secret);
        }
      });
    });

    describe('asking the gateway', () => {
      it('about an open order: pending', async () => {
        const { attempt } = await open();
        expect(await gateway.provider.query(attempt, signal)).toMatchObject({ ref: attempt.ref, outcome: 'pending' });
      });

      it('about an order nobody opened', async () => {
        const attempt = newAttempt();
        if (!traits.knowsUnknown) {
          expect(await refusal(gateway.provider.query(attempt, signal))).toBe('unavailable');
          return;
        }
        expect((await gateway.provider.query(attempt, signal)).outcome).toBe('pending');
        await gateway.pass(31 * MINUTE_MS);
        expect((await gateway.provider.query(attempt, signal)).outcome).toBe('failed');
      });

      it('with another secret: an operator must mend it', async () => {
        const { attempt } = await open();
        expect(await refusal(gateway.impostor.query(attempt, signal))).toBe('misconfigured');
      });

      it.each<ApiFault>([
        'cut',
        'http_500',
        'html',
        'truncated',
        'nonsense',
      ])('and getting %s: nothing is known', async (fault) => {
        const { attempt } = await leave('pay');
        gateway.api.next(fault);
        expect(await refusal(gateway.provider.query(attempt, signal))).toBe('unavailable');
        if (!traits.asksToCreate) return;
        gateway.api.next(fault);
        expect(await refusal(gateway.provider.create(newAttempt(), signal))).toBe('unavailable');
      });

      it('and getting no answer: the caller calls it off', async () => {
        const { attempt } = await leave('pay');
        gateway.api.next('hang');
        const caller = new AbortController();
        const [code] = await Promise.all([
          refusal(gateway.provider.query(attempt, caller.signal)),
          gateway.api.met().then(() => caller.abort()),
        ]);
        expect(code).toBe('unavailable');
      });

      it.runIf(traits.signsAnswers)('and getting an answer without a right signature: nothing is known', async () => {
        const { attempt } = await leave('pay');
        for (const fault of ['unsigned', 'wrong_signature'] as const) {
          gateway.api.next(fault);
          expect(await refusal(gateway.provider.query(attempt, signal))).toBe('unavailable');
        }
      });
    });

    it("the gateway's own report tells the same", async () => {
      const paid = await leave('pay', { amountVnd: 123_000 });
      const cancelled = await leave('cancel');
      const folder = await mkdtemp(join(tmpdir(), 'hoixa-report-'));
      await writeFile(join(folder, 'report.csv'), await gateway.report());
      const { rows, rejected } = await readSettlement(join(folder, 'report.csv'), gateway.provider.method);
      await rm(folder, { recursive: true });
      expect(rejected).toEqual([]);
      const of = ({ ref }: PaymentAttempt) => rows.filter((row) => row.ref === ref);
      expect(of(paid.attempt)).toMatchObject([
        {
          method: gateway.provider.method,
          kind: 'payment',
          gatewayTxn: gateway.till.order(paid.attempt.ref)!.txn,
          amountVnd: 123_000,
          state: 'paid',
          unit: expect.stringMatching(/./),
        },
      ]);
      expect(of(paid.attempt)[0]!.at.getTime()).toBe(Math.floor(gateway.now().getTime() / 1_000) * 1_000);
      expect(of(cancelled.attempt)).toMatchObject([{ state: 'failed' }]);
    });

    describe('a new order', () => {
      it('outside the limits is not asked for; at both ends it is taken', async () => {
        const { minVnd, maxVnd } = gateway.provider.limits;
        for (const amountVnd of [minVnd - 1, maxVnd + 1, 0]) {
          expect(await refusal(gateway.provider.create(newAttempt({ amountVnd }), signal))).toBe('refused');
        }
        for (const amountVnd of [minVnd, maxVnd]) {
          const { page } = await open({ amountVnd });
          expect(await page.text()).toContain('Mã OTP');
        }
      });

      it('under a number used before is refused', async () => {
        const { attempt } = await open();
        const again = {
          ...attempt,
          amountVnd: 30_000,
          bill: { ...attempt.bill!, items: [{ ...attempt.bill!.items[0]!, amountVnd: 30_000 }] },
        };
        const second = gateway.provider.create(again, signal);
        if (traits.asksToCreate) expect(await refusal(second)).toBe('refused');
        else expect(await (await fetch((await second).url)).text()).toContain('mã 01');
      });

      it('with another secret is refused', async () => {
        const asked = gateway.impostor.create(newAttempt(), signal);
        if (traits.asksToCreate) expect(['misconfigured', 'refused']).toContain(await refusal(asked));
        else expect(await (await fetch((await asked).url)).text()).toContain('mã 70');
      });
    });
  });
}
