import { z } from 'zod';
import type { Log } from '../../log.ts';
import { normaliseDossierNumber } from '../../procedures/dossier-numbers.ts';
import { parseMoment, untilEnd } from '../../sheets/dates.ts';
import type { DossierSource, DossierView, LookupResult } from '../dossier.ts';
import type { Factors } from '../factors.ts';
import { stateOf } from '../state-map.ts';
import { answered, filled, ownerHints, procedureCodeOf, type SourceName } from './answer.ts';
import { createJsonClient, faultOfStatus, type JsonAnswer, SourceFault } from './http.ts';
import { createLogin } from './login.ts';
import type { SecretsOf, SettingsOf } from './settings.ts';

/** Systems write numbers as numbers or texts, and leave out what is empty, or send "" or null for it. */
const loose = z.union([z.string(), z.number(), z.boolean()]).nullish();
const word = loose.transform((value) => {
  const text = String(value ?? '')
    .normalize('NFC')
    .trim();
  return text === '' || text === 'null' ? undefined : text;
});
/** A date nobody can read is left out: the state is worth telling all the same. */
const moment = word.transform((value) => (value ? (parseMoment(value) ?? undefined) : undefined));
const listOf = <T extends z.ZodType>(item: T) => z.array(item).nullish();

/**
 * What is read of a dossier of `TraCuuHoSo`. Names of people (ChuHoSo, NguoiXuLy, NguoiYeuCauBoSung) and internal
 * remarks (GhiChu, NoiDungXuLy, ThongTinTra) are not: what is not read cannot be told.
 */
const portalDossier = z.object({
  MaHoSo: z.string().min(1),
  TrangThaiHoSo: z.union([z.string().min(1), z.number().int()]).transform(String),
  MaTTHC: word,
  TenTTHC: word,
  NgayTiepNhan: moment,
  NgayHenTra: moment,
  NgayTra: moment,
  NgayKetThucXuLy: moment,
  DonViXuLy: word,
  HinhThuc: word,
  MaDoiTuong: word,
  SoDienThoai: word,
  DanhSachLePhi: listOf(z.object({ TenPhiLePhi: word, Gia: word, TrangThaiThanhToan: word })),
  DanhSachHoSoBoSung: listOf(
    z.object({
      NoiDungBoSung: word,
      NgayBoSung: moment,
      NgayTiepNhanBoSung: moment,
      NgayHenTraMoi: moment,
      IsDeleted: word,
    }),
  ),
});
type PortalDossier = z.output<typeof portalDossier>;

const envelope = z.object({ error_code: z.union([z.number(), z.string()]), result: z.array(z.unknown()).nullish() });
const loginAnswer = z.object({ session: z.string().min(1) });
/** 0, "0" and "00" are all success. */
const isSuccess = (code: number | string) => /^0+$/.test(String(code).trim());
const isTrue = (text: string | undefined) => /^(true|1)$/i.test(text ?? '');

/** How long a session is used when the portal does not say; it is renewed earlier when the portal refuses it. */
const SESSION_MS = 20 * 60_000;

/** The national portal's exchange interface, service `TraCuuHoSo`, through an adapter of the data-sharing platform. */
export function createPortalSource(
  source: SourceName & {
    settings: SettingsOf<'portal_sync'>;
    secrets: SecretsOf<'portal_sync'>;
    stateMap: Record<string, number>;
  },
  { factors, log }: { factors: Factors; log: Log },
): DossierSource {
  const { settings, secrets } = source;
  const call = createJsonClient(secrets);
  const at = (endpoint: string) => `${settings.adapterUrl.replace(/\/+$/, '')}${endpoint}`;
  const headers = { dstcode: settings.dstcode };

  const login = createLogin(async () => {
    const { username, authEndpoint, timeoutMs } = settings;
    const data = { username, password: secrets.password };
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await call({ method: 'POST', url: at(authEndpoint), headers, data, signal });
    if (answer.status !== 200) throw faultOfStatus(answer);
    const parsed = loginAnswer.safeParse(answer.body);
    if (parsed.success) return { value: parsed.data.session, expiresAt: Date.now() + SESSION_MS };
    const refusal = envelope.safeParse(answer.body);
    const isRefused = refusal.success && !isSuccess(refusal.data.error_code);
    throw new SourceFault(isRefused ? 'auth' : 'schema', isRefused ? 'login refused' : 'login brought no session');
  });
  const ask = (session: string, code: string, signal: AbortSignal) => {
    const data = { session, madonvi: settings.madonvi, service: 'TraCuuHoSo', mahoso: code };
    return call({ method: 'POST', url: at(settings.integrationEndpoint), headers, data, signal });
  };

  return {
    name: source.name,
    kind: 'portal_sync',
    lookupsPerSecond: settings.lookupsPerSecond,
    lookup: (code, { signal, now }) =>
      answered(source, log, async () => {
        const deadline = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]);
        const session = await login.get(Date.now());
        let answer = await ask(session, code, deadline);
        // Which number means "session over" is published nowhere: any refusal is tried once with a new session.
        if (isRefusal(answer)) answer = await ask(await login.get(Date.now(), session), code, deadline);
        return read(answer, code, now, source, await factors.of(source.communeId));
      }),
  };
}

function isRefusal({ status, body }: JsonAnswer): boolean {
  const parsed = envelope.safeParse(body);
  return status === 401 || (status === 200 && parsed.success && !isSuccess(parsed.data.error_code));
}

function read(
  answer: JsonAnswer,
  code: string,
  now: Date,
  source: SourceName & { stateMap: Record<string, number> },
  factors: Awaited<ReturnType<Factors['of']>>,
): LookupResult {
  if (answer.status !== 200) throw faultOfStatus(answer);
  const parsed = envelope.safeParse(answer.body);
  if (!parsed.success) throw new SourceFault('schema', 'the answer has no error_code');
  if (!isSuccess(parsed.data.error_code)) throw new SourceFault('http', 'the portal answered with an error');
  const dossiers = parsed.data.result ?? [];
  if (dossiers.length === 0) return { kind: 'not_found', source: source.name, asOf: now };
  for (const item of dossiers) {
    const one = portalDossier.safeParse(item);
    if (!one.success) {
      const fields = one.error.issues.map(({ path }) => path.join('.') || 'result').slice(0, 5);
      throw new SourceFault('schema', `not as published: ${fields.join(', ')}`);
    }
    if (normaliseDossierNumber(one.data.MaHoSo, now) !== code) continue;
    const dossier = viewOf(one.data, code, source.stateMap, factors);
    return { kind: 'found', dossier, source: source.name, asOf: now };
  }
  throw new SourceFault('schema', 'answered about another dossier');
}

function viewOf(
  told: PortalDossier,
  code: string,
  stateMap: Record<string, number>,
  factors: Awaited<ReturnType<Factors['of']>>,
): DossierView {
  const requests = (told.DanhSachHoSoBoSung ?? []).filter(({ IsDeleted }) => !isTrue(IsDeleted));
  const open = requests.filter(({ NgayTiepNhanBoSung }) => !NgayTiepNhanBoSung);
  const missing = open.flatMap(({ NoiDungBoSung }) => (NoiDungBoSung ? [NoiDungBoSung.slice(0, 1_000)] : []));
  const moved = requests.flatMap(({ NgayHenTraMoi }) => (NgayHenTraMoi ? [untilEnd(NgayHenTraMoi)] : []));
  const state = stateOf(told.TrangThaiHoSo, stateMap);
  return filled<DossierView>({
    code,
    procedureCode: told.MaTTHC && procedureCodeOf(told.MaTTHC),
    procedureName: told.TenTTHC,
    state,
    rawState: told.TrangThaiHoSo,
    receivedAt: told.NgayTiepNhan?.at,
    dueAt: told.NgayHenTra && untilEnd(told.NgayHenTra),
    newDueAt: moved.sort((a, b) => b.getTime() - a.getTime())[0],
    finishedAt: told.NgayKetThucXuLy?.at,
    returnedAt: told.NgayTra?.at,
    unitName: told.DonViXuLy,
    // "0" is the only value whose meaning is published
    channel: told.HinhThuc === '0' ? 'direct' : undefined,
    fees: feesOf(told.DanhSachLePhi),
    missing: missing.length > 0 ? missing : undefined,
    ownerHints: ownerHints(factors, { idNumber: personalIdOf(told.MaDoiTuong), phone: told.SoDienThoai }),
  });
}

/** Some systems put an account's number of their own here. */
const personalIdOf = (code: string | undefined) => (/^(\d{9}|\d{12})$/.test(code ?? '') ? code : undefined);

/** A fee whose amount cannot be read is left out: an amount is told exactly or not at all. */
function feesOf(list: PortalDossier['DanhSachLePhi']): DossierView['fees'] {
  const fees = (list ?? []).flatMap(({ TenPhiLePhi: name, Gia, TrangThaiThanhToan: paid }) => {
    const isAmount = Gia !== undefined && /^\d{1,12}(\.0+)?$/.test(Gia);
    return name && isAmount
      ? [{ name, amountVnd: Math.trunc(Number(Gia)), isPaid: paid === undefined ? null : isTrue(paid) }]
      : [];
  });
  return fees.length > 0 ? fees : undefined;
}
