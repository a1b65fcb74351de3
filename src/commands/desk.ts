import { createCommuneCache } from '../communes/communes.ts';
import type { SecretBox } from '../communes/secrets.ts';
import type { Database } from '../db/client.ts';
import { createBarcodeReader } from '../dossiers/barcodes.ts';
import { createDossierDesk } from '../dossiers/desk.ts';
import { createDossierDirectory } from '../dossiers/directory.ts';
import { createDisclosure } from '../dossiers/disclosure.ts';
import { createFactors } from '../dossiers/factors.ts';
import { createPhotoReader } from '../dossiers/photo-reader.ts';
import { createWatches } from '../dossiers/watches.ts';
import type { AttachmentReaders } from '../guidance/attachments.ts';
import type { DossierDesk } from '../guidance/guidance.ts';
import type { Log } from '../log.ts';

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

/** The desk of a database that may still be opening, and the eyes for photos of receipts. */
export function createDesk(ground: () => Promise<Ground>, log: Log) {
  let opened: Promise<Dossiers> | undefined;
  const dossiers = () => {
    opened ??= ground().then((ready) => openDossiers(ready, log));
    return opened;
  };
  const barcodes = createBarcodeReader();
  const desk: DossierDesk = { answer: async (question) => (await dossiers()).desk.answer(question) };
  const readers: AttachmentReaders = { image: createPhotoReader({ barcodes, log }) };
  return { desk, readers, dossiers, close: barcodes.close };
}
