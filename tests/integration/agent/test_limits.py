#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Never faster than the service allows: two games of one title, at the limits themselves. This takes minutes."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, SCID, check, equal, plain, variants, wait_until
from staging import Stage, member
from test_sandbox import GAME_A, GAME_B, boxed

SECOND = 1000000
COUNT = 60
PATIENCE = 240


def submit(game, letter):
    """Writes that depend on nothing but the limits: each makes a session of its own."""
    options = variants(account=ALICE, deadline_usec=600 * SECOND)
    return [game.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", f"{letter}-{number:02}", "create-new",
                      json.dumps(member()), options) for number in range(COUNT)]


def lines(world):
    """The requests of the writes, in the order in which they came."""
    return sorted((line for line in world.requests() if line["path"].rsplit("/", 1)[1][:2] in ("a-", "b-")),
                  key=lambda line: line["bootUsec"])


def most_within(rows, seconds):
    """How many requests came within so many seconds at most, wherever these begin."""
    times, first, most = [line["bootUsec"] for line in rows], 0, 0
    for last, time in enumerate(times):
        while times[first] <= time - seconds * SECOND:
            first += 1
        most = max(most, last - first + 1)
    return most


def letters(rows):
    return "".join(line["path"].rsplit("/", 1)[1][0] for line in rows)


def undone(host):
    return [row for _, row in host.root("ListRequests", "a{sv}", {}) if plain(row)["State"] != "done"]


def finish(world, host):
    """Waits until all are done; what they have come to."""
    wait_until(lambda: not undone(host), "all are done", PATIENCE)
    outcomes = [host.result(path)["outcome"] for path, _ in host.root("ListRequests", "a{sv}", {})]
    equal(outcomes, ["applied"] * 2 * COUNT)
    # The directory counts by its own rules, and has never had a reason to refuse.
    equal({line["status"] for line in lines(world)} - {201}, set())


def start(world):
    world.start_directory("--rate-limit")
    world.start_agent()


def test_two_games_share_the_limits_of_their_title(world):
    start(world)
    games = [(boxed(world, GAME_A), "a"), (boxed(world, GAME_B), "b")]
    for game, letter in games:
        submit(game, letter)
    finish(world, world.connect())
    rows = lines(world)
    equal(len(rows), 2 * COUNT)
    check(most_within(rows, 15) <= 30, "within 15 s there were", most_within(rows, 15))
    check(most_within(rows, 15) >= 25, "the limits are not used:", most_within(rows, 15))
    # The first game has had the first slots to itself; from when both wait, they take turns.
    order = letters(rows).lstrip("a")
    both = order[:2 * (COUNT - (len(rows) - len(order))) - 2]
    ahead = [abs(both[:end].count("a") - both[:end].count("b")) for end in range(len(both))]
    # Two that are sent at once may arrive in either order.
    check(max(ahead) <= 3, "not in turn:", letters(rows))
    world.stop_agent()


def test_the_limits_outlive_the_agent(world):
    start(world)
    host = world.connect()
    for letter in "ab":
        submit(host, letter)
    for kill in range(3):
        wait_until(lambda kill=kill: len(lines(world)) >= 20 + 25 * kill, "some are sent", PATIENCE)
        world.agent.kill9()
        world.start_agent()
    host = world.connect()
    wait_until(lambda: not undone(host), "all are done", PATIENCE)
    rows = lines(world)
    check(most_within(rows, 15) <= 30, "within 15 s there were", most_within(rows, 15))
    equal({line["status"] for line in rows} - {0, 201, 412}, set(), "it was sent faster than the directory allows")
    # One that was cut off by a kill is sent again, and found there: each was made once.
    made = [line["session"]["name"] for line in world.commits()]
    equal((len(made), len(set(made))), (2 * COUNT, 2 * COUNT))
    world.stop_agent()


def test_f07_a_429_lowers_the_limits(world):
    """Five in 15 seconds, it says; four are sent from then on, with the one that was refused."""
    stage = Stage(world)
    world.fault("F7", method="PUT", retry_after="1", max_requests=5, period=15)
    options = variants(account=ALICE, deadline_usec=600 * SECOND)
    paths = [stage.connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", "a-00", "create-new",
                                   json.dumps(member()), options)]
    wait_until(lambda: stage.connection.properties(paths[0])["State"] == "waiting", "it was refused")
    for number in range(1, 9):
        paths.append(stage.connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", f"a-{number:02}", "create-new",
                                           json.dumps(member()), options))
    for path in paths:
        equal(stage.connection.wait_completed(path, PATIENCE)["outcome"], "applied")
    rows = lines(world)
    equal(len(rows), 10)
    check(most_within(rows, 15) <= 5, "within 15 s there were", most_within(rows, 15))
    check(most_within(rows, 15) >= 3, "less than was told:", most_within(rows, 15))
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
