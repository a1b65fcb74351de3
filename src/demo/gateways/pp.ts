import { createHash } from 'node:crypto';
import { createPlatformServer, type Outcome, type Request } from '../zalo/http.ts';
import { createDeliveries, type Spoiling } from './deliveries.ts';
import { createApiFaults } from './faults.ts';
import { errorPage } from './page.ts';
import { createTill, type Order } from './till.ts';
import { clock, objectOf, reportOf as reportTable } from './wire.ts';

export interface PpPartner {
  partnerCode: string;
  secret: string;
  token?: string;
  ipnUrl: string;
  returnUrl: string;
}

const TITLE = 'Cổng thanh toán mô phỏng (kiểu Cổng Dịch vụ công)';
const LIFE_MS = 30 * 60_000;
/** The receipt of a payment is there so long after it. */
const BILL_AFTER_MS = 60_000;
const WAITS_MS = [60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000];

/** A local stand-in for the national portal's payment platform 1.0.6, with or without the bus in front of it. */
export function createPpPlatform({ now = Date.now }: { now?: () => number } = {}) {
  const partners = new Map<string, PpPartner>();
  const made = new Map<string, { partner: PpPartner; at: string; unit: string; asked: number }>();
  let serial = 0;
  let url = '';
  let pageBase = () => url;
  let envelope: 'direct' | 'bus' = 'direct';
  let replyHash: 'echo' | 'fresh' | 'any' = 'any';
  const faults = createApiFaults();
  const deliveries = createDeliveries({ now, waitsMs: WAITS_MS });
  const till = createTill({
    title: TITLE,
    now,
    newTxn: () => `PP${clock(now()).slice(2, 8)}${String(++serial).padStart(9, '0')}`,
    tell: (order) => deliveries.send(callbackOf(order)),
    backOf(order) {
      const { returnUrl, secret } = made.get(order.ref)!.partner;
      const code = CODES[order.end ?? 'expired'];
      const given = new URLSearchParams({
        data: order.ref,
        responseCode: code,
        secureCode: sha([order.ref, code], secret),
      });
      return `${returnUrl}${returnUrl.includes('?') ? '&' : '?'}${given}`;
    },
  });

  function reportOf(order: Order, spoilt: Spoiling | null): Record<string, string | number> {
    const { partner } = made.get(order.ref)!;
    const report = {
      LoaiBanTin: 'CONFIRM',
      MaLoi: CODES[order.end ?? 'expired'],
      MaDoiTac: spoilt === 'other_unit' ? 'HOIXAKHAC' : partner.partnerCode,
      MaThamChieu: spoilt === 'unknown_ref' ? `${order.ref}X` : order.ref,
      SoTien: order.amountVnd + (spoilt === 'wrong_amount' ? 1_000 : 0),
      MaTienTe: 'VND',
      MaGiaoDich: order.txn ?? '',
      MaNganHang: 'VCB',
      ThoiGianGD: clock(order.endedAt ?? now()),
      ThongTinGiaoDich: order.words,
    };
    const MaXacThuc = sha(Object.values(report).map(String), partner.secret);
    return { ...report, ...(spoilt === 'tampered' ? { SoTien: 1 } : {}), MaXacThuc };
  }
  const callbackOf = (order: Order) => {
    const sent = () => reportOf(order, null);
    return {
      ref: order.ref,
      build: (spoilt: Spoiling | null) => ({
        method: 'POST' as const,
        url: made.get(order.ref)!.partner.ipnUrl,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(reportOf(order, spoilt)),
      }),
      isAccepted(status: number, text: string) {
        const answer = objectOf(text);
        if (status !== 200 || answer?.MaLoi !== '00' || answer.MaThamChieu !== order.ref) return false;
        const fields = ['MaLoi', 'MoTaLoi', 'MaDoiTac', 'MaThamChieu', 'ThoiGianGD'].map((name) =>
          String(answer[name]),
        );
        const isFresh = answer.MaXacThuc === sha(fields, made.get(order.ref)!.partner.secret);
        const isEcho = answer.MaXacThuc === sent().MaXacThuc;
        return replyHash === 'fresh' ? isFresh : replyHash === 'echo' ? isEcho : isFresh || isEcho;
      },
    };
  };

  const wrap = (body: Record<string, unknown>): Outcome => ({
    status: 200,
    body: envelope === 'direct' ? body : { error_code: '0', message: JSON.stringify(body) },
  });

  function api(request: Request): Outcome {
    const body = objectOf(request.body);
    const partner = body ? partners.get(String(body.MaDoiTac)) : undefined;
    if (partner?.token && request.headers.authorization !== `Bearer ${partner.token}`) {
      return { status: 401, body: { error_code: '401', message: 'Unauthorized' } };
    }
    const no = (code: string, words: string) => wrap({ MaLoi: code, MoTaLoi: words });
    if (!body || !partner) return no('02', 'Đối tác không hợp lệ');
    const kind = String(body.LoaiBanTin);
    const names = kind === 'INIT' ? INIT : kind === 'QUERY' || kind === 'GET_BILL' ? ASK : null;
    if (!names || body.PhienBan !== '1.0.6') return no('03', 'Sai định dạng');
    const values = names.map((name) => body[name]);
    if (values.some((value) => typeof value !== 'string' || value.includes('|'))) return no('03', 'Sai định dạng');
    if (body.MaXacThuc !== sha(values as string[], partner.secret)) return no('97', 'Sai mã xác thực');
    return kind === 'INIT' ? init(body, partner, no) : ask(kind, body, partner, no);
  }

  function init(
    body: Record<string, unknown>,
    partner: PpPartner,
    no: (code: string, words: string) => Outcome,
  ): Outcome {
    const amount = Number(body.SoTien);
    if (!Number.isSafeInteger(amount) || amount <= 0) return no('04', 'Số tiền không hợp lệ');
    const fault = receiptFault(body.ThongTinBienLai, amount);
    if (fault) return no('05', fault);
    const receipt = body.ThongTinBienLai as Record<string, string>;
    const order = till.open({
      ref: String(body.MaThamChieu),
      payee: receipt.TenDonVi ?? receipt.TenCoQuanQD!,
      amountVnd: amount,
      words: String(body.ThongTinGiaoDich),
      expiresAt: now() + LIFE_MS,
      returnUrl: partner.returnUrl,
    });
    if (!order) return no('06', 'Mã tham chiếu đã tồn tại');
    made.set(order.ref, { partner, at: String(body.ThoiGianGD), unit: receipt.MaDonVi ?? '', asked: 0 });
    const page = { UrlThanhToan: `${pageBase()}/pay?token=${order.token}` };
    return wrap(envelope === 'direct' ? { MaLoi: '00', MoTaLoi: 'Thành công', ...page } : page);
  }

  function ask(
    kind: string,
    body: Record<string, unknown>,
    partner: PpPartner,
    no: (code: string, words: string) => Outcome,
  ): Outcome {
    const order = till.order(String(body.MaThamChieu));
    const known = made.get(String(body.MaThamChieu));
    if (!order || known?.partner !== partner || known.at !== body.ThoiGianGD) return no('01', 'Không có giao dịch');
    if (kind === 'GET_BILL') {
      const isIssued = order.txn !== null && now() >= (order.endedAt ?? 0) + BILL_AFTER_MS;
      const pdf = isIssued ? `%PDF-1.4\n% bien lai mo phong ${order.ref}\n%%EOF\n` : '';
      return { status: 200, headers: { 'Content-Type': 'application/pdf' }, body: pdf };
    }
    // the bank side is still being asked the first time
    const isSure = known.asked++ > 0;
    const state = order.end === null || order.end === 'suspect' || !isSure ? '3' : order.txn === null ? '4' : '1';
    return wrap({
      MaLoi: '00',
      MaThamChieu: order.ref,
      TrangThaiGD: state,
      ...(state === '1' ? { SoTien: order.amountVnd, MaGiaoDich: order.txn } : {}),
    });
  }

  const report = () =>
    reportTable(
      '|',
      ['MaDoiTac', 'MaDonVi', 'MaThamChieu', 'MaGiaoDich', 'SoTien', 'ThoiGianGD', 'MaLoi'],
      till.ended().map(({ ref, txn, amountVnd, endedAt, end }) => {
        const { partner, unit } = made.get(ref)!;
        return [partner.partnerCode, unit, ref, txn ?? '', amountVnd, clock(endedAt!), CODES[end!]];
      }),
    );

  async function handle(request: Request): Promise<Outcome> {
    if (request.path === '/report.csv') return report();
    if (request.path === '/pay') return till.page(request);
    if (request.path === '/pp' && request.method === 'POST') return faults.through(() => api(request));
    return { status: 404, body: errorPage(TITLE, '404', 'không có trang này') };
  }

  const server = createPlatformServer(handle);
  return {
    handle,
    registerPartner: (partner: PpPartner) => void partners.set(partner.partnerCode, partner),
    till,
    ipn: deliveries as Omit<typeof deliveries, 'send'>,
    api: faults,
    /** Whether a province's bus puts the platform's answers into its own. */
    set envelope(kind: 'direct' | 'bus') {
      envelope = kind;
    },
    /** Which hash an acknowledgement must bear. */
    set replyHash(kind: 'echo' | 'fresh' | 'any') {
      replyHash = kind;
    },
    /** The unit a payment was made out to. */
    unitOf: (ref: string) => made.get(ref)?.unit,
    servePagesAt(base: () => string) {
      pageBase = base;
    },
    get apiUrl() {
      return `${url}/pp`;
    },
    async tick() {
      await till.tick();
      await deliveries.tick();
    },
    async start(port = 0) {
      url = await server.listen(port);
    },
    stop: () => server.close(),
  };
}
export type PpPlatform = ReturnType<typeof createPpPlatform>;

const CODES: Record<NonNullable<Order['end']>, string> = {
  paid: '00',
  late: '00',
  cancelled: '24',
  wrong_otp: '13',
  expired: '11',
  suspect: '07',
};

const INIT = [
  'LoaiBanTin',
  'PhienBan',
  'MaDoiTac',
  'MaThamChieu',
  'SoTien',
  'LoaiHinhThanhToan',
  'MaKenhThanhToan',
  'MaThietBi',
  'NgonNgu',
  'MaTienTe',
  'MaNganHang',
  'ThongTinGiaoDich',
  'ThoiGianGD',
  'Ip',
];
const ASK = ['LoaiBanTin', 'PhienBan', 'MaDoiTac', 'MaThamChieu', 'ThoiGianGD'];

const ALWAYS = [
  'MaDichVu',
  'NoiDungThanhToan',
  'HoTenNguoiNop',
  'SoCMNDNguoiNop',
  'DiaChiNguoiNop',
  'MaCoQuanQD',
  'TenCoQuanQD',
];
const FOR_DOSSIERS = [
  'MaDonVi',
  'TenDonVi',
  'MaHoSo',
  'MaTTHC',
  'TenTTHC',
  'MaDVC',
  'TenDVC',
  'TKThuHuong',
  'MaNHThuHuong',
  'TenTKThuHuong',
];

/** What is wrong with the data of the receipt, or null. */
function receiptFault(receipt: unknown, amount: number): string | null {
  if (typeof receipt !== 'object' || receipt === null) return 'Thiếu ThongTinBienLai';
  const given = receipt as Record<string, unknown>;
  const needed = given.MaDichVu === '2' ? [...ALWAYS, ...FOR_DOSSIERS] : ALWAYS;
  const lacking = needed.find((name) => typeof given[name] !== 'string' || given[name] === '');
  if (lacking) return `Thiếu ${lacking}`;
  const sum = (lines: unknown) =>
    Array.isArray(lines) ? lines.reduce((total: number, line) => total + Number(line.SoTien), 0) : Number.NaN;
  if (sum(given.DSKhoanNop) !== amount) return 'DSKhoanNop không khớp số tiền';
  return given.MaDichVu === '2' && sum(given.PhiLePhi) !== amount ? 'PhiLePhi không khớp số tiền' : null;
}

const sha = (values: string[], secret: string) =>
  createHash('sha256')
    .update(Buffer.from(`${values.join('|')}|${secret}`, 'utf8'))
    .digest('hex');
