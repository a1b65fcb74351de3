import { afterAll, beforeAll, expect, test } from 'vitest';
import { updateCommune } from '../../src/communes/communes.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { until } from '../support/rooms.ts';
import { addOfficer } from '../support/staff.ts';

let database: TestDb;
let house: Awaited<ReturnType<typeof startHouse>>;
beforeAll(async () => {
  database = await createTestDb();
  house = await startHouse(database);
  await house.openWebhooks();
});
afterAll(async () => {
  await house.stop();
  await database.close();
});

const comments = (commentId: string, text: string, change = {}) =>
  house.graph.comments(house.page.id, { commentId, text, ...change });
const seen = async () =>
  Object.fromEntries(
    (
      await database.run<{ comment_id: string; status: string }>('seen', 'select comment_id, status from page_comments')
    ).map(({ comment_id, status }) => [comment_id, status]),
  );
const inbox = async () =>
  (await database.run<{ n: number }>('in', `select count(*)::int as n from inbox_events where kind = 'comment'`))[0]!.n;

test('a question under a post is answered once in private where the commune wants it; the rest is left to staff', async () => {
  // off by default
  await comments('1_1', 'đăng ký khai sinh cần giấy tờ gì');
  await until(async () => (await inbox()) === 1);
  expect(await seen()).toEqual({});

  await updateCommune(database.orm, 'xa-thu', { settings: { handoff: { answersPageComments: true } } as never });
  await comments('1_2', 'Làm giấy khai sinh cho con cần giấy tờ gì vậy ạ?');
  await comments('1_3', 'Cảm ơn xã nhiều');
  await comments('1_4', 'cảm ơn mọi người', { by: 'page' });
  await comments('1_5', 'cấp phép xây sân bay mini trên mái nhà ở đâu');
  await until(async () => Object.keys(await seen()).length === 4);
  expect(await seen()).toEqual({
    '1_1': 'replied',
    '1_2': 'replied',
    '1_3': 'no_question',
    '1_5': expect.stringMatching(/not_sure|no_question/),
  });

  // the person behind the comment got one message, with its source
  const psid = '912';
  await until(() => house.pageBubbles(psid).length === 1);
  const [reply] = house.pageBubbles(psid);
  expect(reply!.text).toMatch(/^Trả lời câu hỏi dưới bài viết của trang:\n/);
  expect(reply!.text).toContain('1.001193');
  expect(reply!.text).toMatch(/trợ lý tự động/);

  // a redelivered, then edited comment gets no second answer
  await comments('1_2', 'Làm giấy khai sinh cho con cần giấy tờ gì, phí bao nhiêu?', { verb: 'edited' });
  const before = await inbox();
  await until(async () => (await inbox()) >= before);
  const sent = await database.run(
    'sent',
    `select 1 from outbox o join conversations c on c.id = o.conversation_id where c.chat_id = 'comment:1_2'`,
  );
  expect(sent).toHaveLength(1);

  // staff see what is left to them, and may not write a second private reply
  const officer = await addOfficer(database, database.communes[0]!.id);
  const { acts, view } = house.service.staff;
  expect((await view.comments(officer)).map(({ commentId }) => commentId).sort()).toEqual(['1_1', '1_2', '1_3', '1_5']);
  const [row] = await database.run<{ id: string }>('row', `select id from conversations where chat_id = 'comment:1_2'`);
  await acts.take(officer, row!.id);
  expect(await acts.reply(officer, row!.id, { text: 'Xin chào', idempotencyKey: 'comment-1' })).toMatchObject({
    ok: false,
    why: 'window_closed',
  });
});

test('a question a visitor posted on the page is answered once in private, like a comment', async () => {
  const post = (postId: string, text: string, change = {}) =>
    house.graph.comments(house.page.id, { postId, text, ...change });
  await post('3_1', 'Đăng ký khai sinh cho con cần giấy tờ gì?');
  // the page's own post is no question
  await post('3_2', 'Đăng ký khai sinh cho con cần giấy tờ gì?', { by: 'page' });
  await until(() => house.pageBubbles('931').length === 1);
  expect(house.pageBubbles('931')[0]!.text).toContain('1.001193');
  await post('3_1', 'Đăng ký khai sinh cho con cần giấy tờ gì, lệ phí bao nhiêu?', { verb: 'edited' });
  await house.graph.personSends(house.page.id, '931', { text: 'cảm ơn' });
  await until(() => house.pageBubbles('931').length === 2);
  expect(await seen()).toMatchObject({ '3_1': 'replied' });
  expect(await seen()).not.toHaveProperty('3_2');
  const sent = await database.run(
    'sent',
    `select 1 from outbox o join conversations c on c.id = o.conversation_id where c.chat_id = 'post:3_1'`,
  );
  expect(sent).toHaveLength(1);
});

test('a person who answers the private reply talks with the assistant as ever', async () => {
  const before = house.pageBubbles('912').length;
  await house.graph.personSends(house.page.id, '912', { text: 'còn lệ phí thì sao' });
  await until(() => house.pageBubbles('912').length > before);
});

test('the platform takes one private reply per comment, of the last seven days, and none to the page itself', async () => {
  const [account] = await house.accounts.list('messenger');
  const messenger = house.service.channels.find(({ name }) => name === 'messenger')!;
  const [call] = messenger.render({ text: 'Trả lời' });
  const send = (chatId: string) =>
    messenger.send(account!, chatId, call!, {
      reference: `hx:${chatId}`,
      signal: AbortSignal.timeout(5_000),
      isFromOfficer: false,
      lastUserAt: null,
    });
  await comments('2_1', 'hỏi phí');
  await comments('2_2', 'của trang', { by: 'page' });
  await send('comment:2_1');
  await expect(send('comment:2_1')).rejects.toMatchObject({ code: 'rejected', platformCode: '10900' });
  await expect(send('comment:2_2')).rejects.toMatchObject({ code: 'rejected' });
  await expect(send('comment:9_9')).rejects.toMatchObject({ code: 'rejected' });
  await house.graph.comments(house.page.id, { postId: '2_3', text: 'hỏi phí' });
  // a post is no comment: each kind is addressed by its own name
  await expect(send('comment:2_3')).rejects.toMatchObject({ code: 'rejected' });
  await send('post:2_3');
  await expect(send('post:2_3')).rejects.toMatchObject({ code: 'rejected', platformCode: '10900' });
});
