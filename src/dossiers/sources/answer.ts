import { errorText } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { DossierView, LookupResult } from '../dossier.ts';
import type { CommuneFactors } from '../factors.ts';
import { SourceFault } from './http.ts';

/** Which source of which commune, for logs. */
export interface SourceName {
  communeId: string;
  id: string;
  name: string;
}

/** Runs a look-up and turns whatever it throws into `unavailable`. Only the reason is logged. */
export async function answered(source: SourceName, log: Log, work: () => Promise<LookupResult>): Promise<LookupResult> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof SourceFault ? error.reason : 'network';
    const { communeId, id: sourceId } = source;
    log.warn('dossiers.lookup_failed', { communeId, sourceId, reason, error: errorText(error) });
    const retryAfterMs = error instanceof SourceFault ? error.retryAfterMs : undefined;
    return {
      kind: 'unavailable',
      source: source.name,
      reason,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
}

/** Two groups name a procedure; what follows is the unit that localised it. A number lost the zeros at its end. */
export function procedureCodeOf(text: string): string | undefined {
  const written = text.trim().replace(/^(\d),(\d{1,6})$/, '$1.$2');
  const short = /^(\d)\.(\d{1,5})$/.exec(written);
  if (short) return `${short[1]}.${short[2]!.padEnd(6, '0')}`;
  return /^(\d\.\d{6})(?!\d)/.exec(written)?.[1];
}

/** Hashes of what a citizen can prove a dossier with; the plain numbers end here. */
export function ownerHints(
  factors: CommuneFactors,
  { idNumber, phone }: { idNumber?: string | undefined; phone?: string | undefined },
): DossierView['ownerHints'] {
  const id = idNumber?.replace(/[\s.]/g, '') ?? '';
  // spreadsheets lose the zeros at the beginning, never the last four digits
  const idLast4Hash = /^\d{8,12}$/.test(id) ? factors.idLast4(id.slice(-4)) : null;
  const digits = phone?.replace(/[\s.()-]/g, '') ?? '';
  const phoneHash = digits ? factors.phone(/^[35789]\d{8}$/.test(digits) ? `0${digits}` : digits) : null;
  return { ...(idLast4Hash ? { idLast4Hash } : {}), ...(phoneHash ? { phoneHash } : {}) };
}

/** Drops what is empty: an optional field is there or not. */
export function filled<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
