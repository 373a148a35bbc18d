#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Adds up what the tests said: reads the JSON logs of `meson test`, counts each TAP line, and trusts no exit status alone.

A program that crashed, timed out, ended without its plan, or ran fewer cases than it planned is a failure of its own.
With CI=true a skipped case counts as failed.
"""
import json
import os
import re
import sys

LINE = re.compile(r"^\s*(not )?ok\b(?:\s+\d+)?\s*(?:-\s*)?(.*)$")
PLAN = re.compile(r"^\s*1\.\.(\d+)")


def cases(text):
    """Yields (name, state) of each TAP line; the last entry is (None, planned or None)."""
    planned = None
    for line in text.splitlines():
        match = PLAN.match(line)
        if match:
            planned = int(match.group(1))
            continue
        match = LINE.match(line)
        if not match:
            continue
        name, _, directive = match.group(2).partition("# ")
        skipped = directive.strip().lower().startswith("skip")
        yield name.strip(), "skip" if skipped else "fail" if match.group(1) else "pass"
    yield None, planned


def program(entry, report):
    passed = failed = skipped = 0
    planned = None
    for name, state in cases(entry.get("stdout") or ""):
        if name is None:
            planned = state
        elif state == "pass":
            passed += 1
        elif state == "skip":
            skipped += 1
            report.append(f"skipped: {entry['name']}: {name}")
        else:
            failed += 1
            report.append(f"failed: {entry['name']}: {name}")
    trouble = None
    if planned is None:
        trouble = "ended without its plan"
    elif passed + failed + skipped != planned:
        trouble = f"planned {planned} cases, told of {passed + failed + skipped}"
    elif not failed and entry["result"] not in ("OK", "SKIP"):
        trouble = f"ended with {entry['result']} (status {entry.get('returncode')})"
    # A program that skips all it has says so in its plan alone.
    if not trouble and planned == 0:
        skipped += 1
        report.append(f"skipped: {entry['name']}: all of it")
    if trouble:
        failed += 1
        report.append(f"failed: {entry['name']}: {trouble}")
    if failed:
        for stream in ("stdout", "stderr"):
            for line in (entry.get(stream) or "").splitlines()[-60:]:
                report.append(f"    {line}")
    return passed, failed, skipped


def main(paths):
    totals = [0, 0, 0]
    for path in paths:
        report = []
        sums = [0, 0, 0]
        try:
            with open(path, encoding="utf-8") as log:
                entries = [json.loads(line) for line in log if line.strip()]
        except (OSError, ValueError) as error:
            entries = []
            report.append(f"failed: {path}: {error}")
            sums[1] += 1
        for entry in entries:
            sums = [a + b for a, b in zip(sums, program(entry, report))]
        print(f"{os.path.basename(path)[:-5]}: {len(entries)} programs, {sums[0]} passed, {sums[1]} failed, {sums[2]} skipped")
        for line in report:
            print("  " + line)
        totals = [a + b for a, b in zip(totals, sums)]
    passed, failed, skipped = totals
    if os.environ.get("CI") == "true":
        failed += skipped
    elif skipped:
        print(f"{skipped} skipped")
    if passed + failed == 0:
        print("no test ran")
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
