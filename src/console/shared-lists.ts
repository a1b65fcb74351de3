import type { InboxView } from '../handoff/inbox-view.ts';

/**
 * A hundred consoles hear of a change at once and ask for the same. Those who ask while a look runs are answered together
 * by the next one: every answer was begun after it was asked for. Only "mine" differs between officers.
 */
export function sharedLists(view: InboxView): InboxView {
  const lists = createShare<Awaited<ReturnType<InboxView['list']>>>();
  const counts = createShare<Awaited<ReturnType<InboxView['counts']>>>();
  const alerts = createShare<Awaited<ReturnType<InboxView['alerts']>>>();
  return {
    ...view,
    list(staff, query) {
      const whose = query.tab === 'mine' ? staff.officerId : '';
      return lists(JSON.stringify([staff.communeId, whose, query]), () => view.list(staff, query));
    },
    counts: ({ communeId }) => counts(communeId, () => view.counts({ communeId })),
    alerts: ({ communeId }) => alerts(communeId, () => view.alerts({ communeId })),
  };
}

/** @returns runs a look for a key, or joins the one that has not begun */
export function createShare<T>(): (key: string, look: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  const next = new Map<string, Promise<T>>();
  return (key, look) => {
    const known = next.get(key);
    if (known) return known;
    const before: Promise<unknown> = running.get(key) ?? Promise.resolve();
    const begin = () => {
      next.delete(key);
      const begun = look();
      running.set(key, begun);
      const end = () => void (running.get(key) === begun && running.delete(key));
      begun.then(end, end);
      return begun;
    };
    const waiting = before.then(begin, begin);
    next.set(key, waiting);
    return waiting;
  };
}
