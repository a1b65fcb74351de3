import type { Reply, Request } from './http.ts';
import { newSecret, type PlatformOa } from './state.ts';
import { invalid } from './validate.ts';

const MB = 1024 * 1024;
const rules = {
  image: {
    extensions: /\.(jpe?g|png)$/i,
    maxBytes: MB,
    starts: [
      [0xff, 0xd8],
      [0x89, 0x50, 0x4e, 0x47],
    ],
  },
  gif: { extensions: /\.gif$/i, maxBytes: 5 * MB, starts: [[0x47, 0x49, 0x46, 0x38]] },
  file: { extensions: /\.(pdf|docx?|csv)$/i, maxBytes: 5 * MB, starts: null },
} as const;
export type UploadKind = keyof typeof rules;

export function upload(kind: UploadKind, oa: PlatformOa, request: Request, now: number): Reply {
  const part = filePart(request);
  const rule = rules[kind];
  const isRightType =
    part !== undefined &&
    rule.extensions.test(part.name) &&
    (rule.starts === null || rule.starts.some((start) => start.every((byte, at) => part.content[at] === byte)));
  if (!isRightType) return { status: 200, body: { ...invalid('file') } };
  if (part.content.length > rule.maxBytes) {
    return { status: 200, body: { error: -210, message: 'Parameter exceeds allowable limit' } };
  }
  const id = newSecret('');
  oa.uploads.set(id, { kind, at: now });
  return {
    status: 200,
    body: { data: kind === 'file' ? { token: id } : { attachment_id: id }, error: 0, message: 'Success' },
  };
}

/** The part named `file` of a multipart form. */
function filePart({ headers, body }: Request): { name: string; content: Buffer } | undefined {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(String(headers['content-type']))?.[1];
  if (!boundary) return undefined;
  const text = body.toString('latin1');
  for (const part of text.split(`--${boundary}`)) {
    const headEnd = part.indexOf('\r\n\r\n');
    const head = part.slice(0, headEnd);
    if (headEnd < 0 || !/name="file"/i.test(head)) continue;
    const name = /filename="([^"]*)"/i.exec(head)?.[1] ?? '';
    return { name, content: Buffer.from(part.slice(headEnd + 4, -2), 'latin1') };
  }
  return undefined;
}
