# SPDX-License-Identifier: MIT
"""--state: what survives a restart and a kill."""
import os
import signal
import subprocess
import sys
import tempfile

from support import (ALICE, BOB, PATIENCE, Directory, binary, case, equal, me, run, true)

FOLDER = tempfile.TemporaryDirectory()
STATE = os.path.join(FOLDER.name, "state.json")


def restart(d, how):
    """The same directory on the same port after an end of this kind."""
    port = d.port
    equal(d.stop(how), 0 if how == signal.SIGTERM else -how)
    other = Directory(binary(), "--state", STATE, "--listen", f"127.0.0.1:{port}")
    d.process = other.process


@case
def kept(d):
    """sessions, handles, users, clock and commit log are there after SIGTERM and after SIGKILL"""
    d.control("POST", "users", {"xuid": BOB, "gamertag": "Bob"})
    d.advance(1000)
    d.create()
    handle = d.activity()
    before = d.get()
    for how in (signal.SIGTERM, signal.SIGKILL):
        restart(d, how)
        after = d.get()
        equal((after.etag, after.json), (before.etag, before.json))
        equal(d.call("GET", f"/handles/{handle}").status, 200)
        before = d.put_handle(handle, {"properties": {"custom": {"n": int(how)}}, **(me(ALICE))}, ALICE, match="*")
        equal(before.status, 200)
    equal(d.put_handle(handle, me(BOB), BOB, match="*").json["members"]["1"]["gamertag"], "Bob")
    commits = d.journal("commits")
    equal([c["sequence"] for c in commits], [1, 2, 3, 4])
    equal([c["changeNumber"] for c in commits], [1, 2, 3, 4])
    true(commits[-1]["time"] > before.headers["Date"][-4:])
    d.put({"members": {"me": None}}, BOB, match="*")
    d.put({"members": {"me": None}}, match="*")
    restart(d, signal.SIGKILL)
    equal(d.get().status, 204)
    equal(len(d.journal("commits")), 6)


@case
def numbers(d):
    """the numbers of requests go on after a restart: a commit's stays its own"""
    d.control("POST", "reset")
    d.create()
    d.put({"properties": {"custom": {"n": 1}}}, match="*")
    restart(d, signal.SIGKILL)
    equal(d.journal("requests"), [])
    d.put({"properties": {"custom": {"n": 2}}}, match="*")
    equal([c["request"] for c in d.journal("commits")], [1, 2, 3])
    equal([r["sequence"] for r in d.journal("requests")], [3])
    equal(d.journal("requests?after=3"), [])


@case
def reset(d):
    """a reset is kept as well"""
    d.control("POST", "reset")
    d.create()
    d.control("POST", "reset")
    restart(d, signal.SIGTERM)
    equal((d.get().status, d.journal("commits")), (204, []))
    d.create()
    restart(d, signal.SIGTERM)
    equal(len(d.journal("commits")), 1)


@case
def log_ahead(d):
    """a line of the commit log that the state does not know is dropped: that commit never was"""
    d.control("POST", "reset")
    d.create()
    port = d.port
    equal(d.stop(), 0)
    with open(STATE + ".commits", "a") as file:
        file.write('{"sequence":2,"cut')
    d.process = Directory(binary(), "--state", STATE, "--listen", f"127.0.0.1:{port}").process
    equal(d.put({"properties": {"custom": {"n": 1}}}, match="*").status, 200)
    equal([c["sequence"] for c in d.journal("commits")], [1, 2])
    restart(d, signal.SIGKILL)
    equal([c["changeNumber"] for c in d.journal("commits")], [1, 2])


@case
def unreadable(d):
    """a state file that is not one is refused and left as it is"""
    name = os.path.join(FOLDER.name, "bad.json")
    parts = ", ".join(f'"{part}": {{}}' for part in ("sessions", "handles", "activities", "correlations", "users"))
    for text in ("{", "[]", '{"version": 99}', '{"version": 1, "sessions": 3}',
                 '{"version": 1, %s, "identity": {"tokens": []}}' % parts):
        with open(name, "w") as file:
            file.write(text)
        done = subprocess.run([binary(), "--state", name], capture_output=True, timeout=PATIENCE)
        equal(done.returncode, 1, text)
        true(b"bad.json" in done.stderr)
        with open(name) as file:
            equal(file.read(), text)


run(Directory(binary(), "--state", STATE), reset=False)
