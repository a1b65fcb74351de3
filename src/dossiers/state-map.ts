import type { DossierState } from './dossier.ts';

/** The national labels (`TrangThaiHoSo`). */
export const STATE_LABELS: Record<Exclude<DossierState, 'unknown'>, string> = {
  1: 'Mới đăng ký',
  2: 'Được tiếp nhận',
  3: 'Không được tiếp nhận',
  4: 'Đang xử lý',
  5: 'Yêu cầu bổ sung giấy tờ',
  6: 'Yêu cầu thực hiện nghĩa vụ tài chính',
  7: 'Công dân yêu cầu rút hồ sơ',
  8: 'Dừng xử lý',
  9: 'Đã xử lý xong',
  10: 'Đã trả kết quả',
};

/**
 * Other wordings that can mean one state only. What could mean two ("Hoàn thành": ready or handed over? "Tạm dừng":
 * paused or stopped?) is left to the commune, which maps its system's words itself.
 */
const OTHER_WORDS: [Exclude<DossierState, 'unknown'>, string[]][] = [
  [1, ['Chờ tiếp nhận', 'Mới nộp', 'Mới đăng ký trực tuyến', 'Chưa tiếp nhận', 'Đã gửi, chờ tiếp nhận']],
  [2, ['Đã tiếp nhận', 'Tiếp nhận', 'Mới tiếp nhận']],
  [3, ['Không tiếp nhận', 'Từ chối tiếp nhận', 'Bị từ chối tiếp nhận']],
  [4, ['Đang giải quyết', 'Đang thụ lý', 'Đang thực hiện', 'Chờ xử lý', 'Đang xử lý hồ sơ']],
  [
    5,
    ['Chờ bổ sung', 'Yêu cầu bổ sung', 'Bổ sung hồ sơ', 'Yêu cầu bổ sung hồ sơ', 'Chờ bổ sung hồ sơ', 'Đang bổ sung'],
  ],
  [
    6,
    ['Chờ thanh toán', 'Yêu cầu thanh toán', 'Chờ nộp phí', 'Thực hiện nghĩa vụ tài chính', 'Chờ nghĩa vụ tài chính'],
  ],
  [7, ['Rút hồ sơ', 'Đã rút hồ sơ', 'Công dân rút hồ sơ', 'Đã rút']],
  [8, ['Đã dừng xử lý', 'Dừng giải quyết', 'Dừng xử lý hồ sơ']],
  [
    9,
    ['Đã có kết quả', 'Chờ trả kết quả', 'Đã giải quyết xong', 'Có kết quả chờ trả', 'Đã xử lý xong, chờ trả kết quả'],
  ],
  [10, ['Đã trả kết quả cho công dân', 'Đã trả', 'Đã nhận kết quả']],
];

/** Case, diacritics, spaces and signs do not tell states apart; a remark on lateness is no part of the state. */
export const stateKey = (word: string) =>
  word
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/\(?\b(con|trong|dung|truoc|som|qua|tre|sap den|den) han\b\)?/g, ' ')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

const KNOWN = new Map<string, Exclude<DossierState, 'unknown'>>();
for (const [state, label] of Object.entries(STATE_LABELS)) KNOWN.set(stateKey(label), Number(state) as 1);
for (const [state, words] of OTHER_WORDS) for (const word of words) KNOWN.set(stateKey(word), state);

const isState = (value: number): value is Exclude<DossierState, 'unknown'> => value in STATE_LABELS;

/**
 * The national state behind a source's word: the source's own map first, as written and then without case and
 * diacritics; then the national numbers and labels. What nobody mapped is "unknown", never the nearest guess.
 */
export function stateOf(raw: string, map: Record<string, number>): DossierState {
  const word = raw.normalize('NFC').trim();
  const own = Object.hasOwn(map, word)
    ? map[word]
    : Object.entries(map).find(([known]) => stateKey(known) === stateKey(word))?.[1];
  if (own !== undefined) return isState(own) ? own : 'unknown';
  if (/^0?\d{1,2}$/.test(word)) return isState(Number(word)) ? (Number(word) as 1) : 'unknown';
  // "4 - Đang xử lý": the number counts only when its label says the same
  const numbered = /^0?(\d{1,2})\s*[-–.:)]\s*(.+)$/.exec(word);
  const state = KNOWN.get(stateKey(numbered ? numbered[2]! : word));
  if (state === undefined || (numbered && Number(numbered[1]) !== state)) return 'unknown';
  return state;
}

/** A source's word as it may be kept and shown to staff: short, and no number in it that could be a person's. */
export const tellableWord = (raw: string) =>
  raw
    .normalize('NFC')
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .replace(/\d{5,}/g, '…')
    .slice(0, 120);
