// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// The CLASP repository's own example page, as it is, from a checkout named by
// CLASP_PAGES. Its import of a CommonJS build, which no browser can load, is
// mapped to the published client.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Browser, poll } from './harness/browser.mjs';
import { browserRoot, claspPages, outputDir } from './harness/config.mjs';
import { Pipeline, audioProbe, videoProbe } from './harness/gst.mjs';
import { announced, inRoom } from './harness/meeting.mjs';
import { Observer } from './harness/observer.mjs';
import { relayNames, startRelay } from './harness/relay.mjs';
import { servePages } from './harness/server.mjs';

const TIMEOUT = { timeout: 60000 };
const SUITE_TIMEOUT = { timeout: 400000 };
const IMPORT_MAP = JSON.stringify({ imports: {
  '/bindings/js/packages/clasp-core/dist/index.js': '/npm/@clasp-to/core/dist/index.mjs',
  '@msgpack/msgpack': '/npm/@msgpack/msgpack/dist.esm/index.mjs',
} });

const withImportMap = (path, html) =>
  html.replace('<head>', `<head><script type="importmap">${IMPORT_MAP}</script>`);

/** Connects the page again until its session is as wanted; returns it. */
async function connect(page, url, wanted) {
  await page.fill('#url', url);
  for (let attempt = 0; attempt < 200; attempt++) {
    await page.click('#connectBtn');
    await page.waitForFunction(() => !document.getElementById('joinBtn').disabled);
    const log = await page.textContent('#log');
    const session = log.match(/session=(\S+)(?![\s\S]*session=)/)[1];
    if (wanted(session)) return session;
    await page.click('#connectBtn');
  }
  throw new Error('no session id in the wanted order');
}

/** True once the page's second video (the first is its own) plays. */
const showsPeer = (page) => poll(page, () => {
  const video = document.querySelectorAll('#videoGrid video')[1];
  return video?.videoWidth === 640 && video.videoHeight === 360 &&
    video.getVideoPlaybackQuality().totalVideoFrames > 20;
});

for (const relayName of relayNames) {
  describe(`the CLASP example page through ${relayName}`, SUITE_TIMEOUT, () => {
    let relay;
    let browser;
    let server;
    before(async () => {
      relay = await startRelay(relayName);
      browser = await Browser.start();
      server = await servePages(
        { '/npm/': join(browserRoot, 'node_modules'), '/': claspPages }, withImportMap);
    });
    after(async () => {
      await browser?.end();
      await server?.end();
      await relay?.end();
    });

    for (const offerer of ['element', 'page'])
      it(`picture and sound both ways, ${offerer} offers`, TIMEOUT, async (t) => {
        const room = `genuine-${offerer}`;
        const observer = await Observer.start(relay.url, 'example', room);
        t.after(() => observer.end());
        const start = async (name, description) => {
          const pipeline = Pipeline.start(description(inRoom(relay, 'example', room, name)));
          t.after(() => pipeline.end());
          pipeline.session = await announced(observer, pipeline, name);
          return pipeline;
        };
        const sender = await start('sender', (properties) =>
          'videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360 ! ' +
          `claspsink ${properties} audiotestsrc is-live=true wave=ticks ! sender.`);
        const receiver = await start('receiver', (properties) =>
          `claspsrc peer=p2p-example ${properties} receiver. ! queue ! ${videoProbe} ` +
          `receiver. ! queue ! ${audioProbe}`);
        const both = [sender.session, receiver.session].sort();
        const page = await browser.goto(`${server.url}/examples/js/video-p2p.html`);
        t.after(() => page.context().close());
        const session = await connect(page, relay.url,
          (id) => (offerer === 'page' ? id > both[1] : id < both[0]));
        await page.fill('#room', room);
        await page.click('#joinBtn');
        const [shown] = await Promise.all(
          [showsPeer(page), receiver.video.moving(), receiver.audio.heard()]);
        const log = await page.textContent('#log');
        assert.ok(shown, `${log}${sender.describe()}`);
        assert.doesNotMatch(log, /error/i);
        const first = offerer === 'page' ?
          [session, sender.session] : [sender.session, session];
        assert.equal(await observer.firstSignal(...first), 'offer');
        await page.screenshot({ path: join(outputDir, `genuine-${relayName}-${offerer}.png`) });
        await page.click('#joinBtn');
        await sender.posted('clasp-viewer-removed');
      });
  });
}
