// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// A third party in the room: sees presence and signalling as the relay
// delivers them, through the published client.

import { EventEmitter, once } from 'node:events';
import { Clasp } from '@clasp-to/core';
import WebSocket from 'ws';
import { prefixes } from '../pages/conventions.js';

globalThis.WebSocket ??= WebSocket;

export class Observer extends EventEmitter {
  static async start(url, convention, room, token) {
    const self = new Observer();
    const { presence, signal } = prefixes(convention, room);
    self.present = new Map();
    self.signals = [];
    self.client = new Clasp(url, { name: 'observer', reconnect: false, token });
    await self.client.connect();
    self.client.on(`${presence}/*`, (value, address) => {
      self.#onPresence(address.split('/').pop(), value);
    });
    self.client.on(`${signal}/*`, (value, address) => {
      self.signals.push({ to: address.split('/').pop(), ...value });
      self.emit('change');
    });
    return self;
  }

  #onPresence(session, value) {
    if (value === null) this.present.delete(session);
    else this.present.set(session, value);
    this.emit('change');
  }

  /** Waits until probe(this) is truthy after some change; returns that. */
  async until(probe, what, timeout = 15000) {
    const abort = AbortSignal.timeout(timeout);
    for (;;) {
      const result = probe(this);
      if (result) return result;
      await once(this, 'change', { signal: abort }).catch(() => {
        throw new Error(`${what}: not within ${timeout} ms`);
      });
    }
  }

  /** The session of the peer that announces this name. */
  async session(name, except = []) {
    const find = () => [...this.present].find(
      ([id, value]) => value.name === name && !except.includes(id));
    const [id] = await this.until(find, `presence of ${name}`);
    return id;
  }

  /** Types of the signals one session sent to another, in order. */
  signalTypes(from, to) {
    return this.signals.filter((s) => s.from === from && s.to === to).map((s) => s.type);
  }

  /** The relay may be slower to tell the observer than the peers. */
  firstSignal(from, to) {
    return this.until(() => this.signalTypes(from, to)[0], `signal ${from} → ${to}`);
  }

  end() {
    this.client.close();
  }
}
