#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A title's own client: a device, bound tokens and signed requests, also after a restart and another sign-in."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from identity import *  # noqa: E402
from staging import edit, stored  # noqa: E402

TITLE_CLIENT = "0123456789abcdef"
TEXT = f"[Identity]\nClientId={TITLE_CLIENT}\nTitleToken=yes\n"
DEVICE, TITLE = "/device/authenticate", "/title/authenticate"
LONG = 7200000000


def start_strictly(world):
    """A directory that takes signed requests of tokens with a title alone."""
    connection = start(world, text=TEXT)
    knobs(world, sign={"mode": "require"}, claims={"require": True}, titles={TITLE_CLIENT: 77})
    return connection


def again(world, end=None):
    (end or world.stop_agent)()
    return start_agent(world, TEXT)


def test_kept_and_signed_by_the_next_agent(world):
    connection = start_strictly(world)
    sign_in(world, ALICE)
    sign_in(world, BOB)
    applied(connection, write(connection, "first"), write(connection, "first-b", BOB))
    equal(asked(world).count(DEVICE), 1, "one device for all")
    equal({row["titleId"] for row in world.requests() if row["method"] == "PUT"}, {"77"})
    before = len(world.requests())
    for number, end in enumerate((world.stop_agent, lambda: world.agent.kill9())):
        connection = again(world, end)
        applied(connection, write(connection, f"again-{number}"), write(connection, f"again-{number}-b", BOB))
    equal(asked(world, before), [])
    # A new token is bound to the same device.
    revoke(world, "xsts")
    applied(connection, write(connection, "renewed"))
    equal(asked(world, before).count(DEVICE), 0, asked(world, before))
    world.stop_agent()


def test_signed_out_and_in_and_the_next_agent(world):
    connection = start_strictly(world)
    for number in range(2):
        sign_in(world)
        applied(connection, write(connection, f"first-{number}"))
        ctl(world, "sign-out")
    sign_in(world)
    applied(connection, write(connection, "second"))
    connection = again(world)
    before = len(world.requests())
    applied(connection, write(connection, "third"))
    equal(asked(world, before), [])
    check("cannot be opened" not in world.agent.log(), world.agent.log())
    ctl(world, "sign-out")
    world.stop_agent()
    equal(stored(world, "SELECT kind, key FROM kept"), [])


def test_the_key_is_lost(world):
    """What was bound to a device that nobody has any more is not sent; a sign-in makes another one."""
    connection = start_strictly(world)
    sign_in(world)
    applied(connection, write(connection, "first"))
    world.stop_agent()
    os.unlink(os.path.join(world.state, KEY_FILE))
    connection = start_agent(world, TEXT)
    path = write(connection, "waits", deadline_usec=LONG)
    wait_parked(connection, path, "sign in")
    equal(puts(world, "waits"), [])
    sign_in(world)
    applied(connection, path)
    connection = again(world)
    applied(connection, write(connection, "second"))
    world.stop_agent()


def test_the_device_alone_is_lost(world):
    connection = start_strictly(world)
    sign_in(world)
    applied(connection, write(connection, "first"))
    world.stop_agent()
    equal(edit(world, "UPDATE kept SET value=x'00112233' WHERE key='device/key'"), 1)
    connection = start_agent(world, TEXT)
    before = len(world.requests())
    applied(connection, write(connection, "second"))
    check(asked(world, before).count(DEVICE) == 1, asked(world, before))
    equal(puts(world, "second"), [(ALICE, 201)])
    connection = again(world)
    before = len(world.requests())
    applied(connection, write(connection, "third"))
    equal(asked(world, before), [])
    world.stop_agent()


def test_a_client_that_is_no_title(world):
    """title/authenticate refuses it: agent.conf has to be mended, and says what."""
    connection = start(world, text=TEXT)
    knobs(world, titles={TITLE_CLIENT: 0})
    told = ctl(world, "sign-in", status=1)
    check("title" in told, told)
    equal(accounts(connection), {})
    world.stop_agent()


def test_two_clients_of_one_person(world):
    """Each title's requests under the tokens of its own client."""
    text = f"[Title 77]\nClientId={TITLE_CLIENT}\nTitleToken=yes\n"
    connection = start(world, text=text)
    knobs(world, titles={TITLE_CLIENT: 77})
    sign_in(world)
    sign_in(world, ALICE, "--title-id", "77")
    applied(connection, write(connection, "plain"), write(connection, "titled", title_id=77))
    titles = {row["path"].split("/")[-1]: row["titleId"] for row in world.requests() if row["method"] == "PUT"}
    equal(titles["titled"], "77")
    check(titles["plain"] != "77", titles)
    world.stop_agent()
    connection = start_agent(world, text)
    before = len(world.requests())
    applied(connection, write(connection, "plain-2"), write(connection, "titled-2", title_id=77))
    equal(asked(world, before), [])
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
