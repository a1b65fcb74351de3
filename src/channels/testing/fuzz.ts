/** A small seeded generator (mulberry32): a failing round can be repeated. */
export interface Random {
  /** Integer from 0 to `limit` − 1. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, pick: (items) => items[below(items.length)]! };
}

const leaves = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  1795168800123,
  '',
  'Xin chào',
  '\u0000',
  '\ud800',
  '2468000000000000001',
];
const keys = [
  'sender',
  'recipient',
  'message',
  'id',
  'mid',
  'event_name',
  'timestamp',
  'entry',
  'text',
  '__proto__',
  'constructor',
];

export function randomJson(random: Random, depth: number): unknown {
  const shape = depth > 0 ? random.below(4) : 0;
  if (shape < 2) return random.pick(leaves);
  const size = random.below(5);
  if (shape === 2) return Array.from({ length: size }, () => randomJson(random, depth - 1));
  return Object.fromEntries(Array.from({ length: size }, () => [random.pick(keys), randomJson(random, depth - 1)]));
}

/** Cuts, repeats or overwrites some bytes. */
export function damage(random: Random, sample: Buffer): Buffer {
  const at = random.below(sample.length + 1);
  switch (random.below(3)) {
    case 0:
      return sample.subarray(0, at);
    case 1:
      return Buffer.concat([sample, sample.subarray(at)]);
    default: {
      const copy = Buffer.from(sample);
      for (let times = 0; times < 4 && copy.length > 0; times++) copy[random.below(copy.length)] = random.below(256);
      return copy;
    }
  }
}
