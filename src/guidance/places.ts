import type { CommuneSettings } from '../communes/communes.ts';
import type { PlaceQuestion } from './places-ask.ts';
import { loadPlaces, nameKey, type Place, type PlaceLink, surroundings } from './places-data.ts';
import { type FoundPlace, findPlaces } from './places-find.ts';

export { asksAboutPlace, type PlaceQuestion } from './places-ask.ts';
export type { Place } from './places-data.ts';
export { type FoundPlace, findPlaces } from './places-find.ts';

/** What became of the place asked about. */
export type PlaceAnswer =
  /**
   * One commune of today. `via`: the name asked for was merged into `unit` before 2025. `namesakes`: other places of
   * the name, when ours was only the likelier one.
   */
  | { kind: 'now'; unit: Place; to: Place; same: Place[]; via: string | null; namesakes: Place[] }
  /** Divided: which share a house lies in is not known to us. */
  | { kind: 'split'; unit: Place; links: PlaceLink[]; via: string | null; namesakes: Place[] }
  /** Several places of the name: ask. `groups` are at most four choices, perhaps none. */
  | {
      kind: 'which';
      name: string;
      candidates: Place[];
      /** Also those of another type or province than said: the next words may mean one. */
      all: Place[];
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
  return checked ?? decide(first, options);
}

interface Subject {
  name: string;
  /** The type word said, if any. */
  type: string | null;
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
    if (fitting.length > 0) return [{ name: waiting[0]!.name, type: null, units: fitting, isElsewhere: false }];
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
        context.map(({ entry: around }) => meant(around)),
      );
      const former = narrowed.units.filter((place) => place.isFormer === !isParts);
      return {
        name: entry.text,
        type: entry.type,
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

/** "thành phố Trà Vinh" is the town, not the province around it. */
function meant({ type, places }: FoundPlace): Place[] {
  const typed = places.filter((place) => place.type === type);
  return typed.length > 0 ? typed : places;
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

function decide({ units, name, type, isElsewhere }: Subject, { home }: WhereOptions): PlaceAnswer | null {
  if (units.length === 0) return null;
  if (isElsewhere) return which(units, name, true);
  const only = onlyOne(units);
  if (only) return answerFor(only, name, units, []);
  // "thị trấn Yên Viên" is not "xã Yên Viên"; yet many a phường was a xã a year before, so the others stay in sight
  const typed = units.filter((unit) => unit.type === type || unit.formerType === type);
  const fitting = typed.length > 0 ? typed : units;
  const near = home ? fitting.filter((unit) => surroundings(unit).includes(home.within!)) : [];
  for (const likely of [fitting, near]) {
    const one = onlyOne(likely);
    if (one) return answerFor(one, name, likely, namesakes(units, likely));
  }
  return which(near.length > 0 ? near : fitting, name, false, units);
}

/** Two communes of one name in one district are told apart by their type; others by their district. */
const namesakes = (units: Place[], likely: Place[]): Place[] =>
  units.filter((unit) => !likely.includes(unit) && likely.every((one) => one.within !== unit.within));

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

function answerFor(unit: Place, name: string, same: Place[], namesakes: Place[]): PlaceAnswer {
  if (unit.level === 'district') {
    const communes = new Set(unit.from.flatMap((commune) => settled(commune).map(({ to }) => to)));
    return { kind: 'district', unit, communes: [...communes] };
  }
  if (!unit.isFormer) return { kind: 'parts', unit, from: unit.from };
  const via =
    unit.earlier.find((earlier) => nameKey(earlier) === nameKey(name) && nameKey(unit.name) !== nameKey(name)) ?? null;
  if (unit.level === 'province') return { kind: 'province', unit, to: unit.now[0]!.to, via };
  const links = settled(unit);
  if (links.length > 1) return { kind: 'split', unit, links, via, namesakes };
  return { kind: 'now', unit, to: links[0]!.to, same: same.filter((other) => other !== unit), via, namesakes };
}

/** At most four choices: the units themselves by district, else the provinces they lay in. */
function which(units: Place[], name: string, isElsewhere: boolean, all = units): PlaceAnswer {
  const group = (key: (unit: Place) => Place) => {
    const groups = new Map<Place, Place[]>();
    for (const unit of units) groups.set(key(unit), [...(groups.get(key(unit)) ?? []), unit]);
    return [...groups].map(([within, inside]) => ({ within, units: inside }));
  };
  const single = group((unit) => unit);
  const provinces = group((unit) => surroundings(unit).find(({ level }) => level === 'province') ?? unit);
  const groups = single.length <= 4 ? single : provinces.length <= 4 && provinces.length > 1 ? provinces : [];
  return { kind: 'which', name, candidates: units, all, groups, isElsewhere };
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
  const join = (units: Place[]) => units.map(({ id }) => id).join('+');
  if (answer.kind === 'which') return join(answer.all.slice(0, 60));
  if ('namesakes' in answer && answer.namesakes.length > 0)
    return join([answer.unit, ...answer.namesakes].slice(0, 60));
  if (answer.kind === 'district') return join(answer.unit.from);
  if (answer.kind === 'mine') return answer.home ? join(answer.home.from) : '';
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
  return units.length > 0 ? decide({ units, name: units[0]!.name, type: null, isElsewhere: false }, {}) : null;
}

/** The words after "which commune?": a name, or where it lay. Null when they are about something else. */
export function answeredPlace(text: string, pending: string, home: Place | null = null): PlaceAnswer | null {
  if (text.length > 120) return null;
  const found = findPlaces(text, { isAboutPlaces: true });
  return found.length > 0 ? whereNow(found, { pending, home }) : null;
}
