// links: how the Web SDK gets a connection, keeps it and loses it.

import assert from 'node:assert/strict';
import { startCloud } from '../lib/cloud.mjs';
import { connectedPeer, newPeer, person } from '../lib/peer.mjs';
import { Proxy } from '../lib/proxy.mjs';
import { endStep, step } from '../lib/report.mjs';

const dead = 'http://127.0.0.1:9'; // nobody listens on the discard port

// The code that connect() gives to a peer made for one try.
async function tryToConnect(cloud, user, token, navigators) {
  const peer = await newPeer(user);
  try {
    await peer.init(cloud, navigators);
    return (await peer.ask('connect', token)).code;
  } finally {
    await peer.stop();
  }
}

async function preflight(cloud) {
  const answer = await fetch(`${cloud.url}/v2/navi.json?cloud=0`, {
    method: 'OPTIONS',
    headers: {
      Origin: 'http://example.test',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'rc-appkey,rc-negotiate,content-type',
    },
  });
  assert.ok(answer.ok, `status ${answer.status}`);
  const allowed = answer.headers.get('access-control-allow-headers') ?? '';
  assert.ok(answer.headers.get('access-control-allow-origin'), 'no allowed origin');
  assert.match(allowed, /\*|rc-appkey/i);
  assert.match(allowed, /\*|rc-negotiate/i);
}

async function naviSteps(cloud) {
  const token = await cloud.token('navigator');

  await step('navi.js format 1 wraps the address in the callback', async () => {
    const callBack = 'getServerEndpoint';
    const query = new URLSearchParams({ appId: 'interop-key', token, callBack });
    const answer = await fetch(`${cloud.url}/navi.js?${query}&v=2.5.3&r=1`);
    const [, json] = (await answer.text()).match(/^getServerEndpoint\((.*)\);?\s*$/);
    const { code, userId, server } = JSON.parse(json);
    assert.deepEqual([code, userId, server], [200, 'navigator', cloud.host]);
  });

  await step('navi.json format 2 names server and user', async () => {
    const answer = await fetch(`${cloud.url}/v2/navi.json?cloud=0`, {
      method: 'POST',
      headers: {
        'Content-Type': 'Application/x-www-form-urlencoded',
        'RC-Appkey': 'interop-key',
        'RC-Negotiate': 'conn=5;rtc=4;log=2;iptype=v4,v6',
      },
      body: `token=${encodeURIComponent(token)}&v=5.38.0&platfrom=browser`,
    });
    const { code, userId, serverAddr } = await answer.json();
    assert.deepEqual({ code, userId }, { code: 200, userId: 'navigator' });
    assert.equal(serverAddr[0].addr, cloud.host);
    assert.equal(serverAddr[0].protocol, 5);
  });

  await step('navi.json answers a preflight', () => preflight(cloud));

  await step('ping answers 200 to any page', async () => {
    const headers = { Origin: 'http://example.test' };
    const answer = await fetch(`${cloud.url}/ping?r=1`, { headers });
    assert.equal(answer.status, 200);
    assert.ok(answer.headers.get('access-control-allow-origin'));
  });

  await step('navi fallback: a dead navi is passed over', async () => {
    assert.equal(await tryToConnect(cloud, 'navigator', token, [dead, cloud.url]), 0);
  });

  await step('navi fallback: a navi that answers 500 is passed over', async () => {
    await cloud.fault('navi', { http_status: 500 });
    const other = cloud.url.replace('127.0.0.1', 'localhost');
    assert.equal(await tryToConnect(cloud, 'navigator', token, [cloud.url, other]), 0);
  });

  await step('navi answering 416, the licence has expired, is 31030', async () => {
    await cloud.fault('navi', { http_status: 416 });
    assert.equal(await tryToConnect(cloud, 'navigator', token), 31030);
  });

  await step('navi alone answering 500 is 30007', async () => {
    await cloud.fault('navi', { http_status: 500 });
    assert.equal(await tryToConnect(cloud, 'navigator', token), 30007);
  });
}

async function tokenSteps(cloud) {
  await step('CONNACK 31004: token refused', async () => {
    assert.equal(await tryToConnect(cloud, 'nobody', 'this-is-no-token'), 31004);
  });

  await step('CONNACK 31020: token expired, and a new one works', async () => {
    const token = await cloud.token('elder');
    await cloud.control('POST', '/token/expire', { user_id: 'elder' });
    assert.equal(await tryToConnect(cloud, 'elder', token), 31020);
    assert.equal(await tryToConnect(cloud, 'elder', await cloud.token('elder')), 0);
  });

  await step('CONNACK 31009: user blocked, and unblocked again', async () => {
    const token = await cloud.token('outcast');
    await cloud.must('/user/block.json', { userId: 'outcast', minute: 10 });
    assert.equal(await tryToConnect(cloud, 'outcast', token), 31009);
    await cloud.must('/user/unblock.json', { userId: 'outcast' });
    assert.equal(await tryToConnect(cloud, 'outcast', token), 0);
  });

  for (const [status, code] of [[3, 31003], [5, 31005], [8, 31008], [12, 31022], [19, 31029]]) {
    await step(`CONNACK ${status} by fault is ${code}`, async () => {
      const token = await cloud.token('unlucky');
      await cloud.fault('connect', { connack: status }, { user: 'unlucky' });
      assert.equal(await tryToConnect(cloud, 'unlucky', token), code);
    });
  }
}

async function lifeSteps(cloud) {
  const proxy = await new Proxy(cloud).listen();
  const peer = await newPeer('alice');

  await step('CONNACK 0: connect() gives the user id and CONNECTED', async () => {
    await peer.init(cloud, [proxy.url]);
    const { userId } = await peer.call('connect', await cloud.token('alice'));
    assert.equal(userId, 'alice');
    await peer.take('CONNECTED');
    assert.equal(await peer.call('userId'), 'alice');
  });

  await step('CONNACK carries the server time', async () => {
    const drift = Math.abs((await peer.call('serverTime')) - Date.now());
    assert.ok(drift < 5000, `off by ${drift} ms`);
  });

  await step('PINGREQ is answered with PINGRESP', async () => {
    await proxy.frame('PINGRESP', 'down', (frame) => frame.type === 'PINGRESP');
    assert.equal(proxy.frames.find((one) => one.direction === 'up').bytes.toString('hex'), 'c0');
  });

  await step('PULL_OFFLINE_MESSAGE_FINISHED after the first pullMsg', async () => {
    await peer.take('PULL_OFFLINE_MESSAGE_FINISHED');
  });

  const first = [
    'qAppBot', 'pullEventChange', 'pullUS', 'pullSeAtts', 'pullMsg', 'reportsdk', 'pullModifyMsg',
  ];
  for (const topic of first) {
    await step(`${topic} of the connect sequence is answered`, async () => {
      const match = (frame) => frame.type === 'QUERY' && frame.topic === topic;
      const { frame } = await proxy.frame(topic, 'up', match);
      const { frame: answer } = await proxy.frame(`QUERYACK of ${topic}`, 'down', (one) => (
        one.type === 'QUERYACK' && one.id === frame.id
      ));
      assert.equal(answer.status, 0);
    });
  }

  await step('QUERYCON follows every QUERYACK with qos 1', async () => {
    const acks = proxy.frames.filter((one) => one.frame.type === 'QUERYACK' && one.frame.qos);
    for (const { frame } of acks) {
      await proxy.frame('QUERYCON', 'up', (one) => one.type === 'QUERYCON' && one.id === frame.id);
    }
  });

  await step('an unknown topic is refused at once, not left waiting', async () => {
    const { code } = await peer.ask('addTag', { tagId: 'a', tagName: 'a' });
    assert.ok(code > 0, `code ${code}`);
  }, 5000);

  await step('CONNACK 6: redirect asks navi again and connects', async () => {
    await peer.call('disconnect');
    const asked = proxy.requests.length;
    await cloud.fault('connect', { connack: 6 }, { user: 'alice' });
    await peer.call('connect', await cloud.token('alice'));
    const navi = proxy.requests.slice(asked).filter((one) => one.url.startsWith('/v2/navi.json'));
    assert.ok(navi.length >= 1, 'navi was not asked again');
    await proxy.frame('CONNACK 6', 'down', (one) => one.type === 'CONNACK' && one.payload[1] === 6);
  });

  await reconnectSteps(cloud, peer);
  await peer.stop();
  await proxy.close();
}

async function reconnectSteps(cloud, peer) {
  const bob = await connectedPeer(cloud, 'bob');

  async function survives(what, act) {
    peer.forget();
    await cloud.fault('push', act, { user: 'alice' });
    await bob.call('send', person('alice'), 'RC:TxtMsg', { content: what });
    await peer.take('SUSPEND');
    await peer.take('CONNECTED');
    await peer.text(what);
  }

  await step('reconnect after the socket was closed, nothing lost', () => (
    survives('closed', { close: true })
  ));
  await step('reconnect after a frame was cut in the middle, nothing lost', () => (
    survives('cut', { cut_at_byte: 3 })
  ));
  await step('DISCONNECT 6: redirect, nothing lost', () => (
    survives('sent away', { disconnect: 6 })
  ));

  for (const [status, code] of [[2, 31011], [7, 31020], [9, 31029]]) {
    await step(`DISCONNECT ${status} by fault is ${code}`, async () => {
      await peer.ask('connect', await cloud.token('alice'));
      peer.forget();
      await cloud.fault('push', { disconnect: status }, { user: 'alice' });
      await bob.call('send', person('alice'), 'RC:TxtMsg', { content: `leave ${status}` });
      await peer.take('DISCONNECT', (reason) => reason === code);
    });
  }

  await step('DISCONNECT 2: a blocked user is thrown out, 31011', async () => {
    const guest = await connectedPeer(cloud, 'guest');
    await cloud.must('/user/block.json', { userId: 'guest', minute: 1 });
    await guest.take('DISCONNECT', (reason) => reason === 31011);
    await guest.stop();
  });

  await step('DISCONNECT 1: kicked by a second login, 31010', async () => {
    const first = await connectedPeer(cloud, 'twin');
    const second = await connectedPeer(cloud, 'twin');
    await first.take('DISCONNECT', (reason) => reason === 31010);
    await bob.call('send', person('twin'), 'RC:TxtMsg', { content: 'still here?' });
    await second.text('still here?');
    await first.stop();
    await second.stop();
  });

  await bob.stop();
}

export default async function links(binary) {
  const cloud = await startCloud(binary);
  try {
    await naviSteps(cloud);
    await tokenSteps(cloud);
    await lifeSteps(cloud);
    await endStep('the sandbox', cloud.child);
  } finally {
    await cloud.stop();
  }
}
