import type { Button, OutgoingMessage } from '../channels/channel.ts';
import type { Procedure } from '../procedures/catalogue.ts';
import { shortName } from '../procedures/hints.ts';
import * as phrase from '../procedures/phrasing.ts';
import type { Aspect } from './guidance.ts';
import { press } from './payloads.ts';
import { documents } from './say-documents.ts';
import { humanButton, lacks, lowerFirst, reply, type Said, type Speech } from './speech.ts';

export const HOME = 'https://dichvucong.gov.vn';

/** The code people are told: the national one where the record holds another province's figures. */
export function toldCode(record: Procedure, speech: Speech): string {
  const national = speech.hints.get(record.code)?.national;
  return national && phrase.isElsewhere(record, speech.commune.province) ? national : record.code;
}

/** "Đăng ký khai sinh · mã 1.001193 · dữ liệu 18/07/2026 · https://…" */
export function sourceLine(record: Procedure, speech: Speech, isFull: boolean): string {
  const told = toldCode(record, speech);
  const code = told === record.code ? `mã ${record.code}` : `mã ${told} (${phrase.provinceOf(record)}: ${record.code})`;
  const link = record.portalUrl ?? HOME;
  if (!isFull) return `Nguồn: ${code} · ${link}`;
  const name = record.name.replace(/^Thủ tục /, '');
  const title = [...name].length <= 120 ? name : shortName(record, speech.hints);
  return `${title[0]!.toUpperCase()}${title.slice(1)} · ${code} · dữ liệu ${phrase.dataDate(record.asOf)} · ${link}`;
}

const elsewhere = (record: Procedure): string =>
  `Số liệu dưới đây là của ${phrase.provinceOf(record)}; tỉnh mình có thể khác, hỏi cán bộ cho chắc.`;

/** One aspect of one procedure, from the record. */
export function sayAspect(record: Procedure, aspect: Aspect, caseName: string | null, speech: Speech): Said {
  if (phrase.isLow(record) && aspect !== 'place' && aspect !== 'overview')
    return { lines: [lacks(aspect)], known: false };
  switch (aspect) {
    case 'documents':
      return documents(record, caseName, speech, 0);
    case 'fee':
      return guarded(record, speech, phrase.feeLines(record));
    case 'time':
      return guarded(record, speech, withDeadline(record, phrase.timeLines(record)));
    case 'place':
      return { lines: place(record, speech), known: true };
    case 'steps':
      return steps(record);
    case 'online':
      return phrase.onlineLines(record);
    case 'eligibility':
      return eligibility(record);
    case 'result':
      return record.result
        ? {
            lines: [
              `Kết quả: ${phrase.plainWords(record.result)}.`.replace(/\.\.$/, '.'),
              ...phrase.sentencesAbout(record, /nhận kết quả|trả kết quả|mức (hưởng|trợ cấp)|đồng\/tháng/, 1),
            ],
            known: true,
          }
        : { lines: ['Dữ liệu tôi có không ghi rõ giấy nhận về.'], known: false };
    case 'form':
      return phrase.formLines(record);
    case 'legal_basis':
      return legalBasis(record);
    case 'validity':
      return validity(record);
    case 'overview':
      return overview(record, caseName, speech);
  }
}

const guarded = (record: Procedure, speech: Speech, said: Said): Said =>
  phrase.isElsewhere(record, speech.commune.province) && said.lines.some((line) => /\d/.test(line))
    ? { ...said, lines: [elsewhere(record), ...said.lines] }
    : said;

const withDeadline = (record: Procedure, said: Said): Said => {
  const deadline = phrase.sentencesAbout(
    record,
    /(trong|quá|sau) (vòng )?\d+ ngày (từ|kể từ)|trước \d+ ngày|trong thời hạn/,
    1,
  );
  return { ...said, lines: [...said.lines, ...deadline.filter((line) => !said.lines.includes(line))] };
};

function place(record: Procedure, speech: Speech): string[] {
  const lines = phrase.placeLines(record);
  const { address } = speech.commune;
  if (record.handledBy === 'commune' && address) lines.splice(1, 0, `Địa chỉ: ${address}.`);
  return lines;
}

function steps(record: Procedure): Said {
  if (record.steps.length === 0) return { lines: [lacks('steps')], known: false };
  return {
    lines: ['Các bước:', ...record.steps.slice(0, 6).map((step) => `• ${phrase.plainWords(step)}`)],
    known: true,
  };
}

function eligibility(record: Procedure): Said {
  if (!record.eligibility) return { lines: ['Dữ liệu tôi có không ghi điều kiện riêng cho việc này.'], known: false };
  const proxy = phrase.sentencesAbout(record, /thay|uỷ quyền|ủy quyền/, 1);
  const base = phrase.sentence(record.eligibility);
  return {
    lines: [`Ai làm được: ${lowerFirst(base)}`, ...proxy.filter((line) => !base.includes(line.slice(0, -1)))],
    known: true,
  };
}

function legalBasis(record: Procedure): Said {
  const fine = phrase.sentencesAbout(record, /phạt|quá hạn/, 1);
  const unknown = fine.some((line) => line.includes('phạt'))
    ? []
    : ['Chuyện phạt, dữ liệu tôi có không ghi; hỏi cán bộ cho chắc.'];
  if (record.legalBasis.length === 0) return { lines: [...fine, ...unknown], known: false };
  return { lines: [...fine, `Quy định ở: ${record.legalBasis.slice(0, 5).join(', ')}.`, ...unknown], known: true };
}

function validity(record: Procedure): Said {
  const lines = phrase.sentencesAbout(record, /giá trị|thời hạn|hết hạn|còn hạn|hiệu lực|có hạn/, 2);
  if (lines.length > 0) return { lines, known: true };
  return {
    lines: [
      'Dữ liệu tôi có không ghi giấy này dùng được bao lâu.',
      'Nơi nhận giấy có thể đòi bản mới; hỏi họ trước cho chắc.',
    ],
    known: false,
  };
}

function overview(record: Procedure, caseName: string | null, speech: Speech): Said {
  if (phrase.isLow(record)) {
    const note =
      record.notes && !/Mới có mã|chi tiết phải nhập/.test(record.notes) ? [phrase.sentence(record.notes)] : [];
    return {
      lines: [
        `${shortName(record, speech.hints)}: ${lowerFirst(phrase.handler(record))}.`,
        ...note,
        'Giấy tờ, phí và thời hạn tôi chưa có; xem trang chính thức bên dưới.',
      ],
      known: false,
    };
  }
  const papers = documents(record, caseName, speech, 0);
  const time = phrase.timeLines(record);
  return {
    lines: [
      ...papers.lines,
      `${stripStop(phrase.handler(record))}.`,
      ...(time.known && time.lines[0]!.length < 90 ? [`Bao lâu có: ${lowerFirst(time.lines[0]!)}`] : []),
    ],
    known: papers.known,
    ...(papers.ask && { ask: papers.ask }),
    ...(papers.buttons && { buttons: papers.buttons }),
  };
}

const stripStop = (text: string) => text.replace(/\.$/, '');

const ASPECT_TITLES: [Aspect, string][] = [
  ['documents', 'Cần giấy tờ gì'],
  ['fee', 'Hỏi lệ phí'],
  ['time', 'Bao lâu có'],
  ['place', 'Nộp ở đâu'],
  ['online', 'Làm trên mạng'],
];

/** Buttons for what was not asked yet. */
export function nextButtons(record: Procedure, told: Aspect[]): Button[] {
  const open = ASPECT_TITLES.filter(
    ([aspect]) =>
      !told.includes(aspect) && !(told.includes('overview') && (aspect === 'documents' || aspect === 'place')),
  );
  return open.slice(0, 3).map(([aspect, title]) => reply(title, press.ask(record.code, aspect)));
}

/** Longer texts become several bubbles, cut between lines. */
export function bubbles(lines: string[], maxLength = 650): string[] {
  const found: string[] = [];
  let current = '';
  for (const line of lines.filter((text) => text.trim() !== '')) {
    if (current && current.length + line.length + 1 > maxLength) {
      found.push(current);
      current = line;
    } else current = current ? `${current}\n${line}` : line;
  }
  if (current) found.push(current);
  return found;
}

/** The whole answer about one procedure: facts in the order asked, at most one question, buttons, source. */
export function sayProcedure(
  record: Procedure,
  aspects: Aspect[],
  caseName: string | null,
  speech: Speech,
  options: { isSourceShown: boolean; opening?: string; extraButtons?: Button[] },
): { messages: OutgoingMessage[]; known: boolean } {
  const said = aspects.slice(0, 3).map((aspect) => sayAspect(record, aspect, caseName, speech));
  const lines = [...(options.opening ? [options.opening] : [])];
  said.forEach(({ lines: more }, at) => {
    for (const line of more) if (!lines.includes(line)) lines.push(line);
    if (at === 0 && !phrase.isOurs(record) && !aspects.includes('place'))
      lines.push(`${stripStop(phrase.handler(record))}.`);
  });
  const ask = said.find((part) => part.ask)?.ask;
  if (ask) lines.push(ask.text);
  const known = said.every((part) => part.known);
  const official: Button[] = record.portalUrl
    ? [{ title: 'Xem trang chính thức', kind: 'url', value: record.portalUrl }]
    : [];
  const others = dedupe([
    ...(ask?.buttons ?? []),
    ...(options.extraButtons ?? []),
    ...said.flatMap((part) => part.buttons ?? []),
    ...(known && !phrase.isLow(record) ? nextButtons(record, aspects) : official),
  ]);
  // a person is always one press away
  const buttons = known ? [...others.slice(0, 4), humanButton()] : [humanButton(), ...others.slice(0, 4)];
  const texts = bubbles(lines).slice(0, 4);
  const source = sourceLine(record, speech, !options.isSourceShown);
  const last = texts.at(-1)!;
  if (last.length + source.length < 700) texts[texts.length - 1] = `${last}\n${source}`;
  else texts.push(source);
  const messages = texts.map((text): OutgoingMessage => ({ text: text.normalize('NFC') }));
  messages.at(-1)!.buttons = buttons;
  return { messages, known };
}

function dedupe(buttons: Button[]): Button[] {
  const seen = new Set<string>();
  return buttons.filter(({ value, title }) => {
    if (seen.has(value) || seen.has(title)) return false;
    seen.add(value).add(title);
    return true;
  });
}
