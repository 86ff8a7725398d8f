// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// A member of a video room that behaves like one of the CLASP pages (see
// conventions.js), with the published client below it. `window.room` is what
// the tests hold on to.

import { ClaspBuilder } from '@clasp-to/core';
import { conventions } from './conventions.js';
import { measurePeer, satisfies } from './measure.js';

const ICE_SERVERS = [
  { urls: 'stun:stun.l.google.com:19302' },
  { urls: 'stun:stun1.l.google.com:19302' },
];
const DISCONNECT_GRACE_MS = 5000;
const CAMERA = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };

class Room {
  peers = new Map(); // session → { connection, queue, stream, video }
  participants = new Map(); // session → presence with lastSeen
  queues = new Map(); // candidates of peers without a connection yet
  left = [];
  errors = [];
  stream = null;
  joinedAt = 0;

  /** options: relay, token, convention, room, name, camera { video, audio }. */
  setup(options) {
    Object.assign(this, { name: 'page', camera: { video: true, audio: true } }, options);
    this.rules = conventions[this.convention];
    this.prefixes = this.rules.prefixes(this.room);
  }

  /** Opens a new session; an earlier one is closed. Returns its id. */
  async connect() {
    this.client?.close();
    const builder = new ClaspBuilder(this.relay)
      .name(this.rules.clientName)
      .features(['param', 'event', 'stream'])
      .reconnect(true);
    if (this.token) builder.token(this.token);
    this.client = await builder.connect();
    this.session = this.client.session;
    return this.session;
  }

  async join() {
    if (this.camera) {
      const { video, audio } = this.camera;
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: video === true ? CAMERA : video,
        audio,
      });
    } else if (!this.rules.spectates) {
      this.stream = new MediaStream();
    }
    const { presence, signal } = this.prefixes;
    this.client.on(`${presence}/*`, (data, address) => {
      const peer = address.split('/').pop();
      if (peer === this.session) return;
      if (data === null) this.#peerLeft(peer, 'presence');
      else this.#peerJoined(peer, data);
    });
    this.client.on(`${signal}/${this.session}`, (data) => {
      if (data?.from && data.from !== this.session) this.#onSignal(data);
    });
    this.joinedAt = Date.now();
    this.#announce();
    if (this.rules.heartbeatMs > 0)
      this.timer = setInterval(() => {
        this.#announce();
        this.#prune();
      }, this.rules.heartbeatMs);
  }

  leave() {
    clearInterval(this.timer);
    this.client.set(`${this.prefixes.presence}/${this.session}`, null);
    for (const peer of [...this.peers.keys()]) this.#drop(peer);
    this.stream?.getTracks().forEach((track) => track.stop());
  }

  /** Turns the camera or microphone on in a running call, as the chat does. */
  async enable(kind) {
    const added = await navigator.mediaDevices.getUserMedia({ [kind]: true });
    const [track] = added.getTracks();
    this.stream ??= new MediaStream();
    this.stream.addTrack(track);
    for (const [peer, { connection }] of this.peers) {
      connection.addTrack(track, this.stream);
      if (this.#offersTo(peer)) await this.#offer(peer, connection);
    }
    this.#announce();
  }

  async measure() {
    const peers = {};
    for (const [id, peer] of this.peers) peers[id] = await measurePeer(peer);
    return {
      session: this.session,
      peers,
      participants: Object.fromEntries(this.participants),
      left: this.left,
      errors: this.errors,
    };
  }

  /** What was measured of the peer once it is as wanted, else false. */
  async satisfies(want) {
    const peer = this.peers.get(want.peer);
    return peer ? satisfies(peer, want) : false;
  }

  #announce() {
    this.client.set(`${this.prefixes.presence}/${this.session}`, this.rules.describe(this));
  }

  /* The pages' own rule, word for word in meaning: locale order decides. */
  #offersTo(peer) {
    return this.session.localeCompare(peer) > 0;
  }

  #peerJoined(peer, data) {
    this.participants.set(peer, { ...data, lastSeen: data.lastSeen || Date.now() });
    if (!this.peers.has(peer) && this.#offersTo(peer)) this.#connectTo(peer, true);
  }

  #peerLeft(peer, why) {
    this.participants.delete(peer);
    if (this.peers.has(peer)) this.left.push({ peer, why, at: performance.now() });
    this.#drop(peer);
  }

  #drop(peer) {
    const entry = this.peers.get(peer);
    entry?.connection?.close();
    entry?.video?.remove();
    this.peers.delete(peer);
    this.queues.delete(peer);
  }

  #prune() {
    const now = Date.now();
    for (const [peer, data] of [...this.participants])
      if (now - (data.lastSeen || data.joinedAt || 0) > this.rules.staleMs)
        this.#peerLeft(peer, 'stale');
  }

  async #connectTo(peer, initiator) {
    if (this.peers.has(peer)) return this.peers.get(peer).connection;
    const connection = new RTCPeerConnection({ iceServers: ICE_SERVERS });
    this.peers.set(peer, { connection, stream: null, video: null, since: performance.now() });
    this.stream?.getTracks().forEach((track) => connection.addTrack(track, this.stream));
    connection.ontrack = (event) => this.#onTrack(peer, event);
    connection.onicecandidate = ({ candidate }) => candidate && this.#send(peer, {
      type: 'ice-candidate',
      candidate: {
        candidate: candidate.candidate,
        sdpMid: candidate.sdpMid,
        sdpMLineIndex: candidate.sdpMLineIndex,
      },
    });
    connection.onconnectionstatechange = () => this.#onState(peer, connection);
    if (initiator) {
      if (!this.stream && this.rules.spectates) {
        connection.addTransceiver('audio', { direction: 'recvonly' });
        connection.addTransceiver('video', { direction: 'recvonly' });
      }
      await this.#offer(peer, connection);
    }
    return connection;
  }

  async #offer(peer, connection) {
    try {
      await connection.setLocalDescription(await connection.createOffer());
      this.#sendDescription(peer, connection);
    } catch (error) {
      this.errors.push(`offer: ${error.message}`);
    }
  }

  #onTrack(peer, event) {
    const entry = this.peers.get(peer);
    if (!entry) return;
    let [stream] = event.streams;
    if (!this.rules.needsStream) {
      stream ??= entry.stream ?? new MediaStream();
      if (!stream.getTrackById(event.track.id)) stream.addTrack(event.track);
    }
    entry.stream = stream ?? null;
    if (!entry.video) {
      entry.video = document.createElement('video');
      Object.assign(entry.video, { autoplay: true, playsInline: true });
      document.getElementById('grid').append(entry.video);
    }
    if (entry.video.srcObject !== entry.stream) entry.video.srcObject = entry.stream;
  }

  #onState(peer, connection) {
    const current = () => this.peers.get(peer)?.connection === connection;
    const state = connection.connectionState;
    if (state === 'failed' && current()) {
      if (this.rules.leftOnFailure) this.#peerLeft(peer, 'failed');
      else {
        this.left.push({ peer, why: 'failed', at: performance.now() });
        this.#drop(peer);
      }
    } else if (state === 'disconnected' && !this.rules.leftOnFailure) {
      setTimeout(() => {
        if (connection.connectionState !== 'disconnected' || !current()) return;
        this.left.push({ peer, why: 'disconnected', at: performance.now() });
        this.#drop(peer);
      }, DISCONNECT_GRACE_MS);
    }
  }

  async #onSignal(data) {
    try {
      if (data.type === 'offer') await this.#onOffer(data);
      else if (data.type === 'answer') await this.#onAnswer(data);
      else if (data.type === 'ice-candidate') await this.#onCandidate(data);
    } catch (error) {
      this.errors.push(`${data.type}: ${error.message}`);
    }
  }

  async #onOffer({ from, sdp }) {
    const connection = await this.#connectTo(from, false);
    await connection.setRemoteDescription(sdp);
    await this.#drain(from, connection);
    await connection.setLocalDescription(await connection.createAnswer());
    this.#sendDescription(from, connection);
  }

  async #onAnswer({ from, sdp }) {
    const connection = this.peers.get(from)?.connection;
    if (!connection) return;
    await connection.setRemoteDescription(sdp);
    await this.#drain(from, connection);
  }

  async #onCandidate({ from, candidate }) {
    const connection = this.peers.get(from)?.connection;
    if (connection?.remoteDescription) {
      await connection.addIceCandidate(new RTCIceCandidate(candidate));
      return;
    }
    if (!connection && this.rules.earlyCandidateKills)
      this.peers.set(from, { connection: null, stream: null, video: null });
    if (!this.queues.has(from)) this.queues.set(from, []);
    this.queues.get(from).push(new RTCIceCandidate(candidate));
  }

  async #drain(peer, connection) {
    const queue = this.queues.get(peer) ?? [];
    this.queues.delete(peer);
    for (const candidate of queue)
      await connection.addIceCandidate(candidate).catch(() => {});
  }

  #sendDescription(peer, { localDescription: { type, sdp } }) {
    this.#send(peer, { type, sdp: { type, sdp } });
  }

  #send(peer, data) {
    this.client.emit(`${this.prefixes.signal}/${peer}`, { from: this.session, ...data });
  }
}

window.room = new Room();
