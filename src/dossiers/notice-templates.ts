import { and, asc, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { CarrierName, Channel, MessageTemplate } from '../channels/channel.ts';
import type { ChannelAccount } from '../communes/accounts.ts';
import type { Db } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { ConfigError } from '../errors.ts';
import { NOTICE_KINDS, type NoticeKind } from './changes.ts';
import { noticeTemplates } from './dossiers.schema.ts';
import { TEMPLATE_FACTS, type TemplateFact } from './say-notice.ts';

/** An approved template of one account, and which of our facts fills each gap. */
export interface NoticeTemplate extends MessageTemplate {
  id: string;
  accountId: string;
  kinds: NoticeKind[];
  parameters: { name: string; maxLength: number; fact: TemplateFact }[];
  priceVnd: number;
}

const input = z.object({
  carrier: z.string(),
  templateId: z.string().min(1),
  language: z.string().default('vi'),
  kinds: z.array(z.enum(NOTICE_KINDS as [NoticeKind, ...NoticeKind[]])).min(1),
  parameters: z
    .array(
      z.object({
        name: z.string().min(1),
        fact: z.enum(TEMPLATE_FACTS),
        maxLength: z.number().int().min(1).default(30),
      }),
    )
    .max(20),
  priceVnd: z.number().int().min(0),
});
export type TemplateInput = z.input<typeof input>;

/**
 * Adds a template, or replaces what is known of it.
 * @throws {ConfigError} naming everything that is wrong with the description
 */
export async function addTemplate(
  db: Db,
  account: Pick<ChannelAccount, 'id' | 'communeId'>,
  channel: Pick<Channel, 'name' | 'templateCarriers'>,
  description: TemplateInput,
): Promise<NoticeTemplate> {
  const parsed = input.safeParse(description);
  if (!parsed.success) throw new ConfigError(`template:\n${z.prettifyError(parsed.error)}`);
  const { carrier: name, ...template } = parsed.data;
  const carrier = channel.templateCarriers.find((one) => one.name === name);
  if (!carrier) {
    const known = channel.templateCarriers.map((one) => one.name).join(', ');
    throw new ConfigError(`${channel.name} has no carrier "${name}"; it has ${known}`);
  }
  const names = template.parameters.map((parameter) => parameter.name);
  const faults = [
    ...carrier.faultsOf({ ...template, carrier: carrier.name }),
    ...names.filter((one, index) => names.indexOf(one) !== index).map((one) => `parameter "${one}" stands twice`),
    // A template that does not say which dossier is meant helps nobody.
    ...(template.parameters.some(({ fact }) => fact === 'code') ? [] : ['no parameter takes the fact "code"']),
  ];
  if (faults.length > 0) throw new ConfigError(`template ${template.templateId}:\n  ${faults.join('\n  ')}`);
  const values = { ...template, carrier: carrier.name };
  const [row] = await db
    .insert(noticeTemplates)
    .values({ communeId: account.communeId, accountId: account.id, id: timeOrdered(), ...values })
    .onConflictDoUpdate({
      target: [
        noticeTemplates.communeId,
        noticeTemplates.accountId,
        noticeTemplates.carrier,
        noticeTemplates.templateId,
      ],
      set: values,
    })
    .returning();
  return fromRow(row!);
}

export async function listTemplates(db: Db, communeId: string, accountId?: string): Promise<NoticeTemplate[]> {
  const rows = await db
    .select()
    .from(noticeTemplates)
    .where(
      and(
        eq(noticeTemplates.communeId, communeId),
        ...(accountId === undefined ? [] : [eq(noticeTemplates.accountId, accountId)]),
      ),
    )
    .orderBy(asc(noticeTemplates.createdAt), asc(noticeTemplates.id));
  return rows.map(fromRow);
}

/** @returns whether there was one */
export async function removeTemplate(
  db: Db,
  communeId: string,
  which: { accountId: string; carrier: CarrierName; templateId: string },
): Promise<boolean> {
  const removed = await db
    .delete(noticeTemplates)
    .where(
      and(
        eq(noticeTemplates.communeId, communeId),
        eq(noticeTemplates.accountId, which.accountId),
        eq(noticeTemplates.carrier, which.carrier),
        eq(noticeTemplates.templateId, which.templateId),
      ),
    )
    .returning({ id: noticeTemplates.id });
  return removed.length > 0;
}

const fromRow = (row: typeof noticeTemplates.$inferSelect): NoticeTemplate => ({
  id: row.id,
  accountId: row.accountId,
  carrier: row.carrier,
  templateId: row.templateId,
  language: row.language,
  kinds: row.kinds as NoticeKind[],
  parameters: row.parameters as NoticeTemplate['parameters'],
  priceVnd: row.priceVnd,
});
