// bot: `moondock run` with the plugin plugins/peer and a configuration in a folder of its
// own, which is removed afterwards.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Child } from './child.mjs';
import { key, secret } from './cloud.mjs';

const plugins = new URL('../plugins', import.meta.url).pathname;

function configuration({ user, navi, api }) {
  return `return {
  state = "var",
  plugin_path = { ${JSON.stringify(plugins)} },
  bots = {
    peer = {
      account = {
        app_key = "${key}", user = "${user}", secret = "${secret}",
        navi = { "${navi}" }, api = { "${api}" },
        token = { from = "server_api" },
      },
      plugins = { peer = { grants = { "send", "recall", "history" } } },
    },
  },
}
`;
}

// Online when it returns. `navi` may be a proxy's address.
export async function startBot(binary, cloud, user, navi = cloud.url) {
  const folder = mkdtempSync(path.join(tmpdir(), 'moondock-interop-'));
  const file = path.join(folder, 'moondock.lua');
  writeFileSync(file, configuration({ user, navi, api: cloud.url }));
  const child = new Child(`bot ${user}`, binary, ['run', file], { cwd: folder });
  const bot = {
    child,
    async stop() {
      const ended = await child.stop();
      rmSync(folder, { recursive: true, force: true });
      return ended;
    },
  };
  try {
    await child.line(/^moondock ready/, 20_000);
  } catch (error) {
    await bot.stop();
    throw error;
  }
  return bot;
}
