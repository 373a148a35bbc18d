#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An agent that ends, cleanly or not, and the next one: who was signed in is signed in."""
import os
import random
import signal
import stat
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from identity import *  # noqa: E402
from staging import held, release, stored  # noqa: E402

LONG = 7200000000


def end_rungs(world, xuid=ALICE):
    """All but the refresh token: the next write needs a grant."""
    for kind in ("access", "user", "xsts"):
        revoke(world, kind, xuid)


def again(world, text=""):
    return start_agent(world, text)


def key_is_private(world):
    status = os.lstat(os.path.join(world.state, KEY_FILE))
    equal((stat.S_IMODE(status.st_mode), stat.S_ISREG(status.st_mode)), (0o600, True))
    equal(stat.S_IMODE(os.stat(world.state).st_mode), 0o700)


# ---- With what was kept

def test_kept_tokens_need_nobody(world):
    connection = start(world, ALICE, BOB)
    applied(connection, write(connection, "first"), write(connection, "first-b", BOB))
    before = len(world.requests())
    for number, end in enumerate((world.stop_agent, lambda: world.agent.kill9(), world.stop_agent)):
        end()
        key_is_private(world)
        connection = again(world)
        rows = accounts(connection)
        equal({xuid: (row["State"], row["SecretStore"]) for xuid, row in rows.items()},
              {xuid: ("ready", "plain-file") for xuid in (ALICE, BOB)})
        equal({row["Gamertag"] for row in rows.values()}, {"EmuPlayerOne", rows[BOB]["Gamertag"]})
        check(all(row["TokenExpiresAt"] > time.time() * 1e6 for row in rows.values()), rows)
        applied(connection, write(connection, f"next-{number}"), write(connection, f"next-{number}-b", BOB))
    equal(asked(world, before), [], "the identity service was asked")
    world.stop_agent()


def test_signed_in_is_kept_when_it_is_told(world):
    """Killed as soon as mpsessionctl has said that it is done."""
    world.start_directory("--auto-approve", tokens=False)
    for number in range(8):
        xuid = str(int(ALICE) + number)
        connection = start_agent(world)
        sign_in(world, xuid)
        world.agent.kill9()
        connection = again(world)
        equal(account(connection, xuid)["State"], "ready", number)
        equal(len(accounts(connection)), number + 1)
        before = len(world.requests())
        applied(connection, write(connection, f"game-{number}", xuid))
        equal(asked(world, before), [])
        world.agent.kill9()


def test_without_remembering_it_is_gone_with_the_agent(world):
    connection = start(world)
    done = sign_in(world, ALICE, "--no-remember")
    equal(done["Account"]["SecretStore"], "memory")
    applied(connection, write(connection, "first"))
    equal([name for name in os.listdir(world.state) if "secret" in name], [])
    world.stop_agent()
    connection = again(world)
    equal(accounts(connection), {})
    harness.expect_error("NeedsSignIn", write, connection, "second")
    world.stop_agent()


def test_what_was_queued_goes_out_under_its_account(world):
    connection = start(world, ALICE, BOB)
    address = world.url
    world.directory.kill9()
    paths = {xuid: [write(connection, f"of-{xuid}-{i}", xuid, deadline_usec=LONG) for i in range(5)] for xuid in (ALICE, BOB)}
    world.agent.kill9()
    world.restart_directory("--auto-approve")
    equal(world.url, address)
    connection = again(world)
    for xuid in (ALICE, BOB):
        for path in paths[xuid]:
            connection.request(path, "Attach")
        applied(connection, *paths[xuid])
        equal(commits_by(world, f"of-{xuid}"), [xuid] * 5)
    world.stop_agent()


# ---- In the middle of an exchange of the refresh token

def grants(world, after=0):
    return asked(world, after).count(GRANT)


def exchange(world, connection, name):
    """A write that needs a grant: its path, and where the log was before."""
    end_rungs(world)
    return write(connection, name, deadline_usec=LONG), len(world.requests())


def test_killed_when_the_new_one_is_in_use(world):
    connection = start(world, ALICE)
    applied(connection, write(connection, "first"))
    world.agent.kill9()
    end_rungs(world)
    for number in range(3):
        connection = again(world)
        # From a restart on the grant comes first, and what it has brought is used for the user token.
        world.fault("F16", path=USER)
        path, before = exchange(world, connection, f"game-{number}")
        wait_until(lambda: held(world), "the new token is in use")
        check(GRANT in asked(world, before), asked(world, before))
        world.agent.kill9()
        release(world, "drop")
        connection = again(world)
        connection.request(path, "Attach")
        applied(connection, path)
        equal((account(connection)["State"], commits_by(world, f"game-{number}")), ("ready", [ALICE]))
        world.agent.kill9()
        end_rungs(world)
    equal(refreshes(world), 6, "each agent has made one")


def test_stopped_while_it_is_exchanged(world):
    """A clean end waits for the answer and keeps what it brings: the old one is not taken any more."""
    connection = start(world, ALICE)
    applied(connection, write(connection, "first"))
    for number in range(2):
        knobs(world, latency={"path": GRANT, "ms": 1500})
        path, before = exchange(world, connection, f"game-{number}")
        wait_until(lambda: grants(world, before) == 1, "it is exchanged")
        world.stop_agent()
        knobs(world, latency=None)
        connection = again(world)
        connection.request(path, "Attach")
        applied(connection, path)
        equal(account(connection)["State"], "ready", world.agent.log())
        world.stop_agent()
        connection = again(world)
    world.stop_agent()


def kill_rounds(world, rounds, judge):
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    connection = start_agent(world)
    sign_in(world)
    applied(connection, write(connection, "first"))
    for path in (GRANT, USER, XSTS):
        knobs(world, latency={"path": path, "ms": 0, "jitter": 15})
    for number in range(rounds):
        path, before = exchange(world, connection, f"game-{number}")
        killer = threading.Timer(chance.uniform(0, 0.12), lambda: world.agent.process.send_signal(signal.SIGKILL))
        killer.start()
        killer.join()
        world.agent.wait()
        seen = asked(world, before)
        connection = again(world)
        connection.request(path, "Attach")
        judge(connection, path, f"seed {seed}, round {number}: {seen}", seen)
        equal(commits_by(world, f"game-{number}"), [ALICE], f"seed {seed}, round {number}")
    world.stop_agent()


def test_killed_at_any_moment_where_the_old_one_is_taken_too(world):
    """As the vendor's service has it."""
    world.start_directory("--auto-approve", tokens=False)
    knobs(world, rt={"strict": False})

    def judge(connection, path, what, _):
        applied(connection, path)
        equal(account(connection)["State"], "ready", what)

    kill_rounds(world, 15, judge)


def test_killed_at_any_moment_where_it_is_taken_once(world):
    """Lost is only what had not arrived yet when it was killed; then the account says that it has to sign in."""
    world.start_directory("--auto-approve", tokens=False)

    def judge(connection, path, what, seen):
        if seen[-1:] != [GRANT]:
            applied(connection, path)
            equal(account(connection)["State"], "ready", what)
            return
        wait_until(lambda: connection.properties(path)["State"] == "done" or
                   account(connection)["State"] == "needs-sign-in", what)
        if account(connection)["State"] == "needs-sign-in":
            sign_in(world)
        applied(connection, path)

    kill_rounds(world, 15, judge)


def test_an_answer_that_was_lost_on_the_way(world):
    connection = start(world, ALICE)
    knobs(world, rt={"strict": False})
    applied(connection, write(connection, "first"))
    world.fault("F2", path=GRANT)
    path, _ = exchange(world, connection, "game")
    applied(connection, path)
    equal((account(connection)["State"], refreshes(world)), ("ready", 2))
    # A service that sends none: the old one goes on being good, here and after a restart.
    knobs(world, rt={"omit": True})
    path, _ = exchange(world, connection, "omitted")
    applied(connection, path)
    world.agent.kill9()
    connection = again(world)
    path, _ = exchange(world, connection, "omitted-again")
    applied(connection, path)
    world.stop_agent()


# ---- What is on the disk

def test_no_token_lies_open_on_the_disk(world):
    connection = start(world, ALICE)
    applied(connection, write(connection, "first"))
    world.stop_agent()
    check(stored(world, "SELECT count(*) FROM kept")[0][0] > 0, "nothing is kept")
    secrets = [value.encode() for value in tokens(world)]
    check(len(secrets) >= 4, secrets)
    for name in os.listdir(world.state):
        with open(os.path.join(world.state, name), "rb") as file:
            data = file.read()
        equal([secret for secret in secrets if secret in data], [], name)
    # Without the key they are nothing: it has to sign in, and says so.
    os.unlink(os.path.join(world.state, KEY_FILE))
    connection = again(world)
    row = account(connection)
    check(row["State"] in ("needs-sign-in", "store-locked") and "sign in" in row["Reason"], row)
    sign_in(world)
    applied(connection, write(connection, "second"))
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
