#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tokens that end: renewed once for all who wait, and not at all where a new one does not help."""
import collections
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from identity import *  # noqa: E402
from staging import invite  # noqa: E402

DAY = 86400
LONG = 7200000000  # a deadline that no test meets


def by_handle(world, connection, name="game", **options):
    """A write by handle to a session that is there: its request's path."""
    applied(connection, write(connection, name))
    handle = invite(world, name)
    return handle, lambda: harness.write_by_handle(connection, handle, {"properties": {"custom": {"map": "new"}}}, account=ALICE,
                                                   deadline_usec=LONG, **options)


def sent_by_handle(world, handle):
    return [row["status"] for row in world.requests() if row["method"] == "PUT" and handle in row["path"]]


# ---- Their time is over

def test_signed_in_written_and_a_day_later_renewed_once(world):
    connection = start(world)
    knobs(world, life={"user": DAY // 2})
    check("EmuPlayerOne" in ctl(world, "sign-in"), "nobody is named")
    applied(connection, write(connection, "today"))
    equal(refreshes(world), 0)
    before = len(world.requests())
    advance(world, DAY)
    applied(connection, write(connection, "tomorrow"))
    equal(refreshes(world), 1, asked(world, before))
    equal(collections.Counter(asked(world, before))[GRANT], 1, asked(world, before))
    equal(puts(world, "tomorrow"), [(ALICE, 401), (ALICE, 201)])
    applied(connection, write(connection, "and then"[:3]))
    equal(refreshes(world), 1)
    equal(account(connection)["State"], "ready")
    world.stop_agent()


def test_the_lowest_rung_that_ended_is_all_that_is_fetched(world):
    connection = start(world, ALICE)
    applied(connection, write(connection, "today"))
    before = len(world.requests())
    advance(world, DAY - 10)
    applied(connection, write(connection, "tomorrow"))
    equal((asked(world, before), refreshes(world)), ([XSTS], 0), "the user token is good for four days")
    world.stop_agent()


def test_fifty_writes_wait_for_one_renewal(world):
    move = slept(world)
    world.start_directory("--auto-approve", tokens=False)
    knobs(world, life={"access": 3000, "user": 3000, "xsts": 3000})
    connection = start_agent(world)
    sign_in(world)
    applied(connection, write(connection, "before"))
    for path in (GRANT, USER, XSTS):
        knobs(world, latency={"path": path, "ms": 200})
    before = len(world.requests())
    advance(world, 3600)
    move(connection)
    applied(connection, *[write(connection, f"game-{i % 10}", document={**JOIN, "properties": {"custom": {f"n{i}": i}}})
                          for i in range(50)])
    equal(asked(world, before), [GRANT, USER, XSTS])
    equal({status for _, status in puts(world, "game", before)} - {200, 201}, set(), "all knew that the token had ended")
    shown = counted(world)
    equal(shown["accounts"][ALICE]["peak"], 1, shown["endpoints"])
    equal({path: row["peak"] for path, row in shown["endpoints"].items() if row["peak"] > 1}, {})
    equal(len(commits_by(world, "game")), 50)
    world.stop_agent()


def test_fifty_refused_at_once_are_one_renewal(world):
    connection = start(world, ALICE)
    applied(connection, write(connection, "before"))
    before = len(world.requests())
    revoke(world, "xsts")
    knobs(world, latency={"path": XSTS, "ms": 200})
    applied(connection, *[write(connection, f"game-{i}") for i in range(50)])
    equal(asked(world, before), [XSTS])
    tries = collections.Counter(row["path"] for row in world.requests()[before:] if row["method"] == "PUT")
    equal((len(tries), set(tries.values()) - {1, 2}), (50, set()), "each is repeated once at most")
    equal(counted(world)["accounts"][ALICE]["peak"], 1)
    world.stop_agent()


# ---- The directory does not take them

def test_one_401_of_a_write_by_handle(world):
    connection = start(world, ALICE)
    handle, call = by_handle(world, connection)
    before = len(world.requests())
    world.fault("F8", method="PUT", path=handle)
    applied(connection, call())
    equal(sent_by_handle(world, handle), [401, 200])
    equal((asked(world, before), refreshes(world)), ([XSTS], 0))
    equal(account(connection)["State"], "ready")
    equal(commits_by(world, "game"), [ALICE, ALICE])
    world.stop_agent()


def test_401_without_end_parks_the_account(world):
    connection = start(world, ALICE)
    handle, call = by_handle(world, connection)
    before = len(world.requests())
    world.fault("F8", method="PUT", count=0)
    path = call()
    denied = wait_state(connection, "denied")
    check("does not take its token" in wait_parked(connection, path, "does not take its token"))
    # Whatever else is asked for waits as well, and nobody is asked.
    others = [write(connection, f"other-{i}", deadline_usec=LONG) for i in range(20)]
    late = write(connection, "late", deadline_usec=2000000)
    result = connection.wait_completed(late)
    equal((result["outcome"], result["applied"]), ("expired", "no"), result)
    check("does not take its token" in result["message"], result)
    for other in others:
        wait_parked(connection, other, "does not take its token")
    equal((sent_by_handle(world, handle), asked(world, before), puts(world, "other")), ([401, 401], [XSTS], []))
    status = ctl(world, "status")
    check(denied["Reason"] in status and f"mpsessionctl retry {ALICE}" in status, status)
    check("denied" in ctl(world, "accounts"), "accounts")

    # A user's retry is one more renewal, and each that waits is tried once more at most; no loop.
    ctl(world, "retry", ALICE)
    wait_until(lambda: len(puts(world, "", before)) > 2, "it is tried again")
    wait_state(connection, "denied")
    for other in (path, *others):
        wait_parked(connection, other, "does not take its token")
    equal(asked(world, before), [XSTS, XSTS])
    tries = collections.Counter(row["path"] for row in world.requests()[before:] if row["method"] == "PUT")
    equal([path for path, count in tries.items() if count > (3 if handle in path else 1)], [], tries)
    world.control("DELETE", "faults")
    ctl(world, "retry", "EmuPlayerOne")
    applied(connection, path, *others)
    equal(account(connection)["State"], "ready")
    equal((asked(world, before), refreshes(world)), ([XSTS] * 3, 0))
    world.stop_agent()


def test_a_parked_account_goes_on_by_itself(world):
    move = slept(world)
    connection = start(world, ALICE)
    _, call = by_handle(world, connection)
    world.fault("F8", method="PUT", count=0)
    path = call()
    wait_state(connection, "denied")
    wait_parked(connection, path, "does not take its token")
    world.control("DELETE", "faults")
    before = len(world.requests())
    equal(connection.properties(path)["State"], "waiting")
    move(connection)
    applied(connection, path)
    check(asked(world, before).count(XSTS) <= 1, asked(world, before))
    equal(account(connection)["State"], "ready")
    world.stop_agent()


def test_a_claim_that_is_missing_is_no_reason_to_renew(world):
    connection = start(world, ALICE)
    handle, call = by_handle(world, connection)
    before = len(world.requests())
    knobs(world, claims={"require": True})
    for odd in ({}, {"chunked": True}):
        knobs(world, unauthorized=odd)
        result = connection.wait_completed(call())
        equal((result["outcome"], result["applied"], result["http-status"], result["error"]),
              ("rejected", "no", 401, "unauthorized"), result)
        check("Missing title Id claim." in result.get("server-message", ""), result)
    equal((asked(world, before), sent_by_handle(world, handle)), ([], [401, 401]))
    equal(account(connection)["State"], "ready")
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
