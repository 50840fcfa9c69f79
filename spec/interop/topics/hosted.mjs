// hosted: groups, friends and profiles that RongCloud keeps for the app, by the Web SDK and by
// a bot that has no app secret.

import assert from 'node:assert/strict';
import { startBot } from '../lib/bot.mjs';
import { startCloud } from '../lib/cloud.mjs';
import { connectedPeer, person } from '../lib/peer.mjs';
import { endStep, step } from '../lib/report.mjs';
import restSteps from './rest_hosted.mjs';

const hall = 'hall';
const page = { count: 20, pageToken: '', order: false };
const ids = (members) => members.map((one) => one.userId).sort();

async function groupSteps(alice, bob) {
  const members = async () => (await alice.call('getGroupMembersByRole', hall, 0, page)).data;

  await step('channelCreate: a group is made, its members hear of it', async () => {
    await alice.call('createGroup', {
      groupId: hall, groupName: 'Hall', introduction: 'warm', joinPermission: 1,
    }, ['bob']);
    const [event] = await bob.take('GROUP_OPERATION', (one) => one.operation === 0);
    assert.equal(event.groupId, hall);
    assert.equal(event.operatorInfo.userId, 'alice');
    assert.deepEqual(ids(await members()), ['alice', 'bob']);
  });

  await step('qChannelInfo, qChannelMemJoin: what a group says of itself', async () => {
    const [info] = await bob.call('getGroupsInfo', [hall]);
    assert.equal(info.groupName, 'Hall');
    assert.equal(info.introduction, 'warm');
    assert.equal(info.ownerId, 'alice');
    assert.equal(info.membersCount, 2);
    const { data } = await bob.call('getJoinedGroupsByRole', page, 0);
    assert.deepEqual(data.map((one) => one.groupId), [hall]);
  });

  await step('upChannelInfo: an announcement', async () => {
    await alice.call('updateGroupInfo', {
      groupId: hall, groupName: 'Great Hall', notice: 'Tea at five',
    });
    await bob.take('GROUP_INFO_CHANGED', (one) => JSON.stringify(one).includes('Tea at five'));
    assert.equal((await bob.call('getGroupsInfo', [hall]))[0].notice, 'Tea at five');
    const name = { groupId: hall, groupName: 'x' };
    assert.equal((await bob.ask('updateGroupInfo', name)).code, 25405);
  });

  await step('channelMemInvite, channelMemJoin: more members', async () => {
    await alice.call('inviteUsersToGroup', hall, ['carol']);
    await bob.take('GROUP_OPERATION', (one) => one.operation === 1);
    assert.deepEqual(ids(await members()), ['alice', 'bob', 'carol']);
    assert.equal((await bob.ask('joinGroup', hall)).code, 25412);
    assert.equal((await bob.ask('joinGroup', 'nowhere')).code, 25410);
  });

  await step('upChannelManager, channelMemKick: roles count', async () => {
    assert.equal((await bob.ask('kickGroupMembers', hall, ['carol'])).code, 25405);
    await alice.call('updateGroupInfo', {
      groupId: hall, groupName: 'Great Hall', removeMemberPermission: 1,
    });
    await alice.call('addGroupManagers', hall, ['bob']);
    await bob.take('GROUP_OPERATION', (one) => one.operation === 5);
    assert.equal((await bob.ask('kickGroupMembers', hall, ['alice'])).code, 25417);
    await bob.call('kickGroupMembers', hall, ['carol']);
    await alice.take('GROUP_OPERATION', (one) => one.operation === 2);
    const [one] = await alice.call('getGroupMembers', hall, ['bob']);
    assert.equal(one.role, 2);
  });

  await step('upChannelMem, qChannelSpeMem: a member\'s card', async () => {
    await bob.call('setGroupMemberInfo', hall, 'bob', 'Bobby', 'tall');
    await alice.take('GROUP_MEMBER_INFO_CHANGED');
    const [card] = await alice.call('getGroupMembers', hall, ['bob']);
    assert.equal(card.nickname, 'Bobby');
    assert.equal(card.extra, 'tall');
  });

  await step('channelTransfer, channelMemQuit, channelDismiss: the end of a group', async () => {
    assert.equal((await alice.ask('quitGroup', hall)).code, 25417);
    await alice.call('transferGroupOwner', hall, 'bob', true);
    await bob.take('GROUP_OPERATION', (one) => one.operation === 7);
    assert.deepEqual((await alice.ask('getGroupMembers', hall, ['bob'])).code, 25418);
    await bob.call('dismissGroup', hall);
    assert.deepEqual(await bob.call('getGroupsInfo', [hall]), []);
  });
}

// What `peer` hears of an application, as [status, direction, whose].
async function heard(peer, status) {
  const [one] = await peer.take('GROUP_APPLICATION_EVENT', (info) => info.status === status);
  return [one.status, one.direction, one.joinMemberInfo.userId];
}

async function applySteps(alice, bob) {
  const gate = 'gate';
  const APPLIED = 0;
  const INVITED = 1;
  const WAS_INVITED = 2;
  const RECEIVED = 3;

  await step('channelMemJoin, s_cmd 11, 13: who asks waits, and the owner hears', async () => {
    await alice.call('createGroup', {
      groupId: gate, groupName: 'Gate', joinPermission: 0, inviteHandlePermission: 1,
    }, []);
    assert.equal((await bob.call('joinGroup', gate)).processCode, 25424);
    assert.deepEqual(await heard(alice, 0), [0, RECEIVED, 'bob']);
    assert.deepEqual(await heard(bob, 0), [0, APPLIED, 'bob']);
    const { data } = await alice.call('getGroupApplications', page, [], []);
    assert.deepEqual(data.map((one) => [one.groupId, one.status]), [[gate, 0]]);
  });

  await step('channelApplyResp: refused with a reason, asked again, let in', async () => {
    await alice.call('refuseGroupApplication', gate, 'bob', undefined, 'not today');
    assert.deepEqual(await heard(bob, 1), [1, APPLIED, 'bob']);
    const { data } = await bob.call('getGroupApplications', page, [], []);
    assert.equal(data[0].reason, 'not today');
    assert.equal((await alice.ask('acceptGroupApplication', gate, 'bob')).code, 25428);
    await bob.call('joinGroup', gate);
    await alice.call('acceptGroupApplication', gate, 'bob');
    assert.deepEqual(await heard(bob, 4), [4, APPLIED, 'bob']);
    assert.deepEqual(ids(await alice.call('getGroupMembers', gate, ['bob'])), ['bob']);
    await alice.call('kickGroupMembers', gate, ['bob']);
  });

  await step('channelMemInvite, channelApplyResp: who is invited is asked', async () => {
    assert.equal((await alice.call('inviteUsersToGroup', gate, ['bob'])).processCode, 25427);
    assert.deepEqual(await heard(bob, 2), [2, WAS_INVITED, 'bob']);
    await bob.call('refuseGroupInvite', gate, 'alice', 'busy');
    assert.deepEqual(await heard(alice, 3), [3, INVITED, 'bob']);
    await alice.call('inviteUsersToGroup', gate, ['bob']);
    await bob.call('acceptGroupInvite', gate, 'alice');
    assert.deepEqual(ids(await alice.call('getGroupMembers', gate, ['bob'])), ['bob']);
    assert.equal((await bob.ask('acceptGroupInvite', gate, 'alice')).code, 25428);
    assert.equal((await bob.ask('acceptGroupInvite', gate, 'carol')).code, 25421);
  });
}

async function friendSteps(alice, bob) {
  await step('friendAdd: a request is heard at both ends', async () => {
    const { processCode } = await alice.call('addFriend', 'bob', 2, 'remember me?');
    assert.equal(processCode, 25461);
    const [event] = await bob.take('FRIEND_APPLICATION_STATUS_CHANGED');
    assert.equal(event.userId, 'alice');
    assert.equal(event.extra, 'remember me?');
    assert.equal(event.applicationType, 2);
    await alice.take('FRIEND_APPLICATION_STATUS_CHANGED', (one) => one.userId === 'bob');
    const { data } = await bob.call('getFriendApplications', page);
    assert.deepEqual(data.map((one) => [one.userId, one.applicationStatus]), [['alice', 0]]);
  });

  await step('friendHandle: accepted, both are friends', async () => {
    await bob.call('acceptFriendApplication', 'alice');
    await alice.take('FRIEND_ADDED', (one) => one.userId === 'bob');
    await bob.take('FRIEND_ADDED', (one) => one.userId === 'alice');
    const { data } = await alice.call('getFriends', 2, page);
    assert.deepEqual(ids(data), ['bob']);
    const [relation] = await alice.call('checkFriends', ['bob'], 2);
    assert.equal(relation.relationType, 3);
    assert.equal((await alice.ask('addFriend', 'bob', 2, '')).code, 25460);
    assert.equal((await bob.ask('acceptFriendApplication', 'alice')).code, 25466);
  });

  await step('friendSetPf, friendsInfoQry: a remark', async () => {
    await alice.call('setFriendInfo', 'bob', 'Bobby', {});
    const [info] = await alice.call('getFriendsInfo', ['bob']);
    assert.equal(info.remark, 'Bobby');
  });

  await step('qrySubData: which friends are online', async () => {
    const [seen, other] = await alice.call('getSubscribeUsersOnlineStatus', ['bob', 'carol']);
    assert.deepEqual([seen.userId, seen.isOnline], ['bob', true]);
    assert.equal(other, undefined);
  });

  await step('friendDel: over for both', async () => {
    await alice.call('deleteFriends', ['bob'], 2);
    await bob.take('FRIEND_DELETE');
    assert.deepEqual((await bob.call('getFriends', 2, page)).data, []);
  });

  await step('friendAuthSet: who wants no friends gets no requests', async () => {
    await bob.call('setFriendAddPermission', 3);
    assert.equal(await bob.call('getFriendAddPermission'), 3);
    assert.equal((await alice.ask('addFriend', 'bob', 2, '')).code, 25471);
  });

  await step('pullUserProfile: names of others', async () => {
    const profiles = await alice.call('getUserProfiles', ['bob']);
    assert.equal(profiles[0].name, 'bob');
  });

  await step('updUserProfile: the own profile, which others see', async () => {
    await alice.call('updateMyUserProfile', {
      name: 'Alice', gender: 2, extraProfile: { shift: 'night' },
    });
    const [seen] = await bob.call('getUserProfiles', ['alice']);
    assert.deepEqual([seen.name, seen.gender], ['Alice', 2]);
    assert.deepEqual(seen.extraProfile, { shift: 'night' });
    assert.equal((await alice.ask('updateMyUserProfile', { gender: 7 })).code, 24368);
  });
}

async function botSteps(cloud, binary, alice, bob) {
  const bot = await startBot(binary, cloud, 'robot', { secret: false });
  const says = (content) => alice.call('send', person('robot'), 'RC:TxtMsg', { content });

  await step('a bot accepts who asks to be its friend', async () => {
    await alice.call('addFriend', 'robot', 2, 'please');
    await alice.text('friends now');
    await alice.text('friends with alice');
    await alice.take('FRIEND_ADDED', (one) => one.userId === 'robot');
    assert.deepEqual(ids((await alice.call('getFriends', 2, page)).data), ['robot']);
  });

  await step('a bot names and sees a friend, parts and asks again', async () => {
    await says('friend Al');
    await alice.text('alice is Al, online');
    await says('part');
    await alice.take('FRIEND_DELETE');
    await says('befriend');
    const WAITS = 0; // applicationStatus
    const match = (one) => (
      one.userId === 'robot' && one.extra === 'it is me' && one.applicationStatus === WAITS
    );
    await alice.take('FRIEND_APPLICATION_STATUS_CHANGED', match);
    await alice.call('refuseFriendApplication', 'robot');
    await alice.text('what a pity, alice');
    await says('befriend');
    await alice.take('FRIEND_APPLICATION_STATUS_CHANGED', match);
    await alice.call('acceptFriendApplication', 'robot');
    await alice.take('FRIEND_ADDED', (one) => one.userId === 'robot');
    await alice.text('friends with alice');
  });

  await step('a bot changes its profile, which the SDK sees', async () => {
    await says('become Robbie');
    await alice.text('I am Robbie');
    const [seen] = await alice.call('getUserProfiles', ['robot']);
    assert.deepEqual([seen.name, seen.extraProfile], ['Robbie', { mood: 'fine' }]);
  });

  await step('a bot kicks, renames and leaves in a group of the Web SDK', async () => {
    await alice.call('createGroup', {
      groupId: 'club', groupName: 'Club', removeMemberPermission: 1, groupInfoEditPermission: 2,
    }, ['robot', 'carol']);
    await alice.call('addGroupManagers', 'club', ['robot']);
    await says('group club');
    await alice.text('Club 3 alice/owner carol/member robot/manager');
    await says('drop club carol');
    await alice.text('dropped carol');
    await says('rename club Den');
    await alice.text('renamed Den');
    const [info] = await alice.call('getGroupsInfo', ['club']);
    assert.equal(info.groupName, 'Den');
    assert.equal(info.membersCount, 2);
    await says('leave club');
    await alice.text('left club');
    assert.deepEqual(ids(await alice.call('getGroupMembers', 'club', ['robot'])), []);
  });

  await step('a bot comes to who invites it, and judges who wants in', async () => {
    await alice.call('createGroup', {
      groupId: 'porch', groupName: 'Porch', inviteHandlePermission: 1, joinPermission: 2,
    }, []);
    await alice.call('inviteUsersToGroup', 'porch', ['robot']);
    await alice.text('came to porch');
    await alice.call('addGroupManagers', 'porch', ['robot']);
    assert.equal((await bob.call('joinGroup', 'porch')).processCode, 25424);
    const REFUSED = 1;
    assert.deepEqual(await heard(bob, REFUSED), [REFUSED, 0, 'bob']);
    const { data } = await bob.call('getGroupApplications', { ...page, order: true }, [], []);
    assert(data.some((one) => one.groupId === 'porch' && one.reason === 'say please'));
  });

  await bot.stop();
}

export default async function hosted(binary) {
  const cloud = await startCloud(binary);
  try {
    await cloud.control('POST', '/limits', { hosting: true });
    for (const user of ['alice', 'bob', 'carol', 'robot']) {
      await cloud.token(user);
    }
    const alice = await connectedPeer(cloud, 'alice');
    const bob = await connectedPeer(cloud, 'bob');
    await groupSteps(alice, bob);
    await applySteps(alice, bob);
    await friendSteps(alice, bob);
    await botSteps(cloud, binary, alice, bob);
    await restSteps(cloud, bob);
    await alice.stop();
    await bob.stop();
    await endStep('the sandbox', cloud.child);
  } finally {
    await cloud.stop();
  }
}
