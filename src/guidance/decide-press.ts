import type { OutgoingMessage } from '../channels/channel.ts';
import { procedureAnswer } from './answer-procedure.ts';
import { cite, type Decision, meaning, type Turn } from './decision.ts';
import type { Press } from './payloads.ts';
import { caseOfOption, documentDetails } from './say-documents.ts';
import * as office from './say-office.ts';
import { bubbles, sourceLine } from './say-procedure.ts';
import * as talk from './say-small-talk.ts';
import { noCode, status } from './say-status.ts';
import { humanButton } from './speech.ts';

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
    case 'more': {
      const record = house.catalogue.byCode(pressed.code)!;
      const said = documentDetails(record, pressed.caseName, turn.speech, pressed.page);
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
