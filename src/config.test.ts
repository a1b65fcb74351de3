import { expect, test } from 'vitest';
import { describeConfig, loadConfig } from './config.ts';

test('defaults are whole, empty means unset', () => {
  expect(loadConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({
    PORT: 3000,
    DATA_DIR: './data',
    LOG_LEVEL: 'info',
  });
});

test('all faults are listed together, by name', () => {
  const load = () =>
    loadConfig({
      PORT: 'http',
      DATABASE_URL: 'mysql://x',
      SECRET_KEY: 'short',
      ZALO_OPENAPI_URL: 'http://example.com',
      GRAPH_API_URL: 'https://graph.facebook.com/v25.0',
      PUBLIC_URL: 'not a url',
    });
  for (const name of ['PORT', 'DATABASE_URL', 'SECRET_KEY', 'ZALO_OPENAPI_URL', 'GRAPH_API_URL', 'PUBLIC_URL']) {
    expect(load).toThrow(new RegExp(`${name}: `));
  }
});

test('a password that ends the address of the database too early is told so', () => {
  expect(() => loadConfig({ DATABASE_URL: 'postgres://hoixa:p#w/@db:5432/hoixa' })).toThrow(/DATABASE_URL: .*%23/);
  for (const url of ['postgres://hoixa:p%23w%2F@db/hoixa', 'postgres://hoixa@/hoixa?host=/var/run/postgresql']) {
    expect(loadConfig({ DATABASE_URL: url }).DATABASE_URL).toBe(url);
  }
});

test('http is accepted on loopback only', () => {
  expect(loadConfig({ GRAPH_API_URL: 'http://127.0.0.1:9000/' }).GRAPH_API_URL).toBe('http://127.0.0.1:9000');
  expect(loadConfig({ GRAPH_API_URL: 'http://[::1]:9000' }).GRAPH_API_URL).toBe('http://[::1]:9000');
  expect(() => loadConfig({ GRAPH_API_URL: 'http://127.0.0.1.example.com' })).toThrow(/GRAPH_API_URL/);
});

test('a model is asked only at an address that was set, with its model named', () => {
  expect(loadConfig({ OPENAI_API_KEY: 'sk-of-some-other-tool' }).OPENAI_BASE_URL).toBeUndefined();
  const set = { OPENAI_BASE_URL: 'https://llm.example.vn/v1/', OPENAI_MODEL: 'm' };
  expect(loadConfig(set)).toMatchObject({ OPENAI_BASE_URL: 'https://llm.example.vn/v1', OPENAI_TIMEOUT_MS: 10_000 });
  expect(() => loadConfig({ OPENAI_BASE_URL: set.OPENAI_BASE_URL, PORT: 'http' })).toThrow(
    /PORT: [\s\S]*OPENAI_MODEL: /,
  );
  expect(() => loadConfig({ ...set, OPENAI_BASE_URL: 'http://llm.example.vn/v1' })).toThrow(/OPENAI_BASE_URL: /);
  expect(loadConfig({ ...set, OPENAI_BASE_URL: 'http://127.0.0.1:9000/v1' }).OPENAI_BASE_URL).toMatch(/9000\/v1$/);
});

test('every variable is described', () => {
  for (const { name, description } of describeConfig()) expect(description, name).not.toBe('');
});
