import { defineConfig } from 'vitest/config';

/** Tests that start processes of their own and need the machine for themselves. */
export default defineConfig({
  test: {
    include: ['test/alone/**/*.test.ts'],
    globalSetup: ['test/support/migrated.ts'],
    setupFiles: ['test/setup.ts'],
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    maxWorkers: 1,
  },
});
