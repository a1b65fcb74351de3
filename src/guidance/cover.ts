import { bare, syllable } from '../procedures/words.ts';

/** A word with its marks ("khong", "hoa2" as `syllable` writes them) and without. */
export interface Said {
  marked: string;
  bare: string;
}

/** Words around a matter that do not name it. */
const AROUND_MARKED =
  'thôi vậy thế còn à hả ơ dạ u ư ừ em tôi mình bạn bản tui tụi cháu chậu bác cho chờ hỏi xin ad xã phường ơi làm lắm đang đăng ký kí thủ tục thì thi cần gì giấy tờ mang theo những các cấp nào bao lâu mất mấy máy ngày nhiêu nhiều tiền phí lệ tốn hết được không chưa online qua quá mạng đâu nộp sao như nhà ra muốn đi và với rồi rơi giờ là có phải bố bỏ chị chỉ anh ảnh việc về nhé nhẽ nha nhá nè vì để đê này nay đó do cái mục mức kiểu liền luôn trong xong khi bn ok oke haha hihi hehe dạ thưa vâng alo lẹ nhanh gấp trả lời lại đã cán bộ cô chú nhỉ hở ôi ơn giúp giùm dùm sẽ cũng nữa mới vừa biết hướng dẫn rõ nói hiện bây hôm mai nhiêu rứa mô chừ ni mấy bữa tháng tầm khoảng thử đi coi hả hở thế nào vậy thời gian giải quyết bước nơi chỗ tuần shop admin nghen hen hè dị nhen chớ chuẩn bị cầm đem gồm kèm'.split(
    ' ',
  );
const AROUND = new Set(AROUND_MARKED.map(bare));
const AROUND_SYLLABLES = new Set(AROUND_MARKED.map(syllable));

/** A word that names no matter. Where marks were typed they count: "voi" the elephant is not "với". */
export const isAround = (word: Said, hasMarks: boolean): boolean =>
  AROUND.has(word.bare) && (!hasMarks || AROUND_SYLLABLES.has(word.marked));

/** Which share of the telling words of a question was ever said about a procedure, the rarer the heavier. */
export type Cover = (words: Said[], hasMarks: boolean) => Covered;

/** `strangest`: how rare the rarest telling word is that was never said about it, 0 (none) … 1 (nobody ever said it). */
type Covered = (code: string) => { covered: number; strangest: number };

/** A word with another tone than any heard is perhaps another word. */
const OTHER_TONE = 0.6;

export function createCover(texts: { code: string; words: Said[] }[]): Cover {
  const ids = new Map<string, number>();
  for (const { code } of texts) if (!ids.has(code)) ids.set(code, ids.size);
  // a question asks every word of every candidate: one bit each, not a set of words each
  const bare = createBits(ids.size);
  const marked = createBits(ids.size);
  const frequency = new Map<string, number>();
  for (const { code, words } of texts) {
    const id = ids.get(code)!;
    for (const word of words) {
      bare.add(word.bare, id);
      marked.add(word.marked, id);
    }
    for (const word of new Set(words.map((word) => word.bare))) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  }
  const rarest = Math.log(1 + texts.length / 0.5);
  return (words, hasMarks) => {
    const telling: { bare?: Uint32Array; marked?: Uint32Array; hasNoMarks: boolean; weight: number }[] = [];
    let all = 0;
    for (const word of words) {
      if (isAround(word, hasMarks) || /^\d/.test(word.bare)) continue;
      const weight = Math.log(1 + texts.length / (frequency.get(word.bare) ?? 0.5));
      telling.push({
        bare: bare.of(word.bare),
        marked: marked.of(word.marked),
        hasNoMarks: word.marked === word.bare,
        weight,
      });
      all += weight;
    }
    return (code) => {
      const id = ids.get(code);
      if (all === 0 || id === undefined) return { covered: 0, strangest: 0 };
      let covered = 0;
      let strangest = 0;
      for (const word of telling) {
        if (!isSet(word.bare, id)) {
          if (word.weight > strangest) strangest = word.weight;
          continue;
        }
        covered += word.hasNoMarks || isSet(word.marked, id) ? word.weight : word.weight * OTHER_TONE;
      }
      return { covered: covered / all, strangest: strangest / rarest };
    };
  };
}

const isSet = (bits: Uint32Array | undefined, id: number): boolean =>
  bits !== undefined && (bits[id >>> 5]! & (1 << (id & 31))) !== 0;

/** Which of `count` procedures a word was said about. */
function createBits(count: number) {
  const words = new Map<string, Uint32Array>();
  return {
    add(word: string, id: number): void {
      const bits = words.get(word) ?? new Uint32Array((count + 31) >>> 5);
      words.set(word, bits);
      bits[id >>> 5]! |= 1 << (id & 31);
    },
    of: (word: string): Uint32Array | undefined => words.get(word),
  };
}

/** What is left when the words around the matter are taken away: "thế khai sinh mất bao lâu" is "khai sinh". */
export const matter = (words: { bare: string }[]): string =>
  words.flatMap(({ bare }) => (AROUND.has(bare) ? [] : [bare])).join(' ');
