// kinds: messages of every kind between the Web SDK and a moondock bot, in both directions:
// the bot sends back what it read, as a table of its own.

import assert from 'node:assert/strict';
import { startBot } from '../lib/bot.mjs';
import { startCloud } from '../lib/cloud.mjs';
import { connectedPeer, group, person } from '../lib/peer.mjs';
import { endStep, step } from '../lib/report.mjs';

const text = 'RC:TxtMsg';
const thumbnail = '/9j/4AAQ';
const url = 'http://127.0.0.1/file';

const contents = {
  'RC:ImgMsg': { content: thumbnail, imageUri: url, thumWidth: 24, thumHeight: 18, extra: 'x' },
  'RC:GIFMsg': { gifDataSize: 9, remoteUrl: url, width: 3, height: 4 },
  'RC:HQVCMsg': {
    remoteUrl: url, duration: 3, format: 'aac', sampleRate: 16000, numberOfChannels: 1,
  },
  'RC:VcMsg': { content: 'IyFBTVI=', duration: 3 },
  'RC:FileMsg': { name: 'a.txt', size: 5, type: 'txt', fileUrl: url },
  'RC:SightMsg': { sightUrl: url, content: thumbnail, duration: 9, size: 70, name: 'a.mp4' },
  'RC:LBSMsg': { latitude: 47.375, longitude: 8.5, poi: '苏黎世', content: thumbnail },
  'RC:ImgTextMsg': { title: 'News', content: 'of today', imageUri: url, url },
  'RC:CombineMsg': {
    remoteUrl: url, nameList: ['Alice', 'Bob'], summaryList: ['Alice: tea?'], conversationType: 3,
  },
  'RC:CombineV2Msg': {
    nameList: ['Alice'], summaryList: ['Alice: tea?'], conversationType: 1, msgNum: 1,
    msgList: [{ objectName: text, content: { content: 'tea?' } }],
  },
  'RC:InfoNtf': { message: 'the topic is tea' },
  'RC:CmdMsg': { name: 'refresh', data: 'all' },
  'RC:CmdNtf': { name: 'refresh', data: 'all' },
};

async function mirrorSteps({ alice, bob, bot, club }) {
  for (const [type, content] of Object.entries(contents)) {
    await step(`pgMsgP ${type} from the SDK, read by the bot and sent back`, async () => {
      await alice.call('send', club, type, content);
      await bob.message((m) => m.messageType === type && m.senderUserId === 'alice');
      const back = await bob.message((m) => m.messageType === type && m.senderUserId === 'bot');
      assert.deepEqual(back.content, content);
    });
  }

  await step('ppMsgP RC:GrpNtf from the SDK is not believed, but seen', async () => {
    const notice = { operatorUserId: 'alice', operation: 'Tea', message: 'now', extra: '' };
    await alice.call('send', bot, 'RC:GrpNtf', { ...notice, data: '{"cups":2}' });
    const back = await alice.message((m) => (
      m.messageType === 'RC:GrpNtf' && m.senderUserId === 'bot'
    ));
    assert.deepEqual(back.content, { ...notice, data: { cups: 2 } });
  });
}

async function quoteSteps({ alice, bob, club }) {
  await step('pgMsgP RC:ReferenceMsg from the SDK is a text that answers', async () => {
    const first = await bob.call('send', club, text, { content: 'tea or coffee?' });
    const sent = await alice.call('send', club, 'RC:ReferenceMsg', {
      content: 'which', referMsgUserId: 'bob', referMsgUid: first.messageUId, objName: text,
      referMsg: { content: 'tea or coffee?' },
    });
    await bob.text(`quoted bob ${first.messageUId} tea or coffee?`);
    assert.ok(sent.messageUId);
  });

  await step('pgMsgP RC:ReferenceMsg from the bot is a quote for the SDK', async () => {
    const asked = await alice.call('send', club, text, { content: 'quote me' });
    const quote = await bob.message((m) => (
      m.messageType === 'RC:ReferenceMsg' && m.senderUserId === 'bot'
    ));
    assert.equal(quote.isMentioned, true);
    assert.equal(quote.content.content, 'you said that, @alice');
    assert.equal(quote.content.referMsgUid, asked.messageUId);
    assert.equal(quote.content.referMsgUserId, 'alice');
    assert.equal(quote.content.objName, text);
    assert.equal(quote.content.referMsg.content, 'quote me');
  });
}

export default async function kinds(binary) {
  const cloud = await startCloud(binary);
  try {
    for (const user of ['alice', 'bob', 'bot']) {
      await cloud.token(user);
    }
    const members = ['alice', 'bob', 'bot'];
    await cloud.must('/group/create.json', { userId: members, groupId: 'club', groupName: 'Club' });
    const robot = await startBot(binary, cloud, 'bot');
    const alice = await connectedPeer(cloud, 'alice');
    const bob = await connectedPeer(cloud, 'bob');
    for (const peer of [alice, bob]) {
      await peer.call('register', 'RC:CmdNtf', true, false);
      await peer.call('register', 'RC:GrpNtf', true, false);
    }
    const scene = { cloud, alice, bob, bot: person('bot'), club: group('club') };
    await quoteSteps(scene);
    await alice.call('send', scene.bot, text, { content: 'mirror' });
    await alice.text('mirroring');
    await mirrorSteps(scene);
    await bob.stop();
    await endStep('the bot', robot);
    await endStep('the sandbox', cloud.child);
  } finally {
    await cloud.stop();
  }
}
