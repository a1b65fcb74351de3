import { procedureAnswer } from './answer-procedure.ts';
import type { Decision, Turn } from './decision.ts';
import type { Aspect } from './guidance.ts';
import { chosen } from './memory.ts';
import { findNational } from './national.ts';
import { pressedNational, type SaidNational, sayFinding, sayNational } from './national-say.ts';
import {
  answeredPlace,
  asksAboutPlace,
  homeOf,
  type PlaceAnswer,
  pendingOf,
  pressedPlace,
  whereNow,
} from './places.ts';
import { sayPlace } from './places-say.ts';
import { humanButton } from './speech.ts';

/** Outcomes of the catalogue's own answer beside which a name of the national list may be the better reading. */
const UNSURE = new Set(['declined', 'not_in_catalogue', 'asked_back', 'offered_choices']);

const FORGOT = /^( [a-z]+){0,3} (khong|chang|quen)( [a-z]+){0,2} (nho|biet|ro|chac|mat|roi)( [a-z]+){0,4} $/;

/** The former district is not remembered: where else it can be read. */
const forgotten = (pendingPlace: string): Decision => ({
  messages: [
    {
      text: 'Không sao. Mở VNeID, xem mục nơi thường trú: ở đó ghi tên xã, phường hiện nay. Hoặc cho tôi tên tỉnh cũ là đủ.',
      buttons: [humanButton()],
    },
  ],
  outcome: 'asked_back',
  source: 'local',
  memory: { pendingPlace },
  meant: { intent: 'office_info', procedureCode: null, aspects: ['place'] },
});

/** Where a former commune, district or province is today; null when nobody asked about a place. */
export function placeOf(turn: Turn): Decision | null {
  const { question, memory, reading } = turn;
  if (question.isWaitingForOfficer || reading.emergencyKind) return null;
  const pressed = question.payload ?? chosen(memory.choices, question.text)?.value;
  const home = () => homeOf(question.commune);
  const answer =
    (pressed === undefined ? null : pressedPlace(pressed)) ??
    (memory.pendingPlace === undefined ? null : answeredPlace(question.text, memory.pendingPlace, home())) ??
    asked(turn, home);
  if (!answer)
    return memory.pendingPlace !== undefined && FORGOT.test(reading.line) ? forgotten(memory.pendingPlace) : null;
  const said = sayPlace(answer, {
    home: home(),
    ...(question.commune.address && { address: question.commune.address }),
  });
  const pending = pendingOf(answer);
  return {
    messages: [
      {
        text: said.text,
        buttons: [...said.choices.map((choice) => ({ kind: 'reply' as const, ...choice })), humanButton()],
      },
    ],
    outcome: said.asksBack ? 'asked_back' : 'answered',
    source: 'local',
    memory: pending === null ? {} : { pendingPlace: pending },
    meant: { intent: 'office_info', procedureCode: null, aspects: ['place'] },
  };
}

/** The place itself is asked for, whatever it is needed for. */
const WHICH_UNIT =
  / (xa|phuong|tinh|thanh pho|huyen|dac khu) (nao|gi|mo|chi) | (thanh|vao|vo|thuoc|ve|ten|goi la) (gi|dau|cho nao|noi nao|mo|chi|dau roi) | con (ton tai|nua) /;

/** A procedure is asked about and the place only told along with it: "em học ở Thái Nguyên về, xin giấy độc thân cần gì". */
const namesMatter = ({ reading }: Turn): boolean =>
  reading.hasAspectWords &&
  reading.noProcedure < 0.3 &&
  (reading.candidates[0]?.score ?? 0) >= 0.6 &&
  reading.covered >= 0.5;

function asked(turn: Turn, home: () => ReturnType<typeof homeOf>): PlaceAnswer | null {
  const place = asksAboutPlace(turn.question.text);
  if (place && !WHICH_UNIT.test(turn.reading.line) && namesMatter(turn)) return null;
  return place && whereNow(place.found, { question: place, home: home() });
}

/** A typed code of our own catalogue: that procedure, whatever else the words are like. */
export function codeOf(turn: Turn): Decision | null {
  const { question, reading, house } = turn;
  if (question.isWaitingForOfficer || question.payload !== undefined || reading.emergencyKind) return null;
  const typed = /(?<![\d.])\d[.,]\d{6}(?!\d)/.exec(question.text)?.[0].replace(',', '.');
  const record = typed === undefined ? undefined : house.catalogue.byCode(typed);
  if (!record) return null;
  const aspects = reading.hasAspectWords && reading.aspects.length > 0 ? reading.aspects : (['overview'] as Aspect[]);
  return procedureAnswer(turn, record, aspects, null);
}

/** A procedure of the national list that our catalogue does not have: whose task it is, and its official page. */
export function nationalOf(turn: Turn, decision: Decision): Decision | null {
  const { question, memory, reading, house } = turn;
  if (question.isWaitingForOfficer || reading.emergencyKind) return null;
  const pressed = question.payload ?? chosen(memory.choices, question.text)?.value;
  const chosenOne = pressed === undefined ? null : pressedNational(pressed);
  if (chosenOne) return tell(sayNational(chosenOne));
  if (question.payload !== undefined || !UNSURE.has(decision.outcome) || reading.isInjection) return null;
  const finding = findNational(
    question.text,
    { isOurs: (code) => house.catalogue.byCode(code) !== undefined, province: question.commune.province ?? null },
    reading.question,
  );
  return finding && tell(sayFinding(finding));
}

const tell = (said: SaidNational): Decision => ({
  messages: [
    {
      text: said.text,
      buttons: [...said.choices.map((choice) => ({ kind: 'reply' as const, ...choice })), humanButton()].slice(0, 5),
    },
  ],
  outcome: said.choices.length > 0 ? 'offered_choices' : said.isCommune ? 'record_lacks_fact' : 'other_agency',
  source: 'record',
  meant: { intent: 'procedure_question', procedureCode: null, aspects: [] },
});
