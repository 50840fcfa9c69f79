// topics: every topic that was proved with the official client has been on the wire, from or
// to the Web SDK in Node and in Chromium. Only after all the other sections.

import assert from 'node:assert/strict';
import { step } from '../lib/report.mjs';
import { proved, stepOf } from '../lib/topics.mjs';

export default async function topics() {
  const found = proved.map((topic) => [topic, stepOf('Node', topic), stepOf('Chromium', topic)]);
  for (const [topic, inNode, inChromium] of found) {
    await step(`${topic}: by ${inNode}; ${inChromium}`, async () => {
      assert.ok(inNode, 'never in Node');
      assert.ok(inChromium, 'never in Chromium');
    });
  }
}
