#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Signing in, step by step and as it goes wrong: declined, too late, too fast, given up, and an agent that ends meanwhile."""
import datetime
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from identity import *  # noqa: E402


def open_sign_in(connection, **options):
    """It waits for its user: its object."""
    return connection.call(harness.ROOT, ACCOUNTS, "SignIn", "a{sv}", (variants(**options),))[0]


def shown(connection, path):
    return connection.properties(path, SIGN_IN)


def ended(connection, path, state):
    """Waits for its end, which is that one; its properties."""
    def over():
        properties = shown(connection, path)
        return properties if properties["State"] not in ("starting", "waiting", "checking") else None
    properties = wait_until(over, f"{path} ends", 60)
    equal(properties["State"], state, properties)
    return properties


def approve(world, connection, path, xuid=ALICE, action="approve"):
    world.control("POST", "approve", {"user-code": shown(connection, path)["UserCode"], "xuid": xuid, "action": action})


def polls(world, after=0):
    """When they came, in seconds."""
    rows = [row for row in world.requests()[after:] if row["path"].endswith(GRANT)]
    return [row["bootUsec"] / 1e6 for row in rows]


def by_hand(world, text="", **poll):
    """A directory where somebody has to agree, an agent: a connection."""
    connection = start(world, text=text, directory=())
    knobs(world, poll={"interval": 1, **poll})
    return connection


def nothing_is_left(world, connection):
    equal(accounts(connection), {})
    check("secret" not in " ".join(os.listdir(world.state)), os.listdir(world.state))


# ---- It goes well

def test_by_a_person_at_the_page(world):
    connection = by_hand(world)
    connection.match("type='signal',interface='org.mpsession.Agent1.Accounts'")
    watch(connection)
    path = open_sign_in(connection)
    properties = shown(connection, path)
    equal((properties["State"], properties["Account"], properties["Error"]), ("waiting", "/", ""))
    check(properties["VerificationUri"].startswith(world.url) and properties["UserCode"] in properties["VerificationUriComplete"],
          properties)
    check(0 < properties["ExpiresAt"] / 1e6 - time.time() <= 900, properties)
    equal(connection.call(harness.ROOT, ACCOUNTS, "ListSignIns")[0], [path])
    wait_until(lambda: len(polls(world)) >= 2, "it is polled")
    approve(world, connection, path, BOB)
    done = ended(connection, path, "done")
    row = account(connection, BOB)
    equal((done["Account"], row["State"], row["IsDefault"]), (row["Path"], "ready", True))
    check("is not encrypted" in done["Message"], "there is no keyring here, and it is not told", done)
    check(abs(row["SignedInAt"] / 1e6 - time.time()) < 60, row)
    equal([message.body[0] for message in connection.seen("AccountAdded")], [row["Path"]])
    told = [plain(message.body[1])["State"] for message in connection.seen("PropertiesChanged")
            if message.body[0] == SIGN_IN and field(message, "path") == path]
    equal(told, ["starting", "waiting", "checking", "done"])
    # No code and no secret was told to all.
    broadcast = str([message.body for message in connection.signals])
    check(properties["UserCode"] not in broadcast and BOB not in broadcast, broadcast)
    applied(connection, write(connection, "game", None))
    world.stop_agent()


def test_mpsessionctl_while_a_person_is_at_the_page(world):
    connection = by_hand(world)
    program = world.child([world.built("cli", "mpsessionctl"), "sign-in"], "ctl")
    path = wait_until(lambda: connection.call(harness.ROOT, ACCOUNTS, "ListSignIns")[0], "it is opened")[0]
    properties = wait_until(lambda: shown(connection, path) if shown(connection, path)["UserCode"] else None, "a code")
    wait_until(lambda: properties["UserCode"] in program.log() and properties["VerificationUri"] in program.log(), "it is shown")
    # One more goes on with the one that is open, and ends as it ends.
    other = world.child([world.built("cli", "mpsessionctl"), "sign-in"], "ctl-2")
    wait_until(lambda: properties["UserCode"] in other.log(), other.log())
    check("open already" in other.log(), other.log())
    approve(world, connection, path)
    for one in (program, other):
        equal(one.wait(), 0, one.log())
        check("EmuPlayerOne" in one.log(), one.log())
    equal(asked(world).count(CODE), 1)
    world.stop_agent()


def test_slow_down_is_obeyed(world):
    connection = by_hand(world, slowDown=2)
    path = open_sign_in(connection)
    wait_until(lambda: len(polls(world)) == 3, "three polls", 60)
    # 1 s, then 5 more with each; the answers were asked for no sooner.
    times = polls(world)
    check(times[1] - times[0] >= 5.9 and times[2] - times[1] >= 10.9, times)
    approve(world, connection, path)
    ended(connection, path, "done")
    check(polls(world)[3] - times[2] >= 10.9, polls(world))
    world.stop_agent()


# ---- It does not

def test_declined_in_both_spellings(world):
    connection = by_hand(world)
    for spelling in ("authorization_declined", "access_denied"):
        knobs(world, poll={"declined": spelling})
        path = open_sign_in(connection)
        approve(world, connection, path, action="decline")
        properties = ended(connection, path, "declined")
        equal((properties["Error"], properties["Account"]), ("declined", "/"))
        check("declined" in properties["Message"], properties)
        before = len(polls(world))
    nothing_is_left(world, connection)
    # mpsessionctl says so too.
    program = world.child([world.built("cli", "mpsessionctl"), "sign-in"], "ctl")
    wait_until(lambda: len(connection.call(harness.ROOT, ACCOUNTS, "ListSignIns")[0]) == 1 and
               connection.call(harness.ROOT, ACCOUNTS, "ListSignIns")[0] != [path], "it is opened")
    path = connection.call(harness.ROOT, ACCOUNTS, "ListSignIns")[0][0]
    wait_until(lambda: shown(connection, path)["UserCode"], "a code")
    approve(world, connection, path, action="decline")
    equal(program.wait(), 1)
    check("declined" in program.log() and "next:" in program.log(), program.log())
    check(len(polls(world)) > before, "polls")
    world.stop_agent()


def test_a_code_that_is_too_old(world):
    move = slept(world)
    connection = by_hand(world)
    path = open_sign_in(connection)
    advance(world, 901)
    properties = ended(connection, path, "expired")
    equal(properties["Error"], "code-expired")
    check("for a new one" in properties["Message"], properties)
    # By the agent's own clock too, when the service says nothing any more.
    path = open_sign_in(connection)
    knobs(world, latency={"path": GRANT, "ms": 0})
    world.fault("F5", path=GRANT, count=0, status=503)
    move(connection)
    ended(connection, path, "expired")
    world.control("DELETE", "faults")
    nothing_is_left(world, connection)
    path = open_sign_in(connection)
    approve(world, connection, path)
    ended(connection, path, "done")
    world.stop_agent()


def test_given_up(world):
    connection = by_hand(world)
    path = open_sign_in(connection)
    told = harness.expect_error("QuotaExceeded", open_sign_in, connection)
    check("open" in told, told)
    connection.call(path, SIGN_IN, "Cancel")
    equal(shown(connection, path)["State"], "cancelled")
    connection.call(path, SIGN_IN, "Cancel")
    # Nobody is polled for any more, also when the user agrees after all.
    following = open_sign_in(connection)
    harness.expect_error("NoSuchSignIn", connection.call, path, SIGN_IN, "Cancel")
    approve(world, connection, following)
    ended(connection, following, "done")
    # With Ctrl-C.
    program = world.child([world.built("cli", "mpsessionctl"), "sign-in"], "ctl")
    wait_until(lambda: connection.call(harness.ROOT, ACCOUNTS, "ListSignIns")[0] not in ([], [following]), "it is opened")
    path = connection.call(harness.ROOT, ACCOUNTS, "ListSignIns")[0][0]
    wait_until(lambda: shown(connection, path)["State"] == "waiting" and shown(connection, path)["UserCode"] in program.log(),
               "the code is shown")
    program.process.send_signal(signal.SIGINT)
    equal(program.wait(), 1)
    ended(connection, path, "cancelled")
    seen = len(polls(world))
    sign_in_again = open_sign_in(connection)
    wait_until(lambda: len(polls(world)) >= seen + 2, "polls of the next one")
    connection.call(sign_in_again, SIGN_IN, "Cancel")
    equal(len(accounts(connection)), 1)
    world.stop_agent()


def test_not_the_account_that_was_named(world):
    connection = by_hand(world)
    path = open_sign_in(connection, account=ALICE)
    approve(world, connection, path, BOB)
    properties = ended(connection, path, "failed")
    equal(properties["Error"], "other-account")
    equal(accounts(connection), {})
    harness.expect_error("NeedsSignIn", write, connection, "game", BOB)
    world.stop_agent()


def test_killed_while_it_polls(world):
    connection = by_hand(world)
    for end in (lambda: world.agent.kill9(), world.stop_agent):
        path = open_sign_in(connection)
        program = world.child([world.built("cli", "mpsessionctl"), "sign-in"], "ctl")
        code = shown(connection, path)["UserCode"]
        wait_until(lambda: code in program.log(), program.log())
        seen = len(polls(world))
        wait_until(lambda: len(polls(world)) > seen, "it is polled")
        end()
        check(program.wait() != 0, program.log())
        check("mpsessionctl sign-in" in program.log(), program.log())
        secrets = tokens(world, "device-code")
        for name in os.listdir(world.state):
            with open(os.path.join(world.state, name), "rb") as file:
                data = file.read()
            equal([secret for secret in secrets if secret.encode() in data], [], name)
        # The user agrees too late: nobody asks for it.
        world.control("POST", "approve", {"user-code": code, "xuid": ALICE, "action": "approve"})
        connection = start_agent(world)
        equal(connection.call(harness.ROOT, ACCOUNTS, "ListSignIns")[0], [])
        nothing_is_left(world, connection)
    equal(tokens(world, "access", "refresh"), [])
    world.stop_agent()


# ---- An idle agent

def test_an_open_sign_in_keeps_the_agent(world):
    connection = by_hand(world, text="[Queue]\nIdleExitSec=1\n")
    path = open_sign_in(connection)
    code = shown(connection, path)["UserCode"]
    # Nobody calls it meanwhile: it polls, longer than it would be idle.
    seen = len(polls(world))
    wait_until(lambda: len(polls(world)) >= seen + 5, "it stays and polls")
    check(world.agent.process.poll() is None, "it left")
    world.control("POST", "approve", {"user-code": code, "xuid": ALICE, "action": "approve"})
    wait_until(lambda: XSTS in asked(world), "it goes on")
    equal(world.agent.wait(), 0, "it leaves when it is done")
    connection = start_agent(world, "[Queue]\nIdleExitSec=1\n")
    equal(account(connection)["State"], "ready")
    # And after one that nobody agrees to.
    path = open_sign_in(connection)
    connection.call(path, SIGN_IN, "Cancel")
    equal(world.agent.wait(), 0)


# ---- Who may, and what has to be set

def test_without_a_client_id(world):
    """An identity service that is not on this machine needs one: nothing is sent."""
    world.start_directory("--auto-approve", tokens=False)
    url, world.url = world.url, "https://directory.example.invalid"
    connection = start_agent_strictly(world)
    told = harness.expect_error("SignInUnavailable", open_sign_in, connection)
    check("ClientId=" in told and "agent.conf" in told, told)
    check("ClientId=" in ctl(world, "sign-in", status=1), "mpsessionctl")
    world.stop_agent()
    world.url = url
    equal(asked(world), [])


def start_agent_strictly(world):
    world.start_agent("--identity-url", "https://identity.example.invalid", tokens=False)
    return world.connect()


if __name__ == "__main__":
    harness.main()
