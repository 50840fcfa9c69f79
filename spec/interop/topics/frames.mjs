// frames: what our client puts on the wire, compared with what the official SDK does for
// the same call: with the frames that were captured once (spec/support/frames.json), and
// with the SDK running beside it.

import assert from 'node:assert/strict';
import { startBot } from '../lib/bot.mjs';
import { startCloud } from '../lib/cloud.mjs';
import { sameAsReference, sameUrl } from '../lib/compare.mjs';
import { NodePeer, connectedPeer, group, person } from '../lib/peer.mjs';
import { Proxy } from '../lib/proxy.mjs';
import { step } from '../lib/report.mjs';

const text = 'RC:TxtMsg';
// The frames were captured with an explicit empty channel, so these calls name one, too.
const named = (conversation) => ({ ...conversation, channelId: '' });
const club = named(group('club'));

const ofType = (type) => (frame) => frame.type === type;
const ofTopic = (topic) => (frame) => frame.topic === topic;
const saying = (topic, content) => (frame) => (
  frame.topic === topic && frame.payload.includes(Buffer.from(content))
);

// Both ends of the comparison make the same calls: [what, reference, who is who there,
// how to find ours].
const calls = (mine) => [
  ['PINGREQ', 'PINGREQ', {}, ofType('PINGREQ')],
  ['pullMsg, the first', 'pullMsg (first, empty cursors)', { alice: 'ME' }, ofTopic('pullMsg')],
  ['QUERYCON', 'pullMsg (first, empty cursors) / QUERYCON', {}, ofType('QUERYCON')],
  ['PUBACK', 'PUBACK from client', {}, ofType('PUBACK')],
  ['ppMsgP private text', 'private text', { bob: 'PEER' }, saying('ppMsgP', 'to you')],
  ['pgMsgP group text', 'group text', { 'g-demo': 'CLUB' }, saying('pgMsgP', 'to all')],
  ['pgMsgP mention', 'group text with mention', { 'g-demo': 'CLUB', bob: 'PEER' }, saying('pgMsgP', 'mentionedInfo')],
  ['recallMsg', 'recall', { alice: 'ME', 'g-demo': 'CLUB' }, ofTopic('recallMsg')],
  ['qryPMsg history', 'history, private', { alice: 'ME', bob: 'PEER' }, ofTopic('qryPMsg')],
  ['qryGMsg history', 'history, group', { bob: 'ME', 'g-demo': 'CLUB' }, ofTopic('qryGMsg')],
].map(([what, reference, theirs, match]) => ({
  what, reference, theirs, match, ours: { [mine]: 'ME', asker: 'PEER', club: 'CLUB' },
}));

async function compareSteps(name, proxy, mine, url) {
  await step(`${name}: the URL of the socket`, async () => sameUrl(proxy.sockets[0], url));
  for (const { what, reference, theirs, match, ours } of calls(mine)) {
    await step(`${name}: ${what} as in frames.json`, async () => {
      const { bytes } = await proxy.frame(what, 'up', match);
      sameAsReference(reference, theirs, bytes, ours);
    });
  }
}

// The official SDK makes the calls. If it does not pass, the comparison is at fault.
async function sdkSteps(cloud, asker) {
  const proxy = await new Proxy(cloud).listen();
  const sdk = await connectedPeer(cloud, 'sdk', [proxy.url]);
  const push = { pushContent: 'you were mentioned', pushData: '{"k":1}' };
  const mentionedInfo = { type: 2, userIdList: ['asker'], mentionedContent: 'look' };
  await asker.call('send', person('sdk'), text, { content: 'hello' });
  await sdk.text('hello');
  const asking = named(person('asker'));
  await sdk.call('send', asking, text, { content: 'to you' });
  const { messageUId, sentTime } = await sdk.call('send', club, text, { content: 'to all' });
  await sdk.call('send', club, text, { content: 'at', mentionedInfo }, { isMentioned: true, ...push });
  await sdk.call('recallMessage', club, { messageUId, sentTime });
  await sdk.call('getHistoryMessages', asking, { timestamp: 0, count: 20, order: 0 });
  await sdk.call('getHistoryMessages', club, { timestamp: 0, count: 2, order: 0 });
  await compareSteps('SDK', proxy, 'sdk', {});

  await step('the comparison sees a single different byte', async () => {
    const { bytes } = await proxy.frame('group text', 'up', saying('pgMsgP', 'to all'));
    const theirs = { 'g-demo': 'CLUB' };
    const ours = { club: 'CLUB' };
    sameAsReference('group text', theirs, bytes, ours);
    const tail = bytes.length - 1; // option_bits
    for (const at of [0, tail]) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 1;
      assert.throws(() => sameAsReference('group text', theirs, changed, ours));
    }
    const extra = Buffer.concat([bytes, Buffer.from([0xb8, 0x01, 0x00])]); // field 23
    assert.throws(() => sameAsReference('group text', theirs, extra, ours));
  });

  await sdk.stop();
  await proxy.close();
}

// A bot makes the same calls because somebody asks it to.
async function botSteps(binary, cloud, asker) {
  const proxy = await new Proxy(cloud).listen();
  const bot = await startBot(binary, cloud, 'bot', proxy.url);
  await asker.call('send', person('bot'), text, { content: 'echo to you' });
  await asker.text('to you');
  await asker.call('send', club, text, { content: 'echo to all' });
  await asker.text('to all');
  await asker.call('send', club, text, { content: 'greet' });
  await asker.message((m) => m.senderUserId === 'bot' && m.isMentioned);
  await asker.call('send', club, text, { content: 'slip of the tongue' });
  await asker.message((m) => m.messageType === 'RC:RcCmd');
  await compareSteps('bot', proxy, 'bot', {});
  await bot.stop();
  await proxy.close();
}

export default async function frames(binary) {
  const cloud = await startCloud(binary);
  try {
    const members = ['asker', 'sdk', 'bot'];
    for (const user of members) {
      await cloud.token(user);
    }
    await cloud.must('/group/create.json', { userId: members, groupId: 'club', groupName: 'Club' });
    const asker = await connectedPeer(cloud, 'asker');
    await sdkSteps(cloud, asker);
    await botSteps(binary, cloud, asker);
    await asker.stop();
  } finally {
    await cloud.stop();
  }
}
