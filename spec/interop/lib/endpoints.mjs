// endpoints: which calls of the Server API a step made, and whether each that the table
// `../endpoints` marks MUST or SHOULD was made by the step it names.

import http from 'node:http';
import { readFileSync, readdirSync } from 'node:fs';

const sdkFolder = new URL('../node_modules/rongcloud-sdk/lib/', import.meta.url);
const table = JSON.parse(readFileSync(new URL('../endpoints', import.meta.url), 'utf8'));

let calls = []; // of the step at hand: [path, by]
const made = new Set(); // "section: step" + path + by, of steps that passed

export function note(path, by) {
  calls.push([path.replace(/\?.*/, ''), by]);
}

// A step begins; what was called before it is nobody's.
export function beginCalls() {
  calls = [];
}

const entry = (step, path, by) => `${step}\n${path}\n${by}`;

export function keepCalls(step) {
  for (const [path, by] of calls) {
    made.add(entry(step, path, by));
  }
}

// The server SDK is the only one here that asks through http.request.
const { request } = http;
http.request = function noting(options, ...rest) {
  if (options?.path?.endsWith('.json')) {
    note(options.path, 'the SDK');
  }
  return request.call(this, options, ...rest);
};

// The paths in the SDK's descriptions of its calls, the files called api.json.
function offered(folder) {
  const found = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) {
      return [...offered(new URL(`${entry.name}/`, folder))];
    }
    const calls = entry.name.endsWith('api.json')
      ? Object.values(JSON.parse(readFileSync(new URL(entry.name, folder), 'utf8'))) : [];
    return calls.map(({ url }) => `/${url.replace(/^\//, '')}.json`);
  });
  return new Set(found);
}

// Gives a sentence for each row that is wrong. A row whose section did not run is only read.
export function complaints(known, ran) {
  const sdk = offered(sdkFolder);
  const wrong = [...sdk].filter((path) => !table[path]).map((path) => `${path} is in no row`);
  for (const [path, [mark, step]] of Object.entries(table)) {
    const [section] = step?.split(':') ?? [];
    const needed = mark !== 'LATER' || step;
    const by = sdk.has(path) ? 'the SDK' : 'hand';
    if (needed && !(['MUST', 'SHOULD', 'LATER'].includes(mark) && known.includes(section))) {
      wrong.push(`${path}: its row makes no sense`);
    } else if (ran.has(section) && !made.has(entry(step, path, by))) {
      wrong.push(`${path} (${mark}) was not called by ${by} in a passing step "${step}"`);
    }
  }
  return wrong;
}
