// rooms: chatrooms.

import assert from 'node:assert/strict';
import { startCloud } from '../lib/cloud.mjs';
import { connectedPeer } from '../lib/peer.mjs';
import { endStep, step } from '../lib/report.mjs';

const text = 'RC:TxtMsg';
const hall = { conversationType: 4, targetId: 'hall' };

async function talkSteps(alice, bob) {
  await step('joinChrmR 23410: a room that does not exist', async () => {
    assert.equal((await alice.ask('joinExistChatRoom', 'nowhere', { count: 10 })).code, 23410);
  });

  await step('joinChrm creates a room', () => alice.call('joinChatRoom', 'hall', { count: 10 }));

  await step('chatMsg 23406: who is not in the room is refused', async () => {
    assert.equal((await bob.ask('send', hall, text, { content: 'hello?' })).code, 23406);
  });

  await step('chatMsg is accepted', async () => {
    await alice.call('send', hall, text, { content: 'first' });
  });

  await step('joinChrmR and chrmPull: an existing room, with its last messages', async () => {
    await bob.call('joinExistChatRoom', 'hall', { count: 10 });
    const first = await bob.text('first');
    assert.equal(first.conversationType, 4);
    assert.equal(first.targetId, 'hall');
    assert.equal(first.senderUserId, 'alice');
  });

  await step('s_ntf 2 and chrmPull: a message reaches the others', async () => {
    await bob.call('send', hall, text, { content: 'second' });
    await alice.text('second');
    await alice.call('send', hall, text, { content: 'third' });
    await bob.text('third');
    for (const own of ['first', 'third']) {
      assert.ok(!JSON.stringify(alice.events).includes(own), 'my own message came back');
    }
    assert.ok(!JSON.stringify(bob.events).includes('first'), 'a message came twice');
  });

  await step('queryChrmI tells who is there', async () => {
    const info = await alice.call('getChatRoomInfo', 'hall', { count: 10, order: 1 });
    assert.equal(info.userCount, 2);
    assert.deepEqual(info.userInfos.map((one) => one.id), ['alice', 'bob']);
  });
}

async function entrySteps(alice, bob) {
  await step('setKV, s_cmd 2 and pullKV: an entry reaches the others', async () => {
    await alice.call('setChatRoomEntry', 'hall', { key: 'topic', value: 'moon' });
    await bob.take('CHATROOM', (event) => JSON.stringify(event).includes('moon'));
    assert.equal(await bob.call('getChatRoomEntry', 'hall', 'topic'), 'moon');
  });

  await step('setKV 23424: somebody else\'s entry is not overwritten', async () => {
    const { code } = await bob.ask('setChatRoomEntry', 'hall', { key: 'topic', value: 'sun' });
    assert.equal(code, 23424);
  });

  await step('setKV with force overwrites', async () => {
    await bob.call('forceSetChatRoomEntry', 'hall', { key: 'topic', value: 'sun' });
    await alice.take('CHATROOM', (event) => JSON.stringify(event).includes('sun'));
    assert.deepEqual(await alice.call('getAllChatRoomEntries', 'hall'), { topic: 'sun' });
  });

  await step('delKV removes an entry', async () => {
    await bob.call('removeChatRoomEntry', 'hall', { key: 'topic' });
    await alice.take('CHATROOM', (event) => JSON.stringify(event).includes('"type":2'));
    assert.deepEqual(await alice.call('getAllChatRoomEntries', 'hall'), {});
  });
}

async function leaveSteps(cloud, alice, bob) {
  await step('a reconnect rejoins with joinChrmR and pulls what was said', async () => {
    alice.forget();
    await cloud.fault('push', { close: true }, { user: 'alice' });
    await bob.call('send', hall, text, { content: 'while you were gone' });
    await alice.take('SUSPEND');
    await alice.take('CONNECTED');
    await alice.text('while you were gone');
  });

  await step('exitChrm: who left is not in the room any more', async () => {
    await bob.call('quitChatRoom', 'hall');
    const { code } = await bob.ask('send', hall, text, { content: 'still here' });
    assert.equal(code, 23406);
    const info = await alice.call('getChatRoomInfo', 'hall', { count: 10, order: 1 });
    assert.equal(info.userCount, 1);
  });
}

export default async function rooms(binary) {
  const cloud = await startCloud(binary);
  try {
    const alice = await connectedPeer(cloud, 'alice');
    const bob = await connectedPeer(cloud, 'bob');
    await talkSteps(alice, bob);
    await entrySteps(alice, bob);
    await leaveSteps(cloud, alice, bob);
    await alice.stop();
    await bob.stop();
    await endStep('the sandbox', cloud.child);
  } finally {
    await cloud.stop();
  }
}
