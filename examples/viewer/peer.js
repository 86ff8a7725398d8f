// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// One broadcaster: the WebRTC connection to it, its negotiation and its
// figures. Knows the room only as something to send signals through.

const OFFER_GUARD_MS = 5000;
const NEGOTIATION_MS = 10000;
const DISCONNECTED_MS = 5000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15000;
const MAX_CANDIDATES = 64;
const KINDS = ['video', 'audio'];

const fingerprints = (sdp) =>
  [...sdp.matchAll(/^a=fingerprint:(.*)$/gim)].map((match) => match[1].trim().toLowerCase())
    .sort().join(' ');

/**
 * Events: change (state, reason or stream differ). States:
 *   waiting     for an offer, or for the next attempt (reason says why)
 *   connecting  negotiating, ICE and DTLS under way
 *   connected   media can flow
 *   interrupted the path broke a moment ago; it may come back by itself
 *   closed      by the owner
 */
export class Peer extends EventTarget {
  session;
  name;
  state = 'waiting';
  reason = '';
  stream = new MediaStream();
  /** It said so, or its relay is gone: ends as soon as its media does. */
  absent = false;
  figures = {};

  #room;
  #iceServers;
  #connection = null;
  #chain = Promise.resolve();
  #described = false;
  #early = [];
  #candidates = [];
  #timer = 0;
  #attempt = 0;
  #offeredAt = 0;
  #createdAt = performance.now();
  #connectedAt = 0;
  #firstFrameAt = 0;
  #previous = null;

  constructor({ room, session, name, iceServers }) {
    super();
    this.#room = room;
    this.session = session;
    this.name = name;
    this.#iceServers = iceServers;
  }

  get connection() { return this.#connection; }
  get alive() { return this.state === 'connected' || this.state === 'interrupted'; }

  /** Begins, or begins anew unless media flows: after a (re)appearance. */
  start() {
    this.absent = false;
    if (this.alive) return;
    this.#attempt = 0;
    this.#begin();
  }

  rename(session, name) {
    this.session = session;
    this.name = name;
    this.start();
  }

  /** No more signalling possible: go on as long as the media does. */
  abandon() {
    this.absent = true;
    if (!this.alive) this.close();
  }

  close() {
    clearTimeout(this.#timer);
    this.#drop();
    this.#setState('closed');
  }

  handleSignal(signal) {
    switch (signal.type) {
      case 'offer': this.#enqueue(() => this.#onOffer(signal.sdp)); break;
      case 'answer': this.#enqueue(() => this.#onAnswer(signal.sdp)); break;
      case 'ice-candidate': this.#enqueue(() => this.#onCandidate(signal.candidate)); break;
    }
  }

  /** The page saw a picture: the time to the first one is a figure. */
  noteFrame() { this.#firstFrameAt ||= performance.now(); }

  #setState(state, reason = '') {
    if (this.state === 'closed') return;
    this.state = state;
    this.reason = reason;
    this.dispatchEvent(new Event('change'));
  }

  // One step of negotiation at a time, in the order of arrival.
  #enqueue(step) {
    this.#chain = this.#chain.then(() => this.state === 'closed' ? undefined : step())
      .catch((error) => this.#fail(`negotiation broke: ${error.message}`));
  }

  // The greater session id offers. When the other side should and does not,
  // for instance because it counts letters differently, offer all the same.
  #begin() {
    clearTimeout(this.#timer);
    this.#drop();
    if (this.#room.session && this.#room.session > this.session) {
      this.#enqueue(() => this.#offer());
    } else {
      this.#setState('waiting', 'waiting for its offer');
      this.#timer = setTimeout(() => this.#enqueue(() => this.#offer()), OFFER_GUARD_MS);
    }
  }

  #drop() {
    const connection = this.#connection;
    this.#connection = null;
    this.#previous = null;
    connection?.close();
  }

  #open() {
    this.#drop();
    const connection = new RTCPeerConnection({ iceServers: this.#iceServers });
    this.#connection = connection;
    this.#described = false;
    this.#early = [];
    const current = (handler) => (event) => {
      if (this.#connection === connection) handler(event);
    };
    connection.onconnectionstatechange = current(() => this.#onConnectionState());
    connection.ontrack = current((event) => this.#onTrack(event));
    connection.onicecandidate = current(({ candidate }) => this.#onOwnCandidate(candidate));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail('it does not answer'), NEGOTIATION_MS);
    this.#setState('connecting');
    return connection;
  }

  // Candidates wait until our description is out: some receivers lose a peer
  // for good when a candidate arrives first.
  #onOwnCandidate(candidate) {
    if (!candidate?.candidate) return;
    if (this.#described) this.#sendCandidate(candidate);
    else this.#early.push(candidate);
  }

  #sendDescription({ type, sdp }) {
    this.#room.send(this.session, { type, sdp: { type, sdp } });
    this.#described = true;
    for (const candidate of this.#early.splice(0)) this.#sendCandidate(candidate);
  }

  #sendCandidate({ candidate, sdpMid, sdpMLineIndex }) {
    this.#room.send(this.session, {
      type: 'ice-candidate', candidate: { candidate, sdpMid, sdpMLineIndex },
    });
  }

  async #offer() {
    if (this.#connection || !this.#room.session) return;
    const connection = this.#open();
    for (const kind of KINDS) connection.addTransceiver(kind, { direction: 'recvonly' });
    await connection.setLocalDescription();
    if (this.#connection !== connection) return;
    this.#offeredAt = performance.now();
    this.#sendDescription(connection.localDescription);
  }

  async #onOffer(description) {
    if (typeof description?.sdp !== 'string') return;
    const pending = this.#connection?.signalingState === 'have-local-offer';
    // Both offered: the greater id's offer stands, unless nobody answered it.
    if (pending && this.#room.session > this.session &&
        performance.now() - this.#offeredAt < OFFER_GUARD_MS) return;
    const connection = this.#isNewConnection(description.sdp) || pending
      ? this.#open() : this.#connection;
    await connection.setRemoteDescription({ type: 'offer', sdp: description.sdp });
    await this.#addCandidates();
    await connection.setLocalDescription();
    if (this.#connection === connection) this.#sendDescription(connection.localDescription);
  }

  // The same certificate: a later offer on the same connection. Another one:
  // the peer made a new connection, which a browser's old one cannot follow.
  #isNewConnection(sdp) {
    const remote = this.#connection?.remoteDescription;
    return !remote || fingerprints(remote.sdp) !== fingerprints(sdp);
  }

  async #onAnswer(description) {
    if (typeof description?.sdp !== 'string') return;
    if (this.#connection?.signalingState !== 'have-local-offer') return;
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: description.sdp });
    await this.#addCandidates();
  }

  async #onCandidate(candidate) {
    if (typeof candidate?.candidate !== 'string' || !candidate.candidate) return;
    if (this.#candidates.length < MAX_CANDIDATES) this.#candidates.push(candidate);
    if (this.#connection?.remoteDescription) await this.#addCandidates();
  }

  async #addCandidates() {
    for (const { candidate, sdpMid = null, sdpMLineIndex = null } of this.#candidates.splice(0)) {
      // A candidate that cannot be used is no reason to give up the others.
      await this.#connection?.addIceCandidate({ candidate, sdpMid, sdpMLineIndex })
        .catch((error) => console.debug(`candidate of ${this.name} not used: ${error.message}`));
    }
  }

  #onTrack({ track, receiver }) {
    if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
    else if ('playoutDelayHint' in receiver) receiver.playoutDelayHint = 0;
    // A connection in place of an earlier one: the picture goes on with it.
    for (const old of this.stream.getTracks())
      if (old.kind === track.kind) this.stream.removeTrack(old);
    this.stream.addTrack(track);
    this.dispatchEvent(new Event('change'));
  }

  #onConnectionState() {
    switch (this.#connection.connectionState) {
      case 'connected':
        clearTimeout(this.#timer);
        this.#attempt = 0;
        this.#connectedAt ||= performance.now();
        this.#setState('connected');
        break;
      case 'disconnected':
        this.#setState('interrupted', 'the path is broken');
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#fail('the path stayed broken'), DISCONNECTED_MS);
        break;
      case 'failed':
        this.#fail(this.alive ? 'the path is gone' : this.#pathAdvice());
        break;
    }
  }

  #pathAdvice() {
    return this.#iceServers.some(({ username }) => username !== undefined)
      ? 'no network path, not even through the TURN server'
      : 'no network path (try a TURN server)';
  }

  #fail(reason) {
    clearTimeout(this.#timer);
    this.#drop();
    if (this.state === 'closed') return;
    if (this.absent) {
      this.close();
      return;
    }
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#attempt++);
    this.#setState('waiting', reason);
    this.#timer = setTimeout(() => this.#retry(), delay);
  }

  #retry() {
    this.#room.announce();
    this.#begin();
  }

  /** Once a second: figures from the browser's own counters. */
  async updateFigures() {
    const connection = this.#connection;
    if (!connection || !this.alive) {
      this.figures = this.#times();
      return;
    }
    const report = await connection.getStats();
    if (connection !== this.#connection) return;
    const now = collect(report);
    this.figures = { ...figuresBetween(this.#previous ?? now, now), ...this.#times() };
    this.#previous = now;
  }

  #times() {
    const now = performance.now();
    return {
      seconds: this.#connectedAt ? Math.round((now - this.#connectedAt) / 1000) : 0,
      msToConnected: this.#connectedAt ? Math.round(this.#connectedAt - this.#createdAt) : null,
      msToFirstFrame: this.#firstFrameAt ? Math.round(this.#firstFrameAt - this.#createdAt) : null,
    };
  }
}

function collect(report) {
  const found = { video: {}, audio: {}, rtt: null, codecs: {} };
  let transport = null;
  for (const entry of report.values()) {
    if (entry.type === 'inbound-rtp') found[entry.kind] = entry;
    else if (entry.type === 'codec') found.codecs[entry.id] = entry.mimeType.split('/')[1];
    else if (entry.type === 'transport') transport = entry;
  }
  const pair = transport && report.get(transport.selectedCandidatePairId);
  if (pair?.currentRoundTripTime !== undefined) found.rtt = pair.currentRoundTripTime * 1000;
  return found;
}

/** Rates from the difference of two readings, totals from the later one. */
function figuresBetween(before, after) {
  const { video, audio } = after;
  const seconds = (video.timestamp - before.video.timestamp) / 1000;
  const rate = (field) => seconds > 0 ? (video[field] - before.video[field]) / seconds : 0;
  const emitted = video.jitterBufferEmittedCount - before.video.jitterBufferEmittedCount;
  const buffer = emitted > 0
    ? (video.jitterBufferDelay - before.video.jitterBufferDelay) / emitted * 1000 : null;
  return {
    codec: after.codecs[video.codecId] ?? null,
    width: video.frameWidth ?? 0,
    height: video.frameHeight ?? 0,
    fps: Math.round(rate('framesDecoded') * 10) / 10,
    bitrate: Math.round(rate('bytesReceived') * 8),
    rtt: after.rtt,
    jitterBuffer: buffer,
    // What can be measured here: one way through the network, and the wait in
    // the buffer. Capture, encoding and display are not in it.
    latency: after.rtt === null || buffer === null ? null : after.rtt / 2 + buffer,
    framesDecoded: video.framesDecoded ?? 0,
    framesDropped: video.framesDropped ?? 0,
    keyFrames: video.keyFramesDecoded ?? 0,
    keyFrameRequests: (video.pliCount ?? 0) + (video.firCount ?? 0),
    freezes: video.freezeCount ?? 0,
    packetsReceived: video.packetsReceived ?? 0,
    packetsLost: video.packetsLost ?? 0,
    audioCodec: after.codecs[audio.codecId] ?? null,
    audioBytes: audio.bytesReceived ?? 0,
    audioEnergy: audio.totalAudioEnergy ?? 0,
  };
}
