#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who waits for whom: lanes that turn out to be one session, handles that die, keys, cancels, and what a leave ends."""
import os
import sys
import uuid

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, BOB, SCID, equal, expect_error, variants
from staging import CHANGES, LEAVE, UPDATE, Stage, held, member, own, release, sent, shared
from table import HELD, Table, numbers

def test_two_handles_turn_out_to_be_one_session(world):
    table = Table(world)
    one, two = table.handle(), table.handle()
    first, second = table.hold("first", handle=one), table.hold("second", handle=two)
    world.fault(**HELD, path=f"/handles/{one}/")
    for number in range(6):
        table.write(number, handle=(one, two)[number % 2])
    table.release(first)
    table.stage.wait_held(2)
    # The first handle's lane goes on; of the second nobody knows yet what it is.
    equal(table.outcomes("first"), ["applied"])
    table.release(second)
    equal(table.outcomes("second"), ["applied"])
    # Now they are one lane, and its first is still under way.
    equal([table.state(number) for number in range(6)], ["sending"] + ["queued"] * 5)
    equal(len(held(world)), 1)
    release(world)
    equal(table.outcomes(*range(6)), ["applied"] * 6)
    equal(table.written(), numbers("first", "second", *range(6)))
    world.stop_agent()


def test_another_accounts_answer_tells_what_a_handle_is(world):
    table = Table(world)
    handle = table.handle()
    first, second = table.hold("handle", handle=handle), table.hold("reference")
    for number in range(6):
        table.write(number, handle=handle if number % 2 else None)
    path = table.connection.root("GetSessionByHandle", "sa{sv}", handle, variants(account=BOB))
    equal(table.connection.wait_completed(path)["session-reference"], (SCID, "quickmatch", "game"))
    # Both are under way, in what is one lane now; it goes on when both have ended.
    table.release(second)
    equal(table.outcomes("reference"), ["applied"])
    equal([table.state(number) for number in range(6)], ["queued"] * 6)
    table.release(first)
    equal(table.outcomes("handle", *range(6)), ["applied"] * 7)
    equal(table.written(), numbers("reference", "handle", *range(6)))
    # What one has taught, the next agent knows.
    table.restart()
    held_one = table.hold("after")
    table.write("behind", handle=handle)
    equal(table.state("behind"), "queued")
    table.release(held_one)
    equal(table.outcomes("after", "behind"), ["applied"] * 2)
    world.stop_agent()


def test_accounts_do_not_wait_for_each_other(world):
    table = Table(world)
    first = table.hold("alice")
    equal(table.write("bob", account=BOB) and table.outcomes("bob"), ["applied"])
    equal(table.state("alice"), "sending")
    table.release(first)
    equal(table.outcomes("alice"), ["applied"])
    world.stop_agent()


def delete_handles(stage):
    """Deletes the handles of the writes, and nothing else."""
    for write in stage.writes:
        stage.world.fault("F19", method="GET", path=write.target(), answer=True)
        equal(stage.directly.call("GET", write.target(), ALICE)[0], 200)
    stage.before = len(stage.world.requests()), len(stage.world.commits())


def test_a_handle_dies_before_its_session(world):
    stage = Stage(world)
    dead = {"outcome": "rejected", "applied": "no", "resolved": False, "error": "handle-not-found"}
    # A member's writes go on by reference, each after a look at whether it still is one. A join's invitation is gone.
    for change in ("own", "shared", "leave", "both"):
        stage.add(change, UPDATE, sent(UPDATE, 404, "GET ref 200", "PUT * ref 200"), base=True, resolved=False)
    stage.add("join", UPDATE, sent(UPDATE, 404), base=True, **dead)
    for change in CHANGES:
        stage.add(change, UPDATE, sent(UPDATE, 404), **dead)
    stage.prepare()
    delete_handles(stage)
    for write in stage.writes:
        write.submit(stage.connection)
    stage.judge()


def test_a_handle_dies_and_the_account_is_no_member(world):
    table = Table(world, join=False)
    handle = table.handle()
    path = table.connection.root("GetSessionByHandle", "sa{sv}", handle, variants(account=ALICE))
    equal(table.connection.wait_completed(path)["outcome"], "applied")
    world.fault("F19", method="GET", answer=True)
    table.stage.directly.call("GET", f"/handles/{handle}", ALICE)
    table.stage.directly.call("GET", f"/handles/{handle}/session", ALICE)
    for key, document in (("own", own(n=1)), ("shared", shared(n=1)), ("join", member()), ("leave", LEAVE)):
        table.write(key, document, handle=handle)
        result, = table.ended(key)
        equal((result["outcome"], result.get("error")),
              ("applied", None) if key == "leave" else ("rejected", "handle-not-found"), key)
    equal(table.written(), [], "somebody was made a member")
    world.stop_agent()


def test_a_newer_write_takes_the_place_of_an_unsent_one(world):
    table = Table(world)
    first = table.hold("sending", supersedes="score")
    table.write("old", supersedes="score")
    table.write("between")
    table.write("else", supersedes="level")
    equal(table.state("old"), "queued")
    table.write("new", supersedes="score")
    result, = table.ended("old")
    equal((result["outcome"], result["applied"], result["error"]), ("superseded", "no", "superseded"))
    table.write("newest", supersedes="score")
    equal(table.outcomes("new"), ["superseded"])
    # What is under way stays; the newest goes to the end.
    table.release(first)
    equal(table.outcomes("sending", "between", "else", "newest"), ["applied"] * 4)
    equal(table.written(), numbers("sending", "between", "else", "newest"))
    world.stop_agent()


def test_the_place_is_taken_over_a_kill_as_well(world):
    table = Table(world)
    table.hold("sending")
    table.write("old", supersedes="score")
    table.write("new", supersedes="score")
    equal(table.outcomes("old"), ["superseded"])
    release(world, "drop")
    world.fault("F16", method="GET", path="/game")
    table.restart()
    table.stage.wait_held(1)
    table.write("newest", supersedes="score")
    result, = table.ended("new")
    equal((result["outcome"], result["error"]), ("superseded", "superseded"))
    release(world)
    equal(table.outcomes("old", "sending", "newest"), ["superseded", "unknown", "applied"])
    equal(table.written(), numbers("newest"))
    world.stop_agent()


def test_a_key_is_one_accounts_and_one_sessions(world):
    table = Table(world)
    handle = table.handle()
    table.stage.directly.party("other")
    first, bobs = table.hold("alice"), table.hold("bob", account=BOB)
    table.write("a", supersedes="key")
    table.write("b", account=BOB, supersedes="key")
    table.write("c", handle=handle, supersedes="key")
    table.name = "other"
    elsewhere = table.hold("elsewhere")
    table.write("d", supersedes="key")
    equal([table.state(key) for key in "abd"], ["queued"] * 3)
    for request in (first, bobs, elsewhere):
        table.release(request)
    equal(table.outcomes("alice", "bob", "elsewhere", *"abcd"), ["applied"] * 7)
    world.stop_agent()


def test_what_is_not_sent_can_be_cancelled(world):
    table = Table(world)
    first = table.hold("sending")
    for key in ("one", "two", "three"):
        table.write(key)
    equal(table.connection.request(table.paths["sending"], "Cancel"), "too-late")
    equal(table.connection.request(table.paths["two"], "Cancel"), "cancelled")
    result, = table.ended("two")
    equal((result["outcome"], result["applied"], result["error"], result["attempts"]), ("cancelled", "no", "cancelled", 0))
    equal(table.connection.request(table.paths["two"], "Cancel"), "too-late", "it is done")
    equal(table.state("sending"), "sending")
    table.release(first)
    equal(table.outcomes("sending", "one", "three"), ["applied"] * 3)
    equal(table.connection.request(table.paths["sending"], "Cancel"), "too-late", "it is done")
    equal(table.written(), numbers("sending", "one", "three"))
    world.stop_agent()


def test_what_is_in_doubt_cannot_be_cancelled(world):
    table = Table(world)
    world.fault("F2", method="PUT", path="/game")
    world.fault("F16", method="GET", path="/game")
    table.write("doubt")
    table.stage.wait_held(1)
    equal(table.state("doubt"), "resolving")
    equal(table.connection.request(table.paths["doubt"], "Cancel"), "too-late")
    release(world)
    equal(table.outcomes("doubt"), ["applied"])
    world.stop_agent()


def test_the_same_id_joins_the_first_call_whatever_its_state(world):
    table = Table(world)
    ids = {key: str(uuid.uuid4()) for key in ("sending", "queued")}
    table.hold("sending", id=ids["sending"])
    path = table.write("queued", id=ids["queued"])
    for key in ids:
        equal(table.write(key, id=ids[key]), table.paths[key])
        expect_error("IdReused", table.write, "other", id=ids[key])
        expect_error("IdReused", table.write, key, id=ids[key], account=BOB)
        expect_error("IdReused", table.write, key, id=ids[key], supersedes="key")
        expect_error("IdReused", table.write, key, id=ids[key], mode="update-or-create-new")
    release(world, "drop")
    table.restart()
    for key in ids:
        table.write(key, id=ids[key])
        expect_error("IdReused", table.write, "other", id=ids[key])
    equal(table.paths["queued"], path)
    equal(table.outcomes("sending", "queued"), ["unknown", "applied"])
    equal(table.written(), numbers("queued"))
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
