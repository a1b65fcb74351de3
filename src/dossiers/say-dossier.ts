import type { Button, OutgoingMessage } from '../channels/channel.ts';
import { localTime, workingDaysBetween } from '../communes/calendar.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import { isOver } from './changes.ts';
import { buttons } from './desk-press.ts';
import type { Level } from './disclosure.ts';
import type { DossierState, DossierView } from './dossier.ts';
import { ageWords, dayWords, shortDay } from './say-dates.ts';

export interface Told {
  view: DossierView;
  /** What may be shown; a sensitive dossier's is 0 already. */
  level: Level;
  source: string;
  asOf: Date;
  commune: CommuneSettings;
  now: Date;
  /** The citizen is told of changes already. */
  isWatched?: boolean;
}

/** State and meaning, in words that any of these dossiers has. */
const STATES: Record<DossierState, { is: string; next: string }> = {
  1: {
    is: 'đã gửi, đang chờ cán bộ kiểm tra.',
    next: 'Chưa cần làm gì thêm. Cán bộ kiểm tra trong giờ làm việc; đợi quá vài ngày thì bấm "Gặp cán bộ".',
  },
  2: { is: 'đã được nhận.', next: 'Chưa cần làm gì thêm, chờ đến ngày hẹn.' },
  3: {
    is: 'không được nhận.',
    next: 'Hồ sơ chưa được giải quyết. Bấm "Gặp cán bộ" để biết lý do và cách nộp lại.',
  },
  4: { is: 'đang được giải quyết.', next: 'Chưa cần làm gì thêm, chờ đến ngày hẹn.' },
  5: {
    is: 'cần nộp thêm giấy tờ.',
    next: 'Nộp đủ thì hồ sơ mới làm tiếp; trong lúc chờ không tính vào thời gian giải quyết.\nNộp trên mạng thì mở hồ sơ trên Cổng Dịch vụ công để gửi thêm; nộp ở quầy thì mang giấy tờ đến quầy.',
  },
  6: {
    is: 'có khoản phải nộp.',
    next: 'Nộp xong hồ sơ mới làm tiếp. Chỉ nộp trên Cổng Dịch vụ công, ở quầy, hoặc qua nút nộp phí của xã; nơi nào cũng có biên lai. Xã không nhắn số tài khoản riêng.',
  },
  7: { is: 'đã rút theo yêu cầu của người nộp.', next: 'Muốn làm lại thì nộp hồ sơ mới.' },
  8: {
    is: 'đã dừng giải quyết.',
    next: 'Nơi giải quyết phải có thông báo nói rõ vì sao dừng. Bấm "Gặp cán bộ" để hỏi và xin thông báo đó.',
  },
  9: {
    is: 'đã có kết quả, chờ đến nhận.',
    next: 'Mang giấy hẹn và căn cước đến nơi ghi trên giấy hẹn để nhận. Đã chọn nhận qua bưu điện thì chờ bưu điện giao.',
  },
  10: {
    is: 'đã trả kết quả.',
    next: 'Xem kỹ giấy đã nhận. Chưa nhận được, hay thấy chỗ nào sai thì bấm "Gặp cán bộ".',
  },
  unknown: {
    is: 'đang ở một bước mà dữ liệu chưa nói rõ.',
    next: 'Tôi không đoán. Bấm "Gặp cán bộ" để hỏi cho chắc.',
  },
};

/** Working until the due date: these are late when it has passed. What is not yet accepted has no clock. */
const RUNNING = new Set<DossierState>([2, 4, 'unknown']);
/** The clock stands while something is awaited of the citizen. */
const PAUSED = new Set<DossierState>([5, 6]);

export const isLate = ({ state, dueAt, newDueAt }: DossierView, now: Date): boolean => {
  const due = newDueAt ?? dueAt;
  return due !== undefined && RUNNING.has(state) && localTime(due).date < localTime(now).date;
};

/** One dossier as far as `level` allows, with the age of the data and what can be done next. */
export function sayDossier(told: Told): OutgoingMessage {
  const { view, level } = told;
  const { is, next } = STATES[view.state];
  // "nothing to do but wait" is no comfort once the day has passed
  const isWaitingInVain = isLate(view, told.now) && view.state !== 'unknown';
  const lines = [
    `Hồ sơ ${view.code} ${is}`,
    ...(level >= 1 ? detail(told) : []),
    ...dates(told),
    ...(isWaitingInVain ? [] : [next]),
    ...(level >= 1 ? about(view) : []),
    ageLine(told.source, told.asOf, told.now),
  ];
  return { text: lines.join('\n'), buttons: offers(told) };
}

export const ageLine = (source: string, asOf: Date, now: Date) => `(Theo ${source}, ${ageWords(asOf, now)})`;

function about({ procedureName, procedureCode, unitName }: DossierView): string[] {
  const official = procedureName && tidy(procedureName.replace(/^thủ tục\s+/i, ''), 160);
  const name = official
    ? official[0]!.toUpperCase() + official.slice(1)
    : procedureCode && `thủ tục mã ${procedureCode}`;
  return [...(name ? [`Việc: ${name}.`] : []), ...(unitName ? [`Nơi giải quyết: ${tidy(unitName, 120)}.`] : [])];
}

function dates(told: Told): string[] {
  const { view, commune, now } = told;
  const today = localTime(now).date;
  const lines: string[] = [];
  if (view.receivedAt) lines.push(`Ngày nhận: ${shortDay(localTime(view.receivedAt).date)}.`);
  const due = view.newDueAt ?? view.dueAt;
  if (!due || !(RUNNING.has(view.state) || PAUSED.has(view.state))) return lines;
  const date = localTime(due).date;
  const left = workingDaysBetween(commune, today, date);
  const moved =
    view.newDueAt && view.dueAt ? ` (đã dời một lần, trước hẹn ${shortDay(localTime(view.dueAt).date)})` : '';
  if (PAUSED.has(view.state)) {
    lines.push(`Ngày hẹn trả ghi trong hồ sơ: ${dayWords(date, today)}${moved}. Ngày này có thể lùi lại.`);
    return lines;
  }
  if (!isLate(view, now)) {
    lines.push(`Hẹn trả: ${dayWords(date, today)}${moved}${left > 1 ? `, còn ${left} ngày làm việc` : ''}.`);
    return lines;
  }
  const over = -left;
  lines.push(
    `Hẹn trả ${dayWords(date, today)}${moved}: đã quá hẹn${over > 0 ? ` ${over} ngày làm việc` : ''}. Xin lỗi vì phải chờ.`,
    view.newDueAt
      ? 'Ngày hẹn chỉ được dời một lần. Bấm "Gặp cán bộ" để hỏi hoặc góp ý.'
      : 'Nơi giải quyết phải gửi thư xin lỗi, nói rõ lý do và ngày hẹn mới. Chưa nhận được thì bấm "Gặp cán bộ".',
  );
  return lines;
}

/** What only those concerned should read. */
function detail({ view, level, now }: Told): string[] {
  const lines: string[] = [];
  const today = localTime(now).date;
  if (level >= 2 && view.reason) lines.push(`Lý do ghi trong hồ sơ: ${tidy(view.reason, 300)}.`);
  if (view.state === 5) {
    if (view.missing?.length)
      lines.push('Cần nộp thêm:', ...view.missing.slice(0, 8).map((paper) => `• ${tidy(paper, 160)}`));
    else lines.push('Dữ liệu không ghi cần nộp thêm gì; xem phiếu yêu cầu, hoặc bấm "Gặp cán bộ".');
    if (view.supplementDueAt) lines.push(`Hạn nộp thêm: ${dayWords(localTime(view.supplementDueAt).date, today)}.`);
  }
  const fees = view.fees ?? [];
  if (fees.length > 0 && !isOver(view.state) && (view.state === 6 || fees.some(({ isPaid }) => isPaid === false)))
    lines.push(
      'Khoản phải nộp:',
      ...fees
        .slice(0, 6)
        .map(({ name, amountVnd, isPaid }) => `• ${tidy(name, 80)}: ${money(amountVnd)}${PAID[String(isPaid)]!}`),
    );
  if (level === 1 && (view.state === 3 || view.state === 8) && view.reason !== undefined)
    lines.push('Lý do thì cán bộ nói trực tiếp, sau khi biết đúng người.');
  return lines;
}

const PAID: Record<string, string> = { true: ' (đã nộp)', false: ' (chưa nộp)', null: '' };
const money = (amountVnd: number) => `${String(amountVnd).replace(/\B(?=(\d{3})+$)/g, '.')} đồng`;

function offers({ view, level, isWatched }: Told): Button[] {
  return [
    ...(level === 0 ? [buttons.detail(view.code)] : []),
    ...(view.state === 6 ? [level === 0 ? buttons.payment : buttons.pay(view.code)] : []),
    ...(isOver(view.state) || isWatched ? [] : [buttons.watch(view.code)]),
    buttons.human,
    buttons.lookup,
  ];
}

/** One line of a source's text: no breaks, no address to press, not longer than wanted. */
export function tidy(text: string, most: number): string {
  const line = text
    .normalize('NFC')
    .replace(/\p{C}+|\s+/gu, ' ')
    .replace(/(?:https?:\/\/|www\.)\S+/gi, '…')
    .trim()
    .replace(/[.;,\s]+$/, '');
  return line.length > most ? `${line.slice(0, most - 1).trimEnd()}…` : line;
}
