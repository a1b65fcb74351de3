import { z } from 'zod';
import type { CommuneSettings } from '../../communes/communes.ts';
import { updateCommune } from '../../communes/communes.ts';
import { mayAs, type Role } from '../../communes/officers.ts';
import { ConfigError } from '../../errors.ts';
import { type Html, html, type Part, raw } from '../../pages/html.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { FrameOf } from '../frame.ts';
import { csrfField, emptyState } from '../layout.ts';
import { CHANNEL_WORDS, moment } from '../say.ts';
import { type ConsoleRoute, done, field, Stop, type Visit } from '../visit.ts';

const DAYS = ['Thứ Hai', 'Thứ Ba', 'Thứ Tư', 'Thứ Năm', 'Thứ Sáu', 'Thứ Bảy', 'Chủ nhật'];

const SECTIONS: { path: string; words: string; role: Role }[] = [
  { path: '/settings', words: 'Câu soạn sẵn', role: 'officer' },
  { path: '/settings/channels', words: 'Kênh', role: 'lead' },
  { path: '/settings/hours', words: 'Giờ làm việc', role: 'admin' },
  { path: '/settings/office', words: 'Thông tin xã', role: 'admin' },
  { path: '/settings/handoff', words: 'Khi cần cán bộ', role: 'admin' },
  { path: '/settings/officers', words: 'Cán bộ', role: 'admin' },
];

/** What stands around a page of the settings. */
export function settingsPage(
  visit: Visit,
  { path, title, lead, body }: { path: string; title: string; lead: Part; body: Part },
): Html {
  return html`<section class="page"><header><h1>${title}</h1><p class="lead">${lead}</p></header>
<nav class="sub" aria-label="Cài đặt">${SECTIONS.filter(({ role }) => mayAs(visit.me.role, role)).map(
    (one) =>
      html`<a href="${visit.base}${one.path}"${one.path === path ? raw(' aria-current="page"') : ''}>${one.words}</a>`,
  )}</nav>
${body}</section>`;
}

const OFFICE: { name: 'officeName' | 'address' | 'phone' | 'hotline' | 'website'; words: string; hint: string }[] = [
  { name: 'officeName', words: 'Tên cơ quan, như người dân đọc', hint: 'UBND xã Bát Xát' },
  { name: 'address', words: 'Nơi tiếp nhận hồ sơ', hint: 'Bộ phận một cửa ở đâu' },
  { name: 'phone', words: 'Điện thoại cơ quan', hint: '' },
  { name: 'hotline', words: 'Đường dây nóng ngoài giờ', hint: '' },
  { name: 'website', words: 'Trang của xã', hint: 'https://…' },
];

const TARGETS: {
  name: keyof CommuneSettings['handoff'] & `${string}${'Minutes' | 'Hours' | 'Days'}`;
  words: string;
  unit: string;
}[] = [
  { name: 'escalateAfterMinutes', words: 'Báo người phụ trách khi chưa ai nhận sau', unit: 'phút' },
  { name: 'resolveMinutes', words: 'Mục tiêu xong việc trong', unit: 'phút' },
  { name: 'officerSilenceMinutes', words: 'Cán bộ im lặng quá lâu thì đưa lại hàng chờ sau', unit: 'phút' },
  { name: 'closeAfterSilenceHours', words: 'Người dân im lặng thì tự kết thúc sau', unit: 'giờ' },
  { name: 'warnBeforeWindowMinutes', words: 'Nhắc trước khi nền tảng hết cho trả lời', unit: 'phút' },
  { name: 'petitionDays', words: 'Trả lời phản ánh trong', unit: 'ngày làm việc' },
];
const SHOWN: Record<CommuneSettings['handoff']['officerShown'], string> = {
  name_and_title: 'Họ tên và chức danh',
  title: 'Chỉ chức danh',
  office: 'Chỉ tên cơ quan',
};

/** Hours, texts, targets: for the commune's admin. Channels are looked at here and connected by an operator. */
export function settingsRoutes({ database, accounts }: ConsoleDeps, frame: FrameOf): ConsoleRoute[] {
  const page = (visit: Visit, path: string, title: string, lead: Part, body: Part) =>
    frame(visit, { title, section: 'settings', body: settingsPage(visit, { path, title, lead, body }) });
  const save = async (visit: Visit, path: string, settings: Partial<CommuneSettings>) => {
    try {
      await updateCommune(database.orm, visit.commune.slug, { settings });
    } catch (error) {
      if (error instanceof ConfigError) throw new Stop(422, 'Có chỗ ghi chưa đúng. Xem lại rồi lưu.');
      throw error;
    }
    await visit.audit('settings_changed', undefined, { what: path.split('/').at(-1)! });
    return done(visit, `${path}?saved=1`, 'Đã lưu. Có hiệu lực trong vài giây.');
  };
  const saved = (visit: Visit) =>
    visit.request.query.saved && html`<p class="saved" role="status">Đã lưu. Có hiệu lực trong vài giây.</p>`;
  const form = (visit: Visit, path: string, fields: Part) =>
    html`${saved(visit)}<form class="panel stack" method="post" action="${visit.base}${path}">${csrfField(visit)}${fields}${visit.isGuest ? '' : html`<p><button type="submit" class="primary">Lưu</button></p>`}</form>`;

  return [
    {
      method: 'get',
      path: '/settings/channels',
      role: 'lead',
      async handle(visit) {
        const mine = (await accounts.all()).filter(({ communeId }) => communeId === visit.commune.id);
        const broken = (await accounts.unreadable()).filter(({ communeId }) => communeId === visit.commune.id);
        const STATE = {
          active: ['good', 'Đang chạy'],
          needs_reauthorisation: ['bad', 'Cần cấp quyền lại'],
          restricted: ['bad', 'Bị nền tảng hạn chế'],
        } as const;
        const body =
          mine.length + broken.length === 0
            ? emptyState('Chưa nối kênh nào.', 'Người vận hành nối Zalo OA và trang Facebook bằng lệnh trên máy chủ.')
            : html`<div class="items">${mine.map(
                ({ channel, name, externalId, status, statusReason, tokenExpiresAt }) => {
                  const [tone, words] = STATE[status];
                  return html`<article class="item"><header><h2>${CHANNEL_WORDS[channel]}${name && ` · ${name}`}</h2><span class="state ${tone}">${words}</span></header><dl class="facts"><div><dt>Mã</dt><dd>${externalId}</dd></div>${tokenExpiresAt && html`<div><dt>Quyền tới</dt><dd>${moment(tokenExpiresAt)}, tự gia hạn</dd></div>`}${statusReason && html`<div><dt>Vì sao</dt><dd>${statusReason}</dd></div>`}</dl>${status !== 'active' && html`<p>Tin của người dân được giữ lại. Người vận hành cấp quyền lại thì tin tự gửi đi.</p>`}</article>`;
                },
              )}${broken.map(({ channel, externalId }) => html`<article class="item"><header><h2>${CHANNEL_WORDS[channel]}</h2><span class="state bad">Không đọc được</span></header><p>Mã ${externalId}: máy chủ đang dùng khóa khác khóa đã lưu kênh này.</p></article>`)}</div>`;
        return page(visit, '/settings/channels', 'Kênh', 'Nơi người dân nhắn cho xã. Trang này chỉ để xem.', body);
      },
    },
    {
      method: 'get',
      path: '/settings/hours',
      role: 'admin',
      handle: (visit) => {
        const { hours, holidays, extraWorkingDays, areHoursConfirmed } = visit.commune.settings;
        const dates = (list: string[]) => list.map((date) => date.split('-').reverse().join('/')).join('\n');
        const row = (words: string, at: number) => {
          const spans = hours
            .filter(({ days }) => days.includes(at + 1))
            .sort((a, b) => a.opens.localeCompare(b.opens));
          const box = (half: number, end: 'opens' | 'closes', label: string) =>
            html`<td><label class="unseen" for="h${at}${half}${end}">${words}, ${label}</label><input class="clock" inputmode="numeric" pattern="([01][0-9]|2[0-3]):[0-5][0-9]" maxlength="5" placeholder="--:--" title="giờ:phút, như 07:30" id="h${at}${half}${end}" name="h${at}${half}${end}" value="${spans[half]?.[end] ?? ''}"></td>`;
          return html`<tr><th scope="row">${words}</th>${box(0, 'opens', 'sáng mở')}${box(0, 'closes', 'sáng đóng')}${box(1, 'opens', 'chiều mở')}${box(1, 'closes', 'chiều đóng')}</tr>`;
        };
        const fields = html`<div class="table" tabindex="0" role="region" aria-label="Giờ mỗi ngày"><table><thead><tr><th scope="col">Ngày</th><th scope="col">Sáng mở</th><th scope="col">đóng</th><th scope="col">Chiều mở</th><th scope="col">đóng</th></tr></thead><tbody>${DAYS.map(row)}</tbody></table></div>
<label class="tick"><input type="checkbox" name="confirmed" value="1"${areHoursConfirmed ? raw(' checked') : ''}>Đây là giờ đúng của xã (nếu chưa, trợ lý nói đó là giờ thường lệ)</label>
<div class="grid-2"><label>Ngày nghỉ thêm, mỗi dòng một ngày (ngày/tháng/năm)<textarea name="holidays" rows="4">${dates(holidays)}</textarea></label>
<label>Ngày làm bù, mỗi dòng một ngày<textarea name="extra" rows="4">${dates(extraWorkingDays)}</textarea></label></div>
<p class="hint">Ngày lễ của Nhà nước đã có sẵn, không cần ghi.</p>`;
        return page(
          visit,
          '/settings/hours',
          'Giờ làm việc',
          'Trợ lý báo giờ này cho người dân và hẹn giờ trả lời theo đó.',
          form(visit, '/settings/hours', fields),
        );
      },
    },
    {
      method: 'post',
      path: '/settings/hours',
      role: 'admin',
      handle: (visit) =>
        save(visit, '/settings/hours', {
          hours: hoursOf(visit),
          holidays: datesOf(visit, 'holidays'),
          extraWorkingDays: datesOf(visit, 'extra'),
          areHoursConfirmed: field(visit, 'confirmed') === '1',
        }),
    },
    {
      method: 'get',
      path: '/settings/office',
      role: 'admin',
      handle: (visit) => {
        const { settings } = visit.commune;
        const fields = OFFICE.map(
          ({ name, words, hint }) =>
            html`<label>${words}<input name="${name}" maxlength="300" value="${settings[name] ?? ''}" placeholder="${hint}"${name === 'officeName' ? raw(' required') : ''}></label>`,
        );
        return page(
          visit,
          '/settings/office',
          'Thông tin xã',
          'Trợ lý nói đúng những gì ghi ở đây. Chưa ghi thì nói là chưa biết.',
          form(visit, '/settings/office', fields),
        );
      },
    },
    {
      method: 'post',
      path: '/settings/office',
      role: 'admin',
      handle: (visit) => {
        const values = Object.fromEntries(OFFICE.map(({ name }) => [name, field(visit, name, 300)]));
        if (!values.officeName) throw new Stop(422, 'Ghi tên cơ quan.');
        if (values.website && !URL.canParse(values.website)) throw new Stop(422, 'Địa chỉ trang bắt đầu bằng https://');
        const settings = Object.fromEntries(OFFICE.map(({ name }) => [name, values[name] || undefined]));
        return save(visit, '/settings/office', settings);
      },
    },
    {
      method: 'get',
      path: '/settings/handoff',
      role: 'admin',
      handle: (visit) => {
        const { handoff, officerReplyMinutes, officerPauseHours } = visit.commune.settings;
        const number = (name: string, words: string, unit: string, value: number) =>
          html`<label>${words} (${unit})<input type="number" name="${name}" min="1" required value="${value}"></label>`;
        const fields = html`<div class="grid-2">${number('officerReplyMinutes', 'Trả lời lần đầu trong', 'phút', officerReplyMinutes)}${TARGETS.map(({ name, words, unit }) => number(name, words, unit, handoff[name]))}${number('officerPauseHours', 'Trợ lý im sau lời cuối của cán bộ', 'giờ', officerPauseHours)}</div>
<label>Cán bộ hiện với người dân<select name="officerShown">${Object.entries(SHOWN).map(([value, words]) => html`<option value="${value}"${value === handoff.officerShown ? raw(' selected') : ''}>${words}</option>`)}</select></label>
<label class="tick"><input type="checkbox" name="asksRating" value="1"${handoff.asksRating ? raw(' checked') : ''}>Hỏi người dân có hài lòng không sau khi kết thúc</label>
<label class="tick"><input type="checkbox" name="answersPageComments" value="1"${handoff.answersPageComments ? raw(' checked') : ''}>Trả lời riêng một lần cho câu hỏi dưới bài đăng trên trang Facebook</label>`;
        return page(
          visit,
          '/settings/handoff',
          'Khi cần cán bộ',
          'Thời gian chỉ tính trong giờ làm việc.',
          form(visit, '/settings/handoff', fields),
        );
      },
    },
    {
      method: 'post',
      path: '/settings/handoff',
      role: 'admin',
      handle: (visit) => {
        const number = (name: string) =>
          z.coerce
            .number()
            .int()
            .safeParse(field(visit, name, 8)).data ?? Number.NaN;
        const targets = Object.fromEntries(TARGETS.map(({ name }) => [name, number(name)]));
        return save(visit, '/settings/handoff', {
          officerReplyMinutes: number('officerReplyMinutes'),
          officerPauseHours: number('officerPauseHours'),
          handoff: {
            ...visit.commune.settings.handoff,
            ...targets,
            officerShown:
              (Object.keys(SHOWN) as (keyof typeof SHOWN)[]).find((one) => one === field(visit, 'officerShown')) ??
              'name_and_title',
            asksRating: field(visit, 'asksRating') === '1',
            answersPageComments: field(visit, 'answersPageComments') === '1',
          },
        });
      },
    },
  ];
}

const isClock = (text: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);

/** Days with the same times become one line. @throws {Stop} */
function hoursOf(visit: Visit): CommuneSettings['hours'] {
  const byTimes = new Map<string, number[]>();
  for (const [at, words] of DAYS.entries()) {
    for (const half of [0, 1]) {
      const [opens, closes] = [field(visit, `h${at}${half}opens`, 5), field(visit, `h${at}${half}closes`, 5)];
      if (!opens && !closes) continue;
      if (!isClock(opens) || !isClock(closes) || opens >= closes)
        throw new Stop(422, `${words}: ghi giờ như 07:30, giờ mở trước giờ đóng.`);
      const key = `${opens} ${closes}`;
      byTimes.set(key, [...(byTimes.get(key) ?? []), at + 1]);
    }
  }
  return [...byTimes].map(([times, days]) => ({ days, opens: times.slice(0, 5), closes: times.slice(6) }));
}

/** @throws {Stop} for what is no day */
function datesOf(visit: Visit, name: string): string[] {
  return field(visit, name)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const [, day = '', month = '', year = ''] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(line) ?? [];
      const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
      const at = new Date(`${date}T00:00:00Z`);
      if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== date)
        throw new Stop(422, `“${line.slice(0, 20)}” không phải một ngày. Ghi như 02/09/2026.`);
      return date;
    })
    .filter((date, at, all) => all.indexOf(date) === at)
    .sort();
}
