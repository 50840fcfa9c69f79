// rest_message: messages sent and recalled through the Server API.

import assert from 'node:assert/strict';
import { done, refused, refusedSteps } from '../lib/answers.mjs';
import { connectedPeer, group, person } from '../lib/peer.mjs';
import { step } from '../lib/report.mjs';

const text = 'RC:TxtMsg';
const uidForm = /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/;

const words = (name) => ({ data: { '{name}': name }, push: `{name}, look` });

async function templateSteps(cloud, Message, ben) {
  for (const [kind, conversationType] of [['Private', 1], ['System', 6]]) {
    const path = `/message/${kind.toLowerCase()}/publish_template.json`;
    await step(`${path} by the SDK: to each in his own words`, async () => {
      const { messageUIDs } = await done(Message[kind].sendTemplate({
        senderId: 'operator', objectName: text, template: { content: `${kind}, {name}` },
        content: { ben: words('"Ben"'), cid: words('Cid') },
      }));
      const got = await ben.text(`${kind}, "Ben"`);
      assert.deepEqual(messageUIDs.map((one) => one.userId), ['ben', 'cid']);
      assert.equal(got.messageUId, messageUIDs[0].messageUID);
      assert.equal(got.conversationType, conversationType);
    });
  }
}

async function statusSteps(cloud, ben) {
  const body = { fromUserId: 'ann', objectName: text, content: '{"content":"passing"}' };
  for (const to of [{ toUserId: 'ben' }, { toGroupId: 'den' }]) {
    const path = `/statusmessage/${to.toUserId ? 'private' : 'group'}/publish.json`;
    await step(`${path}: seen at once, kept nowhere`, async () => {
      const { messageUIDs } = await cloud.must(path, { ...body, ...to });
      const got = await ben.text('passing');
      assert.equal(got.messageUId, messageUIDs[0].messageUID);
      const chat = to.toUserId ? person('ann') : group('den');
      const { list } = await ben.call('getHistoryMessages', chat, { count: 20 });
      assert.ok(!list.some((m) => m.messageUId === got.messageUId));
    });
  }
}

async function expansionSteps(cloud, ben) {
  const chat = { conversationType: 1, userId: 'ann', targetId: 'ben' };
  const { messageUIDs } = await cloud.must('/message/private/publish.json', {
    fromUserId: 'ann', toUserId: 'ben', objectName: text, content: '{"content":"a poll"}',
    expansion: true, extraContent: '{"yes":"0","no":"0"}',
  });
  const msgUID = messageUIDs[0].messageUID;
  const heard = (part) => ben.take('EXPANSION', (event) => JSON.stringify(event).includes(part));
  const carried = async () => {
    const { extraContent } = await cloud.must('/message/expansion/query.json', { msgUID });
    return Object.fromEntries(Object.entries(extraContent).map(([key, { v }]) => [key, v]));
  };

  await step('/message/expansion/set.json: the client hears of it', async () => {
    const extraKeyVal = '{"yes":"1"}';
    await cloud.must('/message/expansion/set.json', { ...chat, msgUID, extraKeyVal });
    await heard('"yes":"1"');
    assert.deepEqual(await carried(), { yes: '1', no: '0' });
  });

  await step('/message/expansion/delete.json: the client hears of it', async () => {
    await cloud.must('/message/expansion/delete.json', { ...chat, msgUID, extraKey: '["no"]' });
    await heard('"no"');
  });

  await step('/message/expansion/query.json: what it carries now, as history says', async () => {
    assert.deepEqual(await carried(), { yes: '1' });
    const { list } = await ben.call('getHistoryMessages', person('ann'), { count: 20 });
    assert.deepEqual(list.find((m) => m.messageUId === msgUID).expansion, { yes: '1' });
  });

  await refusedSteps(cloud, [
    ['/message/expansion/set.json', { ...chat, msgUID }, 'without keys'],
    ['/message/expansion/delete.json', { ...chat, msgUID, extraKey: '[]' }, 'no key'],
    ['/message/expansion/query.json', {}, 'without message'],
  ]);
}

async function pastSteps(cloud) {
  const all = { userId: 'ben', startTime: 0, endTime: Date.now() + 60_000, includeStart: true };
  const chats = [['group', 'den', 'to the den'], ['private', 'ann', 'a poll']];
  for (const [kind, targetId, said] of chats) {
    const path = `/v3/message/${kind}/query.json`;
    await step(`${path}: what was said`, async () => {
      const { data } = await cloud.must(path, { ...all, pageSize: 100, targetId }, { json: true });
      const found = data.find((one) => one.content === JSON.stringify({ content: said }));
      assert.equal(found.fromUserId, 'ann');
      assert.equal(found.objectName, text);
      assert.match(found.messageUID, uidForm);
      assert.equal(typeof found.msgTime, 'number');
    });
    await step(`${path}: without times refused`, async () => (
      refused(await cloud.api(path, { userId: 'ben', targetId }, { json: true }), 1002, 400)
    ));
  }
}

export default async function messages(cloud, sdk) {
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

  await step('/message/system/publish.json by the SDK: arrives', async () => {
    await done(Message.System.send({ ...message('maintenance', 'ben'), senderId: 'operator' }));
    const got = await ben.text('maintenance');
    assert.equal(got.conversationType, 6);
    assert.equal(got.senderUserId, 'operator');
  });

  await step('/message/private/publish.json: msgRandom makes a repeat harmless', async () => {
    const send = () => cloud.must('/message/private/publish.json', {
      fromUserId: 'ann', toUserId: 'ben', objectName: text, msgRandom: 4711,
      content: JSON.stringify({ content: 'only once' }),
    });
    assert.deepEqual((await send()).messageUIDs, (await send()).messageUIDs);
  });

  await step('/message/recall.json: an unknown UID is fine', () => (
    cloud.must('/message/recall.json', {
      fromUserId: 'ann', conversationType: 3, targetId: 'den', messageUID: 'AAAA-BBBB-CCCC-DDDD',
      sentTime: 1,
    })
  ));

  await templateSteps(cloud, Message, ben);
  await statusSteps(cloud, ben);
  await expansionSteps(cloud, ben);
  await pastSteps(cloud);

  const [from, to] = [{ fromUserId: 'ann' }, { toGroupId: 'den' }];
  const body = { objectName: text, content: JSON.stringify({ content: 'x' }) };
  const recall = { conversationType: 3, targetId: 'den' };
  await refusedSteps(cloud, [
    ['/message/private/publish.json', { ...from, ...body }, 'without receiver'],
    ['/message/group/publish.json', { ...to, ...body }, 'without sender'],
    ['/message/group/publish.json', { ...from, ...to, objectName: text }, 'without content'],
    ['/message/group/publish.json', { ...from, ...body, toGroupId: [...'abcd'] }, 'to four groups'],
    ['/message/system/publish.json', { ...from, ...body }, 'without receiver'],
    ['/message/recall.json', { ...from, ...recall }, 'without UID'],
    ['/statusmessage/private/publish.json', { ...from, ...body }, 'without receiver'],
    ['/statusmessage/group/publish.json', { ...to, ...body }, 'without sender'],
    ['/message/private/publish_template.json', { ...from, ...body }, 'a form'],
    ['/message/system/publish_template.json', { ...from, ...body }, 'a form'],
  ]);
  await ben.stop();
}
