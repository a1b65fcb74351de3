import type { Decision, Turn } from './decision.ts';
import { humanButton } from './speech.ts';

/** Common English words that are no Vietnamese word written without marks. */
const ENGLISH = new Set(
  'how what where when which who why is are does did was the a an my your our their need needs want wants please help register registering registration marriage married birth certificate certificates document documents passport english from for and with this that have has name get apply application fee fees much many office you am it in at here there would could should speak language residence permit copy foreigner foreign country information about open hours time take takes long cost price pay'.split(
    ' ',
  ),
);
const LEAST_WORDS = 4;
const LEAST_SHARE = 0.6;

/** Written in English: said in both languages what can be done; nobody's words are taken for anything else. */
export function foreignOf({ question, reading }: Turn): Decision | null {
  if (question.payload !== undefined || question.isWaitingForOfficer || reading.emergencyKind) return null;
  const words = question.text.toLowerCase().match(/[\p{L}']+/gu) ?? [];
  const known = words.filter((word) => ENGLISH.has(word));
  if (new Set(known).size < LEAST_WORDS || known.length < words.length * LEAST_SHARE) return null;
  return {
    messages: [
      {
        text: 'I answer in Vietnamese only. Please write in Vietnamese, or press the button below and an officer will reply here.\n(Tôi chỉ trả lời bằng tiếng Việt. Bấm nút dưới đây để gặp cán bộ.)',
        buttons: [humanButton()],
      },
    ],
    outcome: 'declined',
    meant: { intent: 'out_of_scope', procedureCode: null, aspects: [] },
  };
}
