import type { Button, OutgoingMessage } from '../channels/channel.ts';
import { isOpen, localTime, nextOpening, openingTimes } from '../communes/calendar.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { EmergencyKind } from './cues.ts';
import { press } from './payloads.ts';
import { humanButton } from './say-procedure.ts';

/** Everything said that is no procedure. Facts of the office come from the commune's settings; unknown is said. */

const reply = (title: string, value: string): Button => ({ title, kind: 'reply', value });
const WEEKDAYS = ['', 'thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy', 'Chủ nhật'];
const clock = (time: string) => `${Number(time.slice(0, 2))} giờ${time.endsWith(':00') ? '' : ` ${time.slice(3)}`}`;
const minutesClock = (minutes: number) =>
  clock(`${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`);

export const popularButtons = (): Button[] => [
  reply('Khai sinh cho con', press.ask('1.001193', 'documents')),
  reply('Sao y giấy tờ', press.ask('2.000815', 'documents')),
  reply('Tạm trú, thường trú', press.ask('1.004194', 'documents')),
  reply('Xem hồ sơ', press.status),
  humanButton(),
];

export const introduction = ({ officeName }: CommuneSettings): string =>
  `Tôi là trợ lý tự động của ${officeName}, không phải cán bộ.`;

export function greeting(commune: CommuneSettings, isNew: boolean): OutgoingMessage[] {
  const text = isNew
    ? `Xin chào ạ. ${introduction(commune)}\nCứ hỏi về giấy tờ, lệ phí, hồ sơ như khi hỏi ở quầy. Cần hỏi việc gì?`
    : 'Chào ạ. Cần hỏi việc gì?';
  return [{ text, buttons: popularButtons() }];
}

/** "bây giờ đang giờ làm việc", or when the office opens next: "từ 13 giờ 30 chiều nay". */
export function whenStaffed(commune: CommuneSettings, now: Date): { isOpen: boolean; text: string } {
  if (isOpen(commune, now)) return { isOpen: true, text: `trong khoảng ${commune.officerReplyMinutes} phút` };
  const next = nextOpening(commune, now);
  if (!next) return { isOpen: false, text: 'khi xã làm việc trở lại' };
  const [today, then] = [localTime(now), localTime(next)];
  const tomorrow = localTime(new Date(now.getTime() + 86_400_000));
  const part = then.minutes < 12 * 60 ? 'sáng' : 'chiều';
  const day =
    then.date === today.date
      ? `${part} nay`
      : then.date === tomorrow.date
        ? `${part} mai`
        : `${part} ${WEEKDAYS[then.weekday]}, ngày ${Number(then.date.slice(8))}/${Number(then.date.slice(5, 7))}`;
  return { isOpen: false, text: `từ ${minutesClock(then.minutes)} ${day}` };
}

export function handOff(commune: CommuneSettings, now: Date): OutgoingMessage[] {
  const when = whenStaffed(commune, now);
  const { minutes, date } = localTime(now);
  const isLunch = !when.isOpen && openingTimes(commune, date).length > 1 && minutes >= 10 * 60 && minutes < 14 * 60;
  const text = when.isOpen
    ? `Tôi chuyển cho cán bộ một cửa. Cán bộ trả lời ${when.text}.\nCứ nhắn thêm nội dung ở đây, cán bộ sẽ đọc được.`
    : `Tôi chuyển cho cán bộ một cửa. Bây giờ là ${minutesClock(minutes)}, ${isLunch ? 'giờ nghỉ trưa' : 'ngoài giờ làm việc'}; cán bộ trả lời ${when.text}.\nCứ nhắn thêm nội dung ở đây, cán bộ sẽ đọc được.`;
  const phone = commune.hotline ?? commune.phone;
  return [
    { text: phone ? `${text}\nCần gấp thì gọi ${phone}.` : text, buttons: [reply('Hỏi tiếp trợ lý', press.resume)] },
  ];
}

export function waitingAnswer(commune: CommuneSettings, now: Date): OutgoingMessage[] {
  const when = whenStaffed(commune, now);
  return [
    {
      text: when.isOpen
        ? `Cán bộ trả lời ${when.text}. Lời nhắn đã được chuyển, không cần gửi lại.`
        : `Bây giờ ngoài giờ làm việc; cán bộ trả lời ${when.text}. Lời nhắn đã được giữ, không cần gửi lại.`,
      buttons: [reply('Hỏi tiếp trợ lý', press.resume)],
    },
  ];
}

export const waitingAck = (): OutgoingMessage[] => [
  { text: 'Đã chuyển thêm lời nhắn cho cán bộ ạ.', buttons: [reply('Hỏi tiếp trợ lý', press.resume)] },
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
      ? `${commune.officeName}: ${commune.address}.\nGiấy tờ ghi tên xã cũ vẫn dùng được; sau sáp nhập cứ nộp ở đây.`
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

const EMERGENCY: Record<EmergencyKind, string> = {
  fire: 'Gọi 114 ngay (cháy, nổ, cứu nạn).\nRa khỏi chỗ cháy, báo người xung quanh. Có người bị thương gọi thêm 115.',
  accident:
    'Gọi 115 ngay (cấp cứu).\nCó người mắc kẹt, đuối nước hoặc dây điện rơi: gọi thêm 114, đừng lại gần dây điện.',
  poisoning: 'Gọi 115 ngay (cấp cứu).\nGiữ lại vỏ chai, gói đã uống để đưa cho bác sĩ.',
  violence: 'Gọi 113 ngay (công an).\nTìm chỗ an toàn, khóa cửa. Bị thương gọi 115; có trẻ em gọi thêm 111.',
  child_abuse:
    'Gọi 111 (bảo vệ trẻ em, miễn phí, cả ngày đêm) hoặc 113 ngay.\nĐưa trẻ tới chỗ an toàn. Không cần chờ đủ giấy tờ mới báo.',
  flood_storm:
    'Gọi 114 ngay (cứu nạn), hoặc 112.\nLên chỗ cao nhất, giữ máy còn pin, mang theo đèn. Có người bị thương gọi 115.',
  missing_child: 'Gọi 113 ngay, và 111 (bảo vệ trẻ em).\nNói rõ tuổi, quần áo, chỗ thấy lần cuối.',
  suicide:
    'Nghe vậy tôi rất lo. Xin đừng ở một mình lúc này.\nGọi 115 nếu đang nguy hiểm; gọi 111 nếu là trẻ em, học sinh. Hãy gọi ngay một người thân, người hàng xóm đến ngồi cùng.',
  scam: 'Gọi 113 báo công an ngay.\nGọi ngân hàng xin khóa giao dịch. Giữ lại tin nhắn, số tài khoản nhận tiền; đừng chuyển thêm.',
};

export function emergency(kind: EmergencyKind): OutgoingMessage[] {
  return [
    {
      text: `${EMERGENCY[kind]}\nTôi là máy, không tự gọi cứu giúp được; tôi đã báo cho cán bộ xã biết.`,
      buttons: [{ title: `Gọi ${FIRST_NUMBER[kind]}`, kind: 'phone', value: FIRST_NUMBER[kind] }],
    },
  ];
}

const FIRST_NUMBER: Record<EmergencyKind, string> = {
  fire: '114',
  accident: '115',
  poisoning: '115',
  violence: '113',
  child_abuse: '111',
  flood_storm: '114',
  missing_child: '113',
  suicide: '115',
  scam: '113',
};

export const LOOKUP = 'https://dichvucong.gov.vn/tra-cuu-ho-so';
const lookupButton: Button = { title: 'Tra cứu hồ sơ', kind: 'url', value: LOOKUP };

export function status(number: string | null, hasBrokenNumber: boolean, line: string): OutgoingMessage[] {
  if (number)
    return [
      {
        text: `Mã hồ sơ ${number}.\nTôi chưa xem được tiến độ ở đây. Tra ở trang chính thức ${LOOKUP} (nhập mã này), hoặc để tôi chuyển cán bộ xem giúp.`,
        buttons: [lookupButton, humanButton()],
      },
    ];
  if (hasBrokenNumber)
    return [
      {
        text: 'Mã này còn thiếu hoặc sai số. Xem lại giấy hẹn: mã có dạng H26.15-250701-0001, rồi nhắn lại giúp.',
        buttons: [reply('Không có giấy hẹn', press.noCode), humanButton()],
      },
    ];
  if (/ (mat (giay hen|bien nhan|to hen|phieu hen)|khong (co|con) (giay hen|ma|bien nhan)|(mat|quen) ma) /.test(line))
    return noCode();
  if (/ (cccd|can cuoc|cmnd|chung minh|ten|sdt|so dien thoai) /.test(line) && / (duoc|bang|theo) /.test(line))
    return [
      {
        text: 'Không tra bằng số căn cước hay họ tên ở đây được; cần mã hồ sơ ghi trên giấy hẹn.\nĐăng nhập VNeID trên Cổng Dịch vụ công thì thấy hồ sơ của mình.',
        buttons: [lookupButton, reply('Không có giấy hẹn', press.noCode), humanButton()],
      },
    ];
  if (/ ma ho so( [a-z]+){0,4} (o dau|cho nao|nam|dau) | ma( [a-z]+){0,3} nam o /.test(line))
    return [
      {
        text: 'Mã hồ sơ in ở phần đầu giấy hẹn (giấy tiếp nhận hồ sơ và hẹn trả kết quả), dạng H26.15-250701-0001. Nộp trên mạng thì mã nằm trong tin nhắn và mục hồ sơ của tôi.',
        buttons: [lookupButton, humanButton()],
      },
    ];
  return [
    {
      text: `${/ (lau|tre|cham|tam hoi|hoai|mai|mat tam|tuan|thang)( [a-z]+){0,3} /.test(line) ? 'Xin lỗi vì phải chờ lâu. ' : ''}Cho tôi mã hồ sơ ghi trên giấy hẹn, dạng H26.15-250701-0001.\nKhông cần gửi họ tên hay số căn cước.`,
      buttons: [reply('Không có giấy hẹn', press.noCode), lookupButton, humanButton()],
    },
  ];
}

export const noCode = (): OutgoingMessage[] => [
  {
    text: `Không sao. Nộp trên mạng thì đăng nhập VNeID ở ${LOOKUP} là thấy hồ sơ.\nNộp ở quầy thì mang căn cước đến một cửa, cán bộ tìm lại mã giúp.`,
    buttons: [lookupButton, humanButton()],
  },
];

export const askDetail = (): OutgoingMessage[] => [
  {
    text: 'Không biết rõ lý do trong hồ sơ, tôi không dám đoán. Cán bộ xem được, để tôi chuyển nhé?',
    buttons: [humanButton(), lookupButton],
  },
];

/** Somebody else asks for money, or it is feared. */
export const isScamTalk = (topic: string, line: string): boolean =>
  / (ca nhan|nguoi la|so la|lam nhanh|goi (bao|keu|dien)|keu (chuyen|dong)|nhan zalo|otp|lua|gia mao|phai xa khong|cua xa khong) /.test(
    line,
  ) ||
  (topic.endsWith('|link_real') && !/ (ho so|het han|gui lai) /.test(line));

/** Paying, before payments are connected: where, and the warning that saves money. */
export function payment(
  topic: string,
  line: string,
  fee: { title: string; lines: string[]; source: string } | null,
): OutgoingMessage[] {
  const buttons = [
    {
      title: 'Thanh toán trên Cổng',
      kind: 'url',
      value: 'https://dichvucong.gov.vn/thanh-toan-truc-tuyen',
    } satisfies Button,
    humanButton(),
  ];
  if (isScamTalk(topic, line)) {
    return [
      {
        text: 'Đừng chuyển. Xã không thu tiền qua tài khoản cá nhân, không gọi điện đòi tiền làm nhanh, không bao giờ hỏi mã OTP.\nChỉ nộp ở quầy một cửa hoặc trên Cổng Dịch vụ công quốc gia. Lỡ chuyển rồi thì gọi 113 và ngân hàng ngay.',
        buttons,
      },
    ];
  }
  if (
    / (da|vua|roi|tru tien|tru roi|chua cap nhat|hai lan|2 lan|hoan|that bai|loi|lo|bao chua|mat tien) /.test(line) ||
    /\|(paid_twice|refund|link_failed)$/.test(topic)
  ) {
    return [
      {
        text: 'Tôi chưa xem được khoản này đã vào hay chưa, nên chưa xác nhận được. Đừng nộp lại lần nữa.\nGiữ ảnh giao dịch; cán bộ kiểm tra và báo cách xử lý. Có mã hồ sơ thì nhắn kèm.',
        buttons: [humanButton()],
      },
    ];
  }
  if (/ bien lai /.test(line) || topic.endsWith('|receipt'))
    return [
      {
        text: 'Biên lai điện tử nằm trên Cổng Dịch vụ công, mục thanh toán, sau khi nộp xong; cũng có thể xin in ở quầy một cửa.',
        buttons,
      },
    ];
  if (/ (ma qr|qr) /.test(line) || topic.endsWith('|qr'))
    return [
      {
        text: 'Mã QR chỉ dùng trong thời gian ngắn. Vào lại khoản phải nộp trên Cổng Dịch vụ công để lấy mã mới; đừng quét mã người lạ gửi.',
        buttons,
      },
    ];
  const lines = fee
    ? fee.lines
    : ['Có thể nộp tiền mặt ở quầy một cửa, hoặc trả trên Cổng Dịch vụ công quốc gia bằng ngân hàng, ví điện tử.'];
  const where = fee
    ? ['Nộp ở quầy một cửa, hoặc trên Cổng Dịch vụ công quốc gia.']
    : ['Cần mã hồ sơ khi trả trên mạng. Tôi không gửi số tài khoản qua tin nhắn.'];
  return [{ text: [...lines, ...where, ...(fee ? [fee.source] : [])].join('\n'), buttons }];
}

export function account(line: string): OutgoingMessage[] {
  const vneid = / (vneid|dinh danh|muc 2|muc hai) /.test(line);
  if (/ (khoa tai khoan|mat (dien thoai|may|sim)) /.test(line))
    return [
      {
        text: 'Mất điện thoại có VNeID: gọi tổng đài 1900 0368 hoặc ra công an xã để khóa tài khoản.\nGọi nhà mạng khóa SIM luôn.',
        buttons: [humanButton()],
      },
    ];
  if (
    / (khong (co|dung|biet dung|xai)( [a-z]+){0,2} (dien thoai|smartphone|vneid|may)|dien thoai (cui|cu|cuc gach)|khong cai duoc) /.test(
      line,
    ) ||
    / (nop ho|lam ho|nop giup|nop thay) /.test(line)
  ) {
    return [
      {
        text: 'Không có điện thoại thông minh vẫn làm được: mang giấy tờ đến một cửa, cán bộ nộp giúp trên mạng.\nNgười nhà đi cùng hoặc nộp hộ cũng được, tùy việc có cần giấy ủy quyền.',
        buttons: [humanButton()],
      },
    ];
  }
  if (vneid && / (mat khau|quen|passcode|khoa|dang nhap) /.test(line))
    return [
      {
        text: 'Mở ứng dụng VNeID, bấm "Quên mật khẩu", nhập số định danh và làm theo máy.\nKhông được thì gọi 1900 0368 hoặc ra công an xã. Đừng đưa mã OTP cho ai.',
        buttons: [humanButton()],
      },
    ];
  if (/ otp /.test(line))
    return [
      {
        text: 'Chờ vài phút rồi bấm gửi lại mã; kiểm tra sóng và tin nhắn rác. Số điện thoại phải đúng số đã đăng ký.\nKhông được thì gọi 1900 0368. Đừng đọc mã OTP cho ai, kể cả cho tôi.',
        buttons: [humanButton()],
      },
    ];
  if (/ (dung luong|tai (file|tep|anh)|scan|dinh kem) /.test(line))
    return [
      {
        text: 'Chụp lại ảnh nhỏ hơn, hoặc gửi từng tờ thành từng tệp rồi tải lại.\nKhông được thì mang giấy đến một cửa, cán bộ quét giúp.',
        buttons: [humanButton()],
      },
    ];
  if (vneid)
    return [
      {
        text: 'VNeID mức 2 làm ở công an xã: mang căn cước theo, công an lấy ảnh và vân tay.\nMáy báo lỗi thì gọi tổng đài 1900 0368.',
        buttons: [reply('Làm VNeID mức 2', press.ask('3.000228', 'documents')), humanButton()],
      },
    ];
  return [
    {
      text: 'Cổng Dịch vụ công đăng nhập bằng tài khoản VNeID, không cần tạo tài khoản riêng.\nVào https://dichvucong.gov.vn, chọn đăng nhập VNeID. Không được thì thử lại sau, hoặc đến một cửa để cán bộ giúp.',
      buttons: [reply('Làm VNeID mức 2', press.ask('3.000228', 'documents')), humanButton()],
    },
  ];
}

export const identity = (commune: CommuneSettings): OutgoingMessage[] => [
  {
    text: `${introduction(commune)}\nTôi chỉ đường về giấy tờ, lệ phí, thời hạn, nơi nộp. Tin nhắn được giữ kín theo quy định; đừng gửi số căn cước hay mã OTP. Muốn gặp người thì bấm "Gặp cán bộ".`,
    buttons: popularButtons(),
  },
];
export const declined = (): OutgoingMessage[] => [
  { text: 'Tôi chỉ giúp được việc thủ tục, hồ sơ và lệ phí ở xã. Cần hỏi thủ tục nào ạ?', buttons: popularButtons() },
];
export const otherAgency = (): OutgoingMessage[] => [
  {
    text: 'Việc này ngoài phần xã giải quyết nên tôi không trả lời được.\nViệc tòa án, ly hôn, kiện tụng: hỏi tòa án hoặc trợ giúp pháp lý. Điện, nước, ngân hàng: gọi tổng đài của họ.',
    buttons: popularButtons(),
  },
];
export const thanks = (): OutgoingMessage[] => [{ text: 'Không có gì ạ. Cần gì cứ nhắn.' }];
export const goodbye = (): OutgoingMessage[] => [{ text: 'Chào ạ. Cần gì cứ nhắn lại.' }];
export const calm = (): OutgoingMessage[] => [
  {
    text: 'Xin lỗi vì làm mất thời gian. Cần việc gì cứ nói, tôi trả lời ngay; hoặc bấm để gặp cán bộ.',
    buttons: [humanButton(), reply('Xem hồ sơ', press.status)],
  },
];

export function complaint(topic: string, line: string): { messages: OutgoingMessage[]; handsOff: boolean } {
  if (topic.endsWith('|praise') || / (khen|nhiet tinh|tot lam|hai long) /.test(line))
    return { messages: [{ text: 'Cảm ơn lời khen ạ. Tôi chuyển lời này tới cán bộ.' }], handsOff: false };
  if (topic.endsWith('|bot_quality'))
    return {
      messages: [
        {
          text: 'Xin lỗi, tôi hiểu chưa đúng ý. Nói lại giúp việc cần làm bằng vài chữ, hoặc gặp cán bộ.',
          buttons: [humanButton(), ...popularButtons().slice(0, 3)],
        },
      ],
      handsOff: false,
    };
  if (topic.endsWith('|bribe_denounce') || / (to cao|khieu nai) /.test(line))
    return {
      messages: [
        {
          text: 'Đơn khiếu nại, tố cáo nộp ở bộ phận tiếp công dân của ủy ban xã, hoặc gửi trên Cổng Dịch vụ công, mục phản ánh kiến nghị.\nTôi báo để cán bộ phụ trách liên hệ.',
          buttons: [
            { title: 'Gửi phản ánh', kind: 'url', value: 'https://dichvucong.gov.vn' },
            reply('Hỏi tiếp trợ lý', press.resume),
          ],
        },
      ],
      handsOff: true,
    };
  const isLate = topic.endsWith('|delay');
  return {
    messages: [
      {
        text: isLate
          ? 'Xin lỗi vì phải chờ lâu. Cho tôi mã hồ sơ trên giấy hẹn để cán bộ xem ngay; tôi đã chuyển lời này tới cán bộ.'
          : 'Xin lỗi vì chuyện này. Tôi đã chuyển lời phản ánh tới cán bộ phụ trách; nói thêm nơi chốn, thời gian thì cán bộ xử lý nhanh hơn.',
        buttons: [reply('Hỏi tiếp trợ lý', press.resume)],
      },
    ],
    handsOff: true,
  };
}

export const notUnderstood = (misses: number): OutgoingMessage[] => [
  {
    text:
      misses > 1
        ? 'Xin lỗi, tôi vẫn chưa hiểu. Để cán bộ trả lời trực tiếp nhé? Hoặc chọn một việc dưới đây.'
        : 'Xin lỗi, tôi chưa hiểu cần hỏi việc gì. Nói vài chữ tên giấy tờ cần làm, hoặc chọn dưới đây.',
    buttons: misses > 1 ? [humanButton(), ...popularButtons().slice(0, 4)] : popularButtons(),
  },
];

export function attachment(kind: string): OutgoingMessage[] {
  const texts: Record<string, string> = {
    image:
      'Tôi chưa đọc được ảnh. Nếu là giấy hẹn, gõ mã hồ sơ giúp (dạng H26.15-250701-0001).\nKhông cần gửi ảnh căn cước; nếu vừa gửi thì nên xóa đi.',
    audio: 'Tôi chưa nghe được tin nhắn thoại. Gõ vài chữ giúp nhé, không cần dấu; hoặc để cán bộ nghe.',
    video: 'Tôi chưa xem được video. Gõ vài chữ về việc cần hỏi giúp nhé.',
    file: 'Tôi chưa mở được tệp. Gõ vài chữ về việc cần hỏi giúp; hồ sơ thì nộp trên Cổng Dịch vụ công hoặc ở quầy.',
    location: 'Tôi đã thấy vị trí gửi tới. Cần hỏi đường đến xã hay hỏi thủ tục nào?',
    contact: 'Không cần gửi số điện thoại ở đây. Cần hỏi việc gì?',
  };
  const buttons =
    kind === 'location'
      ? [reply('Địa chỉ, giờ làm việc', press.office), humanButton()]
      : [humanButton(), reply('Xem hồ sơ', press.status)];
  if (kind === 'sticker' || kind === 'gif') return [{ text: 'Cần hỏi việc gì cứ nhắn ạ.', buttons: popularButtons() }];
  return [{ text: texts[kind] ?? 'Tôi chưa xem được nội dung này. Gõ vài chữ về việc cần hỏi giúp nhé.', buttons }];
}

export const PRIVACY_NOTE = 'Không cần gửi số giấy tờ, số điện thoại ở đây, tôi đã ẩn đi.';
