#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/test tests itself: a planted leak, failure, crash or skip makes it fail, and nothing planted does not."""
import os
import re
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# What is planted, whether CI is told, and what comes of it: passed, failed.
CASES = [
    ("nothing", True, 1, 0),
    ("leak", False, 1, 1),
    ("failure", False, 0, 1),
    ("criterion", False, 0, 1),
    ("crash", False, 0, 1),
    ("skip", True, 0, 1),
    ("skip-all", True, 0, 1),
]


def run(planted, ci):
    env = dict(os.environ, CI="true" if ci else "false")
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "MESON_TEST_ITERATION"):
        env.pop(name, None)
    done = subprocess.run([os.path.join(SOURCE, "tools", "test"), "--plant", planted], env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
    match = re.search(r"^(\d+) passed, (\d+) failed$", done.stdout.splitlines()[-1] if done.stdout else "")
    return done.returncode, match and tuple(map(int, match.groups())), done.stdout


def main():
    print(f"1..{len(CASES)}", flush=True)
    bad = 0
    for number, (planted, ci, passed, failed) in enumerate(CASES, 1):
        status, sums, out = run(planted, ci)
        good = (status != 0) == (failed > 0) and sums == (passed, failed)
        bad += not good
        print(f"{'ok' if good else 'not ok'} {number} - {planted} makes {passed} passed, {failed} failed", flush=True)
        if not good:
            for line in (f"status {status}, {sums}", *out.splitlines()):
                print(f"# {line}", flush=True)
    sys.exit(1 if bad else 0)


main()
