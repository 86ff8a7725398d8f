// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// Where the parts under test are; tests/run.sh sets the variables.

import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const sourceRoot = fileURLToPath(new URL('../../../../', import.meta.url));
export const browserRoot = fileURLToPath(new URL('../', import.meta.url));

const cache = process.env.XDG_CACHE_HOME || join(process.env.HOME || '/root', '.cache');

export const buildRoot = process.env.CLASP_BUILD || join(sourceRoot, 'build');
export const enginePath =
  process.env.CLASP_ENGINE || join(cache, 'clasp-gst/engine/release/clasp-engine');
export const relayPath = join(buildRoot, 'lib/relay/clasp-relay-embedded');
export const chromiumPath =
  process.env.CHROMIUM ||
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** A checkout of the CLASP repository; its own pages are then tested too. */
export const claspPages = process.env.CLASP_PAGES || '';

/** Screenshots and logs of failures. */
export const outputDir =
  process.env.CLASP_TEST_OUTPUT || mkdtempSync(join(tmpdir(), 'clasp-interop-'));
