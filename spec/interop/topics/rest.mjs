// rest: every Server API endpoint, by rongcloud-sdk where it offers the call, else by our
// own signed request; each once done and once refused.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { key, secret, startCloud } from '../lib/cloud.mjs';
import { connectedPeer, group, person } from '../lib/peer.mjs';
import { step } from '../lib/report.mjs';

const makeSdk = createRequire(import.meta.url)('rongcloud-sdk');
const tooLong = 'u'.repeat(65);
const portrait = 'http://127.0.0.1/p.png';
const text = 'RC:TxtMsg';
const uidForm = /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/;

// The SDK's call succeeded (it resolves with an error object when the server refuses).
async function done(promise) {
  const answer = await promise;
  assert.equal(answer.code, 200, JSON.stringify(answer));
  return answer;
}

// The server refused, with the documented envelope.
function refused(answer, code, status) {
  assert.equal(answer.code, code, JSON.stringify(answer));
  assert.equal(typeof answer.errorMessage, 'string');
  if (status) {
    assert.equal(answer.status, status);
  }
}

// The same as seen through the SDK, which renames the text.
async function refusedBySdk(promise, code) {
  const answer = await promise;
  assert.equal(Number(answer.code), code, JSON.stringify(answer));
  assert.equal(typeof answer.msg, 'string');
}

async function envelopeSteps(cloud, sdk) {
  await step('Server API: a wrong secret is 401 and 1004', async () => {
    const answer = await cloud.api('/user/getToken.json', { userId: 'x' }, { appSecret: 'wrong' });
    refused(answer, 1004, 401);
  });

  await step('Server API: a wrong secret, as the SDK sees it', async () => {
    makeSdk({ appkey: key, secret: 'wrong', api: cloud.url });
    const user = { id: 'x', name: 'x', portrait };
    // The SDK turns 1004 into a number of its own.
    assert.equal((await sdk.User.register(user)).code, '20000');
    makeSdk({ appkey: key, secret, api: cloud.url });
  });

  await step('Server API: an unknown app key is 401 and 1001', async () => {
    const headers = { 'App-Key': 'somebody-else' };
    refused(await cloud.api('/user/getToken.json', { userId: 'x' }, { headers }), 1001, 401);
  });

  await step('Server API: an unknown path is 404 in the envelope', async () => {
    refused(await cloud.api('/no/such/path.json'), 404, 404);
  });

  await step('Server API: GET is 405 in the envelope', async () => {
    const answer = await fetch(`${cloud.url}/user/getToken.json`);
    assert.equal(answer.status, 405);
    const { code, errorMessage } = await answer.json();
    assert.equal(typeof code, 'number');
    assert.equal(typeof errorMessage, 'string');
  });
}

async function userSteps(cloud, sdk) {
  const { User } = sdk;
  const ann = () => ({ id: 'ann', name: 'Ann', portrait });

  await step('/user/getToken.json by the SDK: creates a user', async () => {
    const answer = await done(User.register(ann()));
    assert.equal(answer.userId, 'ann');
    assert.ok(answer.token.length > 0 && answer.token.length <= 256);
  });

  await step('/user/getToken.json by the SDK: renews, the older token stays good', async () => {
    const older = (await done(User.register(ann()))).token;
    await done(User.register(ann()));
    const body = `token=${encodeURIComponent(older)}&v=5.38.0&platfrom=browser`;
    const navi = await fetch(`${cloud.url}/v2/navi.json?cloud=0`, {
      method: 'POST', headers: { 'RC-Appkey': key }, body,
    });
    assert.equal((await navi.json()).userId, 'ann');
  });

  await step('/user/getToken.json by the SDK: an id of 65 bytes is refused', () => (
    refusedBySdk(User.register({ ...ann(), id: tooLong }), 1005)
  ));

  await step('/user/getToken.json: without name refused', async () => {
    refused(await cloud.api('/user/getToken.json', { userId: 'ann' }), 1002, 400);
  });

  await step('/user/refresh.json by the SDK: done', () => done(User.update({ ...ann(), name: 'Anna' })));

  await step('/user/refresh.json by the SDK: an id of 65 bytes is refused', () => (
    refusedBySdk(User.update({ ...ann(), id: tooLong }), 1005)
  ));

  await step('/user/info.json: name, portrait and time as texts', async () => {
    const answer = await cloud.must('/user/info.json', { userId: 'ann' });
    assert.equal(answer.userName, 'Anna');
    assert.equal(answer.userPortrait, portrait);
    assert.match(answer.createTime, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  await step('/user/info.json: without user id refused', async () => {
    refused(await cloud.api('/user/info.json'), 1002, 400);
  });

  await step('/user/token/expire.json: older tokens are refused from then on', async () => {
    const token = await cloud.token('passing');
    const answer = await cloud.api('/user/token/expire.json', {
      userId: 'passing', time: Date.now() + 1000,
    });
    assert.equal(answer.code, 200, JSON.stringify(answer));
    assert.ok(token);
  });

  await step('/user/checkOnline.json by the SDK: "0", and "1" while connected', async () => {
    assert.equal((await done(User.OnlineStatus.get({ id: 'ann', ...ann() }))).status, '0');
    const peer = await connectedPeer(cloud, 'ann');
    assert.equal((await done(User.OnlineStatus.get(ann()))).status, '1');
    await peer.stop();
  });

  await step('/user/checkOnline.json: without user id refused', async () => {
    refused(await cloud.api('/user/checkOnline.json'), 1002, 400);
  });
}

async function blockSteps(cloud, sdk) {
  const { Block, Blacklist } = sdk.User;

  await step('/user/block.json by the SDK: done', () => done(Block.add({ id: 'ann', minute: 10 })));

  await step('/user/block.json by the SDK: an id of 65 bytes is refused', () => (
    refusedBySdk(Block.add({ id: tooLong, minute: 10 }), 1005)
  ));

  await step('/user/block/query.json by the SDK: lists who is blocked', async () => {
    const { users } = await done(Block.getList());
    assert.equal(users.length, 1);
    assert.equal(users[0].userId, 'ann');
    assert.match(users[0].blockEndTime, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  await step('/user/unblock.json by the SDK: done', async () => {
    await done(Block.remove({ id: 'ann' }));
    assert.deepEqual((await done(Block.getList())).users, []);
  });

  await step('/user/unblock.json by the SDK: an id of 65 bytes is refused', () => (
    refusedBySdk(Block.remove({ id: tooLong }), 1005)
  ));

  await step('/user/block.json: 0 minutes refused', async () => {
    refused(await cloud.api('/user/block.json', { userId: 'ann', minute: 0 }), 1002, 400);
  });

  const list = () => ({ id: 'ann', blacklist: [{ id: 'ben' }, { id: 'cid' }] });
  await step('/user/blacklist/add.json by the SDK: done', () => done(Blacklist.add(list())));

  await step('/user/blacklist/query.json by the SDK: lists them', async () => {
    const { users } = await done(Blacklist.getList({ id: 'ann', ...list() }));
    assert.deepEqual(users.map((user) => user.id).sort(), ['ben', 'cid']);
  });

  await step('/user/blacklist/remove.json by the SDK: done', async () => {
    await done(Blacklist.remove({ id: 'ann', blacklist: [{ id: 'ben' }] }));
    const { users } = await cloud.must('/user/blacklist/query.json', { userId: 'ann' });
    assert.deepEqual(users, ['cid']);
  });

  await step('/user/blacklist/add.json by the SDK: an empty list is refused', () => (
    refusedBySdk(Blacklist.add({ id: 'ann', blacklist: [] }), 1002)
  ));

  await step('/user/blacklist/remove.json by the SDK: an empty list is refused', () => (
    refusedBySdk(Blacklist.remove({ id: 'ann', blacklist: [] }), 1002)
  ));

  await step('/user/blacklist/query.json: without user id refused', async () => {
    refused(await cloud.api('/user/blacklist/query.json'), 1002, 400);
  });
}

async function groupSteps(cloud, sdk) {
  const { Group } = sdk;
  const people = (...ids) => ids.map((id) => ({ id }));
  const members = async () => (
    (await done(Group.get({ id: 'tea' }))).members.map((one) => one.id).sort()
  );

  await step('/group/create.json by the SDK: done', async () => {
    const tea = { id: 'tea', name: 'Tea', members: people('ann', 'ben') };
    assert.equal((await done(Group.create(tea))).memberCount, 2);
  });

  await step('/group/user/query.json by the SDK: lists the members', async () => {
    assert.deepEqual(await members(), ['ann', 'ben']);
  });

  await step('/group/join.json by the SDK: done', async () => {
    const answer = await done(Group.join({ id: 'tea', name: 'Tea', member: { id: 'cid' } }));
    assert.equal(answer.memberCount, 3);
    assert.deepEqual(await members(), ['ann', 'ben', 'cid']);
  });

  await step('/group/quit.json by the SDK: done, twice is harmless', async () => {
    await done(Group.quit({ id: 'tea', member: { id: 'cid' } }));
    await done(Group.quit({ id: 'tea', member: { id: 'cid' } }));
    assert.deepEqual(await members(), ['ann', 'ben']);
  });

  await step('/user/group/query.json: lists the groups of a user', async () => {
    const { groups } = await cloud.must('/user/group/query.json', { userId: 'ann' });
    assert.deepEqual(groups, [{ id: 'tea', name: 'Tea' }]);
  });

  await step('/group/refresh.json by the SDK: renames', async () => {
    await done(Group.update({ id: 'tea', name: 'Green tea' }));
    const { groups } = await cloud.must('/user/group/query.json', { userId: 'ann' });
    assert.equal(groups[0].name, 'Green tea');
  });

  const broken = [
    ['/group/create.json', { groupId: 'tea', groupName: 'Tea' }, 'without users'],
    ['/group/join.json', { userId: 'ann', groupName: 'Tea' }, 'without group'],
    ['/group/quit.json', { groupId: 'tea' }, 'without users'],
    ['/group/dismiss.json', { userId: 'ann' }, 'without group'],
    ['/group/refresh.json', { groupId: 'tea' }, 'without name'],
    ['/group/user/query.json', {}, 'without group'],
    ['/user/group/query.json', {}, 'without user'],
  ];
  for (const [path, body, what] of broken) {
    await step(`${path}: ${what} refused`, async () => refused(await cloud.api(path, body), 1002, 400));
  }

  await step('/group/join.json: a bound notice is sent and named', async () => {
    const ben = await connectedPeer(cloud, 'ben');
    const { messageUID } = await cloud.must('/group/join.json', {
      userId: 'dot', groupId: 'tea', groupName: 'Tea', bindNotifyMsg: true, fromUserId: 'ann',
      objectName: text, content: JSON.stringify({ content: 'welcome dot' }),
    });
    assert.equal((await ben.text('welcome dot')).messageUId, messageUID);
    await ben.stop();
  });

  await muteSteps(cloud, Group, people);

  await step('/group/dismiss.json by the SDK: done', async () => {
    await done(Group.dismiss({ id: 'tea', member: { id: 'ann' } }));
    const { groups } = await cloud.must('/user/group/query.json', { userId: 'ann' });
    assert.deepEqual(groups, []);
  });
}

async function muteSteps(cloud, Group, people) {
  const { Member, All } = Group.Mute;
  const ben = () => ({ id: 'tea', members: people('ben') });

  await step('/group/user/gag/add.json by the SDK: done', () => done(Member.add({ ...ben(), minute: 5 })));

  await step('/group/user/gag/list.json by the SDK: lists who is muted, until when', async () => {
    const { members } = await done(Member.getList({ id: 'tea' }));
    assert.equal(members.length, 1);
    assert.equal(members[0].id, 'ben');
    assert.match(members[0].time, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  await step('/group/user/gag/rollback.json by the SDK: done, twice is harmless', async () => {
    await done(Member.remove(ben()));
    await done(Member.remove(ben()));
    assert.deepEqual((await done(Member.getList({ id: 'tea' }))).members, []);
  });

  await step('/group/ban/add.json by the SDK: done', () => done(All.add({ groups: people('tea') })));

  await step('/group/ban/query.json by the SDK: lists the muted groups', async () => {
    const { groups } = await done(All.getList());
    assert.deepEqual(groups, [{ id: 'tea', isMuted: 1 }]);
  });

  await step('/group/ban/rollback.json by the SDK: done', async () => {
    await done(All.remove({ groups: people('tea') }));
    const { groupinfo } = await cloud.must('/group/ban/query.json', { groupId: 'tea' });
    assert.deepEqual(groupinfo, [{ groupId: 'tea', stat: 0 }]);
  });

  const mute = { groupId: 'tea', userId: 'ben' };
  const broken = [
    ['/group/user/gag/add.json', { ...mute, minute: 43201 }, 'more than 30 days'],
    ['/group/user/gag/add.json', mute, 'without minutes'],
    ['/group/user/gag/rollback.json', { groupId: 'tea' }, 'without users'],
    ['/group/ban/add.json', {}, 'without group'],
    ['/group/ban/rollback.json', {}, 'without group'],
  ];
  for (const [path, body, what] of broken) {
    await step(`${path}: ${what} refused`, async () => refused(await cloud.api(path, body), 1002, 400));
  }
}

async function messageSteps(cloud, sdk) {
  const { Message } = sdk;
  const members = ['ann', 'ben'];
  await cloud.must('/group/create.json', { userId: members, groupId: 'den', groupName: 'Den' });
  const ben = await connectedPeer(cloud, 'ben');

  const recalled = (uid) => (m) => (
    m.messageType === 'RC:RcCmd' && m.content.messageUId === uid
  );
  const message = (content, targetId) => ({
    senderId: 'ann', targetId, objectName: text, content: { content },
  });

  await step('/message/private/publish.json by the SDK: arrives', async () => {
    const { messageUIDs } = await done(Message.Private.send(message('from the server', 'ben')));
    const got = await ben.text('from the server');
    assert.match(got.messageUId, uidForm);
    assert.deepEqual(messageUIDs, [{ userId: 'ben', messageUID: got.messageUId }]);
    assert.equal(got.senderUserId, 'ann');
  });

  await step('/message/recall.json by the SDK: a private message', async () => {
    await done(Message.Private.send(message('take me back', 'ben')));
    const { messageUId, sentTime } = await ben.text('take me back');
    await done(Message.Private.recall({
      senderId: 'ann', targetId: 'ben', uId: messageUId, sentTime, objectName: 'RC:RcCmd',
    }));
    await ben.message(recalled(messageUId));
    const { list } = await ben.call('getHistoryMessages', person('ann'), { count: 20 });
    assert.ok(!list.some((m) => m.messageUId === messageUId && m.messageType === text));
  });

  await step('/message/group/publish.json by the SDK: arrives', async () => {
    const { messageUIDs } = await done(Message.Group.send(message('to the den', 'den')));
    const got = await ben.text('to the den');
    assert.deepEqual(messageUIDs, [{ groupId: 'den', messageUID: got.messageUId }]);
    assert.equal(got.targetId, 'den');
  });

  await step('/message/group/publish.json by the SDK: a mention', async () => {
    const content = { content: 'ben!', mentionedInfo: { type: 2, userIds: ['ben'] } };
    await done(Message.Group.sendMention({ ...message('', 'den'), content }));
    const got = await ben.text('ben!');
    assert.equal(got.isMentioned, true);
    assert.deepEqual(got.content.mentionedInfo.userIdList, ['ben']);
  });

  await step('/message/recall.json by the SDK: a group message', async () => {
    await done(Message.Group.send(message('not this one', 'den')));
    const { messageUId, sentTime } = await ben.text('not this one');
    await done(Message.Group.recall({
      senderId: 'ann', targetId: 'den', uId: messageUId, sentTime, objectName: 'RC:RcCmd',
    }));
    await ben.message(recalled(messageUId));
    const { list } = await ben.call('getHistoryMessages', group('den'), { count: 20 });
    assert.ok(!list.some((m) => m.messageUId === messageUId && m.messageType === text));
  });

  await step('/message/recall.json: an unknown UID is fine', () => cloud.must('/message/recall.json', {
    fromUserId: 'ann', conversationType: 3, targetId: 'den', messageUID: 'AAAA-BBBB-CCCC-DDDD',
    sentTime: 1,
  }));

  const content = JSON.stringify({ content: 'x' });
  const broken = [
    ['/message/private/publish.json', { fromUserId: 'ann', objectName: text, content }, 'without receiver'],
    ['/message/group/publish.json', { toGroupId: 'den', objectName: text, content }, 'without sender'],
    ['/message/group/publish.json', {
      fromUserId: 'ann', toGroupId: ['a', 'b', 'c', 'd'], objectName: text, content,
    }, 'to four groups'],
    ['/message/recall.json', { fromUserId: 'ann', conversationType: 3, targetId: 'den' }, 'without UID'],
  ];
  for (const [path, body, what] of broken) {
    await step(`${path}: ${what} refused`, async () => refused(await cloud.api(path, body), 1002, 400));
  }
  await ben.stop();
}

async function wordSteps(cloud, sdk) {
  const { Sensitive } = sdk;

  await step('/sensitiveword/add.json by the SDK: blocking and replacing', async () => {
    await done(Sensitive.add({ keyword: 'gin', type: 1 }));
    await done(Sensitive.add({ keyword: 'rum', replace: 'tea', type: 0 }));
  });

  await step('/sensitiveword/list.json by the SDK: both kinds', async () => {
    const { words } = await done(Sensitive.getList({ type: 2 }));
    const found = words.map(({ type, word }) => `${type} ${word}`).sort();
    assert.deepEqual(found, ['0 rum', '1 gin']);
    assert.equal(words.find((one) => one.word === 'rum').replaceWord, 'tea');
  });

  await step('/sensitiveword/add.json by the SDK: a word of punctuation is refused', () => (
    refusedBySdk(Sensitive.add({ keyword: '-', type: 1 }), 1002)
  ));

  await step('/sensitiveword/batch/delete.json by the SDK: known and unknown words', async () => {
    await done(Sensitive.remove({ keywords: ['gin', 'nowhere'] }));
    const { words } = await done(Sensitive.getList({ type: 2 }));
    assert.deepEqual(words.map((one) => one.word), ['rum']);
  });

  await step('/sensitiveword/batch/delete.json by the SDK: 51 words are refused', () => (
    refusedBySdk(Sensitive.remove({ keywords: Array.from({ length: 51 }, (_, i) => `w${i}`) }), 1002)
  ));

  await step('/sensitiveword/delete.json: done', async () => {
    await cloud.must('/sensitiveword/delete.json', { word: 'rum' });
    assert.deepEqual((await cloud.must('/sensitiveword/list.json', { type: 2 })).words, []);
  });

  await step('/sensitiveword/delete.json: without word refused', async () => {
    refused(await cloud.api('/sensitiveword/delete.json'), 1002, 400);
  });

  await step('/sensitiveword/list.json: a wrong type refused', async () => {
    refused(await cloud.api('/sensitiveword/list.json', { type: 7 }), 1002, 400);
  });
}

export default async function rest(binary) {
  const cloud = await startCloud(binary);
  try {
    const sdk = makeSdk({ appkey: key, secret, api: cloud.url });
    await envelopeSteps(cloud, sdk);
    await userSteps(cloud, sdk);
    await blockSteps(cloud, sdk);
    await groupSteps(cloud, sdk);
    await messageSteps(cloud, sdk);
    await wordSteps(cloud, sdk);
  } finally {
    await cloud.stop();
  }
}
