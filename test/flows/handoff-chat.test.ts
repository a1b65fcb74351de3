import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGuidance } from '../../src/guidance/engine.ts';
import { createPetitionKeeper } from '../../src/handoff/petitions.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { until } from '../support/rooms.ts';
import { addOfficer } from '../support/staff.ts';

let database: TestDb;
let house: Awaited<ReturnType<typeof startHouse>>;
beforeAll(async () => {
  database = await createTestDb();
  house = await startHouse(database, { guidance: createGuidance({ petitions: createPetitionKeeper(database) }) });
  await until(() => house.openWebhooks());
});
afterAll(async () => {
  await house.stop();
  await database.close();
});

const communeId = () => database.communes[0]!.id;
type Phone = {
  say(input: { text: string } | { tap: string }): Promise<string[]>;
  heard(): string[];
};

/** A phone that waits for the answer to each thing said. */
function phone(kind: 'zalo' | 'messenger', psid = '7000000000000101'): Phone {
  const userId = house.zalo.newUserId();
  const bubbles = () => (kind === 'zalo' ? house.zaloBubbles(userId) : house.pageBubbles(psid));
  return {
    async say(input) {
      const before = bubbles().length;
      if (kind === 'zalo')
        await house.zalo.personSends(house.oa.oaId, userId, 'tap' in input ? { button: input.tap } : input);
      else await house.graph.personSends(house.page.id, psid, input);
      await until(() => bubbles().length > before);
      return bubbles()
        .slice(before)
        .map(({ text }) => text);
    },
    heard: () => bubbles().map(({ text }) => text),
  };
}
const newest = async () =>
  (await database.run<{ id: string }>('newest', 'select id from conversations order by last_user_at desc limit 1'))[0]!
    .id;
const heardIn = (one: Phone, words: string) => until(() => one.heard().some((text) => text.includes(words)));

test.each([
  'zalo',
  'messenger',
] as const)('on %s: asked for, taken, answered, closed, rated; each step said to the citizen', async (kind) => {
  const citizen = phone(kind);
  const officer = await addOfficer(database, communeId(), {
    name: 'Nguyễn Thị Thử',
    title: 'công chức tư pháp – hộ tịch',
  });
  await citizen.say({ text: 'làm khai sinh cho bé hết bao nhiêu tiền' });
  const [passed] = await citizen.say({ text: 'cho tôi gặp cán bộ' });
  expect(passed).toMatch(
    /^Tôi chuyển cho cán bộ một cửa\. (Cán bộ trả lời (trong khoảng|trước)|Bây giờ là .* cán bộ trả lời trước) /,
  );
  const id = await newest();
  const { acts, view } = house.service.staff;
  // the clerk's summary is there within a second or so
  await until(async () => (await view.detail(officer, id))!.summary !== null);
  expect((await view.detail(officer, id))!.summary).toMatchObject({
    headline: 'Khai sinh cho con: lệ phí',
    procedure: { code: '1.001193' },
  });
  expect((await view.detail(officer, id))!.episode!.promisedAt).not.toBeNull();

  expect(await acts.take(officer, id)).toMatchObject({ ok: true });
  await heardIn(citizen, 'Từ đây cán bộ Nguyễn Thị Thử (công chức tư pháp – hộ tịch) trả lời, không phải máy.');
  const official = await acts.officialAnswer(officer, '1.001193', 'fee');
  expect(official).toMatchObject({ ok: true });
  await acts.reply(officer, id, { text: 'Miễn phí nếu khai trong 60 ngày ạ.', idempotencyKey: `fee-${kind}-1` });
  await heardIn(citizen, 'Cán bộ Nguyễn Thị Thử:\nMiễn phí nếu khai trong 60 ngày ạ.');
  await acts.sendForm(officer, id, '1.001193', `form-${kind}-1`);
  await heardIn(citizen, 'Mẫu đơn');
  await until(async () =>
    ['delivered', 'seen'].includes((await view.detail(officer, id))!.entries.at(-1)!.delivery!.state),
  );

  expect(await acts.close(officer, id)).toMatchObject({ ok: true });
  await heardIn(citizen, 'Lần trao đổi với cán bộ vừa rồi thế nào ạ?');
  const [thanks] = await citizen.say({ tap: 'Rất hài lòng' });
  expect(thanks).toBe('Cảm ơn ạ. Cần việc gì nữa cứ nhắn ở đây.');
  const [opinion] = await citizen.say({ text: 'Góp ý: cán bộ nhiệt tình' });
  expect(opinion).toBe('Cảm ơn lời góp ý. Tôi đã ghi lại cho cán bộ phụ trách.');
  expect((await view.detail(officer, id))!.history[0]).toMatchObject({
    closeKind: 'resolved',
    rating: 5,
    ratingWords: 'cán bộ nhiệt tình',
    isPromiseKept: true,
  });
  // the assistant answers again and says what it is
  await citizen.say({ text: 'đăng ký kết hôn cần giấy tờ gì' });
  await heardIn(citizen, '(Tôi là trợ lý tự động');
});

test('a complaint has a number, and its state is told to who asks by it', async () => {
  const citizen = phone('zalo');
  const lead = await addOfficer(database, communeId(), { role: 'lead', name: 'Trần Văn Thử' });
  const [received] = await citizen.say({
    text: 'tôi muốn phản ánh cán bộ một cửa thái độ rất tệ, bắt đi lại nhiều lần',
  });
  const number = /Mã phản ánh: (PA-\d{6}-[0-9A-Z]{5})\. Nhắn mã này để hỏi xử lý tới đâu\./.exec(received!)![1]!;
  expect(received).toMatch(/Cán bộ trả lời (trong khoảng|trước) /);
  const { petitions } = house.service.staff;
  const [waiting] = await citizen.say({ text: `phản ánh ${number.toLowerCase()} tới đâu rồi` });
  expect(waiting).toMatch(
    new RegExp(`^Phản ánh ${number} gửi ngày \\d\\d/\\d\\d/2\\d{3}: đã tiếp nhận\\.\nChậm nhất ngày`),
  );
  expect(
    await petitions.update(lead, number, { status: 'answered', answer: 'Đã nhắc nhở người trực, xin lỗi.' }),
  ).toMatchObject({ ok: true, isTold: true });
  await heardIn(citizen, `Cán bộ Trần Văn Thử:\nTrả lời phản ánh ${number}:\nĐã nhắc nhở người trực, xin lỗi.`);
  const [answered] = await citizen.say({ text: 'phản ánh của tôi xử lý tới đâu rồi' });
  expect(answered).toContain('đã trả lời.\nTrả lời: Đã nhắc nhở người trực, xin lỗi.');
  // somebody else who has the number learns its state and nothing of its words
  const other = phone('zalo');
  const [told] = await other.say({ text: number });
  expect(told).toMatch(new RegExp(`Phản ánh ${number} gửi ngày [^\n]*: đã trả lời\\.`));
  expect(told).not.toContain('nhắc nhở');
  const [wrong] = await other.say({ text: `${number.slice(0, -1)}${number.endsWith('7') ? '8' : '7'}` });
  expect(wrong).toContain('Tôi không tìm thấy mã');
});

test('who is told to wait by a person’s own time sees it again, and can go back to the assistant', async () => {
  const citizen = phone('messenger', '7000000000000202');
  await citizen.say({ text: 'gặp cán bộ' });
  const [again] = await citizen.say({ text: 'bao giờ mới có người trả lời' });
  expect(again).toMatch(
    /[Cc]án bộ trả lời (trong khoảng \d+ phút|trước .+)\. Lời nhắn đã được (chuyển|giữ), không cần gửi lại\.$|; trước đó còn/,
  );
  const [back] = await citizen.say({ text: 'hỏi trợ lý' });
  expect(back).toMatch(/tiếp tục trả lời|trả lời tiếp/);
});
