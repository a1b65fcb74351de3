import { countsOf } from '../handoff/inbox-view.ts';
import type { Html, Part } from '../pages/html.ts';
import { communesOfProvince } from './communes-of-province.ts';
import type { ConsoleDeps } from './deps.ts';
import { framePage, type NavItem, type Section } from './layout.ts';
import type { Visit } from './visit.ts';

export type FrameOf = (visit: Visit, page: { title: string; section: Section; body: Part }) => Promise<Html>;

const NAV: NavItem[] = [
  { section: 'inbox', path: '/inbox', words: 'Hội thoại', role: 'officer' },
  { section: 'petitions', path: '/petitions', words: 'Phản ánh', role: 'officer' },
  { section: 'unanswered', path: '/unanswered', words: 'Chưa trả lời được', role: 'officer' },
  { section: 'dossiers', path: '/dossiers', words: 'Hồ sơ', role: 'officer' },
  { section: 'payments', path: '/payments', words: 'Thanh toán', role: 'officer' },
  { section: 'reports', path: '/reports', words: 'Báo cáo', role: 'lead' },
  { section: 'audit', path: '/audit', words: 'Nhật ký', role: 'lead' },
  { section: 'settings', path: '/settings', words: 'Cài đặt', role: 'officer' },
];

/** What stands around every page. */
export function createFrame(deps: ConsoleDeps): FrameOf {
  return async (visit, page) => {
    const counts = countsOf(await deps.view.counts(visit.staff), visit.me.id);
    const wide = visit.session.memberships.find(({ officer }) => officer.role === 'province');
    const own = visit.session.memberships.map(({ commune }) => commune);
    const others = wide ? await communesOfProvince(deps.database, wide.commune) : [];
    const communes = [...own, ...others.filter(({ id }) => own.every((one) => one.id !== id))];
    return framePage(visit, { ...page, counts, nav: NAV, communes });
  };
}
