import { expect, test } from 'vitest';
import { countsOf, type InboxView } from '../handoff/inbox-view.ts';
import { createShare, sharedLists } from './shared-lists.ts';

test('who asks while a look runs shares the next one, which begins after they asked; failures are not kept', async () => {
  const share = createShare<number>();
  const ends: ((value: number | Error) => void)[] = [];
  const look = () =>
    new Promise<number>((done, fail) => ends.push((value) => (value instanceof Error ? fail(value) : done(value))));
  const first = share('a', look);
  await Promise.resolve();
  await Promise.resolve();
  expect(ends).toHaveLength(1);
  const crowd = [share('a', look), share('a', look), share('a', look)];
  const other = share('b', look);
  ends[0]!(1);
  expect(await first).toBe(1);
  await new Promise((done) => setImmediate(done));
  expect(ends).toHaveLength(3);
  const failed = Promise.allSettled(crowd);
  for (const end of ends.slice(1)) end(new Error('no'));
  await other.catch(() => {});
  expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  const again = share('a', look);
  await new Promise((done) => setImmediate(done));
  ends[3]!(4);
  expect(await again).toBe(4);
});

test('a hundred officers of a commune cost two looks at its counts and its list, and each reads their own numbers', async () => {
  const looks: string[] = [];
  const officers = { 'officer-3': { mine: 4, unread: 1 } };
  const view = sharedLists({
    async counts({ communeId }: { communeId: string }) {
      looks.push(`counts ${communeId}`);
      return { waiting: 7, late: 2, officers };
    },
    async list({ communeId, officerId }: { communeId: string; officerId: string }, { tab }: { tab: string }) {
      looks.push(`${tab} ${communeId}${tab === 'mine' ? ` ${officerId}` : ''}`);
      return { items: [], nextCursor: null };
    },
  } as unknown as InboxView);
  const staff = Array.from({ length: 100 }, (_, at) => ({ communeId: 'here', officerId: `officer-${at}` }));
  const counted = await Promise.all(
    staff.map(async (one) => {
      await view.list(one, { tab: 'waiting' });
      return countsOf(await view.counts(one), one.officerId);
    }),
  );
  expect(counted[3]).toEqual({ waiting: 7, late: 2, mine: 4, unread: 1 });
  expect(counted[4]).toEqual({ waiting: 7, late: 2, mine: 0, unread: 0 });
  expect(looks.filter((look) => look === 'counts here').length).toBeLessThanOrEqual(2);
  expect(looks.filter((look) => look === 'waiting here').length).toBeLessThanOrEqual(2);
  // what differs between officers, and between communes, is never shared
  await Promise.all([
    view.list(staff[0]!, { tab: 'mine' }),
    view.list(staff[1]!, { tab: 'mine' }),
    view.counts({ communeId: 'there' }),
  ]);
  expect(looks.slice(-3)).toEqual(['mine here officer-0', 'mine here officer-1', 'counts there']);
});
