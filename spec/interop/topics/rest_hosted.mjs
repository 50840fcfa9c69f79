// rest_hosted: groups, friends and profiles that RongCloud keeps, by the Server API.

import assert from 'node:assert/strict';
import { refused } from '../lib/answers.mjs';
import { step } from '../lib/report.mjs';

const groupId = 'guild';
const ids = (list) => list.map((one) => one.userId).sort();

async function groupSteps(cloud, bob) {
  const call = (path, body) => cloud.must(`/entrust/group/${path}.json`, { groupId, ...body });
  const members = async () => ids((await call('member/query')).members);
  const roleOf = async (user) => (
    (await call('member/specific/query', { userIds: user })).members[0].role
  );

  await step('/entrust/group/create.json: its members hear of it', async () => {
    await call('create', { name: 'Guild', owner: 'alice', userIds: 'bob' });
    await bob.take('GROUP_OPERATION', (one) => one.groupId === groupId && one.operation === 0);
  });

  await step('/entrust/group/join.json: more members', async () => {
    assert.equal((await call('join', { userIds: 'carol,dave' })).memberCount, 4);
  });

  await step('/entrust/group/member/query.json: all of them', async () => {
    assert.deepEqual(await members(), ['alice', 'bob', 'carol', 'dave']);
  });

  await step('/entrust/group/member/set.json: the client sees the name', async () => {
    await call('member/set', { userId: 'carol', nickname: 'Caro', extra: 'x' });
    const [carol] = await bob.call('getGroupMembers', groupId, ['carol']);
    assert.equal(carol.nickname, 'Caro');
  });

  await step('/entrust/group/member/specific/query.json: those asked for', async () => {
    const { members: found } = await call('member/specific/query', { userIds: 'carol,nobody' });
    assert.deepEqual(found.map((one) => [one.nickname, one.extra]), [['Caro', 'x']]);
  });

  await step('/entrust/group/manager/add.json and remove.json: roles', async () => {
    const { userIds, managerCount } = await call('manager/add', { userIds: 'carol,nobody' });
    assert.deepEqual([userIds, managerCount], [['nobody'], 1]);
    assert.equal(await roleOf('carol'), 2);
    await call('manager/remove', { userIds: 'carol' });
    assert.equal(await roleOf('carol'), 1);
  });

  await step('/entrust/group/profile/update.json: the client hears of it', async () => {
    await call('profile/update', { name: 'Great guild' });
    await bob.take('GROUP_INFO_CHANGED', (one) => JSON.stringify(one).includes('Great guild'));
  });

  await step('/entrust/group/profile/query.json: what a group says of itself', async () => {
    const { profiles } = await cloud.must('/entrust/group/profile/query.json', {
      groupIds: groupId,
    });
    const [{ groupName, owner, memberCount }] = profiles;
    assert.deepEqual([groupName, owner, memberCount], ['Great guild', 'alice', 4]);
  });

  await step('/entrust/group/transfer/owner.json: another owner', async () => {
    await call('transfer/owner', { newOwner: 'carol' });
    assert.equal(await roleOf('carol'), 3);
  });

  await step('/entrust/group/quit.json and member/kick.json: fewer members', async () => {
    await call('quit', { userIds: 'alice' });
    await call('member/kick', { userIds: 'dave' });
    assert.deepEqual(await members(), ['bob', 'carol']);
  });

  await step('/entrust/joined/group/query.json: the groups of a user', async () => {
    const answer = await cloud.must('/entrust/joined/group/query.json', { userId: 'carol' });
    assert.ok(answer.groups.some((one) => one.groupId === groupId && one.role === 3));
  });

  await step('/entrust/group/import.json: a plain group is taken over', async () => {
    await cloud.must('/group/create.json', { userId: 'bob', groupId: 'plain', groupName: 'P' });
    await call('import', { groupId: 'plain', name: 'Plain', owner: 'carol' });
    const [info] = await bob.call('getGroupsInfo', ['plain']);
    assert.deepEqual([info.ownerId, info.membersCount], ['carol', 2]);
  });

  await step('/entrust/group/member/kick/all.json: out of all groups', async () => {
    await cloud.must('/entrust/group/member/kick/all.json', { userId: 'bob' });
    const answer = await cloud.must('/entrust/joined/group/query.json', { userId: 'bob' });
    assert.deepEqual(answer.groups, []);
  });

  await step('/entrust/group/dismiss.json: gone', async () => {
    await call('dismiss');
    refused(await cloud.api('/entrust/group/member/query.json', { groupId }), 1002, 400);
  });
}

async function friendSteps(cloud) {
  const both = { userId: 'carol', targetId: 'dave' };
  const friends = async () => (
    (await cloud.must('/friend/get.json', { userId: 'carol' })).friendList
  );

  await step('/friend/add.json and get.json: friends at once', async () => {
    await cloud.must('/friend/add.json', { ...both, optType: 2 });
    assert.deepEqual(ids(await friends()), ['dave']);
  });

  await step('/friend/profile/set.json: a name for a friend', async () => {
    await cloud.must('/friend/profile/set.json', { ...both, remarkName: 'Davy' });
    assert.equal((await friends())[0].remarkName, 'Davy');
  });

  await step('/friend/delete.json: no more', async () => {
    await cloud.must('/friend/delete.json', { userId: 'carol', targetIds: 'dave' });
    assert.deepEqual(await friends(), []);
  });
}

async function profileSteps(cloud) {
  await step('/user/profile/set.json and batch/query.json: what was set', async () => {
    const userProfile = '{"email":"carol@127.0.0.1"}';
    await cloud.must('/user/profile/set.json', { userId: 'carol', userProfile });
    const answer = await cloud.must('/user/profile/batch/query.json', { userId: 'carol' });
    assert.equal(JSON.parse(answer.userList[0].userProfile).email, 'carol@127.0.0.1');
  });

  await step('/user/profile/query.json: all, by pages', async () => {
    const { userList } = await cloud.must('/user/profile/query.json', { page: 1, size: 2 });
    assert.deepEqual(userList.map((one) => one.userId), ['alice', 'bob']);
    refused(await cloud.api('/user/profile/query.json', { size: 101 }), 1002, 400);
  });
}

export default async function rest(cloud, bob) {
  await groupSteps(cloud, bob);
  await friendSteps(cloud);
  await profileSteps(cloud);
}
