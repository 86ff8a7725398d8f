#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 the clasp-gst authors
"""Writes the seeds of the fuzz targets from the golden vectors."""

import json
import pathlib
import re

HERE = pathlib.Path(__file__).parent
MAX_SEED = 512
MESSAGES = re.compile(
    r"^(hello-all|welcome$|announce-full|subscribe-all-options|unsubscribe|get$"
    r"|snapshot-(two|null)|sync-response|ack-all|error-all|query|result-two"
    r"|bundle-(set-emit|timestamp|nested)|publish-(event-map|stream-(samples|bytes)"
    r"|gesture-move|rate)|set-value-(array-nested|map$|map-nested|nan|string-utf8)"
    r"|set-revision-lock|frame-timestamp-set|chunk-key-small|page-p2p-signal-ice$"
    r"|decode-(i8|i16|i32|i64|f32|set-revision-ttl|chunk-integer|map-duplicate"
    r"|legacy-.*)|type-0x(04|24)|nested-arrays-depth-64|bundle-inner.*)")

ADDRESSES = [
    ("/g", "/g"), ("/g/**", "/g"), ("/g/**/z", "/g/a/b/z"), ("/g/*", "/g/"),
    ("/g/pre*", "/g/prefix"), ("/g/a*b*c", "/g/axbxbxc"), ("/**/a/**/b", "/a/x/b"),
    ("/*/*", "//"), ("/{a,b}/[c]?", "/a/c1"), ("/é*", "/été"), ("a/b", "x"),
    ("/a//b", "/a//b"), ("/**/*/**", "/a/b/c"), ("/", "/"),
    ("/**/a" * 8 + "/z", "/a" * 30 + "/b"), ("/" + "*a" * 8 + "*z", "/" + "a" * 40),
]


def main():
    vectors = json.loads((HERE / "../vectors/clasp-frames.json").read_text())
    cases = vectors["cases"] + vectors["malformed"]
    for name in ("message", "frame", "address"):
        (HERE / "corpus" / name).mkdir(parents=True, exist_ok=True)
    frames = []
    for case in cases:
        data = bytes.fromhex(case.get("hex", ""))
        if not MESSAGES.match(case["name"]) or not data or len(data) > MAX_SEED:
            continue
        (HERE / "corpus/message" / case["name"]).write_bytes(data)
        frames.append(data)
    seeds = {"several": b"".join(frames[:6]), "cut": frames[0][:3],
             "stamped": bytes.fromhex("53a1000900000000000000012108"),
             "short": frames[1] + frames[2][:7], "wrong": b'{"type":"PING"}'}
    for name, data in seeds.items():
        (HERE / "corpus/frame" / name).write_bytes(data)
    for number, (pattern, address) in enumerate(ADDRESSES):
        (HERE / "corpus/address" / f"{number:02}").write_bytes(
            f"{pattern}\n{address}".encode())


if __name__ == "__main__":
    main()
