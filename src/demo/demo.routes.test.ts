import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assetRoutes } from '../pages/assets.routes.ts';
import { demoRoutes } from './demo.routes.ts';
import type { Device } from './page/bubble.ts';
import { NoSuchButton, type Phone } from './page/phones.ts';

const OFFICE = 'UBND xã <b>Thử</b> & "Nghiệm"';
const PERSON = '1234567890123456';
let acts: unknown[] = [];
let status = 200;
let server: Server;
let origin = '';

const phone = (device: Device): Phone => ({
  device,
  account: '1',
  async send(person, act) {
    if ('button' in act) throw new NoSuchButton();
    acts.push([device, person, act]);
    return 'm1';
  },
  start: async (person) => void acts.push([device, person, 'start']),
  staff: async (person, text) => {
    acts.push([device, person, text]);
    return 'm2';
  },
  transcript: () => [],
});

beforeAll(async () => {
  const webhook = () => ({ status }) as never;
  const app = express().use(
    assetRoutes(),
    demoRoutes({
      bankApp: '/demo/gateways/bank/app',
      office: OFFICE,
      phones: { zalo: phone('zalo'), messenger: phone('messenger') },
      traffic: { webhookOf: webhook, lastAct: webhook },
      live: { subscribe: (response) => void response.end() },
      road: async () => ({ owner: null, steps: [], totalMs: null, isFinished: false, raw: null }),
      enterConsole: async (_request, response, which) => void response.set('set-cookie', `who=${which}`),
    }),
  );
  server = await new Promise<Server>((done) => {
    const listening = app.listen(0, '127.0.0.1', () => done(listening));
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  acts = [];
  status = 200;
});

const post = (path: string, body: unknown, type = 'application/json') =>
  fetch(`${origin}/demo/api/${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

test('the page escapes the name of the office and holds no script or style of its own', async () => {
  const html = await (await fetch(`${origin}/demo`)).text();
  expect(html).not.toContain('<b>Thử</b>');
  expect(html).toContain('&#60;b&#62;Thử&#60;/b&#62; &#38; &#34;Nghiệm&#34;');
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/i);
  expect([...html.matchAll(/(?:src|href)="([^"#]+)"/g)].every(([, url]) => /^\/(demo|assets)\//.test(url!))).toBe(true);
});

test('the first page with its fonts stays under 150 KB', async () => {
  const own = ['demo.css', 'demo.js', 'api.js', 'phone.js', 'road.js'].map((file) => `demo/assets/${file}`);
  const shared = ['assets/base.css', 'assets/icon.svg'];
  const fonts = ['latin-400', 'latin-600', 'vietnamese-400', 'vietnamese-600'].map(
    (name) => `assets/fonts/be-vietnam-pro-${name}-normal.woff2`,
  );
  let bytes = (await (await fetch(`${origin}/demo`)).arrayBuffer()).byteLength;
  for (const path of [...own, ...shared, ...fonts]) {
    const response = await fetch(`${origin}/${path}`);
    expect(response.status, path).toBe(200);
    bytes += (await response.arrayBuffer()).byteLength;
  }
  expect(bytes).toBeLessThan(150_000);
});

test('only the named fonts and assets are served', async () => {
  const paths = [
    'assets/fonts/be-vietnam-pro-latin-700-normal.woff2',
    'assets/fonts/..%2f..%2fpackage.json',
    'assets/..%2fhtml.ts',
    'demo/assets/..%2fseed.ts',
  ];
  for (const path of paths) expect((await fetch(`${origin}/${path}`)).status, path).not.toBe(200);
});

test('text, samples, follow and staff reach the phone they are meant for', async () => {
  const text = '<img src=x onerror=alert(1)>';
  expect(await (await post('send', { device: 'zalo', person: PERSON, text })).json()).toEqual({
    messageId: 'm1',
    isDelivered: true,
  });
  await post('send', { device: 'messenger', person: PERSON, attachment: 'location' });
  await post('start', { device: 'messenger', person: PERSON });
  await post('staff', { device: 'zalo', person: PERSON, text: 'Chào bạn' });
  expect(acts).toEqual([
    ['zalo', PERSON, { text }],
    ['messenger', PERSON, { attachment: 'location' }],
    ['messenger', PERSON, 'start'],
    ['zalo', PERSON, 'Chào bạn'],
  ]);
});

test('a webhook that was not taken is told with its reason', async () => {
  status = 503;
  const answer = await (await post('send', { device: 'zalo', person: PERSON, text: 'xin chào' })).json();
  expect(answer).toMatchObject({ isDelivered: false, reason: expect.stringContaining('503') });
});

test('a button that is gone is a conflict, said in Vietnamese', async () => {
  const response = await post('send', { device: 'zalo', person: PERSON, button: { messageId: 'm', index: 0 } });
  expect(response.status).toBe(409);
  expect(await response.json()).toEqual({ error: 'Nút này không còn trên điện thoại nữa.' });
});

test.each([
  ['another device', { device: 'viber', person: PERSON, text: 'a' }],
  ['a person that is no number', { device: 'zalo', person: '../../x', text: 'a' }],
  ['empty words', { device: 'zalo', person: PERSON, text: '  ' }],
  ['words beyond the platform', { device: 'zalo', person: PERSON, text: 'a'.repeat(2_001) }],
  ['an unknown sample', { device: 'zalo', person: PERSON, attachment: 'virus' }],
  ['two acts at once', { device: 'zalo', person: PERSON, text: 'a', attachment: 'image' }],
  ['a place no button has', { device: 'zalo', person: PERSON, button: { messageId: 'm', index: -1 } }],
  ['no JSON', '{"device":'],
])('refuses %s', async (_name, body) => {
  expect((await post('send', body)).status).toBe(400);
  expect(acts).toEqual([]);
});

test('refuses large bodies, and bodies a form of another site could send', async () => {
  expect((await post('send', { device: 'zalo', person: PERSON, text: 'a'.repeat(20_000) })).status).toBe(413);
  const text = JSON.stringify({ device: 'zalo', person: PERSON, text: 'a' });
  expect((await post('send', text, 'text/plain')).status).toBe(400);
  expect(acts).toEqual([]);
});

test('who sits at this machine is let into the console; who comes under another name is not', async () => {
  const enter = (headers: Record<string, string>, query = '') =>
    new Promise<{ location: string | undefined; cookie: string[] | undefined }>((done, fail) =>
      request(`${origin}/demo/console${query}`, { headers }, (response) => {
        response.resume();
        done({ location: response.headers.location, cookie: response.headers['set-cookie'] });
      })
        .once('error', fail)
        .end(),
    );
  expect(await enter({}, '?officer=2')).toEqual({ location: '/console', cookie: ['who=1'] });
  expect(await enter({ host: 'evil.example' })).toEqual({ location: '/console', cookie: undefined });
});
