#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A token goes to the directory and the identity service that its account signed in for, and nowhere else."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from identity import *  # noqa: E402

LONG = 7200000000


class Place:
    """One of two directories, each with its own identity services."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        world.start_directory("--auto-approve", tokens=False, name=name)
        self.here = {key: getattr(world, key) for key in ("directory", "url", "_directory_out")}
        self.url = world.url

    def __enter__(self):
        """What is asked of the directory is asked of this one."""
        self.before = {key: getattr(self.world, key) for key in self.here}
        vars(self.world).update(self.here)

    def __exit__(self, *_):
        vars(self.world).update(self.before)

    def requests(self):
        with self:
            return self.world.requests()

    def tokens(self):
        with self:
            return tokens(self.world)


def agent(world, directory, identity=None):
    """An agent for these, by agent.conf."""
    text = f"[Directory]\nUrl={directory.url}\n" + (f"[Identity]\nUrl={identity.url}\n" if identity else "")
    before, world.url = world.url, None
    connection = start_agent(world, text)
    world.url = before
    return connection


def refused(world, connection, *places):
    """The account is not used, says so, and nobody is sent anything."""
    before = [place.requests() for place in places]
    path = write(connection, "nowhere", deadline_usec=LONG)
    row = wait_state(connection, "config-error")
    check("agent.conf" in row["Reason"] and row["TokenExpiresAt"] >= 0, row)
    wait_parked(connection, path, "agent.conf")
    result = connection.wait_completed(write(connection, "nowhere-2", when_offline="fail"))
    equal((result["outcome"], result["applied"]), ("expired", "no"), result)
    told = ctl(world, "status")
    check("config-error" in told and "mend agent.conf" in told, told)
    # A user cannot talk it into it either.
    ctl(world, "retry", ALICE)
    equal(account(connection)["State"], "config-error")
    wait_parked(connection, path, "agent.conf")
    equal([place.requests() for place in places], before, "somebody was asked")
    return path


def test_another_directory_and_another_identity_service(world):
    first = Place(world, "directory")
    with first:
        connection = agent(world, first)
        sign_in(world)
        applied(connection, write(connection, "first"))
        world.stop_agent()
    second = Place(world, "second")
    paths = []
    for directory, identity in ((second, None), (second, first), (first, second), (second, second)):
        connection = agent(world, directory, identity)
        paths.append(refused(world, connection, first, second))
        world.stop_agent()
    equal(second.requests(), [], "the second has seen something")

    # Set back, all is as it was: what waited goes out.
    with first:
        connection = agent(world, first)
        for path in paths:
            connection.request(path, "Attach")
        before = len(world.requests())
        applied(connection, *paths)
        equal(asked(world, before), [])
        world.stop_agent()


def test_signed_in_anew_for_the_other_one(world):
    first = Place(world, "directory")
    with first:
        connection = agent(world, first)
        sign_in(world)
        applied(connection, write(connection, "first"))
        world.stop_agent()
    second = Place(world, "second")
    with second:
        connection = agent(world, second)
        path = refused(world, connection, first, second)
        sign_in(world)
        applied(connection, path, write(connection, "second"))
        ready = account(connection)
        equal((ready["State"], len(accounts(connection))), ("ready", 1))
        world.stop_agent()
        connection = agent(world, second)
        applied(connection, write(connection, "third"))
        equal({row["xuid"] for row in world.requests() if row["method"] == "PUT"}, {ALICE})
        equal({row["status"] for row in world.requests() if row["method"] == "PUT"} - {200, 201}, set(),
              "the first one's token was sent")
        world.stop_agent()
    connection = agent(world, first)
    refused(world, connection, first, second)
    world.stop_agent()


def test_a_name_for_the_same_place_is_another(world):
    """Only what stands there counts: localhost may be somebody else tomorrow."""
    first = Place(world, "directory")
    connection = agent(world, first)
    sign_in(world)
    applied(connection, write(connection, "first"))
    world.stop_agent()
    first.url = first.url.replace("127.0.0.1", "localhost")
    connection = agent(world, first)
    equal(account(connection)["State"], "config-error")
    world.stop_agent()


def test_another_client(world):
    """What another client has signed in with is not used for it, and nobody is asked."""
    connection = start(world, ALICE)
    applied(connection, write(connection, "first"))
    world.stop_agent()
    connection = start_agent(world, "[Title 77]\nClientId=11111111-2222-3333-4444-555555555555\n")
    before = len(world.requests())
    path = write(connection, "titled", title_id=77, deadline_usec=LONG)
    wait_parked(connection, path, "title")
    equal(world.requests()[before:], [])
    applied(connection, write(connection, "untitled"))
    sign_in(world, ALICE, "--title-id", "77")
    applied(connection, path)
    check(len([row for row in world.requests()[before:] if row["path"].endswith(CODE)]) == 1, "one more sign-in")
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
