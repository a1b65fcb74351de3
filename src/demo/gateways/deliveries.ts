/** A message to the merchant as it goes over the wire. */
export interface WireCall {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** How a message is spoilt before it leaves. Rightly signed: `wrong_amount`, `unknown_ref`, `other_unit`. */
export type Spoiling = 'tampered' | 'wrong_amount' | 'unknown_ref' | 'other_unit';
/** What happens to the next message. `hold` keeps it until `release`. */
export type CallbackFault = Spoiling | 'lose' | 'duplicate' | 'hold';

export interface Callback {
  ref: string;
  build(spoilt: Spoiling | null): WireCall;
  /** Whether the merchant's answer ends the telling. */
  isAccepted(status: number, body: string): boolean;
}

export interface Delivery {
  ref: string;
  at: number;
  /** 0: no answer. */
  status: number;
  answer: string;
  isAccepted: boolean;
}

export interface CallbackControls {
  next(...faults: CallbackFault[]): void;
  always(fault: CallbackFault | null): void;
  /** Sends what was held back, oldest or newest first. */
  release(order?: 'as_made' | 'reversed'): Promise<void>;
  /** Sends again what is due to be told again at the clock's present time. */
  tick(): Promise<void>;
  /** Sends a message again, as an attacker who caught it would. */
  replay(ref: string): Promise<Delivery>;
  readonly deliveries: readonly Delivery[];
  /** Messages still to be told again. */
  waiting(): number;
}

/**
 * Tells the merchant, again and again until it understands, as a gateway does.
 * @param waitsMs before each further telling; afterwards the gateway gives up
 */
export function createDeliveries({
  now,
  waitsMs,
  timeoutMs = 15_000,
}: {
  now: () => number;
  waitsMs: readonly number[];
  timeoutMs?: number;
}): CallbackControls & { send(callback: Callback): Promise<void> } {
  const queue: CallbackFault[] = [];
  let standing: CallbackFault | null = null;
  let held: Callback[] = [];
  const last = new Map<string, Callback>();
  let again: { callback: Callback; dueAt: number; tries: number }[] = [];
  const deliveries: Delivery[] = [];

  const post = async (callback: Callback, spoilt: Spoiling | null): Promise<Delivery> => {
    const { url, ...call } = callback.build(spoilt);
    const entry: Delivery = { ref: callback.ref, at: now(), status: 0, answer: '', isAccepted: false };
    deliveries.push(entry);
    try {
      const response = await fetch(url, { ...call, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
      entry.status = response.status;
      entry.answer = await response.text();
      entry.isAccepted = callback.isAccepted(entry.status, entry.answer);
    } catch {
      // no answer: told again like any other refusal
    }
    return entry;
  };
  const tell = async (callback: Callback, tries: number, spoilt: Spoiling | null = null) => {
    const { isAccepted } = await post(callback, spoilt);
    const wait = waitsMs[tries];
    if (!isAccepted && wait !== undefined) again.push({ callback, dueAt: now() + wait, tries: tries + 1 });
  };
  return {
    next: (...faults) => void queue.push(...faults),
    always(fault) {
      standing = fault;
    },
    deliveries,
    waiting: () => again.length,
    async send(callback) {
      last.set(callback.ref, callback);
      const fault = queue.shift() ?? standing;
      if (fault === 'lose') return;
      if (fault === 'hold') return void held.push(callback);
      if (fault === 'duplicate') await Promise.all([tell(callback, 0), tell(callback, waitsMs.length)]);
      else await tell(callback, 0, fault);
    },
    async release(order = 'as_made') {
      const waiting = order === 'reversed' ? held.toReversed() : held;
      held = [];
      for (const callback of waiting) await tell(callback, 0);
    },
    async tick() {
      const due = again.filter(({ dueAt }) => dueAt <= now());
      again = again.filter(({ dueAt }) => dueAt > now());
      for (const { callback, tries } of due) await tell(callback, tries);
    },
    replay(ref) {
      const callback = last.get(ref);
      if (!callback) throw new Error(`nothing was ever told about ${ref}`);
      return post(callback, null);
    },
  };
}
