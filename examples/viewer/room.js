// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// Presence and signalling in one room: who is there, under which session, and
// the SDP and ICE messages addressed to us. No WebRTC and no page in here.

const HEARTBEAT_MS = 10000;
const STALE_MS = 35000;
const PRESENCE_TTL_S = 60;
const CONFIRM_WITHIN_MS = 15000;
const MAX_PEERS = 256;
const MAX_NAME = 64;
const SESSION = /^[\w-]{1,64}$/;

const PREFIXES = {
  'video-room': (room) => `/video/room/${room}`,
  chat: (room) => `/chat/room/${room}/video`,
};
export const PROFILES = Object.keys(PREFIXES);

const isMap = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) &&
  !(value instanceof Uint8Array);

/** What a stranger calls itself, made fit to be shown. */
function cleanName(name, session) {
  if (typeof name !== 'string') return session.slice(0, 8);
  const clean = name.replace(/[\p{Cc}\p{Cf}]/gu, '').trim().slice(0, MAX_NAME);
  return clean || session.slice(0, 8);
}

/**
 * One room. Events (detail):
 *   joined    {session, name}: a broadcaster; viewers are not reported
 *   updated   {session, name}
 *   renamed   {old, session, name}: the same instance under a new session id
 *   left      {session}: it said so
 *   lost      {session}: its heartbeat stopped, or it was not seen again after
 *             the relay came back; its media may be alive
 *   signal    {from, signal}: offer, answer or ice-candidate
 *   announced {}: our presence is out for the first time in this session
 */
export class Room extends EventTarget {
  session = null;
  instance = crypto.getRandomValues(new Uint32Array(4)).join('-');
  viewers = 0;

  #client;
  #name;
  #prefix;
  #presencePrefix;
  #joinedAt = 0;
  #oldSession = null;
  #members = new Map();
  #heartbeat = 0;
  #confirmTimer = 0;

  constructor({ client, room, name, profile }) {
    super();
    this.#client = client;
    this.#name = name;
    this.#prefix = PREFIXES[profile](room);
    this.#presencePrefix = `${this.#prefix}/presence/`;
    client.addEventListener('session', (event) => this.#onSession(event.detail.session));
    client.addEventListener('state', (event) => this.#onState(event.detail.state));
    client.addEventListener('param', (event) => this.#onParam(event.detail));
    client.addEventListener('event', (event) => this.#onEvent(event.detail));
  }

  send(peer, signal) {
    if (!this.session) return;
    this.#client.emit(`${this.#prefix}/signal/${peer}`, { from: this.session, ...signal });
  }

  /** Says again that we are here: pages reconsider a peer at every presence. */
  announce() {
    if (!this.session) return;
    this.#client.set(this.#presencePrefix + this.session, {
      name: this.#name,
      joinedAt: this.#joinedAt,
      lastSeen: Date.now(),
      role: 'viewer',
      instance: this.instance,
    }, PRESENCE_TTL_S);
  }

  leave() {
    if (this.session) this.#client.set(this.#presencePrefix + this.session, null);
    clearInterval(this.#heartbeat);
    clearTimeout(this.#confirmTimer);
    this.session = null;
  }

  #fire(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

  // Signals are not stored: be able to hear before telling that we are here.
  #onSession(session) {
    this.session = session;
    this.#joinedAt ||= Date.now();
    this.#client.subscribe(`${this.#presencePrefix}*`);
    this.#client.subscribe(`${this.#prefix}/signal/${session}`);
    this.announce();
    // After the new presence, so that peers see a rename and not a departure.
    if (this.#oldSession) this.#client.set(this.#presencePrefix + this.#oldSession, null);
    this.#oldSession = session;
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#confirmTimer = setTimeout(() => this.#dropUnconfirmed(), CONFIRM_WITHIN_MS);
    this.#fire('announced', {});
  }

  #onState(state) {
    if (state === 'connected') return;
    this.session = null;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#confirmTimer);
    for (const member of this.#members.values()) member.confirmed = false;
  }

  #beat() {
    this.announce();
    const now = performance.now();
    for (const member of [...this.#members.values()])
      if (member.beats && now - member.seenAt > STALE_MS) this.#remove(member, 'lost');
  }

  #dropUnconfirmed() {
    for (const member of [...this.#members.values()])
      if (!member.confirmed) this.#remove(member, 'lost');
  }

  #remove(member, how) {
    this.#members.delete(member.session);
    this.#countViewers();
    if (!member.viewer) this.#fire(how, { session: member.session });
  }

  #countViewers() {
    this.viewers = 0;
    for (const member of this.#members.values()) if (member.viewer) this.viewers++;
  }

  #onParam({ address, value, age }) {
    if (!address.startsWith(this.#presencePrefix)) return;
    const session = address.slice(this.#presencePrefix.length);
    if (!SESSION.test(session) || session === this.session) return;
    if (value === null) {
      const member = this.#members.get(session);
      if (member) this.#remove(member, 'left');
      return;
    }
    // A presence of our own instance is what an earlier session left behind.
    if (!isMap(value) || value.instance === this.instance) return;
    this.#onPresence(session, value, age);
  }

  #onPresence(session, presence, age) {
    const beats = typeof presence.lastSeen === 'number';
    if (beats && age > STALE_MS) return;
    const instance = typeof presence.instance === 'string' ? presence.instance : null;
    const fresh = {
      session, instance, beats,
      name: cleanName(presence.name, session),
      viewer: presence.role === 'viewer',
      seenAt: performance.now() - age,
      stamp: beats ? presence.lastSeen : 0,
      confirmed: true,
    };
    const known = this.#members.get(session);
    const twin = known ? null : this.#findInstance(instance);
    if (twin) this.#rename(twin, fresh);
    else if (known) this.#update(known, fresh);
    else this.#add(fresh);
  }

  #findInstance(instance) {
    if (!instance) return null;
    for (const member of this.#members.values())
      if (member.instance === instance) return member;
    return null;
  }

  #add(fresh) {
    if (this.#members.size >= MAX_PEERS) return;
    this.#members.set(fresh.session, fresh);
    this.#countViewers();
    if (!fresh.viewer) this.#fire('joined', { session: fresh.session, name: fresh.name });
  }

  #update(known, fresh) {
    const wasViewer = known.viewer;
    Object.assign(known, fresh);
    this.#countViewers();
    const detail = { session: fresh.session, name: fresh.name };
    if (wasViewer === fresh.viewer) {
      if (!fresh.viewer) this.#fire('updated', detail);
    } else {
      this.#fire(fresh.viewer ? 'left' : 'joined', detail);
    }
  }

  // One instance under two sessions: the relay may still keep the older one.
  #rename(twin, fresh) {
    if (fresh.stamp < twin.stamp) return;
    const old = twin.session;
    this.#members.delete(old);
    Object.assign(twin, fresh);
    this.#members.set(fresh.session, twin);
    if (!fresh.viewer) this.#fire('renamed', { old, session: fresh.session, name: fresh.name });
  }

  #onEvent({ address, value }) {
    if (!this.session || address !== `${this.#prefix}/signal/${this.session}`) return;
    if (!isMap(value) || typeof value.from !== 'string') return;
    if (!SESSION.test(value.from) || value.from === this.session) return;
    this.#fire('signal', { from: value.from, signal: value });
  }
}
