import type { Procedure } from '../procedures/catalogue.ts';
import { formNames, type Paper } from '../procedures/papers.ts';
import * as phrase from '../procedures/phrasing.ts';
import { type Bundle, bundle, caseTitle, notNeeded, openQuestion } from './say-documents.ts';
import { stripStop } from './say-procedure.ts';
import { lacks, lowerFirst, type Said, type Speech } from './speech.ts';

/** What one citizen has to prepare: the papers of the case told, how each is handed in, the form, what comes next. */
export function checklist(record: Procedure, caseName: string | null, speech: Speech): Said {
  const papers = bundle(record, caseName, speech);
  if (papers.all.length === 0) return { lines: [lacks('documents')], known: false };
  const { always, conditional, chosen } = papers;
  const title = caseTitle(record, chosen, speech);
  const isEmpty = always.length + conditional.length === 0;
  return {
    lines: [
      isEmpty
        ? `Dữ liệu tôi có không ghi giấy nào phải mang theo${title}.`
        : `Danh sách chuẩn bị${title}${always.length > 0 ? '' : ', tùy trường hợp'}:`,
      ...always.map(item),
      ...(always.length > 0 && conditional.length > 0 ? ['Chỉ khi đúng trường hợp:'] : []),
      ...conditional.map(item),
      ...forms(record, papers),
      ...notNeeded(papers),
      `Làm tiếp: ${lowerFirst(stripStop(phrase.handler(record)))}${record.online === 'full' ? ', hoặc làm trọn trên mạng' : ''}.`,
    ],
    known: true,
    ...(!chosen && caseName !== '' && openQuestion(record, speech, 'documents')),
  };
}

/** "Giấy chứng sinh, bản chính"; "Căn cước, để cho xem". */
function item(paper: Paper): string {
  const count = paper.short.toLowerCase().includes(paper.copies) ? '' : paper.copies;
  const more = paper.isShown ? 'để cho xem' : count;
  return `• ${paper.short}${more ? `, ${more}` : ''}`;
}

/** The form by its name, and where it is. */
function forms(record: Procedure, { filledThere }: Bundle): string[] {
  if (filledThere) return [`${filledThere.name}: điền tại chỗ hoặc trên mạng.`];
  const [first] = formNames(record);
  return first && record.portalUrl ? [`Mẫu ${lowerFirst(first)}: xem ở trang chính thức bên dưới.`] : [];
}
