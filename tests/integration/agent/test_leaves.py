#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Leaving: what it makes pointless, what must not join again behind it, and one that waited too long to go unasked."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, BOB, equal
from staging import LEAVE, Directly, configure, edit, member, own, path, release, shared
from table import Table, numbers

LEFT = ("rejected", "no", "left")
POINTLESS = ("superseded", "no", "superseded")
APPLIED = ("applied", "yes", None)


def ends(table, *keys):
    return [(result["outcome"], result["applied"], result.get("error")) for result in table.ended(*keys)]


def queue_around_a_leave(table):
    """Behind what is under way: before the leave, the leave, behind it."""
    for key, document in (("join before", member()), ("own before", own(n=1)), ("shared before", None), ("leave", LEAVE),
                          ("own behind", own(n=2)), ("shared behind", None), ("join behind", member()), ("own later", own(n=3)),
                          ("shared later", None)):
        table.write(key, document)


def check_around_a_leave(table):
    equal(ends(table, "join before", "own before"), [POINTLESS] * 2, "what the leave undoes")
    equal(ends(table, "shared before", "leave"), [APPLIED] * 2)
    equal(ends(table, "own behind", "shared behind"), [LEFT] * 2, "what would have joined again unasked")
    equal(ends(table, "join behind", "own later", "shared later"), [APPLIED] * 3)


def test_a_leave_ends_what_is_pointless_and_lets_nothing_join_again(world):
    table = Table(world)
    first = table.hold("first")
    queue_around_a_leave(table)
    equal(ends(table, "join before", "own before"), [POINTLESS] * 2, "at once, not when its turn comes")
    table.connection.signals.clear()
    table.release(first)
    for key in ("join before", "own before"):
        table.connection.request(table.paths[key], "Attach")
    check_around_a_leave(table)
    equal(table.written(), [*numbers("first", "shared before"), LEAVE, member(), own(n=3), shared(n="shared later")])
    world.stop_agent()


def test_a_leave_ends_the_same_over_a_kill(world):
    table = Table(world)
    table.hold("first")
    queue_around_a_leave(table)
    release(world, "apply")
    world.fault("F16", method="GET", path="/game")
    table.restart()
    table.stage.wait_held(1)
    release(world)
    equal(ends(table, "first"), [APPLIED])
    check_around_a_leave(table)
    equal(table.written(), [*numbers("first", "shared before"), LEAVE, member(), own(n=3), shared(n="shared later")])
    world.stop_agent()


def test_the_agent_is_killed_while_it_leaves(world):
    for action in ("apply", "drop"):
        table = Table(world) if action == "apply" else Again(table)
        table.see()
        table.hold("leave", LEAVE)
        table.write("own", own(n=1))
        table.write("shared")
        release(world, action)
        table.restart()
        equal(ends(table, "leave", "own", "shared"), [APPLIED, LEFT, LEFT], action)
        equal(table.written(), [LEAVE], action)
    world.stop_agent()


class Again(Table):
    """The same directory and agent, another session."""

    def __init__(self, table):  # pylint: disable=super-init-not-called
        self.stage, self.world, self.connection = table.stage, table.world, table.connection
        self.name, self.paths = f"{table.name}-again", {}
        self.stage.directly.party(self.name)
        self.commits = len(self.world.commits())


def test_others_writes_and_sessions_are_left_alone(world):
    table = Table(world)
    first, bobs = table.hold("first"), table.hold("bobs", account=BOB)
    table.write("bobs own", own(n=1), account=BOB)
    table.write("own", own(n=1))
    other = Again(table)
    third = other.hold("first")
    other.write("own", own(n=1))
    table.write("leave", LEAVE)
    equal(ends(table, "own"), [POINTLESS])
    equal([table.state("bobs own"), other.state("own")], ["queued"] * 2)
    for request in (first, bobs, third):
        table.release(request)
    equal(ends(table, "first", "bobs", "bobs own", "leave") + ends(other, "first", "own"), [APPLIED] * 6)
    world.stop_agent()


# ---- One that waited

def waited(world, seconds, happens):
    """A leave that was accepted so long ago and could not be sent; meanwhile something happened. Its end, the requests that
    were sent for it, and whether Alice is a member now."""
    table = Table(world)
    # The service's clock has gone on since she joined.
    world.control("POST", "clock", {"advance": 1000})
    world.directory.stop()
    table.write("leave", LEAVE)
    harness.wait_until(lambda: table.connection.properties(table.paths["leave"])["LastError"], "it was tried")
    world.stop_agent()
    edit(world, "UPDATE request SET accepted_boot = accepted_boot - ?1, accepted_wall = accepted_wall - ?1", seconds * 1000000)
    world.restart_directory()
    directly = Directly(world)
    happens(directly)
    etag = directly.call("GET", path("game"), BOB)[1]["ETag"]
    before = len(world.requests())
    world.start_agent(*configure(world))
    table.connection = world.connect()
    table.connection.request(table.paths["leave"], "Attach")
    end, = ends(table, "leave")
    world.stop_agent()
    words = {etag: ["as-read"], "*": ["*"], None: []}
    sends = [" ".join([line["method"], *words[line.get("ifMatch")], str(line["status"])]) for line in world.requests()[before:]]
    document = directly.get("game")
    members = [one["constants"]["system"]["xuid"] for one in (document or {"members": {}})["members"].values()]
    return end, sends, ALICE in members


def leaves(directly):
    directly.put("game", ALICE, LEAVE)


def joins_again(directly):
    leaves(directly)
    directly.put("game", ALICE, member())


def test_a_leave_that_waited_long_is_sent_after_a_look(world):
    equal(waited(world, 40, lambda directly: None), (APPLIED, ["GET 200", "PUT as-read 200"], False))


def test_a_leave_that_did_not_wait_long_is_sent_at_once(world):
    equal(waited(world, 2, lambda directly: None), (APPLIED, ["PUT * 200"], False))


def test_who_has_left_otherwise_need_not_leave(world):
    equal(waited(world, 40, leaves), (APPLIED, ["GET 200"], False))


def test_who_has_joined_again_is_not_made_to_leave(world):
    equal(waited(world, 40, joins_again), (POINTLESS, ["GET 200"], True))


def everybody_leaves(directly):
    leaves(directly)
    directly.put("game", BOB, LEAVE)


def test_a_session_that_has_gone_need_not_be_left(world):
    equal(waited(world, 40, everybody_leaves), (APPLIED, ["GET 204"], False))


if __name__ == "__main__":
    harness.main()
