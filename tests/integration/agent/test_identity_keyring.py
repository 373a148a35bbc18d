#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where the agent keeps its key: in a real gnome-keyring, open, locked and away, or in a file where there is none."""
import importlib.util
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from identity import *  # noqa: E402

_spec = importlib.util.spec_from_file_location(
    "secret_support", os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "secret", "support.py"))
secret_support = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(secret_support)
Keyring, Watcher = secret_support.Keyring, secret_support.Watcher
LONG = 7200000000


def no_secret_here(world):
    equal([name for name in os.listdir(world.state) if "secret" in name], [], "a key file")


def start_with_keyring(world):
    """Somebody who has signed in with an open keyring: (keyring, connection)."""
    keyring = Keyring(world)
    connection = start(world, ALICE)
    equal(account(connection)["SecretStore"], "secret-service")
    applied(connection, write(connection, "first"))
    return keyring, connection


def nobody_asked(watcher):
    members = set(watcher.members())
    check("SearchItems" in members, "the monitor sees nothing", members)
    check(not {"Unlock", "Prompt"} & members, "somebody is asked", members)


def test_an_open_keyring_is_used(world):
    keyring, connection = start_with_keyring(world)
    equal(len(keyring.items()[0]), 1)
    no_secret_here(world)
    check("secret-service" in ctl(world, "accounts"), "accounts")
    check("in the keyring" in ctl(world, "status"), "status")
    sign_in(world, BOB)
    equal(len(keyring.items()[0]), 1, "one key for all")
    secret = keyring.secret(keyring.items()[0][0])
    check(not [token for token in tokens(world) if token.encode() in secret], "a token is in the keyring")
    before = len(world.requests())
    for number, end in enumerate((world.stop_agent, lambda: world.agent.kill9())):
        end()
        connection = start_agent(world)
        wait_state(connection, "ready")
        wait_state(connection, "ready", BOB)
        applied(connection, write(connection, f"again-{number}"), write(connection, f"again-{number}-b", BOB))
    equal(asked(world, before), [])
    ctl(world, "sign-out", ALICE)
    equal(len(keyring.items()[0]), 1)
    ctl(world, "sign-out", BOB)
    wait_until(lambda: keyring.items() == ([], []), "the key is gone with the last account")
    world.stop_agent()


def test_a_locked_keyring_is_waited_for(world):
    keyring, connection = start_with_keyring(world)
    world.stop_agent()
    keyring.lock()
    watcher = Watcher(world)
    before = len(world.requests())
    connection = start_agent(world)
    path = write(connection, "waits", deadline_usec=LONG)
    locked = wait_state(connection, "store-locked")
    wait_parked(connection, path, "unlock")
    check("unlock" in locked["Reason"].lower(), locked)
    status = ctl(world, "status")
    check(locked["Reason"] in status and f"mpsessionctl retry {ALICE}" in status, status)
    result = connection.wait_completed(write(connection, "at-once", when_offline="fail"))
    equal((result["outcome"], result["applied"]), ("expired", "no"), result)
    nobody_asked(watcher)
    no_secret_here(world)
    equal((asked(world, before), puts(world, "waits")), ([], []))
    keyring.unlock()
    applied(connection, path)
    equal((asked(world, before), account(connection)["State"]), ([], "ready"))
    nobody_asked(watcher)

    # Locked while it runs: what is in use stays in use.
    keyring.lock()
    applied(connection, write(connection, "goes-on"))
    world.stop_agent()


def test_a_user_is_asked_when_they_want_to_be(world):
    keyring, connection = start_with_keyring(world)
    world.stop_agent()
    keyring.lock()
    watcher = Watcher(world)
    connection = start_agent(world)
    path = write(connection, "waits", deadline_usec=LONG)
    wait_state(connection, "store-locked")
    nobody_asked(watcher)
    ctl(world, "retry", ALICE)
    wait_until(lambda: "Unlock" in watcher.members(), "the keyring is asked to open")
    keyring.unlock()
    applied(connection, path)
    world.stop_agent()


def test_a_keyring_that_is_away(world):
    keyring, connection = start_with_keyring(world)
    world.stop_agent()
    keyring.kill()
    before = len(world.requests())
    connection = start_agent(world)
    path = write(connection, "waits", deadline_usec=LONG)
    away = wait_state(connection, "store-locked")
    check("start it" in away["Reason"] or "keyring" in away["Reason"], away)
    wait_parked(connection, path, away["Reason"].split(".")[0][:40])
    check(away["Reason"] in ctl(world, "status"), "status")
    check(away["Reason"][:40] in ctl(world, "doctor", status=1), "doctor")
    equal((asked(world, before), puts(world, "waits")), ([], []))
    no_secret_here(world)
    keyring.start("correct horse")
    applied(connection, path)
    # Away while it runs: what is in use stays in use.
    keyring.kill()
    applied(connection, write(connection, "goes-on"))
    world.stop_agent()


def test_its_key_was_deleted_there(world):
    keyring, connection = start_with_keyring(world)
    world.stop_agent()
    keyring.delete(keyring.items()[0][0])
    connection = start_agent(world)
    path = write(connection, "waits", deadline_usec=LONG)
    row = wait_until(lambda: account(connection) if account(connection)["State"] in ("store-locked", "needs-sign-in") else None,
                     "it is told")
    check("sign in" in row["Reason"], row)
    sign_in(world)
    applied(connection, path)
    equal((account(connection)["SecretStore"], len(keyring.items()[0])), ("secret-service", 1))
    no_secret_here(world)
    world.stop_agent()
    connection = start_agent(world)
    wait_state(connection, "ready")
    world.stop_agent()


def test_without_a_keyring(world):
    connection = start(world, ALICE)
    equal(account(connection)["SecretStore"], "plain-file")
    status = ctl(world, "status")
    check("not encrypted" in status, status)
    told = ctl(world, "doctor")
    check("not encrypted" in told and "gnome-keyring" in told, told)
    check(KEY_FILE in os.listdir(world.state), "no key file")
    # One that appears later is not moved to behind the user's back, nor is a key looked for there.
    Keyring(world)
    world.stop_agent()
    connection = start_agent(world)
    equal((account(connection)["State"], account(connection)["SecretStore"]), ("ready", "plain-file"))
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
