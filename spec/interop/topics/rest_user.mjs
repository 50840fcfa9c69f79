// rest_user: users, their tokens, blocks and lists.

import assert from 'node:assert/strict';
import { done, localTime, refused, refusedBySdk, refusedSteps } from '../lib/answers.mjs';
import { key } from '../lib/cloud.mjs';
import { connectedPeer, newPeer, person } from '../lib/peer.mjs';
import { step } from '../lib/report.mjs';

const tooLong = 'u'.repeat(65);
const portrait = 'http://127.0.0.1/p.png';

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

  await step('/user/refresh.json by the SDK: done', () => (
    done(User.update({ ...ann(), name: 'Anna' }))
  ));

  await step('/user/refresh.json by the SDK: an id of 65 bytes is refused', () => (
    refusedBySdk(User.update({ ...ann(), id: tooLong }), 1005)
  ));

  await step('/user/info.json: name, portrait and time as texts', async () => {
    const answer = await cloud.must('/user/info.json', { userId: 'ann' });
    assert.equal(answer.userName, 'Anna');
    assert.equal(answer.userPortrait, portrait);
    assert.match(answer.createTime, localTime);
  });

  await step('/user/token/expire.json: a token from before is refused from then on', async () => {
    const token = await cloud.token('passing');
    await cloud.must('/user/token/expire.json', { userId: 'passing', time: Date.now() + 1000 });
    const peer = await newPeer('passing');
    await peer.init(cloud);
    assert.equal((await peer.ask('connect', token)).code, 31020);
    await peer.stop();
  });

  await step('/user/query.json: lists the registered', async () => {
    const { total, users } = await cloud.must('/user/query.json', { page: 1, pageSize: 1 });
    assert.ok(total >= 2, `total ${total}`);
    assert.equal(users.length, 1);
    assert.equal(users[0].userId, 'ann');
    assert.match(users[0].regTime, localTime);
  });

  await step('/user/checkOnline.json by the SDK: "0", and "1" while connected', async () => {
    assert.equal((await done(User.OnlineStatus.get({ id: 'ann', ...ann() }))).status, '0');
    const peer = await connectedPeer(cloud, 'ann');
    assert.equal((await done(User.OnlineStatus.get(ann()))).status, '1');
    await peer.stop();
  });

  await refusedSteps(cloud, [
    ['/user/getToken.json', { userId: 'ann' }, 'without name'],
    ['/user/info.json', {}, 'without user'],
    ['/user/token/expire.json', { userId: 'ann' }, 'without time'],
    ['/user/query.json', { pageSize: 101 }, 'a page of 101'],
    ['/user/checkOnline.json', {}, 'without user'],
  ]);
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
    assert.match(users[0].blockEndTime, localTime);
  });

  await step('/user/unblock.json by the SDK: done', async () => {
    await done(Block.remove({ id: 'ann' }));
    assert.deepEqual((await done(Block.getList())).users, []);
  });

  await step('/user/unblock.json by the SDK: an id of 65 bytes is refused', () => (
    refusedBySdk(Block.remove({ id: tooLong }), 1005)
  ));

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

  await refusedSteps(cloud, [
    ['/user/block.json', { userId: 'ann', minute: 0 }, 'for 0 minutes'],
    ['/user/unblock.json', {}, 'without user'],
    ['/user/block/query.json', { page: 0 }, 'page 0'],
    ['/user/blacklist/query.json', {}, 'without user'],
  ]);
}

async function chatMuteSteps(cloud) {
  await step('/user/chat/fb/set.json and querylist.json: muted in private chats', async () => {
    const mute = { userId: 'ann', type: 'PERSON' };
    await cloud.must('/user/chat/fb/set.json', { ...mute, state: 1 });
    const list = await cloud.must('/user/chat/fb/querylist.json', { type: 'PERSON' });
    assert.deepEqual([list.total, list.users], [1, ['ann']]);
    const peer = await connectedPeer(cloud, 'ann');
    const content = { content: 'hush' };
    assert.equal((await peer.ask('send', person('ben'), 'RC:TxtMsg', content)).code, 20106);
    await cloud.must('/user/chat/fb/set.json', { ...mute, state: 0 });
    await peer.call('send', person('ben'), 'RC:TxtMsg', content);
    await peer.stop();
  });

  await refusedSteps(cloud, [
    ['/user/chat/fb/set.json', { userId: 'ann', state: 2, type: 'PERSON' }, 'state 2'],
    ['/user/chat/fb/querylist.json', { type: 'GROUP' }, 'another type'],
  ]);
}

async function tagSteps(cloud, sdk) {
  const { Tag } = sdk.User;
  const tags = async (...ids) => (await done(Tag.getList(ids.map((id) => ({ id }))))).tags;

  await step('/user/tag/set.json by the SDK: done, and again in place of it', async () => {
    await done(Tag.set({ id: 'ann', tags: ['early', 'shy'] }));
    await done(Tag.set({ id: 'ann', tags: ['bold'] }));
  });

  await step('/user/tag/batch/set.json by the SDK: done', () => (
    done(Tag.batchSet({ users: [{ id: 'ben' }, { id: 'cid' }], tags: ['new'] }))
  ));

  await step('/user/tags/get.json by the SDK: lists them', async () => {
    assert.deepEqual(await tags('ann', 'ben'), { ann: ['bold'], ben: ['new'] });
    await done(Tag.remove({ id: 'ann' }));
    assert.deepEqual(await tags('ann'), { ann: [] });
  });

  await refusedSteps(cloud, [
    ['/user/tag/set.json', { userId: 'ann', tags: 'a form' }, 'a form'],
    ['/user/tag/batch/set.json', { userIds: 'ann' }, 'without tags'],
    ['/user/tags/get.json', {}, 'without users'],
  ]);
}

async function leaveSteps(cloud) {
  await step('/user/deactivate.json, query.json, reactivate.json: 31029 in between', async () => {
    const token = await cloud.token('leaver');
    const leave = await cloud.must('/user/deactivate.json', { userId: 'leaver' });
    assert.equal(typeof leave.operateId, 'string');
    const { users } = await cloud.must('/user/deactivate/query.json', {});
    assert.deepEqual(users, ['leaver']);
    const peer = await newPeer('leaver');
    await peer.init(cloud);
    assert.equal((await peer.ask('connect', token)).code, 31029);
    await peer.stop();
    refused(await cloud.api('/user/reactivate.json', { userId: 'leaver' }), 1002, 400);
    const back = await cloud.must('/user/reactivate.json', { userId: 'nobody' });
    assert.equal(typeof back.operateId, 'string');
  });

  await refusedSteps(cloud, [
    ['/user/deactivate.json', {}, 'without users'],
    ['/user/reactivate.json', {}, 'without users'],
    ['/user/deactivate/query.json', { pageSize: 51 }, 'a page of 51'],
  ]);
}

async function whiteSteps(cloud) {
  await step('/user/whitelist/add.json, query.json, remove.json: 407 for all others', async () => {
    const peer = await connectedPeer(cloud, 'ann');
    const list = (id) => ({ userId: 'ben', whiteUserId: id });
    const code = async () => (
      (await peer.ask('send', person('ben'), 'RC:TxtMsg', { content: 'knock' })).code
    );
    await cloud.must('/user/whitelist/add.json', list('cid'));
    assert.equal(await code(), 407);
    await cloud.must('/user/whitelist/add.json', list('ann'));
    assert.equal(await code(), 0);
    const { users } = await cloud.must('/user/whitelist/query.json', { userId: 'ben' });
    assert.deepEqual(users.sort(), ['ann', 'cid']);
    await cloud.must('/user/whitelist/remove.json', list(['ann', 'cid']));
    await peer.stop();
  });

  await refusedSteps(cloud, [
    ['/user/whitelist/add.json', { userId: 'ben' }, 'an empty list'],
    ['/user/whitelist/remove.json', { userId: 'ben' }, 'an empty list'],
    ['/user/whitelist/query.json', {}, 'without user'],
  ]);
}

export default async function users(cloud, sdk) {
  await userSteps(cloud, sdk);
  await blockSteps(cloud, sdk);
  await chatMuteSteps(cloud);
  await tagSteps(cloud, sdk);
  await whiteSteps(cloud);
  await leaveSteps(cloud);
}
