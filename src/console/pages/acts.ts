import { mayAs } from '../../communes/officers.ts';
import type { Done } from '../../handoff/acts.ts';
import { html } from '../../pages/html.ts';
import type { Act } from '../../privacy/audit.ts';
import { normaliseDossierNumber } from '../../procedures/dossier-numbers.ts';
import type { ConsoleDeps } from '../deps.ts';
import { type ConsoleRoute, done, field, idOf, notHere, Stop, type Visit } from '../visit.ts';
import { dossierCard } from './dossier-card.ts';
import { back, insideConversation, MESSAGE } from './inside-conversation.ts';

/** What officers do in a conversation. */
export function actRoutes(deps: ConsoleDeps): ConsoleRoute[] {
  const { acts, quality, petitions, dossiers, phoneOf, database, live } = deps;

  /** @throws {Stop} 404 for what the commune has not, 409 with a sentence for what could not be done */
  const settle = async <T extends object>(visit: Visit, result: Done<T>, act: Act): Promise<Done<T> & { ok: true }> => {
    if (!result.ok)
      throw result.why === 'unknown' ? notHere() : new Stop(result.why === 'invalid' ? 422 : 409, result.text);
    const { conversationId, detail } = result.audit;
    await visit.audit(act, conversationId ? { kind: 'conversation', id: conversationId } : undefined, detail);
    live.wake();
    return result;
  };
  const asLead = (visit: Visit) => ({ asLead: mayAs(visit.me.role, 'lead') });
  const { post, procedureOf } = insideConversation(deps);

  return [
    post('/take', async (visit) => {
      await settle(visit, await acts.take(visit.staff, idOf(visit)), 'conversation_taken');
      return done(visit, back(visit), 'Bạn đã nhận hội thoại.');
    }),
    post('/reply', async (visit) => {
      const input = { text: field(visit, 'text'), idempotencyKey: field(visit, 'idempotencyKey', 100) };
      const result = await acts.reply(visit.staff, idOf(visit), input);
      if (result.ok && result.isRepeat) return done(visit, back(visit));
      await settle(visit, result, 'reply_sent');
      return done(visit, back(visit));
    }),
    post('/note', async (visit) => {
      await settle(visit, await acts.note(visit.staff, idOf(visit), field(visit, 'text')), 'note_written');
      return done(visit, back(visit), 'Đã ghi chú.');
    }),
    post('/transfer', async (visit) => {
      const officerId = field(visit, 'officer', 40);
      const to = officerId ? { officerId } : { field: field(visit, 'field', 200) || null };
      const note = field(visit, 'note');
      const options = { ...asLead(visit), ...(note ? { note } : {}) };
      await settle(visit, await acts.transfer(visit.staff, idOf(visit), to, options), 'conversation_transferred');
      return done(visit, back(visit), 'Đã chuyển hội thoại.');
    }),
    post('/release', async (visit) => {
      await settle(visit, await acts.release(visit.staff, idOf(visit), asLead(visit)), 'conversation_returned');
      return done(visit, back(visit), 'Trợ lý trả lời tiếp.');
    }),
    post('/close', async (visit) => {
      const options = { ...asLead(visit), isQuiet: field(visit, 'quiet') === '1' };
      await settle(visit, await acts.close(visit.staff, idOf(visit), options), 'conversation_closed');
      return done(visit, back(visit), 'Đã kết thúc hội thoại.');
    }),
    post('/reopen', async (visit) => {
      await settle(visit, await acts.reopen(visit.staff, idOf(visit)), 'conversation_taken');
      return done(visit, back(visit), 'Bạn đã mở lại hội thoại.');
    }),
    post('/tags', async (visit) => {
      const tags = field(visit, 'tags', 400)
        .split(',')
        .map((tag) => tag.trim());
      await settle(visit, await acts.setTags(visit.staff, idOf(visit), tags.filter(Boolean)), 'tags_changed');
      return done(visit, back(visit), 'Đã lưu nhãn.');
    }),
    post('/draft', async (visit) => {
      await acts.saveDraft(visit.staff, idOf(visit), field(visit, 'text'));
      return done(visit, back(visit));
    }),
    post('/beat', async (visit) => {
      await acts.beat(visit.staff, idOf(visit), field(visit, 'typing') === '1');
      return done(visit, back(visit));
    }),
    post('/phone', async (visit) => {
      const conversationId = idOf(visit);
      const phone = await phoneOf({ communeId: visit.commune.id, conversationId });
      await visit.audit('personal_data_shown', { kind: 'conversation', id: conversationId }, { what: 'phone' });
      return html`<span class="shown">${phone ? phone.replace(/^84/, '0') : 'Không còn số nào.'}</span>`;
    }),
    post('/dossier', async (visit) => {
      const conversationId = idOf(visit);
      const code = normaliseDossierNumber(field(visit, 'code', 60), visit.now);
      if (!code) return html`<p class="fault" role="alert">Đây không phải mã hồ sơ.</p>`;
      await visit.audit('personal_data_shown', { kind: 'conversation', id: conversationId }, { what: 'dossier' });
      return dossierCard(await dossiers.directory.lookup(visit.commune.id, code, { now: visit.now }));
    }),
    post(
      '/messages/:message/show',
      async (visit) => {
        const messageId = idOf(visit, 'message');
        const [row] = await database.run<{ text: string }>(
          'console.message_text',
          'select text from messages where commune_id = $1 and conversation_id = $2 and id = $3',
          [visit.commune.id, idOf(visit), messageId],
        );
        if (!row) throw notHere();
        await visit.audit(
          'personal_data_shown',
          { kind: 'conversation', id: idOf(visit) },
          { what: 'message', messageId },
        );
        return html`<p class="text shown" id="t-${messageId}">${row.text}</p>`;
      },
      MESSAGE,
    ),
    post(
      '/messages/:message/resend',
      async (visit) => {
        await settle(visit, await acts.resend(visit.staff, idOf(visit), idOf(visit, 'message')), 'send_retried');
        return done(visit, back(visit), 'Đang gửi lại.');
      },
      MESSAGE,
    ),
    post(
      '/messages/:message/review',
      async (visit) => {
        const betterText = field(visit, 'better');
        const verdict = field(visit, 'verdict') === 'right' ? 'right' : 'wrong';
        const options = betterText ? { betterText } : {};
        await settle(
          visit,
          await quality.review(visit.staff, idOf(visit, 'message'), verdict, options),
          'answer_reviewed',
        );
        return done(visit, back(visit), 'Cảm ơn, đã ghi nhận.');
      },
      MESSAGE,
    ),
    post('/form', async (visit) => {
      const key = field(visit, 'idempotencyKey', 100);
      const code = procedureOf(field(visit, 'code', 20));
      await settle(visit, await acts.sendForm(visit.staff, idOf(visit), code, key), 'reply_sent');
      return done(visit, back(visit), 'Đã gửi tờ khai.');
    }),
    post('/payment', async (visit) => {
      const dossierNumber = normaliseDossierNumber(field(visit, 'dossier', 60), visit.now);
      if (!dossierNumber) throw new Stop(422, 'Đây không phải mã hồ sơ.');
      const request = { dossierNumber, idempotencyKey: field(visit, 'idempotencyKey', 100) };
      const result = await acts.requestPayment(visit.staff, idOf(visit), request);
      if (!result.ok && result.why === 'unknown')
        throw new Stop(409, result.text || 'Xã chưa mở thu phí qua tin nhắn.');
      await settle(visit, result, 'payment_requested');
      return done(visit, back(visit), 'Đã gửi yêu cầu nộp phí.');
    }),
    post('/petition', async (visit) => {
      const result = await settle(
        visit,
        await petitions.record(visit.staff, idOf(visit), field(visit, 'text')),
        'petition_changed',
      );
      return done(visit, back(visit), `Đã ghi nhận, số ${result.number}.`);
    }),

    {
      method: 'post',
      path: '/presence',
      role: 'officer',
      async handle(visit) {
        const presence = field(visit, 'presence') === 'away' ? 'away' : 'here';
        const result = await acts.setPresence(visit.staff, presence);
        if (!result.ok) throw new Stop(409, result.text);
        live.wake();
        if (!visit.isPart) return done(visit, '/inbox');
        visit.response.set('hx-refresh', 'true').status(204).end();
        return undefined;
      },
    },
  ];
}
