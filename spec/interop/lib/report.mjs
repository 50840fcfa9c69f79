// report: one line per step, counted, compared at the end with the number in `steps`.

import { readFileSync } from 'node:fs';
import { beginCalls, complaints, keepCalls } from './endpoints.mjs';
import { beginTopics } from './topics.mjs';

const expected = JSON.parse(readFileSync(new URL('../steps', import.meta.url), 'utf8'));
const results = { passed: 0, failed: 0 };
const sections = new Set(); // that were asked for
let section = '';
let place = ''; // before the names of steps: where they run

// A group of steps, run only if it was asked for (all are when nothing is named).
export async function run(name, wanted, body) {
  if (wanted.length && !wanted.includes(name)) {
    console.log(`-- ${name}: not asked for`);
    return;
  }
  console.log(`-- ${name}`);
  section = name;
  sections.add(name);
  beginTopics(`${name}: at its beginning`);
  const before = results.passed + results.failed;
  try {
    await body();
  } catch (error) {
    fail(`${name}: the section could not go on`, error);
  }
  const ran = results.passed + results.failed - before;
  if (ran !== expected[name]) {
    fail(`${name}: ${ran} steps ran, the file steps says ${expected[name]}`);
  }
}

function fail(name, error) {
  results.failed += 1;
  console.log(`not ok ${name}`);
  if (error) {
    const story = process.env.INTEROP_VERBOSE ? error.stack : error.message;
    console.log(`    ${(story ?? String(error)).replaceAll('\n', '\n    ')}`);
  }
}

// The steps of `body` say where they run: "Chromium: …".
export async function within(name, body) {
  place = `${name}: `;
  try {
    await body();
  } finally {
    place = '';
  }
}

// Runs one step. A step that fails does not stop those after it.
export async function step(what, body, ms = 20_000) {
  const name = place + what;
  let timer;
  beginCalls();
  beginTopics(`${section}: ${name}`);
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${ms} ms`)), ms);
  });
  try {
    const value = await Promise.race([body(), late]);
    results.passed += 1;
    keepCalls(`${section}: ${name}`);
    console.log(`ok ${name}`);
    return value;
  } catch (error) {
    fail(`${section} ${name}`, error);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

// Ends a child in the way its operator would; sanitizers speak up in its exit status.
export function endStep(name, child) {
  return step(`${name} ends by SIGTERM with status 0`, async () => {
    const { code, signal } = await child.stop();
    if (code !== 0) {
      throw new Error(`ended with ${signal ?? code}\n${child.tail}`);
    }
  });
}

export function finish() {
  for (const wrong of complaints(Object.keys(expected), sections)) {
    fail(`endpoints: ${wrong}`);
  }
  console.log(`${results.passed} passed, ${results.failed} failed`);
  return results.failed === 0 && results.passed > 0 ? 0 : 1;
}
