import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../../src/bench/postgres.ts';
import { openPostgres } from '../../src/db/client.ts';
import { openMigrated, seed, type TestDb } from '../support/db.ts';
import { createEchoGuidance } from '../support/echo-guidance.ts';
import { createLoopbackChannel, sendError, textEvent } from '../support/loopback-channel.ts';
import { createRooms, type Rooms, until } from '../support/rooms.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe.each(['embedded', 'postgres'] as const)('inbox, turn, outbox on the %s database', (kind) => {
  let database: TestDb;
  const running: Rooms[] = [];
  const rooms = async (options: Parameters<typeof createRooms>[2] = {}) => {
    const made = await createRooms(database, database.communes[0]!.id, options);
    running.push(made);
    return made;
  };
  const store = (made: Rooms, ...events: ReturnType<typeof textEvent>[]) =>
    made.inbox.store(events.map((event) => ({ account: made.account, event, officerPauseHours: 12 })));
  const statuses = async () =>
    (await database.run<{ status: string }>('s', 'select status from outbox order by id')).map(({ status }) => status);

  beforeEach(async () => {
    const opened = kind === 'embedded' ? await openMigrated() : openPostgres(await postgres.createDatabase());
    database = await seed(opened, ['xa-thu']);
    return async () => {
      await Promise.all(running.splice(0).map((made) => made.stop()));
      await database.close();
    };
  });

  test('a text is answered and both sides are in the transcript', async () => {
    const made = await rooms();
    made.start();
    await store(made, textEvent(made.account, 'u1', 'Chào xã'));
    await until(() => made.channel.sent.length === 1);
    expect(made.channel.sent[0]!.text).toBe('#1 Chào xã');
    await until(async () => (await statuses())[0] === 'sent');
    expect(await database.run('t', 'select author, text, outcome from messages order by occurred_at, id')).toEqual([
      { author: 'citizen', text: 'Chào xã', outcome: null },
      { author: 'bot', text: '#1 Chào xã', outcome: 'answered' },
    ]);
  });

  test('the same event twenty times at once gives one turn and one reply', async () => {
    const made = await rooms();
    made.start();
    const event = textEvent(made.account, 'u1', 'một lần');
    const stored = await Promise.all(Array.from({ length: 20 }, () => store(made, event)));
    expect(stored.reduce((sum, count) => sum + count)).toBe(1);
    await until(() => made.channel.sent.length === 1);
    await store(made, event);
    await new Promise((done) => setTimeout(done, 400));
    expect(made.channel.sent).toHaveLength(1);
  });

  test('bubbles that wait are one question; order is the platform’s', async () => {
    const made = await rooms();
    const at = Date.now();
    await store(made, textEvent(made.account, 'u1', 'hai', { occurredAt: new Date(at + 1) }));
    await store(made, textEvent(made.account, 'u1', 'một', { occurredAt: new Date(at) }));
    made.start();
    await until(() => made.channel.sent.length === 1);
    expect(made.channel.sent[0]!.text).toBe('#1 một\nhai');
  });

  test('an event that comes during a turn is answered in the next', async () => {
    const made = await rooms({
      guidance: createEchoGuidance(async ({ text }) => {
        if (text === 'một') await store(made, textEvent(made.account, 'u1', 'hai'));
      }),
    });
    made.start();
    await store(made, textEvent(made.account, 'u1', 'một'));
    await until(() => made.channel.sent.length === 2);
    expect(made.channel.sent.map(({ text }) => text)).toEqual(['#1 một', '#2 hai']);
  });

  test('a person who takes over during the turn silences the answer being made', async () => {
    const made = await rooms({
      guidance: createEchoGuidance(async () => {
        await store(
          made,
          textEvent(made.account, 'u1', 'Để tôi trả lời', {
            kind: 'staff_message',
            takesOver: true,
            opensWindow: false,
          }),
        );
      }),
    });
    made.start();
    await store(made, textEvent(made.account, 'u1', 'hỏi'));
    await until(
      async () => (await database.run('t', `select 1 from inbox_events where status = 'pending'`)).length === 0,
    );
    expect(made.channel.sent).toEqual([]);
    const authors = await database.run<{ author: string }>(
      't2',
      'select author from messages order by occurred_at, id',
    );
    expect(authors.map(({ author }) => author)).toEqual(['citizen', 'officer']);
  });

  test('a person who takes over cancels what has not left, and gets the conversation until the pause ends', async () => {
    let clock = Date.now();
    const made = await rooms({ now: () => new Date(clock) });
    made.channel.onSend = () => {
      throw sendError('temporary', 'not now', { retryAfterMs: 60_000 });
    };
    made.start();
    await store(made, textEvent(made.account, 'u1', 'hỏi'));
    await until(async () => (await database.run('a', 'select 1 from outbox where attempts = 1')).length === 1);
    await store(made, textEvent(made.account, 'u1', 'Tôi đây', { kind: 'staff_message', takesOver: true }));
    expect(await statuses()).toEqual(['cancelled']);
    made.channel.onSend = () => {};
    await store(made, textEvent(made.account, 'u1', 'cảm ơn cô'));
    await until(
      async () => (await database.run('t', `select 1 from inbox_events where status = 'pending'`)).length === 0,
    );
    expect(made.channel.sent).toEqual([]);
    clock += 13 * 3_600_000;
    await store(made, textEvent(made.account, 'u1', 'hôm sau', { occurredAt: new Date(clock) }));
    await until(() => made.channel.sent.length === 1);
    expect(made.channel.sent[0]!.text).toBe('#2 hôm sau');
  });

  test('asking for a person changes the owner; a failing turn ends in an apology and a hand-off', async () => {
    const made = await rooms({
      guidance: createEchoGuidance(({ text }) => {
        if (text === 'hỏng') throw new Error('broken');
      }),
    });
    made.start();
    await store(made, textEvent(made.account, 'u1', 'gặp cán bộ'), textEvent(made.account, 'u2', 'hỏng'));
    await until(() => made.channel.sent.length === 2, 15_000);
    const rows = await database.run<Record<string, unknown>>(
      'c',
      'select chat_id, owner, hand_off_reason from conversations order by chat_id',
    );
    expect(rows).toEqual([
      { chat_id: 'u1', owner: 'waiting', hand_off_reason: 'asked' },
      { chat_id: 'u2', owner: 'waiting', hand_off_reason: 'failed' },
    ]);
    expect(made.channel.sent.find(({ chatId }) => chatId === 'u2')!.text).toMatch(/^Xin lỗi/);
  });

  test('a refused send is tried again in line; a final refusal is recorded and does not block the line', async () => {
    const made = await rooms();
    let tries = 0;
    made.channel.onSend = (call) => {
      tries += 1;
      if (call.text.includes('sau') && tries <= 2) throw sendError('temporary', 'not now', { retryAfterMs: 10 });
      if (call.text.includes('hỏng')) throw sendError('rejected', 'no', { platformCode: '-201' });
    };
    made.start();
    await store(made, textEvent(made.account, 'u1', 'sau'));
    await until(async () => (await statuses()).length === 1);
    await store(made, textEvent(made.account, 'u1', 'hỏng'));
    // Else both would be one question.
    await until(async () => (await statuses()).length === 2);
    await store(made, textEvent(made.account, 'u1', 'cuối'));
    await until(() => made.channel.sent.some(({ text }) => text.includes('cuối')));
    const texts = made.channel.sent.map(({ text }) => text);
    expect(texts[0]).toBe('#1 sau');
    await until(async () => !(await statuses()).some((status) => status === 'queued' || status === 'sending'));
    expect((await statuses())[0]).toBe('sent');
    expect(await statuses()).toContain('failed');
  });

  test('a send whose end nobody saw is looked up before it is sent again', async () => {
    const made = await rooms();
    let isFirst = true;
    made.channel.onSend = (call, chatId) => {
      if (!isFirst) return;
      isFirst = false;
      // The platform delivers, the answer is lost.
      made.channel.sent.push({
        accountId: made.account.id,
        chatId,
        text: call.text,
        reference: 'lost',
        at: Date.now(),
      });
      throw sendError('network', 'reset', { isUncertain: true, retryAfterMs: 10 });
    };
    made.start();
    await store(made, textEvent(made.account, 'u1', 'một'));
    await until(async () => (await statuses())[0] === 'sent');
    expect(made.channel.sent).toHaveLength(1);
    const [row] = await database.run<{ id: string }>('p', 'select platform_message_id as id from outbox');
    expect(row!.id).toBe('m1-lost');
  });

  test('a send lost on the way is sent again once the platform says it is not there', async () => {
    const made = await rooms();
    let isFirst = true;
    made.channel.onSend = () => {
      if (!isFirst) return;
      isFirst = false;
      throw sendError('network', 'reset', { isUncertain: true, retryAfterMs: 10 });
    };
    made.start();
    await store(made, textEvent(made.account, 'u1', 'một'));
    await until(async () => (await statuses())[0] === 'sent');
    expect(made.channel.sent).toHaveLength(1);
  });

  test('an echo settles a row in flight, receipts set times, a stranger’s echo joins the transcript', async () => {
    const made = await rooms();
    made.channel.onSend = () => {
      throw sendError('network', 'reset', { isUncertain: true, retryAfterMs: 60_000 });
    };
    made.start();
    await store(made, textEvent(made.account, 'u1', 'một'));
    await until(async () => (await database.run('a', 'select 1 from outbox where must_check')).length === 1);
    const echo = { kind: 'echo', lane: 'receipt', opensWindow: false } as const;
    await store(made, textEvent(made.account, 'u1', '#1  một', { ...echo, messageId: 'pm-1' }));
    await store(made, textEvent(made.account, 'u1', 'của ứng dụng khác', { ...echo, messageId: 'pm-2' }));
    await until(async () => (await statuses())[0] === 'sent');
    await store(
      made,
      textEvent(made.account, 'u1', '', { kind: 'read', lane: 'receipt', opensWindow: false, messageIds: ['pm-1'] }),
    );
    await until(async () => (await database.run('d', 'select 1 from outbox where seen_at is not null')).length === 1);
    await database.run(
      'old',
      `update inbox_events set received_at = now() - interval '6 seconds' where status = 'pending'`,
    );
    await until(
      async () => (await database.run('o', `select 1 from messages where author = 'other_app'`)).length === 1,
    );
  });

  test('a closed window holds the message until the citizen writes again', async () => {
    let clock = Date.now();
    const made = await rooms({ now: () => new Date(clock) });
    made.channel.onSend = () => {
      throw sendError('temporary', 'not now', { retryAfterMs: 50 });
    };
    made.start();
    await store(made, textEvent(made.account, 'u1', 'một'));
    await until(async () => (await database.run('a', 'select 1 from outbox where attempts >= 1')).length === 1);
    made.channel.onSend = () => {};
    await database.run('w', `update conversations set last_user_at = now() - interval '8 days'`);
    await until(async () => (await statuses())[0] === 'held');
    clock += 1;
    await store(made, textEvent(made.account, 'u1', 'hai'));
    await until(() => made.channel.sent.length === 2);
    expect(made.channel.sent.map(({ text }) => text)).toEqual(['#1 một', '#2 hai']);
  });

  test('messages of an account without a valid grant wait, and leave when it is connected again', async () => {
    const made = await rooms();
    await made.accounts.setStatus(made.account.id, 'needs_reauthorisation', 'refresh token refused');
    made.start();
    await store(made, textEvent(made.account, 'u1', 'một'));
    await until(async () => (await statuses()).length === 1);
    await new Promise((done) => setTimeout(done, 300));
    expect(await statuses()).toEqual(['queued']);
    await made.accounts.setStatus(made.account.id, 'active', null);
    await until(() => made.channel.sent.length === 1);
  });

  test('NUL characters, which the database cannot hold, lose nothing else', async () => {
    const made = await rooms();
    made.start();
    await store(made, textEvent(made.account, 'u1', 'a\u0000b', { raw: { text: 'x\u0000', path: '\\u0000' } }));
    await until(() => made.channel.sent.length === 1);
    expect(made.channel.sent[0]!.text).toBe('#1 ab');
  });
});

test('fifty messages of one citizen through two processes are answered in order, each once', async () => {
  const url = await postgres.createDatabase();
  const first = await seed(openPostgres(url), ['xa-thu']);
  const second = openPostgres(url);
  const channel = createLoopbackChannel();
  const made = await createRooms(first, first.communes[0]!.id, { channel });
  const other = await createRooms(second, first.communes[0]!.id, { channel });
  made.start();
  other.start();
  const at = Date.now();
  await Promise.all(
    Array.from({ length: 50 }, (_, index) => {
      const event = textEvent(made.account, 'u1', `câu ${String(index).padStart(2, '0')}`, {
        occurredAt: new Date(at + index),
      });
      const through = index % 2 === 0 ? made : other;
      return through.inbox.store([{ account: made.account, event, officerPauseHours: 12 }]);
    }),
  );
  const answered = () => channel.sent.flatMap(({ text }) => text.match(/câu \d\d/g) ?? []);
  await until(() => answered().length === 50, 20_000);
  await Promise.all([made.stop(), other.stop()]);
  expect(new Set(answered()).size).toBe(50);
  // Within a turn by the platform's time, turn after turn as they came.
  expect(channel.sent.map(({ text }) => Number(/^#(\d+)/.exec(text)![1]))).toEqual(channel.sent.map((_, i) => i + 1));
  for (const { text } of channel.sent) {
    const inside = text.match(/câu \d\d/g) ?? [];
    expect(inside).toEqual([...inside].sort());
  }
  await first.close();
  await second.close();
});

test('whatever guidance throws, the process lives and the citizen gets an answer', async () => {
  const database = await seed(openPostgres(await postgres.createDatabase()), ['xa-thu']);
  const guidance = createEchoGuidance();
  const made = await createRooms(database, database.communes[0]!.id, {
    guidance: {
      ...guidance,
      looksUnfinished() {
        throw new Error('broken');
      },
    },
  });
  made.start();
  await made.inbox.store([
    { account: made.account, event: textEvent(made.account, 'u1', 'hỏi'), officerPauseHours: 12 },
  ]);
  await until(() => made.channel.sent.length === 1, 15_000);
  expect(made.channel.sent[0]!.text).toBe('#1 hỏi');
  await made.stop();
  await database.close();
});
