// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// What happens in rooms: several viewers, viewers that vanish, rejoin or add
// a camera, other inputs, relays that go away.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Browser } from './harness/browser.mjs';
import { outputDir } from './harness/config.mjs';
import { Pipeline, audioProbe, videoProbe } from './harness/gst.mjs';
import { announced, inRoom } from './harness/meeting.mjs';
import { Observer } from './harness/observer.mjs';
import { relayNames, startRelay } from './harness/relay.mjs';

const TIMEOUT = { timeout: 90000 };
const SUITE_TIMEOUT = { timeout: 900000 };
const TOKEN = 'cpsk_0123456789abcdef0123456789abcdef';
const SMALL_CAMERA = {
  video: { width: 160, height: 120, frameRate: 10 }, audio: true };

const moving = (caps = 'width=640,height=360,framerate=30/1') =>
  `videotestsrc is-live=true pattern=ball ! video/x-raw,${caps}`;
const sound = 'audiotestsrc is-live=true wave=ticks volume=0.8';

for (const relayName of relayNames) {
  describe(`rooms on ${relayName}`, SUITE_TIMEOUT, () => {
    let relay;
    let browser;
    let serial = 0;
    before(async () => {
      relay = await startRelay(relayName);
      browser = await Browser.start();
    });
    after(async () => {
      await browser?.end();
      await relay?.end();
    });

    /** A room of its own for one test; everything in it ends with the test. */
    function enter(t, convention, { token, at = relay, room = `r${++serial}` } = {}) {
      const observing = Observer.start(at.url, convention, room, token);
      t.after(async () => (await observing).end());
      return {
        name: room,
        observing,
        /** Starts a pipeline; returns it with its session in `session`. */
        async pipeline(describe, name = 'element') {
          const pipeline = Pipeline.start(describe(inRoom(at, convention, room, name, token)));
          t.after(() => pipeline.end());
          pipeline.session = await announced(await observing, pipeline, name);
          return pipeline;
        },
        async page({ name = 'page', camera = SMALL_CAMERA, wanted, from = browser } = {}) {
          const page = await from.open({ relay: at.url, convention, room, name, camera, token });
          t.after(() => page.vanish());
          await page.connect(wanted);
          await page.join();
          return page;
        },
      };
    }

    const sink = (properties) => `${moving()} ! claspsink ${properties}`;

    it('four pages at once', TIMEOUT, async (t) => {
      const room = enter(t, 'site');
      const { session, ...pipeline } = await room.pipeline(sink);
      const pages = [];
      for (let i = 0; i < 4; i++) pages.push(await room.page({ name: `page ${i}` }));
      await Promise.all(pages.map((page) => page.receives(session, { width: 640 })));
      const states = await Promise.all(pages.map((page) => page.measure()));
      assert.deepEqual(states.map((state) => state.errors), [[], [], [], []]);
      assert.ok(pipeline);
    });

    it('picture and sound both ways', TIMEOUT, async (t) => {
      const room = enter(t, 'site');
      const sender = await room.pipeline(
        (properties) => `${sink(properties)} ${sound} ! sender.`, 'sender');
      const receiver = await room.pipeline((properties) =>
        `claspsrc peer=page ${properties} receiver. ! queue ! ${videoProbe} ` +
        `receiver. ! queue ! ${audioProbe}`, 'receiver');
      const page = await room.page();
      await Promise.all([
        page.receives(sender.session, { audio: true }),
        receiver.video.moving(),
        receiver.audio.heard(),
      ]);
    });

    it('a page that is closed without a word is gone within 10 s', TIMEOUT, async (t) => {
      const room = enter(t, 'site');
      const pipeline = await room.pipeline(sink);
      const stays = await room.page({ name: 'stays' });
      const goes = await room.page({ name: 'goes' });
      await Promise.all([stays, goes].map((page) => page.receives(pipeline.session)));
      await goes.vanish();
      await pipeline.posted('clasp-viewer-removed', 10000);
      const { shown } = (await stays.measure()).peers[pipeline.session];
      await stays.receives(pipeline.session, { frames: shown + 30 });
    });

    it('a browser that is killed is gone within 10 s', TIMEOUT, async (t) => {
      const room = enter(t, 'example');
      const pipeline = await room.pipeline(sink);
      const doomed = await Browser.start();
      t.after(() => doomed.end());
      const page = await room.page({ from: doomed });
      await page.receives(pipeline.session);
      await doomed.kill();
      await pipeline.posted('clasp-viewer-removed', 10000);
      assert.ok(pipeline.running);
    });

    it('a page that leaves and joins again sees the picture again', TIMEOUT, async (t) => {
      const room = enter(t, 'site');
      const pipeline = await room.pipeline(sink);
      const page = await room.page();
      await page.receives(pipeline.session);
      await page.leave();
      await pipeline.posted('clasp-viewer-removed');
      await page.connect();
      await page.join();
      await page.receives(pipeline.session);
    });

    it('two pages with the same name are two viewers', TIMEOUT, async (t) => {
      const room = enter(t, 'example');
      const pipeline = await room.pipeline(sink);
      const twins = [await room.page({ name: 'twin' }), await room.page({ name: 'twin' })];
      await Promise.all(twins.map((page) => page.receives(pipeline.session)));
    });

    it('a spectator that turns its camera on is received', TIMEOUT, async (t) => {
      const room = enter(t, 'chat');
      const receiver = await room.pipeline((properties) =>
        `claspsrc ${properties} ! ${videoProbe}`, 'receiver');
      const sender = await room.pipeline(sink, 'sender');
      const top = receiver.session > sender.session ? receiver.session : sender.session;
      const page = await room.page({ camera: null, wanted: (id) => id > top });
      await page.receives(sender.session);
      await page.page.evaluate(() => window.room.enable('video'));
      await receiver.video.moving();
      await page.receives(sender.session, { frames: 60 });
      assert.deepEqual((await page.measure()).errors, []);
    });

    it('a page that shows only .local addresses sees the picture', TIMEOUT, async (t) => {
      const hiding = await Browser.start({ camera: false });
      t.after(() => hiding.end());
      for (const wanted of [(id, other) => id > other, (id, other) => id < other]) {
        const room = enter(t, 'chat');
        const pipeline = await room.pipeline(sink);
        const page = await room.page(
          { camera: null, from: hiding, wanted: (id) => wanted(id, pipeline.session) });
        await page.receives(pipeline.session);
        const { signals } = await room.observing;
        const sent = signals.filter((s) => s.from === page.session && s.type === 'ice-candidate');
        assert.ok(sent.length > 0);
        assert.ok(sent.every((s) => /\.local /.test(s.candidate.candidate) ||
          !/ typ host /.test(s.candidate.candidate)), JSON.stringify(sent));
      }
    });

    it('a new picture size in mid-stream is shown', TIMEOUT, async (t) => {
      const room = enter(t, 'site');
      const part = (width, height, extra) =>
        `videotestsrc pattern=ball ${extra} ! video/x-raw,width=${width},height=${height},framerate=30/1`;
      const pipeline = await room.pipeline((properties) =>
        `${part(640, 360, 'num-buffers=240')} ! concat name=c ! identity sync=true ! ` +
        `claspsink ${properties} ${part(320, 240, '')} ! c.`);
      const page = await room.page();
      await page.receives(pipeline.session, { frames: 5, width: 640, height: 360 });
      await page.receives(pipeline.session, { width: 320, height: 240 });
    });

    it('H.264 from a camera passes through', TIMEOUT, async (t) => {
      const room = enter(t, 'example');
      const pipeline = await room.pipeline((properties) =>
        `${moving()} ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=60 ! ` +
        `video/x-h264,profile=constrained-baseline ! h264parse ! claspsink ${properties}`);
      const page = await room.page();
      const seen = await page.receives(pipeline.session, { width: 640 });
      assert.equal(seen.video.codec, 'video/H264');
    });

    it('VP8 when asked for', TIMEOUT, async (t) => {
      const room = enter(t, 'site');
      const pipeline = await room.pipeline((properties) =>
        `${sink(properties)} video-caps=video/x-vp8`);
      const page = await room.page();
      const seen = await page.receives(pipeline.session, { width: 640 });
      assert.equal(seen.video.codec, 'video/VP8');
    });

    it('a media file with sound', TIMEOUT, async (t) => {
      const file = join(outputDir, `${relayName}.mkv`);
      const writer = Pipeline.start(
        `videotestsrc pattern=ball num-buffers=900 ! video/x-raw,width=320,height=240,framerate=30/1 ! ` +
        `x264enc speed-preset=ultrafast ! h264parse ! matroskamux name=m ! filesink location=${file} ` +
        'audiotestsrc wave=ticks num-buffers=1300 ! audioconvert ! opusenc ! m.');
      assert.equal(await writer.done, 0, writer.describe());
      const room = enter(t, 'site');
      const pipeline = await room.pipeline((properties) =>
        `uridecodebin uri=file://${file} name=d claspsink ${properties} ` +
        'd. ! queue ! videoconvert ! element.video_0 ' +
        'd. ! queue ! audioconvert ! audioresample ! element.audio_0');
      const page = await room.page();
      await page.receives(pipeline.session, { width: 320, audio: true });
    });

    it('the picture goes on while the relay is away, and the room returns', TIMEOUT, async (t) => {
      const own = await startRelay(relayName);
      let again;
      t.after(async () => {
        await own.end();
        await again?.end();
      });
      const room = enter(t, 'site', { at: own });
      const pipeline = await room.pipeline(sink);
      const page = await room.page();
      const { shown } = await page.receives(pipeline.session);
      await own.child.kill();
      await page.receives(pipeline.session, { frames: shown + 60 });
      again = await startRelay(relayName, { port: own.port });
      const later = enter(t, 'site', { at: again, room: room.name });
      const session = await (await later.observing).session('element');
      assert.notEqual(session, pipeline.session);
      const late = await later.page({ name: 'late' });
      await late.receives(session);
    });

    it('a relay with tokens', TIMEOUT, async (t) => {
      const guarded = await startRelay(relayName, { token: TOKEN });
      t.after(() => guarded.end());
      const room = enter(t, 'example', { at: guarded, token: TOKEN });
      const pipeline = await room.pipeline(sink);
      const page = await room.page();
      await page.receives(pipeline.session);
      assert.ok(!pipeline.lines.some((line) => line.includes(TOKEN)));
    });
  });
}
