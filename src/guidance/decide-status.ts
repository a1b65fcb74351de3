import type { Decision, Turn } from './decision.ts';
import { unsureCode } from './dossier-turn.ts';
import { status } from './say-status.ts';
import { humanButton } from './speech.ts';

export function statusOf(turn: Turn): Decision {
  const { reading } = turn;
  const number = reading.dossierNumbers[0];
  if (number)
    return {
      messages: status(number, false, reading.line),
      outcome: 'looked_up',
      memory: { dossier: number },
      meant: { intent: 'status_check', procedureCode: null, aspects: [] },
    };
  const unsure = unsureCode(turn, true);
  if (unsure) return unsure;
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
    messages: status(null, reading.hasBrokenNumber, reading.line),
    outcome: 'asked_back',
    memory: { awaitsDossier: true },
    meant: { intent: 'status_check', procedureCode: code, aspects: [] },
  };
}
