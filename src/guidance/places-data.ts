import { readFileSync } from 'node:fs';
import { ConfigError } from '../errors.ts';
import { bare, tokens } from '../procedures/words.ts';

/** Where a former commune, or a share of it, went. */
export interface PlaceLink {
  to: Place;
  /** `people`: a part, with every resident. `land`: a part without residents. `area`, `residents`: some of each. */
  part: 'whole' | 'part' | 'people' | 'land' | 'area' | 'residents';
}

/** One administrative unit, of today or from before 01/07/2025. */
export interface Place {
  /** Stable: the official code behind a letter, or the name for districts, which have no code of their own. */
  id: string;
  level: 'province' | 'district' | 'commune';
  /** In words: "xã", "thị trấn", "quận" … */
  type: string;
  name: string;
  isFormer: boolean;
  /** Former commune → district → former province; commune of today → province of today. */
  within: Place | null;
  /** Other spellings and everyday names. */
  others: string[];
  /** Names merged into this one before the reform of 2025. */
  earlier: string[];
  /** Former communes and provinces: what they are today. Districts: empty. */
  now: PlaceLink[];
  /** What it was made of (units of today), or the communes it had (districts). */
  from: Place[];
  /** The type a commune of today had until 2026. */
  formerType: string | null;
}

export interface Places {
  all: Place[];
  byId(id: string): Place | undefined;
  /** Every unit of a name, written as `nameKey` gives it. */
  byName: ReadonlyMap<string, Place[]>;
  /** Names that are common words. */
  falseFriends: ReadonlySet<string>;
  /** Names that are common words even after a type word. */
  everydayWords: ReadonlySet<string>;
  /** Longest name, in words. */
  longest: number;
  /** First words of all names: most positions of a text end here. */
  firstWords: ReadonlySet<string>;
}

export const PLACES_FILE = new URL('./data/places.tsv', import.meta.url);
/** The day of the list, as told to citizens. */
export const PLACES_AS_OF = '25/09/2026';

const TYPES: Record<string, string> = {
  t: 'tỉnh',
  tp: 'thành phố',
  q: 'quận',
  h: 'huyện',
  tx: 'thị xã',
  x: 'xã',
  p: 'phường',
  tt: 'thị trấn',
  đk: 'đặc khu',
  kv: 'khu vực',
};
const PARTS: Record<string, PlaceLink['part']> = {
  '*': 'part',
  '+': 'people',
  '-': 'land',
  '%': 'area',
  $: 'residents',
};

/** "Phan Rang-Tháp Chàm" → "phan rang thap cham"; marks and i/y at the end of a word do not count. */
export const nameKey = (name: string): string => tokens(name).map(bare).join(' ');

/** As `nameKey` for a whole file at once, blanks and signs kept: fourteen thousand calls would take a third of a second. */
const fold = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('đ', 'd')
    .replace(/\b(qu|[bcdghklmnprstvx]{0,2})y\b/g, '$1i');

let shipped: Places | null = null;

/** The shipped list, read once, on first need. @throws {ConfigError} naming the faulty line */
export function loadPlaces(): Places {
  if (shipped) return shipped;
  let text: string;
  try {
    text = readFileSync(PLACES_FILE, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${PLACES_FILE.pathname} cannot be read`, { cause });
  }
  shipped = parsePlaces(text);
  return shipped;
}

const NONE: never[] = [];
const list = (column: string | undefined): string[] => (column ? column.split(',') : NONE);

/** One shape for all units: fourteen thousand objects are made at once while a citizen waits. */
function unit(id: string, level: Place['level'], type: string, name: string, within: Place | null): Place {
  const isFormer = !id.startsWith('n') && !id.startsWith('p');
  return { id, level, type, name, isFormer, within, others: NONE, earlier: NONE, now: [], from: [], formerType: null };
}

/** @throws {ConfigError} naming the faulty line */
export function parsePlaces(text: string): Places {
  const byId = new Map<string, Place>();
  const falseFriends = new Set<string>();
  const everydayWords = new Set<string>();
  const names = new NameIndex();
  const folded = fold(text).split('\n');
  let province: Place | null = null;
  let formerProvince: Place | null = null;
  let district: Place | null = null;
  text.split('\n').forEach((line, at) => {
    if (line === '' || line.startsWith('#')) return;
    const fault = (why: string) => new ConfigError(`places.tsv, line ${at + 1}: ${why}`);
    const column = line.split('\t');
    const key = folded[at]!.split('\t');
    const kind = column[0];
    const first = column[1] ?? '';
    if (kind === 'F') {
      for (const name of list(key[1])) falseFriends.add(name);
      return;
    }
    if (kind === 'W') {
      for (const name of list(key[1])) everydayWords.add(name);
      return;
    }
    const type = TYPES[(kind === 'D' ? first : column[2]) ?? ''];
    const name = column[kind === 'D' ? 2 : 3];
    if (!type || !name) throw fault('an unknown type, or no name');
    let place: Place;
    let others: number;
    if (kind === 'U') {
      const targets = column[4] ?? '';
      place = unit(first ? `o${first}` : `ox${targets}`, 'commune', type, name, district);
      if (!district) throw fault('a commune before its district');
      district.from.push(place);
      for (const target of targets.split(',')) {
        const code = target.slice(0, 5);
        const to = byId.get(`n${code}`);
        const part = target === code ? 'whole' : PARTS[target.slice(5)];
        if (!to || !part) throw fault(`unknown commune of today "${target}"`);
        place.now.push({ to, part });
        to.from.push(place);
      }
      others = 5;
    } else if (kind === 'C') {
      if (!province) throw fault('a commune before its province');
      place = unit(`n${first}`, 'commune', type, name, province);
      place.formerType = column[4] ? (TYPES[column[4]] ?? null) : null;
      others = 9;
    } else if (kind === 'D') {
      if (!formerProvince) throw fault('a district before its province');
      const id = `d${formerProvince.id.slice(1)}.${first}.${key[2]!.replaceAll(' ', '-')}`;
      place = district = unit(id, 'district', type, name, formerProvince);
      others = 3;
    } else if (kind === 'P') {
      place = province = unit(`p${first}`, 'province', type, name, null);
      others = 4;
    } else if (kind === 'Q') {
      place = formerProvince = unit(`q${first}`, 'province', type, name, null);
      const to = byId.get(`p${column[4]}`);
      if (!to) throw fault(`unknown province of today "${column[4]}"`);
      place.now.push({ to, part: 'whole' });
      to.from.push(place);
      district = null;
      others = 5;
    } else throw fault(`unknown kind of line "${kind}"`);
    if (byId.has(place.id)) throw fault(`${place.id} is listed twice`);
    byId.set(place.id, place);
    names.add(key[kind === 'D' ? 2 : 3]!, place);
    if (column[6]) {
      place.earlier = list(column[6]);
      for (const earlier of list(key[6])) names.add(earlier, place);
    }
    if (column[others]) {
      place.others = list(column[others]);
      for (const other of list(key[others])) names.add(other, place);
    }
  });
  return {
    all: [...byId.values()],
    byId: (id) => byId.get(id),
    byName: names.places,
    falseFriends,
    everydayWords,
    longest: names.longest,
    firstWords: names.firstWords,
  };
}

class NameIndex {
  readonly places = new Map<string, Place[]>();
  readonly firstWords = new Set<string>();
  longest = 1;

  /** @param name folded, signs still in it */
  add(name: string, place: Place): void {
    if (!/[^a-z0-9 ]/.test(name)) this.put(name, place);
    else {
      this.put(nameKey(name), place);
      // "Ea H'Leo" is also typed "Ea Hleo"
      if (name.includes("'")) this.put(nameKey(name.replace(/' ?/g, '')), place);
    }
  }

  private put(key: string, place: Place): void {
    const known = this.places.get(key);
    if (known) {
      if (!known.includes(place)) known.push(place);
      return;
    }
    this.places.set(key, [place]);
    const words = key.split(' ');
    this.longest = Math.max(this.longest, words.length);
    this.firstWords.add(words[0]!);
  }
}

/** "xã Cốc San". */
export const placeName = (place: Place): string =>
  place.type === 'khu vực' ? place.name : `${place.type} ${place.name}`;

/** The unit and everything it lay in, for former communes also what their part of the country is called today. */
export function surroundings(place: Place): Place[] {
  const found: Place[] = [];
  for (let at = place.within; at; at = at.within) {
    found.push(at);
    if (at.level === 'province' && at.isFormer) found.push(at.now[0]!.to);
    else if (at.level === 'province') found.push(...at.from);
  }
  return found;
}
