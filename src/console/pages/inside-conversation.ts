import type { ConsoleDeps } from '../deps.ts';
import { type ConsoleRoute, idOf, notHere, Stop, type Visit } from '../visit.ts';

const CONVERSATION = { id: 'conversation' } as const;
export const MESSAGE = { id: 'conversation', message: 'message' } as const;

export const back = (visit: Visit) => `/conversations/${idOf(visit)}`;

/** Routes below a conversation: what their path names is known to be there before anything else is looked at. */
export function insideConversation({ catalogue, database }: Pick<ConsoleDeps, 'catalogue' | 'database'>) {
  /** @throws {Stop} 404 before anything else is said about what was sent */
  const mustExist = async (visit: Visit) => {
    const messageId = visit.request.params.message ? idOf(visit, 'message') : null;
    const rows = await database.run(
      'console.exists',
      `select 1 from conversations c where c.commune_id = $1 and c.id = $2 and ($3::uuid is null or exists (
         select 1 from messages m where m.commune_id = $1 and m.conversation_id = c.id and m.id = $3))`,
      [visit.commune.id, idOf(visit), messageId],
    );
    if (rows.length === 0) throw notHere();
  };
  const inside =
    (handle: ConsoleRoute['handle']): ConsoleRoute['handle'] =>
    async (visit) => {
      await mustExist(visit);
      return handle(visit);
    };
  /** @throws {Stop} when the catalogue has no such code */
  const procedureOf = (code: string): string => {
    const known = catalogue.byCode(code);
    if (!known) throw new Stop(422, 'Không có thủ tục này trong dữ liệu.');
    return known.code;
  };
  const post = (
    path: string,
    handle: ConsoleRoute['handle'],
    objects: NonNullable<ConsoleRoute['objects']> = CONVERSATION,
  ): ConsoleRoute => ({
    method: 'post',
    path: `/conversations/:id${path}`,
    role: 'officer',
    objects,
    handle: inside(handle),
  });
  const sheet = (
    path: string,
    handle: ConsoleRoute['handle'],
    objects: NonNullable<ConsoleRoute['objects']> = CONVERSATION,
  ): ConsoleRoute => ({ ...post(path, handle, objects), method: 'get' });

  return { post, sheet, procedureOf };
}
