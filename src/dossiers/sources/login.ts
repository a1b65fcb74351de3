/** Something a server gives for a while (a token, a session) that many calls share. */
export interface Login {
  /** Asked for once, however many wait for it. `old`: the one a server has just refused; a newer one is kept. */
  get(now: number, old?: string): Promise<string>;
}

/** @param fetch asks the server; `expiresAt` in milliseconds */
export function createLogin(fetch: () => Promise<{ value: string; expiresAt: number }>): Login {
  let current: { value: string; expiresAt: number } | null = null;
  let pending: Promise<string> | null = null;
  return {
    async get(now, old) {
      if (current && (current.value === old || current.expiresAt <= now)) current = null;
      if (current) return current.value;
      pending ??= fetch()
        .then((fetched) => {
          current = fetched;
          return fetched.value;
        })
        .finally(() => {
          pending = null;
        });
      return pending;
    },
  };
}
