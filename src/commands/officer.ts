import { communeBySlug } from '../communes/communes.ts';
import {
  addOfficer,
  createLink,
  forgetCredentials,
  LINK_HOURS,
  listOfficers,
  type Officer,
  officerByEmail,
  parseRole,
  updateOfficer,
} from '../communes/officers.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import type { Log } from '../log.ts';
import { withDatabase } from './context.ts';

type Print = (line: string) => void;

export interface OfficerFlags {
  commune: string;
  role: string;
  name?: string;
  title?: string;
  /** Divided by commas. */
  fields?: string;
}

export async function officerAdd(config: Config, log: Log, email: string, flags: OfficerFlags, print: Print) {
  await withDatabase(config, log, async (database) => {
    const commune = await communeBySlug(database.orm, flags.commune);
    const officer = await addOfficer(database.orm, commune.id, {
      email,
      role: parseRole(flags.role),
      name: flags.name ?? '',
      title: flags.title ?? '',
      fields: flags.fields?.split(',').map((field) => field.trim()) ?? [],
    });
    print(`${officer.email} works at ${commune.slug} as ${officer.role}.`);
    await printLink(config, database, officer, print);
  });
}

export async function officerList(config: Config, log: Log, slug: string, print: Print) {
  await withDatabase(config, log, async (database) => {
    const staff = await listOfficers(database.orm, (await communeBySlug(database.orm, slug)).id);
    if (staff.length === 0) print('Nobody yet (hoixa officer add --help).');
    for (const { email, role, name, title, isActive, lastSeenAt } of staff) {
      const seen = lastSeenAt ? `last seen ${lastSeenAt.toISOString()}` : 'never signed in';
      print([email, isActive ? role : `${role}, off`, name, title, seen].join('\t'));
    }
  });
}

/** For a forgotten password or a lost telephone. */
export async function officerReset(config: Config, log: Log, email: string, slug: string, print: Print) {
  await withDatabase(config, log, async (database) => {
    const officer = await officerByEmail(database.orm, (await communeBySlug(database.orm, slug)).id, email);
    await forgetCredentials(database.orm, officer.communeId, officer.id);
    if (!officer.isActive) await updateOfficer(database.orm, officer.communeId, officer.id, { isActive: true });
    print(`Password, second factor and sessions of ${officer.email} are gone.`);
    await printLink(config, database, officer, print);
  });
}

export async function officerOff(config: Config, log: Log, email: string, slug: string, print: Print) {
  await withDatabase(config, log, async (database) => {
    const officer = await officerByEmail(database.orm, (await communeBySlug(database.orm, slug)).id, email);
    await forgetCredentials(database.orm, officer.communeId, officer.id);
    await updateOfficer(database.orm, officer.communeId, officer.id, { isActive: false });
    print(`${officer.email} cannot sign in any more (hoixa officer reset lets them in again).`);
  });
}

async function printLink({ PUBLIC_URL }: Config, { orm }: Database, officer: Officer, print: Print) {
  print(`Sign-in link, works once within ${LINK_HOURS} hours:`);
  print(`${PUBLIC_URL}/console/sign-in/${await createLink(orm, officer)}`);
}
