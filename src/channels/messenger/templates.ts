import { ChannelSendError, type MessageTemplate, type OutboundCall, type TemplateCarrier } from '../channel.ts';

const isPositional = (template: MessageTemplate) => template.parameters.every(({ name }) => /^\d+$/.test(name));

/** Meta gives no figure for one gap; the whole body has at most 1,024. */
const MAX_VALUE = 300;

function faultsOf(template: MessageTemplate): string[] {
  const { templateId, language, parameters } = template;
  const numbers = parameters.map(({ name }) => name);
  return [
    ...(/^[a-z0-9_]{1,512}$/.test(templateId) ? [] : ['the name of a utility template holds only a-z, 0-9 and "_"']),
    ...(/^[a-z]{2,3}(_[A-Z]{2})?$/.test(language) ? [] : ['a language looks like "vi" or "en_US"']),
    ...(isPositional(template)
      ? numbers.some((name, index) => name !== String(index + 1))
        ? ['numbered parameters are "1", "2", … in order']
        : []
      : numbers
          .filter((name) => !/^[a-z][a-z0-9_]*$/.test(name))
          .map((name) => `parameter "${name}": names are like "so_ho_so", or all of them are numbers`)),
    ...parameters
      .filter(({ maxLength }) => maxLength > MAX_VALUE)
      .map(({ name }) => `parameter "${name}": at most ${MAX_VALUE} characters`),
  ];
}

/** Utility messages: approved templates of the page, allowed at any time. */
export const messengerTemplateCarriers: readonly TemplateCarrier[] = [{ name: 'utility', needsPhone: false, faultsOf }];

export function renderUtility(template: MessageTemplate, values: Record<string, string>, text: string): OutboundCall {
  const isNumbered = isPositional(template);
  const parameters = template.parameters.map(({ name }) => ({
    type: 'text',
    ...(isNumbered ? {} : { parameter_name: name }),
    text: values[name],
  }));
  const components = parameters.length > 0 ? [{ type: 'body', parameters }] : [];
  const { templateId: name, language, carrier } = template;
  return { kind: 'template', carrier, text, body: { template: { name, language: { code: language }, components } } };
}

const WAITS = new Set(['network', 'temporary', 'rate_limited', 'token_expired', 'needs_reauthorisation', 'maybe_sent']);

/**
 * A refused template stops nothing else: neither the page (the right to send utility messages is a permission of its
 * own) nor the assistant's answers behind it.
 */
export function utilityRefusal(error: unknown): unknown {
  if (!(error instanceof ChannelSendError) || WAITS.has(error.code)) return error;
  const { code, message, platformCode } = error;
  return new ChannelSendError(code === 'window_closed' ? 'rejected' : code, message, {
    ...(platformCode === undefined ? {} : { platformCode }),
  });
}
