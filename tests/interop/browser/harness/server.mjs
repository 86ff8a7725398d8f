// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 the clasp-gst authors

// Serves the test pages and the packages they import, on loopback.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { browserRoot } from './config.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.map': 'application/json',
};

/** roots: URL prefix → folder; rewrite: (path, text) → text, for pages. */
export async function servePages(roots, rewrite = (path, text) => text) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname));
    const prefix = Object.keys(roots).find((root) => path.startsWith(root));
    try {
      const body = await readFile(join(roots[prefix], path.slice(prefix.length)));
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type });
      response.end(type.startsWith('text/html') ? rewrite(path, body.toString()) : body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    end: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}

export const serveTestPages = () =>
  servePages({
    '/npm/': join(browserRoot, 'node_modules'),
    '/': join(browserRoot, 'pages'),
  });
