/** Whom a message goes to: a person of the OA, or a visitor of the website who is not signed in to Zalo. */
export type ZaloRecipient = { user_id: string } | { anonymous_id: string; conversation_id: string };

const PREFIX = 'anon:';

/** Chat id of an anonymous visitor: `anon:<conversation id>:<anonymous id>`, each part percent-encoded. */
export function anonymousChatId(conversationId: string, anonymousId: string): string {
  return `${PREFIX}${encode(conversationId)}:${encode(anonymousId)}`;
}

export function recipientOf(chatId: string): ZaloRecipient {
  if (!chatId.startsWith(PREFIX)) return { user_id: chatId };
  const [conversation = '', anonymous = ''] = chatId.slice(PREFIX.length).split(':');
  return { anonymous_id: decodeURIComponent(anonymous), conversation_id: decodeURIComponent(conversation) };
}

/** Lone surrogates would make encodeURIComponent throw. */
const encode = (id: string) => encodeURIComponent(Buffer.from(id, 'utf8').toString('utf8'));
