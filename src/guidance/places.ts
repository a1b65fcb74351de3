import type { CommuneSettings } from '../communes/communes.ts';
import { plain } from '../procedures/words.ts';
import { lineOf, normalise } from './normalise.ts';
import { loadPlaces, nameKey, type Place, type PlaceLink, surroundings } from './places-data.ts';
import { type FoundPlace, findPlaces } from './places-find.ts';

export type { Place } from './places-data.ts';
export { type FoundPlace, findPlaces } from './places-find.ts';

/** A question about former and today's communes, districts or provinces. */
export interface PlaceQuestion {
  /**
   * `where`: what is it today; `parts`: what was it made of; `mine`: "my commune was merged", no name said;
   * `no_district`: where the tasks of districts went.
   */
  kind: 'where' | 'parts' | 'mine' | 'no_district';
  /** Empty for the last two. */
  found: FoundPlace[];
  /** Asks for a yes or no: "… phải không", "… à". */
  isCheck: boolean;
}

/** What became of the place asked about. */
export type PlaceAnswer =
  /** One commune of today. `via`: the name asked for was merged into `unit` before 2025. */
  | { kind: 'now'; unit: Place; to: Place; same: Place[]; via: string | null }
  /** Divided: which share a house lies in is not known to us. */
  | { kind: 'split'; unit: Place; links: PlaceLink[]; via: string | null }
  /** Several places of the name: ask. `groups` are at most four choices, perhaps none. */
  | {
      kind: 'which';
      name: string;
      candidates: Place[];
      groups: { within: Place; units: Place[] }[];
      isElsewhere: boolean;
    }
  | { kind: 'district'; unit: Place; communes: Place[] }
  | { kind: 'province'; unit: Place; to: Place; via: string | null }
  /** A unit of today and what it was made of. */
  | { kind: 'parts'; unit: Place; from: Place[] }
  | { kind: 'check'; isTrue: boolean; unit: Place; to: Place[]; other: Place }
  /** No name said: `home` is the commune whose assistant speaks. */
  | { kind: 'mine'; home: Place | null }
  | { kind: 'no_district' };

/** Cheap first look: without one of these no question is about places. */
const GATE =
  /(?:^|[^a-z])(?:sap nhap|sat nhap|xap nhap|nhap|gop|ghep|giai the|chia tach|tach ra|bo (?:roi|huyen|cap|quan)|thuoc|het (?:huyen|quan)|doi ten|xoa so|(?:xa|phuong|huyen|tinh|quan|thi tran|thi xa|tx|tt) [^,.?!]{0,40}(?:gio|nay|chu|hien|cu)|(?:gio|nay|hien) (?:la|con|goi|ten|co|o|thanh|ve|nop|len|gom)|con (?:khong|ton tai|chua|hay)|gom (?:co )?(?:nhung|cac|xa|phuong|tinh|may)|tu (?:nhung|cac|may) (?:xa|phuong|tinh))(?![a-z])/;
const MERGER =
  / (sap nhap|sat nhap|xap nhap|nhap (vao|vo|voi|ve|chung|thanh|lai|xa|phuong|tinh|huyen|roi|dau|qua|sang|cho nao|noi nao|the|chua)|gop (vao|lai|voi|chung|thanh|xa)|ghep (vao|lai|voi|xa)|giai the|(bo|het) (cap )?(huyen|quan)|bo roi|khong con|da bo|bi bo|doi ten|chia (ra|tach|lam|ve|cho)|tach (ra|lam|ve)) /;
const BELONGS =
  / (thuoc( ve)? (xa|phuong|tinh|thanh pho|tp|huyen|dau|noi|cho|ben|thi|dia|quan)|(gio|nay|bay gio|hien nay|chu|hien gio|moi) (la|goi la|ten la|ten|thanh|ve|thuoc|o|nhap|con)( [a-z]+)? (xa|phuong|tinh|dau|gi|chi|noi|cho|thanh|huyen|khong|quan)|(la|thanh|ve|vao|vo|ten) (xa|phuong|tinh|thanh pho|dac khu) (nao|gi|mo|chi)|(xa|phuong|tinh) (moi|nao) (la|ten)|gio (con|co) [a-z0-9 ]{3,40} (a|ha|khong|phai khong|chua|hong)|o (dau|cho nao|xa nao|phuong nao|tinh nao)|(len|den|ra|toi|ve) (dau|cho nao|cho mo|noi nao|xa nao|phuong nao)|cho (nao|mo)|con (khong|ton tai|hoat dong|hay|nua khong)|con $) /;
const NOW = / (gio|nay|bay gio|hien nay|hien gio|chu|cu|truoc|truoc day|truoc kia|ngay truoc|ngay xua|hoi truoc) /;
const WHERE_WORDS = / (dau|nao|gi|mo|chi|the nao|ra sao|sao|phai khong|dung khong|a|ha|khong|chua|nhi|hong|hay|may) /;
const PARTS =
  / (gom|gop|ghep|nhap|sap nhap|hop|tao|lap|hinh thanh) (co |lai )?(tu )?(nhung|cac|may|bao nhieu) (xa|phuong|tinh|huyen|thi tran|don vi)| (gom|tu|co) (nhung |cac )?(xa|phuong|tinh|huyen) (cu )?nao | gom (nhung|co) (gi|dau|nhung) | truoc (day |kia )?la (nhung |cac )?(xa|phuong|tinh|huyen) (nao|gi) /;
const CHECK = / (a|ha|phai khong|dung khong|khong|hong|phai chua|chua|nhi|hay sao|ho|co phai|phai) $| co phai /;
/** "xã tôi sáp nhập rồi giờ lên chỗ nào": whose commune, what happened, where now; nothing else in between. */
const WHO =
  '(cua |nha |cho |ben |que |dang |o )*(toi|em|e|minh|tui|t|con|chau|bac|co|chu|ong|ba|nha|cu|cu cua|cu nha|truoc)( [a-z]+)?';
const MINE = [
  new RegExp(
    ` (xa|phuong|thi tran|huyen|cho|que|noi) ${WHO}( [a-z]+){0,3} (sap nhap|sat nhap|nhap|gop|ghep|giai the|doi ten)( [a-z]+){0,4} (dau|cho nao|cho mo|xa nao|xa mo|phuong nao|noi nao|xa gi|phuong gi|ten gi|xa mo roi|lam sao biet)( [a-z]+){0,5} $`,
  ),
  new RegExp(
    ` (xa|phuong|thi tran|que|cho) ${WHO}( [a-z]+){0,3} (thuoc|la|thanh|ve|gio o|nay o)( [a-z]+){0,2} (xa|phuong|dau|noi|cho) ?(nao|gi|mo|dau)?( [a-z]+){0,2} $`,
  ),
  / (sap nhap|sat nhap)( [a-z]+){0,5} (thuoc|thanh|ve) (xa|phuong|noi) (nao|gi|mo)( [a-z]+){0,2} $/,
  / (sap nhap|sat nhap|nhap) (xa|phuong) roi( [a-z]+){0,8} (cho nao|o dau|noi nao|xa nao|cho mo)( [a-z]+){0,5} $/,
];
/** The question is about a paper or a procedure; that the commune was merged is only told along the way. */
const OTHER_MATTER =
  / (doi lai|phai doi|co can doi|con dung|gia tri|hieu luc|lam lai|cap lai|trich luc|dang ky lai|so goc|khai sinh|ket hon|khai tu|can cuoc|cccd|so do|so hong|tam tru|thuong tru|ho khau|ho so cu|hop dong|giay phep|nghia vu|dich vu cong|chu tich|tru so|dia chi|bao hiem|tro cap|ho ngheo|chung thuc|sao y|lam gi|mo cua|lam viec|cap so|tho cu|uy quyen|mua ban|sang ten) /;

/** "huyện bỏ rồi thì việc của huyện làm ở đâu", no district named. */
const NO_DISTRICT =
  / (huyen|quan|cap huyen|cap quan) (da |gio |nay |bi )*(bo|giai the|het|khong con)( [a-z]+){0,8} (dau|cho nao|noi nao|ai|sao|the nao|cho mo) | (bo|khong con|het) (cap )?(huyen|quan)( roi)?( [a-z]+){0,8} (dau|cho nao|noi nao|ai|cho mo) /;

/**
 * Whether a text asks what a commune, district or province is since the reform. Needs a named place, or a short
 * question about "my commune" ("xã tôi sáp nhập rồi giờ lên chỗ nào"). A few microseconds when no such word is in it.
 * @returns null for everything else, also for questions about papers that only mention a merger
 */
export function asksAboutPlace(text: string): PlaceQuestion | null {
  if (text.length > 1_000) return null;
  const letters = plain(text);
  if (!GATE.test(letters)) return null;
  const line = lineOf(normalise(text));
  if (NO_DISTRICT.test(line) && line.split(' ').length < 22 && !OTHER_MATTER.test(line))
    return { kind: 'no_district', found: [], isCheck: false };
  const isMerger = MERGER.test(line);
  const asksBelonging = BELONGS.test(line);
  const isCheck = CHECK.test(line);
  const mayCheck = isCheck && / (thuoc|co|gom|ve|vao|con|la) /.test(line);
  if (!isMerger && !asksBelonging && !mayCheck && !PARTS.test(line)) return null;
  const found = findPlaces(text, { isAboutPlaces: true });
  if (found.length > 0) {
    const isAsked = WHERE_WORDS.test(line) || text.includes('?') || (isMerger && line.split(' ').length < 12);
    if (!isAsked || (OTHER_MATTER.test(line) && !isCore(line))) return null;
    if (PARTS.test(line)) return { kind: 'parts', found, isCheck };
    const isAboutThem = isMerger || isCore(line) || / con (khong|ton tai|hay|nua) /.test(line) || found.length > 1;
    return isAboutThem || (asksBelonging && NOW.test(line)) ? { kind: 'where', found, isCheck } : null;
  }
  if (line.split(' ').length > 22 || OTHER_MATTER.test(line)) return null;
  return MINE.some((pattern) => pattern.test(line)) ? { kind: 'mine', found, isCheck } : null;
}

/** The belonging itself is asked, whatever it is asked for: "giờ thuộc xã nào để làm khai sinh". */
const isCore = (line: string): boolean =>
  / (thuoc|la|thanh|vao|vo|ve) (ve )?(xa|phuong|tinh|thanh pho|dau|noi|cho) ?(nao|gi|mo|dau)? |(bo|sap nhap|nhap|giai the)( [a-z]+){0,4} (o dau|len dau|cho nao|di dau|den dau|ve dau) /.test(
    line,
  );

export interface WhereOptions {
  /** The commune whose assistant speaks: of several places of a name, those of its province are meant. */
  home?: Place | null;
  question?: PlaceQuestion;
  /** Places named before, when the text answers "which one?": ids from `pendingOf`. */
  pending?: string | null;
}

/** The commune of an assistant, by its office name and province; null when they do not settle it. */
export function homeOf({ officeName, province }: Pick<CommuneSettings, 'officeName' | 'province'>): Place | null {
  const found = findPlaces(officeName, { isAboutPlaces: true }).flatMap(({ places }) => places);
  const today = found.filter((place) => place.level === 'commune' && !place.isFormer);
  const key = province ? nameKey(province.replace(/^(tỉnh|thành phố|tp\.?)\s+/i, '')) : null;
  const fitting = key
    ? today.filter((place) => [place.within!, ...place.within!.from].some((p) => nameKey(p.name) === key))
    : today;
  return fitting.length === 1 ? fitting[0]! : null;
}

/** What the named places are today; null when nothing named is known. */
export function whereNow(found: FoundPlace[], options: WhereOptions = {}): PlaceAnswer | null {
  if (options.question?.kind === 'no_district') return { kind: 'no_district' };
  if (options.question?.kind === 'mine') return { kind: 'mine', home: options.home ?? null };
  const waiting = options.pending ? idsToPlaces(options.pending) : [];
  const subjects = subjectsOf(found, waiting, options.question?.kind === 'parts');
  const first = subjects[0];
  if (!first) return null;
  const checked = options.question?.isCheck && subjects[1] ? check(first, subjects[1]) : null;
  return checked ?? decide(first.units, first.name, first.isElsewhere, options);
}

interface Subject {
  name: string;
  units: Place[];
  /** None of them lies where the citizen said. */
  isElsewhere: boolean;
}

const RANK: Place['level'][] = ['commune', 'district', 'province'];

/** The smallest places named; the others say where those lie. */
function subjectsOf(found: FoundPlace[], waiting: Place[], isParts: boolean): Subject[] {
  if (waiting.length > 0) {
    const around = found.flatMap(({ places }) => places);
    const fitting = waiting.filter(
      (unit) => around.includes(unit) || surroundings(unit).some((up) => around.includes(up)),
    );
    if (fitting.length > 0) return [{ name: waiting[0]!.name, units: fitting, isElsewhere: false }];
  }
  const named = found.map((entry) => ({ entry, level: levelOf(entry, found) }));
  const lowest = RANK.find((level) => named.some((one) => one.level === level));
  const context = named.filter((one) => one.level !== lowest);
  return named
    .filter((one) => one.level === lowest)
    .map(({ entry }) => {
      const units = entry.places.filter((place) => place.level === lowest);
      const narrowed = narrow(
        units,
        context.map(({ entry: around }) => around.places),
      );
      const former = narrowed.units.filter((place) => place.isFormer === !isParts);
      return {
        name: entry.text,
        units: former.length > 0 ? former : narrowed.units,
        isElsewhere: narrowed.isElsewhere,
      };
    });
}

/** A name may be a province, a district and a commune at once: without a type word the largest, unless others lie around it. */
function levelOf(entry: FoundPlace, found: FoundPlace[]): Place['level'] {
  const levels = RANK.filter((level) => entry.places.some((place) => place.level === level));
  if (levels.length === 1) return levels[0]!;
  const others = found.filter((other) => other.at === entry.end);
  const isInside = (level: Place['level']) =>
    entry.places.some(
      (place) =>
        place.level === level && others.some((other) => other.places.some((up) => surroundings(place).includes(up))),
    );
  return (entry.type ? undefined : levels.find((level) => isInside(level))) ?? levels.at(-1)!;
}

/** Keeps units that lie in the places named around them; districts older than 2025 count by their province. */
function narrow(units: Place[], contexts: Place[][]): { units: Place[]; isElsewhere: boolean } {
  let kept = units;
  let isElsewhere = false;
  for (const around of contexts) {
    const inside = kept.filter((unit) => surroundings(unit).some((up) => around.includes(up)));
    if (inside.length > 0) {
      kept = inside;
      continue;
    }
    const wider = new Set(around.flatMap((place) => [place, ...surroundings(place)]));
    const near = kept.filter((unit) => surroundings(unit).some((up) => wider.has(up)));
    if (near.length > 0) kept = near;
    else isElsewhere = true;
  }
  return { units: kept, isElsewhere };
}

function decide(units: Place[], name: string, isElsewhere: boolean, options: WhereOptions): PlaceAnswer | null {
  const only = onlyOne(units);
  if (only && !isElsewhere) return answerFor(only, name, units);
  const home = options.home?.within;
  if (!isElsewhere && home) {
    const near = units.filter((unit) => surroundings(unit).includes(home));
    const nearest = onlyOne(near);
    if (nearest) return answerFor(nearest, name, near);
    if (near.length > 0) return which(near, name, false);
  }
  return units.length > 0 ? which(units, name, isElsewhere) : null;
}

const targets = (unit: Place): string =>
  settled(unit)
    .map(({ to, part }) => `${to.id}${part}`)
    .sort()
    .join();

/** The unit, when there is one or all came to the same commune of today. */
function onlyOne(units: Place[]): Place | null {
  const [first] = units;
  if (!first) return null;
  if (units.length === 1) return first;
  const isSame = units.every((unit) => unit.level === 'commune' && unit.isFormer && targets(unit) === targets(first));
  return isSame && settled(first).length === 1 ? first : null;
}

/** Where its residents went: one link when all went to the same commune, else every part with residents. */
function settled(unit: Place): PlaceLink[] {
  const all = unit.now.find(({ part }) => part === 'people' || part === 'whole');
  if (all) return [all];
  const people = unit.now.filter(({ part }) => part !== 'land');
  return people.length > 0 ? people : unit.now;
}

function answerFor(unit: Place, name: string, same: Place[]): PlaceAnswer {
  if (unit.level === 'district') {
    const communes = new Set(unit.from.flatMap((commune) => settled(commune).map(({ to }) => to)));
    return { kind: 'district', unit, communes: [...communes] };
  }
  if (!unit.isFormer) return { kind: 'parts', unit, from: unit.from };
  if (unit.level === 'province') return { kind: 'province', unit, to: unit.now[0]!.to };
  const via =
    unit.earlier.find((earlier) => nameKey(earlier) === nameKey(name) && nameKey(unit.name) !== nameKey(name)) ?? null;
  if (unit.level === 'province') return { kind: 'province', unit, to: unit.now[0]!.to, via };
  const links = settled(unit);
  if (links.length > 1) return { kind: 'split', unit, links, via };
  return { kind: 'now', unit, to: links[0]!.to, same: same.filter((other) => other !== unit), via };
}

/** At most four choices: the units themselves by district, else the provinces they lay in. */
function which(units: Place[], name: string, isElsewhere: boolean): PlaceAnswer {
  const group = (key: (unit: Place) => Place) => {
    const groups = new Map<Place, Place[]>();
    for (const unit of units) groups.set(key(unit), [...(groups.get(key(unit)) ?? []), unit]);
    return [...groups].map(([within, inside]) => ({ within, units: inside }));
  };
  const single = group((unit) => unit);
  const provinces = group((unit) => surroundings(unit).find(({ level }) => level === 'province') ?? unit);
  const groups = single.length <= 4 ? single : provinces.length <= 4 && provinces.length > 1 ? provinces : [];
  return { kind: 'which', name, candidates: units, groups, isElsewhere };
}

function check(first: Subject, second: Subject): PlaceAnswer | null {
  const one = onlyOne(first.units);
  const other = onlyOne(second.units);
  if (!one || !other) return null;
  const to = todayOf(one);
  const theirs = todayOf(other);
  const reach = (units: Place[]) => units.flatMap((unit) => (unit.within ? [unit, unit.within] : [unit]));
  const isTrue = reach(to).some((unit) => theirs.includes(unit)) || reach(theirs).some((unit) => to.includes(unit));
  return { kind: 'check', isTrue, unit: one, to, other };
}

/** What a unit is today; a former district counts by the province it lay in. */
function todayOf(unit: Place): Place[] {
  if (!unit.isFormer) return [unit];
  if (unit.level === 'district') return [unit.within!.now[0]!.to];
  return [...new Set(settled(unit).map(({ to }) => to))];
}

const PREFIX = 'hx:place:';

/** The value of a button for one unit or a group of units. */
export const placePayload = (units: Place[]): string => `${PREFIX}${units.map(({ id }) => id).join('+')}`;

/** What to keep in memory after a `which` or a `district` answer, for the citizen's next words. */
export function pendingOf(answer: PlaceAnswer): string | null {
  if (answer.kind === 'which')
    return answer.candidates
      .slice(0, 60)
      .map(({ id }) => id)
      .join('+');
  if (answer.kind === 'district') return answer.unit.from.map(({ id }) => id).join('+');
  if (answer.kind === 'mine') return answer.home ? answer.home.from.map(({ id }) => id).join('+') : '';
  return null;
}

const idsToPlaces = (ids: string): Place[] =>
  ids
    .split('+')
    .slice(0, 120)
    .map((id) => loadPlaces().byId(id))
    .filter((place) => place !== undefined);

/** The answer a pressed button asks for; null for anything we did not offer (buttons are untrusted input). */
export function pressedPlace(value: string): PlaceAnswer | null {
  if (!value.startsWith(PREFIX) || value.length > 1_000) return null;
  const units = idsToPlaces(value.slice(PREFIX.length));
  return units.length > 0 ? decide(units, units[0]!.name, false, {}) : null;
}

/** The words after "which commune?": a name, or where it lay. Null when they are about something else. */
export function answeredPlace(text: string, pending: string, home: Place | null = null): PlaceAnswer | null {
  if (text.length > 120) return null;
  const found = findPlaces(text, { isAboutPlaces: true });
  return found.length > 0 ? whereNow(found, { pending, home }) : null;
}
