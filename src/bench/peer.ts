import { Agent } from 'node:http';
import axios from 'axios';
import express from 'express';

// The peer of the benchmark: a bare Express bot. It parses the event, answers 200, sends one fixed reply and stores
// nothing. Run as its own process: PEER_* come from the benchmark.
const [platformUrl, accessToken] = process.argv.slice(2);
const client = axios.create({ baseURL: platformUrl!, httpAgent: new Agent({ keepAlive: true, maxSockets: 64 }) });
const app = express();
app.use(express.json());
app.post('/webhooks/zalo', (request, response) => {
  response.send('ok');
  const message = { recipient: { user_id: request.body.sender.id }, message: { text: 'Xin chào' } };
  client.post('/v3.0/oa/message/cs', message, { headers: { access_token: accessToken! } }).catch(() => {});
});
const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as { port: number }).port });
});
