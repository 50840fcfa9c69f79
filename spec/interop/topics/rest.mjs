// rest: every Server API endpoint, by rongcloud-sdk where it offers the call, else by our
// own signed request; each once done and once refused.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { refused } from '../lib/answers.mjs';
import { key, secret, startCloud } from '../lib/cloud.mjs';
import { endStep, step } from '../lib/report.mjs';
import botSteps from './rest_bot.mjs';
import groupSteps from './rest_group.mjs';
import logSteps from './rest_log.mjs';
import messageSteps from './rest_message.mjs';
import roomSteps from './rest_room.mjs';
import userSteps from './rest_user.mjs';
import wordSteps from './rest_word.mjs';

const makeSdk = createRequire(import.meta.url)('rongcloud-sdk');

async function envelopeSteps(cloud, sdk) {
  await step('Server API: a wrong secret is 401 and 1004', async () => {
    const answer = await cloud.api('/user/getToken.json', { userId: 'x' }, { appSecret: 'wrong' });
    refused(answer, 1004, 401);
  });

  await step('Server API: a wrong secret, as the SDK sees it', async () => {
    makeSdk({ appkey: key, secret: 'wrong', api: cloud.url });
    const user = { id: 'x', name: 'x', portrait: 'http://127.0.0.1/p.png' };
    // The SDK turns 1004 into a number of its own.
    assert.equal((await sdk.User.register(user)).code, '20000');
    makeSdk({ appkey: key, secret, api: cloud.url });
  });

  await step('Server API: an unknown app key is 401 and 1001', async () => {
    const headers = { 'App-Key': 'somebody-else' };
    refused(await cloud.api('/user/getToken.json', { userId: 'x' }, { headers }), 1001, 401);
  });

  await step('Server API: 500 by fault, once', async () => {
    await cloud.fault('http', { http_status: 500 }, { path: '/user/info.json' });
    assert.equal((await cloud.api('/user/info.json', { userId: 'x' })).status, 500);
    assert.notEqual((await cloud.api('/user/info.json', { userId: 'x' })).status, 500);
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

export default async function rest(binary) {
  const cloud = await startCloud(binary);
  try {
    const sdk = makeSdk({ appkey: key, secret, api: cloud.url });
    await envelopeSteps(cloud, sdk);
    await userSteps(cloud, sdk);
    await groupSteps(cloud, sdk);
    await messageSteps(cloud, sdk);
    await wordSteps(cloud, sdk);
    await roomSteps(cloud, sdk);
    await botSteps(cloud);
    await logSteps(cloud, sdk);
    await endStep('the sandbox', cloud.child);
  } finally {
    await cloud.stop();
  }
}
