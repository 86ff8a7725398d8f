// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors
//
// From a page's presence in the room to its first decoded frame, 30 times, on a
// sink that runs. Real Chromium, the viewer page, the embedded relay:
//   sh tests/interop/in-netns.sh node tests/bench/joins.mjs BUILD [JOINS]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(path.join(here, '../interop/browser/package.json'));
const { chromium } = require('playwright-core');
const [build, joins = '30'] = process.argv.slice(2);
const url = 'http://localhost:7330/?room=bench';

// Runs in the page before its own scripts: notes when its presence goes out and
// when the first picture is there.
function watch() {
  window.times = {};
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    const text = new TextDecoder('latin1').decode(data);
    if (!window.times.presence && text.charCodeAt(4) === 0x21 && text.includes('/presence/')) {
      window.times.presence = performance.now();
    }
    return send.call(this, data);
  };
  const look = () => {
    const video = document.querySelector('video');
    if (video) {
      video.requestVideoFrameCallback(() => { window.times.frame = performance.now(); });
    } else {
      requestAnimationFrame(look);
    }
  };
  requestAnimationFrame(look);
}

async function join(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(url);
  await page.waitForFunction(() => window.times.frame, null, { timeout: 20000, polling: 50 });
  const ms = await page.evaluate(() => window.times.frame - window.times.presence);
  await context.close();
  return ms;
}

function startSink() {
  const sink = spawn('gst-launch-1.0', [
    'videotestsrc', 'is-live=true', '!', 'video/x-raw,width=1280,height=720,framerate=30/1', '!',
    'claspsink', 'room=bench', 'run-relay=true', '-m',
  ], {
    env: {
      ...process.env,
      GST_PLUGIN_PATH: path.join(build, 'plugins/clasp'),
      CLASP_WEB_DIRECTORY: path.join(here, '../../examples/viewer'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const joined = new Promise((resolve) => {
    sink.stdout.on('data', (data) => {
      if (/clasp-connection.*joined/.test(data)) resolve();
    });
  });
  return { sink, joined };
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

const { sink, joined } = startSink();
await joined;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required'],
});
const first = await join(browser);
const times = [];
for (let i = 0; i < Number(joins); i++) times.push(await join(browser));
times.sort((a, b) => a - b);
console.log(`first viewer of the process: ${first.toFixed(0)} ms`);
console.log(`${times.length} joins, presence to first decoded frame: p50 ${at(times, 0.5).toFixed(0)} ms, ` +
  `p95 ${at(times, 0.95).toFixed(0)} ms, longest ${times.at(-1).toFixed(0)} ms`);
await browser.close();
sink.kill('SIGINT');
await once(sink, 'exit');
