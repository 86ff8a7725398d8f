// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// How the three CLASP video pages behave in a room. One table, so that what
// differs can be read at a glance; room.js plays every line of it.

const videoRoom = (room) => ({
  presence: `/video/room/${room}/presence`,
  signal: `/video/room/${room}/signal`,
});

const chatRoom = (room) => ({
  presence: `/chat/room/${room}/video/presence`,
  signal: `/chat/room/${room}/video/signal`,
});

export const conventions = {
  /* The example page: announces itself once, never prunes, and a candidate
   * that comes before the offer leaves that peer dead for good. */
  example: {
    prefixes: videoRoom,
    clientName: 'video-p2p-example',
    describe: (self) => ({ name: self.name, joinedAt: self.joinedAt }),
    heartbeatMs: 0,
    staleMs: 0,
    earlyCandidateKills: true,
    /* takes event.streams[0] as it is: no msid, no picture */
    needsStream: true,
    leftOnFailure: true,
    spectates: false,
  },
  /* The call page of the site. */
  site: {
    prefixes: videoRoom,
    clientName: 'clasp-site',
    describe: (self) => ({
      name: self.name,
      joinedAt: Date.now(),
      lastSeen: Date.now(),
      audioEnabled: true,
      videoEnabled: true,
    }),
    heartbeatMs: 10000,
    staleMs: 25000,
    earlyCandidateKills: false,
    needsStream: true,
    leftOnFailure: false,
    spectates: false,
  },
  /* The video channel of the chat; viewers may join without a camera. */
  chat: {
    prefixes: chatRoom,
    clientName: 'clasp-chat',
    describe: (self) => ({
      name: self.name,
      avatarColor: '#457b9d',
      audioEnabled: self.stream !== null,
      videoEnabled: self.stream !== null,
      joinedAt: Date.now(),
      lastSeen: Date.now(),
    }),
    heartbeatMs: 10000,
    staleMs: 25000,
    earlyCandidateKills: false,
    needsStream: false,
    leftOnFailure: false,
    spectates: true,
  },
};

export const conventionNames = Object.keys(conventions);

export const prefixes = (convention, room) => conventions[convention].prefixes(room);
