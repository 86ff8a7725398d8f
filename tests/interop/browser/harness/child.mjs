// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// A child process: its lines, its end. Children are ended by their own id.

import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';

const KEEP_LINES = 200;
const END_TIMEOUT = 5000;
const living = new Set();

process.on('exit', () => {
  for (const child of living) child.process.kill('SIGKILL');
});

export class Child extends EventEmitter {
  /** fds: how many extra output pipes (3, 4, …) the program gets. */
  constructor(command, args, { env = {}, fds = 0, name = command } = {}) {
    super();
    this.name = name;
    this.lines = [];
    this.exited = null;
    const pipes = Array(fds).fill('pipe');
    this.process = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe', ...pipes],
    });
    living.add(this);
    this.process.stdin.on('error', () => {});
    for (const stream of [this.process.stdout, this.process.stderr])
      createInterface({ input: stream }).on('line', (line) => this.#keep(line));
    this.done = new Promise((resolve) => {
      this.process.on('error', (error) => this.#finish(`cannot start: ${error.message}`, resolve));
      this.process.on('close', (code, signal) => this.#finish(signal ?? code, resolve));
    });
  }

  #keep(line) {
    this.lines.push(line);
    if (this.lines.length > KEEP_LINES) this.lines.shift();
    this.emit('line', line);
  }

  #finish(how, resolve) {
    if (this.exited !== null) return;
    this.exited = how;
    living.delete(this);
    this.emit('exit', how);
    resolve(how);
  }

  get running() {
    return this.exited === null;
  }

  /** The first match of a line, seen already or to come. */
  line(pattern, timeout = 10000) {
    const seen = this.lines.map((line) => line.match(pattern)).find(Boolean);
    if (seen) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const settle = (match) => {
        clearTimeout(timer);
        this.off('line', onLine);
        this.off('exit', fail);
        if (match) resolve(match);
        else reject(new Error(`${this.name}: no line like ${pattern}${this.describe()}`));
      };
      const fail = () => settle(null);
      const onLine = (line) => {
        const match = line.match(pattern);
        if (match) settle(match);
      };
      const timer = setTimeout(fail, timeout);
      this.on('line', onLine);
      this.on('exit', fail);
      if (!this.running) fail();
    });
  }

  describe() {
    const how = this.running ? 'still running' : `ended with ${this.exited}`;
    return ` (${how})\n  ${this.lines.slice(-20).join('\n  ')}`;
  }

  /** Asks, then insists; returns how the process ended. */
  async end(signal = 'SIGINT') {
    if (!this.running) return this.exited;
    this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill('SIGKILL'), END_TIMEOUT);
    const how = await this.done;
    clearTimeout(timer);
    return how;
  }

  kill() {
    this.process.kill('SIGKILL');
    return this.done;
  }
}
