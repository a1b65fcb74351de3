import { listOfficers } from '../../communes/officers.ts';
import { REASON_WORDS } from '../../handoff/handoff.ts';
import { PETITION_WORDS } from '../../handoff/petitions.ts';
import { ASPECT_WORDS } from '../../handoff/summary.ts';
import { type Html, html, raw } from '../../pages/html.ts';
import { METHOD_NAMES } from '../../payments/words.ts';
import { ACTS, type Act, type AuditFilter, type AuditRow, listActs } from '../../privacy/audit.ts';
import type { ConsoleDeps } from '../deps.ts';
import { csv, sendFile } from '../export.ts';
import type { FrameOf } from '../frame.ts';
import { emptyState } from '../layout.ts';
import { dong, moment } from '../say.ts';
import { asked, type ConsoleRoute, type Visit } from '../visit.ts';

export const ACT_WORDS: Record<Act, string> = {
  sign_in: 'Đăng nhập',
  sign_out: 'Đăng xuất',
  conversation_opened: 'Mở hội thoại',
  personal_data_shown: 'Xem dữ liệu bị che',
  conversation_taken: 'Nhận hội thoại',
  conversation_transferred: 'Chuyển hội thoại',
  conversation_returned: 'Trả lại trợ lý',
  conversation_closed: 'Kết thúc hội thoại',
  reply_sent: 'Trả lời người dân',
  send_retried: 'Gửi lại tin',
  note_written: 'Ghi chú nội bộ',
  tags_changed: 'Đổi nhãn',
  answer_reviewed: 'Chấm câu trả lời của trợ lý',
  payment_requested: 'Yêu cầu nộp phí',
  payment_read: 'Xem khoản thu',
  obligation_changed: 'Lập, miễn giảm, hủy khoản thu',
  payment_recorded: 'Ghi nhận đã nộp, biên lai',
  payment_matched: 'Xử lý khoản chưa khớp',
  refund_asked: 'Đề nghị hoàn tiền',
  refund_decided: 'Duyệt, hoàn tất hoàn tiền',
  reconciled: 'Đối soát',
  petition_opened: 'Mở phản ánh',
  petition_changed: 'Xử lý phản ánh',
  dossiers_imported: 'Nạp hồ sơ',
  notices_read: 'Xem tin báo hồ sơ',
  exported: 'Tải tệp về',
  audit_read: 'Xem nhật ký',
  settings_changed: 'Đổi cài đặt',
  officer_changed: 'Đổi tài khoản cán bộ',
};
const PAGE = 100;
const EXPORT_MOST = 10_000;
const DAY_MS = 86_400_000;

/** Who read or did what: for leads. */
export function auditRoutes({ database }: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  return [
    {
      method: 'get',
      path: '/audit',
      role: 'lead',
      async handle(visit) {
        const filter = filterOf(visit);
        await visit.audit('audit_read', undefined, {
          isFiltered: Boolean(filter.officerId || filter.act || filter.objectId),
        });
        const [rows, staff] = await Promise.all([
          listActs(database, visit.commune.id, { ...filter, limit: PAGE + 1 }),
          listOfficers(database.orm, visit.commune.id),
        ]);
        const shown = rows.slice(0, PAGE);
        const option = (value: string, words: string, chosen: string | undefined) =>
          html`<option value="${value}"${value === chosen ? raw(' selected') : ''}>${words}</option>`;
        const body = html`<section class="page"><header><h1>Nhật ký</h1><p class="lead">Ai đã đọc hoặc làm gì với dữ liệu của người dân. Không ai sửa hay xóa được.</p></header>
<form class="bar-form" action="${visit.base}/audit">
<label>Cán bộ<select name="officer"><option value="">Mọi người</option>${staff.map(({ id, name, email }) => option(id, name || email, filter.officerId))}</select></label>
<label>Việc<select name="act"><option value="">Mọi việc</option>${ACTS.map((act) => option(act, ACT_WORDS[act], filter.act))}</select></label>
<label>Từ ngày<input type="date" name="from" value="${asked(visit, 'from')}"></label>
<label>Đến ngày<input type="date" name="to" value="${asked(visit, 'to')}"></label>
<label>Mã hội thoại, số phản ánh<input name="object" maxlength="60" value="${filter.objectId ?? ''}"></label>
<button type="submit">Lọc</button><a href="${visit.base}/audit.csv?${raw(address(visit).replaceAll('&', '&amp;'))}">Tải về (CSV)</a>
</form>
${
  shown.length === 0
    ? emptyState('Không có việc nào khớp.', 'Thử bỏ bớt điều kiện lọc.')
    : html`<div class="panel table" tabindex="0" role="region" aria-label="Nhật ký"><table><thead><tr><th scope="col">Lúc</th><th scope="col">Ai</th><th scope="col">Việc</th><th scope="col">Với</th><th scope="col">Chi tiết</th></tr></thead><tbody>${shown.map((row) => line(visit, row))}</tbody></table></div>`
}${rows.length > PAGE && html`<p><a href="${visit.base}/audit?${raw(address(visit, shown.at(-1)!.id).replaceAll('&', '&amp;'))}">Trang sau</a></p>`}</section>`;
        return frame(visit, { title: 'Nhật ký', section: 'audit', body });
      },
    },
    {
      method: 'get',
      path: '/audit.csv',
      role: 'lead',
      async handle(visit) {
        const rows = await listActs(database, visit.commune.id, { ...filterOf(visit), limit: EXPORT_MOST });
        await visit.audit('exported', undefined, { what: 'audit', rows: rows.length });
        const head = ['Lúc', 'Ai', 'Việc', 'Loại', 'Mã', 'Chi tiết'];
        const lines = rows.map(({ at, officerName, act, objectKind, objectId, detail }) => [
          moment(at),
          officerName,
          ACT_WORDS[act as Act] ?? act,
          objectKind ?? '',
          objectId ?? '',
          details(detail),
        ]);
        return sendFile(visit, 'nhat-ky.csv', 'text/csv; charset=utf-8', csv([head, ...lines]));
      },
    },
  ];
}

function filterOf(visit: Visit): Omit<AuditFilter, 'limit'> {
  const date = (name: string, days = 0) => {
    const at = Date.parse(`${asked(visit, name)}T00:00:00+07:00`);
    return Number.isNaN(at) ? undefined : new Date(at + days * DAY_MS);
  };
  const officer = asked(visit, 'officer');
  const before = Number(asked(visit, 'before'));
  return {
    officerId: /^[0-9a-f-]{36}$/.test(officer) ? officer : undefined,
    act: ACTS.find((act) => act === asked(visit, 'act')),
    objectId: asked(visit, 'object') || undefined,
    from: date('from'),
    to: date('to', 1),
    before: Number.isSafeInteger(before) && before > 0 ? before : undefined,
  };
}

function address(visit: Visit, before?: number): string {
  const parameters = new URLSearchParams();
  for (const name of ['officer', 'act', 'from', 'to', 'object'])
    if (asked(visit, name)) parameters.set(name, asked(visit, name));
  if (before) parameters.set('before', String(before));
  return parameters.toString();
}

/** Of the details an entry keeps; ids say nothing to people and are left out. */
export const DETAIL_WORDS: Record<string, string | null> = {
  accepted: 'nhận',
  amountVnd: 'số tiền',
  asLead: 'phụ trách làm',
  aspect: 'về',
  code: 'thủ tục',
  count: 'số nhãn',
  dossierNumber: 'hồ sơ',
  field: 'lĩnh vực',
  from: 'từ',
  hasNote: 'có lời nhắn',
  id: null,
  isApproved: 'đồng ý',
  isCancelled: 'hủy khoản',
  isDone: 'đã trả tiền',
  isEarlier: 'tin cũ hơn',
  isFiltered: 'có lọc',
  isRepeat: 'bấm lại',
  isSettled: 'đã xử lý',
  isShared: 'cả xã dùng',
  isSilent: 'không gửi gì thêm',
  isTold: 'đã báo người dân',
  key: null,
  messageId: null,
  method: 'bằng',
  number: 'số',
  officerId: null,
  presence: 'trạng thái',
  reason: 'lý do',
  reducedVnd: 'giảm',
  rejected: 'lỗi',
  rows: 'số hàng',
  status: 'tình trạng',
  to: 'đến',
  verdict: 'chấm',
  what: 'gì',
};
export const VALUE_WORDS: Record<string, string> = {
  ...ASPECT_WORDS,
  ...REASON_WORDS,
  ...PETITION_WORDS,
  ...METHOD_NAMES,
  link: 'liên kết',
  password: 'mật khẩu và mã',
  oidc: 'tài khoản cơ quan',
  phone: 'số điện thoại',
  dossier: 'hồ sơ',
  message: 'lời nhắn',
  bank_words: 'nội dung chuyển khoản',
  audit: 'nhật ký',
  report: 'báo cáo',
  payments: 'sổ thu',
  canned: 'câu soạn sẵn',
  canned_removed: 'bỏ câu soạn sẵn',
  hours: 'giờ làm việc',
  office: 'thông tin xã',
  handoff: 'khi cần cán bộ',
  notices: 'tin báo hồ sơ',
  receipt: 'biên lai',
  confirmed: 'đã thấy tiền',
  issue: 'việc cần xem',
  money: 'tiền chưa khớp',
  assigned: 'gán tiền chưa rõ',
  added: 'thêm cán bộ',
  fields: 'lĩnh vực',
  'role officer': 'vai trò cán bộ',
  'role lead': 'vai trò phụ trách',
  'role admin': 'vai trò quản trị',
  reset: 'cấp lại liên kết',
  on: 'mở tài khoản',
  off: 'khóa tài khoản',
  name: 'họ tên',
  signed_out_everywhere: 'đăng xuất mọi máy',
  renewed: 'đổi mật khẩu và mã',
  bot: 'trợ lý',
  waiting: 'hàng chờ',
  officer: 'cán bộ',
  here: 'đang làm việc',
  away: 'vắng',
  right: 'đúng',
  wrong: 'sai',
  true: 'có',
  false: 'không',
};
export const details = (detail: AuditRow['detail']): string =>
  Object.entries(detail ?? {})
    .filter(([name, value]) => value !== null && DETAIL_WORDS[name] !== null)
    .map(([name, value]) => `${DETAIL_WORDS[name] ?? name}: ${valueWords(name, value)}`)
    .join('; ');
const valueWords = (name: string, value: unknown): string =>
  name.endsWith('Vnd') ? dong(Number(value)) : (VALUE_WORDS[String(value)] ?? String(value));

function line({ base }: Visit, { at, officerName, act, objectKind, objectId, detail }: AuditRow): Html {
  const links: Record<string, string> = { conversation: '/conversations/', petition: '/petitions/' };
  const path = objectKind && links[objectKind];
  return html`<tr><td>${moment(at)}</td><td>${officerName}</td><td>${ACT_WORDS[act as Act] ?? act}</td><td>${objectId && (path ? html`<a href="${base}${path}${objectId}">${objectKind === 'conversation' ? 'hội thoại' : objectId}</a>` : objectId)}</td><td class="quiet">${details(detail)}</td></tr>`;
}
