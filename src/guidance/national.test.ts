import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../procedures/catalogue.ts';
import { loadNational, NATIONAL_FILE, parseNational } from '../procedures/national.ts';
import { plain } from '../procedures/words.ts';
import { findNational, type NationalFinding } from './national.ts';
import { pressedNational, sayFinding, sayNational } from './national-say.ts';

const catalogue = loadCatalogue();
const isOurs = (code: string) => catalogue.byCode(code) !== undefined;
const find = (text: string) => findNational(text, { isOurs, province: 'Lào Cai' });

const codes = readFileSync(NATIONAL_FILE, 'utf8')
  .split('\n')
  .map((line) => line.split('\t')[0]!)
  .filter((code) => /^\d\.\d{6}/.test(code));
const records = codes.map((code) => loadNational().byCode(code)!);
const core = (name: string) => plain(name.replace(/\([^)]*\)/g, '')).replace(/^thu tuc |[^a-z0-9]+/g, '');
const ours = new Set(catalogue.all.map(({ name }) => core(name)));
/** Every fifth procedure that is not ours, nor the twin of one of ours at another office. */
const others = records
  .filter(({ code, kind, name }) => kind !== 'internal' && !isOurs(code) && !ours.has(core(name)))
  .filter((_, at) => at % 5 === 0);

const rankOf = (finding: NationalFinding | null, name: string): number =>
  finding?.matches.findIndex(({ procedure }) => core(procedure.name) === core(name)) ?? -1;
const share = <T>(items: T[], holds: (item: T) => boolean) => items.filter(holds).length / items.length;

describe('the national list', () => {
  it('is whole and dated', () => {
    expect(loadNational().size).toBe(5668);
    expect(loadNational().asOf).toBe('2026-07-18');
    expect(
      records.every(({ name, url }) => name && /^https:\/\/dichvucong\.gov\.vn\/\S+[0-9a-f-]{36}$/.test(url)),
    ).toBe(true);
  });

  it('names the faulty line', () => {
    expect(() => parseNational('B\tBộ\nabc\t\t0\t\t\tid\tTên')).toThrow(/line 2: "abc" is no code/);
  });
});

describe('finding a procedure outside the catalogue', () => {
  it('official names without diacritics are found', () => {
    const found = others.map(({ name }) => ({ name, finding: find(plain(name)) }));
    expect(share(found, ({ name, finding }) => rankOf(finding, name) === 0)).toBeGreaterThanOrEqual(0.95);
    expect(share(found, ({ name, finding }) => rankOf(finding, name) >= 0)).toBeGreaterThanOrEqual(0.96);
  });

  it('half a name in a question is mostly enough', () => {
    const long = others.filter(({ name }) => name.split(' ').length >= 8);
    const found = long.map(({ name }) => {
      const words = name.replace(/^Thủ tục /, '').split(' ');
      return {
        name,
        finding: find(`em hỏi ${words.slice(0, Math.max(5, Math.ceil(words.length / 2))).join(' ')} nộp ở đâu`),
      };
    });
    expect(share(found, ({ name, finding }) => rankOf(finding, name) >= 0)).toBeGreaterThanOrEqual(0.78);
  });

  it('stays silent on ordinary questions', () => {
    const folder = new URL('./data/utterances/', import.meta.url);
    const texts = readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(new URL(name, folder), 'utf8').trim().split('\n'))
      .map((line) => (JSON.parse(line) as { text: string }).text)
      .filter((_, at) => at % 3 === 0);
    const alarms = texts.filter((text) => find(text) !== null);
    expect(alarms.length / texts.length).toBeLessThanOrEqual(0.003);
  }, 60_000);

  it('stays silent on nonsense', () => {
    const words = [...new Set(records.flatMap(({ name }) => plain(name).split(/\W+/)))].filter(Boolean);
    let seed = 7;
    const next = (limit: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * limit);
    };
    const texts = Array.from({ length: 1_000 }, () =>
      Array.from({ length: 3 + next(9) }, () => words[next(words.length)]!).join(' '),
    );
    expect(share(texts, (text) => find(text) !== null)).toBeLessThanOrEqual(0.01);
  });

  it('reads marks and the action named', () => {
    expect(find('Chào bạn')).toBeNull();
    expect(find('cấp chứng chỉ hành nghề dược cần gì')!.matches[0]!.procedure.name).toMatch(/hành nghề dược/);
    expect(find('cấp lại chứng chỉ hành nghề luật sư')!.matches[0]!.procedure.name).toMatch(
      /^Cấp lại Chứng chỉ hành nghề luật sư/,
    );
  });

  it('takes a code as it is typed, and leaves ours to the catalogue', () => {
    expect(find('mã 2.002016 là gì')).toMatchObject({ isByCode: true, isClear: true });
    expect(find('thủ tục 2,002016')!.matches[0]!.procedure.code).toBe('2.002016');
    expect(find('1.115620')).toBeNull();
    expect(find('9.999999')).toBeNull();
  });
});

describe('saying whose task it is', () => {
  const first = (code: string) => sayNational(loadNational().byCode(code)!).text.split('\n')[0];

  it('tells office, name, code, date and official page', () => {
    const { text } = sayNational(loadNational().byCode('1.014999')!);
    expect(text).toMatch(
      /^Việc này do Cục Sở hữu trí tuệ làm, không phải ủy ban xã\.\nTên thủ tục: Đăng ký sáng chế\.\n/,
    );
    expect(text).toMatch(
      /Mã 1\.014999 · danh mục ngày 18\/07\/2026 · https:\/\/dichvucong\.gov\.vn\/thu-tuc-hanh-chinh\/[0-9a-f-]{36}$/,
    );
    expect(first('2.002016')).toBe('Việc này do Sở Tài chính của tỉnh làm, không phải ủy ban xã.');
  });

  it('calls what a commune does the commune’s, and never another’s', () => {
    for (const record of records) {
      const { text, isCommune } = sayNational(record);
      expect(text).not.toMatch(/undefined|null| {2}|\.\.$/m);
      expect(text.split(/\s+/).length).toBeLessThanOrEqual(120);
      const isListed = record.agencies.some((agency) => /ủy ban nhân dân cấp xã|UBND cấp xã/i.test(agency));
      if (isListed && record.kind !== 'internal') {
        expect(isCommune).toBe(true);
        expect(text).toMatch(/^Việc này xã làm được; tôi chưa có chi tiết/);
      }
      if (!isCommune) expect(text).not.toMatch(/xã làm được/);
    }
  });

  it('asks which of several by buttons that lead on', () => {
    const said = sayFinding(find('cấp lại chứng chỉ hành nghề luật sư')!);
    expect(said.choices.length).toBeGreaterThan(1);
    for (const { title, value } of said.choices) {
      expect([...title].length).toBeLessThanOrEqual(35);
      expect(pressedNational(value)).not.toBeNull();
    }
    expect(pressedNational('hx:national:9.999999')).toBeNull();
    expect(pressedNational('hx:place:o00001')).toBeNull();
  });
});
