// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// The two relays every test runs against.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child.mjs';
import { enginePath, outputDir, relayPath } from './config.mjs';

/** The engine of the real relay. */
export async function startEngine({ token, port = 0 } = {}) {
  const args = ['--rendezvous', '--port', String(port), ...(token ? ['--auth', token] : [])];
  const child = new Child(enginePath, args, { name: 'clasp-engine' });
  const [text] = await child.line(/^\{.*\}$/);
  const { ws, rendezvous } = JSON.parse(text);
  return {
    name: 'engine',
    child,
    port: ws,
    url: `ws://127.0.0.1:${ws}`,
    rendezvous: `http://127.0.0.1:${rendezvous}`,
    end: () => child.end('SIGTERM'),
  };
}

function tokenFile(token) {
  const path = join(outputDir, 'token');
  writeFileSync(path, token, { mode: 0o600 });
  return path;
}

/** The relay of this project. */
export async function startEmbedded({ token, port = 0 } = {}) {
  const args = ['--port', String(port), ...(token ? ['--token-file', tokenFile(token)] : [])];
  const child = new Child(relayPath, args, { name: 'clasp-relay-embedded' });
  const match = await child.line(/(wss?:\/\/[^\s"]+:(\d+))/);
  return {
    name: 'embedded',
    child,
    port: Number(match[2]),
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
