// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// What a page really shows and hears of a peer.

const PROBE = { width: 32, height: 24 };
const BLACK_SPREAD = 4;
const probe = new OffscreenCanvas(PROBE.width, PROBE.height)
  .getContext('2d', { willReadFrequently: true });

/** Mean and spread of the brightness of what a video element shows. */
export function look(video) {
  probe.drawImage(video, 0, 0, PROBE.width, PROBE.height);
  const { data } = probe.getImageData(0, 0, PROBE.width, PROBE.height);
  const luma = [];
  for (let i = 0; i < data.length; i += 4)
    luma.push(0.3 * data[i] + 0.6 * data[i + 1] + 0.1 * data[i + 2]);
  const mean = luma.reduce((sum, value) => sum + value, 0) / luma.length;
  const variance = luma.reduce((sum, value) => sum + (value - mean) ** 2, 0) / luma.length;
  return { mean, spread: Math.sqrt(variance), luma };
}

/** Largest change of brightness anywhere between two looks. */
const moved = (a, b) =>
  Math.max(...a.map((value, index) => Math.abs(value - b[index])));

async function inbound(connection) {
  const result = {};
  const stats = await connection.getStats();
  stats.forEach((report) => {
    if (report.type !== 'inbound-rtp') return;
    result[report.kind] = {
      codec: stats.get(report.codecId)?.mimeType,
      packets: report.packetsReceived,
      lost: report.packetsLost,
      decoded: report.framesDecoded,
      keyFrames: report.keyFramesDecoded,
      samples: report.totalSamplesReceived,
      energy: report.totalAudioEnergy,
    };
  });
  stats.forEach((report) => {
    if (report.type !== 'candidate-pair' || !report.nominated) return;
    result.path = [report.localCandidateId, report.remoteCandidateId]
      .map((id) => stats.get(id))
      .map((candidate) => `${candidate?.candidateType} ${candidate?.address}`);
  });
  return result;
}

export async function measurePeer({ connection, video }) {
  if (!connection) return { connection: 'dead' };
  const result = {
    connection: connection.connectionState,
    ice: connection.iceConnectionState,
    ...await inbound(connection),
  };
  if (video) {
    result.width = video.videoWidth;
    result.height = video.videoHeight;
    result.shown = video.getVideoPlaybackQuality().totalVideoFrames;
    if (result.width > 0) {
      const { mean, spread } = look(video);
      Object.assign(result, { mean, spread });
    }
  }
  return result;
}

/** True once the picture has spread and has changed between two looks. */
function shows(peer, want, measured) {
  if (!(measured.shown >= want.frames)) return false;
  if (want.width && measured.width !== want.width) return false;
  if (want.height && measured.height !== want.height) return false;
  const { luma, spread } = look(peer.video);
  peer.firstLook ??= luma;
  return spread > BLACK_SPREAD && moved(peer.firstLook, luma) > BLACK_SPREAD;
}

/** A page plays silence when nothing comes, so energy is what counts. */
const hears = (measured) =>
  measured.audio?.packets > 20 && measured.audio?.energy > 1e-6;

export async function satisfies(peer, want) {
  const measured = await measurePeer(peer);
  if (measured.connection !== 'connected') return false;
  if (want.video && !shows(peer, want, measured)) return false;
  if (want.audio && !hears(measured)) return false;
  return measured;
}
