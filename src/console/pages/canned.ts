import { mayAs } from '../../communes/officers.ts';
import type { CannedAnswer } from '../../handoff/canned.ts';
import { type Html, html, raw } from '../../pages/html.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { FrameOf } from '../frame.ts';
import { csrfField, emptyState } from '../layout.ts';
import { type ConsoleRoute, done, field, idOf, notHere, Stop, type Visit } from '../visit.ts';
import { settingsPage } from './settings.ts';

const GAPS = [
  'ten_can_bo',
  'chuc_danh',
  'co_quan',
  'dia_chi',
  'dien_thoai',
  'gio_lam_viec',
  'ten_nguoi_dan',
  'ma_ho_so',
  'thu_tuc',
];

/** Ready answers: everybody's own, and the commune's, which leads keep. */
export function cannedRoutes({ canned }: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  const asLead = (visit: Visit) => ({ asLead: mayAs(visit.me.role, 'lead') });
  return [
    {
      method: 'get',
      path: '/settings',
      role: 'officer',
      async handle(visit) {
        const list = await canned.list(visit.staff);
        const body = html`${
          list.length === 0
            ? emptyState('Chưa có câu soạn sẵn nào.', 'Thêm câu hay dùng ở dưới; lúc trả lời gõ / để chọn.')
            : html`<div class="items">${list.map((answer) => card(visit, answer))}</div>`
        }${!visit.isGuest && html`<div class="panel"><h2>Thêm câu mới</h2>${editor(visit)}</div>`}`;
        const lead = 'Trong ô trả lời gõ / rồi chọn. Chỗ trong ngoặc nhọn được điền tự động.';
        return frame(visit, {
          title: 'Câu soạn sẵn',
          section: 'settings',
          body: settingsPage(visit, { path: '/settings', title: 'Câu soạn sẵn', lead, body }),
        });
      },
    },
    {
      method: 'post',
      path: '/settings/canned',
      role: 'officer',
      async handle(visit) {
        const id = field(visit, 'id', 40);
        const answer = {
          ...(id ? { id } : {}),
          isShared: field(visit, 'shared') === '1',
          shortcut: field(visit, 'shortcut', 40),
          title: field(visit, 'title', 120),
          text: field(visit, 'text'),
        };
        const result = await canned.save(visit.staff, answer, asLead(visit));
        if (!result.ok) throw result.why === 'unknown' ? notHere() : new Stop(422, result.text);
        await visit.audit('settings_changed', { kind: 'canned', id: result.id }, { what: 'canned' });
        return done(visit, '/settings', 'Đã lưu câu soạn sẵn.');
      },
    },
    {
      method: 'post',
      path: '/settings/canned/:id/remove',
      role: 'officer',
      objects: { id: 'canned' },
      async handle(visit) {
        const result = await canned.remove(visit.staff, idOf(visit), asLead(visit));
        if (!result.ok) throw result.why === 'unknown' ? notHere() : new Stop(409, result.text);
        await visit.audit('settings_changed', { kind: 'canned', id: idOf(visit) }, { what: 'canned_removed' });
        return done(visit, '/settings', 'Đã bỏ câu soạn sẵn.');
      },
    },
  ];
}

function card(visit: Visit, answer: CannedAnswer): Html {
  const { base, me, isGuest } = visit;
  const mayChange = !isGuest && (answer.officerId === me.id || mayAs(me.role, 'lead'));
  return html`<article class="item"><header><h2>/${answer.shortcut}</h2><span>${answer.title}</span><span class="state">${answer.officerId === null ? 'Cả xã dùng' : 'Của tôi'}</span></header><blockquote>${answer.text}</blockquote>${
    mayChange &&
    html`<details><summary>Sửa hoặc bỏ</summary>${editor(visit, answer)}<form method="post" action="${base}/settings/canned/${answer.id}/remove">${csrfField(visit)}<button type="submit">Bỏ câu này</button></form></details>`
  }</article>`;
}

function editor(visit: Visit, answer?: CannedAnswer): Html {
  const at = answer?.id ?? 'new';
  const isShared = answer ? answer.officerId === null : false;
  return html`<form class="stack" method="post" action="${visit.base}/settings/canned">${csrfField(visit)}${answer && html`<input type="hidden" name="id" value="${answer.id}">`}
<div class="grid-2"><label>Tên gõ sau dấu /<input name="shortcut" required maxlength="40" pattern="[a-z0-9\\-]+" title="chữ không dấu, số, gạch nối" value="${answer?.shortcut ?? ''}"></label>
<label>Nói về gì<input name="title" required maxlength="120" value="${answer?.title ?? ''}"></label></div>
<label for="text-${at}">Câu trả lời</label><textarea id="text-${at}" name="text" rows="4" required maxlength="2000">${answer?.text ?? ''}</textarea>
<p class="hint">Điền tự động: ${GAPS.map((gap, place) => html`${place > 0 ? ', ' : ''}<code>{${gap}}</code>`)}</p>
${mayAs(visit.me.role, 'lead') ? html`<label class="tick"><input type="checkbox" name="shared" value="1"${isShared ? raw(' checked') : ''}>Cả xã dùng</label>` : ''}
<p><button type="submit" class="primary">Lưu</button></p></form>`;
}
