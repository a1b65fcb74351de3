import type { Button, OutgoingMessage } from '../channels/channel.ts';
import { isOpen, localTime, nextOpening, openingTimes } from '../communes/calendar.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { Staffing } from './guidance.ts';
import { press } from './payloads.ts';
import { humanButton, reply } from './speech.ts';

/** Hours, address, phone, and when a person answers. Facts of the office come from the commune's settings; unknown is said. */

const WEEKDAYS = ['', 'thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy', 'Chủ nhật'];
const clock = (time: string) => `${Number(time.slice(0, 2))} giờ${time.endsWith(':00') ? '' : ` ${time.slice(3)}`}`;
const minutesClock = (minutes: number) =>
  clock(`${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`);

/** "bây giờ đang giờ làm việc", or when the office opens next: "từ 13 giờ 30 chiều nay". */
export function whenStaffed(commune: CommuneSettings, now: Date): { isOpen: boolean; text: string } {
  if (isOpen(commune, now)) return { isOpen: true, text: `trong khoảng ${commune.officerReplyMinutes} phút` };
  const next = nextOpening(commune, now);
  return { isOpen: false, text: next ? `từ ${clockAndDay(next, now)}` : 'khi xã làm việc trở lại' };
}

/** "13 giờ 30 chiều nay", "9 giờ sáng thứ Hai, ngày 30/11" */
function clockAndDay(at: Date, now: Date): string {
  const [today, then] = [localTime(now), localTime(at)];
  const tomorrow = localTime(new Date(now.getTime() + 86_400_000));
  const part = then.minutes < 12 * 60 ? 'sáng' : then.minutes < 18 * 60 ? 'chiều' : 'tối';
  const day =
    then.date === today.date
      ? `${part} nay`
      : then.date === tomorrow.date
        ? `${part} mai`
        : `${part} ${WEEKDAYS[then.weekday]}, ngày ${Number(then.date.slice(8))}/${Number(then.date.slice(5, 7))}`;
  return `${minutesClock(then.minutes)} ${day}`;
}

/** When a person will have answered: "trong khoảng 30 phút", "trước 9 giờ sáng thứ Hai, ngày 30/11". */
function whenPromised(commune: CommuneSettings, now: Date, staffing?: Staffing): { isOpen: boolean; text: string } {
  const at = staffing?.promisedAt;
  if (!at) return whenStaffed(commune, now);
  const minutes = Math.ceil((at.getTime() - now.getTime()) / 60_000);
  const isSoon = staffing.isOpen && minutes > 0 && minutes <= 60;
  return { isOpen: staffing.isOpen, text: isSoon ? `trong khoảng ${minutes} phút` : `trước ${clockAndDay(at, now)}` };
}

/** Nobody is told of a line of one. */
const lineBefore = (staffing?: Staffing) =>
  staffing && staffing.ahead > 0 ? `; trước đó còn ${staffing.ahead} người đang chờ` : '';

export function handOff(commune: CommuneSettings, now: Date, staffing?: Staffing): OutgoingMessage[] {
  if (staffing?.isOverdue) return waitingAnswer(commune, now, staffing);
  const when = whenPromised(commune, now, staffing);
  const { minutes, date } = localTime(now);
  const isLunch = !when.isOpen && openingTimes(commune, date).length > 1 && minutes >= 10 * 60 && minutes < 14 * 60;
  const closed = when.isOpen
    ? 'Cán bộ'
    : `Bây giờ là ${minutesClock(minutes)}, ${isLunch ? 'giờ nghỉ trưa' : 'ngoài giờ làm việc'}; cán bộ`;
  const text = `Tôi chuyển cho cán bộ một cửa. ${closed} trả lời ${when.text}${lineBefore(staffing)}.\nCứ nhắn thêm nội dung ở đây, cán bộ sẽ đọc được.`;
  const phone = commune.hotline ?? commune.phone;
  return [
    { text: phone ? `${text}\nCần gấp thì gọi ${phone}.` : text, buttons: [reply('Hỏi tiếp trợ lý', press.resume)] },
  ];
}

/** Where no officer reads along, whoever wants one is told where they are. */
export function unattended(commune: CommuneSettings): OutgoingMessage[] {
  const phone = commune.hotline ?? commune.phone;
  const place = commune.address ? `${commune.officeName}, ${commune.address}` : commune.officeName;
  const lines = [
    'Ở đây chỉ có máy trả lời, không có cán bộ đọc tin.',
    phone ? `Cần gặp cán bộ thì gọi ${phone}, hoặc đến ${place}.` : `Cần gặp cán bộ thì đến ${place}.`,
    hoursText(commune),
  ];
  return [{ text: lines.filter(Boolean).join('\n') }];
}

/** Said below other words that pass a citizen on. */
export function promiseLine(commune: CommuneSettings, now: Date, staffing: Staffing): string {
  return `Cán bộ trả lời ${whenPromised(commune, now, staffing).text}${lineBefore(staffing)}.`;
}

export function waitingAnswer(commune: CommuneSettings, now: Date, staffing?: Staffing): OutgoingMessage[] {
  const buttons = [reply('Hỏi tiếp trợ lý', press.resume)];
  if (staffing?.isOverdue && staffing.promisedAt) {
    const phone = commune.hotline ?? commune.phone;
    const promised = clockAndDay(staffing.promisedAt, now);
    return [
      {
        text: `Xin lỗi, đã hẹn trả lời trước ${promised} mà chưa có ai trả lời. Tôi đã báo cho người phụ trách.${phone ? `\nCần ngay thì gọi ${phone}.` : ''}`,
        buttons,
      },
    ];
  }
  const when = whenPromised(commune, now, staffing);
  return [
    {
      text: when.isOpen
        ? `Cán bộ trả lời ${when.text}${lineBefore(staffing)}. Lời nhắn đã được chuyển, không cần gửi lại.`
        : `Bây giờ ngoài giờ làm việc; cán bộ trả lời ${when.text}. Lời nhắn đã được giữ, không cần gửi lại.`,
      buttons,
    },
  ];
}

export const waitingAck = (): OutgoingMessage[] => [
  { text: 'Đã chuyển thêm lời nhắn cho cán bộ ạ.', buttons: [reply('Hỏi tiếp trợ lý', press.resume)] },
];

/** A complaint made while an officer is awaited. */
export const complaintAdded = (): OutgoingMessage[] => [
  {
    text: 'Xin lỗi vì chuyện này. Lời phản ánh đã tới cán bộ cùng những tin trước.',
    buttons: [reply('Hỏi tiếp trợ lý', press.resume)],
  },
];

export const waitingAckAgain = (): OutgoingMessage[] => [
  {
    text: 'Câu này cũng đã tới cán bộ. Muốn máy trả lời ngay thì bấm "Hỏi tiếp trợ lý".',
    buttons: [reply('Hỏi tiếp trợ lý', press.resume)],
  },
];

const COUNT = ['', 'Thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy', 'Chủ nhật'];

function hoursText(commune: CommuneSettings): string {
  const groups = new Map<string, string[]>();
  for (const { days, opens, closes } of commune.hours) {
    const key = [...days].sort((a, b) => a - b).join(',');
    groups.set(key, [...(groups.get(key) ?? []), `${clock(opens)}–${clock(closes)}`]);
  }
  const rows = [...groups].map(([key, spans]) => {
    const days = key.split(',').map(Number);
    const isRun = days.length > 2 && days.every((day, at) => at === 0 || day === days[at - 1]! + 1);
    const label = isRun
      ? `${COUNT[days[0]!]!} đến ${WEEKDAYS[days.at(-1)!]}`
      : days.map((day) => WEEKDAYS[day]).join(', ');
    return `${label[0]!.toUpperCase()}${label.slice(1)}: ${spans.join(' và ')}.`;
  });
  return rows.join('\n');
}

/** Hours, address, phone: whichever the words ask for. */
export function office(
  commune: CommuneSettings,
  topic: string,
  line: string,
  now: Date,
): { messages: OutgoingMessage[]; known: boolean } {
  const phone = commune.hotline ?? commune.phone;
  const call = phone ? ` Gọi ${phone} để hỏi thêm.` : '';
  const buttons = [humanButton()];
  const asks = (pattern: RegExp) => pattern.test(line);
  if (asks(/ (email|mail|trang web|website) /)) {
    const text = commune.website
      ? `Trang của xã: ${commune.website}.${call}`
      : `Tôi chưa có email hay trang web của xã.${call}`;
    return { messages: [{ text, buttons }], known: Boolean(commune.website) };
  }
  if (topic.endsWith('|phone') || asks(/ (so dien thoai|sdt|duong day nong|hotline|goi so nao|so may) /)) {
    const isPolice = asks(/ cong an /);
    const text = isPolice
      ? `Tôi chưa có số của công an xã.${phone ? ` Số của ${commune.officeName}: ${phone}.` : ''} Việc khẩn cấp gọi 113.`
      : phone
        ? `Số điện thoại của ${commune.officeName}: ${phone}.`
        : `Tôi chưa có số điện thoại của ${commune.officeName}. Bấm "Gặp cán bộ" để nhắn cho người trực.`;
    const dial: Button[] =
      phone && /^\+?\d/.test(phone)
        ? [{ title: 'Gọi', kind: 'phone', value: phone.replace(/^0/, '+84').replace(/[^\d+]/g, '') }]
        : [];
    return { messages: [{ text, buttons: [...dial, ...buttons] }], known: Boolean(phone) && !isPolice };
  }
  if (asks(/ (gui xe|do xe|dau xe|bai xe|cho de xe) /))
    return { messages: [{ text: `Tôi chưa có thông tin chỗ gửi xe ở trụ sở.${call}`, buttons }], known: false };
  if (topic.endsWith('|booking_queue') || asks(/ (dat lich|lay so|hen truoc|lich hen|tiep (cong )?dan|lich tiep) /)) {
    return {
      messages: [
        {
          text: `Tôi chưa có lịch tiếp công dân và cách đặt lịch hẹn của xã.${call} Bấm "Gặp cán bộ" để hỏi giúp lịch.`,
          buttons,
        },
      ],
      known: false,
    };
  }
  if (
    topic.endsWith('|address_merger') ||
    topic.endsWith('|parking_access') ||
    asks(/ (dia chi|o dau|cho nao|duong nao|tru so|dinh vi|ban do|cho mo) /)
  ) {
    const text = commune.address
      ? `${commune.officeName}: ${commune.address}.\nSau sáp nhập cứ nộp ở đây. Giấy ghi tên xã cũ có phải đổi không thì tùy việc, hỏi cán bộ cho chắc.`
      : `Tôi chưa có địa chỉ trụ sở của ${commune.officeName}.${call} Bấm "Gặp cán bộ" để hỏi.`;
    return {
      messages: [{ text, buttons: [reply('Giờ làm việc', press.office), ...buttons] }],
      known: Boolean(commune.address),
    };
  }
  if (topic.endsWith('|in_charge')) {
    return {
      messages: [
        {
          text: `Đến một cửa của ${commune.officeName}, cán bộ ở quầy sẽ chỉ đúng người.${commune.address ? ` Địa chỉ: ${commune.address}.` : ''} Không cần biết tên trước.`,
          buttons,
        },
      ],
      known: true,
    };
  }
  return { messages: [{ text: hours(commune, line, now), buttons }], known: true };
}

function hours(commune: CommuneSettings, line: string, now: Date): string {
  const usual = commune.areHoursConfirmed
    ? ''
    : '\nĐây là giờ thường lệ, xã chưa xác nhận; ngày lễ, ngày nghỉ có thể khác.';
  const weekend = / (thu bay|thu 7|t7|chu nhat|cn|cuoi tuan) /.exec(line)?.[1];
  if (weekend) {
    const day = /chu nhat|cn/.test(weekend) ? 7 : 6;
    const spans = commune.hours.filter(({ days }) => days.includes(day));
    const name = WEEKDAYS[day]!;
    const first =
      spans.length > 0
        ? `Có, ${name} làm việc ${spans.map(({ opens, closes }) => `${clock(opens)}–${clock(closes)}`).join(' và ')}.`
        : `${name[0]!.toUpperCase()}${name.slice(1)} xã nghỉ.`;
    return `${first}\n${hoursText(commune)}${usual}`;
  }
  if (/ (nghi trua|buoi trua|trua|12h|12 gio|giua trua) /.test(line)) {
    const spans = openingTimes(commune, localTime(now).date);
    const template = spans.length > 1 ? spans : commune.hours.filter(({ days }) => days.includes(1));
    if (template.length > 1)
      return `Trưa nghỉ từ ${clock(template[0]!.closes)} đến ${clock(template[1]!.opens)}.\n${hoursText(commune)}${usual}`;
  }
  if (/ (le|tet|2 9|30 4|1 5|mung|giong|quoc khanh|24 11|nghi le) /.test(line))
    return `Ngày lễ, Tết xã nghỉ theo lịch nhà nước, trừ khi có thông báo trực.\nNgày thường: ${hoursText(commune)}${usual}`;
  return `${hoursText(commune)}${usual}`;
}
