import type { CarrierName, Channel } from '../channels/channel.ts';
import { createChannels } from '../channels/index.ts';
import type { ChannelAccount } from '../communes/accounts.ts';
import { type Commune, communeBySlug } from '../communes/communes.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import { NOTICE_KINDS, type NoticeKind } from '../dossiers/changes.ts';
import { listDueDossiers, listOpenNotices, noticeCosts, retryNotices } from '../dossiers/notice-admin.ts';
import { addTemplate, listTemplates, removeTemplate, type TemplateInput } from '../dossiers/notice-templates.ts';
import { ConfigError } from '../errors.ts';
import type { Log } from '../log.ts';
import { openContext, withDatabase } from './context.ts';

export interface TemplateFlags {
  commune: string;
  /** External id of the OA or page. */
  account: string;
  carrier: string;
  template: string;
}

export interface AddTemplateFlags extends TemplateFlags {
  language: string;
  /** Comma-separated. */
  kinds?: string;
  /** "ma_ho_so=code:30" each. */
  param: string[];
  price: string;
}

/** "name=fact" or "name=fact:longest". @throws {ConfigError} */
export function parseParameter(text: string): TemplateInput['parameters'][number] {
  const parts = /^([^=\s]+)=([a-z_]+)(?::(\d+))?$/.exec(text);
  if (!parts) throw new ConfigError(`--param "${text}" must look like ma_ho_so=code:30 (gap, fact, longest value)`);
  const [, name = '', fact = '', longest] = parts;
  return { name, fact: fact as never, ...(longest ? { maxLength: Number(longest) } : {}) };
}

export async function templateAdd(config: Config, log: Log, flags: AddTemplateFlags, print: (line: string) => void) {
  await withAccount(config, log, flags, async ({ database, account, channel }) => {
    const priceVnd = Number(flags.price);
    if (!Number.isInteger(priceVnd)) throw new ConfigError(`--price "${flags.price}" must be whole đồng`);
    const added = await addTemplate(database.orm, account, channel, {
      carrier: flags.carrier,
      templateId: flags.template,
      language: flags.language,
      kinds: (flags.kinds?.split(',').map((kind) => kind.trim()) ?? [...NOTICE_KINDS]) as NoticeKind[],
      parameters: flags.param.map(parseParameter),
      priceVnd,
    });
    print(`${added.carrier} ${added.templateId} tells: ${added.kinds.join(', ')}.`);
    print('Notices that wait for it leave after: hoixa notices retry --commune <slug>');
  });
}

export async function templateList(config: Config, log: Log, slug: string, print: (line: string) => void) {
  await withCommune(config, log, slug, async (database, commune) => {
    const templates = await listTemplates(database.orm, commune.id);
    if (templates.length === 0) print('No template: notices outside the reply window wait for the next message.');
    for (const { carrier, templateId, language, kinds, parameters, priceVnd } of templates) {
      const gaps = parameters.map(({ name, fact, maxLength }) => `${name}=${fact}:${maxLength}`);
      print([carrier, templateId, language, kinds.join(','), gaps.join(' '), `${priceVnd} đồng`].join('\t'));
    }
  });
}

export async function templateRemove(config: Config, log: Log, flags: TemplateFlags, print: (line: string) => void) {
  await withAccount(config, log, flags, async ({ database, account }) => {
    const which = { accountId: account.id, carrier: flags.carrier as CarrierName, templateId: flags.template };
    if (!(await removeTemplate(database.orm, account.communeId, which))) {
      throw new ConfigError(`no template ${flags.carrier} ${flags.template} (hoixa notices template list)`);
    }
    print(`${flags.carrier} ${flags.template} is no longer used.`);
  });
}

/** What has not reached its citizen and why, what is due, what notices cost this month. */
export async function noticesList(
  config: Config,
  log: Log,
  slug: string,
  print: (line: string) => void,
  now = new Date(),
) {
  await withCommune(config, log, slug, async (database, commune) => {
    const open = await listOpenNotices(database, commune.id);
    if (open.length === 0) print('Every notice has reached its citizen.');
    for (const { code, kind, status, writtenAt, why } of open) {
      print([status, code, kind, writtenAt.toISOString(), why ?? ''].join('\t'));
    }
    for (const { code, dueDate, isOverdue, watchers } of await listDueDossiers(
      database,
      commune.id,
      commune.settings,
      now,
    )) {
      print([isOverdue ? 'overdue' : 'due soon', code, dueDate, `${watchers} watching`].join('\t'));
    }
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()));
    for (const { carrier, sent, costVnd } of await noticeCosts(database, commune.id, month, now)) {
      print(['this month', carrier, `${sent} sent`, `${costVnd} đồng`].join('\t'));
    }
  });
}

export async function noticesRetry(config: Config, log: Log, slug: string, print: (line: string) => void) {
  await withCommune(config, log, slug, async (database, commune) => {
    print(`${await retryNotices(database, commune.id, new Date())} notice(s) are tried again.`);
  });
}

const withCommune = (
  config: Config,
  log: Log,
  slug: string,
  work: (database: Database, commune: Commune) => Promise<void>,
) => withDatabase(config, log, async (database) => work(database, await communeBySlug(database.orm, slug)));

async function withAccount(
  config: Config,
  log: Log,
  { commune: slug, account: externalId }: Pick<TemplateFlags, 'commune' | 'account'>,
  work: (found: { database: Database; account: ChannelAccount; channel: Channel }) => Promise<void>,
): Promise<void> {
  const { database, accounts } = await openContext(config, { mayAttach: true, isDemo: true, log });
  try {
    const commune = await communeBySlug(database.orm, slug);
    const known = (await accounts.all()).filter((one) => one.communeId === commune.id);
    const account = known.find((one) => one.externalId === externalId);
    if (!account) throw new ConfigError(`no account ${externalId} at ${slug} (hoixa channel list)`);
    const channel = createChannels({ config, accounts, log }).find(({ name }) => name === account.channel)!;
    await work({ database, account, channel });
  } finally {
    await database.close();
  }
}
