/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "clasp-types.h"
#include "clasp-error.h"
#include "clasp-address.h"
#include "clasp-value.h"
#include "clasp-frame.h"
#include "clasp-message.h"
#include "clasp-message-parts.h"
#include "clasp-io-thread.h"
#include "clasp-clock.h"
#include "clasp-client.h"
