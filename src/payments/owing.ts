import { createHash } from 'node:crypto';
import type { Database } from '../db/client.ts';
import { feesFor } from './fees.ts';
import { createOrder, type Order, type OrderItem } from './orders.ts';

/** What a dossier's source says is to be paid. */
export interface KnownFees {
  kind: 'known';
  procedureCode: string | null;
  procedureName: string | null;
  /** What is not paid. Empty: money is awaited, but the source does not say how much. */
  unpaid: { name: string; amountVnd: number }[];
}

/** Who is told of it. */
interface Debtor {
  communeId: string;
  conversationId: string;
  citizenId: string;
}

const DAY_MS = 86_400_000;
/** Sources learn of a payment late: what was paid so recently for a dossier is not asked for again. */
const PAID_LATELY_MS = 60 * DAY_MS;

/** What of a dossier's obligations covers what its source still asks for. */
export function paidLately(known: Order[], fees: { kind: string } | KnownFees, now: Date): Order | undefined {
  const sum = 'unpaid' in fees ? fees.unpaid.reduce((total, { amountVnd }) => total + amountVnd, 0) : 0;
  const paid = known.find(
    ({ status, paidAt }) => status === 'paid' && now.getTime() - (paidAt?.getTime() ?? 0) < PAID_LATELY_MS,
  );
  return paid && sum <= paid.amountVnd ? paid : undefined;
}

/** Writes down what a dossier costs: one obligation however often it is asked for. Null: nobody says how much. */
export async function owe(
  database: Database,
  { communeId, conversationId, citizenId }: Debtor,
  dossierNumber: string,
  fees: KnownFees,
  now: Date,
): Promise<Order | null> {
  const items = await itemsOf(database, communeId, fees, now);
  if (!items) return null;
  const input = {
    ...{ conversationId, citizenId, dossierNumber, items },
    procedureCode: fees.procedureCode,
    purpose: items.length === 1 ? items[0]!.name : 'Phí, lệ phí hồ sơ',
    source: fees.unpaid.length > 0 ? ('dossier' as const) : ('fee_table' as const),
    sourceKey: `${dossierNumber} ${digest(items)}`,
  };
  return (await createOrder(database, communeId, input, now)).order;
}

/** As the source lists them; where it lists none, as the local table says, if it can be told without counting pages. */
async function itemsOf(
  database: Database,
  communeId: string,
  { unpaid, procedureCode }: KnownFees,
  now: Date,
): Promise<OrderItem[] | null> {
  if (unpaid.length > 0)
    return unpaid.map(({ name, amountVnd }) => ({ kind: kindOf(name), name, quantity: 1, unitVnd: amountVnd }));
  if (!procedureCode) return null;
  const rules = await feesFor(database.orm, communeId, procedureCode, { channel: 'online', now });
  if (rules.length === 0 || rules.some(({ unit }) => unit !== 'hồ sơ')) return null;
  return rules.map(({ id, kind, name, amountVnd, legalRef }) => ({
    ...{ kind, name, legalRef, feeId: id },
    ...{ quantity: 1, unitVnd: amountVnd },
  }));
}

const kindOf = (name: string): OrderItem['kind'] =>
  /lệ phí/i.test(name.normalize('NFC')) || !/phí/i.test(name.normalize('NFC')) ? 'le_phi' : 'phi';
const digest = (items: OrderItem[]) =>
  createHash('sha256')
    .update(JSON.stringify(items.map(({ kind, name, unitVnd }) => [kind, name, unitVnd])))
    .digest('hex')
    .slice(0, 16);
