#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An identity service that is away while the directory is there: what can go on goes on, and the rest waits."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from between import Between  # noqa: E402
from hints import Network, main  # noqa: E402
from identity import *  # noqa: E402

LONG = 7200000000


def start_between(world, *signed_in):
    world.start_directory("--auto-approve", tokens=False)
    between = Between(world)
    connection = start_agent(world, "", "--identity-url", between.url)
    for xuid in signed_in:
        sign_in(world, xuid)
        applied(connection, write(connection, f"before-{xuid}", xuid))
    return connection, between


def test_who_needs_it_waits_and_who_does_not_goes_on(world):
    connection, between = start_between(world, ALICE, BOB)
    between.close()
    revoke(world, "xsts")
    paths = [write(connection, f"alice-{i}", deadline_usec=LONG) for i in range(5)]
    row = wait_state(connection, "offline")
    check("cannot be reached" in row["Reason"], row)
    for path in paths:
        wait_parked(connection, path, "cannot be reached")
    told = ctl(world, "status")
    check(row["Reason"] in told and f"mpsessionctl retry {ALICE}" in told, told)
    check("online" in told, told)
    applied(connection, *[write(connection, f"bob-{i}", BOB) for i in range(5)])
    result = connection.wait_completed(write(connection, "at-once", when_offline="fail"))
    equal((result["outcome"], result["applied"], result["error"], result["retryable"]), ("expired", "no", "offline", True), result)
    check("cannot be reached" in result["message"], result)
    result = connection.wait_completed(write(connection, "soon", deadline_usec=1000000))
    equal((result["outcome"], result["applied"]), ("expired", "no"), result)
    equal(account(connection, BOB)["State"], "ready")
    # It is back: they go out by themselves.
    between.start()
    applied(connection, *paths)
    equal((account(connection)["State"], commits_by(world, "alice")), ("ready", [ALICE] * 5))
    equal(commits_by(world, "at-once") + commits_by(world, "soon"), [])
    world.stop_agent()


def test_a_user_need_not_wait(world):
    connection, between = start_between(world, ALICE)
    between.close()
    revoke(world, "xsts")
    path = write(connection, "game", deadline_usec=LONG)
    wait_state(connection, "offline")
    ctl(world, "retry")
    wait_state(connection, "offline")
    between.start()
    ctl(world, "retry")
    applied(connection, path)
    world.stop_agent()


def test_an_agent_that_starts_meanwhile(world):
    connection, between = start_between(world, ALICE, BOB)
    between.close()
    world.stop_agent()
    connection = start_agent(world, "", "--identity-url", between.url)
    applied(connection, write(connection, "kept"), write(connection, "kept-b", BOB))
    world.agent.kill9()
    revoke(world, "xsts")
    connection = start_agent(world, "", "--identity-url", between.url)
    path = write(connection, "waits", deadline_usec=LONG)
    wait_state(connection, "offline")
    wait_parked(connection, path, "cannot be reached")
    applied(connection, write(connection, "goes-on", BOB))
    between.start()
    applied(connection, path)
    world.stop_agent()


def test_nobody_can_sign_in_then(world):
    connection, between = start_between(world)
    between.close()
    told = ctl(world, "sign-in", status=1)
    check("cannot be reached" in told and "next:" in told, told)
    # Away between the code and the consent: it is asked on, until the code is too old.
    between.start()
    path = connection.call(harness.ROOT, ACCOUNTS, "SignIn", "a{sv}", ({},))[0]
    between.close()
    knobs(world, next=[BOB])
    equal(connection.properties(path, SIGN_IN)["State"], "waiting")
    between.start()
    wait_until(lambda: connection.properties(path, SIGN_IN)["State"] == "done", "it is done all the same", 60)
    applied(connection, write(connection, "game", None))
    equal(commits_by(world, "game"), [BOB])
    world.stop_agent()


def test_a_change_of_the_network_is_a_reason_to_ask(world):
    """Told to come back in an hour, by a network that it has left."""
    network = Network(world)
    network.ip("link", "set", "lo", "up")
    world.start_directory("--auto-approve", tokens=False)
    connection = start_agent(world)
    sign_in(world)
    applied(connection, write(connection, "first"))
    revoke(world, "xsts")
    fail(world, XSTS, 0, status=503, retryAfter="3600")
    path = write(connection, "game", deadline_usec=LONG)
    wait_state(connection, "offline")
    wait_parked(connection, path, "out of order")
    seen = len(world.requests())
    knobs(world, fail=None)
    network.ip("route", "add", "default", "dev", "lo")
    applied(connection, path)
    equal(asked(world, seen), [XSTS])
    world.stop_agent()


if __name__ == "__main__":
    main()
