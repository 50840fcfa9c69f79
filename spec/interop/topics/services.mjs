// services: what else the sandbox offers to the Web SDK: other ways to push and answer,
// deleting, expansion, settings, files, batches of chatroom entries.

import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { startCloud } from '../lib/cloud.mjs';
import { fieldOf } from '../lib/frame.mjs';
import { connectedPeer, group, newPeer, person } from '../lib/peer.mjs';
import { Proxy } from '../lib/proxy.mjs';
import { endStep, step } from '../lib/report.mjs';

const text = 'RC:TxtMsg';
const club = group('club');
const page = { timestamp: 0, count: 20, order: 0 };

const limits = (cloud, some) => cloud.control('POST', '/limits', some);

async function texts(peer, conversation) {
  const { list } = await peer.call('getHistoryMessages', conversation, page);
  return list.filter((m) => m.messageType === text).map((m) => m.content.content);
}

async function pushSteps(cloud, bob) {
  const proxy = await new Proxy(cloud).listen();
  const dora = await connectedPeer(cloud, 'dora', [proxy.url]);
  const pushes = (topic) => proxy.count('down', (frame) => frame.topic === topic);

  await step('s_msg: a message pushed whole is acknowledged and shown', async () => {
    await limits(cloud, { push: 'direct' });
    await bob.call('send', person('dora'), text, { content: 'whole' });
    await dora.text('whole');
    assert.equal(pushes('s_msg'), 1);
    const { frame } = proxy.frames.find((one) => one.frame.topic === 's_msg');
    await proxy.frame('PUBACK', 'up', (one) => one.type === 'PUBACK' && one.id === frame.id);
  });

  await step('s_ntf 1: a message announced is pulled', async () => {
    await limits(cloud, { push: 'notice' });
    await bob.call('send', person('dora'), text, { content: 'announced' });
    await dora.text('announced');
    assert.equal(pushes('s_ntf'), 1);
    await limits(cloud, { push: 'direct' });
  });

  await step('pullMsg finished = false: page after page, gzip', async () => {
    await dora.call('disconnect');
    const long = (number) => `${number} ${'long '.repeat(1000)}`;
    for (let i = 0; i < 5; i += 1) {
      await bob.call('send', person('dora'), text, { content: long(i) });
    }
    await limits(cloud, { page: 2, gzip: true });
    const before = proxy.frames.length;
    await dora.call('connect', await cloud.token('dora'));
    for (let i = 0; i < 5; i += 1) {
      await dora.text(long(i));
    }
    const answers = proxy.frames.slice(before).filter((one) => (
      one.frame.type === 'QUERYACK' && one.frame.payload.includes(Buffer.from([0x1f, 0x8b]))
    ));
    assert.ok(answers.length >= 2, `${answers.length} compressed answers`);
    const inside = gunzipSync(fieldOf(answers[0].frame.payload, 9));
    assert.equal(fieldOf(inside, 3), 0n, 'the first page says that it is the last');
    await limits(cloud, { page: 100, gzip: false });
  });

  await step('CONNACK of protocolVer 4, when navi says openAnti', async () => {
    await limits(cloud, { open_anti: true });
    const eve = await newPeer('eve');
    await eve.init(cloud, [proxy.url]);
    assert.equal((await eve.call('connect', await cloud.token('eve'))).userId, 'eve');
    assert.match(proxy.sockets.at(-1), /&protocolVer=4$/);
    await eve.call('send', person('bob'), text, { content: 'numbered from there' });
    await bob.text('numbered from there');
    await limits(cloud, { open_anti: false });
    await eve.stop();
  });

  await dora.stop();
  await proxy.close();
}

async function messageSteps(cloud, alice, bob) {
  await step('pgMsgP directional: only the named members receive it', async () => {
    const carol = await connectedPeer(cloud, 'carol');
    const options = { directionalUserIdList: ['bob'] };
    await alice.call('send', club, text, { content: 'for bob only' }, options);
    await bob.text('for bob only');
    await alice.call('send', club, text, { content: 'for all' });
    await carol.text('for all');
    assert.ok(!JSON.stringify(carol.events).includes('for bob only'));
    assert.deepEqual(await texts(carol, club), ['for all']);
    await carol.stop();
  });

  await step('RC:MsgExMsg: an expansion and its change reach the peer', async () => {
    const options = { canIncludeExpansion: true, expansion: { votes: '0' } };
    const sent = await alice.call('send', person('bob'), text, { content: 'vote' }, options);
    const seen = await bob.text('vote');
    assert.deepEqual(seen.expansion, { votes: '0' });
    await alice.call('updateMessageExpansion', { votes: '1' }, sent);
    await bob.take('EXPANSION', (event) => JSON.stringify(event).includes('"votes":"1"'));
    await alice.call('removeMessageExpansionForKey', ['votes'], sent);
    await bob.take('EXPANSION', (event) => (
      JSON.stringify(event.deletedExpansion ?? {}).includes('votes')
    ));
  });

  await step('delMsg removes one message for me alone', async () => {
    const sent = await alice.call('send', person('bob'), text, { content: 'not for my eyes' });
    const { messageUId, sentTime, messageDirection } = sent;
    const one = { messageUId, sentTime, messageDirection };
    await alice.call('deleteMessages', person('bob'), [one]);
    assert.ok(!(await texts(alice, person('bob'))).includes('not for my eyes'));
    assert.ok((await texts(bob, person('alice'))).includes('not for my eyes'));
  });

  await step('cleanPMsg and cleanGMsg clear my history up to a time', async () => {
    const now = await alice.call('serverTime');
    for (const [mine, theirs] of [[person('bob'), person('alice')], [club, club]]) {
      await alice.call('clearHistoryMessages', mine, now);
      assert.deepEqual(await texts(alice, mine), []);
      assert.ok((await texts(bob, theirs)).length > 0);
    }
  });

  await step('25102: a query is refused by fault', async () => {
    await cloud.fault('query', { status: 25102 }, { user: 'alice', topic: 'qryGMsg' });
    assert.equal((await alice.ask('getHistoryMessages', club, page)).code, 25102);
  });

  await step('qryMsg finds messages by UID', async () => {
    const { messageUId } = await alice.call('send', club, text, { content: 'find me' });
    const found = await bob.call('getMessagesByUIds', {
      conversationIdentifier: club, messageUIds: [messageUId, 'AAAA-BBBB-CCCC-DDDD'],
    });
    const answer = JSON.stringify(found);
    assert.ok(answer.includes('find me'), answer);
  });
}

async function settingSteps(cloud) {
  await cloud.control('POST', '/user', { user_id: 'gina', multi_device: true });
  await cloud.token('gina');
  const desk = await connectedPeer(cloud, 'gina');
  const phone = await connectedPeer(cloud, 'gina');
  await desk.call('send', person('bob'), text, { content: 'hello' });
  await phone.text('hello');

  await step('setSeAtt, s_cmd 3, pullSeAtts: a chat is pinned on both devices', async () => {
    await desk.call('setConversationToTop', person('bob'), true);
    await phone.take('CONVERSATION', (event) => (
      JSON.stringify(event).includes('"isTop":true')
    ));
  });

  await step('setSeAtt: a muted chat is muted on both devices', async () => {
    await desk.call('setConversationNotificationLevel', person('bob'), 5);
    await phone.take('CONVERSATION', (event) => (
      JSON.stringify(event).includes('"notificationLevel":5')
    ));
    assert.equal(await phone.call('getConversationNotificationLevel', person('bob')), 5);
  });

  await step('qryRLBatch: the pinned chats, with the last message of each', async () => {
    const [chat, other] = await phone.call('getTopConversationList');
    assert.deepEqual([chat.targetId, chat.isTop, other], ['bob', true, undefined]);
    assert.equal(chat.latestMessage.content.content, 'hello');
    const muted = await phone.call('getBlockedConversationList');
    assert.deepEqual(muted.map((one) => one.targetId), ['bob']);
  });

  await desk.stop();
  await phone.stop();
}

async function fileSteps(cloud, alice, bob) {
  await step('qnTkn gives an upload token', async () => {
    const auth = await alice.call('getFileToken', 4, 'a.txt');
    assert.ok(auth.token.length > 0);
  });

  await step('qnUrl gives an address to download from', async () => {
    const { downloadUrl } = await alice.call('getFileUrl', 4, 'a.txt');
    assert.match(downloadUrl, /^http:\/\/127\.0\.0\.1:\d+\//);
  });

  await step('sendFileMessage: the SDK uploads a file, the peer fetches it', async () => {
    const file = { text: 'three words here', name: 'a b.txt', type: 'text/plain' };
    const sent = await alice.call('upload', 'sendFileMessage', person('bob'), file);
    assert.ok(sent.progress.length > 0);
    const seen = await bob.message((m) => m.messageType === 'RC:FileMsg');
    assert.equal(seen.content.name, 'a b.txt');
    assert.equal(seen.content.fileUrl, sent.content.fileUrl);
    const got = await fetch(seen.content.fileUrl);
    assert.equal(got.headers.get('content-type'), 'text/plain');
    assert.equal(await got.text(), 'three words here');
  });

  await step('34011: the store refuses, the SDK says so', async () => {
    await cloud.fault('http', { http_status: 503 }, { path: '/_files' });
    const file = { text: 'x', name: 'x.txt', type: 'text/plain' };
    const answer = await alice.ask('upload', 'sendFileMessage', person('bob'), file);
    assert.equal(answer.code, 34011);
  });
}

async function roomSteps(alice, bob) {
  await alice.call('joinChatRoom', 'lobby', { count: 10 });
  await bob.call('joinExistChatRoom', 'lobby', { count: 10 });

  await step('setKVS and delKVS: several entries at once', async () => {
    const entries = [{ key: 'a', value: '1' }, { key: 'b', value: '2' }];
    await alice.call('setChatRoomEntries', 'lobby', { entries });
    await bob.take('CHATROOM', (event) => JSON.stringify(event).includes('"b"'));
    assert.deepEqual(await bob.call('getAllChatRoomEntries', 'lobby'), { a: '1', b: '2' });
    await alice.call('removeChatRoomEntries', 'lobby', { entries: ['a', 'b'] });
    await bob.take('CHATROOM', (event) => JSON.stringify(event).includes('"type":2'));
  });

  await step('qryCHMsg: the history of a chatroom', async () => {
    const lobby = { conversationType: 4, targetId: 'lobby' };
    await alice.call('send', lobby, text, { content: 'for the record' });
    const { list } = await bob.call('getChatroomHistoryMessages', 'lobby', page);
    assert.deepEqual(list.map((m) => m.content.content), ['for the record']);
  });
}

export default async function services(binary) {
  const cloud = await startCloud(binary);
  try {
    const members = ['alice', 'bob', 'carol'];
    for (const user of members) {
      await cloud.token(user);
    }
    await cloud.must('/group/create.json', { userId: members, groupId: 'club', groupName: 'Club' });
    const alice = await connectedPeer(cloud, 'alice');
    const bob = await connectedPeer(cloud, 'bob');
    await pushSteps(cloud, bob);
    await messageSteps(cloud, alice, bob);
    await settingSteps(cloud);
    await fileSteps(cloud, alice, bob);
    await roomSteps(alice, bob);
    await alice.stop();
    await bob.stop();
    await endStep('the sandbox', cloud.child);
  } finally {
    await cloud.stop();
  }
}
