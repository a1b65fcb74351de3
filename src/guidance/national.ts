import { loadNational, type NationalMatch, type NationalProcedure } from '../procedures/national.ts';
import { bare, plain, syllable, tokens } from '../procedures/words.ts';
import { type Normalised, normalise } from './normalise.ts';

export type { NationalProcedure } from '../procedures/national.ts';

/** Procedures of the national list that a text names. */
export interface NationalFinding {
  /** Best first, at most three; the first is meant when `isClear`. */
  matches: { procedure: NationalProcedure; score: number }[];
  isClear: boolean;
  /** The code itself was typed. */
  isByCode: boolean;
}

export interface NationalOptions {
  /** True for codes the own catalogue answers; those are left to it. */
  isOurs(code: string): boolean;
  /** The commune's province: other provinces' own procedures come last. */
  province?: string | null;
}

/** Below this nothing was named; see national.test.ts for what it lets through. */
export const NATIONAL_FLOOR = 0.4;

/** How people ask, whatever they ask for: none of it is part of a name. Longer ones first. */
const ASKING =
  / (?:cho (?:toi|em|minh|con|chau|tui) (?:hoi|biet)|cho hoi|xin hoi|muon hoi|cho biet|can (?:nhung )?giay to gi|(?:giay to|ho so) (?:gom|can)|nhu the nao|the nao|lam sao|o dau|cho nao|noi nao|bao lau|bao nhieu|bao gio|thoi han|le phi|dieu kien|huong dan|thu tuc|ho so|giay to|toi|em|minh|tui|chau|chi|anh|ad|muon|can|phai|nhung|cac|gi|nao|dau|phi|tien|lam|nop|xin|mang|theo|thi|co|duoc|khong|voi|a|da|vay|la|va|giup|ai|hoi|ve|gio)(?= )/g;

/** The asking words with their marks: "được" asks, "dược" is medicine. */
const ASKING_MARKED = new Set(
  (
    'tôi em mình tui cháu chị anh muốn cần phải những các gì nào đâu phí tiền làm nộp xin mang theo thì có được không ' +
    'với ạ à dạ vậy là và giúp ai hỏi về giờ cho biết giấy tờ hồ sơ gồm như thế sao ở chỗ nơi bao lâu nhiêu thời hạn lệ ' +
    'điều kiện hướng dẫn thủ tục con'
  )
    .split(' ')
    .map(syllable),
);

/** The words that may be a name's, in the spelling of the list, and how they were marked. */
function content(question: Normalised): { words: string[]; marked: Map<string, string> } {
  const marked = new Map<string, string>();
  const line = question.words.map(({ text, marked: spelled }) => {
    const letters = bare(text);
    if (spelled === letters) return letters;
    marked.set(letters, spelled);
    // a sign at the end keeps it from being taken for an asking word
    return ASKING_MARKED.has(spelled) ? letters : `${letters}'`;
  });
  const words = ` ${line.join(' ')} `.replace(ASKING, ' ').replaceAll("'", '').trim().split(/\s+/);
  return { words: words.filter(Boolean), marked };
}

/** Doing something else with the same thing is another procedure. */
const ACTIONS =
  / (thu hoi|cap lai|cap doi|gia han|sua doi|dieu chinh|cham dut|xoa|huy|huy bo|tieu huy|khoa|mo khoa|tam dung|tam ngung|bo sung|thay doi|dinh chinh|tuoc|dinh chi|giai the|tu choi|chia|tach|sap nhap|hop nhat|doi ten|thanh ly|kiem tra|tham dinh|khieu nai|chuyen nhuong)(?= )/g;

/** 0…1: how well the marks typed and the action named fit a name. */
function fitness(name: string, said: { words: string[]; marked: Map<string, string> }): number {
  const spelled = new Set(tokens(name).map(syllable));
  const letters = new Set(tokens(name).map(bare));
  const shared = said.words.filter((word) => letters.has(word));
  const wrong = shared.filter((word) => said.marked.has(word) && !spelled.has(said.marked.get(word)!));
  const marks = shared.length > 0 ? (1 - wrong.length / shared.length) ** 2 : 1;
  const line = ` ${said.words.join(' ')} `;
  const start = ` ${core(name).split(' ').slice(0, 6).join(' ')} `;
  const isOther = [...start.matchAll(ACTIONS)].some(([action]) => !line.includes(`${action} `));
  // what is special stands last: "chứng chỉ hành nghề dược"
  const isLastMissing = !letters.has(said.words.at(-1)!);
  return marks * (isOther ? 0.7 : 1) * (isLastMissing ? 0.75 : 1);
}

/** 0…1: high when most of what was said is in the name, and a fair part of the name was said. */
const scoreOf = ({ ofName, ofWords }: NationalMatch): number => ofWords ** 1.5 * (1 - (1 - ofName) ** 2);

/** The core of a name: twins at another office ("(thực hiện tại cấp tỉnh)") are one procedure to a citizen. */
const core = (name: string): string =>
  plain(name.replace(/\([^)]*\)/g, ' '))
    .replace(/^ *thu tuc /, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

/**
 * A procedure outside our catalogue that a text names by its code, its official name or a clear part of it.
 * @param question the text as `normalise` reads it, when that is known already
 * @returns null when nothing is named or our own catalogue has it at least as likely
 */
export function findNational(text: string, options: NationalOptions, question?: Normalised): NationalFinding | null {
  const codes = text.match(/(?<![\d.])\d[.,]\d{6}(?!\d)/g);
  if (codes) {
    const known = codes
      .map((code) => loadNational().byCode(code.replace(',', '.')))
      .filter((found) => found !== undefined);
    const others = known.filter(({ code }) => !options.isOurs(code));
    if (others.length > 0) {
      const matches = others.slice(0, 3).map((procedure) => ({ procedure, score: 1 }));
      return { matches, isClear: others.length === 1, isByCode: true };
    }
    if (known.length > 0) return null;
  }
  if (text.length > 1_500) return null;
  const said = content(question ?? normalise(text));
  const words = new Set(said.words);
  if (words.size < 2) return null;
  const ranked = loadNational()
    .search(said.words, 12)
    // two words are a name only when they are nearly the whole of it: "biên lai", "chào bán"
    .filter(({ ofName }) => words.size > 2 || ofName > 0.8)
    .map((match) => {
      const { name, code } = match.procedure;
      const score = weigh(match, options);
      // marks and actions only lower a score: not looked at where it is too low already
      const isOpen = score >= NATIONAL_FLOOR && !options.isOurs(code);
      return { procedure: match.procedure, score: isOpen ? score * fitness(name, said) : score };
    })
    .sort((a, b) => b.score - a.score);
  const ours = ranked.filter(({ procedure }) => options.isOurs(procedure.code));
  const oursBest = ours[0]?.score ?? 0;
  const oursNames = new Set(ours.map(({ procedure }) => core(procedure.name)));
  const others = ranked.filter(
    ({ procedure, score }) =>
      score >= NATIONAL_FLOOR && !options.isOurs(procedure.code) && !oursNames.has(core(procedure.name)),
  );
  const best = others[0];
  if (!best || best.score < oursBest * 1.15) return null;
  // the same name of several provinces is one choice
  const distinct = others.filter(
    (one, at) => others.findIndex((two) => core(two.procedure.name) === core(one.procedure.name)) === at,
  );
  const matches = distinct.filter(({ score }) => score >= best.score * 0.7).slice(0, 3);
  const isClear = matches.length === 1 || matches[1]!.score < best.score * 0.85;
  return { matches, isClear, isByCode: false };
}

function weigh(match: NationalMatch, { province }: NationalOptions): number {
  const score = scoreOf(match);
  const { kind, promulgatedBy } = match.procedure;
  if (kind === 'internal') return match.ofName > 0.8 ? score * 0.8 : 0;
  if (kind !== 'provincial') return score;
  const isOwn = !!province && plain(promulgatedBy).includes(plain(province).replace(/^(tinh|thanh pho) /, ''));
  return isOwn ? score : score * 0.9;
}
