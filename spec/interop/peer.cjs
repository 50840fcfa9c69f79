// peer: one user of RongCloud's Web SDK in a process of its own (the SDK is a singleton).
// Standard input: {"id":1,"verb":"connect","args":[…]} a line. Standard output: the answers
// {"id":1,"code":0,"data":…} and the events {"event":"MESSAGES","data":[…]}.
'use strict';

require('./shim.cjs');

// What the SDK logs may not be mixed with our lines.
for (const name of ['log', 'info', 'warn', 'debug']) {
  console[name] = (...words) => console.error(...words);
}

// A browser reports these and goes on.
process.on('unhandledRejection', (reason) => console.error('unhandled', reason));

const readline = require('readline');
const sdk = require('@rongcloud/imlib-next');

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function main() {
  const { makePeer } = await import('./verbs.mjs');
  const peer = makePeer(sdk, (event, data) => say({ event, data }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { id, verb, args } = JSON.parse(line);
    // Not awaited: a call that hangs may not hold up the next one.
    peer(verb, args).then(
      (answer) => say({ id, ...answer }),
      (error) => say({ id, error: String(error?.stack ?? error) }),
    );
  }
  process.exit(0);
}

main();
