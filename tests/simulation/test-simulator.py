#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The simulator: no violation from fixed and from fresh seeds, every deliberate fault noticed by its own promise's check, and
the program as its help says.

    test-simulator.py PROGRAM fixed|fresh|breaks|program [RUNS]
"""
import os
import re
import secrets
import subprocess
import sys
import traceback

LAST_LINE = re.compile(r"^runs (\d+), crashes (\d+), faults (\d+), violations (\d+)$")
VIOLATION = re.compile(r"^violation of promise (\d)\b.*$", flags=re.M)
PROGRAM = sys.argv[1]
RUNS = sys.argv[3] if len(sys.argv) > 3 else "1000"
# Each showed a violation once: the runs that fresh seeds had found.
FOUND = ("793405722892473642", "2018888682414708121", "2591139749846844752", "2913351243270155816", "3233619421734463785",
         "4730223941999406789", "5182164967147103044", "5758088666360154388", "6221333740661747355", "8557394679792740331",
         "9860565032608818819", "10044018767566174601", "13401091513617515564", "13636577876629745880", "16246092591611959605",
         "16252072716188119397", "16364554715566751236", "16669834750961839908", "17652427114459980979")


def simulate(*options):
    done = subprocess.run([PROGRAM, *options], capture_output=True, text=True, timeout=900, check=False)
    return done.returncode, done.stdout, done.stderr


def sums(out):
    match = LAST_LINE.match(out.splitlines()[-1] if out else "")
    if not match:
        raise AssertionError(f"the last line does not say what there was: {out[-300:]}")
    return [int(number) for number in match.groups()]


def no_violation(seed, count=RUNS):
    status, out, errors = simulate("--seed", seed, "--runs", count)
    runs, crashes, faults, violations = sums(out)
    if status != 0 or violations or errors:
        raise AssertionError(f"seed {seed}, status {status}: {out[-6000:]}{errors[-3000:]}")
    if runs != int(count) or (runs > 1 and not crashes) or not faults:
        raise AssertionError(f"seed {seed}: too little happened: {out[-300:]}")


def fixed():
    seeds = [(seed, RUNS) for seed in ("1", "20260303")] + [(seed, "1") for seed in FOUND]
    return [(f"seed {seed}, {runs} runs: no violation", lambda s=seed, n=runs: no_violation(s, n)) for seed, runs in seeds]


def fresh():
    seed = os.environ.get("SIMULATOR_SEED") or str(secrets.randbits(63))
    return [(f"fresh seed {seed}: {RUNS} runs, no violation", lambda: no_violation(seed))]


def one_violation(what, status, out):
    found = VIOLATION.findall(out)
    if status != 1 or sums(out)[3] != 1 or len(found) != 1 or "NOT THE SAME" in out:
        raise AssertionError(f"{what}: status {status}, promises {found}: {out[-4000:]}")
    return VIOLATION.search(out).group(0), found[0]


def noticed(name):
    status, out, _ = simulate("--break", name, "--runs", RUNS)
    text, promise = one_violation(name, status, out)
    broken = re.search(rf"^the fault {name} breaks promise (\d)$", out, flags=re.M)
    if not broken or broken.group(1) != promise:
        raise AssertionError(f"{name} is noticed by another promise's check: {text}")
    seed = re.search(r"--seed (\d+) --runs 1 --break", out).group(1)
    status, out, _ = simulate("--seed", seed, "--runs", "1", "--break", name)
    again, _ = one_violation(name, status, out)
    if again != text:
        raise AssertionError(f"seed {seed}: {text}; played again: {again}")
    status, out, _ = simulate("--seed", seed, "--runs", "1")
    if status != 0:
        raise AssertionError(f"seed {seed} fails without the fault {name} too: {out[-2000:]}")


def breaks():
    status, out, _ = simulate("--list-breaks")
    names = out.split()
    if status != 0 or len(names) < 8:
        raise AssertionError(f"--list-breaks: {status}, {out}")
    return [(f"{name} is noticed within {RUNS} runs, and its seed replays", lambda name=name: noticed(name)) for name in names]


def every_promise_has_a_fault():
    promises = set()
    for name in simulate("--list-breaks")[1].split():
        out = simulate("--break", name, "--runs", "1")[1]
        promises.add(re.search(rf"^the fault {name} breaks promise (\d)$", out, flags=re.M).group(1))
    if promises != set("12345678"):
        raise AssertionError(f"only of {sorted(promises)}")


def same_seed_same_runs():
    first, second = (simulate("--seed", "7", "--runs", "200", "--all") for _ in range(2))
    if first != second:
        raise AssertionError("two runs of one seed differ")
    if simulate("--seed", "8", "--runs", "200", "--all") == first:
        raise AssertionError("two seeds make the same runs")


def enough_of_everything():
    out = simulate("--seed", "3", "--runs", "500", "--all")[1]
    match = re.search(r"^500 runs, ([\d.]+) requests", out, flags=re.M)
    if not match or float(match.group(1)) < 20:
        raise AssertionError(f"too few requests: {out[:200]}")


def traced():
    out = simulate("--seed", "8", "--runs", "1", "--trace", "--all")[1]
    if not re.search(r"^ +\d+\.\d{6}  the agent starts: life 1, clean$", out, flags=re.M):
        raise AssertionError(out[:500])


def wrong_calls():
    for options in (["--runs", "0"], ["--runs", "x"], ["--seed", "-1"], ["--break", "nothing"], ["word"], ["--unknown"]):
        status, out, errors = simulate(*options)
        if status != 2 or out or "mpsession-simulator" not in errors:
            raise AssertionError(f"{options}: {status}, {out}{errors}")
    status, out, _ = simulate("--help")
    if status != 0 or "--list-breaks" not in out:
        raise AssertionError(f"--help: {status}, {out}")


def program():
    return [(test.__name__.replace("_", " "), test)
            for test in (every_promise_has_a_fault, same_seed_same_runs, enough_of_everything, traced, wrong_calls)]


def main():
    tests = {"fixed": fixed, "fresh": fresh, "breaks": breaks, "program": program}[sys.argv[2]]()
    print(f"1..{len(tests)}", flush=True)
    bad = 0
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {name}", flush=True)
        except Exception:  # pylint: disable=broad-except
            bad += 1
            print(f"not ok {number} - {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    sys.exit(1 if bad else 0)


main()
