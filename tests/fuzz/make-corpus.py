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


STEPS = ("frame", "stream", "event", "get", "subscribe", "unsubscribe", "iterate", "reconnect")


def step(name, data=b""):
    return bytes([STEPS.index(name)]) + len(data).to_bytes(2, "big") + data


def error(code, address=b""):
    flags = b"\x01" + len(address).to_bytes(2, "big") + address if address else b"\x00"
    payload = b"\x51" + code.to_bytes(2, "big") + b"\x00\x01x" + flags
    return b"\x53\x01" + len(payload).to_bytes(2, "big") + payload


def client_scripts(frames):
    """One option byte, then steps; see fuzz-client.c."""
    run = step("iterate")
    every = [step("frame", frame) for frame in frames]
    third = len(every) // 3
    for part in (every[:third], every[third:2 * third], every[2 * third:]):
        yield b"\x00" + run.join(part)
        yield b"\x01" + b"".join(part)
    yield b"\x00" + step("get") + run + step("frame", error(301, b"/a")) + run
    yield b"\x00" + step("get") + step("frame", error(404, b"/clasp/p2p/signal/me")) + run
    yield b"\x00" + step("event", b"e" * 9) + step("frame", error(429)) + step("stream", b"s") * 5 + run * 3
    yield b"\x02" + step("stream", b"\x01" * 300) * 6 + step("event") * 3 + run * 4
    yield b"\x02" + b"".join(step("stream", bytes([n]) * 30000) for n in range(8)) + run
    yield b"\x00" + step("event", b"e" * 30000) * 4 + step("get") + step("reconnect") + run
    yield b"\x00" + step("subscribe", b"/a/*") + step("unsubscribe") + step("subscribe", b"a//") + run
    yield b"\x00" + step("reconnect") * 3 + step("frame", b"\x53\x01\x00\x01\x41") * 20 + run


def main():
    vectors = json.loads((HERE / "../vectors/clasp-frames.json").read_text())
    cases = vectors["cases"] + vectors["malformed"]
    for name in ("message", "frame", "address", "client", "router"):
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
    for number, script in enumerate(client_scripts(frames)):
        (HERE / "corpus/client" / f"{number:02}").write_bytes(script)
    for number, (pattern, address) in enumerate(ADDRESSES):
        (HERE / "corpus/address" / f"{number:02}").write_bytes(
            f"{pattern}\n{address}".encode())
    for name, data in router_seeds(frames).items():
        (HERE / "corpus/router" / name).write_bytes(data)


def router_seeds(frames):
    """Steps of fuzz-router: connection and kind in one byte, then arguments."""
    def step(peer, kind, data=None):
        return bytes([peer | kind << 2]) + (
            b"" if data is None else len(data).to_bytes(2, "big") + data)
    raw, hello, leave, time, own, signal, payload = range(7)
    def text(string):
        return len(string).to_bytes(2, "big") + string.encode()
    def subscribe(pattern):
        return b"\x10\0\0\0\1" + text(pattern) + b"\xff\0"
    joined = b"".join(step(peer, hello) for peer in range(3))
    everything = joined + step(1, payload, subscribe("/**"))
    seeds = {
        "full": joined + step(3, hello) + step(0, leave) + step(3, hello),
        "late": step(0, time) * 5 + step(0, hello),
        "presence": everything + step(0, own) + step(0, leave) + step(2, own),
        "signals": everything + step(0, signal) + step(1, leave) + step(0, signal),
        "flood": joined + step(0, payload, b"\x41") * 120,
        "garbage": joined + step(0, raw, b"\x53\1\0\x09\x20") * 20,
        "patterns": joined + b"".join(
            step(0, payload, subscribe(pattern)) for pattern, _ in ADDRESSES),
    }
    for number in range(0, len(frames), 8):
        seeds[f"frames-{number // 8:02}"] = everything + b"".join(
            step(0, raw, frame) + step(2, time) for frame in frames[number:number + 8])
    return seeds


if __name__ == "__main__":
    main()
