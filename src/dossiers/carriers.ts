import type { CarrierName, Channel, OutboundCall } from '../channels/channel.ts';
import { codePoints } from '../channels/split-text.ts';
import type { NoticeKind } from './changes.ts';
import type { NoticeTemplate } from './notice-templates.ts';
import type { TemplateFact } from './say-notice.ts';

export type Carrier = 'window' | CarrierName;

export type CarrierChoice =
  | { carrier: Carrier; calls: OutboundCall[]; costVnd: number }
  /** Nothing may leave now. `why`: for staff. */
  | { carrier: null; why: string };

/** What is put in line now may leave minutes later: the window must still be open then. */
const MARGIN_MS = 10 * 60_000;

/** The first way that is open: an ordinary answer within the reply window, else the channel's templates in its order. */
export function chooseCarrier({
  channel,
  kind,
  text,
  values,
  templates,
  tried,
  lastUserAt,
  hasPhone,
  paidMessageVnd,
  now,
}: {
  channel: Pick<Channel, 'limits' | 'render' | 'templateCarriers' | 'renderTemplate'>;
  kind: NoticeKind;
  text: string;
  values: Partial<Record<TemplateFact, string>>;
  templates: NoticeTemplate[];
  /** Carriers that failed since the citizen's last act. */
  tried: string[];
  lastUserAt: Date | null;
  hasPhone: boolean;
  paidMessageVnd: number;
  now: Date;
}): CarrierChoice {
  const silenceMs = lastUserAt === null ? Number.POSITIVE_INFINITY : now.getTime() - lastUserAt.getTime();
  const { replyWindowMs, freeReplyMs = replyWindowMs } = channel.limits;
  if (silenceMs < replyWindowMs - MARGIN_MS && !tried.includes('window')) {
    return {
      carrier: 'window',
      calls: channel.render({ text }),
      costVnd: silenceMs > freeReplyMs ? paidMessageVnd : 0,
    };
  }
  const reasons: string[] = [];
  for (const { name, needsPhone } of channel.templateCarriers) {
    const fitting = templates.filter((template) => template.carrier === name && template.kinds.includes(kind));
    if (fitting.length === 0 || tried.includes(name)) continue;
    if (needsPhone && !hasPhone) {
      reasons.push(`${name}: no telephone number was shared`);
      continue;
    }
    for (const template of fitting) {
      const filled = fill(template, values);
      if (filled.fault === undefined) {
        const call = channel.renderTemplate(template, filled.values, text);
        return { carrier: name, calls: [call], costVnd: template.priceVnd };
      }
      reasons.push(`${name} ${template.templateId}: ${filled.fault}`);
    }
  }
  return { carrier: null, why: reasons.length > 0 ? reasons.join('; ') : 'no_carrier' };
}

/** Nothing is cut to fit: half a date or code is worse than none. */
function fill(
  { parameters }: NoticeTemplate,
  known: Partial<Record<TemplateFact, string>>,
): { values: Record<string, string>; fault?: undefined } | { fault: string } {
  const values: Record<string, string> = {};
  for (const { name, fact, maxLength } of parameters) {
    const value = known[fact];
    if (!value) return { fault: `parameter ${name}: ${fact} is not known` };
    const length = codePoints(value);
    if (length > maxLength) return { fault: `parameter ${name}: ${length} characters, ${maxLength} allowed` };
    values[name] = value;
  }
  return { values };
}
