import {
  addOfficer,
  createLink,
  forgetCredentials,
  listOfficers,
  type Officer,
  officerById,
  ROLES,
  type Role,
  signOutEverywhere,
  updateOfficer,
} from '../../communes/officers.ts';
import { ConfigError } from '../../errors.ts';
import { type Html, html, raw } from '../../pages/html.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { FrameOf } from '../frame.ts';
import { csrfField } from '../layout.ts';
import { ago, ROLE_WORDS, time } from '../say.ts';
import { type ConsoleRoute, done, field, idOf, notHere, Stop, type Visit } from '../visit.ts';
import { settingsPage } from './settings.ts';

/** An admin gives roles of the commune; the province's is an operator's to give. */
const GIVEN = ROLES.filter((role): role is Exclude<Role, 'province'> => role !== 'province');
const fieldsOf = (visit: Visit) =>
  field(visit, 'fields', 1_000)
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)
    .slice(0, 20);

/** The staff of a commune, and one's own account. */
export function officerRoutes(deps: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  const { database, publicUrl, now, catalogue } = deps;
  const { orm } = database;

  const page = async (visit: Visit, link?: { email: string; token: string }) => {
    const staff = await listOfficers(orm, visit.commune.id);
    const fields = [...new Set(catalogue.all.map(({ field }) => field))].sort();
    const body = html`${
      link &&
      html`<div class="panel"><h2>Liên kết cho ${link.email}</h2><p>Gửi liên kết này cho người đó. Vào được một lần, trong một ngày; trang này không hiện lại.</p><p class="link"><code>${publicUrl}/console/sign-in/${link.token}</code></p></div>`
    }<div class="items">${staff.map((officer) => card(visit, officer))}</div>
${
  !visit.isGuest &&
  html`<div class="panel"><h2>Thêm cán bộ</h2><form class="stack" method="post" action="${visit.base}/settings/officers">${csrfField(visit)}<div class="grid-2"><label>Email<input type="email" name="email" required maxlength="200" autocomplete="off"></label><label>Vai trò<select name="role">${GIVEN.map((role) => html`<option value="${role}">${ROLE_WORDS[role]}</option>`)}</select></label></div><label>Lĩnh vực, cách nhau bằng dấu phẩy (để trống: việc nào cũng nhận)<input name="fields" maxlength="1000" list="fields"></label><p><button type="submit" class="primary">Thêm và lấy liên kết</button></p></form></div>`
}<datalist id="fields">${fields.map((one) => html`<option value="${one}"></option>`)}</datalist>`;
    const lead =
      'Cán bộ trả lời người dân; phụ trách xem nhật ký, báo cáo và chuyển việc của người khác; quản trị đổi cài đặt.';
    return frame(visit, {
      title: 'Cán bộ',
      section: 'settings',
      body: settingsPage(visit, { path: '/settings/officers', title: 'Cán bộ', lead, body }),
    });
  };
  /** Somebody the admin may change: of the commune, and not the province's. */
  const officerOf = async (visit: Visit): Promise<Officer> => {
    const officer = await officerById(orm, visit.commune.id, idOf(visit));
    if (!officer) throw notHere();
    if (officer.role === 'province' && visit.me.role !== 'province')
      throw new Stop(403, 'Tài khoản cấp tỉnh do người vận hành đổi.');
    return officer;
  };
  const changed = (visit: Visit, officer: Officer, what: string) =>
    visit.audit('officer_changed', { kind: 'officer', id: officer.id }, { what });
  const notSelf = (visit: Visit, officer: Officer) => {
    if (officer.id === visit.me.id) throw new Stop(409, 'Không tự đổi vai trò hay tắt tài khoản của mình.');
  };
  const roleOf = (visit: Visit) => {
    const role = GIVEN.find((one) => one === field(visit, 'role', 20));
    if (!role) throw new Stop(422, 'Chọn vai trò.');
    return role;
  };

  return [
    { method: 'get', path: '/settings/officers', role: 'admin', handle: (visit) => page(visit) },
    {
      method: 'post',
      path: '/settings/officers',
      role: 'admin',
      async handle(visit) {
        const input = { email: field(visit, 'email', 200), role: roleOf(visit), fields: fieldsOf(visit) };
        const officer = await addOfficer(orm, visit.commune.id, input).catch((error) => {
          if (error instanceof ConfigError) throw new Stop(422, 'Email chưa đúng, hoặc đã có trong danh sách.');
          throw error;
        });
        await changed(visit, officer, 'added');
        return page(visit, { email: officer.email, token: await createLink(orm, officer, 'setup', now()) });
      },
    },
    {
      method: 'post',
      path: '/settings/officers/:id',
      role: 'admin',
      objects: { id: 'officer' },
      async handle(visit) {
        const officer = await officerOf(visit);
        const role = officer.role === 'province' ? officer.role : roleOf(visit);
        if (role !== officer.role) notSelf(visit, officer);
        await updateOfficer(orm, visit.commune.id, officer.id, {
          fields: fieldsOf(visit),
          title: field(visit, 'title', 120),
          ...(role === officer.role ? {} : { role }),
        });
        await changed(visit, officer, role === officer.role ? 'fields' : `role ${role}`);
        return done(visit, '/settings/officers', 'Đã lưu.');
      },
    },
    {
      method: 'post',
      path: '/settings/officers/:id/reset',
      role: 'admin',
      objects: { id: 'officer' },
      async handle(visit) {
        const officer = await officerOf(visit);
        await forgetCredentials(orm, visit.commune.id, officer.id);
        await changed(visit, officer, 'reset');
        return page(visit, { email: officer.email, token: await createLink(orm, officer, 'setup', now()) });
      },
    },
    {
      method: 'post',
      path: '/settings/officers/:id/active',
      role: 'admin',
      objects: { id: 'officer' },
      async handle(visit) {
        const officer = await officerOf(visit);
        notSelf(visit, officer);
        const isActive = field(visit, 'active') === '1';
        await updateOfficer(orm, visit.commune.id, officer.id, { isActive });
        await changed(visit, officer, isActive ? 'on' : 'off');
        return done(visit, '/settings/officers', 'Đã lưu.');
      },
    },
    {
      method: 'get',
      path: '/me',
      role: 'officer',
      async handle(visit) {
        const { me } = visit;
        const body = html`<section class="page"><header><h1>Tài khoản của tôi</h1><p class="lead">${me.email} · ${ROLE_WORDS[me.role]}</p></header>
${
  visit.isGuest
    ? html`<p>Tài khoản của bạn ở xã khác. Đổi về xã đó để sửa.</p>`
    : html`<form class="panel stack" method="post" action="${visit.base}/me">${csrfField(visit)}<h2>Người dân đọc thấy</h2><label>Họ tên<input name="name" required maxlength="80" value="${me.name}"></label><label>Chức danh<input name="title" maxlength="120" value="${me.title}"></label><p><button type="submit" class="primary">Lưu</button></p></form>
<div class="panel"><h2>Bảo mật</h2><p>Nghi có người khác dùng tài khoản? Đăng xuất mọi máy, rồi đổi mật khẩu và mã trên điện thoại.</p><div class="item-acts"><form method="post" action="${visit.base}/me/sign-out-everywhere">${csrfField(visit)}<button type="submit">Đăng xuất mọi máy</button></form><form method="post" action="${visit.base}/me/renew">${csrfField(visit)}<button type="submit">Đổi mật khẩu và mã</button></form></div></div>`
}</section>`;
        return frame(visit, { title: 'Tài khoản của tôi', section: 'me', body });
      },
    },
    {
      method: 'post',
      path: '/me',
      role: 'officer',
      async handle(visit) {
        const name = field(visit, 'name', 80);
        if (!name) throw new Stop(422, 'Ghi họ tên để người dân biết ai trả lời.');
        await updateOfficer(orm, visit.commune.id, visit.me.id, { name, title: field(visit, 'title', 120) });
        await changed(visit, visit.me, 'name');
        return done(visit, '/me', 'Đã lưu.');
      },
    },
    {
      method: 'post',
      path: '/me/sign-out-everywhere',
      role: 'officer',
      async handle(visit) {
        await changed(visit, visit.me, 'signed_out_everywhere');
        await signOutEverywhere(orm, visit.commune.id, visit.me.id);
        visit.response.redirect(303, '/console/sign-in');
        return undefined;
      },
    },
    {
      method: 'post',
      path: '/me/renew',
      role: 'officer',
      async handle(visit) {
        await changed(visit, visit.me, 'renewed');
        await forgetCredentials(orm, visit.commune.id, visit.me.id);
        const token = await createLink(orm, visit.me, 'setup', now());
        visit.response.redirect(303, `/console/sign-in/${token}`);
        return undefined;
      },
    },
  ];
}

function card(visit: Visit, officer: Officer): Html {
  const { base, me, now, isGuest } = visit;
  const path = `${base}/settings/officers/${officer.id}`;
  const isSelf = officer.id === me.id;
  const mayChange = !isGuest && (officer.role !== 'province' || me.role === 'province');
  return html`<article class="item"><header><h2>${officer.name || officer.email}</h2><span class="state${officer.isActive ? ' good' : ''}">${officer.isActive ? ROLE_WORDS[officer.role] : 'Đã tắt'}</span><span class="quiet">${officer.name && officer.email}${officer.lastSeenAt ? html` · vào gần nhất ${time(officer.lastSeenAt, ago(officer.lastSeenAt, now))}` : ' · chưa vào lần nào'}</span></header>
<p>${officer.title || html`<span class="quiet">Chưa ghi chức danh</span>`}${officer.fields.length > 0 && html` · <span class="quiet">${officer.fields.join(', ')}</span>`}</p>
${
  mayChange &&
  html`<details><summary>Sửa</summary><form class="stack" method="post" action="${path}">${csrfField(visit)}<div class="grid-2"><label>Chức danh<input name="title" maxlength="120" value="${officer.title}"></label>${
    officer.role === 'province'
      ? ''
      : html`<label>Vai trò<select name="role">${GIVEN.map((role) => html`<option value="${role}"${role === officer.role ? raw(' selected') : ''}>${ROLE_WORDS[role]}</option>`)}</select></label>`
  }</div><label>Lĩnh vực<input name="fields" maxlength="1000" list="fields" value="${officer.fields.join(', ')}"></label><p><button type="submit">Lưu</button></p></form>
<div class="item-acts"><form method="post" action="${path}/reset">${csrfField(visit)}<button type="submit">Quên mật khẩu: lấy liên kết mới</button></form>${!isSelf && html`<form method="post" action="${path}/active">${csrfField(visit)}<input type="hidden" name="active" value="${officer.isActive ? '' : '1'}"><button type="submit">${officer.isActive ? 'Tắt tài khoản' : 'Bật lại tài khoản'}</button></form>`}</div></details>`
}</article>`;
}
