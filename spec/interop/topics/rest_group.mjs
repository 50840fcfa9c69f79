// rest_group: groups, their members and mutes.

import assert from 'node:assert/strict';
import { done, localTime, refusedSteps } from '../lib/answers.mjs';
import { connectedPeer } from '../lib/peer.mjs';
import { step } from '../lib/report.mjs';

const text = 'RC:TxtMsg';

async function muteSteps(cloud, Group, people) {
  const { Member, All, Whitelist } = Group.Mute;
  const ben = () => ({ id: 'tea', members: people('ben') });

  await step('/group/user/gag/add.json by the SDK: done', () => (
    done(Member.add({ ...ben(), minute: 5 }))
  ));

  await step('/group/user/gag/list.json by the SDK: lists who is muted, until when', async () => {
    const { members } = await done(Member.getList({ id: 'tea' }));
    assert.equal(members.length, 1);
    assert.equal(members[0].id, 'ben');
    assert.match(members[0].time, localTime);
  });

  await step('/group/user/gag/rollback.json by the SDK: done, twice is harmless', async () => {
    await done(Member.remove(ben()));
    await done(Member.remove(ben()));
    assert.deepEqual((await done(Member.getList({ id: 'tea' }))).members, []);
  });

  await step('/group/ban/add.json by the SDK: done', () => (
    done(All.add({ groups: people('tea') }))
  ));

  await step('/group/ban/query.json by the SDK: lists the muted groups', async () => {
    const { groups } = await done(All.getList());
    assert.deepEqual(groups, [{ id: 'tea', isMuted: 1 }]);
  });

  await step('/group/ban/rollback.json by the SDK: done', async () => {
    await done(All.remove({ groups: people('tea') }));
    const { groupinfo } = await cloud.must('/group/ban/query.json', { groupId: 'tea' });
    assert.deepEqual(groupinfo, [{ groupId: 'tea', stat: 0 }]);
  });

  await step('/group/user/ban/whitelist/add.json and query.json by the SDK: done', async () => {
    await done(Whitelist.add(ben()));
    assert.deepEqual((await done(Whitelist.getList({ id: 'tea' }))).members, [{ id: 'ben' }]);
  });

  await step('/group/user/ban/whitelist/rollback.json by the SDK: done', async () => {
    await done(Whitelist.remove(ben()));
    assert.deepEqual((await done(Whitelist.getList({ id: 'tea' }))).members, []);
  });

  const mute = { groupId: 'tea', userId: 'ben' };
  await refusedSteps(cloud, [
    ['/group/user/gag/add.json', { ...mute, minute: 43201 }, 'more than 30 days'],
    ['/group/user/gag/add.json', mute, 'without minutes'],
    ['/group/user/gag/rollback.json', { groupId: 'tea' }, 'without users'],
    ['/group/ban/add.json', {}, 'without group'],
    ['/group/ban/rollback.json', {}, 'without group'],
    ['/group/user/ban/whitelist/add.json', { groupId: 'tea' }, 'without users'],
    ['/group/user/ban/whitelist/rollback.json', { userId: 'ben' }, 'without group'],
    ['/group/user/ban/whitelist/query.json', {}, 'without group'],
  ]);
}

export default async function groups(cloud, sdk) {
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

  await step('/group/sync.json by the SDK: leaves the others, joins what is new', async () => {
    const groups = [{ id: 'tea', name: 'Tea' }, { id: 'pot', name: 'Pot' }];
    await cloud.must('/group/join.json', { userId: 'eve', groupId: 'old', groupName: 'Old' });
    await done(Group.sync({ id: 'eve', groups }));
    const answer = await cloud.must('/user/group/query.json', { userId: 'eve' });
    assert.deepEqual(answer.groups.map((one) => one.id).sort(), ['pot', 'tea']);
    await done(Group.quit({ id: 'tea', member: { id: 'eve' } }));
  });

  await refusedSteps(cloud, [
    ['/group/sync.json', { userId: 'eve' }, 'without groups'],
    ['/group/create.json', { groupId: 'tea', groupName: 'Tea' }, 'without users'],
    ['/group/join.json', { userId: 'ann', groupName: 'Tea' }, 'without group'],
    ['/group/quit.json', { groupId: 'tea' }, 'without users'],
    ['/group/dismiss.json', { userId: 'ann' }, 'without group'],
    ['/group/refresh.json', { groupId: 'tea' }, 'without name'],
    ['/group/user/query.json', {}, 'without group'],
    ['/user/group/query.json', {}, 'without user'],
  ]);

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
