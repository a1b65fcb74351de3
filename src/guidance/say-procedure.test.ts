import { expect, test } from 'vitest';
import { communeSettings } from '../communes/communes.ts';
import { loadCatalogue, type Procedure } from '../procedures/catalogue.ts';
import { loadHints } from '../procedures/hints.ts';
import { loadNational } from '../procedures/national.ts';
import { loadCaseQuestions } from './cases.ts';
import { sayMore, sayProcedure } from './compose.ts';
import { ASPECTS } from './guidance.ts';
import { parsePress } from './payloads.ts';
import { wordsIn } from './portions.ts';
import { bundle, documentDetails, openQuestion } from './say-documents.ts';
import type { Speech } from './speech.ts';

const speech: Speech = {
  hints: loadHints(),
  caseQuestions: loadCaseQuestions(),
  commune: communeSettings.parse({ officeName: 'UBND xã', province: 'Lào Cai' }),
};

/** Digits as they count: "10.000" and 10000, "18/07/2026" and "2026-07-18", "8,5" and 8.5 are the same. */
function numbersIn(text: string): string[] {
  return (
    text
      .replace(/https:\/\/\S+/g, ' ')
      .replace(/(\d{4})-(\d{2})-(\d{2})/g, '$3 $2 $1')
      .replace(/(\d{4})-(\d{2})(?!\d)/g, '$2 $1')
      .replace(/(?<=\d)\.(?=\d{3}(?:\D|$))/g, '')
      .replace(/(\d),(\d)/g, '$1.$2')
      .match(/\d+(?:\.\d+)*/g)
      ?.flatMap((number) => [String(Number(number)) === 'NaN' ? number : String(Number(number))]) ?? []
  );
}

const numbersOf = (record: Procedure): Set<string> =>
  new Set([...numbersIn(JSON.stringify(record, null, 1)), ...numbersIn(speech.hints.get(record.code)?.national ?? '')]);

test('every procedure, aspect and case reads well and says nothing its record does not', () => {
  const faults: string[] = [];
  let said = 0;
  for (const record of loadCatalogue().all) {
    const known = numbersOf(record);
    const national = loadNational().byCode(speech.hints.get(record.code)?.national ?? '')?.url;
    const links = new Set([record.portalUrl, national, 'https://dichvucong.gov.vn']);
    for (const caseName of [null, ...record.cases.map(({ name }) => name)]) {
      for (const aspect of ASPECTS) {
        for (const isSourceShown of [false, true]) {
          const { messages } = sayProcedure(record, [aspect], caseName, speech, { isSourceShown });
          const text = messages.map((message) => message.text).join('\n');
          const fault = (why: string) => faults.push(`${record.code} ${aspect} ${caseName ?? '-'}: ${why}`);
          said += 1;
          if (messages.length > 5) fault(`${messages.length} messages`);
          if (/\b(null|undefined|NaN)\b|\[object/.test(text)) fault('holds a hole');
          if (/\*\*|^#|\]\(|__|`/m.test(text)) fault('holds Markdown');
          if (!text.includes('https://') || !/mã \d\.\d{6}/.test(text)) fault('names no code or link');
          for (const message of messages) {
            if (message.text.length > 1_900) fault(`text of ${message.text.length}`);
            if (message.text.length > 1_000) fault(`long bubble of ${message.text.length}`);
            if (
              message.text !== message.text.trim() ||
              message.text === '' ||
              message.text !== message.text.normalize('NFC')
            )
              fault('edges or form');
            for (const button of message.buttons ?? []) {
              if ([...button.title].length > 35 || button.title.trim() === '') fault(`button "${button.title}"`);
              if (button.kind === 'reply' && !parsePress(button.value)) fault(`dead button ${button.value}`);
              if (button.kind === 'url' && !links.has(button.value)) fault(`link ${button.value}`);
            }
            if ((message.buttons?.length ?? 0) > 5) fault('too many buttons');
          }
          for (const line of text.replace(/ · .*$/gm, '').split('\n')) {
            if (/^[^:;•]{1,40}: [^:;]{1,40}: /.test(line)) fault(`two colons: ${line.slice(0, 80)}`);
            if (/\([^()]*\([^()]*\)|\)\)|\) ?\(/.test(line)) fault(`brackets in brackets: ${line.slice(0, 80)}`);
            if (/^(• )?\p{Ll}/u.test(line)) fault(`starts small: ${line.slice(0, 40)}`);
          }
          if (/:\n(?!•|A\. )/.test(text) || /:$/.test(text)) fault('a label without items');
          if (/\n\s*\n/.test(text)) fault('an empty line');
          if (/\bđ\b(?= đồng)|ủy ban-|-ủy ban/.test(text)) fault('an identifier was spoilt');
          for (const link of text.match(/https?:\/\/\S+/g) ?? []) if (!links.has(link)) fault(`link ${link}`);
          for (const number of numbersIn(text)) if (!known.has(number)) fault(`number ${number} is not in the record`);
          if (/\.\.(?!\.)|,,|;\.|: \.| {2}|\(\)/.test(text))
            fault(`punctuation: ${/.{0,20}(\.\.(?!\.)|,,|;\.|: \.| {2}|\(\)).{0,10}/.exec(text)?.[0]}`);
        }
      }
    }
  }
  expect(said).toBeGreaterThan(8_000);
  expect([...new Set(faults)].slice(0, 30)).toEqual([]);
});

/** What stands before the question and the source. */
const toldWords = (record: Procedure, text: string): number => {
  const ask = openQuestion(record, speech, 'documents').ask?.text;
  const lines = (ask ? text.replace(ask, '') : text).split('\n');
  return wordsIn(lines.filter((line) => !/ · |^Còn nữa|^Việc cần làm/.test(line)).join(' '));
};

test('a long answer comes in portions of about sixty words, and nothing of it is lost', () => {
  const faults: string[] = [];
  for (const record of loadCatalogue().all) {
    const known = numbersOf(record);
    for (const caseName of [null, ...record.cases.map(({ name }) => name)]) {
      for (const topic of [...ASPECTS, 'checklist'] as const) {
        for (const isSimple of [false, true]) {
          const fault = (why: string) => faults.push(`${record.code} ${topic} ${caseName ?? '-'} ${isSimple}: ${why}`);
          const spoken = { ...speech, isSimple };
          let messages = sayProcedure(record, [topic], caseName, spoken, { isSourceShown: true }).messages;
          const told: string[] = [];
          for (let turns = 0; ; turns++) {
            const text = messages.map((message) => message.text).join('\n');
            told.push(...text.split('\n').filter((line) => !/ · |^Còn nữa|^Việc cần làm/.test(line)));
            if (messages.length !== 1) fault(`${messages.length} messages`);
            const most = isSimple ? 46 : 68;
            if (toldWords(record, text) > most) fault(`${toldWords(record, text)} words: ${text.slice(0, 60)}`);
            for (const number of numbersIn(text)) if (!known.has(number)) fault(`number ${number}`);
            if (/:\n(?!•|A\. )/.test(text.replace(/^Nguồn.*$/gm, '')) || /^(• )?\p{Ll}/mu.test(text))
              fault(`a cut that does not read: ${text.slice(0, 300)}`);
            const button = messages[0]!.buttons!.find(({ title }) =>
              /^(Xem tiếp|Xem kỹ từng bước|Bước tiếp theo)$/.test(title),
            );
            const next = button && parsePress(button.value);
            if (!next) break;
            if (next.kind !== 'next' || turns > 20) {
              fault('goes on without end');
              break;
            }
            messages = sayMore(record, next.topic, next.caseName, spoken, next.from, false).messages;
          }
          // every paper and every step is among what was told
          const whole = told.join(' ');
          if (topic === 'steps' && !isSimple)
            for (const step of record.steps)
              for (const word of numbersIn(step.replace(/\d\.\d{6}/g, '')))
                if (!numbersIn(whole).includes(word)) fault(`lost ${word} of a step`);
          if (topic === 'documents' && !isSimple)
            for (const { short } of [
              ...bundle(record, caseName, speech).always,
              ...bundle(record, caseName, speech).conditional,
            ])
              if (!whole.replaceAll('• ', '').includes(short) && short.length < 200) fault(`lost ${short}`);
        }
      }
    }
  }
  expect([...new Set(faults)].slice(0, 20)).toEqual([]);
});

test('the details of every paper hold what the record tells, page by page', () => {
  const faults: string[] = [];
  for (const record of loadCatalogue().all) {
    const known = numbersOf(record);
    for (const caseName of [null, ...record.cases.map(({ name }) => name)]) {
      for (let page = 0; page < 12; page++) {
        const { lines, buttons } = documentDetails(record, caseName, speech, page);
        const fault = (why: string) => faults.push(`${record.code} ${caseName ?? '-'} ${page}: ${why}`);
        for (const line of lines) {
          for (const number of numbersIn(line)) if (!known.has(number)) fault(`number ${number}`);
          if (/^(• )?\p{Ll}|\)\)|undefined|null|\.\./u.test(line)) fault(line.slice(0, 60));
        }
        if (!buttons?.length) break;
      }
    }
  }
  expect(faults).toEqual([]);
});
