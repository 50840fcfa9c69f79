// topics: what went over the sockets of the Web SDK, and in which step first.

import { readFileSync } from 'node:fs';

// The topics that were proved with the official client when the protocol was written down.
export const proved = JSON.parse(readFileSync(new URL('../proved', import.meta.url), 'utf8'));

const seen = { Node: new Map(), Chromium: new Map() };
let now = '';

export function beginTopics(step) {
  now = step;
}

export function noteTopic(where, topic) {
  if (!seen[where].has(topic)) {
    seen[where].set(topic, now);
  }
}

// The step that had the topic first, or undefined.
export function stepOf(where, topic) {
  return seen[where].get(topic);
}
