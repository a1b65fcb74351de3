import { createCommuneCache } from '../communes/communes.ts';
import type { SecretBox } from '../communes/secrets.ts';
import type { Database } from '../db/client.ts';
import { createBarcodeReader } from '../dossiers/barcodes.ts';
import { createDossierDesk } from '../dossiers/desk.ts';
import { createDossierDirectory } from '../dossiers/directory.ts';
import { createDisclosure, levelOf } from '../dossiers/disclosure.ts';
import type { DossierView } from '../dossiers/dossier.ts';
import { createFactors } from '../dossiers/factors.ts';
import { createPhotoReader } from '../dossiers/photo-reader.ts';
import { refused } from '../dossiers/say-desk.ts';
import { createWatches } from '../dossiers/watches.ts';
import type { AttachmentReaders } from '../guidance/attachments.ts';
import type { DossierDesk, PayDesk } from '../guidance/guidance.ts';
import type { Log } from '../log.ts';
import type { PayDeskDeps } from '../payments/desk.ts';
import type { KnownFees } from '../payments/owing.ts';
import { openPayments } from '../payments/payments.ts';
import type { ProviderUrls } from '../payments/provider.ts';
import type { StaffFees } from '../payments/request.ts';

type Ground = { database: Database; box: SecretBox };

/** Whatever knows dossiers in one process, over one database. */
export function openDossiers({ database, box }: Ground, log: Log) {
  const factors = createFactors(database, box);
  const directory = createDossierDirectory({ database, box, factors, log });
  const disclosure = createDisclosure({ database, factors });
  const watches = createWatches({ database, commune: createCommuneCache(database.orm) });
  const desk: DossierDesk = createDossierDesk({ directory, disclosure, watches });
  return { factors, directory, disclosure, watches, desk };
}
export type Dossiers = ReturnType<typeof openDossiers>;

/** Money is awaited in this state. */
const OWES = 6;

/**
 * What a dossier costs, for the pay desk: asked for and written down as any look-up, told only as far as the citizen has
 * proved that it is theirs.
 */
export function feesOf({ directory, disclosure }: Dossiers): PayDeskDeps['dossierFees'] {
  return async (asker, code, commune, now) => {
    if ((await directory.sources(asker.communeId)).length === 0) return { kind: 'not_found' };
    const admission = await disclosure.admit(asker, code, commune.dossiers, now);
    if (admission !== 'admitted') return { kind: 'refused', message: refused(admission, commune) };
    const result = await directory.lookup(asker.communeId, code, { now });
    const proved = result.kind === 'found' ? await disclosure.proved(asker, code, now) : 0;
    const level = result.kind === 'found' ? levelOf(result.dossier, proved) : 0;
    await disclosure.note(asker, code, 'lookup', result.kind, level, now);
    if (result.kind !== 'found') return { kind: result.kind };
    if (level === 0) {
      if (result.dossier.state !== OWES) return { kind: 'nothing_due', isProved: false };
      return { kind: proved > 0 ? 'not_in_chat' : 'needs_proof' };
    }
    return owedFor(result.dossier) ?? { kind: 'nothing_due', isProved: true };
  };
}

/** The same for an officer who asks a citizen to pay: it is their work, and they have to prove nothing. */
export function staffFeesOf({ directory }: Pick<Dossiers, 'directory'>): StaffFees {
  return async (communeId, code, now) => {
    if ((await directory.sources(communeId)).length === 0) return { kind: 'not_found' };
    const result = await directory.lookup(communeId, code, { now });
    if (result.kind !== 'found') return { kind: result.kind };
    return owedFor(result.dossier) ?? { kind: 'nothing_due' };
  };
}

/** Null: nothing is to be paid now. */
function owedFor({ state, fees = [], procedureCode, procedureName }: DossierView): KnownFees | null {
  const unpaid = fees.filter(({ isPaid }) => (state === OWES ? isPaid !== true : isPaid === false));
  if (state !== OWES && unpaid.length === 0) return null;
  return { kind: 'known', procedureCode: procedureCode ?? null, procedureName: procedureName ?? null, unpaid };
}

/** The desks of a database that may still be opening, and the eyes for photos of receipts. */
export function createDesk(ground: () => Promise<Ground>, config: ProviderUrls, log: Log, { isDemo = false } = {}) {
  const open = async () => {
    const ready = await ground();
    const dossiers = openDossiers(ready, log);
    const commune = createCommuneCache(ready.database.orm);
    const payments = openPayments({ ...ready, urls: config, commune, log, isDemo, staffFees: staffFeesOf(dossiers) });
    return { dossiers, payments, pay: payments.desk(feesOf(dossiers)) };
  };
  let opened: ReturnType<typeof open> | undefined;
  const rooms = () => {
    opened ??= open();
    return opened;
  };
  const barcodes = createBarcodeReader();
  const desk: DossierDesk = { answer: async (question) => (await rooms()).dossiers.desk.answer(question) };
  const pay: PayDesk = { answer: async (question) => (await rooms()).pay.answer(question) };
  const readers: AttachmentReaders = { image: createPhotoReader({ barcodes, log }) };
  return { desk, pay, readers, rooms, close: barcodes.close };
}
