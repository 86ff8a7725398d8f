// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// The codec of the viewer page against the golden vectors: what the real client
// sends byte for byte, what it reads by value, and what it must refuse.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sourceRoot } from './harness/config.mjs';

// The page's files are modules without a package.json to say so.
const source = await readFile(join(sourceRoot, 'examples/viewer/clasp.js'));
const clasp = await import(`data:text/javascript;base64,${source.toString('base64')}`);
const vectors = JSON.parse(await readFile(join(sourceRoot, 'tests/vectors/clasp-frames.json')));

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (frame) => Buffer.from(frame).toString('hex');

function encode(message) {
  switch (message.type) {
    case 'HELLO': return clasp.encodeHello(message.name, message.token ?? '');
    case 'SUBSCRIBE': return clasp.encodeSubscribe(message.id, message.pattern);
    case 'SET': return clasp.encodeSet(message.address, message.value);
    case 'PUBLISH': return clasp.encodeEvent(message.address, message.value ?? message.payload);
    default: return undefined;
  }
}

const sent = vectors.cases.filter(({ kind, hex, message }) =>
  kind === 'client' && hex && encode(message) && !message.options &&
  (message.type !== 'PUBLISH' || (message.signal === 'event' && message.timestamp === undefined)));

/** What a message is about, as far as the page reads it. */
const READ = {
  WELCOME: (m) => ({ type: 'welcome', session: m.session, name: m.name }),
  PING: () => ({ type: 'ping' }),
  PONG: () => ({ type: 'pong' }),
  ERROR: (m) => ({ type: 'error', code: m.code, message: m.message }),
};
const received = vectors.cases.filter(({ hex, message }) => hex && READ[message?.type]);

// Message types that the page leaves unread are not checked by it.
const CODES_READ = new Set(['02', '20', '21', '23', '41', '42', '51']);
const refused = vectors.malformed.filter(({ hex, outcome }) =>
  outcome === 'error' && hex !== undefined && (hex.length < 10 || CODES_READ.has(hex.slice(8, 10))) &&
  !hex.startsWith('5381'));

describe('codec of the viewer page', () => {
  it('has vectors to go by', () => {
    assert.ok(sent.length >= 8, `${sent.length} sent`);
    assert.ok(received.length >= 4, `${received.length} received`);
    assert.ok(refused.length >= 15, `${refused.length} refused`);
  });
  for (const { name, hex: expected, message } of sent)
    it(`sends ${name}`, () => assert.equal(hex(encode(message)), expected));
  for (const { name, hex: frame, message } of received)
    it(`reads ${name}`, () => {
      const read = clasp.decode(bytes(frame));
      for (const [key, value] of Object.entries(READ[message.type](message)))
        assert.deepEqual(read[key], value, key);
    });
  for (const { name, hex: frame } of refused)
    it(`refuses ${name}`, () => assert.throws(() => clasp.decode(bytes(frame))));
  it('reads back what it sets', () => {
    const value = { name: 'ä', n: -1.5, on: true, none: null, list: [1, 'x', { y: 2 }],
      raw: Uint8Array.of(0, 255), __proto__: null };
    const read = clasp.decode(clasp.encodeSet('/a/b', value, 60));
    assert.equal(read.type, 'set');
    assert.equal(read.address, '/a/b');
    assert.deepEqual({ ...read.value, list: undefined }, { ...value, list: undefined });
    assert.equal(read.value.list[2].y, 2);
  });
  it('bounds the depth of what it reads', () => {
    const nested = Buffer.from(`${'0a0001'.repeat(40)}00`, 'hex');
    const payload = Buffer.concat([Buffer.from('200000022f6101', 'hex'), nested]);
    const frame = Buffer.concat([Buffer.from([0x53, 1, 0, payload.length]), payload]);
    assert.throws(() => clasp.decode(Uint8Array.from(frame)), /nested/);
  });
});
