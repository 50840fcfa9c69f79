// bot: `moondock run` with the plugin plugins/peer and a configuration in a folder of its
// own.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Child, makeFolder } from './child.mjs';
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
      plugins = {
        peer = { grants = { "send", "group.mute", "group.kick" }, config = { user = "${user}" } },
      },
    },
  },
}
`;
}

// Online when it returns. `navi` may be a proxy's address.
export async function startBot(binary, cloud, user, navi = cloud.url) {
  const folder = makeFolder();
  const file = path.join(folder, 'moondock.lua');
  writeFileSync(file, configuration({ user, navi, api: cloud.url }));
  const bot = new Child(`bot ${user}`, binary, ['run', file], { cwd: folder });
  await bot.line(/^moondock ready/, 20_000);
  return bot;
}
