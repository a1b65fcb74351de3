import type { OfficerCard } from './handoff.ts';

/** An officer as routing sees one. */
export interface Colleague extends OfficerCard {
  /** Empty: any field. */
  fields: string[];
  isHere: boolean;
  /** Conversations held, and those suggested and not yet taken. */
  load: number;
}

/**
 * Who is offered a waiting conversation: of those here, who knows the field, else who does anything, else whoever is
 * here; of these the one with the least to do. Null: nobody is here, it stays everybody's.
 */
export function suggestOfficer(colleagues: Colleague[], field: string | null): Colleague | null {
  const here = colleagues.filter(({ isHere }) => isHere);
  const knowing = field ? here.filter(({ fields }) => fields.includes(field)) : [];
  const anything = here.filter(({ fields }) => fields.length === 0);
  const pool = [knowing, anything, here].find((group) => group.length > 0) ?? [];
  return pool.reduce<Colleague | null>(
    (best, one) => (best === null || one.load < best.load || (one.load === best.load && one.id < best.id) ? one : best),
    null,
  );
}
