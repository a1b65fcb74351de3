import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the stand-in does with one request. */
export type ModelScript =
  /** A decision, sent as JSON text. */
  | { kind: 'decision'; decision: unknown; afterMs?: number }
  /** Any text in the place of the decision. */
  | { kind: 'text'; text: string; finishReason?: string }
  | { kind: 'refusal' }
  /** Accepts the request and never answers; `afterHeaders`: begins to, and stops. */
  | { kind: 'hang'; afterHeaders?: boolean }
  | { kind: 'status'; status: number; body?: string; headers?: Record<string, string> }
  /** A 200 whose body is no completion. */
  | { kind: 'body'; body: string; contentType?: string }
  | { kind: 'reset' };

/** One request as it arrived: what left the house. */
export interface RecordedRequest {
  path: string;
  status: number;
  /** The body as sent. */
  raw: string;
  /** What the user message holds, when it is JSON. */
  data: Record<string, unknown> | null;
  body: Record<string, unknown>;
}

/** One recording as it arrived. */
export interface RecordedSound {
  status: number;
  fileName: string;
  bytes: Buffer;
  /** The other fields of the form. */
  fields: Record<string, string>;
}

export interface OpenAiPlatformOptions {
  apiKey?: string;
  model?: string;
  transcribeModel?: string;
  /** Endings of the recordings it takes, as the real one: others are refused. */
  audioFormats?: string[];
  /** As older servers: a request with `response_format` or `max_completion_tokens` is refused. */
  isPlain?: boolean;
}

type Script = ModelScript | ((request: RecordedRequest) => ModelScript);

export interface OpenAiPlatform {
  /** With its path: "http://127.0.0.1:1234/v1". */
  readonly url: string;
  requests: RecordedRequest[];
  start(port?: number): Promise<void>;
  stop(): Promise<void>;
  /** What every request gets from now on. */
  always(script: Script): void;
  /** What the next requests get, before `always`. */
  next(...scripts: Script[]): void;
  sounds: RecordedSound[];
  /** Words of the voice notes from now on, or what goes wrong with them. */
  hears(said: string | Exclude<ModelScript, { kind: 'decision' | 'refusal' }>): void;
}

const NOTHING: ModelScript = {
  kind: 'decision',
  decision: { procedureCode: null, aspects: [], case: null, ask: null, handOff: false, explanation: null },
};

/**
 * A local stand-in for an OpenAI-compatible endpoint: it refuses what such servers refuse, answers as scripted, right or
 * wrong, and keeps what it was sent. For tests and for trying the assistant without a model.
 */
export function createOpenAiPlatform(options: OpenAiPlatformOptions = {}): OpenAiPlatform {
  const { apiKey = 'stand-in-key', model = 'stand-in', isPlain = false } = options;
  const { transcribeModel = 'stand-in-ears', audioFormats = ['flac', 'mp3', 'mp4', 'm4a', 'ogg', 'wav', 'webm'] } =
    options;
  const requests: RecordedRequest[] = [];
  const queue: Script[] = [];
  let standing: Script = NOTHING;
  let heard: Parameters<OpenAiPlatform['hears']>[0] = '';
  const sounds: RecordedSound[] = [];
  let url = '';

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 1_000;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const bytes = await read(request);
    const path = (request.url ?? '/').split('?')[0]!;
    const refuse = (status: number, message: string) =>
      sendJson(response, status, { error: { message, type: 'error' } });
    if (request.headers.authorization !== `Bearer ${apiKey}`) return refuse(401, 'Incorrect API key provided');
    if (request.method !== 'POST') return refuse(405, 'Not allowed');
    if (path === '/v1/audio/transcriptions') {
      const sound = await soundOf(request, bytes);
      if (typeof sound === 'string') return refuse(400, sound);
      sounds.push(sound);
      const format = sound.fileName.split('.').at(-1)!;
      if (sound.fields.model !== transcribeModel || !audioFormats.includes(format)) {
        sound.status = 400;
        return refuse(400, `Invalid file format, or no such model: ${format}, ${sound.fields.model}`);
      }
      const script =
        typeof heard === 'string' ? ({ kind: 'body', body: JSON.stringify({ text: heard }) } as const) : heard;
      return perform(script, { response, recorded: sound, model, input: '' });
    }
    if (path !== '/v1/chat/completions') return refuse(404, `Unknown request URL: ${path}`);
    const recorded = recordOf(path, bytes.toString('utf8'));
    requests.push(recorded);
    const fault = completionFault(recorded.body, { model, isPlain });
    if (fault) {
      recorded.status = 400;
      return refuse(400, fault);
    }
    const script = queue.shift() ?? standing;
    const played = typeof script === 'function' ? script(recorded) : script;
    await perform(played, { response, recorded, model, input: recorded.raw });
  };

  return {
    get url() {
      return url;
    },
    requests,
    sounds,
    start: (port = 0) =>
      new Promise((done, fail) => {
        server.once('error', fail);
        server.listen(port, '127.0.0.1', () => {
          url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
          done();
        });
      }),
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        // requests left hanging would keep it open for ever
        server.closeAllConnections();
      }),
    always: (script) => {
      standing = script;
    },
    next: (...scripts) => void queue.push(...scripts),
    hears: (said) => {
      heard = said;
    },
  };
}

interface Call {
  response: ServerResponse;
  recorded: { status: number };
  model: string;
  /** What tokens are counted of. */
  input: string;
}

async function perform(script: ModelScript, { response, recorded, model, input }: Call): Promise<void> {
  const say = (message: Record<string, unknown>, finishReason = 'stop') =>
    sendJson(response, 200, {
      id: `chatcmpl-${Date.now()}`,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1_000),
      model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', refusal: null, ...message },
          finish_reason: finishReason,
          logprobs: null,
        },
      ],
      usage: usageOf(input, message),
    });
  switch (script.kind) {
    case 'decision':
      if (script.afterMs) await new Promise((done) => setTimeout(done, script.afterMs));
      return say({ content: JSON.stringify(script.decision) });
    case 'text':
      return say({ content: script.text }, script.finishReason);
    case 'refusal':
      return say({ content: null, refusal: 'I cannot help with that.' });
    case 'hang':
      if (script.afterHeaders) {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
        response.write('{"id":');
      }
      return;
    case 'status':
      recorded.status = script.status;
      response.writeHead(script.status, { 'content-type': 'text/html', ...script.headers });
      response.end(script.body ?? '<html><body><h1>Error</h1></body></html>');
      return;
    case 'body':
      response.writeHead(200, { 'content-type': script.contentType ?? 'application/json' });
      response.end(script.body);
      return;
    case 'reset':
      recorded.status = 0;
      response.destroy();
  }
}

const usageOf = (input: string, output: unknown) => {
  const prompt = Math.ceil(input.length / 3);
  const completion = Math.ceil(JSON.stringify(output).length / 3);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
};

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function recordOf(path: string, raw: string): RecordedRequest {
  const body = asObject(raw) ?? {};
  const messages = Array.isArray(body.messages) ? (body.messages as { role?: string; content?: unknown }[]) : [];
  const said = messages.findLast(({ role }) => role === 'user')?.content;
  return { path, status: 200, raw, data: typeof said === 'string' ? asObject(said) : null, body };
}

function asObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function completionFault(
  body: Record<string, unknown>,
  { model, isPlain }: { model: string; isPlain: boolean },
): string | null {
  if (body.model !== model) return `The model ${String(body.model)} does not exist`;
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0) return 'messages: must not be empty';
  for (const { role, content } of messages as { role?: unknown; content?: unknown }[]) {
    if (!['system', 'developer', 'user', 'assistant'].includes(String(role))) return `Invalid role ${String(role)}`;
    if (typeof content !== 'string') return 'messages: content must be a string';
  }
  if (isPlain) {
    const unknown = ['response_format', 'max_completion_tokens'].find((name) => name in body);
    return unknown ? `Unrecognized request argument supplied: ${unknown}` : null;
  }
  if (body.response_format === undefined) return null;
  const format = body.response_format as {
    type?: string;
    json_schema?: { name?: string; strict?: boolean; schema?: unknown };
  };
  if (format.type !== 'json_schema') return null;
  if (!/^[\w-]{1,64}$/.test(format.json_schema?.name ?? '')) return 'response_format: json_schema.name is invalid';
  return format.json_schema?.strict ? schemaFault(format.json_schema.schema, 'schema') : null;
}

/** Strict schemas: every object closed, every property required. */
function schemaFault(schema: unknown, path: string): string | null {
  if (schema === null || typeof schema !== 'object') return null;
  const { properties, required, additionalProperties, items } = schema as Record<string, unknown>;
  if (properties !== null && typeof properties === 'object') {
    if (additionalProperties !== false) return `${path}: 'additionalProperties' is required to be false`;
    const names = Object.keys(properties);
    if (!Array.isArray(required) || names.some((name) => !required.includes(name)))
      return `${path}: 'required' must include every key in properties`;
    for (const [name, part] of Object.entries(properties)) {
      const fault = schemaFault(part, `${path}.${name}`);
      if (fault) return fault;
    }
  }
  return items ? schemaFault(items, `${path}.items`) : null;
}

/** @returns what is wrong with the form, in words */
async function soundOf(request: IncomingMessage, bytes: Buffer): Promise<RecordedSound | string> {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data; ?boundary=/.test(type)) return 'Content-Type must be multipart/form-data';
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
  const file = form.get('file');
  if (!(file instanceof File)) return 'file: field required';
  if (file.size < 10) return 'Audio file is too short';
  const fields = Object.fromEntries(
    [...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
  if (!fields.model) return 'model: field required';
  return { status: 200, fileName: file.name, bytes: Buffer.from(await file.arrayBuffer()), fields };
}
