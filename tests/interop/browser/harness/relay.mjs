// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// The two relays every test runs against.

import { existsSync } from 'node:fs';
import { Child } from './child.mjs';
import { enginePath, relayPath } from './config.mjs';

/** The engine of the real relay. */
export async function startEngine({ token } = {}) {
  const args = ['--rendezvous', ...(token ? ['--auth', token] : [])];
  const child = new Child(enginePath, args, { name: 'clasp-engine' });
  const [text] = await child.line(/^\{.*\}$/);
  const { ws, rendezvous } = JSON.parse(text);
  return {
    name: 'engine',
    child,
    url: `ws://127.0.0.1:${ws}`,
    rendezvous: `http://127.0.0.1:${rendezvous}`,
    end: () => child.end('SIGTERM'),
  };
}

/** The relay of this project. */
export async function startEmbedded({ token, port = 0, args = [] } = {}) {
  const child = new Child(
    relayPath,
    ['--port', String(port), ...(token ? ['--token', token] : []), ...args],
    { name: 'clasp-relay-embedded' },
  );
  const match = await child.line(/(wss?:\/\/[^\s"]+:(\d+))/);
  return {
    name: 'embedded',
    child,
    url: `ws://127.0.0.1:${match[2]}`,
    rendezvous: `http://127.0.0.1:${match[2]}`,
    end: () => child.end('SIGTERM'),
  };
}

const starters = { engine: startEngine, embedded: startEmbedded };
const programs = { engine: enginePath, embedded: relayPath };

/** Names of the relays to test; CLASP_RELAYS narrows them. */
export const relayNames = (process.env.CLASP_RELAYS || 'engine,embedded').split(',');

export function startRelay(name, options) {
  if (!existsSync(programs[name])) throw new Error(`${programs[name]} is not built`);
  return starters[name](options);
}
