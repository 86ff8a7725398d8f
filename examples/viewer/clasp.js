// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// The part of CLASP that a viewer needs: the binary codec for a handful of
// messages, and a client that holds one session at a relay and comes back by
// itself. Nothing here knows about rooms or video.

const MAGIC = 0x53;
const ENCODING_BINARY = 0x01;
const QOS_CONFIRM = 0x40;
const FLAG_TIMESTAMP = 0x20;
const MAX_PAYLOAD = 65535;
const MAX_DEPTH = 32;

const MESSAGE = {
  HELLO: 0x01, WELCOME: 0x02, SUBSCRIBE: 0x10, PUBLISH: 0x20, SET: 0x21,
  SNAPSHOT: 0x23, PING: 0x41, PONG: 0x42, ERROR: 0x51,
};
const VALUE = {
  NULL: 0x00, BOOL: 0x01, I8: 0x02, I16: 0x03, I32: 0x04, I64: 0x05,
  F32: 0x06, F64: 0x07, STRING: 0x08, BYTES: 0x09, ARRAY: 0x0a, MAP: 0x0b,
};
const SET_TTL = 0x10;
const SET_REVISION = 0x80;
const PUBLISH_EVENT = 0x20;
const PUBLISH_TIMESTAMP = 0x10;
const PUBLISH_GESTURE = 0x08;
const INDICATOR_VALUE = 1;
const INDICATOR_SAMPLES = 2;
const FEATURES_PARAM_EVENT_STREAM = 0xe0;
const ALL_SIGNALS = 0xff;

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder();

class Writer {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  #reserve(n) {
    const at = this.#length;
    this.#length += n;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  u8(n) { const at = this.#reserve(1); this.#view.setUint8(at, n); }
  u16(n) {
    if (n > 65535) throw new RangeError(`${n} does not fit 16 bits`);
    const at = this.#reserve(2);
    this.#view.setUint16(at, n);
  }
  u32(n) { const at = this.#reserve(4); this.#view.setUint32(at, n); }
  f64(n) { const at = this.#reserve(8); this.#view.setFloat64(at, n); }
  raw(bytes) { const at = this.#reserve(bytes.length); this.#bytes.set(bytes, at); }
  str(text) {
    const bytes = utf8Encoder.encode(text);
    this.u16(bytes.length);
    this.raw(bytes);
  }

  // Type code and data of one value.
  value(v, depth = 0) {
    this.u8(valueCode(v));
    this.valueData(v, depth);
  }

  // Data only: SET carries the type code in its flags.
  valueData(v, depth = 0) {
    if (depth > MAX_DEPTH) throw new RangeError('value nested too deeply');
    switch (valueCode(v)) {
      case VALUE.BOOL: this.u8(v ? 1 : 0); break;
      case VALUE.F64: this.f64(v); break;
      case VALUE.STRING: this.str(v); break;
      case VALUE.BYTES: this.u16(v.length); this.raw(v); break;
      case VALUE.ARRAY:
        this.u16(v.length);
        for (const item of v) this.value(item, depth + 1);
        break;
      case VALUE.MAP: {
        const entries = Object.entries(v);
        this.u16(entries.length);
        for (const [key, item] of entries) {
          this.str(key);
          this.value(item, depth + 1);
        }
        break;
      }
    }
  }

  finish() { return this.#bytes.slice(0, this.#length); }
}

function valueCode(v) {
  switch (typeof v) {
    case 'boolean': return VALUE.BOOL;
    case 'number': return VALUE.F64;
    case 'string': return VALUE.STRING;
    case 'object':
      if (v === null) return VALUE.NULL;
      if (v instanceof Uint8Array) return VALUE.BYTES;
      return Array.isArray(v) ? VALUE.ARRAY : VALUE.MAP;
    default: return VALUE.NULL;
  }
}

// Every read past the end throws RangeError: by DataView itself, or by take().
class Reader {
  #bytes;
  #view;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left() { return this.#bytes.length - this.#at; }
  #advance(n) { const at = this.#at; this.#at += n; return at; }
  u8() { return this.#view.getUint8(this.#advance(1)); }
  u16() { return this.#view.getUint16(this.#advance(2)); }
  u32() { return this.#view.getUint32(this.#advance(4)); }
  u64() { return Number(this.#view.getBigUint64(this.#advance(8))); }
  i64() { return Number(this.#view.getBigInt64(this.#advance(8))); }
  take(n) {
    if (n > this.left) throw new RangeError('message is cut off');
    const at = this.#advance(n);
    return this.#bytes.subarray(at, at + n);
  }
  str() { return utf8Decoder.decode(this.take(this.u16())); }

  value(depth = 0) { return this.valueData(this.u8(), depth); }

  valueData(code, depth = 0) {
    if (depth > MAX_DEPTH) throw new RangeError('value nested too deeply');
    switch (code) {
      case VALUE.NULL: return null;
      case VALUE.BOOL: return this.u8() !== 0;
      case VALUE.I8: return this.#view.getInt8(this.#advance(1));
      case VALUE.I16: return this.#view.getInt16(this.#advance(2));
      case VALUE.I32: return this.#view.getInt32(this.#advance(4));
      case VALUE.I64: return this.i64();
      case VALUE.F32: return this.#view.getFloat32(this.#advance(4));
      case VALUE.F64: return this.#view.getFloat64(this.#advance(8));
      case VALUE.STRING: return this.str();
      case VALUE.BYTES: return this.take(this.u16()).slice();
      case VALUE.ARRAY: return this.#array(depth);
      case VALUE.MAP: return this.#map(depth);
      default: throw new TypeError(`unknown value type ${code}`);
    }
  }

  #array(depth) {
    const n = this.u16();
    if (n > this.left) throw new RangeError('array is cut off');
    return Array.from({ length: n }, () => this.value(depth + 1));
  }

  #map(depth) {
    const n = this.u16();
    // A null prototype: a key named __proto__ is a key like any other.
    const map = Object.create(null);
    for (let i = 0; i < n; i++) {
      const key = this.str();
      map[key] = this.value(depth + 1);
    }
    return map;
  }
}

function frame(payload, flags = ENCODING_BINARY) {
  if (payload.length > MAX_PAYLOAD) throw new RangeError('message over 65535 bytes');
  const writer = new Writer();
  writer.u8(MAGIC);
  writer.u8(flags);
  writer.u16(payload.length);
  writer.raw(payload);
  return writer.finish();
}

export function encodeHello(name, token) {
  const writer = new Writer();
  writer.u8(MESSAGE.HELLO);
  writer.u8(1);
  writer.u8(FEATURES_PARAM_EVENT_STREAM);
  writer.str(name);
  writer.str(token);
  return frame(writer.finish());
}

export function encodeSubscribe(id, pattern) {
  const writer = new Writer();
  writer.u8(MESSAGE.SUBSCRIBE);
  writer.u32(id);
  writer.str(pattern);
  writer.u8(ALL_SIGNALS);
  writer.u8(0);
  return frame(writer.finish());
}

export function encodeSet(address, value, ttl = 0) {
  const writer = new Writer();
  writer.u8(MESSAGE.SET);
  writer.u8(valueCode(value) | (ttl ? SET_TTL : 0));
  writer.str(address);
  writer.valueData(value);
  if (ttl) writer.u32(ttl);
  return frame(writer.finish(), ENCODING_BINARY | QOS_CONFIRM);
}

export function encodeEvent(address, value) {
  const writer = new Writer();
  writer.u8(MESSAGE.PUBLISH);
  writer.u8(PUBLISH_EVENT);
  writer.str(address);
  writer.u8(INDICATOR_VALUE);
  writer.value(value);
  return frame(writer.finish(), ENCODING_BINARY | QOS_CONFIRM);
}

export const encodePing = () => frame(Uint8Array.of(MESSAGE.PING));
export const encodePong = () => frame(Uint8Array.of(MESSAGE.PONG));

function decodeSnapshot(reader) {
  const params = [];
  for (let n = reader.u16(); n > 0; n--) {
    const param = { address: reader.str(), value: reader.value(), timestamp: null };
    reader.u64();
    const options = reader.u8();
    if (options & 0x01) reader.str();
    if (options & 0x02) param.timestamp = reader.u64();
    params.push(param);
  }
  return { type: 'snapshot', params };
}

function decodePublish(reader) {
  const flags = reader.u8();
  const publish = { type: 'publish', address: reader.str(), value: null };
  const indicator = reader.u8();
  if (indicator === INDICATOR_VALUE) publish.value = reader.value();
  else if (indicator === INDICATOR_SAMPLES) reader.take(8 * reader.u16());
  if (flags & PUBLISH_TIMESTAMP) reader.u64();
  if (flags & PUBLISH_GESTURE) reader.u32();
  return publish;
}

function decodePayload(reader) {
  const code = reader.u8();
  switch (code) {
    case MESSAGE.WELCOME: {
      reader.take(2);
      const welcome =
        { type: 'welcome', time: reader.u64(), session: reader.str(), name: reader.str() };
      reader.str();
      return welcome;
    }
    case MESSAGE.PUBLISH: return decodePublish(reader);
    case MESSAGE.SET: {
      const flags = reader.u8();
      const address = reader.str();
      const value = reader.valueData(flags & 0x0f);
      if (flags & SET_REVISION) reader.u64();
      if (flags & SET_TTL) reader.u32();
      return { type: 'set', address, value };
    }
    case MESSAGE.SNAPSHOT: return decodeSnapshot(reader);
    case MESSAGE.PING: return { type: 'ping' };
    case MESSAGE.PONG: return { type: 'pong' };
    case MESSAGE.ERROR: {
      const error = { type: 'error', code: reader.u16(), message: reader.str(), address: null };
      if (reader.u8() & 0x01) error.address = reader.str();
      return error;
    }
    default: return { type: 'other', code };
  }
}

/** One WebSocket message to one CLASP message; throws on anything malformed. */
export function decode(bytes) {
  const reader = new Reader(bytes);
  if (reader.u8() !== MAGIC) throw new TypeError('not a CLASP frame');
  const flags = reader.u8();
  const length = reader.u16();
  if (flags & FLAG_TIMESTAMP) reader.take(8);
  return decodePayload(new Reader(reader.take(length)));
}

const HANDSHAKE_MS = 10000;
const TICK_MS = 2000;
const IDLE_BEFORE_PING_MS = 15000;
const PONG_WITHIN_MS = 8000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15000;
const REFUSED = new Set([300, 302]);

/**
 * A session at a relay. Events:
 *   state    detail {state, reason, delay}; state is connecting, connected,
 *            waiting (delay ms until the next attempt) or refused (final)
 *   session  detail {session}: a new session; subscriptions start from nothing
 *   param    detail {address, value, age}: a stored or newly set param; age in
 *            ms by the relay's clock, 0 when live
 *   event    detail {address, value}
 *   error    detail {code, message, address}
 */
export class ClaspClient extends EventTarget {
  url;
  session = null;
  state = 'idle';
  droppedFrames = 0;

  #name;
  #token;
  #socket = null;
  #attempt = 0;
  #nextId = 1;
  #retryTimer = 0;
  #handshakeTimer = 0;
  #tickTimer = 0;
  #lastReceived = 0;
  #pingSentAt = 0;
  #clockOffset = 0;

  constructor({ url, name, token = '' }) {
    super();
    this.url = url;
    this.#name = name;
    this.#token = token;
  }

  start() {
    this.stop();
    this.#attempt = 0;
    this.#connect();
    this.#tickTimer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop() {
    clearInterval(this.#tickTimer);
    clearTimeout(this.#retryTimer);
    this.#closeSocket();
    this.state = 'idle';
  }

  /** Does not wait for the next attempt: the network or the page came back. */
  retryNow() {
    if (this.state !== 'waiting') return;
    clearTimeout(this.#retryTimer);
    this.#connect();
  }

  subscribe(pattern) { this.#send(encodeSubscribe(this.#nextId++, pattern)); }
  set(address, value, ttl) { this.#send(encodeSet(address, value, ttl)); }
  emit(address, value) { this.#send(encodeEvent(address, value)); }

  #send(bytes) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(bytes);
    return true;
  }

  #fire(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

  #setState(state, detail = {}) {
    this.state = state;
    this.#fire('state', { state, ...detail });
  }

  #connect() {
    this.#setState('connecting');
    let socket;
    try {
      socket = new WebSocket(this.url, 'clasp');
    } catch (error) {
      this.#refuse(`${this.url} is not a usable relay address`);
      return;
    }
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    // A socket that was given up may still report: only the current one counts.
    socket.onopen = () => this.#socket === socket && this.#onOpen();
    socket.onmessage = (event) => this.#socket === socket && this.#onMessage(event.data);
    socket.onclose = () => this.#socket === socket && this.#lost('the connection closed');
    this.#handshakeTimer = setTimeout(
      () => this.#lost('no answer within 10 s'), HANDSHAKE_MS);
  }

  #onOpen() {
    this.#lastReceived = performance.now();
    this.#pingSentAt = 0;
    this.#send(encodeHello(this.#name, this.#token));
  }

  #onMessage(data) {
    if (!(data instanceof ArrayBuffer)) return;
    this.#lastReceived = performance.now();
    let message;
    try {
      message = decode(new Uint8Array(data));
    } catch {
      this.droppedFrames++;
      return;
    }
    this.#handle(message);
  }

  #handle(message) {
    switch (message.type) {
      case 'welcome': this.#onWelcome(message); break;
      case 'snapshot':
        for (const { address, value, timestamp } of message.params)
          this.#fire('param', { address, value, age: this.#age(timestamp) });
        break;
      case 'set': this.#fire('param', { address: message.address, value: message.value, age: 0 }); break;
      case 'publish': this.#fire('event', { address: message.address, value: message.value }); break;
      case 'ping': this.#send(encodePong()); break;
      case 'error': this.#onError(message); break;
    }
  }

  #onWelcome({ session, time }) {
    if (this.session) return;
    clearTimeout(this.#handshakeTimer);
    this.#attempt = 0;
    this.#clockOffset = time / 1000 - performance.now();
    this.session = session;
    this.#setState('connected');
    this.#fire('session', { session });
  }

  // The relay's clock on both ends: ours may be set wrongly.
  #age(timestamp) {
    if (timestamp === null) return 0;
    return Math.max(0, performance.now() + this.#clockOffset - timestamp / 1000);
  }

  #onError(error) {
    if (this.session) {
      this.#fire('error', error);
      return;
    }
    // Before WELCOME every error is the answer to our HELLO, and the relay
    // does not close the socket after it.
    if (REFUSED.has(error.code)) {
      this.#refuse(this.#token
        ? `relay ${this.url} refused the token: ${error.message}`
        : `relay ${this.url} wants a token: add #token=… to the address of this page`);
    } else {
      this.#lost(`the relay answered: ${error.message}`);
    }
  }

  #refuse(reason) {
    this.#closeSocket();
    this.#setState('refused', { reason });
  }

  #lost(reason) {
    this.#closeSocket();
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempt++);
    const delay = ceiling * (0.5 + Math.random() / 2);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
    this.#setState('waiting', { reason, delay });
  }

  #closeSocket() {
    clearTimeout(this.#handshakeTimer);
    const socket = this.#socket;
    this.#socket = null;
    this.session = null;
    socket?.close();
  }

  // A relay that died without a word leaves the socket open: ask it. Judged
  // only by a question of our own, since timers of a hidden page come late.
  #tick() {
    if (this.state !== 'connected') return;
    const now = performance.now();
    if (this.#pingSentAt > this.#lastReceived) {
      if (now - this.#pingSentAt > PONG_WITHIN_MS) this.#lost('the relay is silent');
    } else if (now - this.#lastReceived > IDLE_BEFORE_PING_MS) {
      this.#pingSentAt = now;
      this.#send(encodePing());
    }
  }
}
