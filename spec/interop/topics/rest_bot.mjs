// rest_bot: users that are bots, and what is posted about them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { refused } from '../lib/answers.mjs';
import { secret } from '../lib/cloud.mjs';
import { connectedPeer, person } from '../lib/peer.mjs';
import { step } from '../lib/report.mjs';

// The app's server: gives the next event that is posted to it, and its query.
async function listen() {
  const events = [];
  let wake = () => {};
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const { searchParams } = new URL(request.url, 'http://127.0.0.1');
      events.push({ event: JSON.parse(Buffer.concat(parts)), query: searchParams });
      response.end('OK');
      wake();
    });
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const next = async () => {
    while (!events.length) {
      await new Promise((done) => { wake = done; });
    }
    return events.shift();
  };
  return { url: `http://127.0.0.1:${server.address().port}/bot`, next, server };
}

export default async function bots(cloud) {
  const call = (path, body) => cloud.must(`/v3/bot/${path}.json`, body, { json: true });
  const refuse = async (path, body) => (
    refused(await cloud.api(`/v3/bot/${path}.json`, body, { json: true }), 1002, 400)
  );
  const app = await listen();
  const peer = await connectedPeer(cloud, 'ann');
  const hook = { type: 'webhook', enabled: true, callbackUrl: app.url };
  const dice = async () => (await call('get', { userIds: ['dice'] })).bots[0];

  await step('/v3/bot/create.json: what is written to it is posted, signed', async () => {
    await call('create', {
      userId: 'dice', name: 'Dice', type: 'BOT', profileUrl: 'http://127.0.0.1/d.png',
      metadata: { owner: 'ops' }, integrations: [hook],
    });
    const sent = await peer.call('send', person('dice'), 'RC:TxtMsg', { content: 'roll' });
    const { event, query } = await app.next();
    assert.equal(event.type, 'message:private');
    assert.deepEqual([event.bot.userId, event.bot.metadata], ['dice', { owner: 'ops' }]);
    assert.equal(event.data.msgUID, sent.messageUId);
    assert.equal(JSON.parse(event.data.content).content, 'roll');
    const text = secret + query.get('nonce') + query.get('timestamp');
    assert.equal(query.get('signature'), createHash('sha1').update(text).digest('hex'));
    await refuse('create', { userId: 'dice' });
  });

  await step('/v3/bot/update.json and get.json: another name', async () => {
    await call('update', { userId: 'dice', name: 'Two dice' });
    assert.equal((await dice()).name, 'Two dice');
    await refuse('get', {});
    await refuse('update', { userId: 'nobody' });
  });

  await step('/v3/bot/query.json: all of them', async () => {
    const { total, hasNext, bots: list } = await call('query', {});
    assert.deepEqual([total, hasNext, list[0].userId], [1, false, 'dice']);
  });

  const path = '/v3/bot/integration/create.json, update.json, delete.json';
  await step(`${path}: one of a type`, async () => {
    const types = async () => (await dice()).integrations.map((one) => [one.type, one.enabled]);
    const chat = { userId: 'dice', type: 'dify_chat' };
    await call('integration/create', { ...chat, enabled: true, callbackUrl: app.url });
    await call('integration/update', { ...chat, enabled: false });
    assert.deepEqual(await types(), [['webhook', true], ['dify_chat', false]]);
    await call('integration/delete', chat);
    assert.deepEqual(await types(), [['webhook', true]]);
    await refuse('integration/delete', chat);
  });

  await step('/v3/bot/delete.json: a person again', async () => {
    await call('delete', { userId: 'dice' });
    assert.deepEqual((await call('query', {})).bots, []);
    await refuse('delete', { userId: 'dice' });
  });

  await peer.stop();
  app.server.close();
}
