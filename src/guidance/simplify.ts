/** The same facts in short sentences, for those who asked to have it said simply. */

/** Brackets that only name a law. */
const LAW = / ?\((?![^()]*(?:nếu|khi|trừ))(?=[^()]*(?:\d+\/\d{4}|Điều \d|khoản \d))[^()]*\)/g;

/** @param keepsWhole a line stays one piece: a step is done as a whole */
export function simplify(lines: string[], keepsWhole = false): string[] {
  const short = lines.map((line) => line.replace(LAW, ''));
  return keepsWhole
    ? short
    : short.flatMap((line) => {
        const mark = line.startsWith('• ') ? '• ' : '';
        const rest = line.slice(mark.length).trim();
        const sentences = cut(rest);
        return sentences.map((text, at) => `${at === 0 ? mark : ''}${upper(text)}`);
      });
}

/** One thought each: cut at semicolons and full stops, not inside brackets. */
function cut(text: string): string[] {
  const parts: string[] = [];
  for (const part of text.split(/(?<=[.;]) /)) {
    const last = parts.at(-1);
    const isJoined = last !== undefined && last.split('(').length > last.split(')').length;
    if (isJoined) parts[parts.length - 1] = `${last} ${part}`;
    else parts.push(part);
  }
  return parts.map((part) => part.replace(/;$/, '.'));
}

const upper = (text: string) => (text ? text[0]!.toUpperCase() + text.slice(1) : text);
