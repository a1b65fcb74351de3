import { asc, eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import { createBatcher } from '../db/batcher.ts';
import type { Db } from '../db/client.ts';
import { timeOrdered } from '../db/ids.ts';
import { ConfigError } from '../errors.ts';
import { communes } from './communes.schema.ts';

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must look like 07:30');
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must look like 2026-09-02');

/** What a commune tells about itself. Everything but the office name may be unknown; unknown is said, never guessed. */
export const communeSettings = z.object({
  /** As citizens read it, for instance "UBND xã Bát Xát". */
  officeName: z.string().min(1),
  province: z.string().optional(),
  /** Where the service desk is. */
  address: z.string().optional(),
  phone: z.string().optional(),
  hotline: z.string().optional(),
  website: z.string().optional(),
  /** Opening times by weekday, 1 = Monday … 7 = Sunday, local time. */
  hours: z.array(z.object({ days: z.array(z.number().int().min(1).max(7)), opens: clock, closes: clock })).default([
    { days: [1, 2, 3, 4, 5], opens: '07:30', closes: '11:30' },
    { days: [1, 2, 3, 4, 5], opens: '13:30', closes: '17:00' },
  ]),
  /** True once the commune confirmed `hours`; until then they are said to be the usual ones. */
  areHoursConfirmed: z.boolean().default(false),
  /** Days closed though on a working weekday. */
  holidays: z.array(day).default([]),
  /** Days open though on a weekend (swapped days), with Monday's hours. */
  extraWorkingDays: z.array(day).default([]),
  /** Minutes within which officers answer during opening times. */
  officerReplyMinutes: z.number().int().positive().default(30),
  /** Hours the assistant stays silent after an officer's last message. */
  officerPauseHours: z.number().positive().default(12),
  /** Who may look up how much about dossiers, against trying numbers out; see dossiers/disclosure.ts. */
  dossiers: z
    .object({
      /** Dossiers one citizen may look up in an hour; one told of before does not count. */
      lookupsPerHour: z.number().int().min(1).max(1_000).default(10),
      /** Dossiers of one unit and day one citizen may ask about in a day. */
      perSeriesAndDay: z.number().int().min(1).max(1_000).default(6),
      /** Unknown numbers of one unit and day after which one citizen gets no more of them that day. */
      unknownPerSeries: z.number().int().min(1).max(100).default(3),
      /** Look-ups of all citizens together in an hour. */
      communeLookupsPerHour: z.number().int().min(10).default(2_000),
      /** Tries of a second factor in 15 minutes and in a day, per citizen and per dossier. */
      triesPer15Minutes: z.number().int().min(1).max(20).default(3),
      triesPerDay: z.number().int().min(1).max(100).default(10),
      /** Tries of all citizens together in an hour. */
      communeTriesPerHour: z.number().int().min(10).default(300),
      /** Minutes a second factor counts, and an officer's confirmation. */
      proofMinutes: z.number().int().min(1).max(1_440).default(15),
      officerProofMinutes: z.number().int().min(1).max(10_080).default(60),
      /** A phone number the platform shared counts as a second factor when it is the dossier's. */
      sharedPhoneCounts: z.boolean().default(true),
    })
    .prefault({}),
  /** When a person is needed. Minutes count opening times only. */
  handoff: z
    .object({
      /** Nobody took a waiting conversation for so long: leads are told. */
      escalateAfterMinutes: z.number().int().min(1).max(1_440).default(15),
      /** Target from the request to its end. */
      resolveMinutes: z.number().int().min(10).max(10_080).default(480),
      /** An officer who holds a conversation leaves the citizen's words unanswered for so long: back into the line. */
      officerSilenceMinutes: z.number().int().min(5).max(1_440).default(60),
      /** The citizen is silent for so long after the officer's last word: the conversation is closed. */
      closeAfterSilenceHours: z.number().min(1).max(168).default(24),
      /** Staff are warned so long before the platform's last moment for a reply. */
      warnBeforeWindowMinutes: z.number().int().min(15).max(1_440).default(120),
      /** How officers are named to citizens. */
      officerShown: z.enum(['name_and_title', 'title', 'office']).default('name_and_title'),
      /** Ask "how was it?" after an officer closed a conversation. */
      asksRating: z.boolean().default(true),
      /** Working days within which a petition is answered. */
      petitionDays: z.number().int().min(1).max(60).default(10),
      /** Answer a question under a page's post once, in private. */
      answersPageComments: z.boolean().default(false),
    })
    .prefault({}),
  /** "Báo tôi khi có thay đổi": what is told about dossiers without being asked. */
  notices: z
    .object({
      /** No notice leaves between these, local time, except to somebody who is writing just then. */
      quietFrom: clock.default('21:00'),
      quietUntil: clock.default('07:00'),
      /** Minutes between two looks at a dossier. */
      pollMinutes: z.number().int().min(5).max(1_440).default(60),
      /** Dossiers one citizen may have watched at a time. */
      perCitizen: z.number().int().min(1).max(200).default(10),
      /** A dossier is watched no longer than this. */
      watchDays: z.number().int().min(7).max(1_000).default(365),
      /** A result not collected after so many working days is told once more; 0: never. */
      collectAfterWorkingDays: z.number().int().min(0).max(60).default(5),
      /** What the platform charges for a free-form message once its free hours are over, đồng. */
      paidMessageVnd: z.number().int().min(0).default(55),
    })
    .prefault({}),
});
export type CommuneSettings = z.infer<typeof communeSettings>;

export interface Commune {
  id: string;
  slug: string;
  name: string;
  settings: CommuneSettings;
}

/** @throws {ConfigError} when the slug is taken or malformed */
export async function addCommune(
  db: Db,
  input: { slug: string; name: string; settings?: Partial<CommuneSettings> },
): Promise<Commune> {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(input.slug)) {
    throw new ConfigError(`commune slug "${input.slug}" may hold only a-z, 0-9 and "-"`);
  }
  if (!input.name.trim()) throw new ConfigError('a commune needs a name: --name "UBND xã …"');
  const settings = parseSettings({ officeName: input.name, ...input.settings });
  const [row] = await db
    .insert(communes)
    .values({ id: timeOrdered(), slug: input.slug, name: input.name, settings })
    .onConflictDoNothing()
    .returning();
  if (!row) throw new ConfigError(`commune "${input.slug}" exists already (hoixa commune list)`);
  return fromRow(row);
}

/**
 * Changes the settings named; the others stay.
 * @throws {ConfigError}
 */
export async function updateCommune(
  db: Db,
  slug: string,
  change: { name?: string; settings?: Partial<CommuneSettings> },
): Promise<Commune> {
  const known = await communeBySlug(db, slug);
  const settings = parseSettings({
    ...known.settings,
    ...(change.name ? { officeName: change.name } : {}),
    ...change.settings,
  });
  const name = change.name ?? known.name;
  const [row] = await db.update(communes).set({ name, settings }).where(eq(communes.id, known.id)).returning();
  return fromRow(row!);
}

function parseSettings(settings: Partial<CommuneSettings>): CommuneSettings {
  const known = Object.keys(communeSettings.shape);
  const unknown = Object.keys(settings).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new ConfigError(`commune settings: no such setting: ${unknown.join(', ')}; there are ${known.join(', ')}`);
  }
  const parsed = communeSettings.safeParse(settings);
  if (!parsed.success) throw new ConfigError(`commune settings:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export async function listCommunes(db: Db): Promise<Commune[]> {
  return (await db.select().from(communes).orderBy(asc(communes.slug))).map(fromRow);
}

/** @throws {ConfigError} when there is no such commune */
export async function communeBySlug(db: Db, slug: string): Promise<Commune> {
  const [row] = await db.select().from(communes).where(eq(communes.slug, slug));
  if (!row) throw new ConfigError(`no commune "${slug}" (hoixa commune list shows them, hoixa commune add makes one)`);
  return fromRow(row);
}

/**
 * Communes by id, cached for a few seconds: settings change rarely, every turn needs them. Those that are due while one
 * look runs are read together by the next: a province's thousands must not each ask.
 */
export function createCommuneCache(db: Db, { cacheMs = 5_000 } = {}): (id: string) => Promise<Commune> {
  const cache = new Map<string, { at: number; commune: Promise<Commune> }>();
  const looks = createBatcher<string, Commune | undefined>(async (ids) => {
    const rows = await db.select().from(communes).where(inArray(communes.id, ids));
    const known = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => {
      const row = known.get(id);
      return row && fromRow(row);
    });
  });
  return (id) => {
    const known = cache.get(id);
    if (known && Date.now() - known.at < cacheMs) return known.commune;
    const commune = looks.add(id).then((found) => {
      if (!found) throw new Error(`commune ${id} is gone`);
      return found;
    });
    cache.set(id, { at: Date.now(), commune });
    commune.catch(() => cache.delete(id));
    return commune;
  };
}

const fromRow = (row: typeof communes.$inferSelect): Commune => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  settings: communeSettings.parse(row.settings),
});
