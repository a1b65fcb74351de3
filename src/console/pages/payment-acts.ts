import type { Database } from '../../db/client.ts';
import { html } from '../../pages/html.ts';
import { recentOrders } from '../../payments/lists.ts';
import type { OrderItem } from '../../payments/orders.ts';
import { requestRefund } from '../../payments/refunds.ts';
import { normaliseDossierNumber } from '../../procedures/dossier-numbers.ts';
import type { ConsoleDeps } from '../deps.ts';
import { type ConsoleRoute, field, idOf, notHere, type ObjectKind, Stop, type Visit } from '../visit.ts';
import { amountField, goTo, neededField, pastField, staffPayments, trying } from './payment-words.ts';
import { numberOf } from './payments.ts';

/** What an id of a path names, of this commune. */
interface Named {
  id: string;
  orderId: string | null;
  ref: string | null;
}
const NAMED: Partial<Record<ObjectKind, string>> = {
  obligation: 'select id, id as "orderId", null as ref from payment_orders where commune_id = $1 and id = $2',
  attempt: 'select id, order_id as "orderId", ref from payment_attempts where commune_id = $1 and id = $2',
  movement: 'select id, order_id as "orderId", ref from payment_transactions where commune_id = $1 and id = $2',
};
const MOST_ITEMS = 3;

/** What staff do about money. Officers write down and ask; what lets money go or drops a claim needs a lead. */
export function paymentActRoutes({ database, payments, live }: ConsoleDeps): ConsoleRoute[] {
  type Act = (visit: Visit, named: Named) => ReturnType<ConsoleRoute['handle']>;
  const act = (path: string, kind: 'obligation' | 'attempt' | 'movement', role: 'officer' | 'lead', handle: Act) =>
    ({
      method: 'post',
      path: `/payments/${path}`,
      role,
      objects: { id: kind },
      async handle(visit) {
        // known before anything is said about what was sent
        const named = await namedBy(database, visit, kind);
        staffPayments(payments);
        return handle(visit, named);
      },
    }) satisfies ConsoleRoute;
  const admin = () => staffPayments(payments).admin;
  const back = (visit: Visit, { orderId }: Named) => {
    live.wake();
    return goTo(visit, orderId ? `/payments/orders/${orderId}` : '/payments');
  };
  const about = ({ orderId, id }: Named) => ({ kind: 'obligation', id: orderId ?? id });

  return [
    {
      method: 'post',
      path: '/payments/orders',
      role: 'officer',
      async handle(visit) {
        const typed = field(visit, 'dossier', 60);
        const dossierNumber = typed === '' ? null : normaliseDossierNumber(typed, visit.now);
        if (typed !== '' && !dossierNumber) throw new Stop(422, 'Đây không phải mã hồ sơ.');
        const input = {
          dossierNumber,
          purpose: neededField(visit, 'purpose', 'khoản nộp', 200),
          items: itemsOf(visit),
          payBy: dayField(visit),
          idempotencyKey: neededField(visit, 'idempotencyKey', 'mã của trang', 100),
        };
        const order = await trying(admin().createOrder(visit.staff, input));
        await visit.audit('obligation_changed', { kind: 'obligation', id: order.id }, { amountVnd: order.amountVnd });
        return goTo(visit, `/payments/orders/${order.id}`);
      },
    },
    act('orders/:id/record', 'obligation', 'officer', async (visit, named) => {
      const method = field(visit, 'method', 10) === 'portal' ? 'portal' : 'counter';
      const evidence = neededField(visit, 'evidence', 'số biên lai hoặc mã', 60);
      const idempotencyKey = neededField(visit, 'idempotencyKey', 'mã của trang', 100);
      const input = { method, paidAt: pastField(visit, 'paidAt'), evidence, idempotencyKey } as const;
      const { class: money } = await trying(admin().recordPayment(visit.staff, named.id, input));
      if (money !== null) await visit.audit('payment_recorded', about(named), { what: method });
      return back(visit, named);
    }),
    act('orders/:id/exempt', 'obligation', 'lead', async (visit, named) => {
      const grant = {
        position: Number(field(visit, 'position', 3)),
        reducedVnd: amountField(visit, 'reduced'),
        group: neededField(visit, 'group', 'đối tượng', 200),
        proof: neededField(visit, 'proof', 'giấy tờ đã xem', 300),
        legalRef: neededField(visit, 'legalRef', 'căn cứ pháp lý', 300),
      };
      if (!Number.isInteger(grant.position)) throw new Stop(422, 'Chọn mục được giảm.');
      await trying(admin().grantExemption(visit.staff, named.id, grant));
      await visit.audit('obligation_changed', about(named), { reducedVnd: grant.reducedVnd });
      return back(visit, named);
    }),
    act('orders/:id/cancel', 'obligation', 'lead', async (visit, named) => {
      await trying(admin().cancelOrder(visit.staff, named.id, neededField(visit, 'reason', 'lý do hủy')));
      await visit.audit('obligation_changed', about(named), { isCancelled: true });
      return back(visit, named);
    }),
    act('orders/:id/receipt', 'obligation', 'officer', async (visit, named) => {
      const kind = (['phi', 'le_phi'] as const).find((one) => one === field(visit, 'kind', 10)) ?? null;
      const [number, url] = [field(visit, 'number', 60) || null, field(visit, 'url', 500) || null];
      if (number === null && url === null) throw new Stop(422, 'Cần ghi số biên lai hoặc địa chỉ tra cứu.');
      if (url !== null && !url.startsWith('https://'))
        throw new Stop(422, 'Địa chỉ tra cứu phải bắt đầu bằng https://.');
      await trying(admin().addReceipt(visit.staff, named.id, { kind, number, url }));
      await visit.audit('payment_recorded', about(named), { what: 'receipt' });
      return back(visit, named);
    }),
    act('attempts/:id/confirm', 'attempt', 'lead', async (visit, named) => {
      const evidence = neededField(visit, 'evidence', 'mã giao dịch đã thấy', 60);
      const paidAt = pastField(visit, 'paidAt');
      await trying(admin().confirmAttempt(visit.staff, named.ref!, { paidAt, evidence }));
      await visit.audit('payment_recorded', about(named), { what: 'confirmed' });
      return back(visit, named);
    }),
    act('attempts/:id/resolve', 'attempt', 'lead', async (visit, named) => {
      await trying(admin().resolve(visit.staff, { attemptId: named.id }, neededField(visit, 'note', 'đã làm gì')));
      await visit.audit('payment_matched', about(named), { what: 'issue' });
      return back(visit, named);
    }),
    act('movements/:id/resolve', 'movement', 'lead', async (visit, named) => {
      await trying(admin().resolve(visit.staff, { transactionId: named.id }, neededField(visit, 'note', 'đã làm gì')));
      await visit.audit('payment_matched', about(named), { what: 'money' });
      return back(visit, named);
    }),
    act('movements/:id/assign', 'movement', 'lead', async (visit, named) => {
      const number = numberOf(neededField(visit, 'number', 'mã hồ sơ hoặc mã tham chiếu', 60), visit.now);
      const open = await recentOrders(database, visit.commune.id, { number, status: 'open', most: 2 });
      if (open.length === 0) throw new Stop(422, 'Không có khoản chưa nộp nào mang mã này.');
      if (open.length > 1)
        throw new Stop(409, 'Mã này có nhiều khoản chưa nộp: dùng mã tham chiếu HX của một lần nộp.');
      await trying(admin().assignCredit(visit.staff, named.id, open[0]!.id));
      await visit.audit('payment_matched', { kind: 'obligation', id: open[0]!.id }, { what: 'assigned' });
      return back(visit, { ...named, orderId: open[0]!.id });
    }),
    act('movements/:id/refund', 'movement', 'officer', async (visit, named) => {
      const input = {
        transactionId: named.id,
        amountVnd: amountField(visit, 'amount'),
        reason: neededField(visit, 'reason', 'lý do'),
        way: field(visit, 'way', 10) === 'gateway' ? ('gateway' as const) : ('by_hand' as const),
      };
      await trying(requestRefund(database, visit.staff, input, visit.now));
      await visit.audit('refund_asked', about(named), { amountVnd: input.amountVnd });
      return back(visit, named);
    }),
    act('movements/:id/words', 'movement', 'officer', async (visit, named) => {
      const [row] = await database.run<{ words: string | null }>(
        'console.movement_words',
        'select words from payment_transactions where commune_id = $1 and id = $2',
        [visit.commune.id, named.id],
      );
      await visit.audit('personal_data_shown', { kind: 'movement', id: named.id }, { what: 'bank_words' });
      return html`<span id="w-${named.id}" class="shown">${row?.words ?? 'Không còn nội dung nào.'}</span>`;
    }),
  ];
}

async function namedBy(database: Database, visit: Visit, kind: ObjectKind): Promise<Named> {
  const [row] = await database.run<Named>(`console.named_${kind}`, NAMED[kind]!, [visit.commune.id, idOf(visit)]);
  if (!row) throw notHere();
  return row;
}

function itemsOf(visit: Visit): OrderItem[] {
  const rows = Array.from({ length: MOST_ITEMS }, (_, at) => at).filter(
    (at) => field(visit, `name${at}`, 200) !== '' || field(visit, `unit${at}`, 20) !== '',
  );
  return rows.map((at) => ({
    kind: field(visit, `kind${at}`, 10) === 'phi' ? 'phi' : 'le_phi',
    name: neededField(visit, `name${at}`, `tên mục ${at + 1}`, 200),
    quantity: Number(field(visit, `quantity${at}`, 5) || '1'),
    unitVnd: amountField(visit, `unit${at}`),
    legalRef: field(visit, `legal${at}`, 300) || null,
  }));
}

/** The end of a day to come, or none. */
function dayField(visit: Visit): Date | null {
  const text = field(visit, 'payBy', 10);
  if (text === '') return null;
  const end = new Date(`${text}T23:59:59+07:00`);
  if (Number.isNaN(end.getTime())) throw new Stop(422, 'Hạn nộp không phải một ngày.');
  if (end <= visit.now) throw new Stop(422, 'Hạn nộp đã qua.');
  return end;
}
