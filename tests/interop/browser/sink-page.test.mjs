// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// claspsink → the three CLASP pages, every join order and both offer roles.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser } from './harness/browser.mjs';
import { Meeting } from './harness/meeting.mjs';
import { relayNames, startRelay } from './harness/relay.mjs';
import { conventionNames } from './pages/conventions.js';

const TIMEOUT = { timeout: 60000 };
const SUITE_TIMEOUT = { timeout: 600000 };

const camera = (properties) =>
  'videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=30/1 ' +
  `! claspsink ${properties}`;

for (const relayName of relayNames) {
  describe(`claspsink → page through ${relayName}`, SUITE_TIMEOUT, () => {
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
              { browser, relay, convention, first, offerer, describe: camera,
                camera: { video: true, audio: true } });
            try {
              const { page, session, observer } = meeting;
              const seen = await meeting.expect(
                page.receives(session, { width: 640, height: 360 }));
              assert.equal(seen.connection, 'connected');
              const [from, to] = offerer === 'page' ?
                [page.session, session] : [session, page.session];
              assert.equal(await observer.firstSignal(from, to), 'offer');
              assert.equal(await observer.firstSignal(to, from), 'answer');
              assert.deepEqual((await page.measure()).errors, []);
              assert.ok(meeting.pipeline.running, meeting.pipeline.describe());
            } finally {
              await meeting.end();
            }
          });
  });
}
