// browser: users who run RongCloud's Web SDK in headless Chromium, one context each. The
// page and the SDK's ES modules come from a small server here; nothing else is reachable.

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { chromium } from 'playwright-core';
import { Peer } from './peer.mjs';

const root = new URL('../', import.meta.url);
const types = { html: 'text/html; charset=utf-8', mjs: 'text/javascript; charset=utf-8' };
const served = {
  '/': 'page.html',
  '/verbs.mjs': 'verbs.mjs',
  '/watch.mjs': 'watch.mjs',
  '/sdk/engine/index.mjs': 'node_modules/@rongcloud/engine/index.mjs',
  '/sdk/imlib-next/index.mjs': 'node_modules/@rongcloud/imlib-next/index.mjs',
};

function chromiumPath() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    if (found.status === 0) {
      return found.stdout.trim();
    }
  }
  throw new Error('Chromium is missing: install the package chromium');
}

async function serve() {
  const server = http.createServer(async (request, answer) => {
    const name = served[request.url];
    if (!name) {
      answer.writeHead(404).end();
      return;
    }
    const type = types[name.split('.').pop()];
    answer.writeHead(200, { 'Content-Type': type }).end(await readFile(new URL(name, root)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export async function openBrowser() {
  const server = await serve();
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    chromiumSandbox: false,
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
  return new Browser(browser, server);
}

class Browser {
  constructor(browser, server) {
    this.browser = browser;
    this.server = server;
    this.url = `http://127.0.0.1:${server.address().port}/`;
    this.refused = new Set(); // hosts the SDK wanted and did not get
  }

  async peer(user) {
    const context = await this.browser.newContext();
    await context.route('**/*', (route) => {
      const { hostname, protocol } = new URL(route.request().url());
      if (protocol === 'data:' || ['127.0.0.1', 'localhost'].includes(hostname)) {
        return route.continue();
      }
      this.refused.add(hostname);
      return route.abort();
    });
    const page = await context.newPage();
    const peer = new PagePeer(user, page, context);
    await page.exposeFunction('told', (line) => {
      const { event, data } = JSON.parse(line);
      peer.onEvent(event, data);
    });
    page.on('pageerror', (error) => {
      peer.errors.push(String(error));
    });
    await page.goto(this.url);
    await page.waitForFunction(() => window.ask, undefined, { timeout: 20_000 });
    return peer;
  }

  async close() {
    await this.browser.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

class PagePeer extends Peer {
  constructor(user, page, context) {
    super(user);
    this.where = 'Chromium';
    this.page = page;
    this.context = context;
    this.errors = [];
  }

  perform(verb, args) {
    // Through JSON, as between processes: the SDK's objects carry functions.
    return this.page.evaluate(async ([name, list]) => (
      JSON.parse(JSON.stringify(await window.ask(name, list)))
    ), [verb, args]);
  }

  stop() {
    return this.context.close();
  }
}
