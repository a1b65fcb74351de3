import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** 32 MB and about a tenth of a second each: OWASP's scrypt for a server with little memory. */
const COST = { N: 32_768, r: 8, p: 3 };
const LENGTH = 32;
/** So many at once: strangers who try passwords must not take the memory citizens' answers need. */
const AT_ONCE = 2;
export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 200;

let running = 0;
const waiting: (() => void)[] = [];

async function derive(password: string, salt: Buffer, { N, r, p }: typeof COST): Promise<Buffer> {
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  else running += 1;
  try {
    const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
    return await new Promise((done, fail) =>
      scrypt(password.normalize('NFKC'), salt, LENGTH, options, (error, key) => (error ? fail(error) : done(key))),
    );
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

/** @returns `scrypt$N$r$p$salt$hash`: what it cost stands beside it, so that the cost may grow. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Compares in constant time. `null` (nobody has that address) costs as much as a wrong password. */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const [, N, r, p, salt, hash] = stored?.split('$') ?? [];
  if (!salt || !hash) {
    await derive(password, Buffer.alloc(16), COST);
    return false;
  }
  const expected = Buffer.from(hash, 'base64url');
  const found = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) });
  return found.length === expected.length && timingSafeEqual(found, expected);
}

/** @returns what is wrong with a new password, in words for its owner; null: nothing */
export function passwordFault(password: string, email: string): string | null {
  const length = [...password].length;
  if (length < PASSWORD_MIN) return `Mật khẩu cần ít nhất ${PASSWORD_MIN} ký tự.`;
  if (length > PASSWORD_MAX) return `Mật khẩu dài quá ${PASSWORD_MAX} ký tự.`;
  const plain = password.toLowerCase();
  const own = email.split('@')[0]!;
  if ((own.length > 3 && plain.includes(own)) || new Set(plain).size < 5) {
    return 'Mật khẩu này dễ đoán. Dùng vài từ không liên quan đến nhau thì dễ nhớ mà khó đoán.';
  }
  return null;
}
