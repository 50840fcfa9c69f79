// peer: our end of a user who runs RongCloud's Web SDK, in Node or in Chromium.

import { noteTopic } from './topics.mjs';
import { Child, Waiters } from './child.mjs';

const patience = 10_000;
const callPatience = 40_000; // the SDK itself gives up after 30 s

// What both kinds share: calls are numbered, events are kept until somebody takes them.
export class Peer {
  constructor(user) {
    this.user = user;
    this.events = [];
    this.waiters = new Waiters();
  }

  onEvent(event, data) {
    if (event === 'TOPIC') {
      noteTopic(this.where, data);
      return;
    }
    this.events.push({ event, data });
    this.waiters.wake();
  }

  // The result of a verb whatever its code is: { code, data }.
  async ask(verb, ...args) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${this.user}: ${verb} hangs`)), callPatience);
    });
    try {
      return await Promise.race([this.perform(verb, args), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  // Its data; throws unless the code is 0.
  async call(verb, ...args) {
    const { code, data } = await this.ask(verb, ...args);
    if (code !== 0) {
      throw new Error(`${this.user}: ${verb} answered ${code}`);
    }
    return data;
  }

  // Takes the first event of that name for which `match(...data)` gives something true.
  take(event, match = () => true, ms = patience) {
    const what = () => `${event} at ${this.user}, who has ${this.summary()}`;
    return this.waiters.until(what, () => {
      const index = this.events.findIndex((one) => one.event === event && match(...one.data));
      return index < 0 ? undefined : this.events.splice(index, 1)[0].data;
    }, ms);
  }

  // Takes one received message, out of whatever batch it came in.
  message(match, ms = patience) {
    const what = () => `a message at ${this.user}, who has ${this.summary()}`;
    return this.waiters.until(what, () => {
      for (const { event, data } of this.events) {
        const messages = event === 'MESSAGES' ? data[0].messages : [];
        const index = messages.findIndex(match);
        if (index >= 0) {
          return messages.splice(index, 1)[0];
        }
      }
      return undefined;
    }, ms);
  }

  text(content, ms) {
    return this.message((m) => m.messageType === 'RC:TxtMsg' && m.content.content === content, ms);
  }

  forget() {
    this.events.length = 0;
  }

  summary() {
    const names = this.events.map(({ event, data }) => (
      event === 'MESSAGES' ? data[0].messages.map((m) => m.messageType) : event
    ));
    return names.flat().join(' ') || 'nothing';
  }

  init(cloud, navigators = [cloud.url]) {
    return this.call('init', { appkey: 'interop-key', navigators });
  }
}

export class NodePeer extends Peer {
  constructor(user) {
    super(user);
    this.where = 'Node';
    this.asked = new Map();
    this.last = 0;
    const file = new URL('../peer.cjs', import.meta.url).pathname;
    this.child = new Child(user, process.execPath, [file], {
      onLine: (line) => this.onLine(JSON.parse(line)),
    });
    this.child.process.on('exit', () => {
      for (const { reject } of this.asked.values()) {
        reject(new Error(`${user}: the peer ended\n    ${this.child.tail}`));
      }
    });
  }

  onLine({ event, data, id, error, ...answer }) {
    if (event) {
      this.onEvent(event, data);
      return;
    }
    const { resolve, reject } = this.asked.get(id);
    this.asked.delete(id);
    if (error) {
      reject(new Error(`${this.user}: ${error}`));
    } else {
      resolve({ ...answer, data });
    }
  }

  perform(verb, args) {
    const id = (this.last += 1);
    return new Promise((resolve, reject) => {
      this.asked.set(id, { resolve, reject });
      this.child.say(JSON.stringify({ id, verb, args }));
    });
  }

  stop() {
    return this.child.stop();
  }
}

let open = async (user) => new NodePeer(user);

// A user of the Web SDK: in a process of Node's, unless `withPeers` says where else.
export function newPeer(user) {
  return open(user);
}

export async function withPeers(make, body) {
  const usual = open;
  open = make;
  try {
    await body();
  } finally {
    open = usual;
  }
}

// A user who is online when this returns.
export async function connectedPeer(cloud, user, navigators) {
  const peer = await newPeer(user);
  await peer.init(cloud, navigators);
  await peer.call('connect', await cloud.token(user));
  await peer.take('PULL_OFFLINE_MESSAGE_FINISHED');
  return peer;
}

export const group = (targetId) => ({ conversationType: 3, targetId });
export const person = (targetId) => ({ conversationType: 1, targetId });
