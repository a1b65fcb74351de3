import type { Procedure } from '../procedures/catalogue.ts';
import { shortName } from '../procedures/hints.ts';
import { loadNational } from '../procedures/national.ts';
import { formLines } from '../procedures/papers.ts';
import * as phrase from '../procedures/phrasing.ts';
import { laws } from '../procedures/wording.ts';
import { agesTold, eligibilityRules, ruleFor } from './eligibility-rules.ts';
import type { Aspect } from './guidance.ts';
import { asksBenefit, benefit } from './say-benefit.ts';
import { documents, documentsInLine } from './say-documents.ts';
import { asksYesOrNo, eligibility, ruled } from './say-eligibility.ts';
import { exemption } from './say-exemption.ts';
import { steps } from './say-steps.ts';
import { lacks, lowerFirst, type Said, type Speech } from './speech.ts';

export const HOME = 'https://dichvucong.gov.vn';

/** The code people are told: the national one where the record holds another province's figures. */
export function toldCode(record: Procedure, speech: Speech): string {
  const national = speech.hints.get(record.code)?.national;
  return national && phrase.isElsewhere(record, speech.commune.province) ? national : record.code;
}

/** Its official page: of the national procedure where the record's own code is another province's. */
export function officialPage(record: Procedure, speech: Speech): string | null {
  const told = toldCode(record, speech);
  const national = told === record.code ? undefined : loadNational().byCode(told)?.url;
  return national ?? record.portalUrl;
}

/** "Đăng ký khai sinh · mã 1.001193 · dữ liệu 18/07/2026 · https://…" */
export function sourceLine(record: Procedure, speech: Speech, isFull: boolean): string {
  const told = toldCode(record, speech);
  const isOther = told !== record.code;
  const link = officialPage(record, speech) ?? HOME;
  const code = `mã ${told}`;
  if (!isFull) return `Nguồn: ${code} · ${link}`;
  const name = record.name.replace(/^Thủ tục /, '');
  const title = [...name].length <= 60 ? name : shortName(record, speech.hints);
  return `${title[0]!.toUpperCase()}${title.slice(1)} · ${code} · dữ liệu ${isOther ? `${phrase.provinceOf(record)} ` : ''}${phrase.dataDate(record.asOf)} · ${link}`;
}

const elsewhere = (record: Procedure): string =>
  `Số liệu dưới đây là của ${phrase.provinceOf(record)}; tỉnh mình có thể khác, hỏi cán bộ cho chắc.`;

/** Facts a rule may stand for, when the words ask for the rule. */
const ANY = new Set<Aspect>(['eligibility', 'time', 'place', 'overview', 'validity', 'documents', 'steps', 'fee']);

/** One aspect of one procedure, from the record. */
export function sayAspect(record: Procedure, aspect: Aspect, caseName: string | null, speech: Speech): Said {
  const asked = speech.asked ?? ' ';
  const rule = ruleFor(record.code, asked);
  if (rule && (rule.anyAspect ? ANY.has(aspect) : phrase.isLow(record) && aspect === 'eligibility')) return ruled(rule);
  const isAged = aspect === 'eligibility' && agesTold(asked, Number(record.asOf.slice(0, 4))).length > 0;
  if (phrase.isLow(record) && isAged && eligibilityRules().get(record.code)?.ages.length)
    return eligibility(record, asked);
  const free = aspect === 'fee' ? exemption(record, asked) : null;
  if (free) return guarded(record, speech, free);
  if (phrase.isLow(record) && aspect !== 'place' && aspect !== 'overview') return thin(record, aspect);
  if (['fee', 'result', 'eligibility', 'overview'].includes(aspect) && asksBenefit(record, asked))
    return benefit(record);
  switch (aspect) {
    case 'documents':
      return documents(record, caseName, speech);
    case 'fee':
      return guarded(record, speech, phrase.feeLines(record));
    case 'time':
      return guarded(record, speech, withDeadline(record, phrase.timeLines(record)));
    case 'place':
      return place(record, speech, asked);
    case 'steps':
      return steps(record, speech);
    case 'online':
      return online(record);
    case 'eligibility':
      return eligibility(record, asked);
    case 'result':
      return result(record);
    case 'form':
      return formLines(record);
    case 'legal_basis':
      return legalBasis(record, asked);
    case 'validity':
      return validity(record);
    case 'overview':
      return overview(record, caseName, speech);
  }
}

/** The record has hardly more than a name: who handles it is known even so. */
const thin = (record: Procedure, aspect: Aspect): Said => ({
  lines: [lacks(aspect), `${stripStop(phrase.handler(record))}.`],
  known: false,
});

function result(record: Procedure): Said {
  if (!record.result) return { lines: ['Dữ liệu tôi có không ghi rõ giấy nhận về.'], known: false };
  return {
    lines: [
      `Nhận về: ${lowerFirst(phrase.sentence(record.result)).replace(/: /g, ' – ')}`,
      ...phrase.sentencesAbout(record, /nhận kết quả|trả kết quả|mức (hưởng|trợ cấp)|đồng\/tháng/, 1),
    ],
    known: true,
  };
}

/** The code that has taken its place in some provinces. */
function successor(record: Procedure): string[] {
  const found = /(?:thay thế|bị thay)[^.]*?bằng \d\.\d{6}|(?:thay thế|bị thay)[^.]*?\d\.\d{6}/.exec(record.notes)?.[0];
  const code = found && /\d\.\d{6}/.exec(found)?.[0];
  if (!code) return [];
  const where = /Ở? ?(Hải Phòng)[^.]*?từ (\d{2}\/\d{4})|ở (Hải Phòng) từ (\d{2}\/\d{4})/.exec(record.notes);
  const place = where?.[1] ?? where?.[3];
  const since = where?.[2] ?? /từ (\d{2}\/\d{4})/.exec(record.notes)?.[1];
  return [
    `Có nơi đã đổi sang thủ tục mới, mã ${code}${place ? ` (${place}${since ? `, từ tháng ${Number(since.slice(0, 2))} năm ${since.slice(3)}` : ''})` : ''}, làm trên mạng cùng lúc nhiều việc; hỏi xã mình theo bản nào.`,
  ];
}

function online(record: Procedure): Said {
  const newer = successor(record);
  if (newer.length > 0 && record.online === 'none')
    return { lines: [...newer, 'Bản cũ chỉ ghi nộp trực tiếp.'], known: true };
  return phrase.onlineLines(record);
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

const ELSEWHERE =
  / ((xa|noi|tinh|huyen|cho|phuong|thanh pho) khac|o dau cung|noi tam tru|cho tam tru|o tro|que|ngoai tinh|trai) /;

function place(record: Procedure, speech: Speech, asked: string): Said {
  const lines = phrase.placeLines(record, speech.hints.get(record.code)?.whose);
  if (record.handledBy === 'commune' && speech.commune.address)
    lines.splice(1, 0, `Địa chỉ: ${speech.commune.address}.`);
  if (asksYesOrNo(asked) && ELSEWHERE.test(asked)) {
    const told = lines.join(' ');
    if (/không phụ thuộc nơi/.test(told)) return { lines: ['Được, ở đâu cũng làm được.', ...lines], known: true };
    if (/Nộp ở xã khác cũng được/.test(told)) return { lines: ['Được.', ...lines.slice(1)], known: true };
    if (/đúng cơ quan|tại nơi đã|nơi đang/i.test(told))
      return { lines: ['Không, phải đúng nơi.', ...lines], known: true };
  }
  if (AT_HOME.test(asked) && !/lưu động|tại nhà|tận nhà/i.test(lines.join(' ')))
    return {
      lines: ['Có đến tận nhà làm không, dữ liệu của tôi không ghi: gọi hỏi trước nơi làm dưới đây.', ...lines],
      known: false,
    };
  return { lines, known: true };
}

/** The office is to come, for who cannot leave the house. */
const AT_HOME = / (den|toi|ve|qua)( tan)? nha( [a-z]+){0,5} (khong|duoc|giup) /;

function legalBasis(record: Procedure, asked: string): Said {
  const fine = phrase.sentencesAbout(record, /phạt/, 1);
  const isFine = / (phat|co sao|bi gi) /.test(asked);
  const named = laws(record.legalBasis).slice(0, 4);
  const law = named.length > 0 ? [`Quy định ở: ${named.join(', ')}.`] : [];
  if (!isFine && fine.length === 0)
    return { lines: law.length > 0 ? law : [lacks('legal_basis')], known: law.length > 0 };
  if (fine.length > 0) return { lines: [...fine, ...law], known: true };
  const late = eligibility(record, asked);
  const pays = phrase.feeLines(record);
  return {
    lines: [
      'Có bị phạt hay không, dữ liệu của tôi không ghi.',
      ...(late.known ? late.lines.slice(0, 2).map((text) => text.replace(/^Được\. /, '')) : []),
      ...(late.lines.length < 2 && pays.known ? pays.lines.slice(0, 2) : []),
      ...(law.length > 0 ? [`(${law[0]!.replace(/\.$/, '')})`] : []),
    ],
    known: false,
  };
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
    const note = phrase.tellingSentences(record).slice(0, 1).map(phrase.sentence);
    return {
      lines: [
        ...(phrase.isOurs(record)
          ? [`${shortName(record, speech.hints)}: ${lowerFirst(phrase.handler(record))}.`]
          : []),
        ...note,
        'Giấy tờ, phí và thời hạn tôi chưa có; xem trang chính thức bên dưới.',
      ],
      known: false,
    };
  }
  const papers = documents(record, caseName, speech);
  const inLine = documentsInLine(record, caseName, speech);
  const time = phrase.timeLines(record);
  const fee = phrase.feeLines(record);
  const short = (text: string | undefined) => (text !== undefined && text.length < 110 ? text : undefined);
  const [days, cost] = [short(time.lines[0]), short(fee.lines[0])];
  return {
    lines: [
      ...successor(record),
      ...(inLine ? [inLine] : papers.lines),
      `${stripStop(phrase.handler(record))}.`,
      ...(time.known && days ? [`Bao lâu có: ${lowerFirst(days).replace(/: /g, ' ')}`] : []),
      ...(fee.known && cost
        ? [
            `Lệ phí: ${lowerFirst(cost)
              .replace(/^miễn lệ phí/, 'được miễn')
              .replace(/: /g, ' ')}`,
          ]
        : []),
    ],
    known: papers.known,
    ...(papers.ask && speech.caseQuestions.has(record.code) && { ask: papers.ask }),
    ...(papers.buttons && { buttons: papers.buttons }),
  };
}

export const stripStop = (text: string) => text.replace(/\.$/, '');
