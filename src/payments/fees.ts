import { and, asc, eq, gte, isNull, lte, or, sql } from 'drizzle-orm';
import { z } from 'zod';
import { localTime } from '../communes/calendar.ts';
import type { Db } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { type FeeExemption, fees } from './payments.schema.ts';

export type Fee = Omit<typeof fees.$inferSelect, 'createdAt'>;

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** One line of a fee table, checked. */
export const feeInput = z
  .object({
    procedureCode: z.string().regex(/^\d\.\d{6}$/, 'mã thủ tục dạng 1.001193'),
    kind: z.enum(['phi', 'le_phi']),
    name: z.string().trim().min(1).max(200),
    scope: z.enum(['nation', 'province', 'commune']),
    channel: z.enum(['online', 'counter', 'any']).default('any'),
    amountVnd: z.number().int().min(0).max(1_000_000_000),
    unit: z.string().trim().min(1).max(40).default('hồ sơ'),
    legalRef: z.string().trim().min(1, 'phải có căn cứ').max(300),
    validFrom: day,
    validTo: day.nullable().default(null),
    exemptions: z
      .array(
        z.object({
          group: z.string().trim().min(1).max(120),
          percent: z.number().int().min(1).max(100),
          proof: z.string().trim().max(200).default(''),
          legalRef: z.string().trim().max(300).default(''),
        }),
      )
      .default([]),
  })
  .refine(({ validFrom, validTo }) => validTo === null || validTo >= validFrom, 'ngày hết hiệu lực trước ngày bắt đầu');
export type FeeInput = z.output<typeof feeInput>;

/**
 * Stores lines of a fee table. A line of the same procedure, name, rule, channel and first day replaces the one before;
 * what was owed already stays as it was.
 */
export async function saveFees(db: Db, communeId: string, inputs: FeeInput[]): Promise<number> {
  for (const input of inputs) {
    const { procedureCode, kind, name, scope, channel, validFrom, ...rest } = input;
    const values = { ...rest, exemptions: rest.exemptions as FeeExemption[] };
    await db
      .insert(fees)
      .values({ communeId, id: timeOrdered(), procedureCode, kind, name, scope, channel, validFrom, ...values })
      .onConflictDoUpdate({
        target: [fees.communeId, fees.procedureCode, fees.kind, fees.name, fees.scope, fees.channel, fees.validFrom],
        set: values,
      });
  }
  return inputs.length;
}

const RANK = { commune: 0, province: 1, nation: 2 } as const;

/**
 * What a procedure costs on a day by this channel, or by each when none is named. Of phí and of lệ phí the nearest rule
 * counts alone (the commune's, the province's, the nation's); of each fee the line for just this channel, of these the
 * newest. Empty: the table does not say.
 */
export async function feesFor(
  db: Db,
  communeId: string,
  procedureCode: string,
  { channel, now }: { channel?: 'online' | 'counter'; now: Date },
): Promise<Fee[]> {
  const today = localTime(now).date;
  const rows = await db
    .select()
    .from(fees)
    .where(
      and(
        eq(fees.communeId, communeId),
        eq(fees.procedureCode, procedureCode),
        lte(fees.validFrom, today),
        or(isNull(fees.validTo), gte(fees.validTo, today)),
      ),
    )
    .orderBy(asc(fees.name));
  const open = rows.filter((row) => channel === undefined || row.channel === 'any' || row.channel === channel);
  const nearest = (kind: Fee['kind']) =>
    Math.min(...open.filter((row) => row.kind === kind).map(({ scope }) => RANK[scope]));
  const chosen = new Map<string, Fee>();
  for (const { createdAt: _, ...row } of open) {
    if (RANK[row.scope] !== nearest(row.kind)) continue;
    const key = `${row.kind} ${row.name} ${channel === undefined ? row.channel : ''}`;
    const known = chosen.get(key);
    if (!known || isBetter(row, known, channel)) chosen.set(key, row);
  }
  return [...chosen.values()];
}

function isBetter(row: Fee, than: Fee, channel: string | undefined): boolean {
  const isExact = (fee: Fee) => fee.channel === channel;
  return isExact(row) === isExact(than) ? row.validFrom > than.validFrom : isExact(row);
}

/** The whole table of a commune, by procedure. */
export function listFees(db: Db, communeId: string): Promise<Fee[]> {
  return db
    .select()
    .from(fees)
    .where(eq(fees.communeId, communeId))
    .orderBy(asc(fees.procedureCode), asc(fees.name), sql`${fees.validFrom} desc`);
}
