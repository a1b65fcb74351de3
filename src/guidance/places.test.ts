import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plain } from '../procedures/words.ts';
import {
  answeredPlace,
  asksAboutPlace,
  findPlaces,
  homeOf,
  type Place,
  type PlaceAnswer,
  pendingOf,
  pressedPlace,
  whereNow,
} from './places.ts';
import { loadPlaces, parsePlaces, placeName } from './places-data.ts';
import { sayPlace } from './places-say.ts';

const places = loadPlaces();
const formerCommunes = places.all.filter((place) => place.isFormer && place.level === 'commune');

const ask = (text: string, home: Place | null = null): PlaceAnswer | null => {
  const question = asksAboutPlace(text);
  return question && whereNow(question.found, { question, home });
};
const said = (text: string, home: Place | null = null): string => {
  const answer = ask(text, home);
  return answer ? sayPlace(answer, { home }).text : '';
};

/** Every commune of today an answer names as the one its citizens belong to. */
const targets = (answer: PlaceAnswer): Place[] =>
  answer.kind === 'now' ? [answer.to] : answer.kind === 'split' ? answer.links.map(({ to }) => to) : [];

describe('the list of places', () => {
  it('holds all units before and since the reform', () => {
    const count = (level: Place['level'], isFormer: boolean) =>
      places.all.filter((place) => place.level === level && place.isFormer === isFormer).length;
    expect([
      count('commune', false),
      count('province', false),
      count('province', true),
      count('district', true),
    ]).toEqual([3321, 34, 63, 696]);
    expect(formerCommunes.filter(({ id }) => /^o\d{5}$/.test(id))).toHaveLength(10_035);
    expect(formerCommunes.flatMap(({ now }) => now)).toHaveLength(10_571);
    expect(formerCommunes.filter(({ now }) => now.length > 1)).toHaveLength(440);
    expect(places.all.filter(({ id, from }) => id.startsWith('n') && from.length === 0)).toEqual([]);
  });

  it('names the faulty line', () => {
    expect(() => parsePlaces('P\t01\ttp\tHà Nội\nU\t00001\tx\tAn\t00009')).toThrow(/line 2: a commune before/);
  });
});

describe('every former commune', () => {
  const walk = (write: (unit: Place, district: Place) => string) => {
    const wrong: string[] = [];
    let asked = 0;
    for (const unit of formerCommunes) {
      if (unit.type === 'khu vực' || unit.type === 'huyện') continue;
      const text = write(unit, unit.within!);
      const answer = whereNow(findPlaces(text, { isAboutPlaces: true }));
      const right = unit.now.map(({ to }) => to);
      if (answer?.kind === 'which' && answer.all.includes(unit)) asked++;
      else if (!answer || targets(answer).length === 0 || targets(answer).some((to) => !right.includes(to)))
        wrong.push(`${text}: ${answer?.kind}`);
    }
    return { wrong, asked };
  };

  it('is found by its full name, and only namesakes in one district are asked about', () => {
    const { wrong, asked } = walk(
      (unit, district) => `${placeName(unit)}, ${placeName(district)}, ${district.within!.name}`,
    );
    expect(wrong).toEqual([]);
    expect(asked).toBeLessThanOrEqual(10);
  });

  it('is found without diacritics', () => {
    const { wrong, asked } = walk((unit, district) =>
      plain(`${placeName(unit)} ${placeName(district)} tinh ${district.within!.name}`),
    );
    expect(wrong).toEqual([]);
    expect(asked).toBeLessThanOrEqual(40);
  });

  it('is never taken for another commune when only its name is said', () => {
    const wrong: string[] = [];
    for (const unit of formerCommunes) {
      const answer = whereNow(findPlaces(placeName(unit), { isAboutPlaces: true }));
      if (!answer || unit.type === 'huyện' || unit.type === 'khu vực') continue;
      const right = unit.now.map(({ to }) => to);
      const isOpen =
        (answer.kind === 'which' && answer.all.includes(unit)) ||
        ('namesakes' in answer && answer.namesakes.includes(unit));
      if (!isOpen && !targets(answer).every((to) => right.includes(to)))
        wrong.push(`${placeName(unit)}: ${answer.kind}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('what is said', () => {
  it.each([
    ['phường Hàng Bạc nhập vào phường nào', /^Phường Hàng Bạc cũ nay thuộc phường Hoàn Kiếm, thành phố Hà Nội\./],
    ['xã Cốc San giờ thuộc xã nào', /^Xã Cốc San vẫn tên là xã Cốc San, tỉnh Lào Cai\./],
    ['xa coc san gio thuoc xa nao', /^Xã Cốc San vẫn tên là/],
    ['huyện Bát Xát bỏ rồi thì nộp hồ sơ ở đâu', /^Huyện Bát Xát không còn từ tháng 7 năm 2025/],
    ['Đồng Nai giờ có Bình Phước à', /^Đúng ạ\. Thành phố Đồng Nai nay gồm Bình Phước và Đồng Nai cũ\./],
    ['Sóc Trăng giờ thuộc An Giang phải không', /^Không phải ạ\. Tỉnh Sóc Trăng nay thuộc thành phố Cần Thơ/],
    ['tinh ha giang sap nhap vao tinh nao', /^Tỉnh Hà Giang cũ nay thuộc tỉnh Tuyên Quang\./],
    ['Nghệ An giờ nhập với tỉnh nào', /^Tỉnh Nghệ An không nhập với tỉnh nào/],
    ['p1 q3 gio thuoc phuong nao', /^Phường 1 cũ nay thuộc phường Bàn Cờ/],
    ['Trung Phụng giờ thuộc phường nào', /^Trung Phụng \(đã nhập vào phường Khâm Thiên\) nay thuộc phường Văn Miếu/],
    ['xã Bát Xát mới gồm những xã nào', /^Xã Bát Xát, tỉnh Lào Cai, gồm các nơi cũ: thị trấn Bát Xát/],
    ['Huyện bỏ rồi thì việc của huyện giờ làm ở đâu?', /^Cấp huyện, quận không còn/],
    ['xa toi sap nhap roi gio len cho nao', /^Xã cũ tên gì/],
    ['Hà Tây giờ thuộc đâu', /^Hà Tây đã nhập vào Hà Nội/],
  ])('%s', (text, pattern) => {
    expect(said(text)).toMatch(pattern);
  });

  it('tells a divided commune by its parts, one whose residents all went to one place by that place', () => {
    const parts = said('phường Điện Biên quận Ba Đình giờ là phường nào');
    expect(parts).toMatch(/chia về 4 nơi, tùy thôn, tổ dân phố:\n• phường Ba Đình\n/);
    expect(parts).toContain('Nhà nay thuộc nơi nào?');
    expect(said('phường Thụy Khuê giờ thuộc phường nào')).toMatch(/nay thuộc phường Tây Hồ/);
  });

  it('asks which of several, and understands the next words', () => {
    const answer = ask('xã Tân Thành giờ là xã gì')!;
    expect(sayPlace(answer)).toMatchObject({ asksBack: true, choices: [] });
    expect(sayPlace(answer).text).toMatch(/^Có \d+ nơi tên Tân Thành\.\nNơi đang hỏi trước đây thuộc huyện nào/);
    const next = answeredPlace('huyện Hàm Thuận Nam', pendingOf(answer)!);
    expect(sayPlace(next!).text).toMatch(/^Xã Tân Thành (cũ nay thuộc|vẫn)/);
    expect(answeredPlace('thôi không cần nữa', pendingOf(answer)!)).toBeNull();
  });

  it('offers at most four choices that lead on', () => {
    const few = formerCommunes
      .map((unit) => ask(`${placeName(unit)} giờ thuộc xã nào`))
      .filter((a) => a?.kind === 'which');
    expect(few.length).toBeGreaterThan(100);
    for (const answer of few.slice(0, 400)) {
      const { choices } = sayPlace(answer!);
      expect(choices.length).toBeLessThanOrEqual(4);
      for (const { title, value } of choices) {
        expect([...title].length).toBeLessThanOrEqual(35);
        expect(value).toMatch(/^hx:place:/);
        expect(pressedPlace(value)).not.toBeNull();
      }
    }
  });

  it('speaks of the own commune as such and prefers the own province', () => {
    const home = homeOf({ officeName: 'UBND xã Bát Xát', province: 'Lào Cai' });
    expect(home?.id).toBe('n02683');
    expect(said('xã Quang Kim giờ thuộc xã nào', home)).toMatch(/Chính là xã mình/);
    expect(said('xã Tân Tiến giờ thuộc xã nào', home)).toMatch(/xã Nghĩa Đô[\s\S]*Nếu là nơi cùng tên khác/);
    expect(said('xã em sáp nhập rồi giờ lên chỗ nào', home)).toMatch(/^Xã Bát Xát, tỉnh Lào Cai, gồm các nơi cũ/);
  });

  it('is short, whole and free of addresses for every unit', () => {
    let long = 0;
    for (const place of places.all) {
      const answer = pressedPlace(`hx:place:${place.id}`);
      const { text } = sayPlace(answer!);
      expect(text).not.toMatch(/undefined|null|NaN/);
      expect(text).toBe(text.normalize('NFC'));
      const words = text.split(/\s+/).length;
      expect(words).toBeLessThanOrEqual(68);
      if (words > 60) long++;
    }
    expect(long).toBeLessThanOrEqual(30);
  });

  it('ignores buttons we did not make', () => {
    expect(pressedPlace('hx:place:')).toBeNull();
    expect(pressedPlace('hx:place:o99999')).toBeNull();
    expect(pressedPlace('hx:ask:1.001193:fee')).toBeNull();
    expect(pressedPlace(`hx:place:${'o00001+'.repeat(500)}`)).toBeNull();
  });
});

describe('ordinary questions', () => {
  const folder = new URL('./data/utterances/', import.meta.url);
  const rows = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(new URL(name, folder), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as { text: string; note?: string });

  it('are not taken for questions about places', () => {
    const alarms = rows.filter(({ text, note }) => note !== 'address_merger' && asksAboutPlace(text));
    expect(alarms.length / rows.length).toBeLessThanOrEqual(0.001);
  });

  it('do not have names read into them', () => {
    const found = rows
      .flatMap(({ text }) => findPlaces(text))
      .filter(({ places: [first] }) => first?.level !== 'province');
    const communes = found.filter(({ places: units }) => units.every(({ level }) => level === 'commune'));
    expect(communes.length / rows.length).toBeLessThanOrEqual(0.005);
  });

  it.each([
    'tôi muốn gia đình hòa bình',
    'ra xã làm giấy',
    'hợp đồng thuê nhà',
    'xã có tổ hòa giải không',
    'quan 3 thang',
  ])('%s holds no place', (text) => {
    expect(findPlaces(text)).toEqual([]);
  });

  it('cost next to nothing', () => {
    for (const { text } of rows.slice(0, 500)) asksAboutPlace(text);
    const times = rows
      .map(({ text }) => {
        const start = performance.now();
        const question = asksAboutPlace(text);
        return question ? 0 : performance.now() - start;
      })
      .sort((a, b) => a - b);
    // 0.1–0.3 ms at the 95th percentile when the machine is ours alone; the median bears a busy one
    expect(times[Math.floor(times.length * 0.5)]!).toBeLessThan(1.5);
  });
});
