import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createPost } from './post.ts';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`;
}

const options = { headers: {}, body: '{"text":"Chào"}', timeoutMs: 5_000, maxAnswerBytes: 1_000 };

test('an answer comes back with any status; a redirect is not followed', async () => {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part) => {
      body += part;
    });
    request.once('end', () => {
      asked.push(`${request.url} ${request.headers['content-type']} ${body}`);
      response.writeHead(307, { location: '/elsewhere' }).end('moved');
    });
  });
  const answer = await createPost()(url, { ...options, headers: { 'content-type': 'application/json' } });
  expect(answer.status).toBe(307);
  expect(answer.body.toString()).toBe('moved');
  expect(asked).toEqual(['/send application/json {"text":"Chào"}']);
});

test('an answer that is too long, or drips in for too long, is given up', async () => {
  const long = await serve((_request, response) => void response.end('x'.repeat(1_001)));
  await expect(createPost()(long, options)).rejects.toMatchObject({ code: 'ERR_BAD_RESPONSE' });
  const endless = await serve((_request, response) => {
    response.write('{');
    const drip = setInterval(() => response.write(' '), 5);
    response.once('close', () => clearInterval(drip));
  });
  await expect(createPost()(endless, { ...options, timeoutMs: 60 })).rejects.toMatchObject({ code: 'ECONNABORTED' });
});

test('a call that is called off, cut or never connected says which', async () => {
  const silent = await serve(() => {});
  const calling = new AbortController();
  const call = createPost()(silent, { ...options, signal: calling.signal });
  calling.abort();
  await expect(call).rejects.toMatchObject({ code: 'ERR_CANCELED' });
  const cut = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"half":');
    setImmediate(() => response.destroy());
  });
  await expect(createPost()(cut, options)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect(createPost()('http://127.0.0.1:1/', options)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
