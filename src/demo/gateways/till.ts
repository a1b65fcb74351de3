import { randomBytes } from 'node:crypto';
import type { Outcome, Request } from '../zalo/http.ts';
import { donePage, missingPage, payPage, RIGHT_OTP } from './page.ts';

/** How a person leaves the page. `late`: the money is debited after the order's end; `suspect`: debited and held back. */
export type PersonAct = 'pay' | 'cancel' | 'wrong_otp' | 'time_out' | 'pay_late' | 'suspect';
/** How an order ended; `late` is paid too. */
export type OrderEnd = 'paid' | 'cancelled' | 'wrong_otp' | 'expired' | 'late' | 'suspect';

export interface Order {
  ref: string;
  token: string;
  /** Who gets the money, as the page shows it. */
  payee: string;
  amountVnd: number;
  words: string;
  createdAt: number;
  expiresAt: number;
  end: OrderEnd | null;
  /** Set with `paid`, `late`, `suspect`. */
  txn: string | null;
  endedAt: number | null;
  refundedVnd: number;
  otpTries: number;
  /** Debited, and told only after the order's end. */
  lateAt: number | null;
  returnUrl: string;
}

const OTP_TRIES = 3;
const LATE_MS = 60_000;

export interface TillOptions {
  /** In the page's head: "Cổng thanh toán mô phỏng kiểu …". */
  title: string;
  now: () => number;
  newTxn: () => string;
  /** Tells the merchant; resolves when told once. */
  tell(order: Order): Promise<void>;
  /** Where the browser goes afterwards, signed as the gateway does. */
  backOf(order: Order): string;
}

/** What all gateways' pages have in common: one order, one person, several ways to leave. */
export function createTill({ title, now, newTxn, tell, backOf }: TillOptions) {
  const orders = new Map<string, Order>();
  const tokens = new Map<string, Order>();
  let isReturnFirst = false;
  const told = new Set<Promise<void>>();

  const end = async (order: Order, how: OrderEnd) => {
    order.end = how;
    order.endedAt = now();
    if (how === 'paid' || how === 'late' || how === 'suspect') order.txn = newTxn();
    const telling = tell(order);
    told.add(telling);
    void telling.finally(() => told.delete(telling));
    if (!isReturnFirst) await telling;
  };
  /** @returns where the browser goes, or null while it stays on the page */
  const act = async (ref: string, how: PersonAct): Promise<string | null> => {
    const order = orders.get(ref);
    if (!order) throw new Error(`no order ${ref}`);
    if (order.end !== null || order.lateAt !== null) return order.end === null ? null : backOf(order);
    if (how === 'pay_late') {
      order.lateAt = Math.max(order.expiresAt, now()) + LATE_MS;
      return null;
    }
    // whatever is pressed on an old page, the order is over
    if (now() > order.expiresAt) await end(order, 'expired');
    else if (how === 'wrong_otp') {
      if (++order.otpTries < OTP_TRIES) return null;
      await end(order, 'wrong_otp');
    } else
      await end(order, ({ pay: 'paid', cancel: 'cancelled', time_out: 'expired', suspect: 'suspect' } as const)[how]);
    return backOf(order);
  };
  return {
    /** @returns null when the reference was used before */
    open(order: Pick<Order, 'ref' | 'payee' | 'amountVnd' | 'words' | 'expiresAt' | 'returnUrl'>): Order | null {
      if (orders.has(order.ref)) return null;
      const token = randomBytes(12).toString('hex');
      const blank = { end: null, txn: null, endedAt: null, refundedVnd: 0, otpTries: 0, lateAt: null };
      const made: Order = { ...order, token, createdAt: now(), ...blank };
      orders.set(made.ref, made);
      tokens.set(token, made);
      return made;
    },
    order: (ref: string) => orders.get(ref),
    /** Those that ended, for the gateway's own report. */
    ended: () => [...orders.values()].filter(({ end }) => end !== null),
    act,
    /** The browser is sent back before the merchant is told. */
    set isReturnFirst(value: boolean) {
      isReturnFirst = value;
    },
    /** Nothing is being told any more. */
    settled: () => Promise.all(told),
    /** Late money that is due arrives. */
    async tick() {
      for (const order of orders.values()) {
        if (order.end === null && order.lateAt !== null && order.lateAt <= now()) await end(order, 'late');
      }
    },
    /** The page of one order (`?token=…`), and what is pressed on it. */
    async page(request: Request): Promise<Outcome> {
      const order = tokens.get(request.query.get('token') ?? '');
      if (!order) return show(404, missingPage(title));
      if (request.method === 'POST') {
        const form = new URLSearchParams(request.body.toString('utf8'));
        const how = PRESSED[form.get('act') ?? ''] ?? 'pay';
        const isWrong = how === 'pay' && form.get('otp')?.trim() !== RIGHT_OTP;
        const back = await act(order.ref, isWrong ? 'wrong_otp' : how);
        if (back !== null) return { status: 303, headers: { Location: back }, body: '' };
      }
      if (order.end !== null || order.lateAt !== null)
        return show(200, donePage(title, order, order.end && backOf(order)));
      return show(200, payPage(title, order, { isLastTry: order.otpTries === OTP_TRIES - 1 }));
    },
  };
}
export type Till = ReturnType<typeof createTill>;

const PRESSED: Record<string, PersonAct> = {
  pay: 'pay',
  cancel: 'cancel',
  time_out: 'time_out',
  pay_late: 'pay_late',
};

/** A gateway is another house: it sends the browser back to wherever the merchant says. */
const show = (status: number, body: string): Outcome => ({
  status,
  headers: {
    'Content-Security-Policy': "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action *",
    'Cache-Control': 'no-store',
  },
  body,
});
