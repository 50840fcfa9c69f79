// chat: private and group messages between the Web SDK and a moondock bot.

import assert from 'node:assert/strict';
import { startBot } from '../lib/bot.mjs';
import { startCloud } from '../lib/cloud.mjs';
import { connectedPeer, group, newPeer, person } from '../lib/peer.mjs';
import { endStep, step } from '../lib/report.mjs';

const text = 'RC:TxtMsg';

// The code of a refused message.
async function refusal(peer, to, content = 'refused') {
  return (await peer.ask('send', to, text, { content })).code;
}

async function talkSteps({ alice, bob, bot, club }) {
  await step('ppMsgP private text both ways with the bot', async () => {
    const sent = await alice.call('send', bot, text, { content: 'echo hello, bot 你好 🌙' });
    assert.match(sent.messageUId, /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
    const answer = await alice.text('hello, bot 你好 🌙');
    assert.equal(answer.senderUserId, 'bot');
    assert.equal(answer.conversationType, 1);
    assert.equal(answer.targetId, 'bot');
    assert.ok(answer.sentTime >= sent.sentTime);
  });

  await step('pgMsgP group text both ways with the bot', async () => {
    await alice.call('send', club, text, { content: 'echo to all' });
    await bob.text('echo to all');
    for (const peer of [alice, bob]) {
      const answer = await peer.text('to all');
      assert.equal(answer.senderUserId, 'bot');
      assert.equal(answer.conversationType, 3);
      assert.equal(answer.targetId, 'club');
    }
  });

  await step('pgMsgP mention of the bot is seen by it', async () => {
    const mentionedInfo = { type: 2, userIdList: ['bot'] };
    const content = { content: '@bot are you there?', mentionedInfo };
    const sent = await alice.call('send', club, text, content, { isMentioned: true });
    await alice.text(`saw mention ${sent.messageUId}`);
    const seen = await bob.text('@bot are you there?');
    assert.equal(seen.isMentioned, true);
    assert.deepEqual(seen.content.mentionedInfo.userIdList, ['bot']);
  });

  await step('pgMsgP mention by the bot is seen by the SDK', async () => {
    await alice.call('send', club, text, { content: 'greet' });
    const answer = await alice.message((m) => m.senderUserId === 'bot' && m.isMentioned);
    assert.deepEqual(answer.content.mentionedInfo.userIdList, ['alice']);
    assert.equal(answer.content.mentionedInfo.type, 2);
    await bob.message((m) => m.senderUserId === 'bot' && m.isMentioned);
  });

  await step('pgMsgP custom type from the SDK reaches SDK and bot', async () => {
    const card = { title: 'from the sdk', stars: 3 };
    const sent = await alice.call('send', club, 'app:card', card);
    const seen = await bob.message((m) => m.messageType === 'app:card');
    assert.deepEqual(seen.content, card);
    await alice.text(`saw app:card ${sent.messageUId}`);
  });

  await step('pgMsgP custom type from the bot reaches the SDK', async () => {
    await alice.call('send', club, text, { content: 'card from the bot' });
    const seen = await alice.message((m) => m.messageType === 'app:card');
    assert.deepEqual(seen.content, { title: 'from the bot', stars: 5 });
  });

  await step('ppMsgP image content', async () => {
    const image = { content: '/9j/4AAQ', imageUri: 'http://127.0.0.1/a.jpg' };
    await alice.call('send', person('bob'), 'RC:ImgMsg', image);
    const { content } = await bob.message((m) => m.messageType === 'RC:ImgMsg');
    assert.equal(content.imageUri, image.imageUri);
    assert.equal(content.content, image.content);
  });

  await step('pgMsgP file content', async () => {
    const file = { name: 'a.txt', size: 5, type: 'txt', fileUrl: 'http://127.0.0.1/a.txt' };
    const sent = await alice.call('send', club, 'RC:FileMsg', file);
    const { content } = await bob.message((m) => m.messageType === 'RC:FileMsg');
    assert.equal(content.fileUrl, file.fileUrl);
    assert.equal(content.name, file.name);
    await alice.text(`saw file ${sent.messageUId}`);
  });

  await step('ppMsgS typing reaches the peer', async () => {
    await alice.ask('sendTypingStatusMessage', person('bob'), text);
    await bob.take('TYPING_STATUS', ({ status }) => (
      JSON.stringify(status).includes('alice')
    ));
  });

  await step('pgMsgS a status message reaches who is online', async () => {
    await alice.ask('send', club, 'app:wave', { hand: 'left' });
    const seen = await bob.message((m) => m.messageType === 'app:wave');
    assert.deepEqual(seen.content, { hand: 'left' });
  });

  await step('ppMsgP RC:ReadNtf read receipt reaches the author', async () => {
    const sent = await alice.call('send', person('bob'), text, { content: 'read me' });
    const seen = await bob.text('read me');
    assert.equal(seen.messageUId, sent.messageUId);
    await bob.call('sendReadReceiptMessage', 'alice', seen.messageUId, seen.sentTime);
    await alice.take('READ_RECEIPT_RECEIVED', (receipt) => (
      receipt.messageUId === sent.messageUId
    ));
  });
}

async function historySteps({ alice, bob, bot, club }) {
  await step('qryPMsg history of a private chat, in order', async () => {
    const page = { timestamp: 0, count: 20, order: 0 };
    const { list } = await alice.call('getHistoryMessages', bot, page);
    assert.deepEqual(
      list.map((m) => [m.senderUserId, m.content.content]),
      [['alice', 'echo hello, bot 你好 🌙'], ['bot', 'hello, bot 你好 🌙']],
    );
  });

  await step('qryGMsg history of a group, page by page', async () => {
    const page = { timestamp: 0, count: 2, order: 0 };
    const newest = await bob.call('getHistoryMessages', club, page);
    assert.equal(newest.list.length, 2);
    assert.equal(newest.hasMore, true);
    const older = await bob.call('getHistoryMessages', club, {
      ...page, timestamp: newest.list[0].sentTime,
    });
    assert.equal(older.list.length, 2);
    assert.ok(older.list[1].sentTime < newest.list[0].sentTime);
  });

  await step('qryGMsg history from the oldest on', async () => {
    const page = { timestamp: 1, count: 2, order: 1 };
    const { list } = await bob.call('getHistoryMessages', club, page);
    assert.equal(list[0].messageType, 'RC:GrpNtf'); // the group was created
    assert.equal(list[1].content.content, 'echo to all');
  });

  await step('qryRelationR conversation list', async () => {
    const list = await alice.call('getConversationList', { count: 50, startTime: 0, order: 0 });
    const found = list.map((one) => `${one.conversationType}/${one.targetId}`).sort();
    assert.deepEqual(found, ['1/bob', '1/bot', '3/club']);
  });

  await step('delRelationBatch removes a conversation from the list', async () => {
    await alice.call('removeConversation', person('bob'), true);
    const list = await alice.call('getConversationList', { count: 50, startTime: 0, order: 0 });
    assert.ok(!list.some((one) => one.targetId === 'bob'));
  });
}

// Whether the newest page of a conversation still holds a text with that UID.
async function inHistory(peer, conversation, uid) {
  const page = { timestamp: 0, count: 50, order: 0 };
  const { list } = await peer.call('getHistoryMessages', conversation, page);
  return list.some((m) => m.messageUId === uid && m.messageType === text);
}

const recallOf = (uid) => (m) => (
  m.messageType === 'RC:RcCmd' && m.content.messageUId === uid
);

async function recallSteps({ cloud, alice, bob, club }) {
  await step('recallMsg by the SDK is seen by SDK and bot', async () => {
    const sent = await alice.call('send', club, text, { content: 'never mind' });
    await bob.text('never mind');
    const { messageUId, sentTime } = sent;
    await alice.call('recallMessage', club, { messageUId, sentTime });
    await bob.message(recallOf(messageUId));
    await bob.text(`saw recall ${messageUId}`);
    assert.equal(await inHistory(bob, club, messageUId), false);
  });

  await step('recallMsg by the bot is seen by the SDK', async () => {
    await alice.call('send', club, text, { content: 'slip a wrong word' });
    const wrong = await bob.text('a wrong word');
    await alice.call('send', club, text, { content: 'unsay' });
    await bob.message(recallOf(wrong.messageUId));
    assert.equal(await inHistory(bob, club, wrong.messageUId), false);
  });

  await step('recall through the Server API is seen by SDK and bot', async () => {
    const { messageUId, sentTime } = await alice.call('send', club, text, { content: 'rude' });
    await bob.text('rude');
    await cloud.must('/message/recall.json', {
      fromUserId: 'alice', conversationType: 3, targetId: 'club', messageUID: messageUId, sentTime,
    });
    await bob.message(recallOf(messageUId));
    await bob.text(`saw recall ${messageUId}`);
    assert.equal(await inHistory(bob, club, messageUId), false);
  });
}

async function refusalSteps({ cloud, alice, bob, club }) {
  await step('22408: a muted member is refused, and unmuted again', async () => {
    const mute = { userId: 'alice', groupId: 'club', minute: 5 };
    await cloud.must('/group/user/gag/add.json', mute);
    assert.equal(await refusal(alice, club), 22408);
    await cloud.must('/group/user/gag/rollback.json', mute);
    await alice.call('send', club, text, { content: 'free again' });
    await bob.text('free again');
  });

  await step('22408: everybody in a muted group is refused', async () => {
    await cloud.must('/group/ban/add.json', { groupId: 'club' });
    assert.equal(await refusal(alice, club), 22408);
    await cloud.must('/group/ban/rollback.json', { groupId: 'club' });
    assert.equal(await refusal(alice, club, 'all free again'), 0);
    await bob.text('all free again');
  });

  await step('22406: who is not in the group is refused', async () => {
    assert.equal(await refusal(alice, group('elsewhere')), 22406);
  });

  await step('405: who is on the blacklist is refused', async () => {
    const list = { userId: 'bob', blackUserId: 'alice' };
    await cloud.must('/user/blacklist/add.json', list);
    assert.equal(await refusal(alice, person('bob')), 405);
    await cloud.must('/user/blacklist/remove.json', list);
    assert.equal(await refusal(alice, person('bob'), 'friends again'), 0);
    await bob.text('friends again');
  });

  await step('20604: too fast, by fault', async () => {
    await cloud.fault('publish', { status: 20604 }, { user: 'alice', topic: 'pgMsgP' });
    assert.equal(await refusal(alice, club), 20604);
  });

  await step('21501, 21502: a sensitive word blocks, another is replaced', async () => {
    await cloud.must('/sensitiveword/add.json', { word: 'plague' });
    await cloud.must('/sensitiveword/add.json', { word: 'cholera', replaceWord: 'cough' });
    assert.equal(await refusal(alice, club, 'the plague is here'), 21501);
    assert.equal(await refusal(alice, club, 'no, only cholera'), 21502);
    await bob.text('no, only cough');
    assert.ok(!JSON.stringify(bob.events).includes('plague'));
  });
}

async function moderationSteps({ alice, bob, club }) {
  await step('22408: muted by the bot, and unmuted again', async () => {
    await bob.call('send', club, text, { content: 'mute alice' });
    await bob.text('muted alice');
    assert.equal(await refusal(alice, club), 22408);
    await bob.call('send', club, text, { content: 'unmute alice' });
    await bob.text('unmuted alice');
    await alice.call('send', club, text, { content: 'thank you' });
    await bob.text('thank you');
  });

  await step('22406: kicked by the bot, which announces it', async () => {
    await bob.call('send', club, text, { content: 'kick alice' });
    await bob.text('kicked alice');
    const notice = await bob.message((m) => (
      m.messageType === 'RC:GrpNtf' && m.content.operation === 'Kicked'
    ));
    assert.ok(JSON.stringify(notice.content.data).includes('alice'));
    assert.equal(await refusal(alice, club), 22406);
  });
}

async function absenceSteps({ cloud, alice, bob, bot, club }) {
  await step('pullMsg offline messages after a time away', async () => {
    await alice.call('disconnect');
    alice.forget();
    await bob.call('send', bot, text, { content: 'tell alice while you were out' });
    await bob.call('send', club, text, { content: 'echo you missed this' });
    await bob.text('you missed this');
    await alice.call('connect', await cloud.token('alice'));
    const told = await alice.text('while you were out');
    assert.equal(told.isOffLineMessage, true);
    await alice.text('you missed this');
    await alice.take('PULL_OFFLINE_MESSAGE_FINISHED');
  });

  await step('pullMsg gives a new device what is still held', async () => {
    await alice.stop();
    const again = await newPeer('alice');
    await again.init(cloud);
    again.call('connect', await cloud.token('alice'));
    await again.text('while you were out');
    await again.stop();
  });

  await step('a sync copy of my own message reaches my other device', async () => {
    await cloud.control('POST', '/user', { user_id: 'carol', multi_device: true });
    await cloud.must('/group/join.json', { userId: 'carol', groupId: 'club', groupName: 'Club' });
    const desk = await connectedPeer(cloud, 'carol');
    const phone = await connectedPeer(cloud, 'carol');
    const sent = await desk.call('send', club, text, { content: 'from my desk' });
    const copy = await phone.text('from my desk');
    assert.equal(copy.messageUId, sent.messageUId);
    assert.equal(copy.sentTime, sent.sentTime);
    assert.equal(copy.messageDirection, 1);
    const direct = await desk.call('send', person('bob'), text, { content: 'psst' });
    const { messageUId, targetId } = await phone.text('psst');
    assert.deepEqual({ messageUId, targetId }, { messageUId: direct.messageUId, targetId: 'bob' });
    await desk.stop();
    await phone.stop();
  });
}

async function noticeSteps({ cloud, bob, club }) {
  await step('group notice: a join is announced to SDK and bot', async () => {
    await cloud.must('/group/join.json', { userId: 'dave', groupId: 'club', groupName: 'Club' });
    const notice = await bob.message((m) => (
      m.messageType === 'RC:GrpNtf' && m.content.operation === 'Add'
        && JSON.stringify(m.content.data).includes('dave')
    ));
    assert.equal(notice.senderUserId, '__system__');
    await bob.text('saw join dave');
  });

  await step('group notice: a quit is announced to SDK and bot', async () => {
    await cloud.must('/group/quit.json', { userId: 'dave', groupId: 'club' });
    await bob.message((m) => m.messageType === 'RC:GrpNtf' && m.content.operation === 'Quit');
    await bob.text('saw leave dave');
  });

  await step('group notice: bob cannot pose as the App Server', async () => {
    const content = {
      operatorUserId: 'bob', operation: 'Add', message: '', extra: '',
      data: { operatorNickname: 'bob', targetUserIds: ['eve'], targetUserDisplayNames: ['eve'] },
    };
    await bob.call('send', club, 'RC:GrpNtf', content);
    await bob.call('send', club, text, { content: 'echo done' });
    await bob.text('done');
    assert.ok(!JSON.stringify(bob.events).includes('saw join eve'));
  });
}

export default async function chat(binary) {
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
      await peer.call('register', 'app:card', true, true);
      await peer.call('register', 'app:wave', false, false, true);
    }
    await bob.call('register', 'RC:GrpNtf', true, false);
    const scene = { cloud, alice, bob, bot: person('bot'), club: group('club') };
    await talkSteps(scene);
    await historySteps(scene);
    await recallSteps(scene);
    await refusalSteps(scene);
    await moderationSteps(scene);
    await cloud.must('/group/join.json', { userId: 'alice', groupId: 'club', groupName: 'Club' });
    await absenceSteps(scene);
    await noticeSteps(scene);
    await bob.stop();
    await endStep('the bot', robot);
    await endStep('the sandbox', cloud.child);
  } finally {
    await cloud.stop();
  }
}
