import type { OutgoingMessage } from '../channels/channel.ts';
import { type CommuneSettings, communeSettings } from '../communes/communes.ts';
import { type Catalogue, loadCatalogue, type Procedure } from '../procedures/catalogue.ts';
import { loadHints, shortName } from '../procedures/hints.ts';
import { feeLines, isOurs } from '../procedures/phrasing.ts';
import { type Ambiguity, findAmbiguity, loadAmbiguities } from './ambiguities.ts';
import { loadCaseQuestions } from './cases.ts';
import type { EmergencyKind } from './cues.ts';
import { normaliseDossierNumber } from './dossier-numbers.ts';
import type { Answer, Aspect, Guidance, Memory, Outcome, Question } from './guidance.ts';
import { chosen, type Recall, recall } from './memory.ts';
import { loadModel } from './model.ts';
import { type Press, parsePress, press } from './payloads.ts';
import { createReader, type Reader, type Understanding } from './read.ts';
import * as office from './say-office.ts';
import {
  bubbles,
  caseOfOption,
  documents,
  humanButton,
  type Speech,
  sayProcedure,
  sourceLine,
  toldCode,
} from './say-procedure.ts';

export interface GuidanceOptions {
  /** Made once and shared; built from the shipped data when left out. */
  reader?: Reader;
  catalogue?: Catalogue;
}

/** The guidance engine without a language model: deterministic, no network, a millisecond or two per question. */
export function createGuidance(options: GuidanceOptions = {}): Guidance & { read: Reader } {
  const catalogue = options.catalogue ?? loadCatalogue();
  const reader = options.reader ?? createReader(loadModel(), catalogue);
  const house: House = {
    catalogue,
    reader,
    hints: loadHints(),
    caseQuestions: loadCaseQuestions(),
    ambiguities: loadAmbiguities(catalogue),
  };
  return {
    answer: async (question) => answer(house, question),
    looksUnfinished: (text) => looksUnfinished(reader, text),
    read: reader,
  };
}

interface House {
  catalogue: Catalogue;
  reader: Reader;
  hints: Speech['hints'];
  caseQuestions: Speech['caseQuestions'];
  ambiguities: Ambiguity[];
}

/** One turn being decided. */
interface Turn {
  house: House;
  question: Question;
  speech: Speech;
  memory: Recall;
  isNew: boolean;
  reading: Understanding;
}

interface Decision {
  messages: OutgoingMessage[];
  outcome: Outcome;
  source?: Answer['source'];
  records?: Answer['records'];
  handOff?: Answer['handOff'];
  resumesAssistant?: boolean;
  memory?: Partial<Recall>;
  /** What the words meant with the memory's help, where that differs from the reading. */
  meant?: {
    procedureCode?: string | null;
    aspects?: Aspect[];
    case?: string | null;
    intent?: Answer['reading']['intent'];
  };
}

const WAITING_ACK_MS = 10 * 60_000;

function answer(house: House, question: Question): Answer {
  const { memory, isNew } = recall(question.memory, question.now);
  const speech: Speech = { hints: house.hints, caseQuestions: house.caseQuestions, commune: question.commune };
  const reading = house.reader(question.text, question.now);
  const turn: Turn = { house, question, speech, memory, isNew, reading };
  const decision = decide(turn);
  return finish(turn, decision);
}

function finish(turn: Turn, decision: Decision): Answer {
  const { reading, memory } = turn;
  const messages = decision.messages.slice(0, 5).map(clean);
  if (reading.personalData.length > 0 && messages.length > 0)
    messages[0] = { ...messages[0]!, text: `${office.PRIVACY_NOTE}\n${messages[0]!.text}` };
  if (
    turn.isNew &&
    messages.length > 0 &&
    !messages[0]!.text.includes('trợ lý tự động') &&
    decision.handOff?.reason !== 'emergency'
  ) {
    // said at the start by law, but after the answer: the first line is what was asked
    const end = messages.length - 1;
    messages[end] = {
      ...messages[end]!,
      text: `${messages[end]!.text}\n(${office.introduction(turn.question.commune)})`,
    };
  }
  const last = messages.at(-1);
  const choices = last?.buttons?.filter(({ kind }) => kind === 'reply').map(({ title, value }) => ({ title, value }));
  const intent = decision.meant?.intent ?? reading.intent;
  const { choices: _old, misses: _misses, awaitsDossier: _awaits, warnedOfScam: _warned, ...kept } = memory;
  const next: Recall = {
    ...kept,
    greeted: true,
    lastIntent: intent,
    ...(choices && choices.length > 0 && { choices }),
    ...decision.memory,
  };
  return {
    reading: {
      intent,
      intentScore: reading.intentScore,
      procedureCode:
        decision.meant?.procedureCode !== undefined
          ? decision.meant.procedureCode
          : intent === 'procedure_question' || intent === 'status_check' || intent === 'payment'
            ? reading.procedureCode
            : null,
      candidates: reading.candidates,
      aspects: decision.meant?.aspects ?? (intent === 'procedure_question' ? reading.aspects : []),
      case: decision.meant?.case ?? reading.case,
      dossierNumbers: reading.dossierNumbers,
      personalData: reading.personalData,
      explanation: reading.explanation,
    },
    messages,
    memory: next as Memory,
    outcome: decision.outcome,
    source: decision.source ?? 'none',
    records: decision.records ?? [],
    ...(decision.handOff && { handOff: decision.handOff }),
    ...(decision.resumesAssistant && { resumesAssistant: true }),
  };
}

const clean = (message: OutgoingMessage): OutgoingMessage => ({
  ...message,
  text: message.text.normalize('NFC').trim(),
});

function decide(turn: Turn): Decision {
  const { question, memory, reading } = turn;
  if (question.isWaitingForOfficer) return whileWaiting(turn);
  if (question.payload !== undefined) {
    const pressed = parsePress(question.payload);
    if (pressed) return act(turn, pressed);
    if (!question.text.trim()) {
      const named = chosen(memory.choices, question.payload);
      const meaning = named && parsePress(named.value);
      if (meaning) return act(turn, meaning);
      return { messages: office.greeting(question.commune, turn.isNew), outcome: 'small_talk' };
    }
  }
  if (question.isStart && !question.text.trim())
    return { messages: office.greeting(question.commune, true), outcome: 'small_talk' };
  if (!question.text.trim()) {
    const kind = question.attachments?.[0]?.kind;
    if (kind)
      return {
        messages: office.attachment(kind),
        outcome: 'asked_back',
        meant: { procedureCode: null, aspects: [] },
        memory: { awaitsDossier: kind === 'image' },
      };
    return { messages: office.greeting(question.commune, turn.isNew), outcome: 'small_talk' };
  }
  if (reading.emergencyKind === null) {
    const pick = chosen(memory.choices, question.text);
    const meaning = pick && parsePress(pick.value);
    if (meaning) return act(turn, meaning);
  }
  return byIntent(turn);
}

function whileWaiting(turn: Turn): Decision {
  const { question, memory, reading } = turn;
  const pressed = question.payload !== undefined ? parsePress(question.payload) : null;
  if (pressed) return { ...act(turn, pressed), ...(pressed.kind !== 'human' && { resumesAssistant: true }) };
  if (reading.emergencyKind) return byIntent(turn);
  if (
    / (hoi (tiep )?tro ly|quay lai tro ly|tro ly oi|hoi may|hoi bot|hoi tiep|huy yeu cau gap|khong can gap (can bo )?nua|thoi khoi gap) /.test(
      reading.line,
    )
  ) {
    return {
      messages: [{ text: 'Vâng, tôi tiếp tục trả lời. Cần hỏi việc gì ạ?', buttons: office.popularButtons() }],
      outcome: 'small_talk',
      resumesAssistant: true,
    };
  }
  if (reading.dossierNumbers.length > 0) return statusOf(turn);
  const isAboutWaiting =
    / (bao lau|bao gio|khi nao|may gio|cho (lau|mai|den)|con bao lau|co ai|chua thay|sao lau|lau qua|tra loi chua|co nguoi) /.test(
      reading.line,
    ) &&
    (reading.noProcedure > 0.3 || / (tra loi|can bo|nguoi|cho) /.test(reading.line));
  if (isAboutWaiting)
    return {
      messages: office.waitingAnswer(question.commune, question.now),
      outcome: 'answered',
      source: 'local',
      meant: { intent: 'human_request', procedureCode: null, aspects: ['time'] },
    };
  if (memory.waitingAckAt !== undefined && question.now.getTime() - memory.waitingAckAt < WAITING_ACK_MS)
    return { messages: [], outcome: 'handed_off' };
  return { messages: office.waitingAck(), outcome: 'handed_off', memory: { waitingAckAt: question.now.getTime() } };
}

/** A button, or words that mean one. */
function act(turn: Turn, pressed: Press): Decision {
  const { question, house, memory } = turn;
  switch (pressed.kind) {
    case 'ask':
      return procedureAnswer(
        turn,
        house.catalogue.byCode(pressed.code)!,
        [pressed.aspect],
        memory.procedureCode === pressed.code ? (memory.case ?? null) : null,
      );
    case 'case': {
      const fits = house.catalogue.byCode(
        turn.speech.caseQuestions.get(pressed.code)?.options[pressed.option]?.goto ?? '',
      );
      if (fits) return procedureAnswer(turn, fits, [pressed.aspect], null);
      const caseName = caseOfOption(pressed.code, pressed.option, turn.speech);
      return procedureAnswer(
        turn,
        house.catalogue.byCode(pressed.code)!,
        [pressed.aspect],
        caseName ?? null,
        caseName === '',
      );
    }
    case 'more': {
      const record = house.catalogue.byCode(pressed.code)!;
      if (pressed.page === 0) return procedureAnswer(turn, record, ['documents'], pressed.caseName);
      const said = documents(record, pressed.caseName, turn.speech, pressed.page);
      const messages = bubbles([...said.lines, sourceLine(record, turn.speech, false)]).map(
        (text): OutgoingMessage => ({ text }),
      );
      messages.at(-1)!.buttons = [...(said.buttons ?? []), humanButton()];
      return {
        messages,
        outcome: 'answered',
        source: 'record',
        records: [cite(record)],
        memory: {
          procedureCode: record.code,
          ...(pressed.caseName && { case: pressed.caseName }),
          aspect: 'documents',
        },
        meant: meaning(turn, record, ['documents'], pressed.caseName),
      };
    }
    case 'human':
      return {
        messages: office.handOff(question.commune, question.now),
        outcome: 'handed_off',
        handOff: { reason: 'asked' },
        meant: { intent: 'human_request', procedureCode: null, aspects: [] },
      };
    case 'resume':
      return {
        messages: [{ text: 'Vâng, tôi trả lời tiếp. Cần hỏi việc gì ạ?', buttons: office.popularButtons() }],
        outcome: 'small_talk',
        resumesAssistant: true,
      };
    case 'menu':
      return { messages: office.greeting(question.commune, turn.isNew), outcome: 'small_talk' };
    case 'office':
      return {
        messages: office.office(question.commune, 'office_info|hours', ' ', question.now).messages,
        outcome: 'answered',
        source: 'local',
        meant: { intent: 'office_info', procedureCode: null, aspects: ['time'] },
      };
    case 'status':
      return {
        messages: office.status(memory.dossier ?? null, false, ' '),
        outcome: memory.dossier ? 'looked_up' : 'asked_back',
        memory: { awaitsDossier: true },
        meant: { intent: 'status_check', procedureCode: null, aspects: [] },
      };
    case 'no_code':
      return {
        messages: office.noCode(),
        outcome: 'answered',
        meant: { intent: 'status_check', procedureCode: null, aspects: [] },
      };
  }
}

const cite = (record: Procedure) => ({ code: record.code, asOf: record.asOf });
const meaning = (turn: Turn, record: Procedure, aspects: Aspect[], caseName: string | null) => ({
  intent: 'procedure_question' as const,
  procedureCode: toldCode(record, turn.speech),
  aspects,
  case: caseName,
});

function procedureAnswer(
  turn: Turn,
  record: Procedure,
  aspects: Aspect[],
  caseName: string | null,
  isCaseSettled = false,
  extras: { opening?: string; also?: Procedure[] } = {},
): Decision {
  const speech = isCaseSettled
    ? {
        ...turn.speech,
        caseQuestions: new Map([...turn.speech.caseQuestions].filter(([code]) => code !== record.code)),
      }
    : turn.speech;
  const shown = turn.memory.sourceShown === record.code;
  const extraButtons = (extras.also ?? []).map((other) => ({
    title: shortName(other, speech.hints),
    kind: 'reply' as const,
    value: press.ask(other.code, aspects[0] ?? 'overview'),
  }));
  const { messages, known } = sayProcedure(record, aspects, caseName, speech, {
    isSourceShown: shown,
    ...(extras.opening && { opening: extras.opening }),
    extraButtons,
  });
  const outcome: Outcome = !known ? 'record_lacks_fact' : isOurs(record) ? 'answered' : 'other_agency';
  const earlier =
    turn.memory.procedureCode && turn.memory.procedureCode !== record.code
      ? { earlierCode: turn.memory.procedureCode }
      : {};
  const { case: _case, ...rest } = turn.memory;
  turn.memory = rest as Recall;
  return {
    messages,
    outcome,
    source: 'record',
    records: [cite(record)],
    memory: {
      procedureCode: record.code,
      aspect: aspects[0]!,
      sourceShown: record.code,
      ...(caseName && { case: caseName }),
      ...earlier,
    },
    meant: meaning(turn, record, aspects, caseName),
  };
}

function statusOf(turn: Turn): Decision {
  const { reading, memory, question } = turn;
  const number =
    reading.dossierNumbers[0] ?? (memory.awaitsDossier ? normaliseDossierNumber(question.text, question.now) : null);
  if (number)
    return {
      messages: office.status(number, false, reading.line),
      outcome: 'looked_up',
      memory: { dossier: number },
      meant: { intent: 'status_check', procedureCode: null, aspects: [] },
    };
  if (
    / (cua (ong|ba|anh|chi|co|chu|bac)( [a-z]+){1,6} (hang xom|nha ben)|hang xom|nguoi khac|con (ong|ba) ay) /.test(
      reading.line,
    )
  ) {
    return {
      messages: [
        {
          text: 'Hồ sơ của người khác tôi không xem được. Chính chủ nhắn mã hồ sơ, hoặc đến một cửa có giấy ủy quyền.',
          buttons: [humanButton()],
        },
      ],
      outcome: 'declined',
    };
  }
  const code = reading.procedureCode;
  return {
    messages: office.status(null, reading.hasBrokenNumber, reading.line),
    outcome: 'asked_back',
    memory: { awaitsDossier: true },
    meant: { procedureCode: code, aspects: [] },
  };
}

const STATUS_TALK = new Set(['status_check']);

function byIntent(turn: Turn): Decision {
  const { question, memory, reading, house } = turn;
  const { commune, now } = question;
  const { line } = reading;
  const none = { procedureCode: null, aspects: [] as Aspect[] };
  if (reading.emergencyKind && (memory.procedureCode === undefined || reading.intent === 'emergency'))
    return emergencyOf(turn, reading.emergencyKind);
  if (
    memory.lastIntent === 'emergency' &&
    memory.emergencyKind &&
    reading.noProcedure > 0.3 &&
    !['human_request', 'goodbye', 'thanks', 'status_check'].includes(reading.intent)
  )
    return emergencyOf(turn, memory.emergencyKind as EmergencyKind);
  if (reading.isInjection)
    return { messages: office.declined(), outcome: 'declined', meant: { ...none, intent: 'out_of_scope' } };
  const awaited = memory.awaitsDossier ? normaliseDossierNumber(question.text, now) : null;
  if (awaited)
    return {
      messages: office.status(awaited, false, line),
      outcome: 'looked_up',
      memory: { dossier: awaited },
      meant: { intent: 'status_check', ...none },
    };
  if (reading.hasBrokenNumber && reading.intent !== 'payment')
    return statusOf({ ...turn, reading: { ...reading, intent: 'status_check' } });

  if (/ (gui|chup)( [a-z]+){0,2} (hinh|anh)( [a-z]+){0,3} (can cuoc|cccd|cmnd|chung minh) /.test(line)) {
    const intent = memory.lastIntent === 'status_check' ? 'status_check' : reading.intent;
    return {
      messages: office.attachment('image'),
      outcome: 'declined',
      meant: { intent, ...none },
      memory: { awaitsDossier: true },
    };
  }
  if (
    memory.warnedOfScam &&
    / (lo|da|vua|roi)( [a-z]+){0,2} (chuyen|dong|ck|nop|gui) | (chuyen|dong|gui)( [a-z0-9]+){0,4} roi /.test(line)
  ) {
    return emergencyOf(turn, 'scam');
  }
  if (
    memory.choices &&
    ['procedure_question', 'out_of_scope', 'greeting', 'status_check', 'thanks'].includes(reading.intent)
  ) {
    const settled = answersChoice(turn);
    if (settled) return settled;
  }
  // thanks or a greeting around a question about the matter at hand
  const isAsking = reading.hasAspectWords && reading.question.words.length >= 4;
  if ((reading.intent === 'thanks' || reading.intent === 'greeting') && memory.procedureCode && isAsking)
    return procedureTurn(turn);

  if (
    ['human_request', 'account_help'].includes(reading.intent) &&
    memory.procedureCode &&
    / ai (lam|di|nop|viet|dien|ky)( [a-z]+){0,2} (ho|thay|giup|duoc) | (viet|dien) (giup|ho) /.test(line)
  )
    return procedureTurn(turn);

  // while a dossier is spoken of, short replies stay with it
  const isShort = reading.question.words.length <= 9;
  if (
    STATUS_TALK.has(memory.lastIntent ?? '') &&
    isShort &&
    (reading.procedureCode === null || reading.noProcedure > 0.25) &&
    ['procedure_question', 'status_check', 'account_help', 'greeting', 'feedback_complaint'].includes(reading.intent)
  ) {
    const stays =
      reading.act === 'yes' ||
      / (tra (bang|theo)|giay hen|bien nhan|cccd|can cuoc|sao (tre|lau|cham)|tre|con ong|tu choi|ly do|the nao roi|xong chua|hinh|anh|ma nao) /.test(
        line,
      );
    if (stays) {
      const meant = { intent: 'status_check' as const, ...none };
      if (/ (hinh|anh|chup)( [a-z]+){0,3} (can cuoc|cccd|cmnd|chung minh) | gui (hinh|anh) /.test(line))
        return { messages: office.attachment('image'), outcome: 'declined', meant, memory: { awaitsDossier: true } };
      if (/ con (ong|ba|anh|chi|cua) /.test(line))
        return {
          messages: [
            {
              text: 'Người nhà cũng cần mã hồ sơ trên giấy hẹn, hoặc đến một cửa với giấy ủy quyền. Tôi không tra theo tên được.',
              buttons: [humanButton()],
            },
          ],
          outcome: 'declined',
          meant,
        };
      if (memory.dossier && reading.act === 'yes')
        return {
          messages: office.status(memory.dossier, false, line),
          outcome: 'looked_up',
          meant,
          memory: { dossier: memory.dossier },
        };
      if (memory.dossier) return { messages: office.askDetail(), outcome: 'answered', meant };
      return {
        messages: office.status(null, false, line),
        outcome: 'asked_back',
        meant,
        memory: { awaitsDossier: true },
      };
    }
  }
  if (
    memory.lastIntent === 'human_request' &&
    / (bao lau|khi nao|bao gio|may gio) /.test(line) &&
    reading.noProcedure > 0.3
  )
    return {
      messages: office.waitingAnswer(commune, now),
      outcome: 'answered',
      source: 'local',
      meant: { intent: 'human_request', procedureCode: null, aspects: ['time'] },
    };
  if (
    memory.lastIntent === 'payment' &&
    isShort &&
    reading.noProcedure > 0.3 &&
    ['procedure_question', 'status_check', 'thanks', 'greeting'].includes(reading.intent) &&
    / (tien|link|dong|chuyen|tra|het han|gui lai|roi) /.test(line)
  ) {
    return {
      messages: office.payment('payment', line, null),
      outcome: 'answered',
      source: 'local',
      meant: { intent: 'payment', ...none },
    };
  }

  // "giấy khai sinh không còn": lost, not a dossier under way
  if (
    reading.intent === 'status_check' &&
    reading.dossierNumbers.length === 0 &&
    !/ (ho so|don|ket qua|nop) /.test(line) &&
    findAmbiguity(house.ambiguities, line)
  )
    return procedureTurn(turn);

  switch (reading.intent) {
    case 'greeting':
      return { messages: office.greeting(commune, turn.isNew), outcome: 'small_talk', meant: none };
    case 'thanks':
      return { messages: office.thanks(), outcome: 'small_talk', meant: none };
    case 'goodbye':
      return { messages: office.goodbye(), outcome: 'small_talk', meant: none };
    case 'bot_identity':
      return { messages: office.identity(commune), outcome: 'small_talk', meant: none };
    case 'abusive':
      return { messages: office.calm(), outcome: 'small_talk', meant: none };
    case 'emergency':
      return emergencyOf(turn, reading.emergencyKind ?? 'violence');
    case 'human_request':
      if (reading.topic === 'human_request|cancel')
        return {
          messages: [{ text: 'Vâng, tôi trả lời tiếp. Cần hỏi việc gì ạ?', buttons: office.popularButtons() }],
          outcome: 'small_talk',
          resumesAssistant: true,
          meant: none,
        };
      return {
        messages: office.handOff(commune, now),
        outcome: 'handed_off',
        handOff: { reason: 'asked' },
        meant: none,
      };
    case 'office_info': {
      const said = office.office(commune, reading.topic, line, now);
      return {
        messages: said.messages,
        outcome: said.known ? 'answered' : 'record_lacks_fact',
        source: 'local',
        meant: none,
      };
    }
    case 'account_help':
      return {
        messages: office.account(line),
        outcome: 'answered',
        source: 'local',
        meant: { ...none, procedureCode: reading.procedureCode },
      };
    case 'status_check':
      return statusOf(turn);
    case 'payment': {
      const record = reading.procedureCode ? house.catalogue.byCode(reading.procedureCode) : undefined;
      const fee =
        record && / (le phi|phi|bao nhieu|dong tien) /.test(line)
          ? {
              title: shortName(record, house.hints),
              lines: feeLines(record).lines,
              source: sourceLine(record, turn.speech, false),
            }
          : null;
      return {
        messages: office.payment(reading.topic, line, fee),
        outcome: 'answered',
        source: fee ? 'record' : 'local',
        ...(fee && record && { records: [cite(record)] }),
        memory: {
          ...(reading.dossierNumbers[0] && { dossier: reading.dossierNumbers[0] }),
          ...(office.isScamTalk(reading.topic, line) && { warnedOfScam: true }),
        },
        meant: { procedureCode: record?.code ?? null, aspects: [] },
      };
    }
    case 'feedback_complaint': {
      const said = office.complaint(reading.topic, line);
      return {
        messages: said.messages,
        outcome: said.handsOff ? 'handed_off' : 'answered',
        ...(said.handsOff && { handOff: { reason: 'complaint' as const } }),
        memory: { awaitsDossier: reading.topic.endsWith('|delay') },
        meant: none,
      };
    }
    case 'out_of_scope':
      return {
        messages: /other_agency|private_dispute/.test(reading.topic) ? office.otherAgency() : office.declined(),
        outcome: /other_agency/.test(reading.topic) ? 'other_agency' : 'declined',
        meant: none,
      };
    case 'procedure_question':
      return procedureTurn(turn);
  }
}

const SENSITIVE: EmergencyKind[] = ['suicide', 'child_abuse'];

function emergencyOf(turn: Turn, kind: EmergencyKind): Decision {
  return {
    messages: office.emergency(kind),
    outcome: 'handed_off',
    handOff: { reason: 'emergency' },
    source: 'local',
    memory: {
      emergencyKind:
        SENSITIVE.includes(kind) || turn.memory.emergencyKind === undefined ? kind : turn.memory.emergencyKind,
    },
    meant: { intent: 'emergency', procedureCode: null, aspects: [] },
  };
}

/** Shares of the reading at which it is acted on. */
const SURE = 0.5;
const MAYBE = 0.3;

function procedureTurn(turn: Turn): Decision {
  const { memory, reading, house } = turn;
  const { line } = reading;
  const [first, second] = reading.candidates;
  const current = memory.procedureCode ? house.catalogue.byCode(memory.procedureCode) : undefined;
  const words = reading.question.words.length;

  if (reading.act === 'restart' && reading.noProcedure > 0.4) {
    const { procedureCode: _code, case: _case, aspect: _aspect, ...rest } = memory;
    turn.memory = rest as Recall;
    return {
      messages: [{ text: 'Vâng, hỏi việc khác ạ. Cần việc gì?', buttons: office.popularButtons() }],
      outcome: 'small_talk',
      meant: { procedureCode: null, aspects: [] },
    };
  }
  if (reading.act === 'back' && memory.earlierCode && reading.noProcedure > 0.4)
    return procedureAnswer(turn, house.catalogue.byCode(memory.earlierCode)!, [memory.aspect ?? 'overview'], null);

  const ambiguity = findAmbiguity(house.ambiguities, line);
  if (
    ambiguity &&
    (!current || !ambiguity.choices.some(({ code }) => code === current.code) || reading.noProcedure < 0.3)
  )
    return offer(turn, ambiguity);

  const fitting = current && gotoOf(turn, current);
  if (fitting) return procedureAnswer(turn, fitting, ['documents'], null);
  const isBack =
    / (quay lai|tro lai|quay ve) /.test(line) && reading.candidates.some(({ code }) => code === memory.earlierCode);
  if (isBack) return procedureAnswer(turn, house.catalogue.byCode(memory.earlierCode!)!, reading.aspects, null);
  const isSlip = reading.act === 'correction' || / (nham|y (em|toi|minh|chau|con|tui) la|noi lon) /.test(line);
  const isElliptic =
    / (no|cai do|cai nay|cai ay|cai kia|giay do|giay nay|viec do|viec nay|vu do|vay|the|con|thi sao|truong hop do) /.test(
      line,
    );
  const namesOther =
    first !== undefined &&
    first.code !== current?.code &&
    first.score >= (isSlip ? MAYBE : SURE) &&
    reading.noProcedure < (isSlip ? 0.6 : 0.35);
  const isFollowUp =
    current !== undefined &&
    (!namesOther || (reading.act !== null && !isSlip && reading.noProcedure > 0.3 && words <= 6)) &&
    !(isSlip && namesOther) &&
    (reading.noProcedure >= 0.3 ||
      (first?.score ?? 0) < SURE ||
      first?.code === current.code ||
      (isElliptic && words <= 7 && reading.noProcedure > 0.15));
  if (current && isFollowUp) {
    const caseName = caseSaid(turn, current) ?? memory.case ?? null;
    if (reading.act === 'repeat' || reading.act === 'simpler')
      return procedureAnswer(turn, current, [memory.aspect ?? 'overview'], memory.case ?? null);
    if (reading.act === 'yes' && !reading.hasAspectWords) return procedureAnswer(turn, current, ['steps'], caseName);
    if (reading.act === 'no' && !reading.hasAspectWords)
      return {
        messages: [
          {
            text: 'Vâng. Cần biết thêm gì nữa không ạ?',
            buttons: [...office.popularButtons().slice(0, 3), humanButton()],
          },
        ],
        outcome: 'asked_back',
        meant: { procedureCode: toldCode(current, turn.speech), aspects: [] },
      };
    const isNewCase = caseSaid(turn, current) !== null && !reading.hasAspectWords;
    const aspects =
      reading.hasAspectWords || reading.act === 'aspect' || reading.aspectScore > 0.5
        ? reading.aspects
        : [memory.aspect ?? 'overview'];
    return procedureAnswer(turn, current, isNewCase ? ['documents'] : aspects, caseName);
  }
  if (!current && reading.act !== null && (first?.score ?? 0) < SURE) return missed(turn);
  if (!first || reading.noProcedure > 0.6 || first.score < 0.12) return missed(turn);
  const record = house.catalogue.byCode(first.code)!;
  const gap = first.score - (second?.score ?? 0);
  // words nobody ever said about it, or a share of "no procedure": ask instead of answering
  const isFirm = reading.covered >= 0.45 || words > 12;
  if (isFirm && (first.score >= SURE || (first.score >= MAYBE && gap >= 0.12 && reading.noProcedure < 0.25))) {
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
    const opening =
      /^1\.000656|^2\.002913/.test(record.code) &&
      / (mat|qua doi|chet) /.test(line) &&
      memory.procedureCode !== record.code &&
      !/ (giay|so) (to )?mat /.test(line) &&
      / (bo|me|ba|ong|cha|ma|vo|chong|con|chau|anh|chi|bac|chu|co|di|tia|cau|cu)( [a-z]+){0,3} (vua|moi|mat|qua doi|chet) /.test(
        line,
      )
        ? 'Xin chia buồn cùng gia đình.'
        : undefined;
    const also = reading.candidates
      .slice(1, 3)
      .filter(({ score }) => score >= 0.25 && !opening)
      .map(({ code }) => house.catalogue.byCode(code)!);
    return procedureAnswer(turn, record, aspects, reading.case, false, { ...(opening && { opening }), also });
  }
  const options = reading.candidates.filter(({ score }) => score >= Math.max(0.06, first.score * 0.3)).slice(0, 4);
  if (reading.noProcedure > 0.3 || (options.length < 2 && first.score < MAYBE)) return missed(turn);
  return offer(turn, {
    id: 'unsure',
    ask: options.length > 1 ? 'Có phải đang hỏi một trong các việc này không?' : 'Có phải đang hỏi việc này không?',
    choices: options.map(({ code }) => ({ code, title: shortName(house.catalogue.byCode(code)!, house.hints) })),
  });
}

function offer(turn: Turn, { ask, choices }: Pick<Ambiguity, 'ask' | 'choices'> & { id: string }): Decision {
  const aspect = turn.reading.hasAspectWords ? turn.reading.aspects[0]! : 'overview';
  const first = turn.house.catalogue.byCode(choices[0]!.code)!;
  const buttons = choices.map(({ code, title }) => ({ title, kind: 'reply' as const, value: press.ask(code, aspect) }));
  return {
    messages: [
      { text: `${ask}\n${sourceLine(first, turn.speech, false)}`, buttons: [...buttons, humanButton()].slice(0, 5) },
    ],
    outcome: 'offered_choices',
    source: 'record',
    records: [cite(first)],
    memory: { procedureCode: first.code, aspect },
    meant: { intent: 'procedure_question', procedureCode: toldCode(first, turn.speech), aspects: turn.reading.aspects },
  };
}

/** "sổ cháy rồi", "mua bán xe": one of the offered procedures is meant, by its own words. */
function answersChoice(turn: Turn): Decision | null {
  const { memory, reading, house } = turn;
  const offered = (memory.choices ?? []).flatMap(({ value }) => {
    const pressed = parsePress(value);
    return pressed?.kind === 'ask' ? [pressed] : [];
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
    const byBook = isLost ? again : isKept || / (khong biet|khong nho|khong ro) /.test(reading.line) ? copy : undefined;
    const best =
      byBook ??
      reading.candidates
        .filter(({ code, score }) => codes.has(code) && score >= 0.08)
        .map(({ code }) => offered.find((entry) => entry.code === code)!)[0];
    if (best && (byBook || reading.candidates[0]?.code === best.code || reading.noProcedure > 0.2)) {
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

/** The case of the current procedure that the words tell, by its cues even when another procedure was read. */
function caseSaid(turn: Turn, record: Procedure): string | null {
  if (turn.reading.procedureCode === record.code && turn.reading.case) return turn.reading.case;
  const options = turn.speech.caseQuestions.get(record.code)?.options ?? [];
  const hit = options.find(({ when, case: name }) => name && when && new RegExp(` (${when}) `).test(turn.reading.line));
  return hit?.case ?? null;
}

function missed(turn: Turn): Decision {
  const misses = (turn.memory.misses ?? 0) + 1;
  return {
    messages: office.notUnderstood(misses),
    outcome: 'not_in_catalogue',
    memory: { misses },
    meant: { procedureCode: null, aspects: [] },
  };
}

/** A greeting, a name, a fragment: the rest may come in the next bubble. */
function looksUnfinished(reader: Reader, text: string): boolean {
  const trimmed = text.trim();
  if (trimmed === '' || /[?？]$/.test(trimmed)) return false;
  if (/(\.\.\.|…|,|:)$/.test(trimmed)) return true;
  const reading = reader(trimmed);
  if (reading.dossierNumbers.length > 0 || reading.emergencyKind) return false;
  const words = reading.question.words.length;
  if (reading.intent === 'greeting' && words <= 8) return true;
  if (
    / (cho (em|toi|minh|con|chau|bac|chi|anh|tui) hoi( chut| ti| la| voi| cai| nay)*|em (muon )?hoi( la)?|tai vi|boi vi|vi|nhung|va|hoac|neu|khi|la|thi|cua|voi|de|bi|muon|can|cho) $/.test(
      reading.line,
    )
  )
    return true;
  return (
    words <= 2 &&
    reading.intent === 'procedure_question' &&
    !reading.hasAspectWords &&
    reading.noProcedure > 0.5 &&
    reading.act === null
  );
}

const someCommune = (): CommuneSettings => communeSettings.parse({ officeName: 'UBND xã' });

/** What `hoixa ask --batch` prints per question. */
export interface BatchLine {
  id: string;
  intent: string;
  procedureCode: string | null;
  candidates: { code: string; score: number }[];
  aspects: Aspect[];
  case: string | null;
  action: string;
  text: string;
  source: 'rules' | 'model';
}

/** Answers one question without memory. `messages` and `explanation` serve `hoixa ask` and `--explain`. */
export async function askOnce(
  guidance: Guidance,
  text: string,
  options: { id?: string; commune?: CommuneSettings; memory?: Memory | null; now?: Date } = {},
): Promise<BatchLine & { answer: Answer }> {
  const now = options.now ?? new Date();
  const memory =
    options.memory !== undefined ? options.memory : { version: 1 as const, at: now.getTime(), greeted: true };
  const given = await guidance.answer({
    text,
    memory,
    commune: options.commune ?? someCommune(),
    isWaitingForOfficer: false,
    now,
  });
  const { reading } = given;
  return {
    id: options.id ?? '',
    intent: reading.intent,
    procedureCode: reading.procedureCode,
    candidates: reading.candidates,
    aspects: reading.aspects,
    case: reading.case,
    action: given.handOff && given.outcome === 'handed_off' ? 'hand_off' : given.outcome,
    text: given.messages.map((message) => message.text).join('\n\n'),
    source: 'rules',
    answer: given,
  };
}

/** The text `hoixa ask` prints: bubbles with their buttons, then why when asked. */
export function showAnswer(given: Answer, isExplained = false): string {
  const shown = given.messages
    .map(({ text, buttons }) =>
      [text, ...(buttons?.length ? [buttons.map(({ title }) => `[${title}]`).join(' ')] : [])].join('\n'),
    )
    .join('\n\n');
  return isExplained ? `${shown}\n\n${explain(given)}` : shown;
}

/** Why this answer, in a few English lines. */
export function explain({ reading, outcome, records, handOff }: Answer): string {
  return [
    ...reading.explanation,
    `procedure ${reading.procedureCode ?? 'none'}, aspects ${reading.aspects.join(' ') || 'none'}, case ${reading.case ?? 'none'}`,
    `outcome ${outcome}${handOff ? `, hand-off ${handOff.reason}` : ''}; records ${records.map(({ code, asOf }) => `${code} (${asOf})`).join(', ') || 'none'}`,
  ].join('\n');
}
