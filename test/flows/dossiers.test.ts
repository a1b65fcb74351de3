import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDesk } from '../../src/commands/desk.ts';
import { createSecretBox } from '../../src/communes/secrets.ts';
import { loadConfig } from '../../src/config.ts';
import { addSimulator } from '../../src/dossiers/source-store.ts';
import { SIMULATED_OWNER, simulatedCodes } from '../../src/dossiers/sources/simulator.ts';
import { createGuidance } from '../../src/guidance/engine.ts';
import { type Log, silentLog } from '../../src/log.ts';
import { createTestDb, type TestDb } from '../support/db.ts';
import { startHouse } from '../support/house.ts';
import { asJpeg, atAnAngle, badlyLit, receipt } from '../support/photos.ts';
import { until } from '../support/rooms.ts';

// received ten days ago: those with few days are late, the others are not
const codes = simulatedCodes(new Date(Date.now() - 10 * 86_400_000));
const codeEnding = (serial: string) => {
  const day = codes[0]!.code.slice(0, -4);
  return `${day}${serial}`;
};
const [GOING, LATE, SENSITIVE, DOWN] = [codeEnding('0401'), codeEnding('0402'), codeEnding('0403'), codeEnding('9901')];
const PAPERS = codeEnding('0501');

let database: TestDb;
let house: Awaited<ReturnType<typeof startHouse>>;
let cdn: Server;
let cdnUrl = '';
let close: () => Promise<void>;
const files: Record<string, { bytes: Buffer; type: string }> = {};
const logged: string[] = [];
const note = (event: string, fields?: object) => void logged.push(JSON.stringify([event, fields]));
const log: Log = { ...silentLog, debug: note, info: note, warn: note, error: note };

beforeAll(async () => {
  cdn = createServer((request, response) => {
    const file = files[request.url!];
    response.writeHead(file ? 200 : 404, file ? { 'content-type': file.type } : {}).end(file?.bytes);
  });
  await new Promise<void>((done) => cdn.listen(0, '127.0.0.1', done));
  cdnUrl = `http://127.0.0.1:${(cdn.address() as AddressInfo).port}`;
  database = await createTestDb();
  await addSimulator(database.orm, database.communes[0]!.id, 'hệ thống một cửa');
  const box = createSecretBox('d'.repeat(64));
  const made = createDesk(async () => ({ database, box }), loadConfig({}), log);
  close = made.close;
  house = await startHouse(database, {
    guidance: createGuidance({ desk: made.desk, pay: made.pay }),
    readers: made.readers,
  });
  await house.openWebhooks();
});
afterAll(async () => {
  await house.stop();
  await Promise.all([close(), database.close()]);
  cdn.close();
});

type Act = Parameters<typeof house.zalo.personSends>[2];

/** One person on Zalo: acts, and reads what is answered. */
function person() {
  const userId = house.zalo.newUserId();
  const answerTo = async (act: () => Promise<unknown>) => {
    const before = house.zaloBubbles(userId).length;
    await act();
    await until(() => house.zaloBubbles(userId).length > before);
    await until(async () => {
      const [row] = await database.run<{ n: number }>(
        'w',
        `select count(*)::int as n from outbox where status in ('queued', 'sending')`,
      );
      return row!.n === 0;
    });
    return house
      .zaloBubbles(userId)
      .slice(before)
      .map(({ text }) => text)
      .join('\n---\n');
  };
  return {
    userId,
    does: (act: Act) => answerTo(() => house.zalo.personSends(house.oa.oaId, userId, act)),
    says: (text: string) => answerTo(() => house.zalo.personSends(house.oa.oaId, userId, { text })),
    presses: (button: string) => answerTo(() => house.zalo.personSends(house.oa.oaId, userId, { button })),
    sends: (url: string) =>
      answerTo(() =>
        house.zalo.personSends(house.oa.oaId, userId, {
          attachment: { type: 'image', payload: { url: cdnUrl + url } },
        }),
      ),
    shares: (phone: string) =>
      answerTo(() => house.zalo.submitInfo(house.oa.oaId, userId, { name: 'Người Thử', phone })),
  };
}

describe('on Zalo', () => {
  test('a code is answered with the state; the proof opens the rest', async () => {
    const somebody = person();
    const state = await somebody.says(`xem giup ho so ${PAPERS.toLowerCase().replaceAll('.', ' ')}`);
    expect(state).toContain(`Hồ sơ ${PAPERS} cần nộp thêm giấy tờ`);
    expect(state).toMatch(/Theo hệ thống một cửa, cập nhật lúc/);
    expect(state).not.toMatch(/chứng sinh|khai sinh|kết hôn/i);
    expect(await somebody.presses('Xem chi tiết')).toContain('4 số cuối căn cước');
    const open = await somebody.says(SIMULATED_OWNER.idLast4);
    expect(open).toContain('• Bản chính giấy chứng sinh');
    expect(open).toContain('Việc: ');
  });

  test('a late dossier is said to be late, with the letter that is due', async () => {
    const told = await person().says(`${LATE} sao mãi chưa xong`);
    expect(told).toMatch(/đã quá hẹn( \d+ ngày làm việc)?\. Xin lỗi/);
    expect(told).toContain('thư xin lỗi');
  });

  test('a wrong number three times, and the fourth is not heard, though it is right', async () => {
    const somebody = person();
    await somebody.says(GOING);
    await somebody.presses('Xem chi tiết');
    for (const digits of ['0001', '0002', '0003']) expect(await somebody.says(digits)).toContain('chưa khớp');
    const fourth = await somebody.says(`số cuối ${SIMULATED_OWNER.idLast4} của ${GOING}`);
    expect(fourth).toContain('15 phút');
    expect(fourth).not.toContain('Việc:');
  });

  test('a sensitive dossier stays closed', async () => {
    const somebody = person();
    expect(await somebody.says(SENSITIVE)).toContain('đang được giải quyết');
    await somebody.presses('Xem chi tiết');
    const told = await somebody.says(SIMULATED_OWNER.idLast4);
    expect(told).toContain('không gửi qua tin nhắn');
    expect(told).not.toMatch(/cha, mẹ|Việc:/);
  });

  test('a source that is down: said, and the way to the official page', async () => {
    const told = await person().says(`hồ sơ ${DOWN} tới đâu rồi`);
    expect(told).toContain('không trả lời');
    expect(told).toContain('dichvucong.gov.vn/tra-cuu-ho-so');
  });

  test('a phone shared by the platform opens, one that was typed does not', async () => {
    const somebody = person();
    await somebody.says(PAPERS);
    await somebody.presses('Xem chi tiết');
    expect(await somebody.says(SIMULATED_OWNER.phone)).not.toContain('Việc:');
    expect(await somebody.shares(SIMULATED_OWNER.phone)).toContain('Việc: ');
  });

  test('a code that may be two is asked about, then looked up', async () => {
    const somebody = person();
    expect(await somebody.says(GOING.replace('.', ''))).toContain(`Có phải mã hồ sơ ${GOING} không?`);
    expect(await somebody.presses('Đúng mã này')).toContain('đang được giải quyết');
  });

  test('notices: agreed to, and stopped by two words', async () => {
    const somebody = person();
    await somebody.says(GOING);
    expect(await somebody.presses('Báo tôi khi đổi')).toContain('dừng báo');
    expect(await somebody.presses('Đồng ý, báo cho tôi')).toContain('có gì mới tôi nhắn ở đây');
    expect(await somebody.says('dung bao')).toContain('đã dừng báo');
    expect(await somebody.says('báo tôi khi có thay đổi nhé')).toContain('gõ "dừng báo"');
    expect(await somebody.says('ok đồng ý')).toContain('có gì mới tôi nhắn ở đây');
    expect(await somebody.says('làm khai sinh cần giấy gì báo em với')).toContain('1.001193');
  });

  test('a photo of the receipt, held at an angle', async () => {
    files['/r.jpg'] = { bytes: asJpeg(badlyLit(atAnAngle(receipt(GOING), 14, 0.2)), 40), type: 'image/jpeg' };
    const somebody = person();
    expect(await somebody.sends('/r.jpg')).toContain(`Hồ sơ ${GOING} đang được giải quyết`);
    const rows = await database.run<{ text: string; content: unknown; raw: unknown; event: unknown }>(
      'rows',
      `select m.text, m.content, e.raw, e.event from messages m
       join conversations c on c.commune_id = m.commune_id and c.id = m.conversation_id
       join inbox_events e on e.commune_id = m.commune_id and e.turn_id = m.turn_id
       where c.chat_id = $1 and m.author = 'citizen'`,
      [somebody.userId],
    );
    expect(rows[0]!.text).toBe(GOING);
    expect(JSON.stringify(rows)).not.toContain('r.jpg');
  });

  test.each([
    [
      'without a code',
      asJpeg({ width: 400, height: 300, grey: new Float32Array(120_000).fill(190) }),
      'image/jpeg',
      'không thấy mã',
    ],
    ['of 20 MB', Buffer.alloc(20 * 1_024 * 1_024, 7), 'image/jpeg', 'lớn quá'],
    ['that is none', Buffer.from('%PDF-1.7 '.repeat(40)), 'application/pdf', 'không mở được ảnh'],
    ['that only says so', Buffer.from('<html>'.repeat(40)), 'image/png', 'không mở được ảnh'],
  ])('a photo %s is answered kindly', async (name, bytes, type, words) => {
    files[`/${name}`.replaceAll(' ', '-')] = { bytes, type };
    const told = await person().sends(`/${name}`.replaceAll(' ', '-'));
    expect(told).toContain(words);
    expect(told).toContain('H26.15-250701-0001');
  });
});

test('on Messenger a code is answered as well', async () => {
  const psid = '7000000000000777';
  await house.graph.personSends(house.page.id, psid, { text: `${GOING} toi dau roi` });
  await until(() => house.pageBubbles(psid).length > 0);
  expect(house.pageBubbles(psid)[0]!.text).toContain(`Hồ sơ ${GOING} đang được giải quyết`);
});

test('no code, number or phone stands in the log', () => {
  const lines = [...logged, ...house.logLines].join('\n');
  expect(lines).toContain('photo.read');
  expect(lines).not.toContain(GOING.slice(0, 13));
  expect(lines).not.toContain(SIMULATED_OWNER.phone.slice(1));
});
