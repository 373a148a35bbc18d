#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""GetStory and Diagnose: what the running agent tells of its requests, and of itself."""
import os
import sqlite3
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, SCID, check, equal, expect_error, plain, variants, wait_until
from test_sandbox import GAME_A, GAME_B, boxed

ID = "0b9a4c1e-0000-4000-8000-0000000000a1"
STRANGER = "0b9a4c1e-0000-4000-8000-00000000ffff"


def create(caller, name="game", **options):
    return caller.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", name, "create-new", '{"members":{"me":{}}}',
                       variants(account=ALICE, id=ID, **options))


def story(caller, request=ID):
    return [tuple(line) for line in caller.root("GetStory", "s", request)]


def events(caller, request=ID):
    return [event for _, event, _ in story(caller, request)]


def diagnose(caller):
    return plain(caller.root("Diagnose"))


def in_store(world, *statements):
    """Changes the closed queue, as damage would, or a line that the core notes."""
    with sqlite3.connect(os.path.join(world.state, "queue.db")) as database:
        for statement in statements:
            database.execute(*statement if isinstance(statement, tuple) else (statement,))
    database.close()


def test_from_accepted_to_acknowledged(world):
    connection = world.start()
    before = time.time() * 1e6
    path = create(connection)
    equal(connection.wait_completed(path)["outcome"], "applied")
    told = story(connection)
    equal([event for _, event, _ in told], ["accepted", "done"])
    check(before - 1 <= told[0][0] <= told[1][0] <= time.time() * 1e6, told)
    check("create-new" in told[0][2] and f"{SCID}/quickmatch/game" in told[0][2] and ALICE in told[0][2], told)
    check(told[1][2].startswith("applied, HTTP 204, 1 attempt"), told)
    connection.request(path, "Acknowledge")
    told = story(connection)
    equal([event for _, event, _ in told], ["accepted", "done", "acknowledged"])
    check(told[0][0] <= told[1][0] <= told[2][0], told)
    check("applied, 1 attempt" in told[1][2], told)
    # The id is remembered by the next agent too.
    world.stop_agent()
    world.start_agent()
    again = story(world.connect())
    equal(again, told)
    # The same id again: a request object is there once more, but its story goes on being the same.
    connection = world.connect()
    connection.wait_completed(create(connection))
    equal([event for _, event, _ in story(connection)], ["accepted", "done", "acknowledged"])
    world.stop_agent()


def test_what_it_waits_for(world):
    connection = world.start()
    world.directory.stop()
    create(connection)
    wait_until(lambda: connection.root("ListRequests", "a{sv}", variants(state="waiting")), "the first attempt")
    told = story(connection)
    equal([event for _, event, _ in told][-1], "now")
    check("cannot be reached" in told[-1][2] and "127.0.0.1" in told[-1][2], told)
    second = connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", "game", "create-new", "{}", variants(account=ALICE))
    told = story(connection, second.rsplit("/", 1)[1].replace("_", "-"))
    check(ID in told[-1][2], "the one before it is named", told)
    world.agent.kill9()
    world.start_agent()
    connection = world.connect()
    equal(events(connection)[0], "accepted")
    equal(events(connection)[-1], "now")
    world.restart_directory()
    wait_until(lambda: events(connection)[-1] == "done", "the end")
    world.stop_agent()


def test_reads_have_one_too(world):
    connection = world.start()
    path = connection.root("GetSession", "sssa{sv}", SCID, "quickmatch", "none", variants(account=ALICE, id=ID))
    connection.wait_completed(path)
    told = story(connection)
    equal([event for _, event, _ in told], ["accepted", "done"])
    check("get-session" in told[0][2] and "rejected" in told[1][2], told)
    connection.request(path, "Acknowledge")
    expect_error("NoSuchRequest", story, connection)
    world.stop_agent()


def test_notes_are_in_their_place(world):
    connection = world.start()
    world.directory.stop()
    create(connection)
    world.stop_agent()
    identifier = bytes.fromhex(ID.replace("-", ""))
    now = int(time.time() * 1e6)
    line = "INSERT INTO story SELECT ?, coalesce(max(number), 0) + ?, ?, {} FROM story"
    in_store(world, (line.format("'it was looked at'"), (identifier, 1, now)),
             (line.format("?"), (identifier, 2, now + 1, "caf\u00e9 \u2026")),
             (line.format("CAST(x'ff61' AS TEXT)"), (identifier, 1, now + 2)))
    world.restart_directory()
    world.start_agent()
    connection = world.connect()
    wait_until(lambda: events(connection)[-1] == "done", "the end")
    told = [(event, text) for _, event, text in story(connection)]
    first = told.index(("note", "it was looked at"))
    equal(told[first + 1:first + 4], [("note", "(1 line is left out)"), ("note", "caf\u00e9 \u2026"), ("note", "?a")])
    equal((told[0][0], told[-1][0]), ("accepted", "done"))
    path = connection.root("ListRequests", "a{sv}", {})[0][0]
    connection.request(path, "Attach")
    connection.request(path, "Acknowledge")
    equal(events(connection)[-1], "acknowledged")
    check(events(connection).count("note") >= 4, "kept with the acknowledged id", story(connection))
    world.stop_agent()


def test_of_strangers_there_is_none(world):
    world.start_directory()
    world.start_agent()
    host, game, twin, other = world.connect(), boxed(world, GAME_A), boxed(world, GAME_A), boxed(world, GAME_B)
    for caller in (host, game):
        expect_error("NoSuchRequest", caller.root, "GetStory", "s", STRANGER)
        expect_error("InvalidOption", caller.root, "GetStory", "s", "nonsense")
        expect_error("InvalidOption", caller.root, "GetStory", "s", ID.upper())
    path = create(game)
    game.wait_completed(path)
    for step in (["accepted", "done"], ["accepted", "done", "acknowledged"]):
        for caller in (host, game, twin):
            equal(events(caller), step)
        equal(expect_error("NoSuchRequest", other.root, "GetStory", "s", ID),
              expect_error("NoSuchRequest", other.root, "GetStory", "s", STRANGER), "another's story and none at all")
        if step[-1] == "done":
            game.request(path, "Acknowledge")
    world.stop_agent()
    world.start_agent()
    equal(events(game)[-1], "acknowledged", "after a restart, when only the store knows whose it was")
    expect_error("NoSuchRequest", other.root, "GetStory", "s", ID)
    world.stop_agent()


def test_facts_of_an_agent_that_is_well(world):
    connection = world.start()
    world.create_session(connection)
    facts = diagnose(connection)
    equal(facts["version"], connection.properties(harness.ROOT, harness.IFACE)["Version"])
    equal(facts["state-folder"], world.state)
    equal(facts["directory-url"].rstrip("/"), world.url)
    equal(facts["store-format"], 4)
    check(facts["store-bytes"] > 1000 and facts["disk-free"] > 0 and facts["reserve"] is True, facts)
    equal((facts["quarantined"], facts["quarantined-now"], facts["moved-aside"]), (0, 0, 0))
    for key in ("store-error", "last-error", "newest-moved", "ca-file", "proxy"):
        check(key not in facts, key, facts)
    equal((facts["connectivity"], facts["probing"], facts["next-probe"], facts["held-until"]), ("online", False, 0, 0))
    equal(facts["retry-tokens"], facts["retry-tokens-max"])
    equal(facts["last-error-at"], 0)
    check(abs(facts["last-success-at"] / 1e6 - time.time()) < 60, facts)
    equal([tuple(row) for row in facts["limiters"]], [(ALICE, 0, 1, 29, 1, 290, 0)])
    world.stop_agent()


def test_facts_of_trouble(world):
    connection = world.start()
    world.fault("F7", method="PUT", count=1)
    create(connection)
    held = wait_until(lambda: [row for row in diagnose(connection)["limiters"] if row[6]], "the hold")[0][6]
    check(held > time.time() * 1e6, held)
    told = diagnose(connection)
    equal(told["last-error"], "it answered 429")
    check(told["last-error-at"] > 0, told)
    # The next agent waits as the last one was told to.
    world.agent.kill9()
    world.start_agent()
    connection = world.connect()
    rows = [row for row in diagnose(connection)["limiters"] if row[6]]
    equal(len(rows), 1, "a hold that was forgotten")
    check(abs(rows[0][6] - held) < 2e6, rows, held)
    check("said to wait" in story(connection)[-1][2], story(connection))
    world.directory.stop()
    connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", "other", "create-new", "{}",
                    variants(account=harness.BOB))
    wait_until(lambda: diagnose(connection)["connectivity"] == "offline", "offline")
    told = diagnose(connection)
    check("127.0.0.1" in told["last-error"], told)
    check(told["next-probe"] > 0 or told["probing"], told)
    world.stop_agent()


def test_what_was_put_aside_is_told(world):
    connection = world.start()
    for name in ("a", "b", "c"):
        world.create_session(connection, name)
    world.stop_agent()
    in_store(world, "UPDATE request SET kind=9999 WHERE sequence=2", "UPDATE limiter SET title_id=-1 WHERE number=1")
    world.start_agent()
    facts = diagnose(world.connect())
    equal((facts["quarantined"], facts["quarantined-now"]), (2, 2))
    world.stop_agent()
    world.start_agent()
    facts = diagnose(world.connect())
    equal((facts["quarantined"], facts["quarantined-now"]), (2, 0))
    world.stop_agent()
    with open(os.path.join(world.state, "queue.db"), "r+b") as file:
        file.write(b"this is no database " * 50)
    world.start_agent()
    facts = diagnose(world.connect())
    equal((facts["quarantined"], facts["moved-aside"]), (0, 1))
    check(os.path.exists(os.path.join(world.state, facts["newest-moved"])), facts)
    world.stop_agent()


def test_a_queue_of_an_earlier_version_goes_on(world):
    world.start_directory()
    os.makedirs(world.state, mode=0o700)
    with open(os.path.join(harness.SOURCE, "tests", "unit", "store", "format-1.sql"), encoding="utf-8") as file:
        database = sqlite3.connect(os.path.join(world.state, "queue.db"))
        database.executescript(file.read())
        # What it had done was done just now: a result is kept for a day.
        database.execute("UPDATE request SET done_wall = ? WHERE done", (time.time_ns() // 1000,))
        database.commit()
        database.close()
    world.start_agent()
    connection = world.connect()
    facts = diagnose(connection)
    equal((facts["store-format"], facts["quarantined"], facts["moved-aside"]), (4, 1, 0))
    # What waited in it is long past its deadline, and what was being sent then nobody can tell of; the results are kept.
    wait_until(lambda: len(connection.root("ListRequests", "a{sv}", variants(state="done"))) == 8, "the results")
    rows = [plain(row) for _, row in connection.root("ListRequests", "a{sv}", {})]
    for row in rows:
        told = [event for _, event, _ in story(connection, row["Id"])]
        equal((told[0], told[-1]), ("accepted", "done"), row)
    equal(events(connection, "f1bbcd88-0000-4000-8000-000000000008"), ["acknowledged"])
    equal(world.commits(), [])
    world.stop_agent()


def test_no_facts_in_a_sandbox(world):
    world.start_directory()
    world.start_agent()
    expect_error("AccessDenied", boxed(world, GAME_A).root, "Diagnose")
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
