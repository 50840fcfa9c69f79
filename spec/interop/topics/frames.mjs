// frames: what our client puts on the wire, compared with what the official SDK does for
// the same call: with the frames that were captured once (spec/support/frames.json), and
// with the SDK running beside it.

import assert from 'node:assert/strict';
import { startBot } from '../lib/bot.mjs';
import { Child } from '../lib/child.mjs';
import { key, secret, startCloud } from '../lib/cloud.mjs';
import { sameAsReference, sameFrame, sameNavi, sameUrl } from '../lib/compare.mjs';
import { connectedPeer, group, person } from '../lib/peer.mjs';
import { Proxy } from '../lib/proxy.mjs';
import { endStep, step } from '../lib/report.mjs';

const text = 'RC:TxtMsg';
// The frames were captured with an explicit empty channel, so these calls name one, too.
const named = (conversation) => ({ ...conversation, channelId: '' });
const club = named(group('club'));

const ofType = (type) => (frame) => frame.type === type;
const ofTopic = (topic) => (frame) => frame.topic === topic;
const saying = (topic, content) => (frame) => (
  frame.topic === topic && frame.payload.includes(Buffer.from(content))
);

// [what, its name in frames.json, who is who there, how to find it among ours]
const connecting = [
  ['PINGREQ', 'PINGREQ', {}, ofType('PINGREQ')],
  ['pullMsg, the first', 'pullMsg (first, empty cursors)', { alice: 'ME' }, ofTopic('pullMsg')],
  ['QUERYCON', 'pullMsg (first, empty cursors) / QUERYCON', {}, ofType('QUERYCON')],
  ['PUBACK', 'PUBACK from client', {}, ofType('PUBACK')],
];
const talking = [
  ['ppMsgP private text', 'private text', { bob: 'PEER' }, saying('ppMsgP', 'to you')],
  ['pgMsgP group text', 'group text', { 'g-demo': 'CLUB' }, saying('pgMsgP', 'to all')],
  ['recallMsg', 'recall', { alice: 'ME', 'g-demo': 'CLUB' }, ofTopic('recallMsg')],
];
const mention = 'group text with mention';
const mentioning = [
  ['pgMsgP mention', mention, { 'g-demo': 'CLUB', bob: 'PEER' }, saying('pgMsgP', 'mentionedInfo')],
];
const asking = [
  ['qryPMsg history', 'history, private', { alice: 'ME', bob: 'PEER' }, ofTopic('qryPMsg')],
  ['qryGMsg history', 'history, group', { bob: 'ME', 'g-demo': 'CLUB' }, ofTopic('qryGMsg')],
];

const parts = (me) => ({ [me]: 'ME', asker: 'PEER', club: 'CLUB' });

async function compareSteps(me, proxy, calls) {
  await step(`${me}: the question to navi`, async () => {
    sameNavi(proxy.requests.find((one) => one.url.includes('navi')));
  });
  await step(`${me}: the URL of the socket`, async () => sameUrl(proxy.sockets[0]));
  for (const [what, reference, theirs, match] of calls) {
    await step(`${me}: ${what} as in frames.json`, async () => {
      const { bytes } = await proxy.frame(what, 'up', match);
      sameAsReference(reference, theirs, bytes, parts(me));
    });
  }
}

async function comparisonStep(bytes) {
  await step('the comparison sees a single different byte', async () => {
    const theirs = { 'g-demo': 'CLUB' };
    const ours = { club: 'CLUB' };
    sameAsReference('group text', theirs, bytes, ours);
    const last = bytes.length - 1; // the value of option_bits
    for (const at of [0, last]) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 1;
      assert.throws(() => sameAsReference('group text', theirs, changed, ours));
    }
    const longer = Buffer.concat([bytes, Buffer.from([0xb8, 0x01, 0x00])]); // a field 23
    assert.throws(() => sameAsReference('group text', theirs, longer, ours));
  });
}

// The official SDK makes the calls. If it did not pass, the comparison would be at fault.
// Gives the frame of a mention that has no push text, for which frames.json has none.
async function sdkSteps(cloud, asker) {
  const proxy = await new Proxy(cloud).listen();
  const sdk = await connectedPeer(cloud, 'sdk', [proxy.url]);
  const push = { pushContent: 'you were mentioned', pushData: '{"k":1}' };
  const mentionedInfo = { type: 2, userIdList: ['asker'], mentionedContent: '' };
  const content = { content: 'at', mentionedInfo };
  const to = named(person('asker'));
  await asker.call('send', person('sdk'), text, { content: 'hello' });
  await sdk.text('hello');
  await sdk.call('send', to, text, { content: 'to you' });
  const { messageUId, sentTime } = await sdk.call('send', club, text, { content: 'to all' });
  await sdk.call('send', club, text, content, { isMentioned: true, ...push });
  await sdk.call('recallMessage', club, { messageUId, sentTime });
  await sdk.call('getHistoryMessages', to, { timestamp: 0, count: 20, order: 0 });
  await sdk.call('getHistoryMessages', club, { timestamp: 0, count: 2, order: 0 });
  await compareSteps('sdk', proxy, [...connecting, ...talking, ...mentioning, ...asking]);
  await comparisonStep((await proxy.frame('text', 'up', saying('pgMsgP', 'to all'))).bytes);
  await sdk.call('send', club, text, { ...content, content: 'plain' }, { isMentioned: true });
  const { bytes } = await proxy.frame('mention', 'up', saying('pgMsgP', 'plain'));
  await sdk.stop();
  await proxy.close();
  return bytes;
}

// Our client makes the same calls.
async function clientSteps(binary, cloud, asker) {
  const proxy = await new Proxy(cloud).listen();
  const file = new URL('../client.lua', import.meta.url).pathname;
  const client = new Child('client', binary, ['lua', file, proxy.url, cloud.url, key, secret]);
  await client.line(/^online$/, 20_000);
  await asker.call('send', person('client'), text, { content: 'hello' });
  await client.line(/^done$/, 20_000);
  await compareSteps('client', proxy, [...connecting, ...talking, ...mentioning, ...asking]);
  await step('our client ends with status 0', async () => {
    const { code } = await client.until('its end', () => client.ended, 10_000);
    assert.equal(code, 0, client.tail);
  });
  await proxy.close();
}

// A bot makes those that a plugin can, because somebody asks it to.
async function botSteps(binary, cloud, asker, reference) {
  const proxy = await new Proxy(cloud).listen();
  const bot = await startBot(binary, cloud, 'bot', { navi: proxy.url });
  await asker.call('send', person('bot'), text, { content: 'echo to you' });
  await asker.text('to you');
  await asker.call('send', club, text, { content: 'echo to all' });
  await asker.text('to all');
  await asker.call('send', club, text, { content: 'greet' });
  await asker.message((m) => m.senderUserId === 'bot' && m.isMentioned);
  await asker.call('send', club, text, { content: 'slip of the tongue' });
  await asker.text('of the tongue');
  await asker.call('send', club, text, { content: 'unsay' });
  await asker.message((m) => m.messageType === 'RC:RcCmd' && m.senderUserId === 'bot');
  await compareSteps('bot', proxy, [...connecting, ...talking]);
  await step('bot: pgMsgP mention as the SDK beside it', async () => {
    const { bytes } = await proxy.frame('mention', 'up', saying('pgMsgP', 'mentionedInfo'));
    sameFrame(reference, parts('sdk'), bytes, parts('bot'));
  });
  await endStep('the bot', bot);
  await proxy.close();
}

export default async function frames(binary) {
  const cloud = await startCloud(binary);
  try {
    const members = ['asker', 'sdk', 'client', 'bot'];
    for (const user of members) {
      await cloud.token(user);
    }
    await cloud.must('/group/create.json', { userId: members, groupId: 'club', groupName: 'Club' });
    const asker = await connectedPeer(cloud, 'asker');
    const reference = await sdkSteps(cloud, asker);
    await clientSteps(binary, cloud, asker);
    await botSteps(binary, cloud, asker, reference);
    await asker.stop();
    await endStep('the sandbox', cloud.child);
  } finally {
    await cloud.stop();
  }
}
