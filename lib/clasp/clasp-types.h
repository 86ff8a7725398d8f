/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-version.h"

G_BEGIN_DECLS

/* Numeric limits of the wire (clasp-protocol: frame and encoding). */
#define CLASP_MAX_PAYLOAD 65535
#define CLASP_MAX_DEPTH 32
#define CLASP_PROTOCOL_VERSION 1
#define CLASP_DEFAULT_PORT 7330
#define CLASP_WEBSOCKET_PROTOCOL "clasp"

/**
 * ClaspMessageType:
 *
 * The first byte of a payload: what the message is.
 *
 * Since: 0.1
 */
typedef enum {
  CLASP_MESSAGE_HELLO = 0x01,
  CLASP_MESSAGE_WELCOME = 0x02,
  CLASP_MESSAGE_ANNOUNCE = 0x03,
  CLASP_MESSAGE_FEDERATION_SYNC = 0x04,
  CLASP_MESSAGE_SUBSCRIBE = 0x10,
  CLASP_MESSAGE_UNSUBSCRIBE = 0x11,
  CLASP_MESSAGE_PUBLISH = 0x20,
  CLASP_MESSAGE_SET = 0x21,
  CLASP_MESSAGE_GET = 0x22,
  CLASP_MESSAGE_SNAPSHOT = 0x23,
  CLASP_MESSAGE_REPLAY = 0x24,
  CLASP_MESSAGE_BUNDLE = 0x30,
  CLASP_MESSAGE_SYNC = 0x40,
  CLASP_MESSAGE_PING = 0x41,
  CLASP_MESSAGE_PONG = 0x42,
  CLASP_MESSAGE_ACK = 0x50,
  CLASP_MESSAGE_ERROR = 0x51,
  CLASP_MESSAGE_QUERY = 0x60,
  CLASP_MESSAGE_RESULT = 0x61,
} ClaspMessageType;

/**
 * ClaspSignalType:
 * @CLASP_SIGNAL_PARAM: state that the relay keeps
 * @CLASP_SIGNAL_EVENT: something that happened once
 * @CLASP_SIGNAL_STREAM: samples of which old ones may be dropped
 * @CLASP_SIGNAL_GESTURE: a gesture with phases
 * @CLASP_SIGNAL_TIMELINE: key frames in time
 *
 * The kind of a signal, as in bits 7..5 of the PUBLISH flags.
 *
 * Since: 0.1
 */
typedef enum {
  CLASP_SIGNAL_PARAM = 0,
  CLASP_SIGNAL_EVENT = 1,
  CLASP_SIGNAL_STREAM = 2,
  CLASP_SIGNAL_GESTURE = 3,
  CLASP_SIGNAL_TIMELINE = 4,
} ClaspSignalType;

/**
 * ClaspSignalMask:
 *
 * Set of signal types, as in the wire's signal mask.
 *
 * Since: 0.1
 */
typedef enum { /*< flags >*/
  CLASP_SIGNAL_MASK_PARAM = 0x01,
  CLASP_SIGNAL_MASK_EVENT = 0x02,
  CLASP_SIGNAL_MASK_STREAM = 0x04,
  CLASP_SIGNAL_MASK_GESTURE = 0x08,
  CLASP_SIGNAL_MASK_TIMELINE = 0x10,
  CLASP_SIGNAL_MASK_ALL = 0xff,
} ClaspSignalMask;

/**
 * ClaspFeatures:
 *
 * Feature bits of HELLO and WELCOME.
 *
 * Since: 0.1
 */
typedef enum { /*< flags >*/
  CLASP_FEATURE_PARAM = 0x80,
  CLASP_FEATURE_EVENT = 0x40,
  CLASP_FEATURE_STREAM = 0x20,
  CLASP_FEATURE_GESTURE = 0x10,
  CLASP_FEATURE_TIMELINE = 0x08,
  CLASP_FEATURE_FEDERATION = 0x04,
} ClaspFeatures;

/**
 * ClaspPhase:
 *
 * Phase of a gesture, bits 2..0 of the PUBLISH flags.
 *
 * Since: 0.1
 */
typedef enum {
  CLASP_PHASE_START = 0,
  CLASP_PHASE_MOVE = 1,
  CLASP_PHASE_END = 2,
  CLASP_PHASE_CANCEL = 3,
} ClaspPhase;

G_END_DECLS
