import { expect, test } from 'vitest';
import { loadConfig } from '../config.ts';
import { silentLog } from '../log.ts';
import { type ConnectOptions, checkedConnection, connectChannel } from './channel.ts';

const right: ConnectOptions = {
  commune: 'xa-thu',
  channel: 'zalo',
  externalId: '3886000000000000001',
  appId: '1234567890123456789',
  secrets: { appSecret: 'app', oaSecret: 'oa', accessToken: 'access', refreshToken: 'refresh' },
  check: false,
};

test('ids that are no numbers and empty secrets are all named, before anything is stored', async () => {
  const config = loadConfig({ DATA_DIR: '/nowhere', SECRET_KEY: 'a'.repeat(64) });
  const connect = (options: ConnectOptions) => connectChannel(config, silentLog, options, () => {});
  const wrong = { ...right, externalId: 'UBND xã', appId: '', secrets: { ...right.secrets, oaSecret: ' ' } };
  await expect(connect(wrong)).rejects.toThrow(
    /--oa-id: digits only[\s\S]*--app-id: digits only[\s\S]*--oa-secret: is empty/,
  );
  const secrets = { appSecret: 's', verifyToken: '', accessToken: '' };
  await expect(connect({ ...right, channel: 'messenger', externalId: '1 2', secrets })).rejects.toThrow(
    /--page-id[\s\S]*--verify-token[\s\S]*--page-token/,
  );
});

test('what is pasted with spaces around it is taken without them', () => {
  const pasted = { ...right, externalId: ` ${right.externalId}\n`, secrets: { ...right.secrets, oaSecret: ' oa\n' } };
  expect(checkedConnection(pasted)).toEqual(right);
});
