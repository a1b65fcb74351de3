import { and, eq } from 'drizzle-orm';
import type { Database, Db } from '../db/client.ts';
import { officerCredentials } from './credentials.schema.ts';
import { officers } from './officers.schema.ts';
import { createLink, type Officer, readLink, spendLink } from './officers.ts';
import { hashPassword, isPassword, passwordFault } from './passwords.ts';
import { hashRecoveryCode, newRecoveryCodes, newTotpSecret, totpStep, totpUri } from './second-factor.ts';
import type { SecretBox } from './secrets.ts';
import { hashToken } from './tokens.ts';

/** Wrong tries within a quarter of an hour after which nobody is let in for the rest of it. */
const LIMITS = {
  email: 8,
  /** A whole office may come from one address. */
  address: 40,
};
const LOCK_MINUTES = 15;
/** Somebody who serves more communes than this under one address signs in to the first of them. */
const MOST_ROWS = 5;

export interface Setup {
  name: string;
  title: string;
  password: string;
  code: string;
  /** From `beginSetup`, by way of the page. */
  sealedSecret: string;
}
export type SetupFault = Partial<Record<keyof Setup | 'link', string>>;

export type SignInResult =
  | { kind: 'in'; officers: Officer[] }
  /** Wrong, and nobody is told what of it. */
  | { kind: 'refused' }
  | { kind: 'locked'; until: Date };

const totpContext = (communeId: string, officerId: string) => `totp/${communeId}/${officerId}`;

/** Seals every second factor with today's key again. @returns how many changed */
export async function resealSecondFactors(orm: Db, box: SecretBox): Promise<number> {
  const rows = (await orm.select().from(officerCredentials)).filter(({ totpSecret }) => box.isStale(totpSecret));
  for (const { communeId, officerId, totpSecret } of rows) {
    const context = totpContext(communeId, officerId);
    await orm
      .update(officerCredentials)
      .set({ totpSecret: box.seal(box.open(totpSecret, context), context) })
      .where(and(eq(officerCredentials.communeId, communeId), eq(officerCredentials.officerId, officerId)));
  }
  return rows.length;
}

export type SignIn = ReturnType<typeof createSignIn>;

/** Ways into the console: a link once, then password and code; or a provider that vouches for an e-mail address. */
export function createSignIn({
  database,
  box,
  limits = LIMITS,
}: {
  database: Database;
  box: SecretBox;
  limits?: typeof LIMITS;
}) {
  const { orm } = database;
  /**
   * Counts a try before it is looked at, so that many at once do not slip through.
   * @returns until when nobody is let in under one of the keys; null: go on
   */
  const countTry = async (keys: Record<keyof typeof LIMITS, string>, now: Date) => {
    const rows = await database.run<{ key: string; failures: number; since: Date }>(
      'sign_in.count',
      `with old as (delete from sign_in_failures where since < $2::timestamptz - interval '1 day'
         and not $1::jsonb ? key)
       insert into sign_in_failures as f (key, failures, since)
       select key, 1, $2::timestamptz from jsonb_array_elements_text($1::jsonb) as key order by key
       on conflict (key) do update set
         failures = case when f.since < $2::timestamptz - make_interval(mins => $3) then 1 else f.failures + 1 end,
         since = case when f.since < $2::timestamptz - make_interval(mins => $3) then $2::timestamptz else f.since end
       returning key, failures, since`,
      [JSON.stringify(Object.values(keys)), now.toISOString(), LOCK_MINUTES],
    );
    const spent = rows.filter(({ key, failures }) => failures > limits[key === keys.email ? 'email' : 'address']);
    const ends = spent.map(({ since }) => since.getTime() + LOCK_MINUTES * 60_000);
    return ends.length > 0 ? new Date(Math.max(...ends)) : null;
  };
  const uncount = (keys: Record<keyof typeof LIMITS, string>) =>
    database.run(
      'sign_in.uncount',
      `update sign_in_failures set failures = case when key = $1 then 0 else greatest(failures - 1, 0) end
       where key in ($1, $2)`,
      [keys.email, keys.address],
    );

  /** Whether a code is right and new; uses it up. */
  const takeCode = async (officer: Officer, row: typeof officerCredentials.$inferSelect, code: string, now: Date) => {
    const mine = and(eq(officerCredentials.communeId, officer.communeId), eq(officerCredentials.officerId, officer.id));
    const step = totpStep(
      box.open(row.totpSecret, totpContext(officer.communeId, officer.id)),
      code,
      now,
      row.totpLastStep,
    );
    if (step !== null) {
      const rows = await database.run(
        'sign_in.code',
        `update officer_credentials set totp_last_step = $3
         where commune_id = $1 and officer_id = $2 and totp_last_step < $3 returning 1`,
        [officer.communeId, officer.id, step],
      );
      return rows.length > 0;
    }
    const hash = hashRecoveryCode(code);
    if (!row.recoveryCodes.includes(hash)) return false;
    const left = row.recoveryCodes.filter((one) => one !== hash);
    const rows = await orm
      .update(officerCredentials)
      .set({ recoveryCodes: left })
      .where(and(mine, eq(officerCredentials.recoveryCodes, row.recoveryCodes)))
      .returning({ id: officerCredentials.officerId });
    return rows.length > 0;
  };

  return {
    /** What the page of a link shows; undefined: the link is used up or too old. */
    async beginSetup(token: string, now: Date) {
      const link = await readLink(orm, token, now);
      if (!link) return undefined;
      const secret = newTotpSecret();
      return {
        ...link,
        ...this.shownSecret(link.officer, secret),
        sealedSecret: box.seal(secret, `link/${hashToken(token)}`),
      };
    },

    /** The secret of a page that is shown again because something was wrong on it; undefined: not of this link. */
    reopen(token: string, sealedSecret: string): string | undefined {
      try {
        return box.open(sealedSecret, `link/${hashToken(token)}`);
      } catch {
        return undefined;
      }
    },

    shownSecret: ({ email }: Pick<Officer, 'email'>, secret: string) => ({ secret, uri: totpUri(secret, email) }),

    /** Uses the link up and stores what the officer chose. @returns their recovery codes, shown once */
    async finishSetup(
      token: string,
      setup: Setup,
      now: Date,
    ): Promise<{ officer: Officer; recoveryCodes: string[] } | { faults: SetupFault }> {
      const link = await readLink(orm, token, now);
      if (link?.purpose !== 'setup') return { faults: { link: 'Liên kết này đã dùng hoặc đã hết hạn.' } };
      const { officer } = link;
      const secret = this.reopen(token, setup.sealedSecret);
      const step = secret === undefined ? null : totpStep(secret, setup.code.replace(/\s/g, ''), now);
      const name = setup.name.trim().normalize('NFC');
      const title = setup.title.trim().normalize('NFC');
      const weak = passwordFault(setup.password, officer.email);
      const faults: SetupFault = {
        ...(name === '' ? { name: 'Ghi họ tên để người dân biết ai trả lời.' } : {}),
        ...(weak ? { password: weak } : {}),
        ...(step === null ? { code: 'Mã không đúng. Xem lại giờ trên điện thoại rồi gõ mã đang hiện.' } : {}),
      };
      if (secret === undefined || step === null || Object.keys(faults).length > 0) return { faults };
      const password = await hashPassword(setup.password);
      if (!(await spendLink(orm, token, now))) return { faults: { link: 'Liên kết này đã dùng hoặc đã hết hạn.' } };
      const recoveryCodes = newRecoveryCodes();
      const credentials = {
        password,
        totpSecret: box.seal(secret, totpContext(officer.communeId, officer.id)),
        totpLastStep: step,
        recoveryCodes: recoveryCodes.map(hashRecoveryCode),
        setAt: now,
      };
      const { communeId, id } = officer;
      await orm
        .insert(officerCredentials)
        .values({ communeId, officerId: id, ...credentials })
        .onConflictDoUpdate({ target: [officerCredentials.communeId, officerCredentials.officerId], set: credentials });
      await orm
        .update(officers)
        .set({ name, title })
        .where(and(eq(officers.communeId, communeId), eq(officers.id, id)));
      return { officer: { ...officer, name, title }, recoveryCodes };
    },

    /** A link of the demo lets in at once. */
    async enterByLink(token: string, now: Date): Promise<Officer | undefined> {
      const link = await readLink(orm, token, now);
      if (link?.purpose !== 'enter' || !(await spendLink(orm, token, now))) return undefined;
      return link.officer;
    },

    /** @param from where the request came from: counted beside the address that was tried */
    async withPassword(
      { email: typed, password, code }: { email: string; password: string; code: string },
      from: string,
      now: Date,
    ): Promise<SignInResult> {
      const email = typed.trim().toLowerCase().slice(0, 200);
      const keys = { email: hashToken(`email/${email}`), address: hashToken(`address/${from}`) };
      const until = await countTry(keys, now);
      if (until) return { kind: 'locked', until };
      const rows = await orm
        .select({ officer: officers, credentials: officerCredentials })
        .from(officers)
        .innerJoin(
          officerCredentials,
          and(eq(officerCredentials.communeId, officers.communeId), eq(officerCredentials.officerId, officers.id)),
        )
        .where(and(eq(officers.email, email), eq(officers.isActive, true)))
        .limit(MOST_ROWS);
      const proven: Officer[] = [];
      if (rows.length === 0) await isPassword(password, null);
      for (const { officer, credentials } of rows) {
        if (!(await isPassword(password, credentials.password))) continue;
        if (await takeCode(officer, credentials, code.trim().replace(/\s/g, ''), now)) proven.push(officer);
      }
      if (proven.length > 0) {
        await uncount(keys);
        return { kind: 'in', officers: proven };
      }
      return { kind: 'refused' };
    },

    /** Everybody at work under an address a provider has vouched for. */
    withProvenEmail: (email: string): Promise<Officer[]> =>
      orm
        .select()
        .from(officers)
        .where(and(eq(officers.email, email.trim().toLowerCase()), eq(officers.isActive, true))),

    createLink: (officer: Officer, now: Date) => createLink(orm, officer, 'setup', now),
  };
}
