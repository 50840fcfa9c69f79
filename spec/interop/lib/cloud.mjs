// cloud: a `moondock sandbox` of our own, its control interface, and calls of the Server
// API signed by a signer written for this test only.

import { createHash, randomInt } from 'node:crypto';
import { Child } from './child.mjs';
import { note } from './endpoints.mjs';

export const key = 'interop-key';
export const secret = 'interop-secret';

export async function startCloud(binary) {
  const child = new Child('sandbox', binary, [
    'sandbox', '--listen', '127.0.0.1:0', '--app-key', key, '--app-secret', secret, '--notices',
  ]);
  const [, url] = await child.line(/^sandbox ready (http:\/\/127\.0\.0\.1:\d+)$/, 20_000);
  return new Cloud(child, url);
}

class Cloud {
  constructor(child, url) {
    this.child = child;
    this.url = url;
    this.host = new URL(url).host;
  }

  // A signed call. `body`: pairs or an object whose lists become repeated keys.
  // Gives { status, code, … }: the HTTP status and the fields of the answer.
  async api(path, body = {}, { json = false, headers = {}, appSecret = secret } = {}) {
    note(path, 'hand');
    const nonce = String(randomInt(1e9));
    const timestamp = String(Date.now());
    const signature = createHash('sha1').update(appSecret + nonce + timestamp).digest('hex');
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(body)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        form.append(name, one);
      }
    }
    const answer = await fetch(this.url + path, {
      method: 'POST',
      headers: {
        'App-Key': key,
        Nonce: nonce,
        Timestamp: timestamp,
        Signature: signature,
        'Content-Type': json ? 'application/json' : 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: json ? JSON.stringify(body) : form.toString(),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: answer.status, ...(await answer.json()) };
  }

  // As api, and throws unless the answer is a success.
  async must(path, body, options) {
    const answer = await this.api(path, body, options);
    if (answer.code !== 200) {
      throw new Error(`${path}: ${JSON.stringify(answer)}`);
    }
    return answer;
  }

  async token(userId) {
    const body = { userId, name: userId, portraitUri: '' };
    return (await this.must('/user/getToken.json', body)).token;
  }

  async control(method, path, body) {
    const answer = await fetch(`${this.url}/_sandbox${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${method} /_sandbox${path}: ${answer.status} ${text}`);
    }
    return text ? JSON.parse(text) : {};
  }

  fault(when, act, rest = {}) {
    return this.control('POST', '/fault', { when, times: 1, ...rest, do: act });
  }

  stop() {
    return this.child.stop();
  }
}
