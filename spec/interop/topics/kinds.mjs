// kinds: messages of every kind between the Web SDK and a moondock bot, in both directions:
// the bot sends back what it read, as a table of its own.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
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

async function fileSteps({ alice, bob, bot, club }) {
  await step('qnTkn, a form, qnUrl: the bot uploads a file, the SDK is told its address', async () => {
    await alice.call('send', club, text, { content: 'file' });
    const { content } = await bob.message((m) => m.messageType === 'RC:FileMsg');
    const manifest = await readFile(new URL('../plugins/peer/plugin.lua', import.meta.url));
    assert.deepEqual([content.name, content.size, content.type],
      ['manifest.txt', manifest.length, 'lua']);
    const got = await fetch(content.fileUrl);
    assert.deepEqual(Buffer.from(await got.arrayBuffer()), manifest);
  });

  await step('sendFileMessage: the SDK uploads a file, the bot downloads it', async () => {
    await alice.call('send', bot, text, { content: 'fetch' });
    await alice.text('fetching');
    const file = { text: 'for the bot', name: 'a.txt', type: 'text/plain' };
    await alice.call('upload', 'sendFileMessage', bot, file);
    await alice.text('fetched text/plain for the bot');
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

// The bot does what a text says, and tells what it saw while it mirrors.
async function signSteps({ alice, bob, bot, club }) {
  const tell = (to, content) => alice.call('send', to, text, { content });

  await step('ppMsgS typing by the bot reaches the SDK', async () => {
    await tell(bot, 'type');
    await alice.take('TYPING_STATUS', ({ status }) => JSON.stringify(status).includes('bot'));
  });

  await step('ppMsgS typing by the SDK is an event of the bot', async () => {
    await alice.ask('sendTypingStatusMessage', bot, text);
    await alice.text('saw typing of alice');
  });

  await step('RC:ReadNtf by the bot reaches the SDK', async () => {
    const { messageUId } = await tell(bot, 'read this');
    const [receipt] = await alice.take('READ_RECEIPT_RECEIVED', (one) => (
      one.messageUId === messageUId
    ));
    assert.equal(receipt.conversation.targetId, 'bot');
  });

  await step('RC:ReadNtf by the SDK is an event of the bot', async () => {
    await tell(bot, 'echo read me');
    const seen = await alice.text('read me');
    await alice.call('sendReadReceiptMessage', 'bot', seen.messageUId, seen.sentTime);
    await alice.text(`saw read ${seen.messageUId} ${seen.sentTime}`);
  });

  await step('RC:RRRspMsg by the SDK is an event of the bot', async () => {
    await tell(club, 'echo read me all');
    const { messageUId } = await bob.text('read me all');
    const response = { receiptMessageDic: { bot: [messageUId] } };
    await bob.call('send', club, 'RC:RRRspMsg', response, { directionalUserIdList: ['bot'] });
    await bob.text(`saw read ${messageUId} nil`);
  });

  await step('RC:RRRspMsg by the bot reaches the one it answers', async () => {
    const { messageUId } = await tell(club, 'read this');
    await alice.take('MESSAGE_RECEIPT_RESPONSE', (event) => {
      const all = JSON.stringify(event);
      return all.includes(messageUId) && all.includes('bot');
    });
    await tell(club, 'echo enough');
    await bob.text('enough');
    assert.ok(!bob.events.some(({ event }) => event === 'MESSAGE_RECEIPT_RESPONSE'));
  });

  await step('RC:RRReqMsg by the bot asks, the SDK answers', async () => {
    await tell(club, 'wonder');
    const { messageUId } = await bob.text('has anybody read this?');
    await bob.take('MESSAGE_RECEIPT_REQUEST', (event) => (
      JSON.stringify(event).includes(messageUId)
    ));
    await bob.call('sendReadReceiptResponseV2', 'club', { bot: [messageUId] });
    await bob.text(`saw read ${messageUId} nil`);
  });

  await step('RC:RRReqMsg by the SDK asks, the bot answers', async () => {
    const { messageUId } = await alice.call('send', club, text, { content: 'read?' });
    await alice.call('sendReadReceiptRequest', 'club', messageUId);
    await alice.take('MESSAGE_RECEIPT_RESPONSE', (event) => {
      const all = JSON.stringify(event);
      return all.includes(messageUId) && all.includes('bot');
    });
  });

  await step('RC:MsgExMsg by the bot changes what the SDK has', async () => {
    await tell(club, 'poll');
    const poll = await bob.text('tea?');
    assert.match(poll.expansion.votes, /^[01]$/); // the SDK may have changed it already
    await bob.take('EXPANSION', (event) => {
      const all = JSON.stringify(event);
      return all.includes('"votes":"1"') && all.includes(poll.messageUId);
    });
  });

  await step('RC:MsgExMsg by the SDK is an event of the bot', async () => {
    const options = { canIncludeExpansion: true, expansion: { votes: '0' } };
    const sent = await alice.call('send', club, text, { content: 'vote' }, options);
    await alice.call('updateMessageExpansion', { votes: '7' }, sent);
    await alice.text(`saw expansion ${sent.messageUId} 7`);
  });

  await step('s_cmd 12, pullModifyMsg: an edit by the bot reaches the SDK', async () => {
    await tell(club, 'slip one too many');
    const slip = await bob.text('one too many');
    await tell(club, 'mend just one');
    const [[mended]] = await bob.take('MESSAGE_MODIFIED', (list) => (
      list.some((m) => m.messageUId === slip.messageUId)
    ));
    assert.equal(mended.content.content, 'just one');
    assert.equal(mended.isModifyMessage, true);
  });

  await step('modifyMsg by the SDK is an event of the bot', async () => {
    const sent = await alice.call('send', club, text, { content: 'tee' });
    await alice.call('modifyMessageWithParams', {
      conversation: club, messageUId: sent.messageUId, messageContent: { content: 'tea' },
    });
    await alice.text(`saw edit ${sent.messageUId} tea`);
    const { code } = await bob.ask('modifyMessageWithParams', {
      conversation: club, messageUId: sent.messageUId, messageContent: { content: 'coffee' },
    });
    assert.equal(code, 25107);
  });

  await step('pgMsgP directional: only those named get it', async () => {
    await tell(club, 'whisper hush');
    const whisper = await alice.text('hush');
    assert.equal(whisper.targetId, 'club');
    await tell(club, 'echo louder');
    await bob.text('louder');
    assert.ok(!JSON.stringify(bob.events).includes('"hush"'));
  });

  await step('cleanPMsg and cleanGMsg by the bot clear its history, not the SDK\'s', async () => {
    for (const to of [bot, club]) {
      await tell(to, 'forget');
      await alice.text('remember 0');
      const page = { timestamp: 0, count: 20, order: 0 };
      const { list } = await alice.call('getHistoryMessages', to, page);
      assert.ok(list.length > 5);
    }
  });

  await step('pgMsgP silent message of the bot', async () => {
    await tell(club, 'silently so be it');
    const quiet = await bob.text('so be it');
    assert.equal(quiet.disableNotification, true);
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
      await peer.call('register', 'RC:RRRspMsg', false, false);
    }
    const scene = { cloud, alice, bob, bot: person('bot'), club: group('club') };
    await quoteSteps(scene);
    await fileSteps(scene);
    await alice.call('send', scene.bot, text, { content: 'mirror' });
    await alice.text('mirroring');
    await mirrorSteps(scene);
    await signSteps(scene);
    await bob.stop();
    await endStep('the bot', robot);
    await endStep('the sandbox', cloud.child);
  } finally {
    await cloud.stop();
  }
}
