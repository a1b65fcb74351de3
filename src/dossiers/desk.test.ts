import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDb, type TestDb } from '../../test/support/db.ts';
import { addCommune, type Commune, communeSettings } from '../communes/communes.ts';
import { createSecretBox } from '../communes/secrets.ts';
import { timeOrdered } from '../db/ids.ts';
import { createDossierDesk, type DeskInquiry } from './desk.ts';
import { createDisclosure, type Disclosure, type Level } from './disclosure.ts';
import { DOSSIER_STATES, type DossierDirectory, type DossierView, type LookupResult } from './dossier.ts';
import { createFactors } from './factors.ts';
import { isLate, sayDossier } from './say-dossier.ts';
import { createWatches } from './watches.ts';

const now = new Date('2026-11-23T03:00:00Z');
const asOf = new Date('2026-11-22T10:00:00Z');
const CODE = 'H26.15-261110-0001';
const SENSITIVE = 'H26.15-261110-0002';
const UNKNOWN = 'H26.15-261110-0009';
const SILENT = 'H26.15-261109-0001';

const secret = {
  procedureName: 'Đăng ký kết hôn',
  unitName: 'Phòng Tư pháp xã',
  missing: ['Giấy chứng sinh bản chính'],
  fees: [{ name: 'Lệ phí hộ tịch', amountVnd: 25_000, isPaid: false }],
  reason: 'Tờ khai ghi sai ngày sinh',
};
const view = (change: Partial<DossierView> = {}): DossierView => ({
  code: CODE,
  state: 4,
  rawState: 'BUOC_NOI_BO_7',
  receivedAt: new Date('2026-11-10T02:00:00Z'),
  dueAt: new Date('2026-11-27T10:00:00Z'),
  ...secret,
  ownerHints: {},
  ...change,
});

describe('every state, late or not, at every level', () => {
  const commune = communeSettings.parse({ officeName: 'UBND xã Thử' });
  const cases = [...DOSSIER_STATES, 'unknown' as const].flatMap((state) =>
    ['2026-11-27', '2026-11-19'].flatMap((due) =>
      ([0, 1, 2] as Level[]).map((level) => ({ state, due, level, name: `${state}, due ${due}, L${level}` })),
    ),
  );

  test.each(cases)('$name', ({ state, due, level }) => {
    const dossier = view({ state, dueAt: new Date(`${due}T10:00:00Z`) });
    const { text, buttons } = sayDossier({ view: dossier, level, source: 'hệ thống một cửa', asOf, commune, now });
    expect(text).toContain(CODE);
    expect(text).toContain('cập nhật lúc 17:00 hôm qua');
    expect(text).not.toContain(dossier.rawState);
    expect(text).not.toMatch(/undefined|NaN|null/);
    expect(text).toBe(text.normalize('NFC'));
    expect(text.length).toBeLessThan(1_000);
    expect(buttons!.length).toBeLessThanOrEqual(5);
    for (const { title } of buttons!) expect([...title].length).toBeLessThanOrEqual(20);
    const told = JSON.stringify([text, buttons]);
    if (level === 0)
      for (const hidden of ['kết hôn', 'Tư pháp', 'chứng sinh', '25.000', '25000', 'Lệ phí', 'ngày sinh', 'Lý do'])
        expect(told).not.toContain(hidden);
    if (level < 2) expect(told).not.toContain(secret.reason);
    if (level >= 1) expect(told).toContain('Đăng ký kết hôn');
    const runs = [2, 4, 'unknown'].includes(state);
    // who is late is not told to go on waiting
    if (text.includes('quá hẹn')) expect(text).not.toContain('chờ đến ngày hẹn');
    if (level === 2) expect(text).toContain(secret.reason);
    expect(text.includes('quá hẹn')).toBe(runs && due === '2026-11-19');
    if (runs && due === '2026-11-19') expect(text).toContain('thư xin lỗi');
    if (runs && due === '2026-11-27') expect(text).toContain('thứ Sáu 27/11/2026, còn 3 ngày làm việc');
  });

  test('on the day itself a dossier is not late; a moved date counts and is told with the old one', () => {
    const dueAt = new Date('2026-11-23T10:00:00Z');
    expect(isLate(view({ dueAt }), now)).toBe(false);
    expect(isLate(view({ dueAt }), new Date('2026-11-23T17:30:00Z'))).toBe(true);
    const moved = view({ dueAt: new Date('2026-11-19T10:00:00Z'), newDueAt: new Date('2026-11-27T10:00:00Z') });
    const { text } = sayDossier({ view: moved, level: 0, source: 's', asOf, commune, now });
    expect(text).toContain('27/11/2026 (đã dời một lần, trước hẹn 19/11/2026)');
    expect(text).not.toContain('quá hẹn');
  });

  test('what a source writes cannot bring a link or a page of text', () => {
    const loud = view({ state: 5, missing: [`Xem https://evil.example/x\n\n${'a'.repeat(900)}`] });
    const { text } = sayDossier({ view: loud, level: 1, source: 's', asOf, commune, now });
    expect(text).not.toContain('evil');
    expect(text.length).toBeLessThan(700);
  });
});

describe('talking with the desk', () => {
  let database: TestDb;
  let disclosure: Disclosure;
  let commune: Commune;
  let made = 0;
  let looks: string[] = [];
  let isConnected = true;
  let dossiers: Record<string, Partial<DossierView>> = {};
  let person: { conversationId: string; citizenId: string };
  let desk: ReturnType<typeof createDossierDesk>;
  let paused: number[] = [];
  let tick = 0;
  let thread: unknown = null;
  const factors = () => createFactors(database, createSecretBox('a'.repeat(64)));

  const directory: DossierDirectory = {
    async lookup(_communeId, code): Promise<LookupResult> {
      looks.push(code);
      if (code === SILENT) return { kind: 'unavailable', source: 'một cửa', reason: 'timeout' };
      const known = dossiers[code];
      return known
        ? { kind: 'found', dossier: view({ code, ...known }), source: 'một cửa', asOf }
        : { kind: 'not_found', source: 'một cửa', asOf };
    },
    sources: async () => (isConnected ? [{ name: 'một cửa', kind: 'rest', lookupsPerSecond: 5 }] : []),
  };

  beforeAll(async () => {
    database = await createTestDb();
    disclosure = createDisclosure({ database, factors: factors() });
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    made += 1;
    commune = await addCommune(database.orm, {
      slug: `xa-ban-${made}`,
      name: 'UBND xã Thử',
      settings: { hotline: '0000 000 001' },
    });
    const of = await factors().of(commune.id);
    const ownerHints = { idLast4Hash: of.idLast4('5678')!, phoneHash: of.phone('0912345678')! };
    dossiers = {
      [CODE]: { ownerHints },
      [SENSITIVE]: { ownerHints, procedureName: 'Đăng ký nhận cha, mẹ, con' },
      'H26.15-261110-0003': { state: 9 },
      'H26.15-261110-0004': { state: 5 },
    };
    person = { conversationId: timeOrdered(), citizenId: timeOrdered() };
    [looks, isConnected, paused, thread, tick] = [[], true, [], null, 0];
    desk = createDossierDesk({
      directory,
      disclosure,
      watches: createWatches({ database, commune: async () => commune }),
      clock: () => tick,
      pause: async (ms) => void paused.push(ms),
    });
  });

  const ask = async (change: Partial<DeskInquiry>, turnId = timeOrdered()) => {
    const given = await desk.answer({
      text: '',
      codes: [],
      hasBrokenCode: false,
      intent: 'status_check',
      thread,
      commune: commune.settings,
      asker: { communeId: commune.id, ...person, turnId },
      now,
      ...change,
    });
    if (given) thread = JSON.parse(JSON.stringify(given.thread));
    return given;
  };
  const textOf = (given: Awaited<ReturnType<typeof ask>>) => given?.messages.map(({ text }) => text).join('\n') ?? null;
  const titles = (given: Awaited<ReturnType<typeof ask>>) =>
    given!.messages.at(-1)!.buttons?.map(({ title }) => title) ?? [];

  test('a code is answered with its state; then the proof opens what is missing to the eye', async () => {
    const first = await ask({ text: `xem giúp ${CODE}`, codes: [CODE] });
    expect(first?.outcome).toBe('looked_up');
    expect(textOf(first)).toContain('đang được giải quyết');
    expect(textOf(first)).not.toContain('kết hôn');
    expect(titles(first)).toEqual(['Xem chi tiết', 'Báo tôi khi đổi', 'Gặp cán bộ', 'Trang tra cứu hồ sơ']);
    expect(textOf(await ask({ payload: first!.messages[0]!.buttons![0]!.value }))).toContain('4 số cuối căn cước');
    const open = await ask({ text: '5678', intent: 'out_of_scope' });
    expect(textOf(open)).toContain('Việc: Đăng ký kết hôn');
    expect(titles(open)).not.toContain('Xem chi tiết');
    // remembered for a while
    expect(textOf(await ask({ text: 'hồ sơ tới đâu rồi' }))).toContain('Việc: Đăng ký kết hôn');
  });

  test.each([
    '4 số cuối là 5678',
    '5678 ạ',
    '56 78',
    'cccd 036085015678',
    '036085015678',
  ])('the proof as "%s"', async (typed) => {
    await ask({ payload: `hx:desk:detail:${CODE}` });
    expect(textOf(await ask({ text: typed, intent: 'greeting' }))).toContain('Việc: Đăng ký kết hôn');
  });

  test('a code and its proof in one message; a phone typed is none; one shared by the platform is', async () => {
    expect(textOf(await ask({ text: `${CODE} cccd 4 số cuối 5678`, codes: [CODE] }))).toContain('kết hôn');
    person = { conversationId: timeOrdered(), citizenId: timeOrdered() };
    await ask({ payload: `hx:desk:detail:${CODE}` });
    expect(textOf(await ask({ text: '0912345678', intent: 'greeting' }))).toContain('chưa đủ để mở');
    expect(textOf(await ask({ sharedPhone: '84912345678' }))).toContain('kết hôn');
    commune.settings.dossiers.sharedPhoneCounts = false;
    expect(await ask({ sharedPhone: '84912345678' })).toBeNull();
  });

  test('digits said in words are read; a number that can be no proof is no try and is told so', async () => {
    await ask({ payload: `hx:desk:detail:${CODE}` });
    for (const typed of ['123456789', 'cmnd 123456789', '567', '0 9 1 2 3 4'])
      expect(textOf(await ask({ text: typed, intent: 'procedure_question' }))).toContain('đúng 4 số cuối');
    expect(
      await database.run('f', `select 1 from dossier_audit where act = 'factor' and commune_id = $1`, [commune.id]),
    ).toEqual([]);
    expect(textOf(await ask({ text: 'năm sáu bảy tám', intent: 'greeting' }))).toContain('Việc: Đăng ký kết hôn');
  });

  test('a wrong number and an unknown code are answered alike, by the same steps, in the same time; the fourth is refused', async () => {
    const answers: unknown[] = [];
    for (const code of [CODE, UNKNOWN, 'H26.15-261110-0003']) {
      person = { conversationId: timeOrdered(), citizenId: timeOrdered() };
      thread = null;
      const asked = await ask({ payload: `hx:desk:detail:${code}` });
      [paused, looks] = [[], []];
      const wrong = await ask({ text: '0000' });
      answers.push(JSON.parse(JSON.stringify([asked, wrong, paused, looks]).replaceAll(code, 'CODE')));
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(paused).toEqual([400]);

    expect(textOf(await ask({ text: '0001' }))).toContain('chưa khớp');
    expect(textOf(await ask({ text: '0002' }))).toContain('chưa khớp');
    const refused = await ask({ text: `${UNKNOWN} số cuối 0003`, codes: [UNKNOWN] });
    expect(textOf(refused)).toContain('15 phút');
    expect(refused?.outcome).toBe('declined');
    // the right number does not help now
    const right = await ask({ text: `${CODE} số cuối 5678`, codes: [CODE] });
    expect(textOf(right)).toBe(textOf(refused));
  });

  test('a sensitive dossier tells its state only, also with the right number and an officer’s word', async () => {
    expect(titles(await ask({ text: SENSITIVE, codes: [SENSITIVE] }))).toContain('Xem chi tiết');
    await ask({ payload: `hx:desk:detail:${SENSITIVE}` });
    const proved = await ask({ text: '5678' });
    expect(textOf(proved)).toContain('không gửi qua tin nhắn');
    await disclosure.confirm(
      { communeId: commune.id, ...person, officerId: timeOrdered() },
      SENSITIVE,
      commune.settings.dossiers,
      now,
    );
    const confirmed = await ask({ payload: `hx:desk:detail:${SENSITIVE}` });
    for (const told of [proved, confirmed]) expect(JSON.stringify(told)).not.toMatch(/cha, mẹ|Tư pháp|chứng sinh|25/);
  });

  test('the reason is read after an officer has confirmed the person', async () => {
    dossiers[CODE] = { ...dossiers[CODE], state: 3 };
    await ask({ text: `${CODE} số cuối 5678`, codes: [CODE] });
    expect(textOf(await ask({ payload: `hx:desk:detail:${CODE}` }))).toContain('cán bộ nói trực tiếp');
    const officer = { communeId: commune.id, ...person, officerId: timeOrdered() };
    await disclosure.confirm(officer, CODE, commune.settings.dossiers, now);
    expect(textOf(await ask({ payload: `hx:desk:detail:${CODE}` }))).toContain(
      'Lý do ghi trong hồ sơ: Tờ khai ghi sai',
    );
  });

  test('not found is not "does not exist"; a silent source is said, with the official page and the hotline', async () => {
    const missing = textOf(await ask({ text: UNKNOWN, codes: [UNKNOWN] }));
    expect(missing).toMatch(/chưa thấy[\s\S]*hệ thống khác[\s\S]*cập nhật lúc 17:00 hôm qua/);
    expect(missing).not.toMatch(/không tồn tại|không có hồ sơ/);
    const silent = await ask({ text: SILENT, codes: [SILENT] });
    expect(textOf(silent)).toMatch(/không trả lời[\s\S]*dichvucong\.gov\.vn\/tra-cuu-ho-so[\s\S]*0000 000 001/);
    expect(silent?.outcome).toBe('failed');
    expect(titles(silent)).toEqual(['Thử lại', 'Trang tra cứu hồ sơ', 'Gặp cán bộ']);
  });

  test('several codes are answered in order, at most three; tried out ones are refused', async () => {
    const codes = [CODE, 'H26.15-261110-0003', 'H26.15-261110-0004', SENSITIVE];
    const given = await ask({ text: codes.join(' '), codes });
    expect(given!.messages.map(({ text }) => text.split('\n')[0])).toEqual([
      `Hồ sơ ${CODE} đang được giải quyết.`,
      'Hồ sơ H26.15-261110-0003 đã có kết quả, chờ đến nhận.',
      'Hồ sơ H26.15-261110-0004 cần nộp thêm giấy tờ.',
      'Mỗi lần tôi xem được ba hồ sơ. Còn 1 mã nữa, nhắn lại giúp.',
    ]);
    for (const serial of [21, 22, 23]) await ask({ text: 'x', codes: [`H26.15-261109-00${serial}`] });
    const refused = await ask({ text: 'x', codes: ['H26.15-261109-0024'] });
    expect(textOf(refused)).toContain('mã gần giống nhau');
    expect(looks).not.toContain('H26.15-261109-0024');
  });

  test('being told of changes: wording agreed to, kept, and taken back', async () => {
    await ask({ text: CODE, codes: [CODE] });
    const unnamed = await ask({ text: 'báo tôi khi có thay đổi nhé', intent: 'out_of_scope' });
    expect(textOf(unnamed)).toContain('gõ "dừng báo"');
    expect(await ask({ text: 'khai sinh trễ có bị phạt không báo em với', intent: 'procedure_question' })).toBeNull();
    expect(textOf(await ask({ text: 'thôi khỏi em', intent: 'out_of_scope' }))).toContain('tôi không tự nhắn');
    expect(await ask({ text: 'vâng', intent: 'out_of_scope' })).toBeNull();
    const asked = await ask({ text: 'khi nào có kết quả báo em nhé' });
    expect(textOf(asked)).toContain('gõ "dừng báo"');
    const yes = asked!.messages[0]!.buttons!.find(({ title }) => title.startsWith('Đồng ý'))!.value;
    expect(textOf(await ask({ payload: yes }))).toContain('có gì mới tôi nhắn ở đây');
    expect(textOf(await ask({ payload: yes }))).toContain('đang theo dõi');
    expect(titles(await ask({ text: CODE, codes: [CODE] }))).not.toContain('Báo tôi khi đổi');
    const rows = await database.run<{ consent_text: string }>(
      'w',
      'select consent_text from dossier_watches where commune_id = $1',
      [commune.id],
    );
    expect(rows).toHaveLength(1);
    expect(textOf(asked)).toContain(rows[0]!.consent_text);
    expect(textOf(await ask({ text: 'dang theo doi nhung ho so nao' }))).toContain(CODE);
    expect(textOf(await ask({ text: 'dừng báo', intent: 'out_of_scope' }))).toContain(`dừng báo về hồ sơ ${CODE}`);
    expect(await ask({ text: 'khỏi báo lại lỗi wifi nữa', intent: 'out_of_scope' })).toBeNull();
    expect(textOf(await ask({ text: 'dừng báo', intent: 'out_of_scope' }))).toContain('không theo dõi hồ sơ nào');
    expect(textOf(await ask({ text: 'dừng báo' }))).toContain('không theo dõi hồ sơ nào');
  });

  test('words that are not for the desk, and communes without a source, are left to others', async () => {
    expect(await ask({ text: 'làm khai sinh cần gì', intent: 'procedure_question' })).toBeNull();
    expect(await ask({ text: `đóng lệ phí hồ sơ ${CODE}`, codes: [CODE], intent: 'payment' })).toBeNull();
    expect(await ask({ text: 'hồ sơ của tôi đâu rồi' })).toBeNull();
    expect(await ask({ payload: 'hx:human' })).toBeNull();
    expect(await ask({ payload: 'hx:desk:detail:H26.15' })).toBeNull();
    expect(await ask({ text: '5678', intent: 'out_of_scope' })).toBeNull();
    isConnected = false;
    expect(await ask({ text: CODE, codes: [CODE] })).toBeNull();
    expect(looks).toEqual([]);
  });

  test('what is asked next, without naming the dossier again, is about it', async () => {
    const PAPERS = 'H26.15-261110-0004';
    const TO_PAY = 'H26.15-261110-0005';
    dossiers[TO_PAY] = { state: 6 };
    const next = (text: string, intent = 'out_of_scope') => ask({ text, intent, isAtHand: true });
    await ask({ text: PAPERS, codes: [PAPERS] });
    expect(textOf(await next('thiếu gì vậy'))).toContain('4 số cuối căn cước');
    expect(textOf(await next('nộp thêm ở đâu', 'procedure_question'))).toContain('mang giấy tờ đến quầy');
    const done = textOf(await next('tôi nộp đủ rồi mà', 'status_check'));
    expect(done).toMatch(/chưa kịp ghi[\s\S]*cần nộp thêm giấy tờ/);
    expect(textOf(await next('huỷ hồ sơ được không', 'payment'))).toContain('không rút hay huỷ hồ sơ qua tin nhắn');
    await ask({ text: TO_PAY, codes: [TO_PAY] });
    expect(textOf(await next('đóng bao nhiêu'))).toContain('4 số cuối căn cước');
    expect(JSON.stringify(await next('bao nhiêu tiền'))).not.toContain('25');
    await ask({ text: CODE, codes: [CODE] });
    expect(textOf(await next('còn thiếu giấy gì nữa'))).toContain('không ghi hồ sơ này còn thiếu');
    expect(textOf(await next('không nhận', 'procedure_question'))).toContain('đang được giải quyết');

    expect(textOf(await next('làm nhanh giúp với', 'feedback_complaint'))).toContain('đang được giải quyết');
    // about something else, or when something else was spoken of since
    expect(await next('làm khai sinh cần gì', 'procedure_question')).toBeNull();
    expect(await next('đóng bảo hiểm bao nhiêu')).toBeNull();
    expect(await ask({ text: 'thiếu gì', intent: 'procedure_question', isAtHand: false })).toBeNull();
  });

  test('a number among other words, asked or not, is no try', async () => {
    await ask({ payload: `hx:desk:detail:${CODE}` });
    expect(
      await ask({ text: 'em nộp từ hồi đầu năm 2025 cho con em đi học', intent: 'procedure_question' }),
    ).toBeNull();
    expect(
      await database.run('f', `select 1 from dossier_audit where act = 'factor' and commune_id = $1`, [commune.id]),
    ).toEqual([]);
  });

  test('one commune’s proof opens nothing at another', async () => {
    await ask({ text: `${CODE} số cuối 5678`, codes: [CODE] });
    const other = await addCommune(database.orm, { slug: `xa-khac-${made}`, name: 'UBND xã Khác' });
    const given = await ask({
      text: CODE,
      codes: [CODE],
      asker: { communeId: other.id, ...person, turnId: timeOrdered() },
    });
    expect(textOf(given)).not.toContain('kết hôn');
  });
});
