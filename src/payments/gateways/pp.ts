import { z } from 'zod';
import { parseWebhookJson } from '../../channels/webhook-json.ts';
import { fromGmt7, toGmt7 } from '../gmt7.ts';
import type {
  CallbackInput,
  HttpReply,
  PaymentAttempt,
  PaymentBill,
  PaymentOutcome,
  PaymentProvider,
  ProviderKind,
} from '../provider.ts';
import { asciiWords } from './ascii.ts';
import { callGateway, misconfigured, refused, unavailable } from './call.ts';
import { environment, environmentFaults } from './environment.ts';
import { pipeAmount, readPipe, signPipe, verifyPipe } from './pipe.ts';

const TIMEOUT_MS = 20_000;
const VERSION = '1.0.6';

const name = (max: number) => z.string().trim().min(1).max(max);
const settingsSchema = z.object({
  environment,
  partnerCode: z.string().regex(/^[\w.-]{1,50}$/, 'must be the MaDoiTac of the contract'),
  /** Mã định danh of the collecting unit: tells the communes of one partner code apart. */
  unitCode: name(50),
  unitName: name(255),
  /** Where the fees go. */
  beneficiary: z.object({ account: z.string().regex(/^[\w-]{4,30}$/), bankCode: name(50), name: name(255) }),
  /** Appended to PP_API_URL, where the province's bus has an address for each. */
  paths: z.object({ init: z.string(), query: z.string(), bill: z.string() }).default({ init: '', query: '', bill: '' }),
  /** How a report is acknowledged: with the hash received (as one-stop systems do) or with one of our own. */
  replyHash: z.enum(['echo', 'fresh']).default('echo'),
  feeKinds: z.object({ phi: z.string(), le_phi: z.string() }).default({ phi: 'Phi', le_phi: 'LePhi' }),
  minVnd: z.int().min(1).default(1_000),
  maxVnd: z.int().max(1e12).default(500_000_000),
});
const secretsSchema = z.object({
  secret: z.string().min(8, 'must be the whole secret').max(256),
  /** Of the province's bus, where it wants one. */
  token: z.string().min(1).max(4_000).optional(),
});
type Settings = z.output<typeof settingsSchema>;
type Secrets = z.output<typeof secretsSchema>;

const words = (text: string) => text.split(' ');
const INIT = words(
  'LoaiBanTin PhienBan MaDoiTac MaThamChieu SoTien LoaiHinhThanhToan MaKenhThanhToan MaThietBi NgonNgu MaTienTe MaNganHang ThongTinGiaoDich ThoiGianGD Ip',
);
/** QUERY and GET_BILL. */
const ASK = words('LoaiBanTin PhienBan MaDoiTac MaThamChieu ThoiGianGD');
const CONFIRM = words(
  'LoaiBanTin MaLoi MaDoiTac MaThamChieu SoTien MaTienTe MaGiaoDich MaNganHang ThoiGianGD ThongTinGiaoDich',
);
const CONFIRM_ANSWER = words('MaLoi MoTaLoi MaDoiTac MaThamChieu ThoiGianGD');

/** The fields each message signs, in order. */
export const PP_SIGNED = { init: INIT, ask: ASK, confirm: CONFIRM, confirmAnswer: CONFIRM_ANSWER };

/** The payment platform of the national portal, one partner code. It gives money back by hand only. */
export const pp: ProviderKind<Settings, Secrets> = {
  method: 'pp',
  settings: settingsSchema,
  secrets: secretsSchema,
  faultsOf({ settings, urls: { PP_API_URL = '', PUBLIC_URL } }) {
    return environmentFaults(settings.environment, { PP_API_URL }, { publicUrl: PUBLIC_URL, isDemoKey: false });
  },
  refOf: (input) => refOf(input),
  create({ settings, secrets, urls, now }) {
    const { partnerCode } = settings;
    const send = (path: string, body: Record<string, unknown>, signal: AbortSignal) => {
      if (!urls.PP_API_URL) throw misconfigured('PP_API_URL is not set');
      const headers: Record<string, string> = secrets.token ? { Authorization: `Bearer ${secrets.token}` } : {};
      return callGateway({ url: `${urls.PP_API_URL}${path}`, headers, body, timeoutMs: TIMEOUT_MS, signal });
    };
    const signed = (order: readonly string[], fields: Record<string, string>) => ({
      ...fields,
      MaXacThuc: signPipe(order, fields, secrets.secret),
    });
    const about = (attempt: PaymentAttempt, kind: 'QUERY' | 'GET_BILL') =>
      signed(ASK, {
        LoaiBanTin: kind,
        PhienBan: VERSION,
        MaDoiTac: partnerCode,
        MaThamChieu: attempt.ref,
        // of the INIT, to the second
        ThoiGianGD: toGmt7(attempt.createdAt),
      });

    const provider: PaymentProvider = {
      method: 'pp',
      limits: { minVnd: settings.minVnd, maxVnd: settings.maxVnd },

      async create(attempt, signal) {
        const { minVnd, maxVnd } = provider.limits;
        if (attempt.amountVnd < minVnd || attempt.amountVnd > maxVnd) {
          throw refused('the amount is outside what the platform takes');
        }
        if (!attempt.bill) throw misconfigured('the platform takes no payment without payer, procedure and fees');
        const fields = {
          LoaiBanTin: 'INIT',
          PhienBan: VERSION,
          MaDoiTac: partnerCode,
          MaThamChieu: attempt.ref,
          SoTien: String(attempt.amountVnd),
          LoaiHinhThanhToan: 'PAY',
          MaKenhThanhToan: '1',
          MaThietBi: '1',
          NgonNgu: 'vi-VN',
          MaTienTe: 'VND',
          MaNganHang: 'PAYMENT',
          ThongTinGiaoDich: asciiWords(attempt.description, 255),
          ThoiGianGD: toGmt7(attempt.createdAt),
          Ip: attempt.payerIp,
        };
        const body = { ...signed(INIT, fields), ThongTinBienLai: receiptOf(attempt, attempt.bill, settings) };
        const { code, url } = readInit((await send(settings.paths.init, body, signal)).body);
        if (code === '97') throw misconfigured('the platform finds the signature wrong', code);
        if (code !== '00') throw refused(`the platform answered code ${code}`, code);
        if (!url || !URL.canParse(url)) throw unavailable('the answer has no page to pay at', code);
        return { url };
      },

      verifyCallback(input, kind) {
        // how the browser's way back is signed is nowhere published: it says which order, and proves nothing
        if (kind === 'return') return backOf(input);
        const message = verifyPipe(input, CONFIRM, 'MaXacThuc', 'MaThamChieu', secrets.secret);
        if (!message.ok) return message;
        const { fields, raw } = message;
        const ref = fields.MaThamChieu!;
        const code = fields.MaLoi!;
        const amountVnd = pipeAmount(fields.SoTien);
        if (!ref || !code || amountVnd === null || fields.MaTienTe !== 'VND') {
          return { ok: false, reason: 'malformed', ...(ref ? { ref } : {}) };
        }
        if (fields.MaDoiTac !== partnerCode) return { ok: false, reason: 'other_account', ref };
        return {
          ok: true,
          payment: {
            ref,
            outcome: code === '00' ? 'paid' : 'failed',
            amountVnd,
            gatewayTxn: fields.MaGiaoDich || null,
            paidAt: fromGmt7(fields.ThoiGianGD!),
            code,
            raw,
          },
        };
      },

      reply(result, { input, ref }): HttpReply {
        const isTaken = result === 'stored' || result === 'already_final';
        const given = readPipe(input);
        const fields = {
          MaLoi: isTaken ? '00' : '99',
          MoTaLoi: isTaken ? 'Thành công' : 'Các lỗi khác',
          MaDoiTac: partnerCode,
          MaThamChieu: (ref ?? refOf(input) ?? '').replaceAll('|', ''),
          ThoiGianGD: toGmt7(now()),
        };
        const echo = typeof given?.MaXacThuc === 'string' ? given.MaXacThuc : '';
        const MaXacThuc =
          settings.replyHash === 'echo' && echo ? echo : signPipe(CONFIRM_ANSWER, fields, secrets.secret);
        return {
          status: 200,
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body: JSON.stringify({ ...fields, MaXacThuc }),
        };
      },

      async query(attempt, signal) {
        const { body } = await send(settings.paths.query, about(attempt, 'QUERY'), signal);
        const parsed = querySchema.safeParse(unwrap(body));
        if (!parsed.success) throw unavailable('the answer is not one of the platform');
        const answer = parsed.data;
        if (answer.MaLoi === '97') throw misconfigured('the platform finds the signature wrong', '97');
        if (answer.MaThamChieu !== undefined && answer.MaThamChieu !== attempt.ref) {
          throw unavailable('the answer is about another order', answer.MaLoi);
        }
        const outcome = answer.MaLoi === '00' ? STATES[answer.TrangThaiGD ?? ''] : undefined;
        if (!outcome) throw unavailable(`the platform answered code ${answer.MaLoi}`, answer.MaLoi);
        return {
          ref: attempt.ref,
          outcome,
          amountVnd: pipeAmount(answer.SoTien),
          gatewayTxn: answer.MaGiaoDich || null,
          paidAt: null,
          code: `${answer.MaLoi}/${answer.TrangThaiGD}`,
          raw: answer,
        };
      },

      async receiptPdf(attempt, signal) {
        const { bytes, status } = await send(settings.paths.bill, about(attempt, 'GET_BILL'), signal);
        if (bytes.length === 0) return null;
        if (status !== 200 || bytes.subarray(0, 5).toString('latin1') !== '%PDF-') {
          throw unavailable('the receipt is not a PDF');
        }
        return bytes;
      },
    };
    return provider;
  },
};

const STATES: Record<string, PaymentOutcome> = { '1': 'paid', '3': 'pending', '4': 'failed' };

/** @throws {PaymentGatewayError} the fees of the bill are not what is asked for */
function receiptOf(
  attempt: PaymentAttempt,
  bill: PaymentBill,
  { unitCode, unitName, beneficiary, feeKinds }: Settings,
) {
  const sum = bill.items.reduce((total, { amountVnd }) => total + amountVnd, 0);
  if (sum !== attempt.amountVnd) throw misconfigured('the fees on the bill are not the amount of the payment');
  const procedureName = bill.procedureName.slice(0, 250);
  const receipt = {
    MaDichVu: '2',
    NoiDungThanhToan: asciiWords(attempt.description, 255),
    HoTenNguoiNop: bill.payerName,
    SoCMNDNguoiNop: bill.payerPersonalId || '000000000',
    DiaChiNguoiNop: bill.payerAddress,
    MaCoQuanQD: unitCode,
    TenCoQuanQD: unitName,
    DSKhoanNop: bill.items.map((item) => ({ NoiDung: item.name, SoTien: String(item.amountVnd) })),
    MaDonVi: unitCode,
    TenDonVi: unitName,
    MaHoSo: bill.dossierNumber,
    MaTTHC: bill.procedureCode,
    TenTTHC: procedureName,
    MaDVC: `${bill.procedureCode}.01`,
    TenDVC: procedureName,
    TKThuHuong: beneficiary.account,
    MaNHThuHuong: beneficiary.bankCode,
    TenTKThuHuong: beneficiary.name,
    PhiLePhi: bill.items.map(({ kind, code, name, amountVnd }) => ({
      LoaiPhiLePhi: feeKinds[kind],
      MaPhiLePhi: code,
      TenPhiLePhi: name,
      SoTien: String(amountVnd),
    })),
  };
  if (JSON.stringify(receipt).includes('|')) throw misconfigured('a field of the bill holds "|"');
  return receipt;
}

const text = z.union([z.string(), z.number()]).transform(String);
const initSchema = z.object({ MaLoi: text, UrlThanhToan: z.string().optional() });
const busSchema = z.object({ error_code: text, message: z.string() });
const querySchema = z.object({
  MaLoi: text,
  MaThamChieu: text.optional(),
  TrangThaiGD: text.optional(),
  SoTien: text.optional(),
  MaGiaoDich: text.optional(),
});

/** Buses put the platform's answer, as text, into one of their own. */
function unwrap(body: unknown): unknown {
  const bus = busSchema.safeParse(body);
  if (!bus.success) return body;
  if (bus.data.error_code !== '0')
    throw unavailable(`the bus answered code ${bus.data.error_code}`, bus.data.error_code);
  return parseWebhookJson(Buffer.from(bus.data.message));
}

/** Direct, or in the envelope of a bus, where a page to pay at is the sign that all went well. */
function readInit(body: unknown): { code: string; url?: string | undefined } {
  const inner = unwrap(body);
  const parsed = initSchema.safeParse(inner);
  if (parsed.success) return { code: parsed.data.MaLoi, url: parsed.data.UrlThanhToan };
  const wrapped = initSchema.pick({ UrlThanhToan: true }).safeParse(inner);
  if (inner === body || !wrapped.data?.UrlThanhToan) throw unavailable('the answer is not one of the platform');
  return { code: '00', url: wrapped.data.UrlThanhToan };
}

function refOf(input: CallbackInput): string | null {
  const ref = input.method === 'GET' ? new URLSearchParams(input.rawQuery).get('data') : readPipe(input)?.MaThamChieu;
  return typeof ref === 'string' && ref !== '' ? ref : null;
}

function backOf(input: CallbackInput): ReturnType<PaymentProvider['verifyCallback']> {
  const ref = refOf(input);
  if (input.method !== 'GET' || !ref) return { ok: false, reason: 'malformed' };
  const code = new URLSearchParams(input.rawQuery).get('responseCode') ?? '';
  const nothing = { amountVnd: null, gatewayTxn: null, paidAt: null };
  return { ok: true, payment: { ref, outcome: 'pending', ...nothing, code, raw: input.rawQuery } };
}
