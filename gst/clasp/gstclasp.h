/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 the clasp-gst authors */
#pragma once

#include "gstclasp-prelude.h"
#include "gstclasppeerconnection.h"
#include "gstclaspsdp.h"
#include "gstclaspsignaller.h"
