import { mayAs } from '../../communes/officers.ts';
import { ASPECTS, type Aspect } from '../../guidance/guidance.ts';
import type { Done } from '../../handoff/acts.ts';
import { type Html, html, raw } from '../../pages/html.ts';
import type { Act } from '../../privacy/audit.ts';
import { normaliseDossierNumber } from '../../procedures/dossier-numbers.ts';
import { plain } from '../../procedures/words.ts';
import type { ConsoleDeps } from '../deps.ts';
import { csrfField } from '../layout.ts';
import { masked } from '../mask.ts';
import { asked, type ConsoleRoute, done, field, idOf, notHere, Stop, type Visit } from '../visit.ts';
import { dossierCard } from './dossier-card.ts';

const CONVERSATION = { id: 'conversation' } as const;
const MESSAGE = { id: 'conversation', message: 'message' } as const;

const ASPECT_WORDS: Record<Aspect, string> = {
  documents: 'Giấy tờ cần mang',
  fee: 'Lệ phí',
  time: 'Bao lâu có',
  place: 'Nộp ở đâu',
  steps: 'Các bước',
  online: 'Làm trên mạng',
  eligibility: 'Ai được làm',
  result: 'Nhận được gì',
  form: 'Tờ khai',
  legal_basis: 'Căn cứ',
  validity: 'Dùng được bao lâu',
  overview: 'Tóm tắt',
};

/** What officers do in a conversation, and the small sheets that ask for more. */
export function actRoutes(deps: ConsoleDeps): ConsoleRoute[] {
  const { view: inbox, acts, quality, petitions, canned, catalogue, dossiers, phoneOf, database, live } = deps;

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
  const detailOf = async (visit: Visit) => {
    const detail = await inbox.detail(visit.staff, idOf(visit));
    if (!detail) throw notHere();
    return detail;
  };
  /** @throws {Stop} 404 before anything else is said about what was sent */
  const mustExist = async (visit: Visit) => {
    const messageId = visit.request.params.message ? idOf(visit, 'message') : null;
    const rows = await database.run(
      'console.exists',
      `select 1 from conversations c where c.commune_id = $1 and c.id = $2 and ($3::uuid is null or exists (
         select 1 from messages m where m.commune_id = $1 and m.conversation_id = c.id and m.id = $3))`,
      [visit.commune.id, idOf(visit), messageId],
    );
    if (rows.length === 0) throw notHere();
  };
  const inside =
    (handle: ConsoleRoute['handle']): ConsoleRoute['handle'] =>
    async (visit) => {
      await mustExist(visit);
      return handle(visit);
    };
  /** @throws {Stop} when the catalogue has no such code */
  const procedureOf = (code: string): string => {
    const known = catalogue.byCode(code);
    if (!known) throw new Stop(422, 'Không có thủ tục này trong dữ liệu.');
    return known.code;
  };
  const back = (visit: Visit) => `/conversations/${idOf(visit)}`;
  const post = (
    path: string,
    handle: ConsoleRoute['handle'],
    objects: NonNullable<ConsoleRoute['objects']> = CONVERSATION,
  ): ConsoleRoute => ({
    method: 'post',
    path: `/conversations/:id${path}`,
    role: 'officer',
    objects,
    handle: inside(handle),
  });
  const sheet = (
    path: string,
    handle: ConsoleRoute['handle'],
    objects: NonNullable<ConsoleRoute['objects']> = CONVERSATION,
  ): ConsoleRoute => ({ ...post(path, handle, objects), method: 'get' });

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

    sheet('/transfer', async (visit) => {
      const colleagues = (await inbox.colleagues(visit.staff)).filter(({ id }) => id !== visit.me.id);
      const fields = [...new Set(colleagues.flatMap(({ fields }) => fields))].sort();
      return form(
        visit,
        'transfer',
        'Chuyển hội thoại',
        'Chuyển',
        html`
<label>Cho ai<select name="officer"><option value="">Đưa lại vào hàng chờ</option>${colleagues.map(
          ({ id, name, title, isHere, holds }) =>
            html`<option value="${id}">${name || title || 'Đồng nghiệp'}${isHere ? ' · đang trực' : ' · vắng'}${holds > 0 ? ` · giữ ${holds}` : ''}</option>`,
        )}</select></label>
<label>Lĩnh vực, khi đưa lại hàng chờ<select name="field"><option value="">Bất kỳ</option>${fields.map((one) => html`<option>${one}</option>`)}</select></label>
<label>Lời nhắn cho đồng nghiệp<textarea name="note" rows="3" maxlength="2000"></textarea></label>`,
      );
    }),
    sheet('/close', async (visit) => {
      return form(
        visit,
        'close',
        'Kết thúc hội thoại',
        'Kết thúc',
        html`
<p>Người dân được cảm ơn và được hỏi có hài lòng không.</p>
<label class="tick"><input type="checkbox" name="quiet" value="1">Không gửi gì thêm cho người dân</label>`,
      );
    }),
    sheet('/note', async (visit) => {
      return form(
        visit,
        'note',
        'Ghi chú nội bộ',
        'Lưu ghi chú',
        html`
<p class="hint">Chỉ cán bộ của xã đọc được, không gửi cho người dân.</p>
<label>Ghi chú<textarea name="text" rows="4" maxlength="2000" required autofocus></textarea></label>`,
      );
    }),
    sheet('/petition', async (visit) => {
      return form(
        visit,
        'petition',
        'Ghi nhận phản ánh, kiến nghị',
        'Ghi nhận',
        html`
<p class="hint">Người dân được báo số để hỏi lại sau này.</p>
<label>Nội dung<textarea name="text" rows="5" maxlength="3000" required autofocus></textarea></label>`,
      );
    }),
    sheet('/payment', async (visit) => {
      const { summary, conversationId } = await detailOf(visit);
      return form(
        visit,
        'payment',
        'Yêu cầu nộp phí',
        'Gửi yêu cầu',
        html`
<input type="hidden" name="idempotencyKey" value="${crypto.randomUUID()}">
<p class="hint">Số tiền lấy từ hồ sơ. Người dân thấy ai thu, bao nhiêu, cho việc gì và hạn nộp trước khi trả tiền.</p>
<label>Mã hồ sơ<input name="dossier" list="known-dossiers" maxlength="60" required autofocus></label>
<datalist id="known-dossiers" data-of="${conversationId}">${(summary?.dossierNumbers ?? []).map((code) => html`<option value="${code}"></option>`)}</datalist>`,
      );
    }),
    sheet('/form', async (visit) => {
      const { procedureCode } = await detailOf(visit);
      return html`${procedurePicker(visit, 'form', 'Gửi tờ khai')}<div id="picked">${formChoices(visit, asked(visit, 'q') || procedureCode || '')}</div>`;
    }),
    sheet('/official', async (visit) => {
      const { procedureCode } = await detailOf(visit);
      const words = asked(visit, 'q') || procedureCode || '';
      return html`${procedurePicker(visit, 'official', 'Câu trả lời chính thức')}<div id="picked">${officialChoices(visit, words)}</div>`;
    }),
    sheet('/official-text', async (visit) => {
      const aspect = ASPECTS.find((one) => one === asked(visit, 'aspect')) ?? 'overview';
      const result = await acts.officialAnswer(visit.staff, procedureOf(asked(visit, 'code')), aspect);
      if (!result.ok) throw new Stop(409, result.text);
      visit.response.json({ text: result.text });
      return undefined;
    }),
    sheet(
      '/messages/:message/wrong',
      async (visit) => {
        return form(
          visit,
          `messages/${idOf(visit, 'message')}/review`,
          'Trợ lý nói sai',
          'Gửi nhận xét',
          html`
<input type="hidden" name="verdict" value="wrong">
<p class="hint">Nhận xét vào danh sách “Chưa trả lời được” để sửa dữ liệu. Không gửi cho người dân.</p>
<label>Đúng ra phải nói (không bắt buộc)<textarea name="better" rows="5" maxlength="2000" autofocus></textarea></label>`,
        );
      },
      MESSAGE,
    ),
    {
      method: 'get',
      path: '/canned.json',
      role: 'officer',
      async handle(visit) {
        const list = await canned.list(visit.staff);
        visit.response.json(list.map(({ id, shortcut, title, text }) => ({ id, shortcut, title, text })));
        return undefined;
      },
    },
    {
      ...sheet('/canned/:canned', async (visit) => {
        const filled = await canned.fill(visit.staff, idOf(visit, 'canned'), idOf(visit));
        if (!filled) throw notHere();
        visit.response.json(filled);
        return undefined;
      }),
      objects: { id: 'conversation', canned: 'canned' },
    },
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

  function search(words: string) {
    const known = catalogue.byCode(words);
    if (known) return [known];
    const parts = plain(words).split(/\s+/).filter(Boolean);
    if (parts.length === 0) return [];
    return catalogue.all
      .filter(({ name, aliases }) => {
        const text = plain([name, ...aliases].join(' '));
        return parts.every((part) => text.includes(part));
      })
      .slice(0, 8);
  }

  function officialChoices(visit: Visit, words: string): Html {
    const path = `${visit.base}${back(visit)}`;
    return html`${nothingFound(words, search(words).length)}${search(words).map(
      ({ code, name }) =>
        html`<section class="pick"><h3>${name} <span class="quiet">${code}</span></h3><p class="choices">${ASPECTS.map(
          (aspect) =>
            html`<button type="button" data-act="insert" data-url="${path}/official-text?code=${code}&amp;aspect=${aspect}">${ASPECT_WORDS[aspect]}</button>`,
        )}</p></section>`,
    )}`;
  }
  function formChoices(visit: Visit, words: string): Html {
    return html`${nothingFound(words, search(words).length)}${search(words).map(
      ({ code, name }) =>
        html`<form class="pick" method="post" action="${visit.base}${back(visit)}/form" hx-post="${visit.base}${back(visit)}/form" hx-swap="none">${csrfField(visit)}<input type="hidden" name="code" value="${code}"><input type="hidden" name="idempotencyKey" value="${crypto.randomUUID()}"><h3>${name} <span class="quiet">${code}</span></h3><button type="submit">Gửi tờ khai hoặc trang chính thức</button></form>`,
    )}`;
  }
}

const nothingFound = (words: string, count: number) =>
  count === 0 &&
  html`<p class="quiet">${words ? `Không thấy thủ tục nào tên như “${masked(words, new Date()).text}”.` : 'Gõ tên thủ tục để tìm.'}</p>`;

function procedurePicker(visit: Visit, name: 'form' | 'official', title: string): Html {
  const path = `${visit.base}/conversations/${idOf(visit)}/${name}`;
  return html`<h2>${title}</h2>${closer()}<form class="inline" hx-get="${path}" hx-target="#sheet-body"><label class="unseen" for="q">Tên hoặc mã thủ tục</label><input id="q" type="search" name="q" maxlength="100" value="${asked(visit, 'q')}" placeholder="Tên hoặc mã thủ tục"><button type="submit">Tìm</button></form>`;
}

const closer = () =>
  html`<form method="dialog" class="closer"><button type="submit" aria-label="Đóng">${raw('&#215;')}</button></form>`;

function form(visit: Visit, name: string, title: string, verb: string, fields: Html): Html {
  const path = `${visit.base}/conversations/${idOf(visit)}/${name}`;
  return html`<h2>${title}</h2>${closer()}<form class="stack" method="post" action="${path}" hx-post="${path}" hx-swap="none">${csrfField(visit)}${fields}<p class="dialog-acts"><button type="button" data-act="close-sheet">Thôi</button><button type="submit" class="primary">${verb}</button></p></form>`;
}
