import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { askOnce } from './ask.ts';
import { moneyReceived } from './aspect-cues.ts';
import { DANGERS, encodeCries, loadCries } from './cries.ts';
import { createGuidance } from './engine.ts';
import { emergency } from './say-emergency.ts';
import { makeCries } from './train-cries.ts';

const guidance = createGuidance();
const commune = communeSettings.parse({ officeName: 'UBND xã' });
const say = (text: string) => askOnce(guidance, text, { commune });

test.each([
  ['chồng tôi đánh tôi giờ tôi phải làm sao', /^Gọi 113 ngay/],
  ['chong toi danh toi gio toi phai lam sao', /^Gọi 113 ngay/],
  ['nhà tôi bị trộm vào đêm qua', /^Gọi 113 \(công an\) để báo\.\nHoặc báo công an xã/],
  ['rắn cắn', /^Gọi 115 ngay.*\nĐưa tới trạm y tế, bệnh viện gần nhất/],
  ['bị chó dại cắn phải làm sao', /115.*\nRửa vết thương ngay bằng xà phòng và nước sạch trong 15 phút/],
  ['cháy', /^Gọi 114 ngay/],
  ['cứu tôi với', /gọi ngay: 113 \(công an\), 114 \(cứu hỏa, cứu nạn\), 115 \(cấp cứu\)\.\nĐang xảy ra chuyện gì/],
  ['mẹ tôi tự nhiên méo miệng', /^Gọi 115 ngay/],
])('a cry is answered with a number first: %s', async (text, first) => {
  const { answer, text: said } = await say(text);
  expect(said).toMatch(first);
  expect(answer.handOff).toEqual({ reason: 'emergency' });
  expect(answer.records).toEqual([]);
});

test.each([
  'nhà cháy hết sổ đỏ rồi làm lại kiểu gì',
  'trẻ bị bỏ rơi thì khai sinh thế nào',
  'giấy phép phòng cháy chữa cháy xin ở đâu',
  'chết rồi em quên mang giấy tờ, quay lại được không',
  'mức hỗ trợ nhà sập do bão là bao nhiêu',
])('no alarm where only the words are those of a danger: %s', async (text) => {
  expect((await say(text)).answer.handOff?.reason).not.toBe('emergency');
});

test('a danger goes before play: a cry is never declined for the animal in it', async () => {
  const { answer } = await say('đi ruộng bị rắn cắn giờ chưn sưng vù');
  expect(answer.outcome).toBe('handed_off');
});

test('every kind of danger has a number on its first line and dials it first', () => {
  for (const kind of DANGERS) {
    const [message] = emergency({ kind, line: ' ' });
    const first = /\b11[1-5]\b/.exec(message!.text.split('\n')[0]!)?.[0];
    expect(first, kind).toBeDefined();
    expect(message!.buttons![0]).toMatchObject({ kind: 'phone', value: first });
    expect(message!.text.split(/\s+/).length, kind).toBeLessThanOrEqual(75);
  }
});

test('the ways of crying make the same messages each time, some of every kind, none of them an evaluation text', () => {
  const made = makeCries(5);
  expect(makeCries(5)).toEqual(made);
  for (const kind of [...DANGERS, null])
    expect(made.filter((row) => row.kind === kind).length, String(kind)).toBeGreaterThan(90);
  const asked = new Set(
    readFileSync(new URL('../../test/eval/cries.jsonl', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text),
  );
  const folder = new URL('./data/utterances/', import.meta.url);
  for (const name of readdirSync(folder))
    if (name === 'own-cries.jsonl')
      for (const line of readFileSync(new URL(name, folder), 'utf8').trim().split('\n'))
        expect(asked.has((JSON.parse(line) as { text: string }).text)).toBe(false);
});

test('the shipped model of cries survives its file', () => {
  const model = loadCries();
  expect(encodeCries(model).equals(readFileSync(new URL('./data/cries.bin', import.meta.url)))).toBe(true);
});

test.each([
  [' nguoi gia tren 80 tuoi co duoc tien khong ', 'eligibility'],
  [' nguoi gia moi thang duoc nhieu ', 'result'],
  [' me don than co duoc nhan tien ho tro khong ', 'eligibility'],
  [' cuu chien binh mat co tien mai tang khong ', 'eligibility'],
  [' khai sinh co mat tien khong ', null],
  [' lam ho so tro cap phai dong bao nhieu ', null],
  [' sao y co duoc mien tien khong ', null],
  [' nop tien mat duoc khong ', null],
])('money received is told from money paid:%s', (line, received) => {
  expect(moneyReceived(line)).toBe(received);
});

test.each([
  'bố tôi mất hôm qua',
  'ông nội cháu mất đêm qua',
  'bo em mat sang nay o nha',
  'cháu nội tôi mới đẻ hôm kia, bố mẹ nó đi làm Bắc Ninh chưa về',
])('who died or works far away is not missing: %s', async (text) => {
  expect((await askOnce(guidance, text)).intent).not.toBe('emergency');
});

test.each([
  'bố tôi mất tích từ hôm qua',
  'chồng em đi biển từ tối qua chưa về, sóng to lắm',
])('who did not come back is: %s', async (text) => {
  expect((await askOnce(guidance, text)).intent).toBe('emergency');
});

test.each([
  'dạ cám ơn nghen, để tui kêu con nhỏ nó chở ra',
  'tôi già rồi tai nghễnh ngãng, cho tôi gặp người, đừng bắt bấm',
  'hôm bữa lên bắt tui ngồi chờ từ sáng tới trưa rồi kêu về, thái độ thấy ghét',
  'xong rồi',
])('words of danger in thanks, a wish or a complaint alarm nobody: %s', async (text) => {
  expect((await askOnce(guidance, text)).intent).not.toBe('emergency');
});
