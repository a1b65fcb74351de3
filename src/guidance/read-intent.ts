import { type CuedAspect, cuedAspects } from './aspect-cues.ts';
import type { Cry, DangerKind } from './cries.ts';
import { EMERGENCY_CUES, HUMAN_CUE, INTENT_CUES, NOT_EMERGENCY } from './cues.ts';
import type { Aspect, Intent } from './guidance.ts';
import { isKnownBare } from './lexicon.ts';
import type { Normalised } from './normalise.ts';

/** Said by someone in danger even when a procedure is asked. */
const NEVER_DOUBTED = new Set<DangerKind>(['suicide', 'child_abuse', 'violence']);

function cuedDanger(line: string, question: Normalised, asking: number): DangerKind | null {
  const marked = question.text.toLowerCase();
  // "chạy" runs, "cháy" burns: where marks were typed they count
  const mayBurn = !question.hasMarks || !/chạy/.test(marked) || /cháy|nổ|khói/.test(marked);
  // "hiếp" harms, "Tam Hiệp" is a place
  const mayHarm =
    !/ hiep /.test(line) ||
    (question.hasMarks ? /hiếp/.test(marked) : / (ham|dam|bi|cuong) hiep | hiep dam /.test(line));
  if (NOT_EMERGENCY.test(line) || / so (goc |ho tich )?(bi )?chay /.test(line)) return null;
  for (const { kind, pattern } of EMERGENCY_CUES)
    if (
      (kind !== 'fire' || mayBurn) &&
      (kind !== 'child_abuse' || mayHarm) &&
      (asking < 0.97 || NEVER_DOUBTED.has(kind)) &&
      pattern.test(line)
    )
      return kind;
  return null;
}

/**
 * How likely it must be that somebody is in danger: alone, where nothing else is read surely (`open`), where plain words for a danger stand there too, where the
 * topic speaks for it, and where the words mean
 * something else (`isOtherwise`: a procedure named for sure, rules played with; or a paper).
 */
const HEARD = { alone: 0.36, open: 0.3, cued: 0.06, told: 0.22, doubtful: 0.65 };
/** From this share on something else is read rather surely: the words are not `open`. */
const TAKEN = 0.75;
/** Shorter words are taken for many things: "xong rồi". */
const SAYS_ENOUGH = 3;
/** What is read this surely, with no danger among the rest, leaves no room for one heard faintly. */
const CALM = { surely: 0.8, noDanger: 0.02, topic: /^(thanks|goodbye|human_request|feedback_complaint|status_check)/ };

/** "bố tôi mất hôm qua": of people, "mất" with a time is to die; who is lost is "mất tích", "lạc", "chưa về". */
const DIED =
  / (bo|ba|cha|tia|me|ma|ong|noi|ngoai|cu|chong|vo|anh|chi|em|chu|bac|co|di|cau|con|chau|trai|gai|toi|tui|minh|nha)( da| moi| vua)? mat( roi)?( (hom|dem|toi|sang|trua|chieu|bua|tuan|thang|nam|duoc|o|luc|ngay|khi|gio|thi)| $)/;
const LOST = / (mat (tich|lien lac)|lac|chua ve|khong ve|khong thay|bat coc|dau mat|di mat) /;

/** What somebody is in danger of, or null when nobody seems to be. */
export function findEmergency(
  line: string,
  question: Normalised,
  topics: { name: string; share: number }[],
  cry: Cry,
  isOtherwise: boolean,
): DangerKind | null {
  const asking = topics.find(({ name }) => name === 'procedure_question')?.share ?? 0;
  const cued = cuedDanger(line, question, asking);
  let told = 0;
  for (const topic of topics) if (topic.name.startsWith('emergency')) told += topic.share;
  const isCalm =
    told < CALM.noDanger && topics.some(({ name, share }) => share >= CALM.surely && CALM.topic.test(name));
  const isDoubtful =
    isOtherwise ||
    isCalm ||
    NOT_EMERGENCY.test(line) ||
    (cry.kind === 'missing' && DIED.test(line) && !LOST.test(line));
  const isOpen =
    question.words.length >= SAYS_ENOUGH &&
    !topics.some(({ name, share }) => share >= TAKEN && !name.startsWith('emergency'));
  const needed = cued
    ? HEARD.cued
    : told >= 0.3
      ? HEARD.told
      : isDoubtful
        ? HEARD.doubtful
        : isOpen
          ? HEARD.open
          : HEARD.alone;
  if (cry.share < needed) return null;
  return cued && cry.part < 0.5 ? cued : cry.kind;
}

/** Petitions as a procedure: the paper, its handling, being received. Who complains tells of something else. */
const PETITION =
  / (don (khieu nai|to cao|kien nghi|phan anh|thu|de nghi)|(khieu nai|to cao)( [a-z]+){0,3} lan (dau|1|2|hai)|(xu ly|giai quyet|thu ly|tiep nhan) (don|khieu nai|to cao|kien nghi)|tiep (cong )?dan|duoc (khieu nai|to cao)) |^ (da |thua |cho |xin |em |toi |hoi |a |ad |xa |oi |muon |ve )*(khieu nai|to cao) (thi|can|phai|o|nop|mat|bao|may|gui|het|co|viet|lam|lan|can bo( xa)?) /;
/** Somebody's own wrong is told: the wish is the complaint itself. */
const OWN_COMPLAINT =
  / (toi|em|minh|tui|chau|con|muon|dinh) (muon |dinh |can |phai |xin )*(gui don |lam don |viet don )?(phan anh|gop y|to cao|khieu nai) (?!lan )/;
const asksFact = (line: string): boolean =>
  !OWN_COMPLAINT.test(line) &&
  !/ (lich|ngay nao|hom nao|thu may|buoi nao|may gio) /.test(line) &&
  cuedAspects(line).some(({ weight, asks }) => asks && weight >= 1.7);

/** What the second level of identification is and how to get it; an account that fails is another matter. */
const LEVEL_TWO =
  /(?<! tai khoan) muc (do )?(2|hai)( vneid| dinh danh)?( [a-z0-9]+){0,3} (la (cai )?gi|the nao|nhu the nao|lam sao|can gi|can giay|mang gi|mang theo|ton tien|mat tien|bao nhieu|bao lau|may ngay|le phi) | (lam|len|dang ky|cap|xin)( dinh danh| vneid| tai khoan)* muc (do )?(2|hai) (?!o dau )/;

/** "nộp phí", "em muốn đóng tiền": paying, and nothing named that is paid for. */
const WANTS_TO_PAY =
  /^ ((toi|em|minh|chau|con|tui|bac|co|chu|cho|muon|can|xin|dinh|gio|bay gio|phai|de|di|ra|oi|ad|da|vang|a|giup|ho) )*((nop|dong|tra|chuyen)( cac| cai)?( tien| khoan| le phi| phi){1,2}|thanh toan|chuyen khoan)( phi| le phi| tien| nay| cho| xa| ho so| dich vu){0,3}( (o dau|cho nao|the nao|nhu the nao|sao|lam sao|kieu gi|bang cach nao|luc nao|duoc chua|duoc khong|khong|gio|di|nhe|nha|a|ad|em|oi|vay|z|v|day))* $/;

/** "có phải đóng tiền không": whether there is a fee, not the wish to pay it. */
const MUST_PAY = /^ (?:[a-z]+ )*?(co|phai|can|tien|phi) (?:[a-z]+ )*?(?<!duoc )(khong|chua)( [a-z]+){0,2} $/;

/** "người ta gọi bảo tôi chuyển 2 triệu phí": money wanted over the telephone, whatever it is said to be for. */
const TOLD_TO_PAY =
  / (nguoi ta|ai do|co ai|so la|nguoi la|ho|may nguoi|mot nguoi|co nguoi|xung la [a-z]+( [a-z]+)?|tu xung [a-z]+( [a-z]+)?)( [a-z0-9]+){0,3} (goi|nhan tin|dien thoai|nhan|ket ban)( [a-z0-9]+){0,6} (bao|keu|yeu cau|doi|bat|noi)( [a-z]+){0,3} (chuyen|ck|nop|dong|gui)( [a-z]+){0,2} (\d|tien|phi|trieu|tram|vai|may|le phi|khoan)/;

interface RuleInput {
  raw: string;
  line: string;
  question: Normalised;
  numbers: string[];
  emergencyKind: DangerKind | null;
  isInjection: boolean;
  intents: Map<string, number>;
  candidates: { code: string; score: number }[];
  /** Nothing read leaves room for another meaning: see `isPlainlyAsked`. */
  isPlain: boolean;
}

/** Facts only papers have: who complains, greets or has lost a password asks for none of them. */
const FACTS_OF_PAPERS = new Set<Aspect>(['documents', 'fee', 'time', 'form', 'validity', 'overview', 'result']);

/** One procedure named for sure and one of its facts asked in words: then what single words hint at counts less. */
export const isPlainlyAsked = (read: {
  asked: number;
  share: number;
  noProcedure: number;
  belief: number;
  cued: CuedAspect[];
}): boolean =>
  read.asked >= 0.7 &&
  read.share >= 0.97 &&
  read.noProcedure < 0.05 &&
  read.belief >= 0.95 &&
  read.cued.some(({ aspect, weight, asks }) => asks && weight >= 1.7 && FACTS_OF_PAPERS.has(aspect));

/** Words that decide the intent whatever the model thinks. */
export function ruleIntent({
  raw,
  line,
  question,
  numbers,
  emergencyKind,
  isInjection,
  intents,
  candidates,
  isPlain,
}: RuleInput): { intent: Intent; score: number; why: string } | null {
  if (isInjection) return { intent: 'out_of_scope', score: 0.97, why: 'tries to change the rules' };
  if (emergencyKind) return { intent: 'emergency', score: 0.95, why: emergencyKind };
  if (question.words.length === 0) {
    if (/[\u{1F44D}\u{2764}\u{1F64F}\u{1F44C}\u{1F970}\u{1F60D}\u{1F495}\u{1F618}]/u.test(raw))
      return { intent: 'thanks', score: 0.9, why: 'emoji' };
    if (/[\u{1F44B}]/u.test(raw)) return { intent: 'greeting', score: 0.9, why: 'emoji' };
    if (numbers.length > 0) return { intent: 'status_check', score: 0.99, why: 'only a dossier code' };
    return { intent: 'greeting', score: 0.4, why: 'no words' };
  }
  if (question.words.length <= 2 && /^ (e|a|o|alo|alo alo|hello|hi|hey|ei|u) $/.test(line))
    return { intent: 'greeting', score: 0.9, why: 'a call' };
  if (/ (bi|da) tru( mat)? tien /.test(line)) return { intent: 'payment', score: 0.85, why: 'money was taken' };
  if (/ (tra|kiem tra|xem|coi|theo doi)( cuu| giup| ho| gium| dum){0,2} (cai )?ho so /.test(line)) {
    return { intent: 'status_check', score: 0.9, why: 'asks to look a dossier up' };
  }
  if (question.words.length <= 40 && TOLD_TO_PAY.test(line))
    return { intent: 'payment', score: 0.9, why: 'asked for money by someone' };
  if (PETITION.test(line) && asksFact(line))
    return { intent: 'procedure_question', score: 0.85, why: 'how petitions are handled' };
  if (
    LEVEL_TWO.test(line) &&
    !/ (tai khoan|khong|bi|loi|quen|mat) .*(dang nhap|vao duoc|otp|khoa|loi|mat khau) /.test(line)
  )
    return { intent: 'procedure_question', score: 0.85, why: 'the second level itself' };
  if (isPlain) return null;
  const isAbout = (share: number) => (candidates[0]?.score ?? 0) >= share;
  for (const { intent, pattern, unless } of INTENT_CUES) {
    if (pattern.test(line) && !isAbout(unless)) return { intent, score: 0.85, why: 'plain words for it' };
  }
  const known = question.words.filter((word) => isKnownBare(word.bare) || /^\d/.test(word.bare)).length;
  if (known === 0 && question.words.length <= 8) return { intent: 'out_of_scope', score: 0.8, why: 'no word is known' };
  const isPaying =
    / (thanh toan|link|chuyen khoan|dong (tien|phi|le phi)|nop (tien|phi|le phi)|ma qr|hoan (lai|tien)|bien lai|so tai khoan|le phi) /.test(
      line,
    );
  if (numbers.length > 0 && !isPaying && (intents.get('payment') ?? 0) < 0.8)
    return { intent: 'status_check', score: 0.97, why: 'dossier code' };
  if (
    numbers.length > 0 &&
    isPaying &&
    / (dong|nop|thanh toan|link|tra tien|chuyen khoan) /.test(line) &&
    !/ (xong chua|toi dau|den dau) /.test(line)
  )
    return { intent: 'payment', score: 0.9, why: 'dossier code and paying' };
  if (HUMAN_CUE.test(line) && (candidates[0]?.score ?? 0) < 0.97)
    return { intent: 'human_request', score: 0.95, why: 'asks for a person' };
  if (
    question.words.length <= 40 &&
    / (nguoi la|so la|tai khoan ca nhan|co (nguoi|dua|so)( [a-z0-9]+){0,4} (goi|nhan|keu|bao)( [a-z0-9]+){0,6} (dong|chuyen|nop)) /.test(
      line,
    ) &&
    / (chuyen|dong|nop|tien|\d+k|tai khoan) /.test(line)
  )
    return { intent: 'payment', score: 0.85, why: 'asked for money by someone' };
  if (
    / (da|vua|lo|roi) ?(chuyen khoan|thanh toan|ck|dong (tien|phi|le phi)|nop (tien|phi|le phi)) /.test(line) &&
    !/ (o dau|bao nhieu) /.test(line)
  )
    return { intent: 'payment', score: 0.85, why: 'has paid' };
  if (question.words.length <= 10 && WANTS_TO_PAY.test(line) && !MUST_PAY.test(line) && !isAbout(0.9))
    return { intent: 'payment', score: 0.85, why: 'wants to pay' };
  if (
    / (link (thanh toan|dong|nop)|thanh toan (online|qua|truc tuyen|nghia vu|bang|tren|le phi)|(dong|nop|tra)( le| le phi| phi| tien){1,3}( [a-z]+){0,2} (qua|bang|online|tren) ) /.test(
      line,
    )
  )
    return { intent: 'payment', score: 0.85, why: 'how to pay' };
  return null;
}
