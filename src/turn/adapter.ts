import { BotAdapter, type ConversationReference, type ResourceResponse, TurnContext } from 'botbuilder-core';
import type { Activity } from 'botframework-schema';
import { timeOrdered } from '../db/ids.ts';

/**
 * Runs a bot over one activity and keeps what it sends: nothing leaves here, the turn's transaction writes it to the
 * outbox. State is ours, not BotState's, which loses concurrent updates.
 */
export class CollectingAdapter extends BotAdapter {
  readonly #sent = new WeakMap<object, Partial<Activity>[]>();

  /** @returns the activities sent, in order; the bot's exception passes through, so that a failed turn is retried */
  async collect(
    activity: Partial<Activity>,
    bot: (context: TurnContext) => Promise<void>,
  ): Promise<Partial<Activity>[]> {
    const context = new TurnContext(this, activity);
    const sent: Partial<Activity>[] = [];
    this.#sent.set(context.turnState, sent);
    await this.runMiddleware(context, bot);
    return sent;
  }

  // One response per activity, in order: the SDK assigns ids by position.
  override async sendActivities(context: TurnContext, activities: Partial<Activity>[]): Promise<ResourceResponse[]> {
    this.#sent.get(context.turnState)?.push(...activities);
    return activities.map(() => ({ id: timeOrdered() }));
  }

  override updateActivity(): Promise<void> {
    return Promise.reject(new Error('neither Zalo nor Messenger can change a sent message'));
  }

  override deleteActivity(): Promise<void> {
    return Promise.reject(new Error('neither Zalo nor Messenger can delete a sent message'));
  }

  override continueConversation(
    _reference: Partial<ConversationReference>,
    _logic: (context: TurnContext) => Promise<void>,
  ): Promise<void> {
    return Promise.reject(new Error('proactive messages are outbox rows'));
  }
}
