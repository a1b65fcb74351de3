import { ASPECTS, type Aspect } from '../../guidance/guidance.ts';
import { type Html, html, raw } from '../../pages/html.ts';
import { plain } from '../../procedures/words.ts';
import type { ConsoleDeps } from '../deps.ts';
import { csrfField } from '../layout.ts';
import { masked } from '../mask.ts';
import { asked, type ConsoleRoute, idOf, notHere, Stop, type Visit } from '../visit.ts';
import { back, insideConversation, MESSAGE } from './inside-conversation.ts';

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

/** The small sheets of a conversation that ask for more before something is done, and what its reply box asks for. */
export function sheetRoutes(deps: ConsoleDeps): ConsoleRoute[] {
  const { view: inbox, acts, canned, catalogue } = deps;
  const { sheet, procedureOf } = insideConversation(deps);
  const detailOf = async (visit: Visit) => {
    const detail = await inbox.detail(visit.staff, idOf(visit));
    if (!detail) throw notHere();
    return detail;
  };

  return [
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
