# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 the clasp-gst authors
#
# Sourced by examples/demo.sh and tests/run.sh: what the project needs on a
# fresh Debian 12, how it is installed and built. Nothing here writes into the
# clone. Needs $root, the top of the clone.

# package or package:command[,command] (enough when one command is there)
CLASP_PACKAGES='
gcc:gcc meson:meson ninja-build:ninja pkg-config:pkg-config
libglib2.0-dev libsoup-3.0-dev glib-networking libjson-glib-dev libmsgpack-dev
libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
libgstreamer-plugins-bad1.0-dev libnice-dev
gobject-introspection libgirepository1.0-dev
gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav
gstreamer1.0-nice gstreamer1.0-x'

CLASP_TEST_PACKAGES='
clang:clang,clang-14 clang-format:clang-format,clang-format-14
libclang-rt-14-dev chromium:chromium nodejs:node npm:npm libssl-dev
iproute2:ip coturn:turnserver openssl:openssl valgrind:valgrind
python3:python3 nftables:nft python3-gi'

CLASP_RUST_MINIMUM=1.78
CLASP_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/clasp-gst

say() {
  printf '%s\n' "$*" >&2
}

# On a Debian machine: is the package there, or one of its commands?
clasp_has() {
  for command in $(printf '%s' "${1#*:}" | tr ',' ' '); do
    [ "$1" != "${1#*:}" ] && command -v "$command" >/dev/null 2>&1 && return 0
  done
  [ "$(dpkg-query -W -f='${db:Status-Status}' "${1%%:*}" 2>/dev/null)" = installed ]
}

clasp_as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs those of the listed packages that are missing.
clasp_install() {
  missing=
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say 'Not a Debian system: install these yourself if the build misses them:'
    say "$(printf '%s ' "$@" | sed 's/:[^ ]*//g')"
    return 0
  fi
  for package in "$@"; do
    clasp_has "$package" || missing="$missing ${package%%:*}"
  done
  [ -n "$missing" ] || return 0
  say "Installing:$missing"
  mkdir -p "$CLASP_CACHE"
  clasp_apt "$CLASP_CACHE/apt.log" $missing || {
    tail -n 20 "$CLASP_CACHE/apt.log" >&2
    say 'Installing failed (see above).'
    return 1
  }
}

# clasp_apt LOG PACKAGE...
clasp_apt() {
  log=$1
  shift
  {
    clasp_as_root apt-get update &&
      clasp_as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
        --no-install-recommends "$@" </dev/null
  } >"$log" 2>&1
}

# Version a is at least version b.
clasp_version_at_least() {
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

# Debian 12's cargo is too old for the published crates; its security archive
# carries a current one under another name.
clasp_install_rust() {
  version=$(cargo --version 2>/dev/null | sed 's/[^0-9]*\([0-9.]*\).*/\1/')
  if [ -n "$version" ] && clasp_version_at_least "$version" $CLASP_RUST_MINIMUM; then
    return 0
  fi
  if apt-cache show cargo-web >/dev/null 2>&1; then
    clasp_install rustc-web cargo-web
  else
    clasp_install rustc cargo
  fi
}

# One build folder for each clone and purpose.
clasp_build_dir() {
  key=$(printf '%s' "$root" | cksum | cut -d ' ' -f 1)
  printf '%s/%s-%s\n' "$CLASP_CACHE" "$1" "$key"
}

# clasp_configure DIR [MESON-OPTION...]
clasp_configure() {
  dir=$1
  shift
  mkdir -p "$CLASP_CACHE"
  if [ -f "$dir/build.ninja" ]; then
    meson configure "$dir" "$@" >"$dir.log" 2>&1
  else
    rm -rf "$dir"
    meson setup "$dir" "$root" "$@" >"$dir.log" 2>&1
  fi || { cat "$dir.log" >&2; return 1; }
}

# clasp_compile DIR: quiet unless it fails
clasp_compile() {
  meson compile -C "$1" >"$1.log" 2>&1 || { tail -n 60 "$1.log" >&2; return 1; }
}

# The environment in which the build's plugin is found, with a registry of its
# own: the user's is not touched.
clasp_use_build() {
  GST_PLUGIN_PATH=$1/plugins/clasp${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}
  GST_REGISTRY=$1/registry.bin
  export GST_PLUGIN_PATH GST_REGISTRY
}
