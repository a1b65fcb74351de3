import type { Button } from '../channels/channel.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { Hint } from '../procedures/hints.ts';
import type { CaseQuestion } from './cases.ts';
import type { Aspect } from './guidance.ts';
import { press } from './payloads.ts';

/** What the words of an answer are made of. */
export interface Speech {
  hints: Map<string, Hint>;
  caseQuestions: Map<string, CaseQuestion>;
  commune: CommuneSettings;
  /** The question as letters without marks, blanks at both ends. */
  asked?: string;
  /** Button pressed for the case, by its place among the reviewed choices. */
  option?: number;
  /** Short sentences, one step at a time. */
  isSimple?: boolean;
  /** Told beside another procedure: no question, no rest, no offer. */
  isBeside?: boolean;
  /** Each step whole, not its gist. */
  isWhole?: boolean;
}

/** One fact in words. */
export interface Said {
  lines: string[];
  /** The record holds the fact. */
  known: boolean;
  /** The record tells more of it than these lines. */
  isShortened?: boolean;
  /** The one question that decides, when it is still open. */
  ask?: { text: string; buttons: Button[] };
  buttons?: Button[];
}

export const reply = (title: string, value: string): Button => ({ title, kind: 'reply', value });

export const humanButton = (): Button => reply('Gặp cán bộ', press.human);

const LACKS: Partial<Record<Aspect, string>> = {
  documents: 'danh sách giấy tờ',
  fee: 'mức phí',
  time: 'thời hạn',
  online: 'cách nộp trên mạng',
  eligibility: 'điều kiện',
  steps: 'các bước làm',
};
export const lacks = (aspect: Aspect) =>
  `Tôi chưa có ${LACKS[aspect] ? `${LACKS[aspect]} của việc này` : 'thông tin về điều này'}. Xem trang chính thức bên dưới, hoặc để tôi chuyển cán bộ.`;

export const lowerFirst = (text: string) =>
  /^(?:\p{Lu}\p{Lu}|Cổng (?:ghi|không|Dịch))/u.test(text) ? text : text[0]!.toLowerCase() + text.slice(1);
