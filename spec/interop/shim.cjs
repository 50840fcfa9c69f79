// shim: the few browser globals RongCloud's Web SDK asks for, so that it runs in Node
// unmodified. Everything that could reach a network is limited to loopback.
'use strict';

const { File } = require('buffer');
const http = require('http');
const WebSocketClient = require('ws');

function isLoopback(url) {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

class LoopbackWebSocket extends WebSocketClient {
  constructor(url, ...rest) {
    if (!isLoopback(url)) {
      throw new Error(`not a loopback address: ${url}`);
    }
    super(url, ...rest);
  }
}

class Storage {
  constructor() {
    this.rows = new Map();
  }
  getItem(key) {
    return this.rows.has(String(key)) ? this.rows.get(String(key)) : null;
  }
  setItem(key, value) {
    this.rows.set(String(key), String(value));
  }
  removeItem(key) {
    this.rows.delete(String(key));
  }
  clear() {
    this.rows.clear();
  }
  key(index) {
    return [...this.rows.keys()][index] ?? null;
  }
  get length() {
    return this.rows.size;
  }
}

const OPENED = 1;
const HEADERS_RECEIVED = 2;
const DONE = 4;

class LoopbackRequest {
  constructor() {
    this.readyState = 0;
    this.status = 0;
    this.responseText = '';
    this.headers = {};
    this.answered = {};
    this.upload = {};
  }
  open(method, url) {
    this.method = method;
    this.url = url;
    this.readyState = OPENED;
  }
  setRequestHeader(name, value) {
    this.headers[name] = value;
  }
  getResponseHeader(name) {
    return this.answered[name.toLowerCase()] ?? null;
  }
  abort() {
    this.aborted = true;
    this.request?.destroy();
  }
  send(body) {
    if (!isLoopback(this.url)) {
      // What a machine without a network would see; the SDK asks some hosts of its own.
      setImmediate(() => this.fail(new Error(`not a loopback address: ${this.url}`)));
      return;
    }
    if (body instanceof FormData) {
      this.sendForm(body);
      return;
    }
    this.sendBytes(body);
  }
  // As a browser writes it, with a boundary of its own and its length.
  async sendForm(form) {
    const written = new Response(form);
    this.headers['Content-Type'] = written.headers.get('content-type');
    const bytes = Buffer.from(await written.arrayBuffer());
    this.headers['Content-Length'] = bytes.length;
    this.upload.onprogress?.({ loaded: bytes.length, total: bytes.length });
    this.sendBytes(bytes);
  }
  sendBytes(body) {
    const options = { method: this.method, headers: this.headers, agent: false };
    this.request = http.request(this.url, options, (answer) => {
      this.status = answer.statusCode;
      this.answered = answer.headers;
      this.enter(HEADERS_RECEIVED);
      answer.setEncoding('utf8');
      answer.on('data', (piece) => {
        this.responseText += piece;
      });
      answer.on('error', (error) => this.fail(error));
      answer.on('end', () => {
        this.response = this.responseText;
        this.enter(DONE);
      });
    });
    this.request.on('error', (error) => this.fail(error));
    this.request.end(body ?? undefined);
  }
  enter(state) {
    this.readyState = state;
    if (!this.aborted) {
      this.onreadystatechange?.();
    }
  }
  fail(error) {
    if (this.aborted || this.readyState === DONE) {
      return;
    }
    this.status = 0;
    this.readyState = DONE;
    this.onreadystatechange?.();
    this.onerror?.(error);
  }
}
Object.assign(LoopbackRequest, { UNSENT: 0, OPENED, HEADERS_RECEIVED, LOADING: 3, DONE });

const listen = { addEventListener() {}, removeEventListener() {} };

const globals = {
  window: globalThis,
  self: globalThis,
  localStorage: new Storage(),
  sessionStorage: new Storage(),
  XMLHttpRequest: LoopbackRequest,
  WebSocket: LoopbackWebSocket,
  File,
  navigator: {
    userAgent:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) ' +
      'Chrome/120.0.0.0 Safari/537.36',
    onLine: true,
  },
  location: { protocol: 'http:', hostname: '127.0.0.1', href: 'http://127.0.0.1/' },
  document: { createElement: () => ({ style: {} }), body: {}, ...listen },
  // Node's own fetch would not be limited to loopback; the SDK does without it here.
  fetch: undefined,
  ...listen,
};

for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
