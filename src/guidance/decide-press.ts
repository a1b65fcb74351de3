import type { OutgoingMessage } from '../channels/channel.ts';
import type { Procedure } from '../procedures/catalogue.ts';
import { isOurs } from '../procedures/phrasing.ts';
import { offer } from './answer-choices.ts';
import { sayLinked } from './answer-linked.ts';
import { procedureAnswer } from './answer-procedure.ts';
import { restOf, sayMore } from './compose.ts';
import { cite, type Decision, meaning, type Turn } from './decision.ts';
import type { Aspect } from './guidance.ts';
import type { Press } from './payloads.ts';
import { caseOfOption, documentDetails } from './say-documents.ts';
import * as office from './say-office.ts';
import { sourceLine } from './say-procedure.ts';
import * as talk from './say-small-talk.ts';
import { noCode, status } from './say-status.ts';
import { humanButton } from './speech.ts';

/** The rest of what was told in portions; `isAll`: as much of it as one answer holds. */
export function goFurther(turn: Turn, pressed: Extract<Press, { kind: 'next' }>, isAll: boolean): Decision {
  const record = turn.house.catalogue.byCode(pressed.code)!;
  const speech = { ...turn.speech, asked: ' ' };
  const { messages } = sayMore(record, pressed.topic, pressed.caseName, speech, pressed.from, isAll);
  return told(turn, record, pressed.topic === 'checklist' ? 'documents' : pressed.topic, pressed.caseName, messages);
}

const told = (
  turn: Turn,
  record: Procedure,
  aspect: Aspect,
  caseName: string | null,
  messages: OutgoingMessage[],
): Decision => ({
  messages,
  outcome: isOurs(record) ? 'answered' : 'other_agency',
  source: 'record',
  records: [cite(record)],
  memory: { procedureCode: record.code, ...(caseName && { case: caseName }), aspect, rest: restOf(messages) },
  meant: meaning(turn, record, [aspect], caseName),
});

/** A button, or words that mean one. */
export function act(turn: Turn, pressed: Press): Decision {
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
      turn.speech = { ...turn.speech, option: pressed.option };
      const caseName = caseOfOption(pressed.code, pressed.option, turn.speech);
      return procedureAnswer(
        turn,
        house.catalogue.byCode(pressed.code)!,
        [pressed.aspect],
        caseName ?? null,
        caseName === '',
      );
    }
    case 'group':
      return procedureAnswer(turn, house.catalogue.byCode(pressed.code)!, [pressed.aspect], pressed.caseName);
    case 'next':
      return goFurther(turn, pressed, false);
    case 'after': {
      const record = house.catalogue.byCode(pressed.code)!;
      return sayLinked(turn, record) ?? procedureAnswer(turn, record, ['overview'], null);
    }
    case 'which': {
      const group = house.ambiguities.find(({ id }) => id === pressed.group);
      if (group) return offer(turn, group);
      return { messages: talk.greeting(question.commune, turn.isNew), outcome: 'small_talk' };
    }
    case 'more': {
      const record = house.catalogue.byCode(pressed.code)!;
      const said = documentDetails(record, pressed.caseName, turn.speech, pressed.page);
      const text = [...said.lines, sourceLine(record, turn.speech, false)].join('\n');
      const messages: OutgoingMessage[] = [{ text, buttons: [...(said.buttons ?? []), humanButton()] }];
      return told(turn, record, 'documents', pressed.caseName, messages);
    }
    case 'human':
      return {
        messages: office.handOff(question.commune, question.now),
        saysWhen: 'hand_off',
        outcome: 'handed_off',
        handOff: { reason: 'asked' },
        meant: { intent: 'human_request', procedureCode: null, aspects: [] },
      };
    case 'resume':
      return {
        messages: [{ text: 'Vâng, tôi trả lời tiếp. Cần hỏi việc gì ạ?', buttons: talk.popularButtons() }],
        outcome: 'small_talk',
        resumesAssistant: true,
      };
    case 'menu':
      return { messages: talk.greeting(question.commune, turn.isNew), outcome: 'small_talk' };
    case 'office':
      return {
        messages: office.office(question.commune, 'office_info|hours', ' ', question.now).messages,
        outcome: 'answered',
        source: 'local',
        meant: { intent: 'office_info', procedureCode: null, aspects: ['time'] },
      };
    case 'status':
      return {
        messages: status(memory.dossier ?? null, false, ' '),
        outcome: memory.dossier ? 'looked_up' : 'asked_back',
        memory: { awaitsDossier: true },
        meant: { intent: 'status_check', procedureCode: null, aspects: [] },
      };
    case 'no_code':
      return {
        messages: noCode(),
        outcome: 'answered',
        meant: { intent: 'status_check', procedureCode: null, aspects: [] },
      };
  }
}
