// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// Brings a page and a pipeline into one room, in a wanted order and with the
// wanted side offering: the greater session id does, and ids are random.

import { Observer } from './observer.mjs';
import { Pipeline } from './gst.mjs';

const ATTEMPTS = 6;
let serial = 0;

/**
 * Properties that point an element at a room with a page's convention; it
 * announces itself by the name it also has in the pipeline.
 */
export const inRoom = (relay, convention, room, name, token) =>
  `relay-url=${relay.url} room=${room} name=${name} ` +
  `profile=${convention === 'chat' ? 'chat' : 'video-room'}` +
  (token ? ` token=${token}` : '');

/** Waits for a pipeline's presence, or for its end. */
export async function announced(observer, pipeline, name) {
  const session = observer.session(name);
  const ended = pipeline.done.then(() => { throw new Error('the pipeline ended'); });
  for (const promise of [session, ended]) promise.catch(() => {}); // the later one
  try {
    return await Promise.race([session, ended]);
  } catch (error) {
    throw new Error(`${error.message}${pipeline.describe()}`);
  }
}

const inOrder = (page, element, offerer) =>
  offerer === 'page' ? page > element : page < element;

/* An id that is almost surely on the wanted side of one yet to be drawn. */
const likely = (offerer) => (session) => session[0] === (offerer === 'page' ? 'f' : '0');

export class Meeting {
  /**
   * options: browser, relay, convention, camera (page), offerer and first
   * ('page' or 'element'), describe(properties) → pipeline description.
   */
  static async arrange(options) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const self = new Meeting(options, `room${++serial}`);
      try {
        if (await self.#meet()) return self;
      } catch (error) {
        await self.end();
        throw error;
      }
      await self.end();
    }
    throw new Error(`the ${options.offerer} never had the greater id`);
  }

  constructor(options, room) {
    Object.assign(this, { offerer: 'page', first: 'element', camera: null }, options, { room });
  }

  async #meet() {
    this.observer = await Observer.start(this.relay.url, this.convention, this.room);
    this.page = await this.browser.open({
      relay: this.relay.url, convention: this.convention, room: this.room,
      name: 'page', camera: this.camera,
    });
    return this.first === 'page' ? this.#pageFirst() : this.#elementFirst();
  }

  async #startPipeline() {
    const properties = inRoom(this.relay, this.convention, this.room, 'element');
    this.pipeline = Pipeline.start(this.describe(properties));
    this.session = await announced(this.observer, this.pipeline, 'element');
  }

  async #pageFirst() {
    await this.page.connect(likely(this.offerer));
    await this.page.join();
    await this.observer.session('page');
    await this.#startPipeline();
    return inOrder(this.page.session, this.session, this.offerer);
  }

  async #elementFirst() {
    await this.#startPipeline();
    try {
      await this.page.connect((id) => inOrder(id, this.session, this.offerer));
    } catch {
      return false; // the element drew an id at the very end
    }
    await this.page.join();
    return true;
  }

  /** Puts what both sides saw into the error of a failed expectation. */
  async expect(promise) {
    try {
      return await promise;
    } catch (error) {
      const page = await this.page.describe();
      error.message += `\npage ${page}\npipeline ${this.pipeline?.describe()}` +
        `\nsignals ${this.observer.signals.map((s) => `${s.from.slice(0, 4)}→${s.to.slice(0, 4)} ${s.type}`)}`;
      throw error;
    }
  }

  async end() {
    await this.page?.vanish();
    await this.pipeline?.end();
    this.observer?.end();
  }
}
