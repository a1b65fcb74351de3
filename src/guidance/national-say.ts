import { loadNational, type NationalProcedure } from '../procedures/national.ts';
import { plain } from '../procedures/words.ts';
import type { NationalFinding } from './national.ts';

export interface SaidNational {
  /** Plain text; the first line says whose task it is. */
  text: string;
  choices: { title: string; value: string }[];
  /** A commune office carries it out, as far as the list says. */
  isCommune: boolean;
}

/** Who carries a procedure out, read from the agency's name; the first pattern that fits. Letters without marks. */
const OFFICES: { office: Office; pattern: RegExp; said: string }[] = [
  { office: 'commune_police', pattern: /cong an (cap )?(xa|phuong)/, said: 'công an xã, phường' },
  { office: 'commune_military', pattern: /ban chi huy quan su cap xa/, said: 'ban chỉ huy quân sự xã' },
  {
    office: 'commune',
    pattern: /cap xa\b|(ubnd|uy ban nhan dan) (xa|phuong)|^phong (kinh te|van hoa)|dat dai cap xa/,
    said: 'ủy ban xã, phường',
  },
  { office: 'one_stop', pattern: /trung tam phuc vu hanh chinh cong/, said: 'trung tâm phục vụ hành chính công' },
  {
    office: 'other',
    pattern: /cong an cap tinh|phong canh sat|xuat nhap canh|^cuc canh sat|bo cong an|cuc .*cong an/,
    said: 'công an tỉnh hoặc Bộ Công an',
  },
  { office: 'other', pattern: /^(thue|cuc thue|chi cuc thue|tong cuc thue)/, said: 'cơ quan thuế' },
  { office: 'other', pattern: /hai quan/, said: 'cơ quan hải quan' },
  { office: 'other', pattern: /dang ky dat dai/, said: 'văn phòng đăng ký đất đai' },
  { office: 'other', pattern: /bao hiem xa hoi/, said: 'cơ quan bảo hiểm xã hội' },
  { office: 'other', pattern: /thi hanh an/, said: 'cơ quan thi hành án dân sự' },
  { office: 'other', pattern: /toa an/, said: 'tòa án' },
  { office: 'other', pattern: /ngan hang nha nuoc/, said: 'Ngân hàng Nhà nước' },
  { office: 'other', pattern: /dien luc/, said: 'công ty điện lực' },
  { office: 'other', pattern: /co quan dai dien/, said: 'cơ quan đại diện Việt Nam ở nước ngoài' },
  {
    office: 'other',
    pattern: /quan su|quan khu|quan chung|quoc phong|bo tu lenh|tong cuc|bien phong|tham muu|trung doan/,
    said: 'cơ quan quân đội',
  },
  { office: 'other', pattern: /co so giao duc|^truong /, said: 'nhà trường' },
  {
    office: 'other',
    pattern: /(uy ban nhan dan|ubnd) (cap )?tinh|chu tich uy ban nhan dan cap tinh/,
    said: 'ủy ban tỉnh, thành phố',
  },
];
type Office = 'commune' | 'commune_police' | 'commune_military' | 'one_stop' | 'other';

/** Named one by one when short; a long phrase of law is told by its level. */
function officeOf(agency: string): { office: Office; said: string } {
  const letters = plain(agency);
  const known = OFFICES.find(({ pattern }) => pattern.test(letters));
  if (known) return known;
  const name = agency
    .replace(/\s+/g, ' ')
    .replace(/\s*[-/].*$/, '')
    .replace(/\s*\(.*$/, '')
    .trim();
  if (/^so /.test(letters))
    return {
      office: 'other',
      said: `${sentence(name.replace(/ (các )?(tỉnh|thành phố|tp\.?)( .*|,.*)?$/i, ''))} của tỉnh`,
    };
  if (/tinh/.test(letters) && [...name].length > 45) return { office: 'other', said: 'cơ quan cấp tỉnh' };
  if ([...name].length > 60) return { office: 'other', said: 'cơ quan khác' };
  return { office: 'other', said: name };
}

const sentence = (name: string): string =>
  name.replace(/^Sở (\p{L})/u, (_, first: string) => `Sở ${first.toUpperCase()}`);
const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);
const cut = (text: string, length: number): string =>
  [...text].length <= length
    ? text
    : `${[...text]
        .slice(0, length - 1)
        .join('')
        .replace(/\s+\S*$/, '')}…`;
const date = (iso: string): string => iso.split('-').reverse().join('/');

/** Official names are sometimes all capitals and begin with the word itself. */
function titleOf(name: string): string {
  const text = name.replace(/^thủ tục:? /i, '').trim();
  const isLoud = text === text.toUpperCase();
  return capital(isLoud ? text.toLowerCase() : text);
}

function whose({ agencies, promulgatedBy, kind }: NationalProcedure): { line: string; isCommune: boolean } {
  if (kind === 'internal')
    return { line: 'Đây là việc giữa các cơ quan với nhau, người dân không phải nộp giấy tờ.', isCommune: false };
  const offices = agencies.map(officeOf);
  const others = [...new Set(offices.filter(({ office }) => office !== 'commune').map(({ said }) => said))].slice(0, 2);
  if (offices.some(({ office }) => office === 'commune')) {
    const also = others.length > 0 ? ` Tùy trường hợp có thể do ${others.join(' hoặc ')} làm.` : '';
    return { line: `Việc này xã làm được; tôi chưa có chi tiết giấy tờ.${also}`, isCommune: true };
  }
  if (others.length === 0) {
    const by = promulgatedBy
      .replace(/\s*\(.*$/, '')
      .replace(/^UBND /, 'ủy ban ')
      .replace(/^Bộ (\p{L})/u, (_, first: string) => `Bộ ${first.toUpperCase()}`);
    return {
      line: `Danh mục không ghi nơi làm việc này${by ? `; thủ tục do ${by} ban hành` : ''}.`,
      isCommune: false,
    };
  }
  return { line: `Việc này do ${others.join(' hoặc ')} làm, không phải ủy ban xã.`, isCommune: false };
}

/** Whose task a procedure is, with its official page. Only the entry of the list is known: no papers, no fees. */
export function sayNational(procedure: NationalProcedure): SaidNational {
  const { line, isCommune } = whose(procedure);
  const own = procedure.kind === 'provincial' ? provinceOf(procedure.promulgatedBy) : null;
  const text = [
    line,
    `Tên thủ tục: ${cut(titleOf(procedure.name), 170)}.`.replace('….', '…'),
    ...(own ? [`Thủ tục này của riêng ${own}.`] : []),
    isCommune ? 'Bấm "Gặp cán bộ" để hỏi cần mang gì.' : 'Giấy tờ, lệ phí xem trang dưới, hoặc bấm "Gặp cán bộ".',
    `Mã ${procedure.code} · danh mục ngày ${date(loadNational().asOf)} · ${procedure.url}`,
  ].join('\n');
  return { text: text.normalize('NFC'), choices: [], isCommune };
}

const provinceOf = (promulgatedBy: string): string | null => {
  const found = /(tỉnh|thành phố) (.+)$/i.exec(promulgatedBy);
  return found ? `${found[1]!.toLowerCase()} ${found[2]}` : null;
};

const PREFIX = 'hx:national:';
export const nationalPayload = (code: string): string => `${PREFIX}${code}`;

/** What to say to a finding: the one procedure, or which of several is meant. */
export function sayFinding(finding: NationalFinding): SaidNational {
  const first = finding.matches[0]!.procedure;
  if (finding.isClear || finding.matches.length === 1) return sayNational(first);
  const lines = finding.matches.map(({ procedure }, at) => `${at + 1}. ${cut(titleOf(procedure.name), 110)}`);
  return {
    text: ['Việc nào trong các việc này?', ...lines].join('\n').normalize('NFC'),
    choices: finding.matches.map(({ procedure }, at) => ({
      title: `${at + 1}. ${cut(titleOf(procedure.name), 31)}`,
      value: nationalPayload(procedure.code),
    })),
    isCommune: false,
  };
}

/** The procedure of a pressed button; null for anything we did not offer (buttons are untrusted input). */
export function pressedNational(value: string): NationalProcedure | null {
  if (!value.startsWith(PREFIX) || value.length > 40) return null;
  return loadNational().byCode(value.slice(PREFIX.length)) ?? null;
}
