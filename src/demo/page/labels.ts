import type { Aspect, Intent, Outcome } from '../../guidance/guidance.ts';

/** What the reader understood, in words a visitor of the page understands. */
export const INTENT_NAMES: Record<Intent, string> = {
  procedure_question: 'hỏi thủ tục',
  status_check: 'tra cứu hồ sơ',
  payment: 'nộp phí, lệ phí',
  human_request: 'muốn gặp cán bộ',
  feedback_complaint: 'phản ánh, góp ý',
  greeting: 'chào hỏi',
  thanks: 'cảm ơn',
  goodbye: 'tạm biệt',
  bot_identity: 'hỏi về trợ lý',
  office_info: 'hỏi giờ giấc, địa chỉ',
  account_help: 'hỏi về tài khoản',
  out_of_scope: 'ngoài phạm vi',
  abusive: 'lời lẽ nặng nề',
  emergency: 'khẩn cấp',
};

export const ASPECT_NAMES: Record<Aspect, string> = {
  documents: 'giấy tờ',
  fee: 'lệ phí',
  time: 'bao lâu có',
  place: 'nơi nộp',
  steps: 'các bước',
  online: 'làm trên mạng',
  eligibility: 'ai được làm',
  result: 'kết quả',
  form: 'mẫu đơn',
  legal_basis: 'căn cứ pháp lý',
  validity: 'có giá trị bao lâu',
  overview: 'tổng quan',
};

export const OUTCOME_NAMES: Record<Outcome, string> = {
  answered: 'đã trả lời',
  asked_back: 'hỏi lại một câu',
  offered_choices: 'đưa ra lựa chọn',
  looked_up: 'đã tra cứu',
  not_in_catalogue: 'chưa có trong danh mục',
  record_lacks_fact: 'hồ sơ thủ tục chưa có chi tiết này',
  other_agency: 'chỉ sang cơ quan khác',
  declined: 'từ chối nhẹ nhàng',
  handed_off: 'chuyển cán bộ',
  small_talk: 'trò chuyện',
  failed: 'trục trặc, đã chuyển cán bộ',
};

/** Why a message did not reach the citizen. */
export const SEND_ERROR_NAMES: Record<string, string> = {
  network: 'không nối được tới nền tảng',
  temporary: 'nền tảng đang bận',
  rate_limited: 'gửi quá nhanh, nền tảng bắt chờ',
  token_expired: 'mã truy cập hết hạn',
  needs_reauthorisation: 'cần cấp quyền lại',
  window_closed: 'đã hết thời gian được trả lời',
  recipient_unavailable: 'người nhận không còn nhận tin',
  not_owner: 'ứng dụng khác đang giữ cuộc trò chuyện',
  account_restricted: 'tài khoản bị hạn chế',
  maybe_sent: 'chưa rõ đã đến hay chưa, đang kiểm tra lại',
  rejected: 'nền tảng không nhận tin này',
  taken_over: 'cán bộ đã nhận cuộc trò chuyện',
};

/** Why the service did not take a webhook. */
export function webhookFault(status: number): string {
  if (status === 0) return 'Máy chủ không trả lời kịp. Nền tảng sẽ gửi lại.';
  if (status === 401) return 'Chữ ký không đúng, máy chủ từ chối.';
  if (status === 413) return 'Gói tin quá lớn, máy chủ từ chối.';
  if (status === 503) return 'Máy chủ chưa lưu được (mã 503). Nền tảng sẽ gửi lại.';
  return `Máy chủ trả mã ${status}. Nền tảng sẽ gửi lại.`;
}

/** `label(NAMES, value)`: a name of ours, or the value itself when it is newer than this page. */
export const label = (names: Record<string, string>, value: string) => names[value] ?? value;
