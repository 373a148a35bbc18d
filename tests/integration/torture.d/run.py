#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The torture of mpsession: real agent, bus, directory and three games, killed at random, and then asked what happened.

    run.py [SECONDS] [--seed N] [--bus dbus-daemon|dbus-broker] [--limits default|raised] [--keep] [--tap]

MPS_BUILD_ROOT says where the programs were built. See tests/integration/torture.
"""
import argparse
import os
import random
import shutil
import signal
import sys
from collections import Counter

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import faults
import harness
import story
from conductor import Conductor
from parts import ACCOUNTS, GAMES

def table(conductor, findings):
    counts = findings.counts
    hit = Counter(line["fault"] for line in conductor.request_lines if line["fault"])
    rows = [("accepted", counts["accepted"])]
    rows += sorted((key, value) for key, value in counts.items() if key.startswith("outcome"))
    rows += [("resolved", counts["resolved"])]
    rows += sorted((key, value) for key, value in counts.items()
                   if key not in ("accepted", "resolved") and not key.startswith("outcome"))
    rows += [("commits", len(conductor.evidence.commits)), ("requests to the directory", len(conductor.evidence.requests))]
    rows += [(f"fault {name} hit", hit[name]) for name in faults.FAULTS]
    rows += [(f"kills of the {part}", conductor.kills[part]) for part in ("agent", "directory", "bus", "games")]
    rows += [("kills in mid-attempt", conductor.kills["in mid-attempt"])]
    rows += [(key if " " in key else f"restarts of the {key}", value) for key, value in sorted(conductor.starts.items())]
    width = max(len(key) for key, _ in rows)
    return [f"  {key:<{width}}  {value:>6}" for key, value in rows]


def verdict(findings):
    wrong = ", ".join(f"{kind} {len(findings.found[kind])}" for kind in findings.KINDS)
    return f"accepted {findings.counts['accepted']}, {wrong}"


def proof_of_work(conductor, findings):
    """A run in which nothing happened proves nothing."""
    missing = []
    if findings.counts["accepted"] < conductor.seconds:
        missing.append(f"only {findings.counts['accepted']} were accepted in {conductor.seconds} s")
    if findings.counts["outcome applied"] * 4 < findings.counts["accepted"]:
        missing.append(f"only {findings.counts['outcome applied']} were applied")
    if conductor.seconds >= 10:
        missing += [f"no kill of the {part}" for part in ("agent", "directory", "bus", "games") if not conductor.kills[part]]
    return missing


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tests/integration/torture")
    parser.add_argument("seconds", nargs="?", type=float, default=60)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--bus", choices=["dbus-daemon", "dbus-broker"], default=os.environ.get("MPS_TEST_BUS", "dbus-daemon"))
    parser.add_argument("--limits", choices=["default", "raised"], help="of the agent; else the seed decides")
    parser.add_argument("--keep", action="store_true", help="keep the folder with all logs")
    parser.add_argument("--tap", action="store_true", help="speak TAP")
    options = parser.parse_args(arguments)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1_000_000)
    return options


def main():
    options = parse(sys.argv[1:])
    mark = "# " if options.tap else ""

    def say(text):
        print(mark + text, flush=True)

    say(f"seed {options.seed}: {options.seconds:g} s, {options.bus}")
    # So that what was started is ended.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    conductor = Conductor(options, say)
    say(f"limits of the agent: {conductor.limits}; {len(ACCOUNTS)} accounts, {GAMES} games, "
        f"{len(conductor.parts.places)} sessions")
    try:
        findings = conductor.run()
    except harness.Failure as failure:
        say(f"it could not be brought to its end: {failure}")
        say(f"all logs are in {conductor.world.folder}")
        return 1
    missing = proof_of_work(conductor, findings)
    wrong = findings.all()
    for line in table(conductor, findings):
        say(line)
    folder = conductor.world.folder
    if wrong or missing:
        for line in [*missing, *story.explain(conductor.evidence, conductor.parts.tape.events, findings, 10)]:
            say(line)
        with open(os.path.join(folder, "violations.txt"), "w", encoding="utf-8") as file:
            lines = story.explain(conductor.evidence, conductor.parts.tape.events, findings, 1000)
            file.write("\n".join([f"seed {options.seed}", *missing, *lines]) + "\n")
    if wrong or missing or options.keep:
        conductor.keep_evidence()
        say(f"all logs are in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    if options.tap:
        for number, kind in enumerate(findings.KINDS, 1):
            print(f"{'not ' if findings.found[kind] else ''}ok {number} - {kind} 0")
        print(f"{'not ' if missing else ''}ok {len(findings.KINDS) + 1} - there was work, and there were kills")
        print(f"1..{len(findings.KINDS) + 1}", flush=True)
    say(verdict(findings))
    return 1 if wrong or missing else 0


if __name__ == "__main__":
    sys.exit(main())
