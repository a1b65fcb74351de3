import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';

const document = z.object({
  name: z.string().min(1),
  form: z.string().nullable(),
  originals: z.number().int().nonnegative(),
  copies: z.number().int().nonnegative(),
  note: z.string().nullable(),
});

const channel = z.object({
  kind: z.enum(['online', 'post', 'counter']),
  days: z.number().nonnegative().nullable(),
  daysUnit: z.enum(['working_day', 'day', 'hour', 'month']).nullable(),
  /** đồng; 0 is a placeholder unless `feeNote` says so in words. */
  feeVnd: z.number().int().nonnegative().nullable(),
  feeNote: z.string().nullable().optional(),
  timeNote: z.string().nullable().optional(),
});

const https = z.string().regex(/^https:\/\//, 'must be an https address');

export const procedureRecord = z.object({
  code: z.string().regex(/^\d\.\d{6}$/, 'must look like 1.001193'),
  relatedCodes: z.array(z.string()),
  name: z.string().min(1),
  aliases: z.array(z.string().min(1)),
  field: z.string(),
  level: z.enum(['xã', 'tỉnh', 'khác']),
  handledBy: z.enum([
    'commune',
    'commune_police',
    'commune_military',
    'land_office',
    'province',
    'province_police',
    'social_insurance',
    'tax',
    'power',
    'school',
    'other',
  ]),
  /** null: unknown. */
  online: z.enum(['full', 'partial', 'none']).nullable(),
  portalUrl: https.nullable(),
  channels: z.array(channel),
  cases: z.array(z.object({ name: z.string().min(1), documents: z.array(document) })),
  steps: z.array(z.string().min(1)),
  eligibility: z.string().nullable(),
  result: z.string().nullable(),
  legalBasis: z.array(z.string()),
  officialFormCodes: z.array(z.string()),
  notes: z.string(),
  sources: z.array(z.string()),
  /** Year, month and perhaps day of the data. */
  asOf: z.string().regex(/^\d{4}-\d{2}(-\d{2})?$/, 'must look like 2026-07-18'),
  confidence: z.enum(['high', 'medium', 'low']),
  /** "province:<office>": the figures hold there only. */
  scope: z.string().optional(),
});

export type Procedure = z.infer<typeof procedureRecord>;
export type ProcedureDocument = z.infer<typeof document>;
export type ProcedureChannel = z.infer<typeof channel>;

export interface Catalogue {
  all: Procedure[];
  /** The record of a code, also of a code that was replaced by it. Anything after the first two groups is ignored. */
  byCode(code: string): Procedure | undefined;
}

export const CATALOGUE_FILE = new URL('./data/procedures.json', import.meta.url);

/** @throws {ConfigError} naming each faulty record and field */
export function parseCatalogue(data: unknown): Catalogue {
  const rows = z.array(z.unknown()).safeParse(data);
  if (!rows.success) throw new ConfigError('the procedure catalogue must be a list of records');
  const faults: string[] = [];
  const all: Procedure[] = [];
  rows.data.forEach((row, at) => {
    const parsed = procedureRecord.safeParse(row);
    if (parsed.success) all.push(parsed.data);
    else {
      const code = (row as { code?: unknown } | null)?.code;
      for (const issue of parsed.error.issues)
        faults.push(
          `${typeof code === 'string' ? code : `record ${at + 1}`}: ${issue.path.join('.')}: ${issue.message}`,
        );
    }
  });
  const byCode = new Map<string, Procedure>();
  for (const procedure of all) {
    if (byCode.has(procedure.code)) faults.push(`${procedure.code}: listed twice`);
    byCode.set(procedure.code, procedure);
  }
  for (const procedure of all) {
    for (const related of procedure.relatedCodes) if (!byCode.has(related)) byCode.set(related, procedure);
  }
  if (faults.length > 0) throw new ConfigError(`procedure catalogue:\n${faults.slice(0, 20).join('\n')}`);
  return { all, byCode: (code) => byCode.get(/^\d\.\d{6}/.exec(code)?.[0] ?? '') };
}

let shipped: Catalogue | null = null;

/** The shipped catalogue, read once. @throws {ConfigError} */
export function loadCatalogue(file: URL | string = CATALOGUE_FILE): Catalogue {
  if (file === CATALOGUE_FILE && shipped) return shipped;
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`the procedure catalogue ${String(file)} cannot be read`, { cause });
  }
  const catalogue = parseCatalogue(data);
  if (file === CATALOGUE_FILE) shipped = catalogue;
  return catalogue;
}
