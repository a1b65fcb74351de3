import { mayAs } from '../../communes/officers.ts';
import { type Alert, type Counts, countsOf, type Detail } from '../../handoff/inbox-view.ts';
import { type Html, html } from '../../pages/html.ts';
import { ordersOf } from '../../payments/orders.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { FrameOf } from '../frame.ts';
import { countWords } from '../layout.ts';
import { openStream } from '../stream.ts';
import { asked, type ConsoleRoute, idOf, notHere, type Visit } from '../visit.ts';
import { beside, type Conversation, conversationPane, noConversation, talkPieces } from './conversation.ts';
import { listAddress, listPane, listQuery, listRows, nameOf, version } from './list.ts';
import { threadItems } from './thread.ts';

const ORDERS_SHOWN = 6;

/** The lists, the conversation, and what keeps them alive. */
export function inboxRoutes(deps: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  const { view: inbox, acts, catalogue, phoneOf, database } = deps;

  const conversationOf = async (visit: Visit, detail: Detail): Promise<Conversation> => ({
    detail,
    procedure: (detail.procedureCode && catalogue.byCode(detail.procedureCode)) || null,
    hasSharedPhone:
      (await phoneOf({ communeId: visit.commune.id, conversationId: detail.conversationId })) !== undefined,
    orders: await ordersOf(database, visit.commune.id, detail.conversationId, ORDERS_SHOWN),
    listAddress: listAddress(listQuery(visit)),
  });
  const detailOf = async (visit: Visit): Promise<Detail> => {
    const detail = await inbox.detail(visit.staff, idOf(visit));
    if (!detail) throw notHere();
    return detail;
  };
  const alertsFor = (visit: Visit) => (mayAs(visit.me.role, 'lead') ? inbox.alerts(visit.staff) : []);
  const countsFor = async ({ staff, me }: Visit) => countsOf(await inbox.counts(staff), me.id);
  const opened = async (visit: Visit, detail: Detail) => {
    await visit.audit('conversation_opened', { kind: 'conversation', id: detail.conversationId });
    if (!visit.isGuest) await acts.markRead(visit.staff, detail.conversationId);
  };
  const page = async (visit: Visit, detail: Detail | null) => {
    const query = listQuery(visit);
    const [list, counts, colleagues, alerts] = await Promise.all([
      inbox.list(visit.staff, query),
      countsFor(visit),
      inbox.colleagues(visit.staff),
      alertsFor(visit),
    ]);
    const pane = { query, page: list, counts, open: detail?.conversationId ?? null, colleagues };
    const body = html`<div class="inbox${detail ? ' has-open' : ''}" id="inbox" data-list="${listAddress(query)}">
${listPane(visit, pane)}
${detail ? conversationPane(visit, await conversationOf(visit, detail)) : noConversation()}
</div>
${alertsPiece(visit, alerts)}
<dialog id="sheet" class="sheet" aria-label="Việc với hội thoại"><div id="sheet-body"></div></dialog>`;
    return frame(visit, {
      title: detail ? nameOf(detail.citizen.name, detail.conversationId) : 'Hội thoại',
      section: 'inbox',
      body,
    });
  };

  return [
    { method: 'get', path: '/inbox', role: 'officer', handle: (visit) => page(visit, null) },
    {
      method: 'get',
      path: '/conversations/:id',
      role: 'officer',
      objects: { id: 'conversation' },
      async handle(visit) {
        const detail = await detailOf(visit);
        await opened(visit, detail);
        if (!visit.isPart) return page(visit, detail);
        return conversationPane(visit, await conversationOf(visit, detail));
      },
    },
    {
      method: 'get',
      path: '/conversations/:id/earlier',
      role: 'officer',
      objects: { id: 'conversation' },
      async handle(visit) {
        const { conversationId } = await detailOf(visit);
        const earlier = await inbox.earlier(visit.staff, conversationId, asked(visit, 'cursor'));
        await visit.audit('conversation_opened', { kind: 'conversation', id: conversationId }, { isEarlier: true });
        return threadItems(visit, { conversationId, ...earlier });
      },
    },
    {
      // What the page on the screen shows, drawn anew. Reading on is no new act: opening it was written down.
      method: 'get',
      path: '/live',
      role: 'officer',
      async handle(visit) {
        const query = listQuery(visit);
        const open = asked(visit, 'open');
        // Most changes are of other conversations than the one on the screen.
        const isOpenAsked = open && asked(visit, 'part') !== 'list';
        const [list, counts, detail, alerts] = await Promise.all([
          inbox.list(visit.staff, query),
          countsFor(visit),
          isOpenAsked ? inbox.detail(visit.staff, open).catch(() => null) : null,
          alertsFor(visit),
        ]);
        if (detail && !visit.isGuest && asked(visit, 'visible')) await acts.markRead(visit.staff, open);
        return livePieces(visit, {
          list: listRows(visit, { query, page: list, open }),
          counts,
          alerts,
          conversation: detail ? await conversationOf(visit, detail) : null,
        });
      },
    },
    {
      method: 'get',
      path: '/stream',
      role: 'officer',
      async handle(visit) {
        openStream(deps, visit, asked(visit, 'open') || null);
        return undefined;
      },
    },
  ];
}

/** What a lead should look at, worst first; an empty place while there is nothing. */
function alertsPiece({ base }: Visit, alerts: Alert[]): Html {
  if (alerts.length === 0) return html`<div id="alerts" data-v=""></div>`;
  const content = html`<summary>${alerts.length} việc cần để ý</summary><ul>${alerts
    .slice(0, 8)
    .map(
      ({ conversationId, text }) => html`<li><a href="${base}/conversations/${conversationId}">${text}</a></li>`,
    )}</ul>`;
  return html`<details id="alerts" class="alerts" data-v="${version(content)}">${content}</details>`;
}

function livePieces(
  visit: Visit,
  {
    list,
    counts,
    alerts,
    conversation,
  }: { list: Html; counts: Counts; alerts: Alert[]; conversation: Conversation | null },
): Html {
  const { waiting, mine, unread, late } = counts;
  return html`<p class="counts" id="counts" role="status" data-v="${[waiting, mine, unread, late].join('-')}">${countWords(visit, counts)}</p>
<span class="number" id="tab-waiting" data-v="${waiting}">${waiting}</span><span class="number" id="tab-mine" data-v="${mine}">${mine}</span>
${list}${alertsPiece(visit, alerts)}${conversation && html`${talkPieces(visit, conversation)}${beside(visit, conversation)}`}`;
}
