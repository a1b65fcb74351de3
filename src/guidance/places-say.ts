import { type PlaceAnswer, placePayload } from './places.ts';
import type { Place, PlaceLink } from './places-data.ts';
import { PLACES_AS_OF, placeName } from './places-data.ts';

export interface SaidPlace {
  /** Plain text; the first line answers. The last line names the source. */
  text: string;
  /** Buttons that are whole answers; `value` is read by `pressedPlace`. */
  choices: { title: string; value: string }[];
  /** A question back: the next words may answer it (`answeredPlace`). */
  asksBack: boolean;
}

export interface SayPlaceOptions {
  /** The commune whose assistant speaks, and where its desk is if it told so. */
  home?: Place | null;
  address?: string;
}

/** The day districts ended and provinces were merged, as it is said aloud. */
const SINCE = 'tháng 7 năm 2025';
const SOURCE = `Theo danh mục đơn vị hành chính từ 01/07/2025, cập nhật ${PLACES_AS_OF}.`;

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);
const province = (place: Place): Place | null =>
  place.level === 'province' ? place : place.within && province(place.within);
const cut = (text: string, length = 35): string =>
  [...text].length <= length
    ? text
    : `${[...text]
        .slice(0, length - 1)
        .join('')
        .trimEnd()}…`;
/** "xã A, xã B và 3 nơi khác" */
function names(places: Place[], limit: number): string {
  const shown = places.length <= limit + 1 ? places : places.slice(0, limit);
  const rest = places.length - shown.length;
  return shown.map(placeName).join(', ') + (rest > 0 ? ` và ${rest} nơi khác` : '');
}
/** "xã Cốc San cũ (thành phố Lào Cai, Lào Cai)" */
function where(unit: Place): string {
  const district = unit.within;
  if (!district) return placeName(unit);
  return district.level === 'district' ? `${placeName(district)}, ${district.within!.name}` : placeName(district);
}
const today = (to: Place): string => `${placeName(to)}, ${placeName(to.within!)}`;

/** What a place is today, for a citizen: at most about sixty words, no address we do not know. */
export function sayPlace(answer: PlaceAnswer, options: SayPlaceOptions = {}): SaidPlace {
  const { lines, choices = [], asksBack = false } = body(answer, options);
  const isListed = answer.kind !== 'which' && answer.kind !== 'mine';
  return {
    text: [...lines, ...(isListed ? [SOURCE] : [])].join('\n').normalize('NFC'),
    choices: choices.slice(0, 4),
    asksBack,
  };
}

type Body = { lines: string[]; choices?: SaidPlace['choices']; asksBack?: boolean };

function body(answer: PlaceAnswer, options: SayPlaceOptions): Body {
  switch (answer.kind) {
    case 'now':
      return now(answer, options);
    case 'split':
      return split(answer);
    case 'which':
      return which(answer);
    case 'district':
      return district(answer.unit, answer.communes);
    case 'province':
      return { lines: provinceLines(answer.unit, answer.to, answer.via) };
    case 'parts':
      return { lines: parts(answer.unit, answer.from) };
    case 'check':
      return { lines: check(answer) };
    case 'mine':
      return mine(answer.home);
    case 'no_district':
      return {
        lines: [
          `Cấp huyện, quận không còn từ ${SINCE}.`,
          'Việc trước đây làm ở huyện nay phần lớn làm ở xã, phường nơi ở; một số việc do tỉnh làm.',
          'Cần làm việc gì, cứ nói để tôi xem nộp ở đâu.',
        ],
        asksBack: true,
      };
  }
}

/** Where to go: our own desk when it is us, else said to be unknown. */
function desk(to: Place, { home, address }: SayPlaceOptions): string {
  if (home && to === home)
    return address
      ? `Chính là ${to.type} mình. Nơi nhận giấy tờ: ${address}.`
      : `Chính là ${to.type} mình: cứ hỏi tôi ở đây.`;
  return `Giấy tờ cấp xã nay làm ở ${placeName(to)}. Tôi chưa có địa chỉ trụ sở.`;
}

function now(
  { unit, to, same, via, namesakes }: Extract<PlaceAnswer, { kind: 'now' }>,
  options: SayPlaceOptions,
): Body {
  const old = via ? `${via} (đã nhập vào ${placeName(unit)})` : `${placeName(unit)} cũ`;
  const all = same.length > 0 ? `${capital(old)} (và ${same.map(placeName).join(', ')})` : capital(old);
  const isSame = !via && unit.name === to.name && unit.type === to.type;
  const first = isSame ? `${all.replace(/ cũ$/, '')} vẫn tên là ${today(to)}.` : `${all} nay thuộc ${today(to)}.`;
  return { lines: [first, `Nơi cũ: ${where(unit)}.${other(namesakes)}`, desk(to, options)] };
}

/** The likelier one of several was taken: say how to get the other. */
const other = (namesakes: Place[]): string =>
  namesakes.length > 0 ? ' Nếu là nơi cùng tên khác, cho tôi tên huyện, tỉnh cũ.' : '';

const SHARE: Partial<Record<PlaceLink['part'], string>> = {
  area: ' (một phần đất)',
  residents: ' (một phần dân)',
};

function split({ unit, links, via, namesakes }: Extract<PlaceAnswer, { kind: 'split' }>): Body {
  const old = via ? `${via} (đã nhập vào ${placeName(unit)})` : `${placeName(unit)} cũ`;
  const choices =
    links.length <= 4 ? links.map(({ to }) => ({ title: cut(capital(placeName(to))), value: placePayload([to]) })) : [];
  return {
    lines: [
      `${capital(old)} (${where(unit)}) chia về ${links.length} nơi, tùy thôn, tổ dân phố:`,
      ...links.map(({ to, part }) => `• ${placeName(to)}${SHARE[part] ?? ''}`),
      `Nhà nay thuộc nơi nào? Không rõ thì xem nơi cư trú trên VNeID.${other(namesakes)}`,
    ],
    choices: fitting(choices),
    asksBack: true,
  };
}

function which({ name, candidates, groups, isElsewhere }: Extract<PlaceAnswer, { kind: 'which' }>): Body {
  const isNumber = /^\d+$/.test(name);
  const first = candidates[0]!;
  const called = isNumber ? `phường ${name}` : first.name;
  const count = candidates.length;
  const line = isElsewhere ? `Tôi không thấy ${called} ở nơi vừa nói.` : `Có ${count} nơi tên ${called}.`;
  const isProvinces = groups.length > 0 && groups[0]!.within.level === 'province' && first.level !== 'province';
  const ask = isProvinces
    ? 'Nơi đang hỏi trước đây thuộc tỉnh nào?'
    : first.level === 'district'
      ? 'Nơi đang hỏi thuộc tỉnh nào?'
      : 'Nơi đang hỏi trước đây thuộc huyện nào, tỉnh nào?';
  const choices = groups.map(({ within, units }) => ({
    title: isProvinces ? cut(`${capital(within.type)} ${within.name}`) : cut(choiceTitle(units[0]!, candidates)),
    value: placePayload(units),
  }));
  return { lines: [line, ask], choices: fitting(choices), asksBack: true };
}

/** A value longer than platforms carry is no button. */
const fitting = (choices: SaidPlace['choices']) => (choices.some(({ value }) => value.length > 200) ? [] : choices);

/** What tells a place from its namesakes: district and province, or the kind of commune within one district. */
function choiceTitle(unit: Place, others: Place[]): string {
  const around = unit.within;
  if (!around) return placeName(unit);
  const isAlone = others.every((other) => other === unit || other.within !== around);
  if (!isAlone) return capital(placeName(unit));
  if (around.level === 'province') return `${capital(placeName(unit))} (mới)`;
  const full = `${capital(placeName(around))}, ${around.within!.name}`;
  return [...full].length <= 35 ? full : `${around.name}, ${around.within!.name}`;
}

function district(unit: Place, communes: Place[]): Body {
  const to = communes[0]!.within!;
  const choices =
    communes.length <= 4
      ? communes.map((commune) => ({ title: cut(capital(placeName(commune))), value: placePayload([commune]) }))
      : [];
  const lines = (limit: number) => [
    `${capital(placeName(unit))} không còn từ ${SINCE}; giấy tờ nay phần lớn làm ở xã, phường.`,
    `Nơi ấy nay là: ${names(communes, limit)} (${placeName(to)}).`,
    'Nhà ở xã, phường nào, tên cũ hay mới?',
  ];
  const limit = [5, 4, 3, 2].find((most) => wordsOf(lines(most)) <= 48) ?? 1;
  return { lines: lines(limit), choices, asksBack: true };
}

const wordsOf = (lines: string[]): number => lines.join(' ').split(/\s+/).length;

function provinceLines(unit: Place, to: Place, via: string | null): string[] {
  const parts = to.from.map(({ name }) => name);
  if (via) return [`${via} đã nhập vào ${unit.name} từ trước; nay là ${placeName(to)}.`];
  if (parts.length === 1) return [`${capital(placeName(to))} không nhập với tỉnh nào, vẫn giữ tên cũ.`];
  const kept = unit.name === to.name;
  return [
    kept
      ? `${capital(placeName(to))} vẫn giữ tên, từ ${SINCE} gồm ${list(parts)}.`
      : `${capital(placeName(unit))} cũ nay thuộc ${placeName(to)}.`,
    ...(kept ? [] : [`${capital(placeName(to))} gồm ${list(parts)} cũ, nhập lại từ ${SINCE}.`]),
  ];
}

const list = (words: string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} và ${words.at(-1)}`;

function parts(unit: Place, from: Place[]): string[] {
  if (unit.level === 'province')
    return provinceLines(unit.from.find(({ name }) => name === unit.name) ?? unit.from[0]!, unit, null);
  const isPart = (old: Place) => old.now.length > 1;
  if (from.length === 1 && from[0]!.name === unit.name) return [`${capital(today(unit))}, không nhập với nơi nào.`];
  const written = from.map((old) => placeName(old) + (isPart(old) ? ' (một phần)' : ''));
  const line = (limit: number) => {
    const rest = written.length - limit;
    const listed = written.slice(0, limit).join(', ');
    return `${capital(today(unit))}, gồm các nơi cũ: ${listed}${rest > 0 ? ` và ${rest} nơi khác` : ''}.`;
  };
  let limit = written.length;
  while (limit > 2 && wordsOf([line(limit)]) > 42) limit--;
  return [line(limit)];
}

function check({ isTrue, unit, to, other }: Extract<PlaceAnswer, { kind: 'check' }>): string[] {
  const target = to[0]!;
  if (isTrue && target.level === 'province')
    return [`Đúng ạ. ${capital(placeName(target))} nay gồm ${list(target.from.map(({ name }) => name))} cũ.`];
  if (isTrue && to.length > 1) return [`Đúng một phần: ${placeName(unit)} cũ chia về ${list(to.map(placeName))}.`];
  if (isTrue)
    return [
      `Đúng ạ. ${capital(placeName(unit))}${unit.isFormer ? ' cũ' : ''} nay thuộc ${target.level === 'commune' ? today(target) : placeName(target)}.`,
    ];
  return [
    `Không phải ạ. ${capital(placeName(unit))} nay thuộc ${list(to.map((place) => (place.level === 'commune' ? today(place) : placeName(place))))}.`,
    `${capital(placeName(other))}: ${other.isFormer && other.level !== 'district' ? `nay thuộc ${placeName(other.now[0]!.to)}` : 'là nơi khác'}.`,
  ];
}

function mine(home: Place | null): Body {
  if (!home)
    return { lines: ['Xã cũ tên gì, trước thuộc huyện nào, tỉnh nào? Cho tôi tên, tôi tìm xã mới.'], asksBack: true };
  const choices =
    home.from.length <= 4
      ? home.from.map((old) => ({ title: cut(capital(placeName(old))), value: placePayload([old]) }))
      : [];
  return {
    lines: [parts(home, home.from)[0]!, 'Xã cũ đang hỏi tên gì, trước thuộc huyện nào?'],
    choices,
    asksBack: true,
  };
}
