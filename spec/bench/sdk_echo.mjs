// sdk_echo: the echo bot a user would write without moondock: RongCloud's official Web SDK
// on Node.
//
//   node sdk_echo.mjs URL APP_KEY TOKEN     prints "ready" when connected, ends on SIGTERM
import { createRequire } from 'node:module';

// The SDK and the browser globals it asks for are those of the interop specs.
const require = createRequire(new URL('../interop/peer.cjs', import.meta.url));
require('./shim.cjs');
const sdk = require('@rongcloud/imlib-next');

const [url, appkey, token] = process.argv.slice(2);
if (!token) {
  console.error('usage: node sdk_echo.mjs URL APP_KEY TOKEN');
  process.exit(2);
}

const say = console.log;
for (const name of ['log', 'info', 'debug']) {
  console[name] = () => {};
}

async function answer(message) {
  const to = { conversationType: message.conversationType, targetId: message.targetId };
  const { code } = await sdk.sendMessage(
    to,
    new sdk.TextMessage({ content: message.content.content }),
  );
  if (code !== 0) {
    console.error(`answer not accepted: ${code}`);
  }
}

sdk.init({ appkey, navigators: [url], logServerUrl: url, logLevel: 4 });
sdk.addEventListener(sdk.Events.MESSAGES, ({ messages }) => {
  for (const message of messages) {
    if (message.messageType === 'RC:TxtMsg' && message.senderUserId !== sdk.getCurrentUserId()) {
      answer(message);
    }
  }
});

const { code } = await sdk.connect(token);
if (code !== 0) {
  console.error(`not connected: ${code}`);
  process.exit(1);
}
say('ready');
process.on('SIGTERM', () => process.exit(0));
