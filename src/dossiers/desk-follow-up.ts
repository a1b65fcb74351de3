import { plain } from '../procedures/words.ts';

/** What citizens say next, right after they were told of a dossier, without naming it again. */
export type FollowUp =
  /** Which papers are asked for. */
  | 'lacks'
  /** How much is to be paid. */
  | 'owes'
  /** "Nộp rồi mà": it was done already. */
  | 'claims'
  /** To have it back, or stopped. */
  | 'takes_back'
  /** Where, why, what now: what its state says answers that. */
  | 'state';

const OF_POLITENESS = new Set(
  'the vay a ad em oi nhi ha u da toi minh con chau bac tui co chu anh chi nhe nha luon thi gio bay vang ma lai cho hoi xin'.split(
    ' ',
  ),
);

// Whole lines only: whatever names a matter of its own is not about the dossier.
const KINDS: [FollowUp, RegExp][] = [
  [
    'takes_back',
    /^(muon )?(huy|rut|thu hoi)( bo)? (ho so|hs)( nay| do| ve)*( duoc)?( khong| the nao| lam sao| o dau)?$/,
  ],
  [
    'lacks',
    /^(dang |ho so )?(phai )?(thieu|bo sung|can nop|nop|can|nop bo sung|can bo sung)( them)? (giay to |giay )?(gi|nhung gi|cai gi|giay nao)( nua)?$/,
  ],
  [
    'owes',
    /^(phai |can )?(dong|nop|tra|mat|het|phi|le phi)( phi| tien| le phi)? (bao nhieu|bn)( tien)?$|^bao nhieu( tien)?$/,
  ],
  [
    'claims',
    /^(nop|dong|bo sung|gui|tra)( du| them| tien| phi| het| giay| to| ho so| xong)* (roi|xong|hom qua|hom truoc|tuan truoc)( roi)?$/,
  ],
  ['state', /^(nop|bo sung|gui|dong|tra|lay|nhan)( them| bo sung| tien| phi| giay| to| ket qua)* (o dau|dau|cho nao)$/],
  [
    'state',
    /^(vi |tai )?sao( bi| khong| ko| chua| duoc| nhan| tu choi| dung| tre| cham| lau| phai| nop| them| cham)*$/,
  ],
  ['state', /^(can )?(lay|nhan)( ket qua)? (can )?mang( theo)?( giay to)? gi$/],
  ['state', /^(lam )?(nhanh|gap|som)( len| giup| ho| voi| gium| lam| cho| chut)*$/],
  ['state', /^(khong|ko|chua) (duoc )?nhan( duoc)?$/],
  ['state', /^(phai |can )?lam (gi|sao|the nao)( day| tiep| bay)*$|^phai lam sao( day)?$/],
];

/** @returns null for words that need not be about the dossier at hand */
export function followUpIn(text: string): FollowUp | null {
  const said = plain(text)
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ');
  if (said.length > 10) return null;
  const line = said.filter((word) => !OF_POLITENESS.has(word)).join(' ');
  return KINDS.find(([, pattern]) => pattern.test(line))?.[0] ?? null;
}
