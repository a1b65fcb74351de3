/** Family names as written; without marks only together with a middle name, for "dang", "do", "le" are words too. */
const SURNAMES = new Set(
  'Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trương Trịnh Đào Đoàn Hà Lương Tống Tạ Châu Thái Quách Kiều Phùng Cao Đàm Triệu Vương Lưu Nông Hứa Giàng Sùng Vàng Thào Mai Lâm Tô Chu Văn Vi Lò Ma Quàng Hầu Lù Tẩn Mùa'.split(
    ' ',
  ),
);
const BARE_SURNAMES = new Set(
  'nguyen tran le pham hoang huynh phan vu vo dang bui ngo duong dinh truong trinh doan'.split(' '),
);
const BARE_MIDDLE = new Set(['van', 'thi']);
const MIDDLE = new Set(['văn', 'thị']);

/** Countries and provinces that begin like a name: a question about a foreign husband needs them. */
const PLACES = new Set(
  'hàn quốc|trung quốc|đài loan|nhật bản|việt nam|việt kiều|hà nội|hà giang|hà nam|hà tĩnh|hà tây|lâm đồng|thái nguyên|thái bình|thái lan|cao bằng|hồ chí|tây ninh|đức quốc'.split(
    '|',
  ),
);
const startsPlace = (words: string[]) => PLACES.has(words.slice(0, 2).join(' ').toLowerCase());

/** Words a name cannot go on with. */
const STOPS = new Set(
  'a ạ ah o u la là gi gì j nao nào ai o ở tai tại sinh muon muốn can cần xin hoi hỏi cho và va voi với so số sdt sđt cccd cmnd nam năm ngay ngày di đi lam làm dang đang da đã se sẽ co có khong không ko k bi bị thi thì ma mà nhung nhưng de để den đến tu từ nay này tren trên trong cua của con em toi tôi minh mình chau cháu hien hiện nha nhà que quê thon thôn xa xã phuong phường duoc được chua chưa moi mới roi rồi bay bây gio giờ nhu như the thế sai doi đổi sang thanh thành dk đk'.split(
    ' ',
  ),
);

const CALLED =
  /(?<![\p{L}])(?:(?:họ (?:và )?tên|ho (?:va )?ten|tên|ten)(?:\s+(?:đầy đủ|tôi|toi|em|mình|minh|con|cháu|chau|bé|be|chồng|chong|vợ|vo|bố|bo|mẹ|me|cha|ông|bà|anh|chị|của\s+\p{L}+|tui)){0,2}(?:\s+(?:là|la)|\s*[:=])|(?:tôi|toi|em|mình|minh|con|cháu|chau|tui|anh|chị|chi|bác|cô|chú)\s+(?:tên|ten)(?:\s+(?:là|la))?)\s+/giu;
const TITLES =
  /(?<![\p{L}])(?:ông|bà|anh|chị|cô|chú|bác|cậu|mợ|thím|dì|dượng|em|cháu|con|bé|chồng|vợ|bố|mẹ|cha|má|ba|cụ|thầy|Ông|Bà|Anh|Chị|Cô|Chú|Bác|Cháu|Con|Bé|Chồng|Vợ|Bố|Mẹ|Cụ|Thầy)\s+/gu;

const WORD = /^\p{L}[\p{L}\p{M}.]*/u;
const isCapital = (word: string) => /^\p{Lu}/u.test(word);

/** Replaces names of persons, as well as they can be told from other words. */
export function hideNames(text: string, hide: (name: string) => string): string {
  const upper = (text.match(/\p{Lu}/gu) ?? []).length;
  const isShouted = upper > (text.match(/\p{Ll}/gu) ?? []).length;
  let result = afterCue(text, CALLED, hide, (word) => !STOPS.has(word.toLowerCase()), 5);
  // "anh Hùng"; where everything is a capital letter they tell nothing
  if (!isShouted)
    result = afterCue(result, TITLES, hide, (word) => isCapital(word) && !STOPS.has(word.toLowerCase()), 4);
  return bySurname(result, hide, isShouted);
}

function afterCue(
  text: string,
  cue: RegExp,
  hide: (name: string) => string,
  goesOn: (word: string) => boolean,
  longest: number,
): string {
  let result = '';
  let at = 0;
  for (const match of text.matchAll(cue)) {
    const start = match.index + match[0].length;
    if (match.index < at) continue;
    const length = nameLength(text.slice(start), goesOn, longest);
    if (length === 0) continue;
    result += text.slice(at, start) + hide(text.slice(start, start + length));
    at = start + length;
  }
  return result + text.slice(at);
}

/** Length in characters of the words at the start that may be a name. */
function nameLength(rest: string, goesOn: (word: string) => boolean, longest: number): number {
  let end = 0;
  for (let count = 0; count < longest; count++) {
    const gap = count === 0 ? '' : (/^[ \t]+/.exec(rest.slice(end))?.[0] ?? null);
    if (gap === null) break;
    if (count === 0 && startsPlace(rest.slice(0, 40).split(/[^\p{L}]+/u))) break;
    const word = WORD.exec(rest.slice(end + gap.length))?.[0].replace(/\.$/, '');
    if (!word || !goesOn(word)) break;
    end += gap.length + word.length;
  }
  return end;
}

function bySurname(text: string, hide: (name: string) => string, isShouted: boolean): string {
  return text.replace(/(?<![\p{L}⟦])\p{L}+(?:[ \t]+\p{L}+)+/gu, (run) => {
    const words = run.split(/[ \t]+/);
    for (let at = 0; at + 1 < words.length; at++) {
      const length = surnameRun(words.slice(at), isShouted);
      if (length === 0) continue;
      const name = words.slice(at, at + length).join(' ');
      const rest = words.slice(at + length).join(' ');
      const head = words.slice(0, at).join(' ');
      return [head, hide(name), rest && bySurname(rest, hide, isShouted)].filter(Boolean).join(' ');
    }
    return run;
  });
}

/** How many of the words are a name that begins with a family name; 0 for none. */
function surnameRun(words: string[], isShouted: boolean): number {
  const [first = '', second = ''] = words;
  const titled = first[0]!.toUpperCase() + first.slice(1).toLowerCase();
  const isMarked = SURNAMES.has(titled) && isCapital(first) && isCapital(second);
  const isLower =
    (BARE_SURNAMES.has(first.toLowerCase()) && BARE_MIDDLE.has(second.toLowerCase())) ||
    (SURNAMES.has(titled) && MIDDLE.has(second.toLowerCase()));
  const isBare = isLower && words.length > 2;
  if ((!isMarked && !isBare) || startsPlace(words)) return 0;
  let length = isBare ? 2 : 1;
  while (length < Math.min(words.length, 4)) {
    const word = words[length]!;
    if (STOPS.has(word.toLowerCase()) || (isMarked && !isShouted && !isCapital(word))) break;
    length++;
  }
  return length > 1 ? length : 0;
}
