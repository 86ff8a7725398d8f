// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// Page against page: shows that the test pages and the harness work, so that
// a failure with an element is the element's.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser } from './harness/browser.mjs';
import { Observer } from './harness/observer.mjs';
import { relayNames, startRelay } from './harness/relay.mjs';
import { conventionNames } from './pages/conventions.js';

const TIMEOUT = { timeout: 60000 };

for (const relayName of relayNames) {
  describe(`page ↔ page through ${relayName}`, TIMEOUT, () => {
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
      it(`${convention} pages see and hear each other`, TIMEOUT, async (t) => {
        const room = `pp-${convention}`;
        const open = (name) => browser.open({ relay: relay.url, convention, room, name });
        const observer = await Observer.start(relay.url, convention, room);
        t.after(() => observer.end());
        const first = await open('first');
        const second = await open('second');
        await first.connect();
        await second.connect((session) => session < first.session);
        await first.join();
        await observer.session('first');
        await second.join();
        await Promise.all([
          first.receives(second.session, { audio: true }),
          second.receives(first.session, { audio: true }),
        ]);
        assert.equal(await observer.firstSignal(first.session, second.session), 'offer');
        assert.equal(await observer.firstSignal(second.session, first.session), 'answer');
        await first.leave();
        await second.peerGone(first.session);
        assert.deepEqual((await second.measure()).errors, []);
        await first.vanish();
        await second.vanish();
      });
  });
}
