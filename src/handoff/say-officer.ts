import type { OutgoingMessage } from '../channels/channel.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { OfficerCard } from './handoff.ts';
import { RESUME_WORDS } from './resume-words.ts';

/** What the citizen is told about who speaks. Names and titles only as the commune wants them shown. */

type Shown = Pick<CommuneSettings, 'officeName' | 'handoff'>;

const upper = (text: string) => (text ? text[0]!.toUpperCase() + text.slice(1) : text);

/** "Nguyễn Thị Thử (công chức tư pháp – hộ tịch)", "công chức tư pháp – hộ tịch", "của UBND xã …" */
export function officerShown(officer: OfficerCard, { officeName, handoff }: Shown): string {
  const { name, title } = officer;
  if (handoff.officerShown === 'name_and_title' && name) return `cán bộ ${name}${title ? ` (${title})` : ''}`;
  if (handoff.officerShown !== 'office' && title) return title;
  return `cán bộ của ${officeName}`;
}

/** Before an officer's words, so that person and machine are never mistaken: "Cán bộ Nguyễn Thị Thử:". */
export function officerMark(officer: OfficerCard, { officeName, handoff }: Shown): string {
  if (handoff.officerShown === 'name_and_title' && officer.name) return `Cán bộ ${officer.name}:`;
  if (handoff.officerShown !== 'office' && officer.title) return `${upper(officer.title)}:`;
  return `Cán bộ ${officeName}:`;
}

export const sayTaken = (officer: OfficerCard, commune: Shown): OutgoingMessage => ({
  text: `Từ đây ${officerShown(officer, commune)} trả lời, không phải máy.\nMuốn quay lại trợ lý tự động thì nhắn "${RESUME_WORDS}".`,
});

export const sayTransferred = (officer: OfficerCard, commune: Shown): OutgoingMessage => ({
  text: `Việc này từ đây do ${officerShown(officer, commune)} trả lời.`,
});

export const sayRequeued = (field: string | null): OutgoingMessage => ({
  text: `Việc này chuyển sang ${field ? `người phụ trách ${field.toLowerCase()}` : 'cán bộ khác'}. Không cần nhắn lại, cán bộ ở đó đọc được và trả lời tại đây.`,
});

export const sayReleased = (): OutgoingMessage => ({
  text: 'Cán bộ đã trả lời xong. Từ đây trợ lý tự động trả lời; cần người thì nhắn "gặp cán bộ".',
});

export const sayClosed = (): OutgoingMessage => ({
  text: 'Cán bộ đã kết thúc phần trao đổi này. Có việc mới cứ nhắn: trợ lý tự động trả lời trước, cần người thì nhắn "gặp cán bộ".',
});

/** After the citizen's silence: nobody left, so nothing is asked of them. */
export const sayClosedForSilence = (): OutgoingMessage => ({
  text: 'Lâu chưa thấy nhắn thêm nên phần trao đổi với cán bộ tạm dừng ở đây. Cần gì cứ nhắn, trợ lý tự động trả lời; cần người thì nhắn "gặp cán bộ".',
});

/** Nobody answered for the time the commune allows: the citizen is back in the line, ahead of newer ones. */
export const sayBackInLine = (): OutgoingMessage => ({
  text: 'Xin lỗi vì phải chờ. Tôi đã báo để cán bộ khác trả lời tiếp, không cần nhắn lại.',
});

/** The time told before is over and nobody answered. */
export const sayPromiseBroken = (phone: string | undefined): OutgoingMessage => ({
  text: `Xin lỗi, chưa có cán bộ trả lời như đã hẹn. Tôi đã báo cho người phụ trách, không cần nhắn lại.${phone ? `\nCần ngay thì gọi ${phone}.` : ''}`,
});
