// frame: reads and writes the frames of RongCloud's Web protocol and the protobuf inside.
// Written from the protocol notes alone, so that it can disagree with host/proto.

const names = {
  2: 'CONNACK', 3: 'PUBLISH', 4: 'PUBACK', 5: 'QUERY', 6: 'QUERYACK', 7: 'QUERYCON',
  12: 'PINGREQ', 13: 'PINGRESP', 14: 'DISCONNECT',
};
const numbers = Object.fromEntries(Object.entries(names).map(([n, name]) => [name, Number(n)]));

class Cursor {
  constructor(bytes) {
    this.bytes = Buffer.from(bytes);
    this.at = 0;
  }
  take(count) {
    if (this.at + count > this.bytes.length) {
      throw new Error(`cut: wants ${count} bytes at ${this.at} of ${this.bytes.length}`);
    }
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
  u8() {
    return this.take(1).readUInt8();
  }
  u16() {
    return this.take(2).readUInt16BE();
  }
  u32() {
    return this.take(4).readUInt32BE();
  }
  string() {
    return this.take(this.u16()).toString('utf8');
  }
  rest() {
    return this.take(this.bytes.length - this.at);
  }
}

// `direction`: 'up' from a client, 'down' from a server; some layouts differ.
export function readFrame(bytes, direction) {
  const cursor = new Cursor(bytes);
  const head = cursor.u8();
  const frame = {
    type: names[head >> 4] ?? `type ${head >> 4}`,
    dup: (head >> 3) & 1,
    qos: (head >> 1) & 3,
    retain: head & 1,
  };
  switch (frame.type) {
    case 'PUBLISH':
    case 'QUERY':
      if (frame.type === 'PUBLISH' && direction === 'down') {
        frame.seconds = cursor.u32();
      }
      frame.topic = cursor.string();
      frame.target = cursor.string();
      frame.id = cursor.u16();
      frame.payload = cursor.rest();
      break;
    case 'PUBACK':
      frame.id = cursor.u16();
      if (direction === 'down') {
        frame.seconds = cursor.u32();
        frame.status = cursor.u16();
        frame.milliseconds = cursor.u16();
        frame.uid = cursor.string();
      }
      break;
    case 'QUERYACK':
      frame.id = cursor.u16();
      frame.seconds = cursor.u32();
      frame.status = cursor.u16();
      frame.payload = cursor.rest();
      break;
    case 'QUERYCON':
      frame.id = cursor.u16();
      break;
    default:
      frame.payload = cursor.rest();
  }
  if (cursor.at !== cursor.bytes.length) {
    throw new Error(`${frame.type}: ${cursor.bytes.length - cursor.at} bytes too many`);
  }
  return frame;
}

function u16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function string(text) {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([u16(bytes.length), bytes]);
}

// Only what a client sends.
export function writeFrame(frame) {
  const head = (numbers[frame.type] << 4) | (frame.dup << 3) | (frame.qos << 1) | frame.retain;
  const parts = [Buffer.from([head])];
  if (frame.topic !== undefined) {
    parts.push(string(frame.topic), string(frame.target));
  }
  if (frame.id !== undefined) {
    parts.push(u16(frame.id));
  }
  if (frame.payload !== undefined) {
    parts.push(frame.payload);
  }
  return Buffer.concat(parts);
}

function readVarint(cursor) {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.u8();
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) {
      return value;
    }
  }
  throw new Error('varint of more than ten bytes');
}

function writeVarint(value) {
  const bytes = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest ? low | 128 : low);
  } while (rest);
  return Buffer.from(bytes);
}

// A list of { field, value }: a BigInt for a varint, a Buffer for anything with a length.
export function readFields(payload) {
  const cursor = new Cursor(payload);
  const fields = [];
  while (cursor.at < cursor.bytes.length) {
    const tag = Number(readVarint(cursor));
    const [field, kind] = [tag >> 3, tag & 7];
    if (kind === 0) {
      fields.push({ field, value: readVarint(cursor) });
    } else if (kind === 2) {
      fields.push({ field, value: Buffer.from(cursor.take(Number(readVarint(cursor)))) });
    } else {
      throw new Error(`field ${field} has wire type ${kind}`);
    }
  }
  return fields;
}

export function writeFields(fields) {
  return Buffer.concat(fields.flatMap(({ field, value }) => (
    typeof value === 'bigint'
      ? [writeVarint(field << 3), writeVarint(value)]
      : [writeVarint((field << 3) | 2), writeVarint(value.length), value]
  )));
}

export function fieldOf(payload, number) {
  return readFields(payload).find((one) => one.field === number)?.value;
}
