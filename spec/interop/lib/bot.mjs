// bot: `moondock run` with the plugin plugins/peer and a configuration in a folder of its
// own.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Child, makeFolder } from './child.mjs';
import { key, secret } from './cloud.mjs';

const plugins = new URL('../plugins', import.meta.url).pathname;

function configuration({ user, navi, api, token }) {
  const account = token
    ? `token = { from = "static", value = "${token}" }`
    : `secret = "${secret}", token = { from = "server_api" }`;
  return `return {
  state = "var",
  plugin_path = { ${JSON.stringify(plugins)} },
  bots = {
    peer = {
      account = {
        app_key = "${key}", user = "${user}",
        navi = { "${navi}" }, api = { "${api}" },
        ${account},
      },
      plugins = {
        peer = {
          grants = {
            "send", "friends", "group.read", "group.manage", "group.mute", "group.kick",
            "history", "history.clear", "media", "profile", "user.read",
          },
          config = { user = "${user}" },
        },
      },
    },
  },
}
`;
}

// Online when it returns. `navi` may be a proxy's address; `secret: false`: it has only a token.
export async function startBot(binary, cloud, user, { navi = cloud.url, secret: has = true } = {}) {
  const token = has ? null : await cloud.token(user);
  const folder = makeFolder();
  const file = path.join(folder, 'moondock.lua');
  writeFileSync(file, configuration({ user, navi, api: cloud.url, token }));
  const bot = new Child(`bot ${user}`, binary, ['run', file], { cwd: folder });
  await bot.line(/^moondock ready/, 20_000);
  return bot;
}
