// chromium: the sections of the Web SDK again where it is at home, and what only a page can.

import assert from 'node:assert/strict';
import { openBrowser } from '../lib/browser.mjs';
import { startCloud } from '../lib/cloud.mjs';
import { connectedPeer, group, newPeer, withPeers } from '../lib/peer.mjs';
import { endStep, step, within } from '../lib/report.mjs';
import chat from './chat.mjs';
import hosted from './hosted.mjs';
import kinds from './kinds.mjs';
import rooms from './rooms.mjs';
import services from './services.mjs';

// A picture of one dot.
const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E'
  + 'rkJggg==';

async function pageSteps(binary, pages) {
  const cloud = await startCloud(binary);
  try {
    const alice = await connectedPeer(cloud, 'alice');

    await step('CONNACK 31004: token refused', async () => {
      const nobody = await newPeer('nobody');
      await nobody.init(cloud);
      assert.equal((await nobody.ask('connect', 'this-is-no-token')).code, 31004);
      await nobody.stop();
    });

    await step('DISCONNECT 31010: kicked by a second login', async () => {
      const first = await connectedPeer(cloud, 'bob');
      const second = await connectedPeer(cloud, 'bob');
      await first.take('DISCONNECT', (reason) => reason === 31010);
      await first.stop();
      await second.stop();
    });

    await cloud.must('/group/create.json', { userId: 'alice', groupId: 'club', groupName: 'Club' });

    await step('sendImageMessage uploads a picture with its thumbnail', async () => {
      const file = { base64: dot, name: 'dot.png', type: 'image/png' };
      const sent = await alice.call('upload', 'sendImageMessage', group('club'), file);
      const got = await fetch(sent.content.imageUri);
      assert.equal(got.headers.get('content-type'), 'image/png');
      assert.equal(Buffer.from(await got.arrayBuffer()).toString('base64'), dot);
      assert.ok(sent.content.content.length > 0);
    });

    await step('no script of a page failed', async () => {
      assert.deepEqual(pages.flatMap((page) => page.errors), []);
    });

    await endStep('the sandbox', cloud.child);
  } finally {
    await cloud.stop();
  }
}

export default async function inChromium(binary) {
  const browser = await openBrowser();
  const pages = [];
  const open = async (user) => {
    const page = await browser.peer(user);
    pages.push(page);
    return page;
  };
  try {
    await withPeers(open, () => within('Chromium', async () => {
      for (const section of [chat, kinds, rooms, services, hosted]) {
        await section(binary);
      }
      await pageSteps(binary, pages);
    }));
  } finally {
    await browser.close();
  }
}
