// watch: tells which topics go over the sockets of this page or process, each once.

const FIRST_BYTES = 4; // of a server's PUBLISH: the time

const text = (bytes, at) => {
  const length = bytes[at] * 256 + bytes[at + 1];
  return [new TextDecoder().decode(bytes.subarray(at + 2, at + 2 + length)), at + 2 + length];
};

// The topic of a PUBLISH or QUERY; of notices with their type, of copies "sync copy".
function topicOf(bytes, down) {
  const type = bytes[0] >> 4;
  if (type !== 3 && type !== 5) {
    return undefined;
  }
  const [topic, behind] = text(bytes, down && type === 3 ? 1 + FIRST_BYTES : 1);
  if (!down || topic === 's_msg') {
    return topic;
  }
  const payload = text(bytes, behind)[1] + 2; // behind the target and the id
  return topic.startsWith('s_') ? `${topic} ${bytes[payload + 1]}` : 'sync copy';
}

export function watchSockets(tell) {
  const seen = new Set();
  const look = (data, down) => {
    const topic = ArrayBuffer.isView(data) || data instanceof ArrayBuffer
      ? topicOf(new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength), down)
      : undefined;
    if (topic && !seen.has(topic)) {
      seen.add(topic);
      tell(topic);
    }
  };
  const Plain = globalThis.WebSocket;
  globalThis.WebSocket = class extends Plain {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => look(data, true));
    }

    send(data, ...rest) {
      look(data, false);
      return super.send(data, ...rest);
    }
  };
}
