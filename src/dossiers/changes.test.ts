import { describe, expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { compare, type Snapshot, snapshotOf, workingDayBefore } from './changes.ts';
import type { DossierView } from './dossier.ts';

const calendar = communeSettings.parse({ officeName: 'UBND xã thử', holidays: ['2026-11-24'] });
const at = (local: string) => new Date(`${local}:00+07:00`);
const view = (change: Partial<DossierView> = {}): DossierView => ({
  code: 'H26.15-261120-0001',
  state: 4,
  rawState: 'Đang xử lý',
  dueAt: at('2026-11-30T17:00'),
  ownerHints: {},
  ...change,
});
const START = at('2026-11-20T09:00');
const before = snapshotOf(view(), START);
const look = (from: Snapshot, dossier: DossierView, now: Date) =>
  compare(
    from,
    { dossier, asOf: now, source: 'một cửa' },
    { now, watchedSince: START, calendar, collectAfterWorkingDays: 3 },
  );

test('nothing new is nothing to tell', () => {
  expect(look(before, view({ rawState: 'Phòng khác đang xử lý' }), at('2026-11-21T09:00')).change).toBeNull();
});

test('a new state is told once; the same state again later is another change', () => {
  const stopped = look(before, view({ state: 5 }), at('2026-11-21T09:00'));
  expect(stopped.change).toMatchObject({ kind: 'state', key: 'state:2', facts: { state: 5, dueDate: '2026-11-30' } });
  expect(look(stopped.after, view({ state: 5 }), at('2026-11-21T10:00')).change).toBeNull();
  const onward = look(stopped.after, view({ state: 4 }), at('2026-11-22T09:00'));
  const again = look(onward.after, view({ state: 5 }), at('2026-11-23T09:00'));
  expect([onward.change?.key, again.change?.key]).toEqual(['state:3', 'state:4']);
});

test('a word nobody mapped and a date that is missing for once are no news', () => {
  const odd = look(before, view({ state: 'unknown', dueAt: undefined }), at('2026-11-21T09:00'));
  expect(odd.change).toBeNull();
  expect(odd.after).toEqual({ ...before, asOf: at('2026-11-21T09:00').toISOString() });
  expect(look(odd.after, view(), at('2026-11-21T10:00')).change).toBeNull();
});

test('a moved day is told with the day before; another hour of the same day is not', () => {
  expect(look(before, view({ dueAt: at('2026-11-30T09:00') }), at('2026-11-21T09:00')).change).toBeNull();
  const moved = look(before, view({ newDueAt: at('2026-12-04T17:00') }), at('2026-11-21T09:00'));
  expect(moved.change).toMatchObject({
    kind: 'due_moved',
    facts: { dueDate: '2026-12-04', previousDueDate: '2026-11-30' },
  });
});

test('other papers asked for are told, without naming them', () => {
  const first = look(before, view({ state: 5, missing: ['Bản sao giấy chứng sinh'] }), at('2026-11-21T09:00'));
  const papers = view({ state: 5, missing: ['Giấy ủy quyền có chứng thực', 'Bản sao giấy chứng sinh'] });
  const second = look(first.after, papers, at('2026-11-22T09:00'));
  expect(second.change).toMatchObject({ kind: 'state', facts: { state: 5, areOtherPapers: true } });
  expect(JSON.stringify(second)).not.toMatch(/ủy quyền|chứng sinh/);
  const reordered = view({ state: 5, missing: [...papers.missing!].reverse() });
  expect(look(second.after, reordered, at('2026-11-22T10:00')).change).toBeNull();
});

describe('reminders', () => {
  test('the last working day before the due day skips weekends and holidays', () => {
    expect(workingDayBefore(calendar, '2026-11-30')).toBe('2026-11-27');
    expect(workingDayBefore(calendar, '2026-11-25')).toBe('2026-11-23');
  });

  test('due soon on the working day before, overdue the day after, each under one key', () => {
    expect(look(before, view(), at('2026-11-26T23:59')).change).toBeNull();
    for (const now of ['2026-11-27T00:00', '2026-11-29T12:00', '2026-11-30T20:00']) {
      expect(look(before, view(), at(now)).change).toMatchObject({ kind: 'due_soon', key: 'due_soon:2026-11-30' });
    }
    for (const now of ['2026-12-01T00:00', '2026-12-20T12:00']) {
      expect(look(before, view(), at(now)).change).toMatchObject({ kind: 'overdue', key: 'overdue:2026-11-30' });
    }
  });

  test('while papers or money are awaited, or the result is ready, no lateness is told', () => {
    for (const state of [1, 5, 6, 8, 9, 10] as const) {
      const since = { ...before, state };
      expect(look(since, view({ state }), at('2026-11-30T09:00')).change?.kind).not.toBe('due_soon');
      expect(look(since, view({ state }), at('2026-12-01T09:00')).change?.kind).not.toBe('overdue');
    }
  });

  test('what was late when the citizen asked is not told as news', () => {
    const late = { ...before, dueAt: at('2026-11-10T17:00').toISOString() };
    expect(look(late, view({ dueAt: at('2026-11-10T17:00') }), at('2026-11-21T09:00')).change).toBeNull();
  });

  test('a result not collected for three working days is told once more', () => {
    const ready = look(before, view({ state: 9, finishedAt: at('2026-11-23T10:00') }), at('2026-11-23T11:00'));
    expect(ready.change?.kind).toBe('state');
    const later = view({ state: 9, finishedAt: at('2026-11-23T10:00') });
    expect(look(ready.after, later, at('2026-11-26T23:00')).change).toBeNull();
    expect(look(ready.after, later, at('2026-11-27T08:00')).change).toMatchObject({ kind: 'ready_reminder' });
  });
});
