// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// The camera and microphone of the three CLASP pages → claspsrc, every join
// order and both offer roles.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser } from './harness/browser.mjs';
import { audioProbe, videoProbe } from './harness/gst.mjs';
import { Meeting } from './harness/meeting.mjs';
import { relayNames, startRelay } from './harness/relay.mjs';
import { conventionNames } from './pages/conventions.js';

const TIMEOUT = { timeout: 60000 };
const SUITE_TIMEOUT = { timeout: 600000 };

const receiver = (properties) =>
  `claspsrc ${properties} element. ! queue ! ${videoProbe} element. ! queue ! ${audioProbe}`;

for (const relayName of relayNames) {
  describe(`page → claspsrc through ${relayName}`, SUITE_TIMEOUT, () => {
    let relay;
    let browser;
    before(async () => {
      relay = await startRelay(relayName);
      browser = await Browser.start();
    });
    after(async () => {
      await browser?.end();
      await relay?.end();
    });

    for (const convention of conventionNames)
      for (const first of ['element', 'page'])
        for (const offerer of ['element', 'page'])
          it(`${convention} page, ${first} joins first, ${offerer} offers`, TIMEOUT, async () => {
            const meeting = await Meeting.arrange(
              { browser, relay, convention, first, offerer, describe: receiver,
                camera: { video: true, audio: true } });
            try {
              const { page, pipeline, session } = meeting;
              await meeting.expect(Promise.all(
                [pipeline.video.moving(), pipeline.audio.heard()]));
              const { peers, errors } = await page.measure();
              assert.equal(peers[session].connection, 'connected');
              assert.deepEqual(errors, []);
            } finally {
              await meeting.end();
            }
          });
  });
}
