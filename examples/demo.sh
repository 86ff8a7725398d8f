#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 the clasp-gst authors
#
# Puts a live picture into a CLASP room and tells where to watch it. Installs
# and builds what is missing first (Debian 12 or newer).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tests/setup.sh"

usage() {
  cat <<'TEXT'
Usage: sh examples/demo.sh [OPTION...]
  --source camera|test|FILE  what to show: a camera (default where there is
                             one), a moving test picture with a clock and
                             sound, or a media file
  --seconds N                end by itself after N seconds
  --snapshot FILE.png        save a frame that came through a real viewer
TEXT
}

check_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) usage; exit 0 ;;
      --source | --seconds | --snapshot)
        [ $# -gt 1 ] || { say "demo.sh: $1 needs a value"; exit 2; }
        shift ;;
      --source=* | --seconds=* | --snapshot=*) ;;
      *) say "demo.sh: unknown option $1"; usage >&2; exit 2 ;;
    esac
    shift
  done
}
check_options "$@"

clasp_install $CLASP_PACKAGES
build=$(clasp_build_dir demo)
say "Building in $build"
clasp_configure "$build" -Dtests=disabled -Dfuzz=disabled -Dbench=disabled \
  -Dintrospection=disabled
clasp_compile "$build"
clasp_use_build "$build"
exec "$build/examples/clasp-demo" "$@"
