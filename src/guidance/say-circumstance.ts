import type { Procedure } from '../procedures/catalogue.ts';
import * as phrase from '../procedures/phrasing.ts';
import type { Circumstance } from './circumstances.ts';
import { ruleFor } from './eligibility-rules.ts';
import { PORTION_WORDS, wordsIn } from './portions.ts';
import { bundle } from './say-documents.ts';
import { byAnother, ruled } from './say-eligibility.ts';
import { lowerFirst, type Said, type Speech } from './speech.ts';

/** What a record holds for somebody far away, busy, unable to write, lacking a paper or a consent. */

const FOR_ANOTHER = ' nguoi khac di lam thay duoc khong ';

export function sayCircumstance(record: Procedure, kind: Circumstance, line: string, speech: Speech): Said {
  switch (kind) {
    case 'away':
    case 'busy':
      return ways(record);
    case 'cannot_write':
      return helped(record, line);
    case 'refuses':
      return consent(record, line);
    case 'young':
      return telling(record, /chưa thành niên|dưới 18|đủ 18|đủ 20|người giám hộ|đại diện/, 'Chưa đủ tuổi thì sao');
    case 'lacks':
      return lacking(record, line, speech);
  }
}

const open = (what: string): Said => ({
  lines: [`${what}, dữ liệu của tôi không ghi. Hỏi cán bộ trước khi đi cho chắc.`],
  known: false,
});

/** Who need not come, and how else it can be handed in. */
function ways(record: Procedure): Said {
  const rule = ruleFor(record.code, FOR_ANOTHER);
  const proxy = rule ? ruled(rule) : byAnother(record);
  const kinds = new Set(record.channels.map(({ kind }) => kind));
  const lines = [
    ...(proxy.known ? [byWhom(proxy.lines)] : []),
    ...(record.online === 'full' || record.online === 'partial' || kinds.has('online')
      ? ['Nộp hồ sơ trên mạng được: Cổng Dịch vụ công quốc gia hoặc VNeID.']
      : []),
    ...(kinds.has('post') ? ['Gửi hồ sơ qua bưu điện được.'] : []),
    ...(phrase.tellingSentences(record).some((text) => /^nộp ở xã khác/.test(text))
      ? ['Nộp ở xã gần chỗ đang ở cũng được: nơi đó gửi đến đúng xã giúp.']
      : []),
  ];
  while (lines.length > 1 && wordsIn(lines.join(' ')) > PORTION_WORDS) lines.pop();
  return lines.length > 0 ? { lines, known: true } : open('Không đến được thì làm cách nào');
}

function byWhom(lines: string[]): string {
  const text = lines.join(' ').replace(/^Được[.,] /, '');
  return /^(Không|Cả hai|Các bên|Hai bên|Người ký)/.test(text) ? text : `Nhờ người khác được: ${lowerFirst(text)}`;
}

function helped(record: Procedure, line: string): Said {
  const rule = ruleFor(record.code, line);
  if (rule) return ruled(rule);
  const step = record.steps
    .flatMap((text) => text.split(/; /))
    .filter((text) => /không biết chữ|ghi hộ|điểm chỉ/.test(text));
  const said = [...step, ...phrase.sentencesAbout(record, /không biết chữ|ghi hộ|điểm chỉ|không ký được/, 1)];
  if (said.length > 0) return { lines: said.slice(0, 1).map(phrase.sentence), known: true };
  return {
    lines: [
      'Cứ đến nơi nộp, nói với cán bộ là cần giúp viết.',
      'Ai được viết hộ, ký hay điểm chỉ thế nào thì dữ liệu của tôi không ghi.',
    ],
    known: false,
  };
}

function consent(record: Procedure, line: string): Said {
  const rule = ruleFor(record.code, line);
  if (rule) return ruled(rule);
  const about = /đồng ý|thống nhất|tự nguyện/;
  const sentences = phrase.sentencesAbout(record, about, 1);
  const papers = record.cases
    .flatMap(({ documents }) => documents)
    .filter(({ name }) => /đồng ý/.test(name))
    .map(({ name }) => name);
  if (papers.length > 0)
    return { lines: [`Giấy tờ cần có: ${lowerFirst(phrase.sentence(papers[0]!))}`, ASK], known: true };
  if (sentences.length > 0) return { lines: [`Dữ liệu của tôi ghi: ${lowerFirst(sentences[0]!)}`, ASK], known: true };
  return open('Có người không đồng ý thì sao');
}
const ASK = 'Không xin được đồng ý thì hỏi cán bộ trước khi đi.';

function telling(record: Procedure, about: RegExp, what: string): Said {
  const said = phrase.sentencesAbout(record, about, 1);
  return said.length > 0 ? { lines: said, known: true } : open(what);
}

/** Papers looked up by the office are no loss; for the rest the record is asked. */
function lacking(record: Procedure, line: string, speech: Speech): Said {
  const rule = ruleFor(record.code, line);
  if (rule) return ruled(rule);
  const { found } = bundle(record, null, speech);
  const isFound = found.some(({ name }) => mentions(line, name));
  if (isFound) return { lines: ['Không sao: giấy đó nơi làm tự tra, không thấy mới hỏi đến.'], known: true };
  return open('Thiếu giấy đó thì thay bằng gì');
}

const mentions = (line: string, name: string): boolean => {
  const words = phrase.plainWords(name).toLowerCase().split(/\s+/).slice(1, 3);
  const folded = words.map((word) =>
    word
      .normalize('NFD')
      .replace(/[\u0300-\u036f]/g, '')
      .replaceAll('đ', 'd'),
  );
  return folded.length === 2 && line.includes(` ${folded.join(' ')} `);
};
