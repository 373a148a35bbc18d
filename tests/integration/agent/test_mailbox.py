#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What becomes of results: kept until they are acknowledged, told again, remembered, forgotten in time; nothing grows."""
import json
import os
import sys
import uuid

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, SCID, check, equal, expect_error, variants, wait_until
from staging import SYNC, edit, fault, rival, shared, stored
from table import Table

HOUR = 3600 * 1000000
OUTCOMES = ("applied", "out-of-sync", "rejected", "unknown", "superseded", "cancelled")
TABLES = ("request", "body", "result", "quarantine")


def one_of_each(table):
    """A write for each way to end, keyed by it: their results."""
    world = table.world
    for key, struck in (("rejected", fault("F5", status=400)), ("unknown", fault("F10", rival=rival(n="rival")))):
        world.fault(**{"method": "PUT", "path": "/game", **struck})
        identify(table, key)
        table.ended(key)
    identify(table, "out-of-sync", mode=SYNC, etag="stale")
    table.ended("out-of-sync")
    first = table.hold("sending")
    identify(table, "superseded", supersedes="key")
    identify(table, "applied", supersedes="key")
    identify(table, "cancelled")
    table.connection.request(table.paths["cancelled"], "Cancel")
    table.release(first)
    table.ended("sending", "applied")
    results = {key: table.connection.result(table.paths[key]) for key in OUTCOMES}
    equal({key: result["outcome"] for key, result in results.items()}, {key: key for key in OUTCOMES})
    return results


def options_of(key):
    """What makes a call the same call again."""
    return {"out-of-sync": {"mode": SYNC, "etag": "stale"}, "superseded": {"supersedes": "key"},
            "applied": {"supersedes": "key"}}.get(key, {})


def identifier(key):
    return str(uuid.uuid5(uuid.NAMESPACE_OID, key))


def identify(table, key, **options):
    """A write whose id follows from its key."""
    return table.write(key, id=identifier(key), **options)


def told_again(table, results, connection=None):
    """Attach brings each result once more, as it was."""
    connection = connection or table.connection
    for key, result in results.items():
        connection.request(table.paths[key], "Attach")
        equal(connection.wait_completed(table.paths[key]), result, key)
        equal(connection.result(table.paths[key]), result, key)


def counts(world, *tables):
    return [stored(world, f"SELECT count(*) FROM {name}")[0][0] for name in tables]


def test_results_are_kept_over_a_kill(world):
    table = Table(world)
    results = one_of_each(table)
    check("n" in results["applied"]["session"] and results["out-of-sync"]["session"], "no documents")
    requests = len(world.requests())
    for _ in range(2):
        table.restart()
        table.connection.signals.clear()
        equal(table.connection.properties(harness.ROOT, harness.IFACE)["Unacknowledged"], len(OUTCOMES) + 1)
        told_again(table, results)
    equal(len(world.requests()), requests, "something was sent again")
    world.stop_agent()


def test_results_are_told_again_when_the_game_comes_back(world):
    table = Table(world)
    results = one_of_each(table)
    game = table.connection
    stranger = world.connect()
    for key in OUTCOMES:
        expect_error("AccessDenied", stranger.request, table.paths[key], "Attach")
    game.close()
    world.connections.remove(game)
    wait_until(lambda: not any(stranger.properties(table.paths[key])["Owner"] for key in OUTCOMES), "the game is gone")
    told_again(table, results, stranger)
    told_again(table, results, stranger)
    for key in OUTCOMES:
        stranger.request(table.paths[key], "Acknowledge")
        expect_error("NoSuchRequest", stranger.request, table.paths[key], "Attach")
    world.stop_agent()


def test_an_acknowledged_id_is_remembered(world):
    table = Table(world)
    results = one_of_each(table)
    for key in OUTCOMES:
        table.connection.request(table.paths[key], "Acknowledge")
    requests = len(world.requests())
    for again in ("at once", "by the next agent"):
        for key, result in results.items():
            equal(identify(table, key, **options_of(key)), table.paths[key])
            told, = table.ended(key)
            equal(told["outcome"], result["outcome"], key, again)
            # A memory may say less of what became of a write that was sent, but nothing else.
            check(told["applied"] in (result["applied"], "unknown"), key, again, told)
            expect_error("IdReused", table.write, "else", id=identifier(key))
            table.connection.request(table.paths[key], "Acknowledge")
        world.agent.kill9()
        table.start_again()
    equal(len(world.requests()), requests, "something was sent again")
    world.stop_agent()
    equal(counts(world, "acknowledged", "result"), [len(OUTCOMES), 1])


def test_a_result_is_forgotten_after_a_day(world):
    table = Table(world)
    results = one_of_each(table)
    world.stop_agent()
    ids = [uuid.UUID(identifier(key)).bytes for key in ("rejected", "unknown", "cancelled")]
    equal(edit(world, "UPDATE request SET done_steady = done_steady - ? WHERE id IN (?, ?, ?)", 24 * HOUR + 1000000, *ids), 3)
    equal(edit(world, "UPDATE request SET done_steady = done_steady - ? WHERE id = ?", 23 * HOUR,
               uuid.UUID(identifier("applied")).bytes), 1)
    table.start_again()
    for key in ("rejected", "unknown", "cancelled"):
        wait_until(lambda key=key: gone(table, key), f"{key} is forgotten")
    kept = {key: results[key] for key in ("applied", "out-of-sync", "superseded")}
    told_again(table, kept)
    world.stop_agent()
    equal(counts(world, "request", "result"), [len(kept) + 1] * 2)


def gone(table, key):
    try:
        table.connection.result(table.paths[key])
        return False
    except harness.BusError as error:
        equal(error.name, "org.mpsession.Error.NoSuchRequest")
        return True


def test_an_acknowledged_id_is_forgotten_after_a_day(world):
    table = Table(world)
    for key in ("old", "young"):
        identify(table, key)
        table.ended(key)
        table.connection.request(table.paths[key], "Acknowledge")
    world.stop_agent()
    for key, age in (("old", 24 * HOUR + 1000000), ("young", 23 * HOUR)):
        equal(edit(world, "UPDATE acknowledged SET steady = steady - ? WHERE id = ?", age, uuid.UUID(identifier(key)).bytes), 1)
    table.start_again()
    # They are thrown away when the next is acknowledged.
    table.write("another")
    table.ended("another")
    table.connection.request(table.paths["another"], "Acknowledge")
    table.write("new", id=identifier("old"))
    expect_error("IdReused", table.write, "new", id=identifier("young"))
    equal(table.outcomes("new"), ["applied"])
    world.stop_agent()


# ---- Nothing grows

def pour(table, count, size=100):
    """So many writes, each completed and acknowledged; a hundred at a time."""
    connection = table.connection
    for begin in range(0, count, 100):
        paths = []
        for number in range(begin, begin + 100):
            document = json.dumps(shared(n=number, text="x" * size))
            paths.append(connection.send_call(harness.ROOT, harness.IFACE, "WriteSession", "sssssa{sv}", (
                SCID, "quickmatch", f"pour-{number % 10}", "update-or-create-new", document, variants(account=ALICE))))
        paths = [connection.wait_reply(serial).body[0] for serial in paths]
        acknowledged = []
        for path in paths:
            equal(connection.wait_completed(path, 120)["outcome"], "applied")
            acknowledged.append(connection.send_call(path, harness.REQUEST_IFACE, "Acknowledge"))
        for serial in acknowledged:
            connection.wait_reply(serial)
        connection.signals.clear()


def members(table):
    for number in range(10):
        table.stage.directly.party(f"pour-{number}")


def test_the_store_does_not_grow(world):
    table = Table(world)
    members(table)
    pour(table, 1000)
    equal(table.connection.root("ListRequests", "a{sv}", {}), [])
    world.stop_agent()
    equal(counts(world, *TABLES), [0] * len(TABLES))
    equal(counts(world, "acknowledged"), [1000], "remembered ids: sixteen bytes and a hash each, for a day")
    first = os.path.getsize(os.path.join(world.state, "queue.db"))
    table.start_again()
    pour(table, 1000)
    world.stop_agent()
    equal(counts(world, *TABLES, "acknowledged"), [0] * len(TABLES) + [2000])
    check(stored(world, "SELECT count(*) FROM limiter")[0][0] <= 3000, "the limiter's log has no end")
    grown = os.path.getsize(os.path.join(world.state, "queue.db")) - first
    check(grown < 1000 * 256, "the file has grown by", grown)


def resident(world):
    with open(f"/proc/{world.agent.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon:"))


def test_the_agent_does_not_grow(world):
    """Documents of 8 KB, two thousand times: a copy lost of each would be 16 MB."""
    world.env["ASAN_OPTIONS"] += ":quarantine_size_mb=1"
    table = Table(world)
    members(table)
    pour(table, 1000, size=8192)
    before = resident(world)
    pour(table, 2000, size=8192)
    grown = resident(world) - before
    check(grown < 8192, "the agent has grown by", grown, "KB")
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
