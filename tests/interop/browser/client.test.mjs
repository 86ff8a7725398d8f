// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// The published JavaScript client against both relays: what CLASP
// applications rely on must be the same at ours.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, describe, it } from 'node:test';
import { Clasp, encode, decode } from '@clasp-to/core';
import WebSocket from 'ws';
import { relayNames, startRelay } from './harness/relay.mjs';
import { Inbox } from './harness/inbox.mjs';

globalThis.WebSocket ??= WebSocket;
const TIMEOUT = { timeout: 30000 };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

for (const relayName of relayNames) {
  describe(`@clasp-to/core on ${relayName}`, TIMEOUT, () => {
    let relay;
    let clients = [];

    before(async () => {
      relay = await startRelay(relayName);
    });
    after(() => relay?.end());
    afterEach(() => {
      clients.forEach((client) => client.close());
      clients = [];
    });

    async function connect(options = {}) {
      const client = new Clasp(relay.url, { reconnect: false, ...options });
      await client.connect();
      clients.push(client);
      return client;
    }

    /** A client, an inbox on a pattern, and the certainty that it is live. */
    async function listen(pattern) {
      const client = await connect();
      const inbox = new Inbox();
      client.on(pattern, (value, address, meta) => inbox.put({ value, address, meta }));
      await settled(client);
      return { client, inbox };
    }

    /* A relay handles a session's messages in order: once a SET came back,
     * what was sent before it is done. */
    async function settled(client) {
      const address = `/settled/${client.session}/${Math.random()}`;
      const echo = new Inbox();
      const stop = client.on(address, (value) => echo.put(value));
      client.set(address, 1);
      await echo.next();
      stop();
    }

    it('gives each session a UUID', TIMEOUT, async () => {
      const [a, b] = [await connect(), await connect()];
      assert.match(a.session, UUID);
      assert.match(b.session, UUID);
      assert.notEqual(a.session, b.session);
    });

    it('offers the clasp subprotocol only when asked', TIMEOUT, async () => {
      const named = new WebSocket(relay.url, 'clasp');
      await once(named, 'open');
      assert.equal(named.protocol, 'clasp');
      assert.equal(named.extensions, '');
      named.terminate();
      const plain = new WebSocket(`${relay.url}/clasp?x=1`);
      await once(plain, 'open');
      assert.equal(plain.protocol, '');
      plain.terminate();
    });

    it('tells the clock in WELCOME', TIMEOUT, async () => {
      const client = await connect();
      assert.ok(Math.abs(client.time() / 1000 - Date.now()) < 1000);
    });

    it('echoes a SET to its sender, subscribed by wildcard', TIMEOUT, async () => {
      const { client, inbox } = await listen('/echo/*');
      client.set('/echo/a', { on: true, level: 0.5, label: 'x', list: [1, null] });
      const { value, address } = await inbox.next();
      assert.equal(address, '/echo/a');
      assert.deepEqual(value, { on: true, level: 0.5, label: 'x', list: [1, null] });
    });

    it('keeps bytes as bytes', TIMEOUT, async () => {
      const { client, inbox } = await listen('/bytes/**');
      const sent = Uint8Array.from({ length: 16000 }, (_, i) => i & 255);
      client.set('/bytes/b', { data: sent });
      const { value } = await inbox.next();
      assert.deepEqual(new Uint8Array(value.data), sent);
    });

    it('does not echo events and streams', TIMEOUT, async () => {
      const { client, inbox } = await listen('/noecho/**');
      client.emit('/noecho/event', 1);
      client.stream('/noecho/stream', 2);
      client.set('/noecho/end', 3);
      assert.equal((await inbox.next()).address, '/noecho/end');
    });

    it('delivers events and streams in order to others', TIMEOUT, async () => {
      const { inbox } = await listen('/order/**');
      const sender = await connect();
      for (let i = 0; i < 500; i++) sender.stream('/order/s', i);
      sender.emit('/order/e', 500);
      for (let i = 0; i <= 500; i++) assert.equal((await inbox.next()).value, i);
    });

    it('gives a late joiner the stored params, not the events', TIMEOUT, async () => {
      const early = await connect();
      early.set('/late/a/state', 'kept');
      early.emit('/late/a/event', 'gone');
      await settled(early);
      const { inbox } = await listen('/late/*/state');
      const { value, address } = await inbox.next();
      assert.deepEqual([address, value], ['/late/a/state', 'kept']);
    });

    it('answers GET', TIMEOUT, async () => {
      const writer = await connect();
      writer.set('/get/me', 42);
      await settled(writer);
      assert.equal(await (await connect()).get('/get/me'), 42);
    });

    it('stores null as a value', TIMEOUT, async () => {
      const { client, inbox } = await listen('/null/*');
      client.set('/null/a', 1);
      client.set('/null/a', null);
      assert.equal((await inbox.next()).value, 1);
      assert.equal((await inbox.next()).value, null);
    });

    it('delivers the members of a bundle one by one', TIMEOUT, async () => {
      const { inbox } = await listen('/bundle/**');
      const sender = await connect();
      sender.bundle([
        { set: ['/bundle/a', 1] },
        { set: ['/bundle/b', 2] },
        { emit: ['/bundle/c', 3] },
      ]);
      const got = [await inbox.next(), await inbox.next(), await inbox.next()];
      assert.deepEqual(got.map((m) => [m.address, m.value]),
        [['/bundle/a', 1], ['/bundle/b', 2], ['/bundle/c', 3]]);
    });

    it('delivers P2P signals to their session only', TIMEOUT, async () => {
      const target = await connect();
      const { inbox: spy } = await listen('/clasp/**');
      const inbox = new Inbox();
      target.on(`/clasp/p2p/signal/${target.session}`, (value) => inbox.put(value));
      await settled(target);
      const sender = await connect();
      sender.emit(`/clasp/p2p/signal/${target.session}`, { type: 'offer' });
      assert.deepEqual(await inbox.next(), { type: 'offer' });
      sender.set('/clasp/end', 1);
      assert.equal((await spy.next()).address, '/clasp/end');
    });

    it('stops after unsubscribing', TIMEOUT, async () => {
      const client = await connect();
      const inbox = new Inbox();
      const stop = client.on('/stop/a', (value) => inbox.put(value));
      client.set('/stop/a', 1);
      assert.equal(await inbox.next(), 1);
      stop();
      const { inbox: other } = await listen('/stop/*');
      client.set('/stop/a', 2);
      while ((await other.next()).value !== 2); // the stored 1 comes before
      assert.equal(inbox.size, 0);
    });

    describe('raw frames', TIMEOUT, () => {
      /** A socket with an inbox of decoded messages, already welcomed. */
      async function raw() {
        const socket = new WebSocket(relay.url, 'clasp');
        const inbox = new Inbox();
        socket.binaryType = 'arraybuffer';
        socket.on('message', (data) => inbox.put(decode(new Uint8Array(data))));
        await once(socket, 'open');
        clients.push({ close: () => socket.terminate() });
        const send = (message) => socket.send(encode(message));
        send({ type: 'HELLO', version: 1, name: 'raw', features: [] });
        assert.equal((await inbox.next()).type, 'WELCOME');
        assert.equal((await inbox.next()).type, 'SNAPSHOT');
        return { inbox, send, socket };
      }

      it('WELCOME is followed by a SNAPSHOT, PING by PONG', TIMEOUT, async () => {
        const { inbox, send } = await raw();
        send({ type: 'PING' });
        assert.equal((await inbox.next()).type, 'PONG');
      });

      it('SET is acknowledged with address and revision', TIMEOUT, async () => {
        const { inbox, send } = await raw();
        const address = `/ack/${Math.random()}`;
        for (const revision of [1, 2]) {
          send({ type: 'SET', address, value: revision });
          const ack = await inbox.next();
          assert.deepEqual([ack.type, ack.address, Number(ack.revision)], ['ACK', address, revision]);
        }
      });

      it('a wrong expected revision is refused with 400', TIMEOUT, async () => {
        const { inbox, send } = await raw();
        const address = `/conflict/${Math.random()}`;
        send({ type: 'SET', address, value: 1 });
        await inbox.next();
        send({ type: 'SET', address, value: 2, revision: 999 });
        const error = await inbox.next();
        assert.deepEqual([error.type, error.code, error.address], ['ERROR', 400, address]);
      });

      it('a bad pattern is refused with 202', TIMEOUT, async () => {
        const { inbox, send } = await raw();
        for (const pattern of ['', 'no/slash', '/a//b']) {
          send({ type: 'SUBSCRIBE', id: 1, pattern });
          const error = await inbox.next();
          assert.deepEqual([error.type, error.code], ['ERROR', 202], pattern);
        }
      });

      it('a P2P signal to nobody is refused with 404', TIMEOUT, async () => {
        const { inbox, send } = await raw();
        send({ type: 'PUBLISH', address: '/clasp/p2p/signal/nobody', signal: 'event', payload: 1 });
        const error = await inbox.next();
        assert.deepEqual([error.type, error.code], ['ERROR', 404]);
      });

      it('SYNC is answered with the relay clock', TIMEOUT, async () => {
        const { inbox, send } = await raw();
        const t1 = Date.now() * 1000;
        send({ type: 'SYNC', t1 });
        const sync = await inbox.next();
        assert.equal(sync.type, 'SYNC');
        assert.equal(Number(sync.t1), t1);
        assert.ok(Math.abs(Number(sync.t2) - t1) < 1e6);
        assert.ok(Number(sync.t3) >= Number(sync.t2));
      });

      it('garbage and text are ignored, the session lives on', TIMEOUT, async () => {
        const { inbox, send, socket } = await raw();
        socket.send(Uint8Array.of(0x53, 1, 0, 1, 0xee));
        socket.send(Uint8Array.of(1, 2, 3, 4, 5));
        socket.send('text');
        send({ type: 'PING' });
        while ((await inbox.next()).type !== 'PONG'); // ours says ERROR before
      });
    });
  });

  describe(`token on ${relayName}`, TIMEOUT, () => {
    const token = 'cpsk_0123456789abcdef0123456789abcdef';
    let relay;
    before(async () => {
      relay = await startRelay(relayName, { token });
    });
    after(() => relay?.end());

    it('the right token is welcome', TIMEOUT, async () => {
      const client = new Clasp(relay.url, { token, reconnect: false });
      await client.connect();
      assert.match(client.session, UUID);
      client.close();
    });

    for (const [what, wrong] of [['no', ''], ['an unknown', 'cpsk_ffffffffffffffffffffffffffffffff']])
      it(`${what} token is answered with ERROR 300`, TIMEOUT, async () => {
        const socket = new WebSocket(relay.url, 'clasp');
        await once(socket, 'open');
        socket.send(encode({ type: 'HELLO', version: 1, name: 'x', features: [], token: wrong }));
        const [data] = await once(socket, 'message');
        const message = decode(new Uint8Array(data));
        assert.deepEqual([message.type, message.code], ['ERROR', 300]);
        socket.terminate();
      });
  });
}
