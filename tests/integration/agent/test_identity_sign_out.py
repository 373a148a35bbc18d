#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Signing out: what is sent before, what is not sent any more, and what is left of it."""
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from identity import *  # noqa: E402
from staging import held, release, stored  # noqa: E402

LONG = 7200000000


def sign_out(world, xuid=ALICE):
    return ctl(world, "sign-out", xuid)


def begin_sign_out(world, connection, xuid=ALICE):
    """It is under way; what waits for its end."""
    told = []
    thread = threading.Thread(target=lambda: told.append(world.run(world.built("cli", "mpsessionctl"), "sign-out", xuid)))
    thread.start()
    wait_until(lambda: account(connection, xuid)["State"] == "signing-out" or told, "it signs out")

    def end():
        thread.join(harness.LIMIT)
        check(told, "the sign-out does not end")
        equal(told[0][0], 0, told)

    return end


def files(world):
    """Everything in the state folder, with what was deleted from its pages."""
    found = {}
    for name in os.listdir(world.state):
        with open(os.path.join(world.state, name), "rb") as file:
            found[name] = file.read()
    return found


def kept(world):
    """What is kept of accounts, by kind and key. Not while an agent runs: it has the database to itself."""
    return stored(world, "SELECT kind, key FROM kept")


def test_nothing_of_it_is_left(world):
    connection = start(world, ALICE)
    applied(connection, write(connection, "first"))
    # So that there are more of them: each rung anew.
    for kind in ("access", "user", "xsts"):
        revoke(world, kind)
    applied(connection, write(connection, "second"))
    equal(refreshes(world), 1)
    identifier = account(connection)["Id"]
    world.stop_agent()
    equal({key.split("/")[1] for kind, key in kept(world) if kind == "token" and key.startswith(identifier)},
          {"refresh", "user", "xsts"})
    check(KEY_FILE in files(world), files(world).keys())
    connection = start_agent(world)
    identifier = identifier.encode()
    check(any(identifier in data for data in files(world).values()), "the test does not see what it looks for")
    told = sign_out(world)
    check("signed out EmuPlayerOne" in told and "gone from this computer" in told, told)
    equal(accounts(connection), {})
    check("nobody is signed in" in ctl(world, "accounts"), "accounts")
    wait_until(lambda: KEY_FILE not in os.listdir(world.state), "the key is gone with the last account")
    wait_until(lambda: not any(identifier in data for data in files(world).values()), "the pages are overwritten")
    # Nobody can be asked for anything any more, neither here nor in the next agent.
    requests = len(world.requests())
    harness.expect_error("NeedsSignIn", write, connection, "third")
    world.stop_agent()
    equal(kept(world), [])
    equal([name for name, data in files(world).items() for token in tokens(world) if token.encode() in data], [])
    connection = start_agent(world)
    equal(accounts(connection), {})
    harness.expect_error("NeedsSignIn", write, connection, "fourth")
    world.stop_agent()
    equal(len(world.requests()), requests, "it was used again")


def test_a_leave_goes_first_and_the_rest_is_cancelled(world):
    connection = start(world, ALICE)
    applied(connection, write(connection, "party"))
    # The head of its lane waits for an answer; the leave waits behind it.
    world.fault("F16", method="PUT", path="party")
    head = write(connection, "party", document={**JOIN, "properties": {"custom": {"map": "new"}}}, deadline_usec=LONG)
    wait_until(lambda: held(world), "the head is held")
    leave = write(connection, "party", document=LEAVE, mode="update-existing", deadline_usec=LONG)
    world.fault("F16", method="PUT", path="other")
    other = write(connection, "other", deadline_usec=LONG)
    wait_until(lambda: len(held(world)) == 2, "the other lane's head is held")
    behind = [write(connection, "other", document={"properties": {"custom": {"map": i}}}, deadline_usec=LONG) for i in range(5)]
    end = begin_sign_out(world, connection)
    for path in behind:
        result = connection.wait_completed(path)
        equal((result["outcome"], result["applied"], result["error"]), ("cancelled", "no", "signed-out"), result)
        check("signed out" in result["message"], result)
    harness.expect_error("NeedsSignIn", write, connection, "party", document=LEAVE)
    equal(release(world), [200, 201])
    applied(connection, head, leave, other)
    end()
    equal((commits_by(world, "party"), commits_by(world, "other")), ([ALICE] * 3, [ALICE]))
    equal(accounts(connection), {})
    world.stop_agent()


def test_it_does_not_wait_for_ever(world):
    connection = start(world, ALICE, BOB)
    applied(connection, write(connection, "party"))
    world.fault("F1", method="PUT", path="party")
    head = write(connection, "party", document={**JOIN, "properties": {"custom": {"map": "new"}}}, deadline_usec=LONG)
    wait_until(lambda: held(world), "the head is held")
    leave = write(connection, "party", document=LEAVE, mode="update-existing", deadline_usec=LONG)
    sign_out(world)
    result = connection.wait_completed(leave)
    equal((result["outcome"], result["error"]), ("cancelled", "signed-out"), result)
    result = connection.wait_completed(head)
    equal((result["outcome"], result["applied"], result["error"]), ("unknown", "unknown", "signed-out"), result)
    # The other one has what it had.
    equal(list(accounts(connection)), [BOB])
    check(KEY_FILE in os.listdir(world.state), "the key of the other one is gone")
    before = len(world.requests())
    applied(connection, write(connection, "of-bob", BOB))
    equal(asked(world, before), [])
    sign_out(world, BOB)
    wait_until(lambda: KEY_FILE not in os.listdir(world.state), "the key is gone with the last account")
    world.stop_agent()


def test_in_the_middle_of_an_exchange(world):
    """The grant is under way: what it brings belongs to nobody, and is neither used nor kept."""
    connection = start(world, ALICE)
    applied(connection, write(connection, "first"))
    world.agent.kill9()
    for kind in ("user", "xsts"):
        revoke(world, kind)
    connection = start_agent(world)
    knobs(world, latency={"path": GRANT, "ms": 6000})
    before = len(world.requests())
    path = write(connection, "game", deadline_usec=LONG)
    wait_until(lambda: GRANT in asked(world, before), "the grant is under way")
    sign_out(world)
    result = connection.wait_completed(path)
    equal((result["outcome"], result["error"]), ("cancelled", "signed-out"), result)
    knobs(world, latency=None)
    sign_in(world, BOB)
    applied(connection, write(connection, "of-bob", BOB))
    seen = asked(world, before)
    equal(seen.count(GRANT), 1 + seen.count(CODE), seen)
    world.stop_agent()
    equal([name for name, data in files(world).items() for token in tokens(world) if token.encode() in data], [])
    rows = kept(world)
    connection = start_agent(world)
    equal(list(accounts(connection)), [BOB])
    equal({key.split("/")[0] for kind, key in rows if kind == "token"}, {account(connection, BOB)["Id"]})
    world.stop_agent()


def test_which_one_and_who_is_not_there(world):
    connection = start(world, ALICE, BOB)
    check("several accounts" in ctl(world, "sign-out", status=1), "which one?")
    ctl(world, "sign-out", CAROL, status=1)
    sign_out(world, "EmuPlayerOne")
    equal(list(accounts(connection)), [BOB])
    ctl(world, "sign-out")
    equal(accounts(connection), {})
    # And in again: it is another account of the same person.
    sign_in(world, BOB)
    applied(connection, write(connection, "again", None))
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
