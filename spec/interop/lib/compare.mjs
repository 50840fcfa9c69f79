// compare: is a frame that our client sent the one the official SDK sends for the same
// call? Only what must differ from call to call is replaced (ids, times, UIDs, texts, who);
// what is left has to be the same byte for byte.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFields, readFrame, writeFields, writeFrame } from './frame.mjs';

const frames = JSON.parse(readFileSync(new URL('../../support/frames.json', import.meta.url)));

// What varies, by number of the field: of messages, of pulls, of history queries.
const message = { 3: 'content', 4: 'text', 5: 'text', 10: 'unique' };
const rules = {
  ppMsgP: message,
  pgMsgP: message,
  recallMsg: message,
  pullMsg: { 1: 'cursor', 6: 'cursor', 7: 'cursor' },
  qryPMsg: { 1: 'who', 2: 'time' },
  qryGMsg: { 1: 'who', 2: 'time' },
};

const text = () => 'TEXT';
const keys = {
  content: text,
  mentionedContent: text,
  messageUId: (value) => (/^[0-9A-Z]{4,9}(-[0-9A-Z]{4}){2,3}$/.test(value) ? 'UID' : value),
  sentTime: (value) => (Number.isInteger(value) && value > 1.5e12 ? 0 : value),
};

// `who`: the names that play a part in the call, as { alice: 'ME', bob: 'PEER' }.
function plainContent(bytes, who) {
  const json = bytes.toString('utf8');
  const value = JSON.parse(json);
  if (JSON.stringify(value) !== json) {
    throw new Error(`not the SDK's way to write JSON: ${json}`);
  }
  return Buffer.from(JSON.stringify(value, (key, one) => {
    if (keys[key]) {
      return keys[key](one);
    }
    return typeof one === 'string' ? who[one] ?? one : one;
  }));
}

const replace = {
  content: plainContent,
  text: () => Buffer.from('TEXT'),
  who: (value, who) => Buffer.from(who[value.toString()] ?? value.toString()),
  // 51 bits at most, and never nothing.
  unique: (value) => (value > 0n && value < 1n << 51n ? 1n : value),
  time: (value) => (value > 1_500_000_000_000n ? 2n : value),
  // 0 and 1 stand for "never" and stay.
  cursor: (value) => (value > 1_500_000_000_000n ? 2n : value),
};

function plain(bytes, who) {
  const frame = readFrame(bytes, 'up');
  if (!writeFrame(frame).equals(bytes)) {
    throw new Error('the frame does not survive being read and written');
  }
  if (frame.id !== undefined) {
    frame.id = 0x4444;
  }
  if (frame.topic) {
    const fields = readFields(frame.payload);
    if (!writeFields(fields).equals(frame.payload)) {
      throw new Error('numbers or lengths are not written in the shortest way');
    }
    frame.target = who[frame.target] ?? frame.target;
    frame.payload = writeFields(fields.map(({ field, value }) => {
      const rule = rules[frame.topic]?.[field];
      return { field, value: rule ? replace[rule](value, who) : value };
    }));
  }
  return writeFrame(frame);
}

function show(bytes) {
  const frame = readFrame(bytes, 'up');
  const fields = frame.topic ? readFields(frame.payload) : [];
  const words = fields.map(({ field, value }) => `${field}: ${JSON.stringify(String(value))}`);
  return `${bytes.toString('hex')}\n${frame.type} ${frame.topic ?? ''} ${frame.target ?? ''} `
    + `qos ${frame.qos} { ${words.join(', ')} }`;
}

// Throws with both frames unless they agree. `theirs` and `ours`: who is who in each.
export function sameFrame(reference, theirs, bytes, ours) {
  const [want, have] = [plain(reference, theirs), plain(bytes, ours)];
  if (!want.equals(have)) {
    throw new Error(`frames differ\nwant ${show(want)}\nhave ${show(have)}`);
  }
}

// The reference of that name in frames.json.
export function sameAsReference(name, theirs, bytes, ours) {
  const reference = frames.find((one) => one.name === name && one.direction === 'client->server');
  if (!reference) {
    throw new Error(`frames.json has no "${name}"`);
  }
  sameFrame(Buffer.from(reference.hex, 'hex'), theirs, bytes, ours);
}

// The URL of the socket, where only apiVer may be our own. Throws when it differs.
export function sameUrl(url) {
  const [path, query] = url.split('?');
  const pairs = query.split('&').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  const parameters = Object.fromEntries(pairs);
  const want = {
    appId: 'interop-key',
    token: parameters.token,
    sdkVer: '5.38.0',
    pid: '',
    deviceId: /^[a-z0-9]{20,24}$/.test(parameters.deviceId) ? parameters.deviceId : 'DEVICE',
    apiVer: /^browser%7C[^|]+%7C[0-9.]+$/.test(parameters.apiVer) ? parameters.apiVer : 'APIVER',
    protocolVer: '3',
  };
  const expected = `/websocket?${Object.entries(want).map(([k, v]) => `${k}=${v}`).join('&')}`;
  if (`${path}?${query}` !== expected) {
    throw new Error(`URL differs\nwant ${expected}\nhave ${url}`);
  }
}

// The question to navi: line, body and the headers that RongCloud reads.
export function sameNavi({ method, url, headers, body }) {
  const token = new URLSearchParams(body).get('token');
  assert.deepEqual([method, url], ['POST', '/v2/navi.json?cloud=0']);
  assert.equal(body, `token=${encodeURIComponent(token)}&v=5.38.0&platfrom=browser`);
  const named = {};
  for (let i = 0; i < headers.length; i += 2) {
    named[headers[i].toLowerCase()] = headers[i + 1];
  }
  assert.equal(named['content-type'].toLowerCase(), 'application/x-www-form-urlencoded');
  assert.equal(named['rc-appkey'], 'interop-key');
  assert.equal(named['rc-negotiate'], 'conn=5;rtc=4;log=2;iptype=v4,v6');
}
