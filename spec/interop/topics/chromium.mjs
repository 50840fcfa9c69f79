// chromium: the main steps again, with the Web SDK where it is at home.

import assert from 'node:assert/strict';
import { startBot } from '../lib/bot.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { startCloud } from '../lib/cloud.mjs';
import { group, person } from '../lib/peer.mjs';
import { endStep, step } from '../lib/report.mjs';

const text = 'RC:TxtMsg';
const club = group('club');
const bot = person('bot');

// A picture of one dot.
const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E'
  + 'rkJggg==';

async function connected(browser, cloud, user) {
  const peer = await browser.peer(user);
  await peer.init(cloud);
  const { userId } = await peer.call('connect', await cloud.token(user));
  assert.equal(userId, user);
  await peer.take('PULL_OFFLINE_MESSAGE_FINISHED');
  return peer;
}

async function steps(browser, cloud) {
  let alice;
  let bob;

  await step('Chromium: navi with preflight, CONNACK, CONNECTED and the user id', async () => {
    alice = await connected(browser, cloud, 'alice');
    await alice.take('CONNECTED');
    bob = await connected(browser, cloud, 'bob');
  });

  await step('Chromium: ppMsgP private text both ways with the bot', async () => {
    await alice.call('send', bot, text, { content: 'echo hello 你好 🌙' });
    assert.equal((await alice.text('hello 你好 🌙')).senderUserId, 'bot');
  });

  await step('Chromium: pgMsgP group text both ways with the bot', async () => {
    await alice.call('send', club, text, { content: 'echo to all' });
    await bob.text('echo to all');
    assert.equal((await bob.text('to all')).targetId, 'club');
  });

  await step('Chromium: pgMsgP mention both ways', async () => {
    const mentionedInfo = { type: 2, userIdList: ['bot'] };
    const content = { content: '@bot?', mentionedInfo };
    const sent = await alice.call('send', club, text, content, { isMentioned: true });
    await bob.text(`saw mention ${sent.messageUId}`);
    await alice.call('send', club, text, { content: 'greet' });
    const answer = await alice.message((m) => m.senderUserId === 'bot' && m.isMentioned);
    assert.deepEqual(answer.content.mentionedInfo.userIdList, ['alice']);
  });

  await step('Chromium: recallMsg by the SDK and by the bot', async () => {
    const { messageUId, sentTime } = await alice.call('send', club, text, { content: 'oops' });
    await alice.call('recallMessage', club, { messageUId, sentTime });
    await bob.message((m) => m.messageType === 'RC:RcCmd' && m.content.messageUId === messageUId);
    await bob.text(`saw recall ${messageUId}`);
    await alice.call('send', club, text, { content: 'slip wrong word' });
    const wrong = await bob.text('wrong word');
    await alice.call('send', club, text, { content: 'unsay' });
    await bob.message((m) => (
      m.messageType === 'RC:RcCmd' && m.content.messageUId === wrong.messageUId
    ));
  });

  await step('Chromium: 22408, a muted member is refused', async () => {
    const mute = { userId: 'alice', groupId: 'club', minute: 5 };
    await cloud.must('/group/user/gag/add.json', mute);
    assert.equal((await alice.ask('send', club, text, { content: 'x' })).code, 22408);
    await cloud.must('/group/user/gag/rollback.json', mute);
  });

  await step('Chromium: qryPMsg and qryGMsg history', async () => {
    const page = { timestamp: 0, count: 20, order: 0 };
    const { list } = await alice.call('getHistoryMessages', bot, page);
    assert.deepEqual(list.map((m) => m.senderUserId), ['alice', 'bot']);
    const { list: all } = await bob.call('getHistoryMessages', club, page);
    assert.ok(all.some((m) => m.content.content === 'echo to all'));
  });

  await step('Chromium: pullMsg offline messages after a time away', async () => {
    await alice.call('disconnect');
    await bob.call('send', bot, text, { content: 'tell alice while you were out' });
    await bob.call('send', bot, text, { content: 'echo told her' });
    await bob.text('told her');
    await alice.call('connect', await cloud.token('alice'));
    assert.equal((await alice.text('while you were out')).isOffLineMessage, true);
  });

  await step('Chromium: reconnect after the socket was closed, nothing lost', async () => {
    alice.forget();
    await cloud.fault('push', { close: true }, { user: 'alice' });
    await bob.call('send', person('alice'), text, { content: 'closed' });
    await alice.take('SUSPEND');
    await alice.take('CONNECTED');
    await alice.text('closed');
  });

  await step('Chromium: chatroom join, chatMsg, chrmPull, exit', async () => {
    const hall = { conversationType: 4, targetId: 'hall' };
    await alice.call('joinChatRoom', 'hall', { count: 10 });
    await bob.call('joinExistChatRoom', 'hall', { count: 10 });
    await bob.call('send', hall, text, { content: 'in the hall' });
    await alice.text('in the hall');
    await bob.call('quitChatRoom', 'hall');
    assert.equal((await bob.ask('send', hall, text, { content: 'x' })).code, 23406);
  });

  await step('Chromium: 31010, kicked by a second login', async () => {
    const second = await connected(browser, cloud, 'bob');
    await bob.take('DISCONNECT', (reason) => reason === 31010);
    await second.stop();
  });

  await step('Chromium: 31004, token refused', async () => {
    const nobody = await browser.peer('nobody');
    await nobody.init(cloud);
    assert.equal((await nobody.ask('connect', 'this-is-no-token')).code, 31004);
    await nobody.stop();
  });

  await step('Chromium: sendImageMessage uploads a picture with its thumbnail', async () => {
    const file = { base64: dot, name: 'dot.png', type: 'image/png' };
    const sent = await alice.call('upload', 'sendImageMessage', club, file);
    const got = await fetch(sent.content.imageUri);
    assert.equal(got.headers.get('content-type'), 'image/png');
    assert.equal(Buffer.from(await got.arrayBuffer()).toString('base64'), dot);
    assert.ok(sent.content.content.length > 0);
  });

  await step('Chromium: no script of the page failed', async () => {
    assert.deepEqual([alice.errors, bob.errors], [[], []]);
  });
}

export default async function inChromium(binary) {
  const cloud = await startCloud(binary);
  let browser;
  try {
    const members = ['alice', 'bob', 'bot'];
    for (const user of members) {
      await cloud.token(user);
    }
    await cloud.must('/group/create.json', { userId: members, groupId: 'club', groupName: 'Club' });
    const robot = await startBot(binary, cloud, 'bot');
    browser = await openBrowser();
    await steps(browser, cloud);
    await endStep('the bot', robot);
    await endStep('the sandbox', cloud.child);
  } finally {
    await browser?.close();
    await cloud.stop();
  }
}
