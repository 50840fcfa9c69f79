// proxy: stands between a client and the sandbox and keeps every frame that passes. The
// navi answer is rewritten so that the client opens its socket here, too.

import http from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { Waiters } from './child.mjs';
import { readFrame } from './frame.mjs';

export class Proxy {
  // `onFrame(frame, socket)`, settable at any time, may return false to swallow a frame.
  constructor(cloud) {
    this.cloud = cloud;
    this.frames = []; // { direction, bytes, frame }
    this.requests = []; // HTTP: { method, url, headers, body }
    this.sockets = []; // URLs as asked for
    this.onFrame = () => true;
    this.waiters = new Waiters();
    this.pairs = new Set();
    this.server = http.createServer((request, answer) => this.forward(request, answer));
    this.sink = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    this.server.on('upgrade', (request, socket, head) => {
      this.sockets.push(request.url);
      this.sink.handleUpgrade(request, socket, head, (near) => this.join(near, request.url));
    });
  }

  async listen() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.host = `127.0.0.1:${this.server.address().port}`;
    this.url = `http://${this.host}`;
    return this;
  }

  forward(request, answer) {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces);
      this.requests.push({
        method: request.method,
        url: request.url,
        headers: request.rawHeaders,
        body: body.toString(),
      });
      const onward = http.request(this.cloud.url + request.url, {
        method: request.method,
        headers: { ...request.headers, host: this.cloud.host },
        agent: false,
      }, (reply) => {
        const back = [];
        reply.on('data', (piece) => back.push(piece));
        reply.on('end', () => {
          let text = Buffer.concat(back).toString();
          if (/^\/(v2\/navi\.json|navi\.js)/.test(request.url)) {
            text = text.replaceAll(this.cloud.host, this.host);
          }
          const { 'content-length': _, 'transfer-encoding': __, ...headers } = reply.headers;
          answer.writeHead(reply.statusCode, headers);
          answer.end(text);
        });
      });
      onward.on('error', () => answer.destroy());
      onward.end(body);
    });
  }

  join(near, url) {
    const far = new WebSocket(`ws://${this.cloud.host}${url}`, { perMessageDeflate: false });
    const early = [];
    const pair = { near, far };
    this.pairs.add(pair);
    const pass = (direction, bytes, to) => {
      const frame = readFrame(bytes, direction);
      this.frames.push({ direction, bytes, frame });
      const go = this.onFrame({ direction, bytes, frame }, pair) !== false;
      if (go) {
        to(bytes);
      }
      this.waiters.wake();
    };
    near.on('message', (bytes) => pass('up', bytes, (b) => {
      if (far.readyState === WebSocket.OPEN) {
        far.send(b);
      } else {
        early.push(b);
      }
    }));
    far.on('open', () => {
      early.forEach((bytes) => far.send(bytes));
    });
    far.on('message', (bytes) => pass('down', bytes, (b) => near.send(b)));
    for (const [end, other] of [[near, far], [far, near]]) {
      // Closed, not cut: what the other end was sent last must still reach it.
      end.on('close', () => {
        this.pairs.delete(pair);
        other.close();
      });
      end.on('error', () => end.terminate());
    }
  }

  // The first frame of that direction that matches, from now or before.
  frame(what, direction, match, ms = 10_000) {
    return this.waiters.until(`frame ${what}`, () => (
      this.frames.find((one) => one.direction === direction && match(one.frame))
    ), ms);
  }

  count(direction, match) {
    return this.frames.filter((one) => one.direction === direction && match(one.frame)).length;
  }

  close() {
    for (const { near, far } of this.pairs) {
      near.terminate();
      far.terminate();
    }
    return new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }
}
