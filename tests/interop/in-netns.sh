#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 the clasp-gst authors
#
# in-netns.sh COMMAND [ARG...]
# Runs the command in a network of its own (loopback and one LAN address, no
# way out, no name server) and as the head of its own processes: whatever it
# leaves behind ends with it. Exit status 77: not possible on this machine.
set -eu

user=
[ "$(id -u)" = 0 ] || user=--map-root-user
own="unshare $user --net --mount --pid --fork --kill-child --mount-proc"

# A default route makes browsers see the LAN address; it leads nowhere.
setup='
ip link set lo up &&
ip link add lan0 type veth peer name lan1 &&
ip address add 192.0.2.10/24 dev lan0 &&
ip link set lan0 up && ip link set lan1 up &&
ip route add default via 192.0.2.1 dev lan0 &&
ip neighbour add 192.0.2.1 dev lan0 lladdr 02:00:00:00:00:01 &&
mount --bind /dev/null /etc/resolv.conf'

if ! $own sh -c "$setup" >/dev/null 2>&1; then
  echo "in-netns.sh: cannot make a network namespace here (root needed?)" >&2
  exit 77
fi
CLASP_NETNS=1
export CLASP_NETNS
exec $own sh -c "$setup"' && "$@"' in-netns "$@"
