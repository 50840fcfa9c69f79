// rest_room: chatrooms, and what users set for a conversation.

import assert from 'node:assert/strict';
import { done, localTime, refusedSteps } from '../lib/answers.mjs';
import { connectedPeer, group } from '../lib/peer.mjs';
import { step } from '../lib/report.mjs';

const text = 'RC:TxtMsg';
const hall = { conversationType: 4, targetId: 'hall' };

// The calls of the SDK change what they are given.
const ben = () => ({ id: 'hall', members: [{ id: 'ben' }], minute: 5 });

async function lifeSteps(sdk, peer) {
  const { Chatroom, Message } = sdk;

  await step('/chatroom/create.json by the SDK: done', async () => {
    await done(Chatroom.create([{ id: 'hall', name: 'Hall' }, { id: 'attic', name: 'Attic' }]));
    await peer.call('joinExistChatRoom', 'hall', { count: 10 });
  });

  await step('/chatroom/user/query.json by the SDK: lists who is in', async () => {
    const { total, members } = await done(Chatroom.get({ id: 'hall', count: 500, order: 1 }));
    assert.equal(total, 1);
    assert.equal(members[0].id, 'ben');
    assert.match(members[0].time, localTime);
  });

  await step('/chatroom/users/exist.json by the SDK: says who is in', async () => {
    const people = [{ id: 'ben' }, { id: 'ann' }];
    const { members } = await done(Chatroom.isExist({ id: 'hall', members: people }));
    assert.deepEqual(members, [{ id: 'ben', isInChrm: 1 }, { id: 'ann', isInChrm: 0 }]);
  });

  await step('/message/chatroom/publish.json by the SDK: arrives', async () => {
    const content = { content: 'to the hall' };
    await done(Message.Chatroom.send({
      senderId: 'ann', targetId: 'hall', objectName: text, content,
    }));
    assert.equal((await peer.text('to the hall')).targetId, 'hall');
  });
}

// A mute in one room, or in all.
async function muteSteps(path, list, remove, Mute, peer) {
  const code = async () => (await peer.ask('send', hall, text, { content: 'may I' })).code;

  await step(`/chatroom/user/${path}/add.json by the SDK: 23408 for whom it names`, async () => {
    await done(Mute.add(ben()));
    assert.equal(await code(), 23408);
  });

  await step(`/chatroom/user/${path}/${list}.json by the SDK: lists them`, async () => {
    const { members } = await done(Mute.getList({ id: 'hall' }));
    assert.equal(members.length, 1);
    assert.equal(members[0].id, 'ben');
    assert.match(members[0].time, localTime);
  });

  await step(`/chatroom/user/${path}/${remove}.json by the SDK: done`, async () => {
    await done(Mute.remove(ben()));
    assert.equal(await code(), 0);
    assert.deepEqual((await done(Mute.getList({ id: 'hall' }))).members, []);
  });
}

async function blockSteps(Block, peer) {
  const join = async () => (await peer.ask('joinExistChatRoom', 'hall', { count: 1 })).code;

  await step('/chatroom/user/block/add.json by the SDK: out, and kept out', async () => {
    await done(Block.add(ben()));
    assert.notEqual(await join(), 0);
  });

  await step('/chatroom/user/block/list.json by the SDK: lists them', async () => {
    const { members } = await done(Block.getList({ id: 'hall' }));
    assert.deepEqual(members.map((one) => one.id), ['ben']);
  });

  await step('/chatroom/user/block/rollback.json by the SDK: may come back', async () => {
    await done(Block.remove(ben()));
    assert.equal(await join(), 0);
  });
}

async function entrySteps(cloud, peer) {
  const mine = { chatroomId: 'hall', userId: 'ann', key: 'topic' };
  const heard = (part) => peer.take('CHATROOM', (event) => JSON.stringify(event).includes(part));

  await step('/chatroom/entry/set.json: the client hears of it', async () => {
    await cloud.must('/chatroom/entry/set.json', { ...mine, value: 'moon' });
    await heard('moon');
    assert.deepEqual(await peer.call('getAllChatRoomEntries', 'hall'), { topic: 'moon' });
  });

  await step('/chatroom/entry/query.json: all of them', async () => {
    const { keys } = await cloud.must('/chatroom/entry/query.json', { chatroomId: 'hall' });
    const [{ key, value, userId, autoDelete }] = keys;
    assert.deepEqual([key, value, userId, autoDelete], ['topic', 'moon', 'ann', '0']);
  });

  await step('/chatroom/entry/remove.json: the client hears of it', async () => {
    await cloud.must('/chatroom/entry/remove.json', mine);
    await heard('"type":2');
    assert.deepEqual(await peer.call('getAllChatRoomEntries', 'hall'), {});
  });

  await refusedSteps(cloud, [
    ['/chatroom/entry/set.json', mine, 'without value'],
    ['/chatroom/entry/query.json', {}, 'without room'],
    ['/chatroom/entry/remove.json', { chatroomId: 'hall', userId: 'ann' }, 'without key'],
  ]);
}

async function banSteps(cloud, peer) {
  const room = { chatroomId: 'hall' };
  const code = async () => (await peer.ask('send', hall, text, { content: 'all' })).code;

  await step('/chatroom/ban/add.json: 23408 for everybody', async () => {
    await cloud.must('/chatroom/ban/add.json', room);
    assert.equal(await code(), 23408);
    assert.equal((await cloud.must('/chatroom/get.json', room)).ban, true);
  });

  await step('/chatroom/ban/rollback.json: done', async () => {
    await cloud.must('/chatroom/ban/rollback.json', room);
    assert.equal(await code(), 0);
  });

  await step('/chatroom/create_new.json and get.json: what was wanted', async () => {
    const wanted = { chatroomId: 'nook', destroyType: 1, destroyTime: 90 };
    await cloud.must('/chatroom/create_new.json', wanted);
    const got = await cloud.must('/chatroom/get.json', { chatroomId: 'nook' });
    assert.deepEqual([got.destroyType, got.destroyTime, got.memberCount], [1, 90, 0]);
    assert.equal(typeof got.createTime, 'number');
  });

  await step('/chatroom/user/exist.json: says who is in', async () => {
    const path = '/chatroom/user/exist.json';
    assert.equal((await cloud.must(path, { ...room, userId: 'ben' })).isInChrm, true);
    assert.equal((await cloud.must(path, { ...room, userId: 'ann' })).isInChrm, false);
  });

  await refusedSteps(cloud, [
    ['/chatroom/ban/add.json', {}, 'without room'],
    ['/chatroom/ban/rollback.json', {}, 'without room'],
    ['/chatroom/create_new.json', { chatroomId: 'nook', destroyTime: 1 }, 'one minute'],
    ['/chatroom/get.json', { chatroomId: 'nowhere' }, 'an unknown room'],
    ['/chatroom/user/exist.json', room, 'without user'],
  ]);
}

async function settingSteps(cloud, sdk, peer) {
  const { Conversation } = sdk;
  const chat = () => ({ type: 'GROUP', userId: 'ben', targetId: 'den' });
  const asked = { conversationType: 3, requestId: 'ben', targetId: 'den' };
  const level = (wanted) => (event) => (
    JSON.stringify(event).includes(`"notificationLevel":${wanted}`)
  );

  await step('/conversation/notification/set.json by the SDK: the client hears of it', async () => {
    await done(Conversation.mute(chat()));
    await peer.take('CONVERSATION', level(5));
    assert.equal(await peer.call('getConversationNotificationLevel', group('den')), 5);
  });

  await step('/conversation/notification/get.json: what was set', async () => {
    const path = '/conversation/notification/get.json';
    assert.equal((await cloud.must(path, asked)).isMuted, 1);
    await done(Conversation.unmute(chat()));
    await peer.take('CONVERSATION', level(0));
    assert.equal((await cloud.must(path, asked)).isMuted, 0);
  });

  await step('/conversation/top/set.json: the client hears of it', async () => {
    const pin = { conversationType: 3, userId: 'ben', targetId: 'den', setTop: true };
    await cloud.must('/conversation/top/set.json', pin);
    await peer.take('CONVERSATION', (event) => JSON.stringify(event).includes('"isTop":true'));
  });

  await step('/conversation/message/history/clean.json: gone from that copy', async () => {
    const history = async () => (
      (await peer.call('getHistoryMessages', group('den'), { count: 20 })).list.length
    );
    assert.ok(await history() > 0);
    await cloud.must('/conversation/message/history/clean.json', {
      conversationType: 3, fromUserId: 'ben', targetId: 'den',
    });
    assert.equal(await history(), 0);
  });

  await refusedSteps(cloud, [
    ['/conversation/notification/set.json', asked, 'without isMuted'],
    ['/conversation/notification/get.json', { requestId: 'ben' }, 'without conversation'],
    ['/conversation/top/set.json', { userId: 'ben' }, 'without setTop'],
    ['/conversation/message/history/clean.json', { fromUserId: 'ben' }, 'without conversation'],
  ]);
}

export default async function rooms(cloud, sdk) {
  const { Chatroom } = sdk;
  const peer = await connectedPeer(cloud, 'ben');
  await lifeSteps(sdk, peer);
  await muteSteps('gag', 'list', 'rollback', Chatroom.Gag, peer);
  await muteSteps('ban', 'query', 'remove', Chatroom.Ban, peer);
  await blockSteps(Chatroom.Block, peer);
  await entrySteps(cloud, peer);
  await banSteps(cloud, peer);
  await step('/chatroom/destroy.json by the SDK: done', async () => {
    await done(Chatroom.destroy({ id: 'hall' }));
    const { chatRooms } = await cloud.must('/chatroom/query.json', {
      chatroomId: ['hall', 'attic'],
    });
    assert.deepEqual(chatRooms.map((one) => one.chrmId), ['attic']);
  });
  await settingSteps(cloud, sdk, peer);
  await peer.stop();

  const room = { chatroomId: 'attic' };
  await refusedSteps(cloud, [
    ['/chatroom/create.json', room, 'without chatroom[]'],
    ['/chatroom/destroy.json', {}, 'without room'],
    ['/chatroom/user/query.json', {}, 'without room'],
    ['/chatroom/users/exist.json', room, 'without users'],
    ['/chatroom/user/gag/add.json', { ...room, userId: 'ben' }, 'without minutes'],
    ['/chatroom/user/gag/rollback.json', room, 'without users'],
    ['/chatroom/user/gag/list.json', {}, 'without room'],
    ['/chatroom/user/ban/add.json', { userId: 'ben' }, 'without minutes'],
    ['/chatroom/user/ban/remove.json', {}, 'without users'],
    ['/chatroom/user/block/add.json', { ...room, userId: 'ben' }, 'without minutes'],
    ['/chatroom/user/block/rollback.json', room, 'without users'],
    ['/chatroom/user/block/list.json', {}, 'without room'],
    ['/message/chatroom/publish.json', { fromUserId: 'ann' }, 'without room'],
  ]);
}
