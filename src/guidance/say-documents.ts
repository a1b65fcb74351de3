import type { Procedure, ProcedureDocument } from '../procedures/catalogue.ts';
import * as phrase from '../procedures/phrasing.ts';
import { EVERYBODY } from './cases.ts';
import type { Aspect } from './guidance.ts';
import { press } from './payloads.ts';
import { lacks, lowerFirst, reply, type Said, type Speech } from './speech.ts';

const LINES_PER_MESSAGE = 6;

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
