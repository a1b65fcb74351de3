import type { Button, OutgoingMessage } from '../channels/channel.ts';
import type { Procedure } from '../procedures/catalogue.ts';
import * as phrase from '../procedures/phrasing.ts';
import type { Aspect } from './guidance.ts';
import { press, type Topic } from './payloads.ts';
import { PORTION_WORDS, type Portion, portion, SIMPLE_WORDS, wordsIn } from './portions.ts';
import { checklist } from './say-checklist.ts';
import { nextAction } from './say-next.ts';
import { officialPage, sayAspect, sourceLine, stripStop } from './say-procedure.ts';
import { stepsLeft } from './say-steps.ts';
import { simplify } from './simplify.ts';
import { humanButton, reply, type Said, type Speech } from './speech.ts';

/** Facts, the one question, buttons and the source put together: what is sent about one procedure. */

const AT_MOST = 5;

const NEXT_TITLES: [Aspect, string][] = [
  ['documents', 'Cần giấy tờ gì'],
  ['fee', 'Hỏi lệ phí'],
  ['time', 'Bao lâu có'],
  ['place', 'Nộp ở đâu'],
  ['online', 'Làm trên mạng'],
];

const MORE_TITLES: Partial<Record<Topic, string>> = {
  documents: 'Xem tiếp giấy tờ',
  steps: 'Xem tiếp các bước',
  fee: 'Xem tiếp lệ phí',
  time: 'Xem tiếp thời hạn',
  place: 'Xem tiếp nơi nộp',
  eligibility: 'Xem tiếp điều kiện',
  form: 'Xem tiếp mẫu đơn',
};

/** Title of the button while steps are told one by one. */
export const STEP_BY_STEP = 'Bước tiếp theo';

const MORE = 'Còn nữa, nhắn "tiếp" để xem thêm.';

/** Buttons for what was not asked yet. */
function nextButtons(record: Procedure, told: Topic[]): Button[] {
  const isTold = (aspect: Aspect) =>
    told.includes(aspect) ||
    (aspect === 'documents' && told.includes('checklist')) ||
    (told.includes('overview') && (aspect === 'documents' || aspect === 'place'));
  return NEXT_TITLES.filter(([aspect]) => !isTold(aspect))
    .slice(0, 3)
    .map(([aspect, title]) => reply(title, press.ask(record.code, aspect)));
}

const caseAt = (record: Procedure, caseName: string | null) => record.cases.findIndex(({ name }) => name === caseName);

/** One matter of one procedure, whole; whose task it is stands with it when it is not ours. */
function tell(record: Procedure, topic: Topic, caseName: string | null, speech: Speech, saysWhose: boolean): Said {
  const said = topic === 'checklist' ? checklist(record, caseName, speech) : sayAspect(record, topic, caseName, speech);
  const whose = saysWhose && !phrase.isOurs(record) ? [`${stripStop(phrase.handler(record))}.`] : [];
  const lines = [...said.lines, ...whose.filter((line) => !said.lines.includes(line))];
  return { ...said, lines: speech.isSimple ? simplify(lines, topic === 'steps') : lines };
}

/** With the question that follows it an answer stays as long as one without. */
const limitOf = (topic: Topic, speech: Speech, ask?: Said['ask']): number =>
  speech.isSimple ? (topic === 'steps' ? 1 : SIMPLE_WORDS) : PORTION_WORDS - wordsIn(ask?.text ?? '');

/** The button that tells the rest of what was cut or shortened. */
function restButton(
  record: Procedure,
  topic: Topic,
  caseName: string | null,
  speech: Speech,
  said: Said,
  cut: Portion,
  options: { saysWhose: boolean; isOnly: boolean },
): Button[] {
  if (cut.next === null && !said.isShortened) return [];
  // said again without the words of the question, from where it is the same
  const { asked: _asked, option: _option, ...rest } = speech;
  const again = tell(record, topic, caseName, { ...rest, isWhole: true }, options.saysWhose);
  const same = portion(again.lines, 0, limitOf(topic, speech, said.ask));
  const isSame =
    cut.next !== null && same.next === cut.next && same.lines.slice(1).join() === cut.lines.slice(1).join();
  const isStep = topic === 'steps' && speech.isSimple;
  const title = isStep
    ? STEP_BY_STEP
    : cut.next === null
      ? 'Xem kỹ từng bước'
      : options.isOnly
        ? 'Xem tiếp'
        : (MORE_TITLES[topic] ?? 'Xem tiếp');
  return [reply(title, press.next(record.code, topic, caseAt(record, caseName), isSame ? cut.next! : 0))];
}

/** Said simply, an overview is what to bring: the rest is asked for when it is wanted. */
const plainest = (record: Procedure, topics: Topic[], { isSimple }: Speech): Topic[] => {
  // beside a fact that was asked for, an overview only says it again
  if (topics.length > 1) return topics.filter((topic) => topic !== 'overview');
  return isSimple && !phrase.isLow(record) && topics[0] === 'overview' ? ['documents'] : topics;
};

/** What the button for the rest means, kept for a "tiếp" said a few turns later. */
export const restOf = (messages: OutgoingMessage[]): string | undefined =>
  messages.at(-1)?.buttons?.find(({ title }) => title === 'Xem tiếp' || title === STEP_BY_STEP)?.value;

/** The whole answer about one procedure: facts in the order asked, at most one question, buttons, source. */
export function sayProcedure(
  record: Procedure,
  topics: Topic[],
  caseName: string | null,
  speech: Speech,
  options: { isSourceShown: boolean; extraButtons?: Button[]; offer?: { line: string; buttons: Button[] } },
): { messages: OutgoingMessage[]; known: boolean; isOffered: boolean } {
  const asked = plainest(record, topics, speech).slice(0, speech.isSimple ? 2 : 3);
  const seen = new Set<string>();
  const parts = asked.map((topic, at) => {
    const saysWhose = at === 0 && !topics.includes('place');
    const said = tell(record, topic, caseName, speech, saysWhose);
    const fresh = said.lines.filter((line) => !seen.has(line));
    for (const line of fresh) seen.add(line);
    const cut = portion(fresh, 0, limitOf(topic, speech, speech.isBeside ? undefined : said.ask));
    return {
      topic,
      said,
      cut,
      rest: restButton(record, topic, caseName, speech, said, cut, { saysWhose, isOnly: asked.length === 1 }),
    };
  });
  const told = parts.filter(({ cut }) => cut.lines.length > 0);
  // short facts are one message, long ones a message each
  const isShort = wordsIn(told.flatMap(({ cut }) => cut.lines).join(' ')) <= PORTION_WORDS;
  const texts = isShort ? [told.flatMap(({ cut }) => cut.lines)] : told.map(({ cut }) => [...cut.lines]);
  const last = texts.at(-1)!;
  const isCut = parts.some(({ cut }) => cut.next !== null);
  const isFirstStep = speech.isSimple && parts.at(-1)!.topic === 'steps' && record.steps.length > 1;
  if (isCut && !speech.isBeside) last.push(isFirstStep ? stepsLeft(record) : MORE);
  if (speech.isSimple && !isCut) last.push(...nextAction(record, asked[0]!));
  const ask = speech.isBeside ? undefined : parts.find(({ said }) => said.ask)?.said.ask;
  if (ask?.text) last.push(ask.text);
  // one thing at a time: nothing is offered beside an open question or an unfinished list
  const offer = ask || isCut || speech.isBeside || !parts.every(({ said }) => said.known) ? undefined : options.offer;
  if (offer && isShort && wordsIn(`${last.join(' ')} ${offer.line}`) <= PORTION_WORDS) last.push(offer.line);
  const known = parts.every(({ said }) => said.known);
  const page = officialPage(record, speech);
  const official: Button[] = page ? [{ title: 'Xem trang chính thức', kind: 'url', value: page }] : [];
  const own = parts.flatMap(({ said }) => said.buttons ?? []);
  const rest = parts.flatMap((part) => part.rest);
  const others = dedupe([
    ...(isCut ? rest : []),
    ...(ask?.buttons ?? []).slice(0, own.length > 0 || rest.length > 0 ? 3 : 4),
    ...(offer?.buttons ?? []),
    ...(options.extraButtons ?? []),
    ...rest,
    ...own,
    ...(known && !phrase.isLow(record) ? nextButtons(record, asked) : official),
  ]);
  // a person is always one press away
  const few = others.slice(0, speech.isSimple ? 3 : 4);
  const buttons = known ? [...few, humanButton()] : [humanButton(), ...few];
  const source = sourceLine(record, speech, !options.isSourceShown);
  return { messages: sent(texts, source, buttons), known, isOffered: offer !== undefined };
}

/** What follows a portion, or all that is left of it in at most five messages. */
export function sayMore(
  record: Procedure,
  topic: Topic,
  caseName: string | null,
  speech: Speech,
  from: number,
  isAll: boolean,
): { messages: OutgoingMessage[] } {
  const said = tell(record, topic, caseName, { ...speech, isWhole: true }, topic !== 'place');
  const texts: string[][] = [];
  let next: number | null = from;
  while (next !== null && texts.length < (isAll ? AT_MOST : 1)) {
    const cut: Portion = portion(said.lines, next, limitOf(topic, speech));
    texts.push(cut.lines.length > 0 ? [...cut.lines] : ['Đã hết rồi ạ.']);
    next = cut.next;
  }
  const title = topic === 'steps' && speech.isSimple ? STEP_BY_STEP : 'Xem tiếp';
  if (next !== null) texts.at(-1)!.push(MORE);
  else if (speech.isSimple) texts.at(-1)!.push(...nextAction(record, topic));
  const buttons = [
    ...(next === null ? [] : [reply(title, press.next(record.code, topic, caseAt(record, caseName), next))]),
    ...(said.buttons ?? []),
    ...nextButtons(record, [topic]),
  ];
  return {
    messages: sent(texts, sourceLine(record, speech, false), [
      ...dedupe(buttons).slice(0, speech.isSimple ? 3 : 4),
      humanButton(),
    ]),
  };
}

function sent(texts: string[][], source: string, buttons: Button[]): OutgoingMessage[] {
  const messages = texts.map((lines, at): OutgoingMessage => {
    const isLast = at === texts.length - 1;
    return { text: [...lines, ...(isLast ? [source] : [])].join('\n').normalize('NFC') };
  });
  messages.at(-1)!.buttons = buttons;
  return messages;
}

function dedupe(buttons: Button[]): Button[] {
  const seen = new Set<string>();
  return buttons.filter(({ value, title }) => {
    if (seen.has(value) || seen.has(title)) return false;
    seen.add(value).add(title);
    return true;
  });
}
