import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addCommune } from '../communes/communes.ts';
import { loadConfig } from '../config.ts';
import { silentLog } from '../log.ts';
import { openContext } from './context.ts';
import { noticesList, noticesRetry, parseParameter, templateAdd, templateList, templateRemove } from './notices.ts';

test('templates are described, corrected, listed and removed; what is wrong is told all at once', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hoixa-notices-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const config = loadConfig({ DATA_DIR: dataDir, SECRET_KEY: randomBytes(32).toString('hex') });
  const { database, accounts } = await openContext(config, { mayAttach: false, log: silentLog });
  const commune = await addCommune(database.orm, { slug: 'xa-thu', name: 'UBND xã thử' });
  await accounts.connect({
    communeId: commune.id,
    channel: 'zalo',
    externalId: '3886000000000000001',
    appId: '1',
    secrets: { appSecret: 's', accessToken: 'a' },
  });
  await database.close();

  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const which = { commune: 'xa-thu', account: '3886000000000000001', carrier: 'template_phone', template: '617976' };
  const whole = {
    ...which,
    language: 'vi',
    kinds: 'state, overdue',
    param: ['ma_ho_so=code:25', 'tt=state'],
    price: '200',
  };
  const add = (change: Partial<typeof whole>) => templateAdd(config, silentLog, { ...whole, ...change }, print);
  await expect(add({ account: '1' })).rejects.toThrow('no account 1 at xa-thu');
  await expect(add({ carrier: 'utility' })).rejects.toThrow('it has template_uid, template_phone');
  await expect(add({ kinds: 'state,weather' })).rejects.toThrow(/kinds/);
  await expect(add({ param: ['ma=name_of_the_citizen'] })).rejects.toThrow(/parameters/);
  await expect(add({ price: 'rẻ' })).rejects.toThrow('whole đồng');
  await expect(add({ template: 'mẫu', param: ['tt=state', 'tt=title:900'] })).rejects.toThrow(
    /a ZBS template id is a number\n.*at most 200 characters\n.*"tt" stands twice\n.*no parameter takes the fact "code"/,
  );
  await add({});
  await add({ price: '250' });
  lines.length = 0;
  await templateList(config, silentLog, 'xa-thu', print);
  expect(lines).toEqual(['template_phone\t617976\tvi\tstate,overdue\tma_ho_so=code:25 tt=state:30\t250 đồng']);
  await templateRemove(config, silentLog, which, print);
  await expect(templateRemove(config, silentLog, which, print)).rejects.toThrow('no template template_phone 617976');
  lines.length = 0;
  await templateList(config, silentLog, 'xa-thu', print);
  await noticesRetry(config, silentLog, 'xa-thu', print);
  await noticesList(config, silentLog, 'xa-thu', print);
  expect(lines).toEqual([
    'No template: notices outside the reply window wait for the next message.',
    '0 notice(s) are tried again.',
    'Every notice has reached its citizen.',
  ]);
});

test('a gap is described as name, fact and longest value', () => {
  expect(parseParameter('1=due_date:10')).toEqual({ name: '1', fact: 'due_date', maxLength: 10 });
  for (const wrong of ['', 'ma', 'ma=', 'ma=code:x', 'mã hồ sơ=code']) {
    expect(() => parseParameter(wrong)).toThrow('must look like');
  }
});
