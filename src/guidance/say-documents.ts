import type { Procedure, ProcedureDocument } from '../procedures/catalogue.ts';
import { isForm, type Paper, paper } from '../procedures/papers.ts';
import * as phrase from '../procedures/phrasing.ts';
import { EVERYBODY } from './cases.ts';
import type { Aspect } from './guidance.ts';
import { press } from './payloads.ts';
import { PORTION_WORDS, type Portion, portion, wordsIn } from './portions.ts';
import { lacks, lowerFirst, reply, type Said, type Speech } from './speech.ts';

const LIST_AT_MOST = 6;

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
export function caseTitle(record: Procedure, name: string | null, speech: Speech): string {
  if (!name) return '';
  const isReviewed = speech.caseQuestions.get(record.code)?.options.some((option) => option.case === name);
  const plain = isReviewed
    ? (optionOf(record, name, speech)?.title ?? '')
    : phrase.plainWords(name).replace(/ \([^)]*\)/g, '');
  return plain.split(' ').length >= 3 && [...plain].length <= 60 ? ` (${lowerFirst(plain)})` : '';
}

export interface Bundle {
  /** To be brought by everybody of this case. */
  always: Paper[];
  /** To be brought only under a condition the record names. */
  conditional: Paper[];
  /** Looked up by the office. */
  found: Paper[];
  /** Named by the record as not to be handed in. */
  free: Paper[];
  /** The form, when it can be filled in at the desk or on the screen. */
  filledThere: Paper | null;
  chosen: string | null;
  isUsual: boolean;
  all: Paper[];
}

/** The papers of a case by what becomes of them. */
export function bundle(record: Procedure, caseName: string | null, speech: Speech): Bundle {
  const { papers, chosen, isUsual } = choose(record, caseName, speech);
  const hasScreenForm = papers.some(({ isOnlineOnly }) => isOnlineOnly);
  const forms = papers.filter((entry) => entry.isForm && entry.isNeeded && !entry.isOnlineOnly);
  const filledThere = hasScreenForm && forms.length === 1 ? forms[0]! : null;
  const needed = papers.filter(
    (entry) => entry.isNeeded && !entry.isUsuallyFound && !entry.isOnlineOnly && entry !== filledThere,
  );
  const found = papers.filter((entry) => entry.isUsuallyFound || (!entry.isNeeded && /tra/.test(entry.full)));
  return {
    always: needed.filter(({ isConditional }) => !isConditional),
    conditional: needed.filter(({ isConditional }) => isConditional),
    found,
    free: papers.filter((entry) => !entry.isNeeded && !entry.isOnlineOnly && !found.includes(entry)),
    filledThere,
    chosen,
    isUsual,
    all: papers,
  };
}

/** "Không cần mang …": what is looked up and what is not asked for. */
export function notNeeded({ found, free }: Bundle): string[] {
  const names = (papers: Paper[]) => papers.map(({ name }) => lowerFirst(name)).join(', ');
  return [
    ...(found.length > 0 ? [`Không cần mang ${names(found)}: nơi làm tự tra trước.`] : []),
    ...(free.length > 0 ? [stopped(`Không cần nộp ${names(free)}`)] : []),
  ];
}

/** A list in one piece when short; a long one by who needs what. */
function listed(title: string, { always, conditional }: Bundle): string[] {
  const items = (papers: Paper[]) => papers.map(({ short }) => `• ${short}`);
  if (always.length + conditional.length <= LIST_AT_MOST || always.length === 0 || conditional.length === 0)
    return [`Cần mang theo${title}:`, ...items([...always, ...conditional])];
  return [`Ai cũng cần mang${title}:`, ...items(always), 'Chỉ khi đúng trường hợp:', ...items(conditional)];
}

/** The record itself says that its papers were not all copied: having none is no fact. */
const isCopiedInPart = ({ notes }: Procedure): boolean => /giấy tờ[^.]*chưa (chép|ghi|có) (hết|đủ)/i.test(notes);

/** What to bring: short names first; every detail behind a button. */
export function documents(record: Procedure, caseName: string | null, speech: Speech): Said {
  const papers = bundle(record, caseName, speech);
  const { all, chosen, isUsual, filledThere } = papers;
  if (all.length === 0) return { lines: [lacks('documents')], known: false };
  const reviewed = speech.caseQuestions.get(record.code);
  const title = caseTitle(record, chosen, speech);
  const tell = chosen ? optionOf(record, chosen, speech)?.tell : undefined;
  const isEmpty = papers.always.length + papers.conditional.length === 0;
  const lines = [
    ...(!isEmpty
      ? listed(title, papers)
      : isCopiedInPart(record)
        ? [`Danh sách giấy tờ phải mang${title} tôi chưa có đủ, xem trang chính thức bên dưới.`]
        : [`Dữ liệu tôi có không ghi giấy nào phải mang theo${title}.`]),
    ...(filledThere ? ['Tờ khai điền tại chỗ hoặc trên mạng.'] : []),
    ...notNeeded(papers),
    ...(isEmpty ? ['Hỏi cán bộ trước khi đi cho chắc.'] : []),
  ];
  const ask = !chosen && caseName !== '' ? openQuestion(record, speech, 'documents').ask : undefined;
  const added = tell ?? (isUsual ? reviewed?.instead : undefined);
  // the question leads to the same: it is told beforehand only where that takes no more than is read at once
  const isAdded = added !== undefined && (!ask || wordsIn(`${lines.join(' ')} ${added} ${ask.text}`) <= PORTION_WORDS);
  if (isAdded) lines.push(added);
  const caseAt = record.cases.findIndex(({ name }) => name === chosen);
  const hasDetails = all.some(({ short, full, isOnlineOnly }) => !isOnlineOnly && full !== short);
  return {
    lines,
    known: true,
    buttons: [
      ...(hasDetails ? [reply('Xem kỹ từng giấy', press.more(record.code, caseAt, 0))] : []),
      ...(chosen ? [reply('Danh sách chuẩn bị', press.next(record.code, 'checklist', caseAt, 0))] : []),
    ],
    ...(ask && { ask }),
  };
}

/** "giấy chứng sinh, căn cước…": the papers in one line, for an overview. */
export function documentsInLine(record: Procedure, caseName: string | null, speech: Speech): string | null {
  const { always, conditional } = bundle(record, caseName, speech);
  const names = [...always, ...conditional].map(({ short }) => lowerFirst(short));
  if (names.length === 0) return null;
  const count = names.slice(0, 3).join('; ').length > 150 ? 1 : 3;
  const few = names.slice(0, count).join('; ').replace(/: /g, ' – ');
  return stopped(`Mang theo: ${few}${names.length > count ? '; và vài giấy nữa' : ''}`);
}

/** Every paper with all the record tells of it, page by page. */
export function documentDetails(record: Procedure, caseName: string | null, speech: Speech, page: number): Said {
  const { papers, chosen } = choose(record, caseName, speech);
  const rows = papers
    .filter(({ isOnlineOnly }) => !isOnlineOnly)
    .map(({ full, isNeeded }) => `• ${isNeeded ? '' : 'Không bắt buộc. '}${full}`);
  if (rows.length === 0) return { lines: [lacks('documents')], known: false };
  const pages: string[][] = [];
  for (let from: number | null = 0; from !== null && pages.length <= page + 1; ) {
    const cut: Portion = portion(rows, from);
    pages.push(cut.lines);
    from = cut.next;
  }
  const shown = pages[page];
  if (!shown) return { lines: ['Đã hết danh sách giấy tờ.'], known: true };
  const caseAt = record.cases.findIndex(({ name }) => name === chosen);
  return {
    lines: [page > 0 ? 'Tiếp theo:' : `Từng giấy${caseTitle(record, chosen, speech)}:`, ...shown],
    known: true,
    buttons: pages.length > page + 1 ? [reply('Xem tiếp', press.more(record.code, caseAt, page + 1))] : [],
  };
}

export const stopped = (text: string) => (text.endsWith('.') ? text : `${text}.`);

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
