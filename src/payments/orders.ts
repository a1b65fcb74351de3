import type { Database } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { AppError } from '../errors.ts';
import type { OrderStatus } from './payments.schema.ts';

/** What cannot be done with an obligation or attempt as it stands. `code` says which; the message is for logs. */
export class PaymentRefused extends AppError {
  declare readonly code:
    | 'not_found'
    | 'not_open'
    | 'nothing_to_pay'
    | 'bad_amount'
    | 'too_many_attempts'
    | 'method_not_offered'
    | 'same_officer'
    | 'wrong_state';
}

export interface OrderItem {
  /** Phí and lệ phí stay apart: each has a receipt of its own. */
  kind: 'phi' | 'le_phi';
  name: string;
  quantity: number;
  unitVnd: number;
  feeId?: string | null;
  legalRef?: string | null;
}

export interface OrderInput {
  conversationId?: string | null;
  citizenId?: string | null;
  dossierNumber?: string | null;
  procedureCode?: string | null;
  /** As the citizen reads it. */
  purpose: string;
  items: OrderItem[];
  source: 'dossier' | 'officer' | 'fee_table';
  /** Two orders of one key are one: the first stands. */
  sourceKey?: string | null;
  officerId?: string | null;
  payBy?: Date | null;
}

export interface Order {
  communeId: string;
  id: string;
  conversationId: string | null;
  dossierNumber: string | null;
  procedureCode: string | null;
  purpose: string;
  amountVnd: number;
  status: OrderStatus;
  issue: string | null;
  payBy: Date | null;
  paidAt: Date | null;
  createdAt: Date;
  receipts: { kind: 'phi' | 'le_phi' | null; number: string | null; url: string | null }[];
  items: (OrderItem & { position: number; reducedVnd: number })[];
}

/** The largest sum a commune's fees come to by far; what is above is a slip of the hand. */
const MOST_VND = 1_000_000_000;
const MOST_ITEMS = 30;

/** @returns the sum. @throws {PaymentRefused} `bad_amount` */
export function sumOf(items: Pick<OrderItem, 'quantity' | 'unitVnd'>[]): number {
  if (items.length === 0 || items.length > MOST_ITEMS) throw new PaymentRefused('bad_amount', 'one to thirty items');
  let sum = 0;
  for (const { quantity, unitVnd } of items) {
    if (!Number.isSafeInteger(unitVnd) || unitVnd < 0) throw new PaymentRefused('bad_amount', 'amounts are whole đồng');
    if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > 10_000)
      throw new PaymentRefused('bad_amount', 'quantities are whole, 1 to 10000');
    sum += quantity * unitVnd;
  }
  if (sum > MOST_VND) throw new PaymentRefused('bad_amount', 'above a billion đồng');
  return sum;
}

/**
 * Writes an obligation with its items in one statement. Nothing to pay is an obligation that is waived from the start.
 * @throws {PaymentRefused} `bad_amount`
 */
export async function createOrder(
  database: Database,
  communeId: string,
  input: OrderInput,
  now = new Date(),
): Promise<{ order: Order; isNew: boolean }> {
  const amountVnd = sumOf(input.items);
  const id = timeOrdered(now.getTime());
  const items = input.items.map((item, position) => ({
    position,
    kind: item.kind,
    name: item.name.normalize('NFC').trim(),
    quantity: item.quantity,
    unit_vnd: item.unitVnd,
    fee_id: item.feeId ?? null,
    legal_ref: item.legalRef ?? null,
  }));
  const rows = await database.run<{ id: string }>('pay.order', CREATE, [
    communeId,
    id,
    input.conversationId ?? null,
    input.citizenId ?? null,
    input.dossierNumber ?? null,
    input.procedureCode ?? null,
    input.purpose.normalize('NFC').trim(),
    amountVnd,
    input.source,
    input.sourceKey ?? null,
    input.officerId ?? null,
    input.payBy?.toISOString() ?? null,
    now.toISOString(),
    JSON.stringify(items),
    timeOrdered(now.getTime()),
  ]);
  if (rows.length > 0) return { order: (await orderById(database, communeId, id))!, isNew: true };
  const [known] = await database.run<{ id: string }>(
    'pay.order_of_key',
    'select id from payment_orders where commune_id = $1 and source_key = $2',
    [communeId, input.sourceKey ?? null],
  );
  return { order: (await orderById(database, communeId, known!.id))!, isNew: false };
}

const CREATE = `
with made as (
  insert into payment_orders (commune_id, id, conversation_id, citizen_id, dossier_number, procedure_code, purpose,
    amount_vnd, status, source, source_key, officer_id, pay_by, created_at, ended_at)
  values ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5, $6, $7, $8::bigint,
    case when $8::bigint = 0 then 'waived' else 'open' end, $9::text, $10, $11::uuid, $12::timestamptz, $13::timestamptz,
    case when $8::bigint = 0 then $13::timestamptz end)
  on conflict do nothing
  returning commune_id, id
), filled as (
  insert into payment_items (commune_id, order_id, position, kind, name, quantity, unit_vnd, fee_id, legal_ref)
  select m.commune_id, m.id, i.position, i.kind, i.name, i.quantity, i.unit_vnd, i.fee_id, i.legal_ref
  from made m, jsonb_to_recordset($14::jsonb) as i(position int, kind text, name text, quantity int, unit_vnd bigint,
    fee_id uuid, legal_ref text)
), audited as (
  insert into payment_audit (commune_id, id, officer_id, act, order_id, detail, at)
  select m.commune_id, $15::uuid, $11::uuid, 'order_created', m.id, jsonb_build_object('amountVnd', $8::bigint),
    $13::timestamptz
  from made m where $9::text = 'officer'
)
select id from made`;

const ORDER = `
select o.commune_id as "communeId", o.id, o.conversation_id as "conversationId", o.dossier_number as "dossierNumber",
  o.procedure_code as "procedureCode", o.purpose, o.amount_vnd as "amountVnd", o.status, o.issue, o.pay_by as "payBy",
  o.paid_at as "paidAt", o.created_at as "createdAt", o.receipts,
  (select coalesce(jsonb_agg(jsonb_build_object('position', i.position, 'kind', i.kind, 'name', i.name,
      'quantity', i.quantity, 'unitVnd', i.unit_vnd, 'reducedVnd', i.reduced_vnd, 'feeId', i.fee_id,
      'legalRef', i.legal_ref) order by i.position), '[]')
    from payment_items i where i.commune_id = o.commune_id and i.order_id = o.id) as items
from payment_orders o`;

export async function orderById(database: Database, communeId: string, id: string): Promise<Order | null> {
  const [row] = await database.run<Order>('pay.order_by_id', `${ORDER} where o.commune_id = $1 and o.id = $2`, [
    communeId,
    id,
  ]);
  return row ?? null;
}

/** What a conversation owes or owed, newest first. */
export function ordersOf(database: Database, communeId: string, conversationId: string, most = 20): Promise<Order[]> {
  return database.run<Order>(
    'pay.orders_of',
    `${ORDER} where o.commune_id = $1 and o.conversation_id = $2 order by o.created_at desc, o.id desc limit $3`,
    [communeId, conversationId, most],
  );
}

/** What is owed for a dossier, whoever asked, newest first. */
export function ordersOfDossier(database: Database, communeId: string, dossierNumber: string): Promise<Order[]> {
  return database.run<Order>(
    'pay.orders_of_dossier',
    `${ORDER} where o.commune_id = $1 and o.dossier_number = $2 order by o.created_at desc, o.id desc limit 50`,
    [communeId, dossierNumber],
  );
}

/** Told is who asked last: the dossier was proved to be theirs, or the obligation was theirs all along. */
export async function adoptOrder(
  database: Database,
  order: Pick<Order, 'communeId' | 'id'>,
  asker: { conversationId: string; citizenId: string },
): Promise<void> {
  await database.run(
    'pay.adopt',
    `update payment_orders set conversation_id = $3, citizen_id = $4
     where commune_id = $1 and id = $2 and status = 'open' and conversation_id is distinct from $3`,
    [order.communeId, order.id, asker.conversationId, asker.citizenId],
  );
}
