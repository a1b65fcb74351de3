import { readFileSync } from 'node:fs';
import { ConfigError } from '../errors.ts';

/** A procedure of the national portal of which we know only the entry in the public list. */
export interface NationalProcedure {
  code: string;
  /** The official name, unchanged. */
  name: string;
  /** `provincial`: of one province only. `internal`: between offices, nobody files it from outside. */
  kind: 'national' | 'provincial' | 'internal';
  promulgatedBy: string;
  /** Who carries it out, as listed; may be empty. */
  agencies: string[];
  fields: string[];
  /** The official page. */
  url: string;
}

export interface NationalMatch {
  procedure: NationalProcedure;
  /** Share of the name's rarer words and word pairs that were said, 0…1. */
  ofName: number;
  /** Share of what was said that the name holds, 0…1. */
  ofWords: number;
}

export interface NationalList {
  size: number;
  /** The day of the list, "2026-07-18". */
  asOf: string;
  byCode(code: string): NationalProcedure | undefined;
  /** Names sharing most with words written as `bare` (procedures/words.ts) gives them; best first. */
  search(words: string[], limit?: number): NationalMatch[];
}

export const NATIONAL_FILE = new URL('./data/national-list.tsv', import.meta.url);
const PAGE = 'https://dichvucong.gov.vn/thu-tuc-hanh-chinh/';
const KINDS: Record<string, NationalProcedure['kind']> = { '': 'national', s: 'provincial', i: 'internal' };

let shipped: NationalList | null = null;

/** The shipped list, read once, on first need. @throws {ConfigError} naming the faulty line */
export function loadNational(): NationalList {
  if (shipped) return shipped;
  let text: string;
  try {
    text = readFileSync(NATIONAL_FILE, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${NATIONAL_FILE.pathname} cannot be read`, { cause });
  }
  shipped = parseNational(text);
  return shipped;
}

/** As `bare`, for a whole file at once: word by word it would take half a second. */
const fold = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('đ', 'd')
    .replace(/\b(qu|[bcdghklmnprstvx]{0,2})y\b/g, '$1i');

/** @throws {ConfigError} naming the faulty line */
export function parseNational(text: string): NationalList {
  const bodies: string[] = [];
  const agencies: string[] = [];
  const fields: string[] = [];
  const rows: string[] = [];
  const codes = new Map<string, number>();
  let asOf = '';
  let at = 0;
  for (const line of text.split('\n')) {
    at++;
    const tab = line.indexOf('\t');
    const first = tab < 0 ? line : line.slice(0, tab);
    if (line.startsWith('# as-of')) asOf = line.slice(7).trim();
    if (line === '' || line.startsWith('#')) continue;
    if (first === 'B') bodies.push(line.slice(2));
    else if (first === 'A') agencies.push(line.slice(2));
    else if (first === 'L') fields.push(line.slice(2));
    else {
      if (!/^\d\.\d{6,9}$/.test(first)) throw new ConfigError(`national-list.tsv, line ${at}: "${first}" is no code`);
      if (codes.has(first)) throw new ConfigError(`national-list.tsv, line ${at}: ${first} is listed twice`);
      codes.set(first, rows.length);
      rows.push(line);
    }
  }
  // rows stay text until they are told: five thousand objects nobody asks for would only cost
  const read = (row: number): NationalProcedure => {
    const [code, kind, body, agency, field, portalId, name] = rows[row]!.split('\t') as [string, ...string[]];
    const named = (column: string | undefined, names: string[]) =>
      column ? column.split(',').map((id) => names[Number.parseInt(id, 36)] ?? '') : [];
    return {
      ...{
        code,
        name: name ?? '',
        kind: KINDS[kind ?? ''] ?? ('national' as const),
        promulgatedBy: bodies[Number(body)] ?? '',
      },
      ...{ agencies: named(agency, agencies), fields: named(field, fields), url: `${PAGE}${portalId}` },
    };
  };
  const names = rows.map((row) => row.slice(row.lastIndexOf('\t') + 1));
  const search = createNameSearch(fold(names.join('\n')).split('\n'));
  return {
    size: rows.length,
    asOf,
    byCode: (code) => {
      const row = codes.get(code);
      return row === undefined ? undefined : read(row);
    },
    search: (words, limit = 3) => search(words, limit).map(({ row, ...match }) => ({ procedure: read(row), ...match })),
  };
}

/** Words of the names as numbers; a pair of neighbours counts as much as both. */
function createNameSearch(names: string[]) {
  const ids = new Map<string, number>();
  const frequency: number[] = [];
  const texts: Uint16Array[] = [];
  const lists: number[][] = [];
  const mains: Uint8Array = new Uint8Array(names.length);
  names.forEach((name, row) => {
    const words = (name.match(/[a-z0-9]+/g) ?? []).slice(0, 90);
    mains[row] = mainWords(name, words.length);
    const text = new Uint16Array(words.length);
    words.forEach((word, at) => {
      let id = ids.get(word);
      if (id === undefined) {
        id = ids.size;
        ids.set(word, id);
        lists.push([]);
        frequency.push(0);
      }
      text[at] = id;
      const list = lists[id]!;
      if (list.at(-1) !== row) {
        list.push(row);
        frequency[id]!++;
      }
    });
    texts.push(text);
  });
  const postings = lists.map((list) => Uint16Array.from(list));
  const rarity = frequency.map((count) => Math.log(1 + names.length / count));
  const unknown = Math.log(1 + names.length);
  const totals = texts.map((text) => sumOf(text, rarity));
  const scores = new Float32Array(names.length);
  const touched = new Uint16Array(names.length);
  const closeness = (row: number, said: ReturnType<typeof grams>) => {
    const whole = overlap(texts[row]!, said, rarity);
    if (mains[row] === 0) return whole;
    const main = overlap(texts[row]!.subarray(0, mains[row]), said, rarity);
    return { ofName: Math.max(whole.ofName, main.ofName * 0.9), ofWords: whole.ofWords };
  };

  return (words: string[], limit: number): { row: number; ofName: number; ofWords: number }[] => {
    const said = words.slice(0, 60).map((word) => ids.get(word) ?? -1);
    const distinct = [...new Set(said)].filter((id) => id >= 0);
    let touchedCount = 0;
    for (const id of distinct) {
      const weight = rarity[id]!;
      const list = postings[id]!;
      for (let at = 0; at < list.length; at++) {
        const row = list[at]!;
        if (scores[row] === 0) touched[touchedCount++] = row;
        scores[row] = scores[row]! + weight;
      }
    }
    const whole = said.reduce((sum, id) => sum + (id < 0 ? unknown : rarity[id]!), 0) || 1;
    // by the shares of both sides, then the best looked at closely
    const best = new TopRows(20);
    for (let at = 0; at < touchedCount; at++) {
      const row = touched[at]!;
      best.offer(row, scores[row]! ** 2 / (totals[row]! * 0.5 + whole));
      scores[row] = 0;
    }
    const heard = grams(said, rarity, unknown);
    return best.rows
      .map((row) => ({ row, ...closeness(row, heard) }))
      .sort((a, b) => b.ofName * b.ofWords - a.ofName * a.ofWords || a.row - b.row)
      .slice(0, limit);
  };
}

/** How many words stand before "(…)", "đối với …", "trong trường hợp …": nobody says those. 0: all count. */
function mainWords(name: string, all: number): number {
  const cut = / ?[(;]| doi voi | trong truong hop | theo quy dinh | bao gom /.exec(name);
  if (!cut) return 0;
  const count = (name.slice(0, cut.index).match(/[a-z0-9]+/g) ?? []).length;
  return count >= 5 && count < all ? Math.min(count, 90) : 0;
}

const sumOf = (text: Uint16Array, rarity: number[]): number =>
  [...new Set(text)].reduce((sum, id) => sum + rarity[id]!, 0);

/** The best few of thousands, without an object for each. */
class TopRows {
  readonly rows: number[] = [];
  private readonly scores: number[] = [];
  private readonly count: number;

  constructor(count: number) {
    this.count = count;
  }

  offer(row: number, score: number): void {
    if (this.rows.length === this.count && score <= this.scores[this.count - 1]!) return;
    let at = Math.min(this.rows.length, this.count - 1);
    while (at > 0 && this.scores[at - 1]! < score) {
      this.scores[at] = this.scores[at - 1]!;
      this.rows[at] = this.rows[at - 1]!;
      at--;
    }
    this.scores[at] = score;
    this.rows[at] = row;
  }
}

/** Words and pairs of neighbours with their weights. A word no name has (-1) is one of its own. */
function grams(
  ids: ArrayLike<number>,
  rarity: number[],
  unknown: number,
): { weights: Map<number, number>; sum: number } {
  const weights = new Map<number, number>();
  const weigh = (id: number) => (id < 0 ? unknown : rarity[id]!);
  for (let at = 0; at < ids.length; at++) {
    const [id, next] = [ids[at]!, ids[at + 1]];
    weights.set(id < 0 ? -2 * at - 1 : id, weigh(id));
    if (next === undefined) continue;
    const key = id < 0 || next < 0 ? -2 * at - 2 : (id + 1) * 65_536 + next;
    weights.set(key, (weigh(id) + weigh(next)) / 2);
  }
  let sum = 0;
  for (const weight of weights.values()) sum += weight;
  return { weights, sum: sum || 1 };
}

/** How much of a name was said, and how much of what was said is in it; words and pairs of neighbours alike. */
function overlap(
  name: Uint16Array,
  said: ReturnType<typeof grams>,
  rarity: number[],
): { ofName: number; ofWords: number } {
  const own = grams(name, rarity, 0);
  let shared = 0;
  for (const [key, weight] of own.weights) if (said.weights.has(key)) shared += weight;
  return { ofName: shared / own.sum, ofWords: shared / said.sum };
}
