import { type CommuneSettings, communeSettings } from '../communes/communes.ts';
import type { Answer, Aspect, Guidance, Memory } from './guidance.ts';

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
    source: given.source === 'model' ? 'model' : 'rules',
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
export function explain({ reading, outcome, records, handOff, promptVersion, source }: Answer): string {
  return [
    ...reading.explanation,
    `procedure ${reading.procedureCode ?? 'none'}, aspects ${reading.aspects.join(' ') || 'none'}, case ${reading.case ?? 'none'}`,
    ...(promptVersion ? [`model asked with ${promptVersion}, answer from ${source}`] : []),
    `outcome ${outcome}${handOff ? `, hand-off ${handOff.reason}` : ''}; records ${records.map(({ code, asOf }) => `${code} (${asOf})`).join(', ') || 'none'}`,
  ].join('\n');
}
