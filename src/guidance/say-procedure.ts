import type { Button, OutgoingMessage } from '../channels/channel.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { Procedure, ProcedureDocument } from '../procedures/catalogue.ts';
import { type Hint, shortName } from '../procedures/hints.ts';
import * as phrase from '../procedures/phrasing.ts';
import { type CaseQuestion, EVERYBODY } from './cases.ts';
import type { Aspect } from './guidance.ts';
import { press } from './payloads.ts';

/** What the words of an answer are made of. */
export interface Speech {
  hints: Map<string, Hint>;
  caseQuestions: Map<string, CaseQuestion>;
  commune: CommuneSettings;
}

/** One fact in words. */
export interface Said {
  lines: string[];
  /** The record holds the fact. */
  known: boolean;
  /** The one question that decides, when it is still open. */
  ask?: { text: string; buttons: Button[] };
  buttons?: Button[];
}

export const HOME = 'https://dichvucong.gov.vn';
const LINES_PER_MESSAGE = 6;

const reply = (title: string, value: string): Button => ({ title, kind: 'reply', value });

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

const LACKS: Partial<Record<Aspect, string>> = {
  documents: 'danh sách giấy tờ',
  fee: 'mức phí',
  time: 'thời hạn',
  online: 'cách nộp trên mạng',
  eligibility: 'điều kiện',
  steps: 'các bước làm',
};
const lacks = (aspect: Aspect) =>
  `Tôi chưa có ${LACKS[aspect] ?? 'thông tin này'} của việc này. Xem trang chính thức bên dưới, hoặc để tôi chuyển cán bộ.`;

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

/** Papers everybody needs, then those of the case; the open question last. */
export function documents(record: Procedure, caseName: string | null, speech: Speech, page: number): Said {
  const shared = record.cases.filter(({ name }) => name === EVERYBODY).flatMap(({ documents: papers }) => papers);
  const named = record.cases.filter(({ name }) => name !== EVERYBODY);
  const chosen =
    named.find(({ name }) => name === caseName) ?? (named.length === 1 && shared.length === 0 ? named[0] : undefined);
  const first = chosen;
  // groups without a common part may belong together: all are shown, each with its name
  const asked = speech.caseQuestions.get(record.code)?.options.map((option) => option.case);
  const grouped =
    !chosen && shared.length === 0
      ? named
          .filter(({ name }) => !asked || asked.includes(name))
          .flatMap((group) => group.documents.map((paper) => ({ ...paper, group: group.name })))
      : [];
  const papers = [...(first?.documents ?? []), ...shared, ...grouped];
  if (papers.length === 0) return { lines: [lacks('documents')], known: false };
  const withGroup = (paper: ProcedureDocument & { group?: string }) => {
    const line = phrase.documentLine(paper);
    if (!paper.group || named.length < 2) return line;
    return { ...line, text: `${clip(phrase.plainWords(paper.group), 60)}: ${lowerFirst(line.text)}` };
  };
  const rows = papers.map(withGroup).filter(({ isOnlineOnly }) => !isOnlineOnly);
  const needed = rows
    .filter(({ isNeeded, isUsuallyFound }) => isNeeded && !isUsuallyFound)
    .map(({ text }) => `• ${text}`);
  const free = rows.filter(({ isNeeded, isUsuallyFound }) => !isNeeded && !isUsuallyFound).map(({ text }) => text);
  const found = rows.filter(({ isUsuallyFound }) => isUsuallyFound);
  const start = page * LINES_PER_MESSAGE;
  const shown = needed.slice(start, start + LINES_PER_MESSAGE);
  const caseAt = first ? record.cases.indexOf(first) : -1;
  const isLast = start + LINES_PER_MESSAGE >= needed.length;
  const bring =
    grouped.length > 0 && named.length > 1 ? 'Giấy tờ theo từng trường hợp' : shown.length > 0 ? 'Cần mang' : 'Giấy tờ';
  const head =
    page > 0 ? 'Tiếp theo:' : first ? `${bring} (${lowerFirst(phrase.plainWords(first.name))}):` : `${bring}:`;
  const lines = [
    head,
    ...shown,
    ...(isLast ? free.map((text) => stopped(`Không cần nộp: ${lowerFirst(text)}`)) : []),
    ...(isLast && found.length > 0
      ? [
          stopped(
            `Thường không cần, nơi làm tự tra (tra không được mới phải đưa): ${found.map((paper) => lowerFirst(paper.name)).join('; ')}`,
          ),
        ]
      : []),
    ...(needed.length === 0 ? ['Ngoài ra dữ liệu tôi có không ghi giấy nào; hỏi cán bộ trước khi đi cho chắc.'] : []),
  ];
  const more = isLast ? [] : [reply('Xem tiếp', press.more(record.code, caseAt, page + 1))];
  return { lines, known: true, buttons: more, ...(!chosen && openQuestion(record, speech, 'documents')) };
}

const stopped = (text: string) => (text.endsWith('.') ? text : `${text}.`);
const lowerFirst = (text: string) => (/^\p{Lu}\p{Lu}/u.test(text) ? text : text[0]!.toLowerCase() + text.slice(1));

/** The question whose answer changes the papers: reviewed, else made of the record's cases. */
export function openQuestion(record: Procedure, speech: Speech, aspect: Aspect): Pick<Said, 'ask'> {
  const reviewed = speech.caseQuestions.get(record.code);
  if (reviewed)
    return {
      ask: {
        text: reviewed.ask,
        buttons: reviewed.options.slice(0, 4).map(({ title }, at) => reply(title, press.case(record.code, at, aspect))),
      },
    };
  const named = record.cases.filter(({ name }) => name !== EVERYBODY);
  if (named.length === 0 || (named.length === 1 && named[0]!.name.startsWith('Uỷ quyền'))) return {};
  const buttons = named
    .slice(0, 4)
    .map((entry) => reply(clip(entry.name), press.more(record.code, record.cases.indexOf(entry), 0)));
  return { ask: { text: 'Giấy tờ còn tùy trường hợp. Trường hợp nào đúng?', buttons } };
}

/** The case behind a button of `openQuestion`. */
export function caseOfOption(code: string, option: number, speech: Speech): string | null {
  return speech.caseQuestions.get(code)?.options[option]?.case ?? null;
}

/** Fits a button, cut at a word. */
export function clip(title: string, length = 35): string {
  const plain = title.replace(/\s*\([^)]*\)/g, '');
  if ([...plain].length <= length) return plain;
  const cut = [...plain].slice(0, length - 1).join('');
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), 12)).replace(/[,;:]$/, '')}…`;
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

export const humanButton = (): Button => reply('Gặp cán bộ', press.human);

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
