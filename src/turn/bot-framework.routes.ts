import { type Activity, ActivityTypes, type CardAction } from 'botframework-schema';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Attachment } from '../channels/channel.ts';
import type { Commune } from '../communes/communes.ts';
import type { Database } from '../db/client.ts';
import { errorText } from '../errors.ts';
import type { Guidance, Memory } from '../guidance/guidance.ts';
import type { Log } from '../log.ts';
import { CollectingAdapter } from './adapter.ts';
import { createBot, SERVICES, type TurnServices } from './bot.ts';
import { createChats } from './bot-framework-chats.ts';
import { type BotCredentials, createCloudAdapter, isRefusal } from './cloud-adapter.ts';

const BODY_LIMIT = '256kb';
/** Of a text; a question is a line or two. */
const LONGEST = 4_000;
/** Turns of one talk at the same time: so often one may begin again. */
const TRIES = 5;

export interface BotFrameworkDeps {
  credentials: BotCredentials;
  /** Whose assistant the clients talk to. */
  commune: () => Promise<Commune>;
  database: Database;
  guidance: Guidance;
  log: Log;
  now?: () => Date;
}

const member = z.object({ id: z.string().max(500) });
const incoming = z.looseObject({
  type: z.string().min(1).max(50),
  id: z.string().max(500).optional(),
  channelId: z.string().min(1).max(100),
  serviceUrl: z.url({ protocol: /^https$/ }).max(500),
  conversation: z.looseObject({ id: z.string().min(1).max(500) }),
  from: z.looseObject(member.shape),
  recipient: z.looseObject(member.shape),
  text: z.string().max(LONGEST, `a text has at most ${LONGEST} letters`).nullish(),
  membersAdded: z.array(z.looseObject(member.shape)).max(100).nullish(),
  attachments: z
    .array(z.looseObject({ contentType: z.string().max(100) }))
    .max(20)
    .nullish(),
});
type Incoming = z.infer<typeof incoming>;

/**
 * `POST /api/messages`: any Bot Framework client (Web Chat, Teams, Direct Line) talks to the same assistant. It is alone
 * there: no officer reads along, nobody's dossier is looked up, and what it says of officers is where to find them.
 */
export function botFrameworkRoutes({
  credentials,
  commune,
  database,
  guidance,
  log,
  now = () => new Date(),
}: BotFrameworkDeps): Router {
  const adapter = createCloudAdapter(credentials);
  const chats = createChats(database);
  const collecting = new CollectingAdapter();
  const bot = createBot(guidance);

  /** What the assistant says, once its memory of it is kept; nothing for what was answered before. */
  async function answer(activity: Incoming): Promise<Partial<Activity>[]> {
    const input = readable(activity);
    if (!input) return [];
    const { id: communeId, settings } = await commune();
    const chat = chats.of(communeId, [activity.channelId, activity.conversation.id, activity.from.id]);
    for (let left = TRIES; left > 0; left--) {
      const known = await chat.read();
      if (activity.id && known.lastActivity === activity.id) return [];
      const services: TurnServices = {
        memory: known.memory as Memory | null,
        commune: settings,
        isUnattended: true,
        isWaitingForOfficer: false,
        now: now(),
      };
      const sent = await collecting.collect(input, async (context) => {
        context.turnState.set(SERVICES, services);
        await bot(context);
      });
      if (await chat.write(known.version, services.answer!.memory, activity.id ?? '', now()))
        return sent.map(pressable);
    }
    throw new Error('this talk has too many turns at once');
  }

  async function receive(request: Request, response: Response): Promise<void> {
    const parsed = incoming.safeParse(request.body);
    if (!parsed.success) {
      const [fault] = parsed.error.issues;
      response
        .status(400)
        .type('text/plain')
        .send(`not an activity: ${fault!.path.join('.')}: ${fault!.message}`);
      return;
    }
    try {
      const made = await adapter.process(request.get('authorization') ?? '', parsed.data, async (context) => {
        const said = await answer(parsed.data);
        if (said.length > 0) await context.sendActivities(said);
      });
      if (made?.body === undefined) response.status(made?.status ?? 200).end();
      else response.status(made.status).json(made.body);
    } catch (error) {
      const isBad = isRefusal(error);
      if (!isBad) log.error('bot_framework.failed', { error: errorText(error) });
      response
        .status(isBad ? 401 : 500)
        .type('text/plain')
        .send(isBad ? 'not authorised' : 'not answered');
    }
  }

  const router = Router();
  router.post('/api/messages', express.json({ limit: BODY_LIMIT }), receive);
  return router;
}

/** What guidance reads of a stranger's activity: words, a press, what kind of things came with it. Null: nothing to answer. */
function readable(activity: Incoming): Partial<Activity> | null {
  const { conversation, from, recipient, channelId, serviceUrl, id } = activity;
  const common = { id, channelId, serviceUrl, conversation, from, recipient } as unknown as Partial<Activity>;
  if (activity.type === ActivityTypes.ConversationUpdate) {
    const isCitizen = activity.membersAdded?.some((added) => added.id !== recipient.id);
    return isCitizen ? { ...common, type: ActivityTypes.Event, name: 'channel/start' } : null;
  }
  if (activity.type !== ActivityTypes.Message) return null;
  const payload = (activity.value as { payload?: unknown } | null | undefined)?.payload;
  return {
    ...common,
    type: ActivityTypes.Message,
    text: activity.text ?? '',
    ...(typeof payload === 'string' && { value: { payload: payload.slice(0, LONGEST) } }),
    attachments: (activity.attachments ?? [])
      .map(({ contentType }) => kindOf(contentType))
      .filter((kind) => kind !== null)
      .map((kind) => ({ contentType: `application/vnd.hoixa.${kind}`, content: { kind } })),
  };
}

/** Nothing of it is fetched: its address is the stranger's word. */
function kindOf(contentType: string): Attachment['kind'] | null {
  const [kind = ''] = contentType.split('/');
  // Teams sends the words a second time as a page
  if (kind === 'text') return null;
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file';
}

/** Clients send a press back as they got it: an object is told from typed words. */
const pressable = (activity: Partial<Activity>): Partial<Activity> =>
  activity.suggestedActions
    ? {
        ...activity,
        suggestedActions: {
          ...activity.suggestedActions,
          actions: activity.suggestedActions.actions.map(
            (action): CardAction =>
              action.type === 'postBack'
                ? { ...action, type: 'messageBack', displayText: action.title, value: { payload: action.value } }
                : action,
          ),
        },
      }
    : activity;
