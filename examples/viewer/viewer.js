// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// The page: shows every broadcaster of one CLASP room, received peer to peer.
//
// Parameters, in the address's query or, where they are nobody else's business,
// after its # (never sent to the web server):
//   room     room to watch (test)
//   relay    ws:// or wss:// address (the server this page came from)
//   peer     show only this broadcaster: session id or name
//   name     what others see of us (web viewer)
//   profile  video-room or chat: which pages' addresses to use (video-room)
//   stun     host[:port], may be repeated (none)
//   turn     turn://user:password@host[:port][?transport=tcp], may be repeated
//   token    for the relay; only after #
//
// For tests and the curious: window.claspViewer
//   .status   the sentence on top of the page
//   .session  our session id, null while the relay is away
//   .peers    array of {session, name, state, reason, video, connection}
//   .stats()  promise of {room, relay, relayState, session, status, viewers,
//             peers: [figures]}, plain data; each figures object holds session,
//             name, state, reason, codec, width, height, fps, bitrate (bit/s),
//             rtt, jitterBuffer and latency (ms or null), framesDecoded,
//             framesDropped, keyFrames, keyFrameRequests, freezes,
//             packetsReceived, packetsLost, audioCodec, audioBytes,
//             audioEnergy, seconds, msToConnected, msToFirstFrame (from the
//             moment its presence was seen). Rates are those of the last
//             second; nothing but the times is there while not connected.

import { ClaspClient } from './clasp.js';
import { Room, PROFILES } from './room.js';
import { Peer } from './peer.js';
import { Tile } from './tile.js';

const UPDATE_MS = 1000;
const MAX_TILES = 32;

class ConfigurationError extends Error {}

/** stun://host and host alike, as the elements' properties take them. */
function stunServer(text) {
  return { urls: `stun:${text.replace(/^stun:(\/\/)?/, '')}` };
}

function turnServer(text) {
  const match = /^(turns?):(?:\/\/)?(?:([^:@]*):(.*)@)?([^@]+)$/.exec(text);
  if (!match) throw new ConfigurationError(`turn=${text.split('@').pop()} is not turn://user:password@host`);
  const [, scheme, username = '', credential = '', host] = match;
  return { urls: `${scheme}:${host}`, username, credential };
}

function defaultRelay() {
  if (!location.host)
    throw new ConfigurationError('this page was not served by a relay: add ?relay=ws://host:7330 to its address');
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`;
}

function readParameters() {
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const get = (key, fallback) => fragment.get(key) ?? query.get(key) ?? fallback;
  const all = (key) => [...query.getAll(key), ...fragment.getAll(key)];
  if (query.has('token'))
    throw new ConfigurationError('a token before the # goes to every server and log on the way: write #token=… instead');
  const room = get('room', 'test');
  if (!room || /[/*]/.test(room))
    throw new ConfigurationError(`“${room}” cannot be a room name: letters, digits, - and _ are safe`);
  const profile = get('profile', PROFILES[0]);
  if (!PROFILES.includes(profile))
    throw new ConfigurationError(`profile=${profile} is unknown: ${PROFILES.join(' or ')}`);
  const iceServers = [...all('stun').map(stunServer), ...all('turn').map(turnServer)];
  checkIceServers(iceServers);
  return {
    room, profile, iceServers,
    relay: get('relay') ?? defaultRelay(),
    peer: get('peer', ''),
    name: get('name', 'web viewer'),
    token: fragment.get('token') ?? '',
  };
}

function checkIceServers(iceServers) {
  try {
    new RTCPeerConnection({ iceServers }).close();
  } catch (error) {
    throw new ConfigurationError(`the stun or turn parameter is not usable: ${error.message}`);
  }
}

class Viewer {
  status = '';

  #parameters;
  #client;
  #room;
  // By session id; a peer that changes its session keeps its entry's objects.
  #shown = new Map();
  #notShown = new Set();
  #trouble = '';

  constructor(parameters) {
    this.#parameters = parameters;
    const { relay, room, name, profile, token } = parameters;
    this.#client = new ClaspClient({ url: relay, name: 'clasp-gst web viewer', token });
    this.#room = new Room({ client: this.#client, room, name, profile });
    this.#connectRoom();
    this.#client.addEventListener('state', (event) => this.#onRelay(event.detail));
    this.#client.addEventListener('error', (event) => this.#onRelayError(event.detail));
    document.getElementById('again').onclick = () => this.#client.start();
    addEventListener('online', () => this.#client.retryNow());
    document.addEventListener('visibilitychange', () => document.hidden || this.#client.retryNow());
    addEventListener('pagehide', () => this.#onPageHide());
    addEventListener('pageshow', (event) => event.persisted && this.#client.start());
    setInterval(() => this.#update(), UPDATE_MS);
    this.#client.start();
  }

  get session() { return this.#room.session; }

  get peers() {
    return [...this.#shown.values()].map(({ peer, tile }) => ({
      session: peer.session, name: peer.name, state: peer.state, reason: peer.reason,
      video: tile.video, connection: peer.connection,
    }));
  }

  async stats() {
    return {
      room: this.#parameters.room,
      relay: this.#parameters.relay,
      relayState: this.#client.state,
      session: this.session,
      status: this.status,
      viewers: this.#room.viewers,
      peers: [...this.#shown.values()].map(({ peer }) => ({
        session: peer.session, name: peer.name, state: peer.state, reason: peer.reason,
        ...peer.figures,
      })),
    };
  }

  #connectRoom() {
    const on = (type, handler) =>
      this.#room.addEventListener(type, (event) => handler(event.detail));
    on('joined', ({ session, name }) => this.#onJoined(session, name));
    on('updated', ({ session, name }) => this.#onUpdated(session, name));
    on('renamed', ({ old, session, name }) => this.#onRenamed(old, session, name));
    on('left', ({ session }) => this.#hide(session));
    on('lost', ({ session }) => this.#onLost(session));
    on('signal', ({ from, signal }) => this.#onSignal(from, signal));
    on('announced', () => this.#onAnnounced());
  }

  #wanted(session, name) {
    const { peer } = this.#parameters;
    return !peer || peer === session || peer === name;
  }

  #show(session, name) {
    const known = this.#shown.get(session);
    if (known || !this.#wanted(session, name)) return known;
    if (this.#shown.size >= MAX_TILES) {
      this.#notShown.add(session);
      this.#tell();
      return undefined;
    }
    const peer = new Peer({
      room: this.#room, session, name, iceServers: this.#parameters.iceServers,
    });
    const tile = new Tile(peer);
    this.#shown.set(session, { peer, tile });
    document.getElementById('tiles').append(tile.element);
    peer.addEventListener('change', () => peer.state === 'closed' && this.#hide(peer.session));
    this.#tell();
    return this.#shown.get(session);
  }

  #hide(session) {
    this.#notShown.delete(session);
    const shown = this.#shown.get(session);
    if (!shown) return;
    this.#shown.delete(session);
    shown.peer.close();
    shown.tile.remove();
    this.#tell();
  }

  // Its offer may have come first: then the connection is under way.
  #onJoined(session, name) {
    if (this.#shown.has(session)) this.#onUpdated(session, name);
    else this.#show(session, name)?.peer.start();
  }

  #onUpdated(session, name) {
    const shown = this.#shown.get(session);
    if (!shown) {
      this.#show(session, name)?.peer.start();
      return;
    }
    shown.peer.name = name;
    if (shown.peer.absent) shown.peer.start();
  }

  #onRenamed(old, session, name) {
    const shown = this.#shown.get(old);
    if (!shown) {
      this.#onJoined(session, name);
      return;
    }
    this.#shown.delete(old);
    this.#shown.set(session, shown);
    shown.peer.rename(session, name);
  }

  #onLost(session) {
    this.#notShown.delete(session);
    this.#shown.get(session)?.peer.abandon();
  }

  // An offer may come before the presence of the one who sends it.
  #onSignal(from, signal) {
    const shown = this.#shown.get(from)
      ?? (signal.type === 'offer' ? this.#show(from, from.slice(0, 8)) : undefined);
    shown?.peer.handleSignal(signal);
  }

  #onAnnounced() {
    for (const { peer } of this.#shown.values()) if (!peer.absent) peer.start();
  }

  #onPageHide() {
    this.#room.leave();
    this.#client.stop();
  }

  #onRelay({ state, reason, delay }) {
    const { relay } = this.#parameters;
    const running = [...this.#shown.values()].some(({ peer }) => peer.alive);
    document.getElementById('again').hidden = state !== 'refused';
    this.#trouble = '';
    if (state === 'connecting') {
      if (!this.status) this.#say(`connecting to relay ${relay}`);
    } else if (state === 'waiting') {
      const seconds = Math.max(1, Math.round(delay / 1000));
      this.#say(`cannot reach relay ${relay} (${reason}), trying again in ${seconds} s`
        + (running ? '; running video goes on' : ''), 'problem');
    } else if (state === 'refused') {
      this.#say(reason, 'refused');
    } else {
      this.#say(`looking for broadcasters in room ${this.#parameters.room}`);
    }
  }

  #onRelayError({ code, message, address }) {
    if (code === 301)
      this.#trouble = `the token does not allow room ${this.#parameters.room}: ${message}`;
    else if (code === 429)
      this.#trouble = 'the relay limits our messages per second: connecting may take longer';
    else
      console.debug(`relay error ${code} ${message} ${address ?? ''}`);
  }

  /** The sentence on top while the relay is there; looked at every second. */
  #tell() {
    if (this.#client.state !== 'connected') return;
    if (this.#trouble) {
      this.#say(this.#trouble, 'problem');
      return;
    }
    const { room, peer } = this.#parameters;
    const count = this.#shown.size;
    if (this.#notShown.size > 0)
      this.#say(`${count} broadcasters shown, ${this.#notShown.size} more are not`, 'problem');
    else if (count > 0)
      this.#say(`${count} broadcaster${count > 1 ? 's' : ''} in room ${room}`);
    else
      this.#say(peer ? `no broadcaster ${peer} in room ${room} yet` : `no broadcaster in room ${room} yet`);
  }

  #say(text, kind = '') {
    this.status = text;
    const element = document.getElementById('status');
    element.className = kind;
    // Only real changes: each one is read aloud.
    if (element.textContent !== text) element.textContent = text;
  }

  async #update() {
    await Promise.all([...this.#shown.values()].map(async ({ peer, tile }) => {
      await peer.updateFigures();
      tile.update();
    }));
    this.#tell();
    const { viewers } = this.#room;
    document.getElementById('counts').textContent =
      this.session ? `${viewers + 1} viewer${viewers > 0 ? 's' : ''}` : '';
  }
}

try {
  const parameters = readParameters();
  document.getElementById('room').textContent = parameters.room;
  document.title = `${parameters.room} – CLASP viewer`;
  window.claspViewer = new Viewer(parameters);
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  const status = document.getElementById('status');
  status.textContent = error.message;
  status.className = 'refused';
}
