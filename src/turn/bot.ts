import type { TurnContext } from 'botbuilder-core';
import type { CommuneSettings } from '../communes/communes.ts';
import type { Answer, Asker, Guidance, Memory, Staffing } from '../guidance/guidance.ts';
import { fromActivity, replyActivity } from './activity.ts';

/** What a bot needs beside the activity, and where it leaves its answer. */
export interface TurnServices {
  memory: Memory | null;
  commune: CommuneSettings;
  /** Absent where nobody known stands behind the words. */
  asker?: Asker;
  /** Of the platform's own event, never of the activity: a client could write anything into that. */
  sharedPhone?: string;
  isWaitingForOfficer: boolean;
  /** No officer reads this conversation. */
  isUnattended?: boolean;
  staffing?: () => Promise<Staffing>;
  now: Date;
  answer?: Answer;
}

export const SERVICES = Symbol('hoixa.turn.services');

/** The assistant as a Bot Framework bot: words in, guidance's bubbles out. */
export function createBot(guidance: Guidance): (context: TurnContext) => Promise<void> {
  return async (context) => {
    const services = context.turnState.get<TurnServices>(SERVICES);
    if (!services) throw new Error('the turn set no services');
    const { occurredAt: _, ...input } = fromActivity(context.activity);
    const { memory, commune, asker, sharedPhone, isWaitingForOfficer, isUnattended, staffing, now } = services;
    const answer = await guidance.answer({
      ...input,
      memory,
      commune,
      ...(asker && { asker }),
      ...(sharedPhone !== undefined && { sharedPhone }),
      isWaitingForOfficer,
      ...(isUnattended && { isUnattended }),
      ...(staffing && { staffing }),
      now,
    });
    services.answer = answer;
    if (answer.messages.length > 0) await context.sendActivities(answer.messages.map(replyActivity));
  };
}
