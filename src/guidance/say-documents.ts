import type { Procedure, ProcedureDocument } from '../procedures/catalogue.ts';
import { isForm, type Paper, paper } from '../procedures/papers.ts';
import * as phrase from '../procedures/phrasing.ts';
import { EVERYBODY } from './cases.ts';
import type { Aspect } from './guidance.ts';
import { press } from './payloads.ts';
import { lacks, lowerFirst, reply, type Said, type Speech } from './speech.ts';

const LINES_PER_MESSAGE = 6;

const isProxy = (name: string) => /^(Uỷ quyền|Ủy quyền|Nếu uỷ quyền|Làm qua người đại diện)/.test(name);
const named = (record: Procedure) => record.cases.filter(({ name }) => name !== EVERYBODY);

interface Choice {
  papers: Paper[];
  /** The case whose papers are shown, when it was told. */
  chosen: string | null;
  /** A usual case is shown though nobody told it. */
  isUsual: boolean;
}

/** Papers everybody needs with those of the case told, or of the usual case. */
function choose(record: Procedure, caseName: string | null, speech: Speech): Choice {
  const of = (names: string[]) =>
    record.cases.filter(({ name }) => names.includes(name)).flatMap(({ documents }) => documents);
  const shared = of([EVERYBODY]);
  const cases = named(record);
  const reviewed = speech.caseQuestions.get(record.code)?.usual ?? [];
  const groups =
    reviewed.length > 0
      ? reviewed
      : shared.length === 0 && cases.length > 0
        ? [cases.filter(({ name }) => !isProxy(name)).map(({ name }) => name)].filter((group) => group.length > 0)
        : [];
  const chosen = cases.find(({ name }) => name === caseName);
  const usual = groups.map((group) => group[0]!);
  let special: ProcedureDocument[];
  if (!chosen) special = caseName === '' && shared.length > 0 ? [] : of(usual);
  else if (!groups.some((group) => group.includes(chosen.name))) special = [...of(usual), ...chosen.documents];
  else {
    special = groups.flatMap((group) => (group.includes(chosen.name) ? chosen.documents : of([group[0]!])));
    // a group without the form the others have only adds to the usual one
    const isAddition =
      shared.length === 0 && reviewed.length === 0 && !chosen.documents.some(({ name }) => isForm(name));
    if (isAddition && !usual.includes(chosen.name)) special = [...of(usual), ...special];
  }
  const seen = new Set<string>();
  const papers = [...special, ...shared]
    .map((document) => paper(document, record.code))
    .filter(({ full }) => !seen.has(full) && seen.add(full));
  return { papers, chosen: chosen?.name ?? null, isUsual: !chosen && special.length > 0 };
}

/** The reviewed choice behind a case: the one pressed, or the one the words tell. */
function optionOf(record: Procedure, name: string | null, speech: Speech) {
  const options = speech.caseQuestions.get(record.code)?.options ?? [];
  if (speech.option !== undefined) return options[speech.option];
  const fitting = options.filter((option) => option.case === name);
  const told = fitting.find(({ when }) => when && new RegExp(` (${when}) `).test(speech.asked ?? ''));
  return told ?? (fitting.length === 1 ? fitting[0] : undefined);
}

/** "sinh ở bệnh viện": the title of the choice, else the record's name when it is short. */
function caseTitle(record: Procedure, name: string | null, speech: Speech): string {
  if (!name) return '';
  const isReviewed = speech.caseQuestions.get(record.code)?.options.some((option) => option.case === name);
  const plain = isReviewed
    ? (optionOf(record, name, speech)?.title ?? '')
    : phrase.plainWords(name).replace(/ \([^)]*\)/g, '');
  return plain.split(' ').length >= 3 && [...plain].length <= 60 ? ` (${lowerFirst(plain)})` : '';
}

/** What to bring: short names first; every detail behind a button. */
export function documents(record: Procedure, caseName: string | null, speech: Speech): Said {
  const { papers, chosen, isUsual } = choose(record, caseName, speech);
  if (papers.length === 0) return { lines: [lacks('documents')], known: false };
  const reviewed = speech.caseQuestions.get(record.code);
  const hasScreenForm = papers.some(({ isOnlineOnly }) => isOnlineOnly);
  const forms = papers.filter((entry) => entry.isForm && entry.isNeeded && !entry.isOnlineOnly);
  const isFilledThere = hasScreenForm && forms.length === 1;
  const needed = papers.filter(
    (entry) => entry.isNeeded && !entry.isUsuallyFound && !entry.isOnlineOnly && !(isFilledThere && entry === forms[0]),
  );
  const found = papers.filter((entry) => entry.isUsuallyFound || (!entry.isNeeded && /tra/.test(entry.full)));
  const free = papers.filter((entry) => !entry.isNeeded && !entry.isOnlineOnly && !found.includes(entry));
  const shown = needed.slice(0, LINES_PER_MESSAGE);
  const title = caseTitle(record, chosen, speech);
  const tell = chosen ? optionOf(record, chosen, speech)?.tell : undefined;
  const lines = [
    shown.length > 0 ? `Cần mang theo${title}:` : `Dữ liệu tôi có không ghi giấy nào phải mang theo${title}.`,
    ...shown.map(({ short }) => `• ${short}`),
    ...(needed.length > shown.length ? ['Còn giấy khác nữa: bấm "Xem kỹ từng giấy".'] : []),
    ...(isFilledThere ? ['Tờ khai điền tại chỗ, hoặc điền sẵn trên mạng.'] : []),
    ...(found.length > 0
      ? [
          `Không cần mang ${found.map(({ name }) => lowerFirst(name)).join(', ')}: nơi làm tự tra, không thấy mới hỏi đến.`,
        ]
      : []),
    ...(free.length > 0 ? [stopped(`Không cần nộp ${free.map(({ name }) => lowerFirst(name)).join(', ')}`)] : []),
    ...(tell ? [tell] : isUsual && reviewed?.instead ? [reviewed.instead] : []),
    ...(shown.length === 0 ? ['Hỏi cán bộ trước khi đi cho chắc.'] : []),
  ];
  const caseAt = record.cases.findIndex(({ name }) => name === chosen);
  const hasDetails = papers.some(({ short, full, isOnlineOnly }) => !isOnlineOnly && full !== short);
  return {
    lines,
    known: true,
    buttons: hasDetails ? [reply('Xem kỹ từng giấy', press.more(record.code, caseAt, 0))] : [],
    ...(!chosen && caseName !== '' && openQuestion(record, speech, 'documents')),
  };
}

/** "giấy chứng sinh, căn cước…": the papers in one line, for an overview. */
export function documentsInLine(record: Procedure, caseName: string | null, speech: Speech): string | null {
  const said = documents(record, caseName, speech);
  const names = said.lines.filter((line) => line.startsWith('• ')).map((line) => lowerFirst(line.slice(2)));
  if (!said.known || names.length === 0) return null;
  const count = names.slice(0, 3).join('; ').length > 150 ? 1 : 3;
  const few = names.slice(0, count).join('; ').replace(/: /g, ' – ');
  return stopped(`Mang theo: ${few}${names.length > count ? '; và giấy khác' : ''}`);
}

/** Every paper with all the record tells of it, page by page. */
export function documentDetails(record: Procedure, caseName: string | null, speech: Speech, page: number): Said {
  const { papers, chosen } = choose(record, caseName, speech);
  const rows = papers.filter(({ isOnlineOnly }) => !isOnlineOnly);
  if (rows.length === 0) return { lines: [lacks('documents')], known: false };
  const start = page * LINES_PER_MESSAGE;
  const shown = rows.slice(start, start + LINES_PER_MESSAGE);
  const caseAt = record.cases.findIndex(({ name }) => name === chosen);
  if (shown.length === 0) return { lines: ['Đã hết danh sách giấy tờ.'], known: true };
  return {
    lines: [
      page > 0 ? 'Tiếp theo:' : `Từng giấy${caseTitle(record, chosen, speech)}:`,
      ...shown.map(({ full, isNeeded }) => `• ${isNeeded ? '' : 'Không bắt buộc. '}${full}`),
    ],
    known: true,
    buttons:
      start + LINES_PER_MESSAGE < rows.length ? [reply('Xem tiếp', press.more(record.code, caseAt, page + 1))] : [],
  };
}

const stopped = (text: string) => (text.endsWith('.') ? text : `${text}.`);

/** The question whose answer changes the papers: reviewed, else made of the record's cases. */
export function openQuestion(record: Procedure, speech: Speech, aspect: Aspect): Pick<Said, 'ask'> {
  const reviewed = speech.caseQuestions.get(record.code);
  if (reviewed && reviewed.options.length > 0)
    return {
      ask: {
        text: reviewed.ask,
        buttons: reviewed.options.slice(0, 4).map(({ title }, at) => reply(title, press.case(record.code, at, aspect))),
      },
    };
  const usual = (reviewed?.usual ?? []).map((group) => group[0]);
  const others = named(record).filter(
    ({ name }, at) => !isProxy(name) && !usual.includes(name) && (at > 0 || record.cases[0]!.name === EVERYBODY),
  );
  if (others.length === 0) return {};
  const isLong = others.slice(0, 3).some(({ name }) => [...name].length > 60);
  const few = others.slice(0, isLong ? 2 : 3);
  const titles = few.map(({ name }) => phrase.plainWords(name).replace(/ \([^)]*\)/g, ''));
  const choose = (title: string, at: number) =>
    reply(title, press.group(record.code, record.cases.indexOf(few[at]!), aspect));
  if (titles.every((title) => [...title].length <= 30))
    return { ask: { text: 'Có trường hợp riêng nào dưới đây không?', buttons: titles.map(choose) } };
  if (few.length === 1)
    return {
      ask: {
        text: `Nếu ${lowerFirst(phrase.plainWords(few[0]!.name))} thì cần thêm giấy.`,
        buttons: [choose('Đúng trường hợp này', 0)],
      },
    };
  const letters = ['A', 'B', 'C'];
  return {
    ask: {
      text: `Trường hợp riêng thì chọn:\n${few.map(({ name }, at) => `${letters[at]}. ${phrase.plainWords(name)}`).join('\n')}`,
      buttons: few.map((_, at) => choose(`Trường hợp ${letters[at]}`, at)),
    },
  };
}

/** The case behind a button of `openQuestion`. */
export function caseOfOption(code: string, option: number, speech: Speech): string | null {
  return speech.caseQuestions.get(code)?.options[option]?.case ?? null;
}
