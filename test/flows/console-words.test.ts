import ExcelJS from 'exceljs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { updateOfficer } from '../../src/communes/officers.ts';
import { csv, harmless } from '../../src/console/export.ts';
import { masked } from '../../src/console/mask.ts';
import { newPetitionNumber } from '../../src/handoff/petition-number.ts';
import { addConversation, browserOf, newOfficer } from '../support/console.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { PAYLOADS } from '../support/payloads.ts';

const NOW = new Date('2026-07-20T02:00:00Z');
let database: TestDb;
let house: Awaited<ReturnType<typeof startHouse>>;
beforeAll(async () => {
  database = await createTestDb();
  house = await startHouse(database);
});
afterAll(async () => {
  await house.stop();
  await database.close();
});

/** One tag as our templates write them: every value in double quotes. */
const TAG = /^<\/?([a-z][a-z0-9]*)((?:\s+[a-z][\w:-]*(?:="[^"<>]*")?)*)\s*\/?>/;
const TAGS =
  'html head meta title link script body svg symbol path use rect text a header p span form input label button details summary div nav main section ol ul li time h1 h2 h3 aside dl dt dd strong b br small code blockquote table caption thead tbody tr th td select option textarea datalist dialog kbd article fieldset legend img'.split(
    ' ',
  );

/** What of a page is not markup of ours: the place of the first thing that is not, or null. */
function foreignMarkup(page: string): string | null {
  for (let at = page.indexOf('<'); at >= 0; at = page.indexOf('<', at + 1)) {
    const rest = page.slice(at, at + 4_000);
    if (rest.startsWith('<!doctype html>')) continue;
    const [tag, name = '', attributes = ''] = TAG.exec(rest) ?? [];
    if (!tag || !TAGS.includes(name)) return rest.slice(0, 120);
    if (name === 'script' && !/^ src="\/console\/assets\/[a-z.]+" (defer|type="module")$/.test(attributes)) {
      if (!rest.startsWith('</')) return tag;
    }
    for (const [, attribute, value = ''] of attributes.matchAll(/\s([a-z][\w:-]*)(?:="([^"]*)")?/g)) {
      if (/^(on|hx-on|style$|srcdoc$|hx-vars$)/.test(attribute!)) return tag;
      const isAddress = /^(href|src|action|formaction|hx-get|hx-post|background)$/.test(attribute!);
      if (isAddress && !/^(\/(?!\/)|#|https:\/\/dichvucong\.gov\.vn\/)/.test(value)) return tag;
    }
  }
  return null;
}

test('the test of markup finds what a page must not hold', () => {
  for (const page of [
    '<p>a<b</p>',
    '<script>x</script>',
    '<img src="x" onerror="y">',
    '<a href="javascript:x">',
    "<p title='x'>",
  ]) {
    expect([page, foreignMarkup(page)]).not.toEqual([page, null]);
  }
});

test('200 and more words of citizens are inert on every page they are shown on', async () => {
  expect(PAYLOADS.length).toBeGreaterThanOrEqual(200);
  const communeId = database.communes[0]!.id;
  const admin = await newOfficer(database, communeId, 'admin');
  await updateOfficer(database.orm, communeId, admin.id, { name: PAYLOADS[0]!, title: PAYLOADS[12]! });
  const browser = await browserOf(database, house.url, [admin]);
  const pages: string[] = [];
  const read = async (path: string) => {
    const response = await browser.get(`/console/c/xa-thu${path}`);
    expect([path, response.status]).toEqual([path, 200]);
    pages.push(await response.text());
  };
  // A conversation holds twenty of them, in what was said, in notes, in summaries, tags and names.
  for (let from = 0; from < PAYLOADS.length; from += 20) {
    const some = PAYLOADS.slice(from, from + 20);
    const { conversationId, messageId } = await addConversation(database, communeId, {
      ...{ text: some[0]!, name: some[1]!, owner: 'waiting' },
    });
    const rows = some.map((text, at) => ({ text, at, author: at % 3 === 0 ? 'officer' : 'citizen' }));
    await database.run(
      'more',
      `insert into messages (commune_id, id, conversation_id, author, text, occurred_at, content)
       select $1, gen_random_uuid(), $2, r.author, r.text, now() + make_interval(secs => r.at),
         jsonb_build_object('attachments', jsonb_build_array(jsonb_build_object('kind', 'file', 'name', r.text, 'url', r.text)),
           'buttons', jsonb_build_array(jsonb_build_object('title', r.text, 'kind', 'url', 'value', r.text)))
       from jsonb_to_recordset($3::jsonb) as r(text text, at int, author text)`,
      [communeId, conversationId, JSON.stringify(rows)],
    );
    const summary = {
      ...{ headline: some[2], asked: some.slice(3, 8), procedure: null, dossierNumbers: some.slice(8, 10) },
      ...{
        told: some.slice(10, 13).map((text) => ({ text, code: text, asOf: text })),
        open: some[13],
        reason: some[14],
        machine: { headline: some[2], wants: some[6], told: some[9], needs: some[13], promptVersion: 'summarise/v1' },
      },
    };
    await database.run(
      'episode',
      `insert into handoffs (commune_id, id, conversation_id, reason, asked_by, summary, queued_at, rating_words)
       values ($1, gen_random_uuid(), $2, 'asked', 'citizen', $3::jsonb, now(), $4)`,
      [communeId, conversationId, JSON.stringify(summary), some[15]],
    );
    await database.run('tags', 'update conversations set tags = $3::jsonb where commune_id = $1 and id = $2', [
      communeId,
      conversationId,
      JSON.stringify(some.slice(16, 19)),
    ]);
    const number = newPetitionNumber(new Date());
    await database.run(
      'petition',
      `insert into petitions (commune_id, id, number, cause_id, conversation_id, text, received_at, changed_at, answer)
       values ($1, gen_random_uuid(), $2, gen_random_uuid(), $3, $4, now(), now(), $5)`,
      [communeId, number, conversationId, some.join(' '), some[5]],
    );
    await database.run(
      'canned',
      `insert into canned_answers (commune_id, id, officer_id, shortcut, title, text)
       values ($1, gen_random_uuid(), null, $2, $3, $4)`,
      [communeId, `x-${from}`, some[6], some[7]],
    );
    await read(`/conversations/${conversationId}`);
    await read(`/live?tab=waiting&open=${conversationId}`);
    await read(`/petitions/${number}`);
    const shown = await browser.post(`/console/c/xa-thu/conversations/${conversationId}/messages/${messageId}/show`);
    pages.push(await shown.text());
  }
  for (const path of [
    '/inbox?tab=all',
    '/petitions',
    '/unanswered',
    '/settings',
    '/settings/officers',
    '/audit',
    '/reports',
    '/me',
  ]) {
    await read(path);
  }
  // What was asked for stands in the page again.
  for (let at = 0; at < PAYLOADS.length; at += 8) {
    const [search, tag] = [PAYLOADS[at]!, PAYLOADS[at + 1]!].map((text) => encodeURIComponent(text));
    await read(`/inbox?tab=all&search=${search}&tag=${tag}&officer=${search}&cursor=${tag}`);
  }
  for (const page of pages) expect(foreignMarkup(page)).toBeNull();
}, 240_000);

test('one list read by many at once calls its holder "Bạn giữ" and shows the others their name', async () => {
  const communeId = database.communes[0]!.id;
  const { conversationId } = await addConversation(database, communeId, { name: 'Người được nhận' });
  const holder = await newOfficer(database, communeId, 'officer', 'Cán bộ đang giữ');
  const others = await Promise.all([1, 2, 3].map(() => newOfficer(database, communeId, 'officer')));
  const [mine, ...theirs] = await Promise.all(
    [holder, ...others].map((officer) => browserOf(database, house.url, [officer])),
  );
  await mine!.post(`/console/c/xa-thu/conversations/${conversationId}/take`);
  const path = `/console/c/xa-thu/live?tab=all&open=${conversationId}`;
  const line = async (browser: typeof mine, part = '') => {
    const text = await (await browser!.get(`${path}${part}`, { 'hx-request': 'true' })).text();
    return { line: text.match(new RegExp(`<li id="r-${conversationId}".*?</li>`, 's'))?.[0], text };
  };
  const [own, ...seen] = await Promise.all([mine, ...theirs].map((browser) => line(browser)));
  expect(own!.line).toContain('Bạn giữ');
  for (const other of seen) {
    expect(other.line).toContain('Cán bộ đang giữ');
    expect(other.line).not.toContain('Bạn giữ');
  }
  // A change elsewhere: the list is drawn as with everything, the conversation is left as it stands.
  const listOnly = await line(mine, '&part=list');
  expect(listOnly.line).toBe(own!.line);
  expect(own!.text).toContain('id="thread"');
  expect(listOnly.text).not.toContain('id="thread"');
});

test('the browser is told to run nothing of a page itself, and to keep none', async () => {
  const officer = await newOfficer(database, database.communes[0]!.id, 'officer');
  const browser = await browserOf(database, house.url, [officer]);
  const { headers } = await browser.get('/console/c/xa-thu/inbox');
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self'; style-src 'self';/);
  expect(headers.get('content-security-policy')).not.toMatch(/unsafe/);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('no cell of an export begins a formula, in any dress', async () => {
  for (const payload of PAYLOADS) {
    const cell = String(harmless(payload));
    expect(cell.replace(/^[\s\u200b]+/, '')).not.toMatch(/^[=+\-@|%＝]/);
  }
  expect(harmless(-5)).toBe(-5);
  expect(csv([['=1+1', 'a,"b"', 3, null]]).toString()).toBe('\ufeff\'=1+1,"a,""b""",3,\r\n');
});

test('the log and the report come as files a spreadsheet reads, with nothing in them that runs', async () => {
  const communeId = database.communes[0]!.id;
  const lead = await newOfficer(database, communeId, 'lead', '=HYPERLINK("https://evil.example")');
  const browser = await browserOf(database, house.url, [lead]);
  const log = await (await browser.get('/console/c/xa-thu/audit.csv')).text();
  expect(log.split('\r\n').some((line) => /(^|,)"?[=@+]/.test(line))).toBe(false);
  const book = new ExcelJS.Workbook();
  await book.xlsx.load(await (await browser.get('/console/c/xa-thu/reports.xlsx')).arrayBuffer());
  expect(book.worksheets.map(({ name }) => name)).toEqual([
    'Tổng hợp',
    'Trợ lý trả lời ra sao',
    'Người dân đánh giá',
    'Theo cán bộ',
  ]);
  book.eachSheet((sheet) => sheet.eachRow((row) => row.eachCell((cell) => expect(cell.formula).toBeUndefined())));
});

test('personal numbers are covered, dossier codes and sums are not', () => {
  expect(masked('Gọi 0912 345 678 giúp', NOW)).toEqual({ text: 'Gọi [số điện thoại •••] giúp', isMasked: true });
  expect(masked('cccd 036085012345', NOW).text).toBe('cccd [số giấy tờ •••]');
  for (const text of ['Hồ sơ H26.15-250701-0001 tới đâu', 'phí 2.000 đồng một trang', 'mã 1.001193']) {
    expect(masked(text, NOW)).toEqual({ text, isMasked: false });
  }
});
