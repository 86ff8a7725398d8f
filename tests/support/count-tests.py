#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 the clasp-gst authors
"""Counts test cases in a log: count-tests.py meson|tap FILE

Prints 'PASSED FAILED SKIPPED'. A test program whose cases can be read (TAP of
GTest, the closing line of Check) counts them; any other counts as one case. A
program that failed although none of its cases did counts as one failure more.
"""

import json
import re
import sys

TAP_CASE = re.compile(r"^(not )?ok \d+[^#]*(# *(SKIP|TODO))?", re.M | re.I)
CHECK_TOTAL = re.compile(r"Checks: (\d+), Failures: (\d+), Errors: (\d+)")
NODE_TOTAL = re.compile(r"^# (pass|fail|cancelled|skipped|todo) (\d+)$", re.M)


def program_cases(text):
    """Cases of one test program as [passed, failed, skipped], all 0 if none."""
    counts = [0, 0, 0]
    for bad, directive, word in TAP_CASE.findall(text):
        counts[2 if directive else 1 if bad else 0] += 1
    for checks, failures, errors in CHECK_TOTAL.findall(text):
        wrong = int(failures) + int(errors)
        counts[0] += int(checks) - wrong
        counts[1] += wrong
    return counts


def meson_cases(lines):
    total = [0, 0, 0]
    for line in lines:
        test = json.loads(line)
        counts = program_cases(test.get("stdout") or "")
        good = test["result"] in ("OK", "EXPECTEDFAIL")
        if test["result"] == "SKIP":
            counts = [0, 0, max(1, sum(counts))]
        elif not good and counts[1] == 0:
            counts[1] = 1
        elif good and sum(counts) == 0:
            counts[0] = 1
        total = [a + b for a, b in zip(total, counts)]
    return total


def tap_cases(text):
    found = {word: int(number) for word, number in NODE_TOTAL.findall(text)}
    if "pass" not in found:
        return [0, 1, 0]
    wrong = found.get("fail", 0) + found.get("cancelled", 0)
    return [found["pass"], wrong, found.get("skipped", 0) + found.get("todo", 0)]


def main():
    kind, path = sys.argv[1:]
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            counts = meson_cases(log) if kind == "meson" else tap_cases(log.read())
    except FileNotFoundError:
        counts = [0, 1, 0]
    print(*counts)


if __name__ == "__main__":
    main()
