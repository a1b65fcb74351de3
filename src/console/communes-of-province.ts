import { eq, sql } from 'drizzle-orm';
import { communes } from '../communes/communes.schema.ts';
import type { Database } from '../db/client.ts';

/**
 * What a province's officer may look into: the communes that name the same province. Only an operator sets that name;
 * the console cannot change it.
 */
export async function communesOfProvince(
  { orm }: Database,
  home: { settings: { province?: string | undefined } },
): Promise<{ id: string; slug: string; name: string }[]> {
  const { province } = home.settings;
  if (!province) return [];
  return orm
    .select({ id: communes.id, slug: communes.slug, name: communes.name })
    .from(communes)
    .where(eq(sql`${communes.settings} ->> 'province'`, province))
    .orderBy(communes.name);
}
