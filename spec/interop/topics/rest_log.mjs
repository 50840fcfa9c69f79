// rest_log: the log of an hour. It moves the clock of the sandbox, so it comes last.

import assert from 'node:assert/strict';
import { inflateRawSync } from 'node:zlib';
import { done, refusedBySdk, refusedSteps } from '../lib/answers.mjs';
import { step } from '../lib/report.mjs';

const hourMs = 3_600_000;

// The hour it is in Beijing.
function hourOf(ms) {
  return new Date(ms + 8 * hourMs).toISOString().replace(/\D/g, '').slice(0, 10);
}

// The only file of a zip.
function unzip(zip) {
  assert.equal(zip.readUInt32LE(0), 0x04034b50);
  assert.equal(zip.readUInt32LE(zip.length - 22), 0x06054b50);
  const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  return inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(18)));
}

export default async function log(cloud, sdk) {
  const { History } = sdk.Message;
  const { now } = await cloud.control('POST', '/clock', { add_ms: 0 });
  await cloud.must('/message/private/publish.json', {
    fromUserId: 'ann', toUserId: 'ben', objectName: 'RC:TxtMsg', content: '{"content":"logged"}',
  });
  await cloud.control('POST', '/clock', { add_ms: hourMs + 60_000 });

  await step('/message/history.json by the SDK: a zip of what was said', async () => {
    // Time may have passed into the next hour before the message was sent.
    const answers = [];
    for (const ms of [now, now + 60_000]) {
      answers.push(await done(History.get({ date: hourOf(ms) })));
    }
    const texts = [];
    for (const { url } of answers.filter((one) => one.url)) {
      const file = await fetch(url);
      assert.equal(file.status, 200);
      texts.push(unzip(Buffer.from(await file.arrayBuffer())).toString());
    }
    const lines = texts.join('').trim().split('\n').map((line) => JSON.parse(line));
    const found = lines.find((one) => one.content === '{"content":"logged"}');
    assert.equal(found.fromUserId, 'ann');
    assert.equal(found.targetType, 1);
  });

  await step('/message/history.json by the SDK: nothing yet of this hour', async () => {
    const hour = hourOf(now + hourMs + 60_000);
    assert.equal((await done(History.get({ date: hour }))).url, '');
  });

  await step('/message/history/delete.json by the SDK: gone', async () => {
    await done(History.remove({ date: hourOf(now) }));
    assert.equal((await done(History.get({ date: hourOf(now) }))).url, '');
  });

  await step('/message/history.json by the SDK: what is no date is refused', () => (
    refusedBySdk(History.get({ date: '2026112399' }), 1002)
  ));

  await refusedSteps(cloud, [
    ['/message/history/delete.json', {}, 'without date'],
  ]);
}
