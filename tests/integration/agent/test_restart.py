#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clocks and boots: what an agent that starts makes of the times that it finds in its store.

Wall times are changed in the store. The boot clock of an agent is moved by a time namespace, so that it starts in the tenth
second after boot, or after an hour's sleep.
"""
import os
import sys
import time
import uuid

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, BOB, check, equal, wait_until
from staging import LEAVE, edit, member, own, release, shared, stored
from table import Table, numbers

SECOND = 1000000
HOUR = 3600 * SECOND
EXPIRED = ("expired", "no", "expired")
LOST = ("expired", "no", "lost-clock")
APPLIED = ("applied", "yes", None)


def ends(table, *keys):
    return [(result["outcome"], result["applied"], result.get("error")) for result in table.ended(*keys)]


def park(world, writes, clean=True):
    """Writes that could not be sent when the agent ended, cleanly or not: (key, document, session, options). The version of
    the first session was known to it."""
    table = Table(world)
    table.see()
    for name in sorted({name for _, _, name, _ in writes} - {"game"}):
        table.stage.directly.party(name)
    table.commits = len(world.commits())
    world.directory.stop()
    for key, document, table.name, options in writes:
        table.write(key, document, **options)
    wait_until(lambda: any(told["LastError"] for told in all_properties(table)), "one was tried")
    if clean:
        world.stop_agent()
    else:
        wait_until(lambda: any(told["NextAttempt"] > now() + SECOND for told in all_properties(table)), "a long back-off")
        # What was told to the store before this was accepted is written with it: that no attempt is under way.
        table.name = "flush"
        table.write("flush", own(n=1), account=BOB)
        world.agent.kill9()
    world.restart_directory()
    return table


def all_properties(table):
    return [table.connection.properties(path) for path in table.paths.values()]


def plain(*keys):
    """Writes of shared values to one session."""
    return [(key, None, "game", {}) for key in keys]


def now():
    return time.time_ns() // 1000


def another_boot(world):
    """All that is stored is of another boot."""
    equal(edit(world, "UPDATE boot SET id = ?", str(uuid.uuid4())), 1)


def at(world, boottime):
    """The next agent's boot clock, in seconds."""
    offset = int(boottime - time.clock_gettime(time.CLOCK_BOOTTIME))
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    world.prefix = ["unshare", *user, "--time", "--boottime", str(offset)]


def go_on(table):
    """The next agent: it is attached to all of it."""
    table.start_again()
    for path in table.paths.values():
        table.connection.request(path, "Attach")


def methods(world):
    return [line["method"] for line in world.requests() if line["xuid"] == ALICE]


def test_on_the_same_boot_the_wall_clock_means_nothing(world):
    table = park(world, plain("back", "forth", "late", "plain"))
    for key, wall in (("back", -48 * HOUR), ("forth", 48 * HOUR), ("late", 48 * HOUR)):
        rows = edit(world, "UPDATE request SET accepted_wall = accepted_wall + ?1, deadline_wall = deadline_wall + ?1 "
                    "WHERE id = ?2", wall, identifier(table, key))
        equal(rows, 1)
    equal(edit(world, "UPDATE request SET deadline_boot = accepted_boot + 1 WHERE id = ?", identifier(table, "late")), 1)
    go_on(table)
    equal(ends(table, "back", "forth", "late", "plain"), [APPLIED, APPLIED, EXPIRED, APPLIED])
    equal(table.written(), numbers("back", "forth", "plain"))
    world.stop_agent()


def identifier(table, key):
    return uuid.UUID(table.paths[key].rsplit("/", 1)[1].replace("_", "")).bytes


def test_sleep_counts(world):
    """Each write lives as long as its kind does: half a minute, ten minutes, two hours."""
    table = park(world, [("shared", None, "game", {}), ("asked", None, "game", {"deadline_usec": 3 * HOUR}),
                         ("join", member(), "joined", {}), ("own", own(n=1), "played", {}), ("leave", LEAVE, "left", {})])
    world.control("POST", "clock", {"advance": 3600})
    at(world, time.clock_gettime(time.CLOCK_BOOTTIME) + 3600)
    go_on(table)
    equal(ends(table, "shared", "asked", "join", "own", "leave"), [EXPIRED, APPLIED, EXPIRED, EXPIRED, APPLIED])
    equal(sorted(map(str, table.written())), sorted(map(str, [LEAVE] + numbers("asked"))))
    world.stop_agent()


def test_after_a_reboot_the_wall_clock_counts(world):
    table = park(world, plain("late", "early"))
    another_boot(world)
    equal(edit(world, "UPDATE request SET deadline_wall = accepted_wall + 1 WHERE id = ?", identifier(table, "late")), 1)
    # The boot clock begins anew, so by that one nothing was accepted yet.
    at(world, 10)
    go_on(table)
    equal(ends(table, "late", "early"), [EXPIRED, APPLIED])
    equal(table.written(), numbers("early"))
    equal(methods(world), ["PUT"])
    world.stop_agent()


def test_after_a_reboot_without_a_word_the_lane_is_read_once(world):
    """Each may have been sent, and the mark have been forgotten with the power. One look serves them all."""
    writes = [("there", shared(map="old"), "game", {}), ("one", own(one=1), "game", {}), ("two", own(two=2), "game", {}),
              ("shared", None, "game", {})]
    table = park(world, writes, clean=False)
    another_boot(world)
    at(world, 10)
    go_on(table)
    results = dict(zip([key for key, *_ in writes], table.ended(*[key for key, *_ in writes])))
    # One is there anyway. The others are not, and the session is still what it was when they were accepted.
    equal({(result["outcome"], result["applied"], result["resolved"]) for result in results.values()}, {("applied", "yes", True)})
    equal(table.written(), [own(one=1), own(two=2), *numbers("shared")])
    lines = [line for line in world.requests() if line["path"].endswith("/game")]
    equal([line["method"] for line in lines], ["GET", "PUT", "PUT", "PUT"])
    check(all(line["ifMatch"] != "*" for line in lines[1:]), "sent again without a condition")
    world.stop_agent()


def test_a_clock_that_went_back_over_a_reboot_ends_all(world):
    """Earlier than anything in the store, whatever it is: nobody can tell which deadlines have passed."""
    table = park(world, plain("first"))
    go_on(table)
    equal(table.outcomes("first"), ["applied"])
    table.connection.request(table.paths.pop("first"), "Acknowledge")
    path = table.connection.root("GetSessionByHandle", "sa{sv}", table.handle(), harness.variants(account=ALICE))
    equal(table.connection.wait_completed(path)["outcome"], "applied")
    table.write("kept")
    equal(table.outcomes("kept"), ["applied"])
    for number, (name, column) in enumerate((("request", "accepted_wall"), ("request", "done_wall"), ("acknowledged", "wall"),
                                             ("handle", "wall"))):
        world.directory.stop()
        table.write(number)
        wait_until(lambda number=number: table.connection.properties(table.paths[number])["LastError"], "it was tried")
        world.stop_agent()
        world.restart_directory()
        edit(world, "UPDATE boot SET id = ? WHERE id = ?", str(uuid.uuid4()), boot_id())
        (before,), = stored(world, f"SELECT max({column}) FROM {name}")
        equal(edit(world, f"UPDATE {name} SET {column} = ? WHERE {column} = ?", now() + HOUR, before), 1, name)
        go_on(table)
        equal(ends(table, number), [LOST], name, column)
        equal(world.requests(), [], "something was sent")
        world.stop_agent()
        edit(world, f"UPDATE {name} SET {column} = ? WHERE {column} > ?", before, now())
        table.start_again()
    world.stop_agent()


def boot_id():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def test_a_clock_that_went_back_on_the_same_boot_ends_nothing(world):
    table = park(world, plain("one", "two"))
    equal(edit(world, "UPDATE request SET accepted_wall = accepted_wall + ?", HOUR), 2)
    go_on(table)
    equal(ends(table, "one", "two"), [APPLIED] * 2)
    world.stop_agent()


def test_what_was_under_way_is_unknown_when_the_clock_went_back(world):
    table = Table(world)
    table.hold("doubt")
    table.write("behind")
    world.agent.kill9()
    release(world, "drop")
    requests = len(world.requests())
    another_boot(world)
    edit(world, "UPDATE request SET accepted_wall = accepted_wall + ?", HOUR)
    go_on(table)
    equal(ends(table, "doubt", "behind"), [("unknown", "unknown", "lost-clock")] * 2)
    equal(len(world.requests()), requests, "something was sent")
    world.stop_agent()


def leave_over_a_reboot(world, advance):
    """A leave of ten minutes ago, in the tenth second after boot. So long ago, by the service's clock, was she the last to
    join."""
    table = park(world, [("leave", LEAVE, "game", {})])
    another_boot(world)
    edit(world, "UPDATE request SET accepted_wall = accepted_wall - ?", 600 * SECOND)
    world.control("POST", "clock", {"advance": advance})
    at(world, 10)
    go_on(table)
    result, = table.ended("leave")
    world.stop_agent()
    return result["outcome"], methods(world)


def test_a_leave_that_waited_over_a_reboot_is_sent_after_a_look(world):
    """The boot clock is younger than the leave, but that does not make it a fresh one."""
    equal(leave_over_a_reboot(world, 1000), ("applied", ["GET", "PUT"]))


def test_who_joined_again_over_a_reboot_is_not_made_to_leave(world):
    equal(leave_over_a_reboot(world, 0), ("superseded", ["GET"]))


def test_times_over_a_reboot_are_told_as_they_were(world):
    """Those of before the boot as well, which on the boot's clock lie before its beginning."""
    table = park(world, plain("parked"))
    another_boot(world)
    equal(edit(world, "UPDATE request SET accepted_wall = accepted_wall - ?", 300 * SECOND), 1)
    before = rows(world)
    world.directory.stop()
    at(world, 10)
    go_on(table)
    properties = table.connection.properties(table.paths["parked"])
    accepted, deadline = before[identifier(table, "parked")]
    check(abs(properties["AcceptedAt"] - accepted) < SECOND, "AcceptedAt is off by", properties["AcceptedAt"] - accepted)
    check(abs(properties["Deadline"] - deadline) < SECOND, "Deadline is off by", properties["Deadline"] - deadline)
    world.stop_agent()


def rows(world):
    return {row[0]: row[1:] for row in stored(world, "SELECT id, accepted_wall, deadline_wall FROM request")}


if __name__ == "__main__":
    harness.main()
