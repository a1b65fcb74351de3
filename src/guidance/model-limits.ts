/** Keeps a model from costing more than was meant, and a slow one from holding up anybody else. */

/** What a request cost, as the endpoint counts it. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  audioSeconds: number;
}

/** Counts per commune and Vietnamese day ("2026-11-21"). A shared store makes the budget one for all processes. */
export interface BudgetStore {
  /** Takes `units` unless more than `perDay` would be taken then; @returns false when nothing was taken */
  take(wanted: { communeId: string; day: string; units: number; perDay: number }): Promise<boolean>;
  /** Notes what a request cost; never waits. */
  record(communeId: string, day: string, usage: Usage): void;
}

const VIETNAM_MS = 7 * 3_600_000;

/** In this process's memory, for commands: a restart begins anew. */
export function createMemoryStore(): BudgetStore {
  const counts = new Map<string, number>();
  let today = '';
  return {
    async take({ communeId, day, units, perDay }) {
      if (day !== today) counts.clear();
      today = day;
      const count = (counts.get(communeId) ?? 0) + units;
      if (count > perDay) return false;
      counts.set(communeId, count);
      return true;
    },
    record: () => {},
  };
}

export interface Budget {
  /** @returns false when less than `units` is left of the commune's day */
  take(communeId: string, units?: number): Promise<boolean>;
  record(communeId: string, usage: Usage): void;
}

export function createBudget({
  perDay,
  store = createMemoryStore(),
  now = Date.now,
}: {
  perDay: number;
  store?: BudgetStore;
  now?: () => number;
}): Budget {
  const today = () => new Date(now() + VIETNAM_MS).toISOString().slice(0, 10);
  return {
    take: (communeId, units = 1) => store.take({ communeId, day: today(), units, perDay }),
    record: (communeId, usage) => store.record(communeId, today(), usage),
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
