import type { Button } from '../channels/channel.ts';
import { loadNational } from '../procedures/national.ts';
import { dataDate } from '../procedures/phrasing.ts';
import type { Decision, Turn } from './decision.ts';
import type { Aspect } from './guidance.ts';
import type { Recall } from './memory.ts';
import { nationalPayload } from './national-say.ts';
import { findOutside, nationalOfOutside, type Outside, outsideById } from './outside.ts';
import { humanButton, reply } from './speech.ts';

const NOT_ABOUT_IT = new Set(['emergency', 'human_request', 'feedback_complaint', 'bot_identity', 'abusive']);

/** A matter of another office, in everyday words, or a further question about the one just told. */
export function outsideOf(turn: Turn): Decision | null {
  const { question, memory, reading } = turn;
  if (question.isWaitingForOfficer || question.payload !== undefined || reading.emergencyKind) return null;
  if (reading.isInjection || reading.dossierNumbers.length > 0 || NOT_ABOUT_IT.has(reading.intent)) return null;
  const told = findOutside(reading.line);
  if (told && !isOwnMatter(turn)) return say(turn, told, asksFact(turn));
  const before = memory.outside === undefined ? null : outsideById(memory.outside);
  const isFurther = reading.hasAspectWords && reading.noProcedure > 0.3 && reading.question.words.length <= 8;
  return before && isFurther ? say(turn, before, true) : null;
}

/** A longer story that only mentions such words and is surely about a procedure of ours. */
function isOwnMatter({ reading }: Turn): boolean {
  const [first] = reading.candidates;
  const isSure = first !== undefined && first.score >= 0.75 && reading.noProcedure < 0.1;
  return isSure && reading.intent === 'procedure_question' && reading.question.words.length > 10;
}

const FACTS = new Set<Aspect>(['documents', 'fee', 'time', 'steps', 'form', 'eligibility', 'online']);

const asksFact = ({ reading }: Turn): boolean =>
  reading.hasAspectWords && reading.aspects.some((aspect) => FACTS.has(aspect));

function say(turn: Turn, told: Outside, isFactAsked: boolean): Decision {
  const [first, ...more] = nationalOfOutside(told);
  const facts = 'Giấy tờ, lệ phí, thời hạn của việc này tôi không có';
  const lines = [
    told.say,
    ...(isFactAsked
      ? [first ? `${facts}; xem trang bên dưới hoặc hỏi nơi làm.` : `${facts}; hỏi nơi làm cho chắc.`]
      : []),
    ...(first && more.length > 0 ? ['Thuộc trường hợp nào?'] : []),
    ...(first ? [`Mã ${first.code} · danh mục ngày ${dataDate(loadNational().asOf)} · ${first.url}`] : []),
  ];
  const buttons: Button[] = [
    ...(more.length > 0
      ? [first!, ...more].map(({ code }, at) => reply(told.titles[at] ?? code, nationalPayload(code)))
      : first
        ? [{ title: 'Xem trang chính thức', kind: 'url' as const, value: first.url }]
        : []),
    ...(told.page ? [{ title: told.page.title, kind: 'url' as const, value: told.page.url }] : []),
    humanButton(),
  ];
  const { procedureCode, case: _case, ...rest } = turn.memory;
  turn.memory = rest as Recall;
  const { intent } = turn.reading;
  return {
    messages: [{ text: lines.join('\n'), buttons }],
    outcome: 'other_agency',
    ...(first && { source: 'record' as const }),
    memory: { outside: told.id, ...(procedureCode && { earlierCode: procedureCode }) },
    meant: {
      intent: intent === 'procedure_question' ? intent : 'out_of_scope',
      procedureCode: null,
      aspects: intent === 'procedure_question' ? turn.reading.aspects : [],
    },
  };
}
