import { type Evaluation, type Judged, percent, type Share } from './evaluate.ts';

const LENGTHS: [string, number][] = [
  ['up to 8 words', 8],
  ['9 to 20 words', 20],
  ['21 to 40 words', 40],
  ['over 40 words', Number.POSITIVE_INFINITY],
];
const BUCKETS = [0.3, 0.5, 0.7, 0.9, 0.97, 1.01];

const shareOf = (all: Judged[], isRight: (one: Judged) => boolean | null): Share => {
  const judged = all.filter((one) => isRight(one) !== null);
  return { right: judged.filter(isRight).length, of: judged.length };
};

const wordsOf = ({ item }: Judged): number => item.text.trim().split(/\s+/).length;

function byLength(judged: Judged[]): string[] {
  let least = 0;
  return LENGTHS.map(([name, most]) => {
    const some = judged.filter((one) => wordsOf(one) > least && wordsOf(one) <= most);
    least = most;
    return `${name.padEnd(16)} procedure ${percent(shareOf(some, (one) => one.isProcedure))}  intent ${percent(shareOf(some, (one) => one.isIntent))}  aspect ${percent(shareOf(some, (one) => one.isAspect))}`;
  });
}

/** How often the first candidate was right where it had such a score: a good score says its own share. */
function calibration(judged: Judged[]): string[] {
  const asked = judged.filter(({ isProcedure }) => isProcedure !== null);
  let least = 0;
  return BUCKETS.map((most) => {
    const some = asked.filter(({ score }) => score >= least && score < most);
    const line = `score ${least.toFixed(2)} to ${Math.min(1, most).toFixed(2)}: right ${percent(shareOf(some, (one) => one.isProcedure))}`;
    least = most;
    return line;
  });
}

const ABSTAINED = ['offered_choices', 'asked_back', 'not_in_catalogue', 'declined'];

function abstention(judged: Judged[]): string[] {
  const asked = judged.filter(({ isProcedure }) => isProcedure !== null);
  const at = asked.filter(({ action }) => !ABSTAINED.includes(action));
  return [
    `answered at once ${percent({ right: at.length, of: asked.length })}, of these right ${percent(shareOf(at, (one) => one.isProcedure))}`,
    `choices offered or asked back ${percent(shareOf(asked, ({ action }) => action === 'offered_choices' || action === 'asked_back'))}`,
    `told that it was not understood ${percent(shareOf(asked, ({ action }) => action === 'not_in_catalogue' || action === 'declined'))}`,
  ];
}

function oftenest(pairs: string[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const pair of pairs) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, most)
    .map(([pair, count]) => `${String(count).padStart(3)} × ${pair}`);
}

/** Procedures taken for another, the most often first. */
function confusions(judged: Judged[], most = 12): string[] {
  return oftenest(
    judged.flatMap(({ item, isProcedure, procedureCode }) =>
      isProcedure === false ? [`${item.procedure} read as ${procedureCode ?? 'none'}`] : [],
    ),
    most,
  );
}

/** Which fact was told instead of which asked, the most often first; "none" where no fact was told. */
export function aspectConfusions(judged: Judged[], most = 12): string[] {
  return oftenest(
    judged.flatMap(({ item, isAspect, aspects }) =>
      isAspect === false ? [`${item.aspect} read as ${aspects.join('+') || 'none'}`] : [],
    ),
    most,
  );
}

/** What `hoixa eval` prints below its first table. */
export function showDetails({ judged }: Evaluation): string {
  return [
    'by length',
    ...byLength(judged),
    '',
    'calibration of the first candidate',
    ...calibration(judged),
    '',
    'abstention on questions about a procedure',
    ...abstention(judged),
    '',
    'confusions',
    ...confusions(judged),
    '',
    'facts taken for others',
    ...aspectConfusions(judged),
  ].join('\n');
}

/** One line per way of typing worse, the plain questions first. */
export function showPerturbed(results: [string, Evaluation][]): string {
  return results
    .map(
      ([name, { procedure, intent, aspect }]) =>
        `${name.padEnd(16)} procedure ${percent(procedure)}  intent ${percent(intent)}  aspect ${percent(aspect)}`,
    )
    .join('\n');
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`).replaceAll('\n', ' ');
const inTable = (text: string): string => text.replace(/[\\|`*_<>[\]]/g, '\\$&').replaceAll('\n', ' ');

const COLUMNS = ['question', 'style', 'wanted', 'read', 'what is wrong', 'done'];
const cells = ({ item, procedureCode, score, faults, action }: Judged): string[] => [
  `${item.id}: ${item.text}`,
  item.style ?? '',
  `${item.intent} ${item.procedure ?? ''} ${item.aspect ?? ''}`.trim(),
  `${procedureCode ?? 'none'} (${score})`,
  faults.join('; '),
  action,
];

/** A page of what was read wrongly, for people: HTML, or a Markdown table. Questions are data and stay text. */
export function failuresPage(title: string, judged: Judged[], format: 'html' | 'md'): string {
  const failed = judged.filter(({ faults }) => faults.length > 0);
  const summary = `${failed.length} of ${judged.length} questions`;
  if (format === 'md') {
    const row = (texts: string[]) => `| ${texts.map(inTable).join(' | ')} |`;
    return `${[`# ${inTable(title)}`, '', summary, '', row(COLUMNS), row(COLUMNS.map(() => '---')), ...failed.map((one) => row(cells(one)))].join('\n')}\n`;
  }
  const row = (texts: string[], tag: 'td' | 'th') =>
    `<tr>${texts.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join('')}</tr>`;
  return `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<style>body{font:16px/1.5 sans-serif;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.4rem;text-align:left;vertical-align:top}td:first-child{max-width:34rem}</style>
</head><body><h1>${escaped(title)}</h1><p>${summary}</p>
<table>${row(COLUMNS, 'th')}
${failed.map((one) => row(cells(one), 'td')).join('\n')}
</table></body></html>
`;
}
