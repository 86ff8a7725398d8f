// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// Chromium and the room pages in it.

import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumPath, outputDir } from './config.mjs';
import { serveTestPages } from './server.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-device-for-media-stream',
];
/* With this one pages may use the camera and show their real addresses;
 * without it they show .local names only. */
const GRANT_CAMERA = '--use-fake-ui-for-media-stream';
const POLL_MS = 100;

export class Browser {
  static async start({ camera = true } = {}) {
    const self = new Browser();
    self.pages = await serveTestPages();
    self.server = await chromium.launchServer({
      executablePath: chromiumPath,
      headless: true,
      args: camera ? [...FLAGS, GRANT_CAMERA] : FLAGS,
      ignoreDefaultArgs: ['--mute-audio'],
    });
    self.browser = await chromium.connect(self.server.wsEndpoint());
    return self;
  }

  /** A room page that is connected to the relay but has not joined. */
  async open(options) {
    const context = await this.browser.newContext({ viewport: { width: 800, height: 600 } });
    const page = await context.newPage();
    const room = new RoomPage(context, page);
    await page.goto(`${this.pages.url}/room.html`);
    await page.waitForFunction(() => 'room' in window, null, { polling: 100, timeout: 60000 });
    await page.evaluate((options) => window.room.setup(options), options);
    return room;
  }

  /** Any page, for instance the web viewer. */
  async goto(url, contextOptions = { viewport: { width: 1000, height: 700 } }) {
    const context = await this.browser.newContext(contextOptions);
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  /** Ends like a machine that loses power. */
  kill() {
    return this.server.kill();
  }

  async end() {
    await this.browser.close().catch(() => {});
    await this.server.close();
    await this.pages.end();
  }
}

/**
 * Asks a page again and again until the (maybe asynchronous) answer is truthy;
 * null when it never was. Playwright's waitForFunction takes a promise itself
 * for the answer.
 */
export async function poll(page, question, argument, timeout = 20000) {
  const end = performance.now() + timeout;
  while (performance.now() < end) {
    const answer = await page.evaluate(question, argument);
    if (answer) return answer;
    await page.waitForTimeout(POLL_MS);
  }
  return null;
}

/** Node's view of one room page. */
export class RoomPage {
  constructor(context, page) {
    this.context = context;
    this.page = page;
    this.console = [];
    page.on('console', (message) => this.console.push(message.text()));
    page.on('pageerror', (error) => this.console.push(`error: ${error.message}`));
  }

  /** Connects again until wanted(session) holds: ids are random. */
  async connect(wanted = () => true) {
    for (let attempt = 0; attempt < 400; attempt++) {
      this.session = await this.page.evaluate(() => window.room.connect());
      if (wanted(this.session)) return this.session;
    }
    throw new Error('no session id in the wanted order after 400 attempts');
  }

  join() {
    return this.page.evaluate(() => window.room.join());
  }

  leave() {
    return this.page.evaluate(() => window.room.leave());
  }

  measure() {
    return this.page.evaluate(() => window.room.measure());
  }

  /**
   * Waits until the page shows a moving picture (and hears sound, if asked)
   * from a peer; returns what it measured of that peer.
   */
  async receives(peer, { frames = 20, width, height, video = true, audio = false, timeout = 20000 } = {}) {
    const want = { peer, frames, width, height, video, audio };
    const seen = await poll(this.page, (want) => window.room.satisfies(want), want, timeout);
    if (seen) return seen;
    throw new Error(`wanted ${JSON.stringify(want)}, have ${await this.describe()}`);
  }

  async peerGone(peer, timeout = 15000) {
    await this.page.waitForFunction(
      (peer) => !window.room.peers.has(peer), peer, { timeout, polling: 50 });
  }

  async describe() {
    const state = await this.measure().catch((error) => ({ error: error.message }));
    return JSON.stringify({ ...state, console: this.console }, null, 1);
  }

  screenshot(name) {
    return this.page.screenshot({ path: join(outputDir, name) });
  }

  /** Leaves without a word: no presence null, no call hung up by the page. */
  vanish() {
    return this.context.close();
  }
}
