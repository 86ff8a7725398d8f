// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

/** What arrived, in order; next() waits for it. */
export class Inbox {
  #items = [];
  #waiting = null;

  get size() {
    return this.#items.length;
  }

  put(item) {
    this.#items.push(item);
    this.#waiting?.();
  }

  async next(timeout = 10000) {
    if (this.#items.length === 0)
      await new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`nothing arrived within ${timeout} ms`)), timeout);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      }).finally(() => { this.#waiting = null; });
    return this.#items.shift();
  }
}
