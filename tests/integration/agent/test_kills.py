#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F16: the agent is killed while a write is under way, and the next one has to find out what became of it."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import equal, wait_until
from staging import CHANGES, CREATE, LEAVE, PUT, SYNC, UPDATE, Stage, each, fault, held, own, release, sent, shared

UNKNOWN = {"outcome": "unknown", "applied": "unknown", "resolved": False, "error": "no-answer"}
HELD = fault("F16")
BASES = (True, "etag", False)


def kill_while_held(stage, action):
    """The directory has read the writes and done nothing yet; then the agent dies, and then comes what the action says."""
    stage.act()
    stage.wait_held()
    stage.world.agent.kill9()
    wait_until(lambda: not any(line["connected"] for line in held(stage.world)), "its connections are closed")
    if action:
        release(stage.world, action)
    stage.restart()


def test_f16_applied_and_the_agent_is_killed(world):
    stage = Stage(world)
    for change, mode, base in each(bases=BASES):
        stage.add(change, mode, sent(mode, 0, "GET 200"), base=base, faults=HELD)
    for change in CHANGES:
        stage.add(change, SYNC, sent(SYNC, 0, "PUT v2 412"), faults=HELD)
    stage.add("create", CREATE, sent(CREATE, 0, "PUT new 412"), faults=HELD)
    stage.add("create", PUT, sent(PUT, 0, "GET 200"), faults=HELD)
    kill_while_held(stage, "apply")
    stage.judge()


def nothing_applied(stage):
    for change, mode, base in each(bases=BASES):
        # A leave that is not done may have been followed by a join that this agent knows nothing of.
        if base or change not in ("shared", "leave"):
            stage.add(change, mode, sent(mode, 0, "GET 200", "PUT v2 200"), base=base, faults=HELD)
        else:
            stage.add(change, mode, sent(mode, 0, "GET 200"), faults=HELD, **UNKNOWN)
    for change in CHANGES:
        stage.add(change, SYNC, sent(SYNC, 0, "PUT v2 200"), faults=HELD)
    stage.add("create", CREATE, sent(CREATE, 0, "PUT new 201"), faults=HELD)
    stage.add("create", PUT, sent(PUT, 0, "GET 204", "PUT new 201"), faults=HELD)


def test_f16_not_applied_and_the_agent_is_killed(world):
    stage = Stage(world)
    nothing_applied(stage)
    kill_while_held(stage, "drop")
    stage.judge()


def test_f16_applied_when_the_next_agent_is_done(world):
    """What the conditions are for: the first copy comes when everything is over."""
    stage = Stage(world)
    nothing_applied(stage)
    kill_while_held(stage, None)
    results = stage.results()
    late = dict(zip([line["path"] for line in held(world)], release(world, "apply")))
    for write in stage.writes:
        equal(late[write.target()], 412 if write.mode in (SYNC, CREATE) else 200, write.name)
        if write.result["outcome"] == "unknown":
            write.effect, write.commits = True, 1
    stage.judge(results)


def test_f16_killed_again_while_it_looks(world):
    stage = Stage(world)
    for change, mode, _ in each(bases=(False,)):
        stage.add(change, mode, sent(mode, 0, "GET 0", "GET 200"), faults=(HELD, fault("F16", method="GET")))
    for change in CHANGES:
        stage.add(change, SYNC, sent(SYNC, 0, "PUT v2 0", "PUT v2 412"), faults=(HELD, HELD))
    stage.add("create", CREATE, sent(CREATE, 0, "PUT new 0", "PUT new 412"), faults=(HELD, HELD))
    kill_while_held(stage, "apply")
    stage.wait_held()
    stage.restart()
    stage.judge()


def write(connection, document, **options):
    return connection.root("WriteSession", "sssssa{sv}", harness.SCID, "quickmatch", "game", UPDATE, harness.json.dumps(document),
                           harness.variants(account=harness.ALICE, **options))


def test_f16_those_behind_it_wait_for_the_look(world):
    """The lane keeps its order over the kill: what is in doubt is cleared up first."""
    stage = Stage(world)
    stage.directly.party("game")
    world.fault("F16", method="PUT", path="/game")
    connection = stage.connection
    paths = [write(connection, own(n=0))]
    stage.wait_held(1)
    paths += [write(connection, document) for document in (own(n=1), shared(n=2), own(n=3), LEAVE)]
    stage.restart()
    for path in paths:
        stage.connection.request(path, "Attach")
    first = stage.connection.wait_completed(paths[0], 60)
    release(world, "drop")
    equal((first["outcome"], first["resolved"]), ("applied", True), first)
    outcomes = [stage.connection.wait_completed(path, 60)["outcome"] for path in paths[1:]]
    # The leave made pointless what only the leaver's own member had.
    equal(outcomes, ["superseded", "applied", "superseded", "applied"])
    world.stop_agent()
    equal([(line["method"], line["status"]) for line in world.requests()[2:]],
          [("PUT", 0), ("GET", 200), ("PUT", 200), ("PUT", 200), ("PUT", 200)])
    equal([line["delta"] for line in world.commits()[2:]], [own(n=0), shared(n=2), LEAVE])


if __name__ == "__main__":
    harness.main()
