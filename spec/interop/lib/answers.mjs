// answers: what the Server API answered, checked.

import assert from 'node:assert/strict';
import { step } from './report.mjs';

// The SDK's call succeeded (it resolves with an error object when the server refuses).
export async function done(promise) {
  const answer = await promise;
  assert.equal(answer.code, 200, JSON.stringify(answer));
  return answer;
}

// The server refused, with the documented envelope.
export function refused(answer, code, status) {
  assert.equal(answer.code, code, JSON.stringify(answer));
  assert.equal(typeof answer.errorMessage, 'string');
  if (status) {
    assert.equal(answer.status, status);
  }
}

// The same as seen through the SDK, which renames the text.
export async function refusedBySdk(promise, code) {
  const answer = await promise;
  assert.equal(Number(answer.code), code, JSON.stringify(answer));
  assert.equal(typeof answer.msg, 'string');
}

// A step for each [path, body, what is wrong with it].
export async function refusedSteps(cloud, calls) {
  for (const [path, body, what] of calls) {
    await step(`${path}: ${what} refused`, async () => (
      refused(await cloud.api(path, body), 1002, 400)
    ));
  }
}

export const localTime = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
