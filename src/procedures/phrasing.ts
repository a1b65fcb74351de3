import { readFileSync } from 'node:fs';
import type { Procedure, ProcedureChannel, ProcedureDocument } from './catalogue.ts';

/** Facts of a record in the words of a counter. Every number comes from the record as it stands there. */

const PLAIN: [RegExp, string][] = [
  [/HĐND cấp tỉnh|HĐND tỉnh/g, 'Hội đồng nhân dân tỉnh'],
  [/UBND cấp xã|UBND xã/g, 'ủy ban xã'],
  [/UBND/g, 'ủy ban'],
  [/\bCSDL\b/g, 'cơ sở dữ liệu'],
  [/(\d) ?đ\/(?=\p{L})/gu, '$1 đồng một '],
  [/(\d) ?đ(?=[\s.;,)]|$)/g, '$1 đồng'],
  [/Xuất trình/g, 'Cho xem'],
  [/xuất trình/g, 'cho xem'],
  [/[Bb]ổ sung hồ sơ/g, 'nộp thêm giấy tờ'],
  [/thành phần hồ sơ/gi, 'giấy tờ cần mang'],
  [/cơ quan có thẩm quyền/gi, 'nơi giải quyết'],
  [/nghĩa vụ tài chính/gi, 'khoản phải nộp'],
  [/Nguồn (còn )?ghi/g, 'Cổng $1ghi'],
  [/nguồn (còn )?ghi/g, 'Cổng $1ghi'],
  [/[Nn]guồn không ghi/g, 'Cổng không ghi'],
  [/Nguồn mâu thuẫn/g, 'Cổng ghi không thống nhất'],
  [/Trung tâm Phục vụ hành chính công/g, 'Trung tâm Phục vụ hành chính công (một cửa)'],
  [/mục trường hợp( xử lý)?( trên Cổng)?/g, 'chỗ khác trên Cổng'],
  [/\s+/g, ' '],
];

const REVIEWED = Object.entries(
  JSON.parse(readFileSync(new URL('./data/plain-words.json', import.meta.url), 'utf8')) as Record<string, string>,
).filter(([official]) => official !== '//');

/** Official words made plain; nothing is left out. */
export function plainWords(text: string): string {
  let plain = text.trim();
  for (const [official, words] of REVIEWED) if (plain.includes(official)) plain = plain.replace(official, words);
  for (const [pattern, words] of PLAIN) plain = plain.replace(pattern, words);
  return plain;
}

const upper = (text: string) => (text ? text[0]!.toUpperCase() + text.slice(1) : text);
const stop = (text: string) => (/[.!?:…]$/.test(text) ? text : `${text}.`);
export const sentence = (text: string): string => stop(upper(plainWords(text)));

/** 8000 → "8.000 đồng". */
export const money = (amountVnd: number): string => `${String(amountVnd).replace(/\B(?=(\d{3})+$)/g, '.')} đồng`;

/** "2026-07-18" → "18/07/2026", "2026-10" → "10/2026". */
export const dataDate = (asOf: string): string => asOf.split('-').reverse().join('/');

const CHANNEL: Record<ProcedureChannel['kind'], string> = {
  online: 'Nộp trên mạng',
  post: 'Gửi bưu điện',
  counter: 'Nộp trực tiếp',
};

/** Sentences of notes and conditions that speak of something. */
export function sentencesAbout(record: Procedure, about: RegExp, limit = 2): string[] {
  const texts = [record.notes, record.eligibility ?? ''].flatMap((text) => text.split(/(?<=[.;])\s+(?=[\p{Lu}\d])/u));
  return texts
    .filter((text) => about.test(text))
    .slice(0, limit)
    .map(sentence);
}

export const isLow = (record: Procedure): boolean =>
  record.confidence === 'low' || (record.channels.length === 0 && record.cases.length === 0);

const UNKNOWN_FEE = /^(Nguồn không ghi|Nguồn ghi: (chưa|không) quy định|Như trực tuyến)/;

/** The figures are another province's. */
export function isElsewhere(record: Procedure, province: string | undefined): boolean {
  if (!record.scope?.startsWith('province:')) return false;
  const fold = (text: string) =>
    text
      .toLowerCase()
      .replace(/ubnd|ủy ban nhân dân|thành phố|tỉnh|tp\.?/g, '')
      .replace(/[\s:.]/g, '');
  return !province || !fold(record.scope.replace('province:', '')).includes(fold(province));
}

export const provinceOf = (record: Procedure): string =>
  (record.scope ?? '').replace('province:', '').replace(/^UBND (Thành phố|tỉnh|Tỉnh) /, '');

/** What it costs. `known` false: say so and offer an officer. */
export function feeLines(record: Procedure): { lines: string[]; known: boolean } {
  const { channels } = record;
  if (channels.length === 0) return { known: false, lines: ['Tôi chưa có mức phí của việc này.'] };
  const notes = [...new Set(channels.map(({ feeNote }) => (feeNote ?? '').trim()))].filter(
    (note) => !UNKNOWN_FEE.test(note),
  );
  const paid = channels.filter(({ feeVnd }) => feeVnd !== null && feeVnd > 0);
  if (paid.length > 0) {
    const amounts = new Set(paid.map(({ feeVnd }) => feeVnd));
    if (amounts.size === 1 && paid.length === channels.length && notes.length <= 1) {
      const note = notes[0] ?? '';
      return {
        known: true,
        lines: [
          note.includes(String(paid[0]!.feeVnd).replace(/\B(?=(\d{3})+$)/g, '.'))
            ? sentence(note)
            : `${upper(money(paid[0]!.feeVnd!))}. ${note ? sentence(note) : ''}`.trim(),
        ],
      };
    }
    const rows = channels.map(({ kind, feeVnd, feeNote }) => {
      const note = plainWords(feeNote ?? '').replace(/; ?diện miễn.*$/, '');
      const amount = feeVnd === null ? '' : money(feeVnd);
      return `${CHANNEL[kind]}: ${note.includes(amount) && amount ? note : [amount, note].filter(Boolean).join('; ')}`;
    });
    const exempt =
      notes.some((note) => note.includes('diện miễn')) && !rows.some((row) => row.includes('diện được miễn'))
        ? [sentence('Có diện được miễn; hỏi cán bộ nếu thuộc diện chính sách')]
        : [];
    return { known: true, lines: [...new Set(rows.map(stop)), ...exempt] };
  }
  const joined = notes.map(plainWords);
  if (joined.length === 0) {
    return {
      known: false,
      lines: channels.some(({ feeVnd }) => feeVnd === 0)
        ? ['Cổng Dịch vụ công để 0 đồng, nhưng không nói rõ là được miễn. Hỏi cán bộ trước khi nộp cho chắc.']
        : ['Cổng Dịch vụ công không ghi khoản phải nộp nào, nên tôi chưa dám nói là không mất tiền.'],
    };
  }
  if (joined.every((note) => note === 'Cổng ghi 0 đồng'))
    return {
      known: true,
      lines: [
        'Cổng Dịch vụ công ghi 0 đồng, tức là chưa thấy khoản phải nộp. Làm thêm bản sao, gửi bưu điện thì có thể mất tiền riêng.',
      ],
    };
  if (joined.some((note) => /^Mức (do|lệ phí)|^(Hội đồng|Theo biểu phí|Theo Luật)|^Cổng ghi mức do/.test(note))) {
    const exempt = joined.map((note) => /;\s*(miễn cho [^;]+)/.exec(note)?.[1]).find(Boolean);
    const more = joined.flatMap((note) => note.split(/;\s*/).slice(1)).filter((part) => !part.startsWith('miễn cho'));
    return {
      known: false,
      lines: [
        'Mức thu do tỉnh quy định, tôi chưa có con số áp dụng ở xã mình.',
        ...(exempt ? [sentence(exempt.replace(/^miễn cho/, 'Được miễn:'))] : []),
        ...[...new Set(more)].map(sentence),
      ],
    };
  }
  return { known: /\d|miễn|Không thu/i.test(joined.join(' ')), lines: [...new Set(joined)].map(sentence) };
}

const UNIT = { working_day: 'ngày làm việc', day: 'ngày', hour: 'giờ', month: 'tháng' };
const amount = (value: number) => String(value).replace('.', ',');

/** How long it takes. */
export function timeLines(record: Procedure): { lines: string[]; known: boolean } {
  const rows = new Map<string, ProcedureChannel['kind'][]>();
  let hasWorkingDays = false;
  for (const { kind, days, daysUnit, timeNote } of record.channels) {
    const span = days === null || !daysUnit ? '' : `${amount(days)} ${UNIT[daysUnit]}`;
    if (daysUnit === 'working_day' && days !== null && days > 1) hasWorkingDays = true;
    const note = plainWords(timeNote ?? '');
    const says =
      /^(Trong ngày|Ngay trong ngày|Trong \d|Tối đa)/.test(note) || (note !== '' && span !== '' && note.includes(span))
        ? note
        : [span, note].filter(Boolean).join('; ');
    if (says) rows.set(says, [...(rows.get(says) ?? []), kind]);
  }
  if (rows.size === 0) return { known: false, lines: ['Cổng Dịch vụ công không ghi bao lâu có kết quả.'] };
  const count = hasWorkingDays ? 'Không tính thứ Bảy, Chủ nhật, ngày lễ.' : '';
  const lines =
    rows.size === 1
      ? [
          sentence(
            [...rows.keys()][0]!.replace(
              /^Trong ngày; nhận hồ sơ sau 15 giờ thì trả ngày làm việc kế tiếp/,
              'Trong ngày, nếu nộp trước 15 giờ. Nộp sau 15 giờ thì nhận vào ngày làm việc kế tiếp',
            ),
          ),
        ]
      : [...rows].map(([says, kinds]) =>
          `${kinds.map((kind) => CHANNEL[kind]).join(', ')}: ${says}.`.replace(/\.\.$/, '.'),
        );
  return { known: true, lines: count ? [...lines, count] : lines };
}

/** One paper as a short line, and whether it need not be brought. */
export function documentLine({ name, form, originals, copies, note }: ProcedureDocument): {
  /** The office looks it up; only when that fails it must be brought. */
  isUsuallyFound: boolean;
  name: string;
  text: string;
  isNeeded: boolean;
  isOnlineOnly: boolean;
} {
  const hint = plainWords(note ?? '')
    .replace(/^(nộp|cho xem)(?=;|$|,)\s*;?\s*/i, '')
    .trim();
  const isShown = /^(xuất trình|cho xem)/i.test(note ?? '');
  const quantity = [originals > 1 ? `${originals} bản chính` : '', copies > 0 ? `${copies} bản sao` : '']
    .filter(Boolean)
    .join(', ');
  const extras = [form && !name.includes(form) ? plainWords(form) : '', quantity, isShown ? 'để cho xem' : '']
    .filter(Boolean)
    .join(', ');
  const text = `${upper(plainWords(name))}${extras ? ` (${extras})` : ''}${hint ? `: ${hint}` : ''}`;
  return {
    name: upper(plainWords(name)),
    isUsuallyFound: /chỉ khi (nơi làm |cơ quan )?không (tra|lấy|khai thác)/.test(note ?? ''),
    text,
    isNeeded: !/không (phải|cần) nộp|không đòi/.test(hint) || originals > 0,
    isOnlineOnly: /khi nộp trực tuyến/.test(note ?? '') && originals === 0 && copies === 0,
  };
}

const PLACE: Record<Procedure['handledBy'], string> = {
  commune: 'Nộp ở Trung tâm Phục vụ hành chính công của xã (một cửa)',
  commune_police: 'Nộp ở công an xã, phường',
  commune_military: 'Nộp ở Ban Chỉ huy quân sự xã',
  land_office: 'Nộp ở Chi nhánh Văn phòng đăng ký đất đai, hoặc qua một cửa của xã',
  province: 'Việc này do cơ quan cấp tỉnh giải quyết, không phải ủy ban xã',
  province_police: 'Việc này do công an tỉnh giải quyết, không phải ủy ban xã',
  social_insurance: 'Việc này do cơ quan bảo hiểm xã hội giải quyết, không phải ủy ban xã',
  tax: 'Việc này do cơ quan thuế giải quyết, không phải ủy ban xã',
  power: 'Việc này do ngành điện giải quyết, không phải ủy ban xã',
  school: 'Việc này nộp ở nhà trường, không phải ủy ban xã',
  other: 'Việc này do cơ quan khác giải quyết, không phải ủy ban xã',
};

export const isOurs = (record: Procedure): boolean =>
  record.handledBy === 'commune' || record.handledBy === 'commune_police' || record.handledBy === 'commune_military';

/** Who handles it, in one clause. */
export const handler = (record: Procedure): string => PLACE[record.handledBy];

/** Where to bring it. */
export function placeLines(record: Procedure): string[] {
  const step = record.steps.find((text) => /[Nn]ộp (tại|ở|cho|đến|hồ sơ (tại|ở))/.test(text));
  const about = sentencesAbout(
    record,
    /nơi (thường trú|tạm trú|cư trú|mình ở)|không phụ thuộc nơi|xã nào|xã khác|ở xã nơi/,
  );
  const first = stop(handler(record));
  return [first, ...(!isOurs(record) && step ? [sentence(step)] : []), ...about.slice(0, 1)];
}

export function onlineLines(record: Procedure): { lines: string[]; known: boolean } {
  const hasOnline = record.channels.some(({ kind }) => kind === 'online');
  if (record.online === 'full')
    return {
      known: true,
      lines: [
        'Được, làm trọn trên mạng: nộp và nhận kết quả không cần đến nơi.',
        'Đăng nhập Cổng Dịch vụ công quốc gia hoặc ứng dụng VNeID.',
      ],
    };
  if (record.online === 'partial' || hasOnline)
    return {
      known: true,
      lines: [
        'Được nộp trên mạng, nhưng phải đến một lần để nộp hoặc nhận giấy.',
        'Đăng nhập Cổng Dịch vụ công quốc gia hoặc ứng dụng VNeID.',
      ],
    };
  if (record.online === 'none')
    return { known: true, lines: ['Việc này chưa làm trên mạng được, phải đến nộp trực tiếp.'] };
  return { known: false, lines: ['Tôi chưa rõ việc này đã làm trên mạng được chưa.'] };
}

/** Forms named by the record. */
export function formLines(record: Procedure): { lines: string[]; known: boolean } {
  const papers = record.cases
    .flatMap(({ documents }) => documents)
    .filter(({ name, form }) => form || /^(Tờ khai|Đơn|Giấy đề nghị|Văn bản đề nghị|Phiếu)/.test(name));
  const names = [
    ...new Set(papers.map(({ name, form }) => `${upper(plainWords(name))}${form ? ` (${plainWords(form)})` : ''}`)),
  ].slice(0, 4);
  if (names.length === 0)
    return {
      known: false,
      lines: ['Dữ liệu tôi có không ghi mẫu tờ khai riêng cho việc này.', 'Đến nơi nộp, cán bộ sẽ đưa mẫu nếu cần.'],
    };
  return {
    known: true,
    lines: names.length === 1 ? [`Mẫu cần điền: ${names[0]}.`] : ['Mẫu cần điền:', ...names.map((name) => `• ${name}`)],
  };
}
