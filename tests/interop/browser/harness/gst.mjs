// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// gst-launch-1.0 with the plugin of the build, and probes that look at the
// raw media a pipeline produced.

import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { Child } from './child.mjs';
import { buildRoot, outputDir } from './config.mjs';

const WIDTH = 32;
const HEIGHT = 24;
const AUDIO_RATE = 8000;
const CHANGE = 8;

/** Ends of pipelines whose media Pipeline.start() hands to probes. */
export const videoProbe =
  `videoconvert ! videoscale ! video/x-raw,format=GRAY8,width=${WIDTH},height=${HEIGHT} ` +
  '! fdsink fd=3 sync=false';
export const audioProbe =
  `audioconvert ! audioresample ! audio/x-raw,format=S16LE,channels=1,rate=${AUDIO_RATE} ` +
  '! fdsink fd=4 sync=false';

const environment = {
  GST_PLUGIN_PATH: join(buildRoot, 'plugins/clasp'),
  GST_REGISTRY: join(outputDir, 'gst-registry.bin'),
  CLASP_WEB_DIRECTORY: process.env.CLASP_WEB_DIRECTORY ?? '',
};

/** Counts the small grey frames of a stream and tells black, still, moving. */
class FrameProbe extends EventEmitter {
  frames = 0;
  spread = 0;
  change = 0;
  #first = null;
  #rest = Buffer.alloc(0);

  constructor(stream) {
    super();
    const size = WIDTH * HEIGHT;
    stream.on('data', (data) => {
      this.#rest = Buffer.concat([this.#rest, data]);
      for (; this.#rest.length >= size; this.#rest = this.#rest.subarray(size))
        this.#look(this.#rest.subarray(0, size));
      this.emit('change');
    });
  }

  #look(frame) {
    this.frames++;
    this.spread = Math.max(...frame) - Math.min(...frame);
    this.#first ??= Buffer.from(frame);
    const first = this.#first;
    this.change = Math.max(this.change,
      frame.reduce((most, value, i) => Math.max(most, Math.abs(value - first[i])), 0));
  }

  /** Waits for a picture that is not black and moves. */
  async moving({ frames = 20, timeout = 20000 } = {}) {
    const enough = () =>
      this.frames >= frames && this.spread > CHANGE && this.change > CHANGE;
    await until(this, enough, timeout, () =>
      `${this.frames} frames, spread ${this.spread}, change ${this.change}`);
  }

  /** Waits for more frames than there are now. */
  async more(frames = 10, timeout = 15000) {
    const wanted = this.frames + frames;
    await until(this, () => this.frames >= wanted, timeout,
      () => `${this.frames} of ${wanted} frames`);
  }
}

class SoundProbe extends EventEmitter {
  seconds = 0;
  peak = 0;
  #odd = null;

  constructor(stream) {
    super();
    stream.on('data', (data) => {
      if (this.#odd) data = Buffer.concat([this.#odd, data]);
      const even = data.length & ~1;
      this.#odd = even < data.length ? data.subarray(even) : null;
      for (let i = 0; i < even; i += 2)
        this.peak = Math.max(this.peak, Math.abs(data.readInt16LE(i)));
      this.seconds += even / 2 / AUDIO_RATE;
      this.emit('change');
    });
  }

  async heard({ seconds = 0.5, peak = 500, timeout = 20000 } = {}) {
    await until(this, () => this.seconds >= seconds && this.peak >= peak, timeout,
      () => `${this.seconds.toFixed(2)} s of sound, peak ${this.peak}`);
  }
}

async function until(emitter, done, timeout, describe) {
  const signal = AbortSignal.timeout(timeout);
  while (!done())
    await once(emitter, 'change', { signal }).catch(() => {
      throw new Error(`not within ${timeout} ms: ${describe()}`);
    });
}

export class Pipeline extends Child {
  /** description: as on the command line; words are split at blanks. */
  static start(description, { name = 'gst-launch-1.0', env = {} } = {}) {
    const words = description.trim().split(/\s+/);
    const self = new Pipeline('gst-launch-1.0', ['-m', ...words],
      { name, env: { ...environment, ...env }, fds: 2 });
    self.description = description;
    self.video = new FrameProbe(self.process.stdio[3]);
    self.audio = new SoundProbe(self.process.stdio[4]);
    return self;
  }

  /** A message that an element posted on the bus. */
  posted(structure, timeout) {
    return this.line(new RegExp(`\\(element\\): ${structure}, (.*);`), timeout);
  }
}
