import type { Procedure, ProcedureChannel } from './catalogue.ts';
import { lawLast, money, plainWords, sentence, stop, tellingSentences, upper } from './wording.ts';

export { dataDate, lawLast, money, plainWords, sentence, sentencesAbout, tellingSentences, upper } from './wording.ts';

/** Facts of a record in the words of a counter. Every number comes from the record as it stands there. */

const CHANNEL: Record<ProcedureChannel['kind'], string> = {
  online: 'Nộp trên mạng',
  post: 'Gửi bưu điện',
  counter: 'Nộp trực tiếp',
};

export const isLow = (record: Procedure): boolean =>
  record.confidence === 'low' || (record.channels.length === 0 && record.cases.length === 0);

const UNKNOWN_FEE = /^(Nguồn không ghi|Nguồn ghi: (chưa|không) quy định|Như trực tuyến|Nguồn mâu thuẫn)/;

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

/** What the record's prose adds about money: "đúng hạn 15 ngày được miễn lệ phí". */
const feeRemarks = (record: Procedure): string[] =>
  tellingSentences(record, false).filter(
    (text) => /miễn (lệ )?phí|không thu (lệ )?phí|không mất tiền/i.test(text) && !/HĐND|Diện miễn/.test(text),
  );

/** "Nộp trên mạng: cá nhân, hộ 7.000 đồng": one colon in a line. */
const labelled = (label: string, text: string): string =>
  `${label}: ${lowerStart(text.replace(/: (?=\d)/g, ' ').replace(/: /g, ' – '))}`;

const lowerStart = (text: string) => (/^\p{Lu}\p{Ll}/u.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text);

/** What it costs. `known` false: say so and offer an officer. */
export function feeLines(record: Procedure): { lines: string[]; known: boolean } {
  const { channels } = record;
  if (channels.length === 0) return { known: false, lines: ['Tôi chưa có mức phí của việc này.'] };
  const notes = [...new Set(channels.map(({ feeNote }) => (feeNote ?? '').trim()))].filter(
    (note) => note !== '' && !UNKNOWN_FEE.test(note),
  );
  const hasTold = notes.some((note) => /Đúng hạn|^Miễn lệ phí/.test(note));
  const remarks = feeRemarks(record).filter((text) => !(hasTold && /miễn/i.test(text)));
  const paid = channels.filter(({ feeVnd }) => feeVnd !== null && feeVnd > 0);
  if (paid.length > 0) return paidLines(record, paid, notes);
  const joined = notes.map(plainWords);
  const remark = remarks.slice(0, 1).map(sentence);
  if (joined.length === 0) {
    return {
      known: remark.length > 0,
      lines: [
        ...remark,
        channels.some(({ feeVnd }) => feeVnd === 0)
          ? 'Cổng Dịch vụ công để 0 đồng, nhưng không nói rõ là được miễn. Hỏi cán bộ trước khi nộp cho chắc.'
          : 'Cổng Dịch vụ công không ghi khoản phải nộp nào, nên tôi chưa dám nói là không mất tiền.',
      ],
    };
  }
  if (joined.every((note) => note === 'Cổng ghi 0 đồng'))
    return {
      known: true,
      lines: [
        ...remark,
        'Cổng Dịch vụ công ghi 0 đồng, tức là chưa thấy khoản phải nộp. Làm thêm bản sao, gửi bưu điện thì có thể mất tiền riêng.',
      ],
    };
  if (joined.some((note) => /^Mức (do|lệ phí)|^(Hội đồng|Theo biểu phí|Theo Luật)|^Cổng ghi mức do/.test(note))) {
    const exempt = joined.map((note) => /;\s*(miễn cho [^;]+)/.exec(note)?.[1]).find(Boolean);
    const more = joined
      .flatMap((note) => note.split(/;\s*/).slice(1))
      .filter((part) => !/^(miễn cho|Cổng không ghi)/.test(part));
    const free = remarks.filter((text) => !(exempt && /hộ nghèo/.test(text))).slice(0, 1);
    const hasTerm = free.some((text) => /đúng hạn/i.test(text));
    return {
      known: free.some((text) => /miễn/i.test(text)),
      lines: [
        ...free.map(sentence),
        `${hasTerm ? 'Quá hạn thì mức' : 'Mức'} thu do tỉnh quy định, tôi chưa có con số áp dụng ở xã mình.`,
        ...(exempt ? [sentence(exempt.replace(/^miễn cho/, 'Được miễn:'))] : []),
        ...[...new Set(more)].map(sentence),
      ],
    };
  }
  return {
    known: /\d|miễn|Không thu|Không mất/i.test(joined.join(' ')),
    lines: [
      ...new Set([
        ...joined
          .sort((a, b) => Number(/^(Cổng ghi 0|Miễn)/.test(b)) - Number(/^(Cổng ghi 0|Miễn)/.test(a)))
          .map((note) =>
            lawLast(
              sentence(note.replace(/^Cổng ghi 0 đồng$/, 'Cổng Dịch vụ công ghi 0 đồng, chưa thấy khoản phải nộp')),
            ),
          ),
        ...remarks.slice(0, 1).map(sentence),
      ]),
    ],
  };
}

function paidLines(record: Procedure, paid: ProcedureChannel[], notes: string[]): { lines: string[]; known: boolean } {
  const { channels } = record;
  const amounts = new Set(paid.map(({ feeVnd }) => feeVnd));
  if (amounts.size === 1 && paid.length === channels.length && notes.length <= 1) {
    const note = notes[0] ?? '';
    const amount = money(paid[0]!.feeVnd!);
    return {
      known: true,
      lines: [
        note.includes(amount.replace(' đồng', ''))
          ? lawLast(sentence(note))
          : `${upper(amount)}. ${note ? sentence(note) : ''}`.trim(),
      ],
    };
  }
  const rows = new Map<string, string[]>();
  for (const { kind, feeVnd, feeNote } of channels) {
    const note = plainWords(UNKNOWN_FEE.test(feeNote ?? '') ? '' : (feeNote ?? '')).replace(
      /; ?(diện miễn|có diện được miễn).*$/,
      '',
    );
    const amount = feeVnd === null ? '' : money(feeVnd);
    const says = note.includes(amount) && amount ? note : [amount, note].filter(Boolean).join('; ');
    if (says) rows.set(says, [...(rows.get(says) ?? []), CHANNEL[kind]]);
  }
  const exempt = notes.some((note) => note.includes('diện miễn'))
    ? [sentence('Có diện được miễn; hỏi cán bộ nếu thuộc diện chính sách')]
    : [];
  return {
    known: true,
    lines: [
      ...[...rows].map(([says, kinds]) =>
        stop(labelled(kinds.map((kind, at) => (at ? lowerStart(kind) : kind)).join(', '), says)),
      ),
      ...exempt,
    ],
  };
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
        : [span, span && /^\p{Lu}\p{Ll}/u.test(note) ? note[0]!.toLowerCase() + note.slice(1) : note]
            .filter(Boolean)
            .join('; ');
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
          stop(labelled(kinds.map((kind, at) => (at ? lowerStart(CHANNEL[kind]) : CHANNEL[kind])).join(', '), says)),
        );
  return { known: true, lines: count ? [...lines, count] : lines };
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

const HOME_RULE = /^Làm ở xã nơi thường trú hoặc tạm trú(; nộp ở xã khác.*)?$/;

/** Where to bring it. `whose`: whose home counts, where the law names the person. */
export function placeLines(record: Procedure, whose?: string): string[] {
  const step = record.steps.find((text) => /[Nn]ộp (tại|ở|cho|đến|hồ sơ (tại|ở))/.test(text));
  const about = [
    ...tellingSentences(record, false).filter((text) =>
      /nơi (thường trú|tạm trú|cư trú|mình ở)|xã nào|xã khác|ở xã nơi|đúng cơ quan|tại nơi đã|nơi đang (lưu|quản lý)|[Nn]ộp ở/.test(
        text,
      ),
    ),
    ...tellingSentences(record).filter((text) => /không phụ thuộc nơi|[Ll]àm ở xã|ở nơi cư trú/.test(text)),
  ];
  const rule = about.find((text) => HOME_RULE.test(text));
  const best = rule ?? about[0];
  const first = stop(handler(record));
  const isPolice = record.handledBy === 'commune_police';
  const home =
    whose && isPolice
      ? `Đúng chỗ: công an xã, phường nơi ${whose}.`
      : whose && best === rule
        ? `Đúng chỗ: xã nơi ${whose} thường trú hoặc tạm trú.`
        : null;
  const elsewhere = best === rule && tellingSentences(record).some((text) => /^nộp ở xã khác/.test(text));
  // the record's own sentence says the same and more
  if (!home && best && isOurs(record) && /^nộp ở/i.test(best)) return [sentence(best)];
  return [
    first,
    ...(!isOurs(record) && step ? [sentence(step)] : []),
    ...(home ? [home] : best ? [sentence(best)] : []),
    ...(elsewhere ? ['Nộp ở xã khác cũng được: nơi đó gửi trên mạng đến đúng xã giúp.'] : []),
  ];
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
