// run: RongCloud's official SDKs against `moondock sandbox` and moondock bots.
//
//   node run.mjs [SECTION…]      all sections when none is named
//
// MOONDOCK names the binary (default: build/test/moondock, else build/moondock of this
// checkout). INTEROP_VERBOSE=1 shows what the children write on standard error.

import { existsSync, readFileSync } from 'node:fs';
import { stopAll } from './lib/child.mjs';
import { finish, run } from './lib/report.mjs';

const sections = [
  'links', 'chat', 'kinds', 'rooms', 'services', 'hosted', 'rest', 'frames', 'chromium',
  'topics',
];

function findBinary() {
  const named = process.env.MOONDOCK;
  const built = ['build/test/moondock', 'build/moondock'].map((name) => (
    new URL(`../../${name}`, import.meta.url).pathname
  ));
  const found = (named ? [named] : built).find((file) => existsSync(file));
  if (!found) {
    console.error(`no moondock at ${named ?? built.join(' or ')}`);
  }
  return found;
}

async function main(wanted) {
  const unknown = wanted.filter((name) => !sections.includes(name));
  if (unknown.length) {
    console.error(`usage: node run.mjs [${sections.join('|')}]…`);
    return 2;
  }
  const binary = findBinary();
  if (!binary) {
    return 1;
  }
  for (const name of sections) {
    const { default: body } = await import(`./topics/${name}.mjs`);
    await run(name, wanted, () => body(binary));
    await stopAll();
  }
  return finish();
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => stopAll().then(() => process.exit(1)));
}

// Connections that fetch keeps open shall not hold us up.
process.exit(await main(process.argv.slice(2)).finally(stopAll));
