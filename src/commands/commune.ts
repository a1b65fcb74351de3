import { readFile } from 'node:fs/promises';
import { addCommune, type CommuneSettings, listCommunes, updateCommune } from '../communes/communes.ts';
import type { Config } from '../config.ts';
import { ConfigError, errorText } from '../errors.ts';
import type { Log } from '../log.ts';
import { withDatabase } from './context.ts';

export interface CommuneFlags {
  name?: string;
  address?: string;
  phone?: string;
  hotline?: string;
  province?: string;
  website?: string;
  /** JSON file with any of the settings. */
  settings?: string;
}

async function settingsOf(flags: CommuneFlags): Promise<Partial<CommuneSettings>> {
  const { name: _, settings: file, ...given } = flags;
  if (!file) return given;
  try {
    return { ...(JSON.parse(await readFile(file, 'utf8')) as Partial<CommuneSettings>), ...given };
  } catch (error) {
    throw new ConfigError(`--settings ${file}: ${errorText(error)}`, { cause: error });
  }
}

export async function communeAdd(
  config: Config,
  log: Log,
  slug: string,
  flags: CommuneFlags,
  print: (l: string) => void,
) {
  const settings = await settingsOf(flags);
  await withDatabase(config, log, async (database) => {
    const commune = await addCommune(database.orm, { slug, name: flags.name ?? '', settings });
    print(`Commune ${commune.slug} (${commune.name}) is added. Next: hoixa channel connect --help`);
  });
}

export async function communeSet(
  config: Config,
  log: Log,
  slug: string,
  flags: CommuneFlags,
  print: (l: string) => void,
) {
  const settings = await settingsOf(flags);
  await withDatabase(config, log, async (database) => {
    const commune = await updateCommune(database.orm, slug, { ...(flags.name ? { name: flags.name } : {}), settings });
    print(JSON.stringify(commune.settings, null, 2));
  });
}

export async function communeList(config: Config, log: Log, print: (line: string) => void) {
  await withDatabase(config, log, async (database) => {
    const communes = await listCommunes(database.orm);
    if (communes.length === 0) print('No commune yet (hoixa commune add --help).');
    for (const { slug, name } of communes) print(`${slug}\t${name}`);
  });
}
