import type { Procedure } from '../procedures/catalogue.ts';
import { shortName } from '../procedures/hints.ts';
import { plain } from '../procedures/words.ts';
import { findAmbiguity } from './ambiguities.ts';
import { offer } from './answer-choices.ts';
import { linkedAnswer } from './answer-linked.ts';
import { procedureAnswer } from './answer-procedure.ts';
import { severalAnswers } from './answer-several.ts';
import { cuedAspects } from './aspect-cues.ts';
import { aspectsAsked } from './aspects-asked.ts';
import { BELIEVED } from './belief.ts';
import { toldInThread } from './decide-circumstance.ts';
import { goOnWith, otherOne } from './decide-other.ts';
import { isNamed, saysWholeName } from './decide-short.ts';
import { playOf } from './decide-unreal.ts';
import type { Decision, Turn } from './decision.ts';
import type { Aspect } from './guidance.ts';
import type { Recall } from './memory.ts';
import { parsePress } from './payloads.ts';
import { namedAlone, namedTogether } from './said-names.ts';
import * as office from './say-office.ts';
import { toldCode } from './say-procedure.ts';
import * as talk from './say-small-talk.ts';
import { humanButton } from './speech.ts';

/** Shares of the reading at which it is acted on, read off examples held out of training. */
const SURE = 0.5;
const MAYBE = 0.3;

/** "có cần giấy ủy quyền không": whether this matter needs it, not how to get it. */
const ASKS_FOR_PAPER =
  /^( [a-z]+){0,3} (co can|can|phai co|co phai (co|mang|nop)|co bat buoc)( phai)?( co| mang| nop)?( [a-z]+){0,1} (giay|to khai|uy quyen|so ho khau|ho khau|anh|can cuoc|cccd|cong chung|xet nghiem|chung thuc)( [a-z]+){0,5} (khong|a|ha)( a| vay| nhi| ta)* $/;

/** "ở tạm trú xin được không": where one lives, not what one wants. */
const LIVES_THERE =
  / (o|tai)( noi| cho)?( dang)? (tam tru|thuong tru|o tro)( [a-z]+){0,2} (duoc|co duoc) (?!dang ky)|^ (o|tai)( noi| cho)? (tam tru|thuong tru)( [a-z]+){0,3} (khong|duoc) /;

/** What a case told is answered with: the fact asked before, or how to do it. */
export const stillAsked = ({ aspect }: Recall): Aspect => (aspect && aspect !== 'overview' ? aspect : 'steps');

export function procedureTurn(turn: Turn): Decision {
  turn.reading = { ...turn.reading, aspects: aspectsAsked(turn.question.text, turn.reading.aspects) };
  const { memory, reading, house } = turn;
  const { line } = reading;
  const alone = namedAlone(line, house.hints);
  if (alone && house.catalogue.byCode(alone) && reading.candidates[0]?.code !== alone && reading.noProcedure < 0.3)
    return procedureAnswer(turn, house.catalogue.byCode(alone)!, reading.aspects, null);
  const [first, second] = reading.candidates;
  const current = memory.procedureCode ? house.catalogue.byCode(memory.procedureCode) : undefined;
  const words = reading.question.words.length;

  if (reading.act === 'restart' && reading.noProcedure > 0.4) {
    const { procedureCode: _code, case: _case, aspect: _aspect, ...rest } = memory;
    turn.memory = rest as Recall;
    return {
      messages: [{ text: 'Vâng, hỏi việc khác ạ. Cần việc gì?', buttons: talk.popularButtons() }],
      outcome: 'small_talk',
      meant: { procedureCode: null, aspects: [] },
    };
  }
  if (reading.act === 'back' && memory.earlierCode && reading.noProcedure > 0.4)
    return procedureAnswer(turn, house.catalogue.byCode(memory.earlierCode)!, [memory.aspect ?? 'overview'], null);

  const ambiguity = findAmbiguity(house.ambiguities, line);
  if (
    ambiguity &&
    (!current ||
      !ambiguity.choices.some(({ code }) => code === current.code) ||
      (reading.noProcedure < 0.3 && !(reading.hasAspectWords && memory.lastIntent === 'procedure_question')))
  )
    return offer(turn, ambiguity);

  const spokenOf =
    first && first.score >= SURE && reading.noProcedure < 0.35 ? house.catalogue.byCode(first.code) : current;
  const following = spokenOf && linkedAnswer(turn, spokenOf);
  if (following) return following;

  const together = (reading.joined.length > 1 ? reading.joined : namedTogether(line, house.hints)).flatMap(
    (code) => house.catalogue.byCode(code) ?? [],
  );
  // where one procedure does both at once, that one is the answer
  if (together.length > 1 && (!first || first.score < SURE || together.some(({ code }) => code === first.code))) {
    const both = severalAnswers(turn, together, reading.aspects);
    if (both) return both;
  }

  // "thẻ sắp hết hạn" tells of a day, "hết hạn thì sao" asks about it
  const asks = cuedAspects(line).some((cue) => cue.asks);
  const fitting = current && gotoOf(turn, current);
  if (fitting) return procedureAnswer(turn, fitting, asks ? reading.aspects : [stillAsked(memory)], null);
  const named = reading.candidates.slice(0, 4).map(({ code }) => code);
  const back = / (quay lai|tro lai|quay ve|hoi tiep|noi tiep) /.test(line)
    ? [memory.earlierCode, memory.procedureCode].find((code) => code !== undefined && named.includes(code))
    : undefined;
  if (back) return procedureAnswer(turn, house.catalogue.byCode(back)!, reading.aspects, null);
  const other = otherOne(turn);
  if (other) return other;
  const isSlip = reading.act === 'correction' || / (nham|y (em|toi|minh|chau|con|tui) la|noi lon) /.test(line);
  const isElliptic =
    / (no|cai do|cai nay|cai ay|cai kia|giay do|giay nay|viec do|viec nay|vu do|vay|the|con|thi sao|truong hop do) /.test(
      line,
    );
  const scoreOfCurrent = reading.candidates.find(({ code }) => code === current?.code)?.score ?? 0;
  const namesOther =
    first !== undefined &&
    (isSlip || reading.belief >= BELIEVED / 4) &&
    (isSlip || scoreOfCurrent < 0.6 * first.score) &&
    !(!asks && !isSlip && current !== undefined && caseSaid(turn, current) !== null) &&
    !(current && (ASKS_FOR_PAPER.test(line) || LIVES_THERE.test(line)) && words <= 8) &&
    first.code !== current?.code &&
    first.score >= (isSlip ? MAYBE : SURE) &&
    (isSlip ||
      words > 9 ||
      !reading.hasAspectWords ||
      (first.score >= 0.8 && reading.noProcedure < 0.1 && reading.covered >= 0.6) ||
      isNamed(house.catalogue.byCode(first.code)!, line, house.hints.get(first.code)?.say ?? [])) &&
    reading.noProcedure < (isSlip ? 0.6 : 0.35);
  const isFollowUp =
    current !== undefined &&
    (!namesOther || (reading.act !== null && !isSlip && reading.noProcedure > 0.3 && words <= 6)) &&
    !(isSlip && namesOther) &&
    (reading.noProcedure >= 0.3 ||
      (ASKS_FOR_PAPER.test(line) && words <= 8) ||
      (!namesOther && reading.hasAspectWords && words <= 9) ||
      (first?.score ?? 0) < SURE ||
      first?.code === current.code ||
      (isElliptic && words <= 7 && reading.noProcedure > 0.15));
  if (current && isFollowUp) {
    const caseName = caseSaid(turn, current) ?? memory.case ?? null;
    if (reading.act === 'repeat')
      return procedureAnswer(turn, current, [memory.aspect ?? 'overview'], memory.case ?? null);
    if (reading.act === 'yes' && !reading.hasAspectWords) return procedureAnswer(turn, current, ['steps'], caseName);
    if (reading.act === 'no' && !reading.hasAspectWords)
      return {
        messages: [
          {
            text: 'Vâng. Cần biết thêm gì nữa không ạ?',
            buttons: [...talk.popularButtons().slice(0, 3), humanButton()],
          },
        ],
        outcome: 'asked_back',
        meant: { procedureCode: toldCode(current, turn.speech), aspects: [] },
      };
    const isNewCase = caseSaid(turn, current) !== null && !asks;
    // "còn ba tui 68 tuổi thì sao": the same asked of somebody else
    const isSameAgain = memory.aspect !== undefined && / thi sao( [a-z]+)? $/.test(line) && !isNewCase;
    const aspects = LIVES_THERE.test(line)
      ? (['place'] as Aspect[])
      : ASKS_FOR_PAPER.test(line)
        ? (['eligibility'] as Aspect[])
        : isSameAgain && reading.aspects.every((aspect) => aspect === 'steps' || aspect === 'overview')
          ? [memory.aspect!]
          : reading.hasAspectWords || reading.act === 'aspect' || reading.aspectScore > 0.5
            ? reading.aspects
            : [memory.aspect ?? 'overview'];
    return procedureAnswer(turn, current, isNewCase ? [stillAsked(memory)] : aspects, caseName);
  }
  if (!current && reading.act !== null && (first?.score ?? 0) < SURE) return missed(turn);
  if (!first || reading.noProcedure > 0.6 || first.score < 0.12) return missed(turn);
  const record = house.catalogue.byCode(first.code)!;
  const gap = first.score - (second?.score ?? 0);
  // words nobody ever said about it, or a share of "no procedure": ask instead of answering
  const isSaid = (named: Procedure) => saysWholeName(named, line, house.hints.get(named.code)?.say ?? []);
  const isFirm =
    reading.belief >= (current === undefined ? BELIEVED : BELIEVED / 2) ||
    (current !== undefined && isSlip && first.score >= 0.9 && isSaid(record));
  const rival = second && house.catalogue.byCode(second.code);
  const isWholeName =
    (first.score >= 0.9 || (first.score >= 0.4 && rival !== undefined && !isSaid(rival))) &&
    reading.noProcedure < 0.05 &&
    reading.intentScore >= 0.9 &&
    isSaid(record);
  if (
    (isWholeName && isFirm) ||
    (isFirm && (first.score >= SURE || (first.score >= MAYBE && gap >= 0.12 && reading.noProcedure < 0.25)))
  ) {
    // "nhầm, ý em là thường trú": the same question about another thing
    const isCorrection =
      current &&
      (reading.act === 'correction' || / (nham|y (em|toi|minh|la)|lon|khong phai|chu khong) /.test(line)) &&
      !reading.hasAspectWords;
    const goesOn =
      current &&
      !reading.hasAspectWords &&
      words <= 7 &&
      / (a|u|o|khong|khong phai|con|the con|y|la|chi la) /.test(line.slice(0, line.indexOf(' ', 1) + 1));
    const aspects = isCorrection || goesOn ? [memory.aspect ?? 'overview'] : reading.aspects;
    const also = reading.candidates
      .slice(1, 3)
      .filter(({ score }) => score >= 0.25)
      .map(({ code }) => house.catalogue.byCode(code)!);
    const fits = gotoOf(turn, record) ?? record;
    return procedureAnswer(turn, fits, aspects, fits === record ? reading.case : caseSaid(turn, fits), false, { also });
  }
  const play = playOf(turn);
  if (play) return play;
  const options = reading.candidates.filter(({ score }) => score >= Math.max(0.06, first.score * 0.3)).slice(0, 4);
  if (reading.noProcedure > 0.3 || (options.length < 2 && first.score < MAYBE)) return missed(turn);
  // what is told of the matter at hand calls for no other matters
  const told = current && !reading.hasAspectWords && !isSlip ? toldInThread(turn) : null;
  if (told) return told;
  const guess = offer(turn, {
    id: 'unsure',
    ask: options.length > 1 ? 'Có phải đang hỏi một trong các việc này không?' : 'Có phải đang hỏi việc này không?',
    choices: options.map(({ code }) => ({ code, title: shortName(house.catalogue.byCode(code)!, house.hints) })),
  });
  return { ...guess, isGuess: true };
}

/** "Đã có khai sinh", "Chưa có sổ": what is there or not, said of the same thing in other words. */
function saysChoice(title: string, line: string): boolean {
  const [, has, thing] = / (da|chua)(?: co)? ([a-z ]+?) *(?:$|[,:])/.exec(` ${plain(title)}`) ?? [];
  if (!thing) return false;
  const said = new RegExp(`((?: [a-z]+){0,4}) ${thing} `).exec(line);
  if (!said) return false;
  const isLacking = / (chua|khong|chang|hong)( [a-z]+)?$/.test(said[1]!);
  return isLacking === (has === 'chua');
}

/** "sổ cháy rồi", "mua bán xe": one of the offered procedures is meant, by its own words. */
export function answersChoice(turn: Turn): Decision | null {
  const { memory, reading, house } = turn;
  const offered = (memory.choices ?? []).flatMap(({ title, value }) => {
    const pressed = parsePress(value);
    return pressed?.kind === 'ask' ? [{ ...pressed, title }] : [];
  });
  const codes = new Set(offered.map(({ code }) => code));
  if (codes.size >= 2) {
    const isLost =
      / (so|goc)( [a-z]+){0,5} (chay|mat|khong con|lut|cuon|that lac|bo) | (mat|chay) (ca |luon )?so /.test(
        reading.line,
      );
    const isKept = / (so|goc)( [a-z]+){0,4} (con|giu|van con) | con so /.test(reading.line) && !isLost;
    const again = offered.find(({ code }) => code === '1.004884' || code === '1.004746' || code === '1.005461');
    const copy = offered.find(({ code }) => code === '2.000635');
    const bySaid = offered.find(({ title }) => saysChoice(title, reading.line));
    const byBook = isLost ? again : isKept || / (khong biet|khong nho|khong ro) /.test(reading.line) ? copy : undefined;
    const best =
      bySaid ??
      byBook ??
      reading.candidates
        .filter(({ code, score }) => codes.has(code) && score >= 0.08)
        .map(({ code }) => offered.find((entry) => entry.code === code)!)[0];
    const [first] = reading.candidates;
    if (
      best &&
      (byBook || first?.code === best.code || reading.noProcedure > 0.2 || (memory.asksWhich && first!.score < 0.5))
    ) {
      const aspects: Aspect[] = reading.hasAspectWords
        ? reading.aspects
        : [best.aspect === 'overview' ? 'steps' : best.aspect];
      return procedureAnswer(turn, house.catalogue.byCode(best.code)!, aspects, null);
    }
  }
  return null;
}

/** The procedure that fits better once the case is known: "chưa đăng ký kết hôn" while asking about a birth. */
function gotoOf(turn: Turn, record: Procedure): Procedure | undefined {
  const options = turn.speech.caseQuestions.get(record.code)?.options ?? [];
  const hit = options.find(({ when, goto: code }) => code && when && new RegExp(` (${when}) `).test(turn.reading.line));
  return hit?.goto ? turn.house.catalogue.byCode(hit.goto) : undefined;
}

/** The words name a case of the procedure spoken of, or the one that fits better. */
export function tellsCase(turn: Turn): boolean {
  const current = turn.memory.procedureCode ? turn.house.catalogue.byCode(turn.memory.procedureCode) : undefined;
  return current !== undefined && (caseSaid(turn, current) !== null || gotoOf(turn, current) !== undefined);
}

/** The case of the current procedure that the words tell, by its cues even when another procedure was read. */
export function caseSaid(turn: Turn, record: Procedure): string | null {
  if (turn.reading.procedureCode === record.code && turn.reading.case) return turn.reading.case;
  const options = turn.speech.caseQuestions.get(record.code)?.options ?? [];
  const hit = options.find(({ when, case: name }) => name && when && new RegExp(` (${when}) `).test(turn.reading.line));
  return hit?.case ?? null;
}

function missed(turn: Turn): Decision {
  const before = turn.memory.before ? turn.house.catalogue.byCode(turn.memory.before) : undefined;
  if (before && turn.isNew) return goOnWith(turn, before);
  const misses = (turn.memory.misses ?? 0) + 1;
  if (misses > 2)
    return {
      messages: office.handOff(turn.question.commune, turn.question.now),
      saysWhen: 'hand_off',
      outcome: 'handed_off',
      handOff: { reason: 'not_understood' },
      meant: { procedureCode: null, aspects: [] },
    };
  return {
    messages: talk.notUnderstood(misses),
    outcome: 'not_in_catalogue',
    memory: { misses },
    meant: { procedureCode: null, aspects: [] },
  };
}
