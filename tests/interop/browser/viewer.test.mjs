// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// The web viewer of examples/viewer: against room pages through the engine,
// and served by claspsink itself.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Browser, poll } from './harness/browser.mjs';
import { outputDir, sourceRoot } from './harness/config.mjs';
import { Pipeline } from './harness/gst.mjs';
import { startRelay } from './harness/relay.mjs';
import { servePages } from './harness/server.mjs';

const TIMEOUT = { timeout: 60000 };

/** Waits until the viewer shows `count` peers with running pictures. */
async function shows(page, count = 1, wanted = {}) {
  const stats = await poll(page, async ({ count, width = 1, fps = 0, sound = false }) => {
    const stats = await window.claspViewer?.stats();
    const playing = stats?.peers.filter((peer) => peer.framesDecoded > 20 &&
      peer.width >= width && peer.fps >= fps && (!sound || peer.audioEnergy > 0));
    return playing?.length >= count && stats;
  }, { count, ...wanted });
  if (stats) return stats;
  const have = await page.evaluate(() => window.claspViewer?.stats());
  throw new Error(`the viewer shows ${JSON.stringify(have, null, 1)}`);
}

/** Spread of brightness in what the page's first video element shows. */
const spread = (page) => page.evaluate(() => {
  const video = document.querySelector('video');
  const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 24 });
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 32, 24);
  const { data } = context.getImageData(0, 0, 32, 24);
  const luma = Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 1]);
  return Math.max(...luma) - Math.min(...luma);
});

describe('web viewer', { timeout: 300000 }, () => {
  let browser;
  before(async () => {
    browser = await Browser.start();
  });
  after(() => browser?.end());

  it('shows the camera of a page through the engine', TIMEOUT, async (t) => {
    const relay = await startRelay('engine');
    t.after(() => relay.end());
    const server = await servePages({ '/': join(sourceRoot, 'examples/viewer') });
    t.after(() => server.end());
    const broadcaster = await browser.open({
      relay: relay.url, convention: 'site', room: 'v1', name: 'page camera' });
    await broadcaster.connect();
    await broadcaster.join();
    const page = await browser.goto(
      `${server.url}/index.html?room=v1&relay=${encodeURIComponent(relay.url)}`);
    const stats = await shows(page, 1);
    assert.equal(stats.peers[0].name, 'page camera');
    assert.ok(await spread(page) > 16);
    await broadcaster.leave();
    await page.waitForFunction(() => window.claspViewer.peers.length === 0);
    await page.context().close();
    await broadcaster.vanish();
  });

  describe('served by claspsink run-relay=true', { timeout: 200000 }, () => {
    const PORT = 7330; // free: the tests have a network of their own
    let pipeline;

    before(async () => {
      pipeline = Pipeline.start(
        'videotestsrc is-live=true pattern=smpte ! video/x-raw,width=640,height=360 ! ' +
        'timeoverlay ! claspsink name=sink room=demo run-relay=true ' +
        'audiotestsrc is-live=true wave=ticks ! sink.',
        { env: { CLASP_WEB_DIRECTORY: join(sourceRoot, 'examples/viewer') } });
      await pipeline.line(/clasp-connection.*joined/);
    });
    after(() => pipeline?.end());

    it('shows picture and sound at http://localhost:7330/?room=demo', TIMEOUT, async () => {
      const page = await browser.goto(`http://localhost:${PORT}/?room=demo`);
      await shows(page, 1, { width: 640, fps: 10 });
      await page.click('.sound');
      await shows(page, 1, { sound: true });
      assert.ok(await spread(page) > 64);
      await page.screenshot({ path: join(outputDir, 'viewer.png') });
      await page.context().close();
    });

    it('fits a phone', TIMEOUT, async () => {
      const page = await browser.goto(`http://localhost:${PORT}/?room=demo`,
        { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true });
      await shows(page, 1);
      const { wide, video } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth - innerWidth,
        video: document.querySelector('video').getBoundingClientRect().width,
      }));
      assert.ok(wide <= 0, `${wide} px wider than the screen`);
      assert.ok(video > 300, `the picture is only ${video} px wide`);
      await page.screenshot({ path: join(outputDir, 'viewer-phone.png') });
      await page.context().close();
    });

    it('says when the relay is gone', TIMEOUT, async () => {
      const page = await browser.goto(`http://localhost:${PORT}/?room=demo`);
      await shows(page, 1);
      await pipeline.end();
      await page.waitForFunction(
        () => /cannot reach relay/.test(window.claspViewer.status), null, { timeout: 20000 });
      await page.context().close();
    });
  });
});
