// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// What one broadcaster looks like on the page.

const STALLED_AFTER_S = 3;

const STATES = {
  waiting: 'waiting',
  connecting: 'connecting',
  connected: 'connected',
  interrupted: 'interrupted',
  closed: 'gone',
};

function bitrateText(bitsPerSecond) {
  return bitsPerSecond >= 1e6
    ? `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`
    : `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

export class Tile {
  element;
  video;

  #peer;
  #secondsWithoutFrames = 0;
  #framesSeen = 0;

  constructor(peer) {
    this.#peer = peer;
    const template = document.getElementById('tile');
    this.element = template.content.firstElementChild.cloneNode(true);
    this.video = this.#find('video');
    // Sound needs a gesture of the user, a muted picture does not.
    this.video.muted = !navigator.userActivation?.hasBeenActive;
    this.video.srcObject = peer.stream;
    this.video.onclick = () => this.#toggleFullscreen();
    this.video.onvolumechange = () => this.#showSound();
    this.#find('.full').onclick = () => this.#toggleFullscreen();
    this.#find('.play').onclick = () => this.#play();
    this.#find('.sound').onclick = () => this.#toggleSound();
    this.#watchFirstFrame();
    peer.addEventListener('change', () => this.#show());
    this.#show();
  }

  #find(selector) { return this.element.querySelector(selector); }

  #watchFirstFrame() {
    if ('requestVideoFrameCallback' in this.video)
      this.video.requestVideoFrameCallback(() => this.#peer.noteFrame());
    else
      this.video.addEventListener('loadeddata', () => this.#peer.noteFrame(), { once: true });
  }

  #show() {
    const { state, name, stream } = this.#peer;
    this.element.dataset.state = state;
    this.#find('.name').textContent = name;
    this.#find('.state').textContent = STATES[state];
    this.video.setAttribute('aria-label', `video of ${name}`);
    this.#showNotice();
    this.#showSound();
    if (state !== 'connected') this.#secondsWithoutFrames = 0;
    if (stream.getTracks().length > 0 && this.video.paused) this.#play();
  }

  #showNotice() {
    const { name, state, reason } = this.#peer;
    let text = '';
    if (state === 'waiting') text = `connection to ${name}: ${reason}`;
    else if (state === 'connecting' && !this.#framesSeen) text = `connecting to ${name}`;
    else if (state === 'interrupted') text = `connection to ${name} interrupted: ${reason}`;
    else if (this.#secondsWithoutFrames >= STALLED_AFTER_S) text = `no picture arrives from ${name}`;
    const notice = this.#find('.notice');
    // Only real changes: each one is read aloud.
    if (notice.textContent !== text) notice.textContent = text;
  }

  async #play() {
    this.#find('.play').hidden = true;
    try {
      await this.video.play();
    } catch (error) {
      if (error.name !== 'NotAllowedError') return;
      if (this.video.muted) {
        this.#find('.play').hidden = false;
      } else {
        this.video.muted = true;
        this.#play();
      }
    }
  }

  #showSound() {
    const button = this.#find('.sound');
    button.hidden = this.#peer.stream.getAudioTracks().length === 0;
    button.textContent = this.video.muted ? 'Sound on' : 'Sound off';
    button.setAttribute('aria-pressed', String(!this.video.muted));
  }

  #toggleSound() {
    this.video.muted = !this.video.muted;
    if (this.video.paused) this.#play();
  }

  #toggleFullscreen() {
    const screen = this.#find('.screen');
    if (document.fullscreenElement) document.exitFullscreen();
    else if (screen.requestFullscreen) screen.requestFullscreen().catch(() => {});
    else this.video.webkitEnterFullscreen?.();
  }

  /** Once a second, after the peer took its figures. */
  update() {
    const { figures, state } = this.#peer;
    const moving = (figures.framesDecoded ?? 0) !== this.#framesSeen;
    this.#framesSeen = figures.framesDecoded ?? 0;
    this.#secondsWithoutFrames = state === 'connected' && !moving ? this.#secondsWithoutFrames + 1 : 0;
    this.#showNotice();
    this.#figure('.resolution', figures.width && `${figures.width} × ${figures.height}`);
    this.#figure('.fps', figures.width && `${figures.fps.toFixed(1)} fps`);
    this.#figure('.bitrate', figures.width && bitrateText(figures.bitrate));
    this.#figure('.latency', figures.latency && `≈ ${Math.round(figures.latency)} ms`);
    this.#find('.resolution').title = figures.codec ?? '';
  }

  #figure(selector, text) { this.#find(selector).textContent = text || '–'; }

  remove() {
    this.video.srcObject = null;
    this.element.remove();
  }
}
