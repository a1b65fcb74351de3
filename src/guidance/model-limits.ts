/** Keeps a model from costing more than was meant, and a slow one from holding up anybody else. */

/** Counts requests per commune and day. A shared store makes the budget one for all processes. */
export interface BudgetStore {
  /** Adds one to `key`; @returns the count with it */
  add(key: string): number | Promise<number>;
}

const VIETNAM_MS = 7 * 3_600_000;

/** In this process's memory: each process has the whole budget, and a restart begins anew. */
export function createMemoryStore(): BudgetStore {
  const counts = new Map<string, number>();
  let day = '';
  return {
    add(key) {
      const today = key.slice(0, 10);
      if (today !== day) counts.clear();
      day = today;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count;
    },
  };
}

/** @returns a function that takes one request from a commune's day (Vietnamese days), false when none is left */
export function createBudget({
  perDay,
  store = createMemoryStore(),
  now = Date.now,
}: {
  perDay: number;
  store?: BudgetStore;
  now?: () => number;
}): (commune: string) => Promise<boolean> {
  return async (commune) => {
    const day = new Date(now() + VIETNAM_MS).toISOString().slice(0, 10);
    return (await store.add(`${day} ${commune}`)) <= perDay;
  };
}

/** Requests under way: so many in all, so many of one commune. Whoever finds no place goes on without the model. */
export function createLanes({ inAll = 16, perCommune = 4 } = {}) {
  const busy = new Map<string, number>();
  let total = 0;
  return {
    /** @returns the way to give the place back; null when there is none */
    enter(commune: string): (() => void) | null {
      const mine = busy.get(commune) ?? 0;
      if (total >= inAll || mine >= perCommune) return null;
      total++;
      busy.set(commune, mine + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        total--;
        const left = (busy.get(commune) ?? 1) - 1;
        if (left > 0) busy.set(commune, left);
        else busy.delete(commune);
      };
    },
  };
}
