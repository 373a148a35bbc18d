#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Several accounts: each under its own token, one that has to sign in while the other goes on, and which one is meant."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from identity import *  # noqa: E402
from staging import held  # noqa: E402
from test_sandbox import GAME_A, boxed  # noqa: E402

LONG = 7200000000


def revoke_all(world, xuid=ALICE):
    """Its user has changed the password, and nothing that was issued is taken any more."""
    for kind in ("refresh", "access", "user", "xsts"):
        revoke(world, kind, xuid)


# ---- One of them has to sign in

def test_a_revoked_sign_in_stops_its_account_alone(world):
    connection = start(world, ALICE, BOB)
    applied(connection, write(connection, "alice-1"), write(connection, "bob-1", BOB))
    watch(connection)
    path = account(connection)["Path"]
    revoke_all(world)
    parked = [write(connection, f"alice-parked-{i}", deadline_usec=LONG) for i in range(5)]
    needs = wait_state(connection, "needs-sign-in")
    for one in parked:
        check("sign in" in wait_parked(connection, one, "sign in"))
    equal([state for state in changes(connection, path) if state != "refreshing"], ["needs-sign-in"], "told once")
    equal(account(connection, BOB)["State"], "ready")

    # What a user is told, and what one that waits says.
    status = ctl(world, "status")
    check(needs["Reason"] in status and f"mpsessionctl sign-in --account {ALICE}" in status, status)
    check("EmuPlayerOne" in status, status)
    check("sign in" in ctl(world, "show", parked[0].rsplit("/", 1)[1].replace("_", "-")), "show")
    check("sign in" in ctl(world, "doctor", status=1), "doctor")

    # The other one goes on; nobody is asked for this one any more, however often it is asked for.
    before = len(world.requests())
    applied(connection, *[write(connection, f"bob-{i}", BOB) for i in range(2, 8)])
    parked.append(write(connection, "alice-parked-new", deadline_usec=LONG))
    wait_parked(connection, parked[-1], "sign in")
    equal((asked(world, before), puts(world, "alice-parked")), ([], [(ALICE, 401)] * len(puts(world, "alice-parked"))))
    equal(commits_by(world, "alice-parked"), [])

    # Another one that signs in has nothing to do with it, nor has one that was not meant.
    sign_in(world, CAROL)
    knobs(world, next=[BOB])
    told = ctl(world, "sign-in", "--account", ALICE, status=1)
    check("Another account" in told, told)
    applied(connection, write(connection, "carol-1", CAROL))
    equal((commits_by(world, "alice-parked"), account(connection)["State"]), ([], "needs-sign-in"))

    sign_in(world, ALICE, "--account", ALICE)
    applied(connection, *parked)
    equal(commits_by(world, "alice-parked"), [ALICE] * 6)
    equal({commit for name in ("bob", "carol") for commit in commits_by(world, name)}, {BOB, CAROL})
    equal(account(connection)["Path"], path, "it is the same account")
    equal(len(accounts(connection)), 3)
    world.stop_agent()


def test_a_token_at_hand_is_used_to_its_end(world):
    move = slept(world)
    world.start_directory("--auto-approve", tokens=False)
    knobs(world, life={"access": 3000, "user": 3000, "xsts": 3900})
    connection = start_agent(world)
    sign_in(world)
    revoke(world, "refresh")
    applied(connection, write(connection, "before"))
    before = len(world.requests())
    advance(world, 3600)
    move(connection)
    # Five minutes are left of it: the next one is asked for ahead, and refused.
    applied(connection, write(connection, "served"))
    needs = wait_state(connection, "needs-sign-in")
    check(needs["TokenExpiresAt"] > 0, needs)
    equal(asked(world, before), [GRANT])
    applied(connection, *[write(connection, f"still-{i}") for i in range(5)])
    equal(asked(world, before), [GRANT], "asked once")
    advance(world, 600)
    path = write(connection, "too-late", deadline_usec=LONG)
    wait_parked(connection, path, "sign in")
    sign_in(world)
    applied(connection, path)
    world.stop_agent()


def test_one_that_does_not_want_to_wait_is_told(world):
    connection = start(world, ALICE)
    applied(connection, write(connection, "before"))
    revoke_all(world)
    result = connection.wait_completed(write(connection, "at-once", when_offline="fail"))
    equal((result["outcome"], result["applied"], result["error"], result["retryable"]),
          ("expired", "no", "needs-sign-in", True), result)
    result = connection.wait_completed(write(connection, "again", when_offline="fail"))
    equal((result["outcome"], result["error"]), ("expired", "needs-sign-in"), result)
    check("sign in" in result["message"], result)
    result = connection.wait_completed(write(connection, "later", deadline_usec=1500000))
    equal((result["outcome"], result["error"]), ("expired", "needs-sign-in"), result)
    world.stop_agent()


def test_signed_in_anew_while_it_is_renewed(world):
    """What waits for the old renewal goes on with what the sign-in has brought."""
    connection = start(world, ALICE)
    applied(connection, write(connection, "before"))
    for number in range(2):
        revoke(world, "xsts")
        world.fault("F1", path=XSTS)
        path = write(connection, f"game-{number}", deadline_usec=LONG)
        wait_until(lambda: [row for row in held(world) if row["path"] == XSTS and row["connected"]], "it is being renewed")
        sign_in(world)
        # Not when the time of an attempt has run out, which is 20 s.
        equal(connection.wait_completed(path, 12)["outcome"], "applied")
        world.stop_agent()
        connection = start_agent(world)
    world.stop_agent()


# ---- Whose it is

def test_two_games_of_two_accounts(world):
    connection = start(world, ALICE, BOB)
    games = {ALICE: connection, BOB: world.connect()}
    paths = {xuid: [write(game, f"of-{xuid}-{i}", xuid) for i in range(20)] for xuid, game in games.items()}
    for xuid, game in games.items():
        applied(game, *paths[xuid])
        equal(commits_by(world, f"of-{xuid}"), [xuid] * 20)
        equal(set(puts(world, f"of-{xuid}")), {(xuid, 201)})
    # An account that nobody knows is told at once.
    told = harness.expect_error("NeedsSignIn", write, connection, "nobody", CAROL)
    check(CAROL in told and "mpsessionctl sign-in" in told, told)
    world.stop_agent()


def test_which_one_is_meant(world):
    connection = start(world)
    told = harness.expect_error("InvalidOption", write, connection, "nobody", None)
    check("mpsessionctl sign-in" in told, told)
    sign_in(world, BOB)
    applied(connection, write(connection, "only", None))
    equal(commits_by(world, "only"), [BOB])
    sign_in(world, ALICE)
    told = harness.expect_error("InvalidOption", write, connection, "either", None)
    for name in (ALICE, BOB, "EmuPlayerOne", "DefaultAccount="):
        check(name in told, told)
    # A sandbox is not told who there is.
    caller = boxed(world, GAME_A)
    told = harness.expect_error("InvalidOption", write, caller, "either", None)
    check(ALICE not in told and BOB not in told and "EmuPlayer" not in told, told)
    harness.expect_error("AccessDenied", caller.call, harness.ROOT, ACCOUNTS, "ListAccounts")
    harness.expect_error("AccessDenied", caller.call, harness.ROOT, ACCOUNTS, "SignIn", "a{sv}", ({},))
    applied(caller, write(caller, "boxed", ALICE))
    equal(commits_by(world, "boxed"), [ALICE])

    world.stop_agent()
    connection = start_agent(world, f"[Identity]\nDefaultAccount={ALICE}\n")
    applied(connection, write(connection, "default", None), write(connection, "named", BOB))
    equal((commits_by(world, "default"), commits_by(world, "named")), ([ALICE], [BOB]))
    equal({xuid: row["IsDefault"] for xuid, row in accounts(connection).items()}, {ALICE: True, BOB: False})
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
