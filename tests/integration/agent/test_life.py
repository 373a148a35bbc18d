#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is accepted is kept, whatever dies."""
import errno
import json
import os
import stat
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, SCID, check, equal, expect_error, plain, variants

CREATE = '{"members":{"me":{"constants":{"system":{"xuid":"%s"}},"properties":{"system":{"active":true}}}}}' % ALICE


def write(connection, name, document, mode="update-existing", **options):
    options.setdefault("account", ALICE)
    text = document if isinstance(document, str) else json.dumps(document)
    return connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", name, mode, text, variants(**options))


def test_offline_writes_survive_kill_and_are_delivered_once_in_order(world):
    connection = world.start()
    world.create_session(connection)
    world.directory.kill9()
    paths = [write(connection, "game", {"properties": {"custom": {"n": n}}}) for n in range(4)]
    # Between attempts, and what was told to the store before the fifth was accepted is written with it: so it is sure
    # that no attempt is under way when the agent dies.
    harness.wait_until(lambda: connection.properties(paths[0])["NextAttempt"] > (time.time() + 1) * 1e6, "a long back-off")
    paths.append(write(connection, "game", {"properties": {"custom": {"n": 4}}}))
    equal(connection.properties(harness.ROOT, harness.IFACE)["Connectivity"], "offline")
    world.agent.kill9()
    world.start_agent()
    connection = world.connect()
    rows = [plain(row) for _, row in connection.root("ListRequests", "a{sv}", {}) if plain(row)["State"] != "done"]
    equal([row["Id"].replace("-", "_") for row in rows], [path.rsplit("/", 1)[1] for path in paths])
    equal({row["Owner"] for row in rows}, {""})
    for path in paths:
        connection.request(path, "Attach")
    world.restart_directory()
    for path in paths:
        equal(connection.wait_completed(path, 60)["outcome"], "applied")
    deltas = [commit["delta"]["properties"]["custom"]["n"] for commit in world.commits() if "properties" in commit["delta"]]
    equal(deltas, [0, 1, 2, 3, 4], "in order, each once")
    world.stop_agent()


def test_a_kill_while_sending_is_judged_by_the_412(world):
    connection = world.start()
    world.fault("F1", method="PUT", count=1)
    path = write(connection, "game", CREATE, "create-new", deadline_usec=120000000)
    harness.wait_until(lambda: [r for r in world.requests() if r["method"] == "PUT"], "the write is being sent")
    world.agent.kill9()
    world.start_agent()
    connection = world.connect()
    connection.request(path, "Attach")
    equal(connection.wait_completed(path, 60)["outcome"], "applied")
    equal(len(world.commits()), 1)
    world.stop_agent()


def test_a_kill_after_an_unanswered_apply_is_resolved(world):
    connection = world.start()
    world.fault("F2", method="PUT", count=1)
    path = write(connection, "game", CREATE, "create-new")
    result = connection.wait_completed(path, 60)
    equal((result["outcome"], result["resolved"]), ("applied", True), result)
    equal(len(world.commits()), 1, "applied exactly once")
    world.stop_agent()


def test_an_unconditional_write_without_an_answer_is_looked_up(world):
    connection = world.start()
    world.create_session(connection)
    world.fault("F2", method="PUT", count=1)
    path = write(connection, "game", {"properties": {"custom": {"n": 1}}})
    result = connection.wait_completed(path, 60)
    equal((result["outcome"], result["applied"], result["resolved"]), ("applied", "yes", True), result)
    equal(len(world.commits()), 2)
    equal([r["method"] for r in world.requests()][-2:], ["PUT", "GET"], "it is read, not sent again")
    world.stop_agent()


def test_retry_after_is_kept(world):
    connection = world.start()
    world.create_session(connection)
    world.fault("F6", method="PUT", count=1, retry_after="2")
    path = write(connection, "game", {"properties": {"custom": {"n": 1}}})
    equal(connection.wait_completed(path, 60)["outcome"], "applied")
    puts = [r for r in world.requests() if r["method"] == "PUT"]
    equal([r["status"] for r in puts], [201, 503, 200])
    world.stop_agent()


def test_hostile_answers_do_no_harm(world):
    connection = world.start()
    world.create_session(connection)
    for fault, outcome in (("garbage", "applied"), ("huge", "applied"), ("F14", "applied")):
        world.fault(fault, method="PUT", count=1)
        path = write(connection, "game", {"properties": {"custom": {"f": fault}}})
        equal(connection.wait_completed(path, 60)["outcome"], outcome, fault)
    # The status came, so the change is made, whatever became of the document.
    world.fault("half", method="PUT", count=1)
    path = write(connection, "game", {"properties": {"custom": {"f": "half"}}})
    result = connection.wait_completed(path, 60)
    equal((result["outcome"], result.get("session")), ("applied", None))
    path = write(connection, "game", {"properties": {"custom": {"f": "after"}}})
    equal(connection.wait_completed(path, 60)["outcome"], "applied", "the agent goes on")
    world.stop_agent()


def test_cancel_and_deadline(world):
    connection = world.start()
    world.create_session(connection)
    world.directory.kill9()
    first = write(connection, "game", {"properties": {"custom": {"n": 1}}}, deadline_usec=3000000)
    second = write(connection, "game", {"properties": {"custom": {"n": 2}}})
    harness.wait_until(lambda: connection.properties(first)["LastError"], "it has failed once")
    equal(connection.request(second, "Cancel"), "cancelled")
    equal(connection.wait_completed(second)["outcome"], "cancelled")
    equal(connection.request(second, "Cancel"), "too-late")
    result = connection.wait_completed(first)
    equal((result["outcome"], result["applied"], result["error"]), ("expired", "no", "expired"), result)
    path = write(connection, "game", {"properties": {"custom": {"n": 3}}}, when_offline="fail")
    equal(connection.wait_completed(path)["error"], "offline")
    world.stop_agent()


def test_what_was_cancelled_is_never_sent_whatever_dies(world):
    connection = world.start()
    world.create_session(connection)
    world.directory.kill9()
    path = write(connection, "game", {"properties": {"custom": {"n": 1}}})
    harness.wait_until(lambda: connection.properties(path)["LastError"], "it has failed once")
    equal(connection.request(path, "Cancel"), "cancelled")
    world.agent.kill9()
    world.restart_directory()
    world.start_agent()
    equal(plain(connection.request(path, "GetResult"))["outcome"], "cancelled")
    equal(len(world.commits()), 1)
    world.stop_agent()


def test_a_second_agent_is_refused(world):
    world.start()
    second = world.spawn_agent(name="second")
    status = second.wait()
    check(status not in (0, 1), "a status of its own:", status)
    check(str(world.agent.pid) in second.log(), "the holder is named:", second.log())
    world.stop_agent()


def test_the_bus_may_die(world):
    world.start_directory()
    world.start_agent("--config", make_config(world, ""))
    connection = world.connect()
    world.create_session(connection)
    world.bus.kill9()
    world.connections.clear()
    world.start_bus()
    connection = harness.wait_until(lambda: try_connect(world), "the bus is back")
    harness.wait_until(connection.owner, "the agent has come back to the bus", 60)
    equal(len(connection.root("ListRequests", "a{sv}", {})), 1, "with what it had")
    world.stop_agent()


def try_connect(world):
    try:
        return world.connect()
    except OSError:
        return None


def make_config(world, text):
    path = world.path("agent.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def test_idle_exit_and_activation_lose_no_call(world):
    world.start_directory()
    config = make_config(world, "[Queue]\nIdleExitSec=1\n")
    arguments = " ".join(world.agent_arguments("--config", config))
    with open(os.path.join(world.services, "org.mpsession.Agent1.service"), "w", encoding="utf-8") as file:
        file.write(f"[D-BUS Service]\nName={harness.NAME}\nExec={arguments}\n")
    if world.kind == "dbus-broker":
        # Without systemd dbus-broker starts nothing; that way of starting has its tests under a user manager.
        world.start_agent("--config", config)
        equal(world.agent.wait(30), 0, "it exits when idle")
        return
    world.bus.stop()
    world.start_bus()
    connection = world.connect()
    world.create_session(connection)
    starts = set()
    for number in range(8):
        path = write(connection, "game", {"properties": {"custom": {"n": number}}})
        equal(connection.wait_completed(path)["outcome"], "applied")
        connection.request(path, "Acknowledge")
        owner = connection.owner()
        starts.add(owner)
        # Calls at the very edge of its idle time: some meet it while it lets go of its name.
        if number < 4:
            harness.wait_until(lambda: connection.owner() != owner, "it exits when idle", 30)
        else:
            try:
                connection.wait_signal(lambda message: False, limit=0.97 + 0.01 * number)
            except harness.Failure:
                pass
    check(len(starts) >= 5, "it was started anew:", starts)
    equal(len(world.commits()), 9)


def test_an_agent_that_cannot_start_tells_its_callers(world):
    """They would wait for the bus's time-out else, and the bus would start no other agent for as long."""
    world.start_directory()
    config = make_config(world, "[Queue]\nIdelExitSec=1\n")
    arguments = " ".join(world.agent_arguments("--config", config))
    with open(os.path.join(world.services, "org.mpsession.Agent1.service"), "w", encoding="utf-8") as file:
        file.write(f"[D-BUS Service]\nName={harness.NAME}\nExec={arguments}\n")
    if world.kind == "dbus-broker":
        # It starts nothing without systemd; see the tests of the unit. The agent's own part is the same.
        agent = world.spawn_agent("--config", config)
        equal(agent.wait(), 78, agent.log())
        check("IdelExitSec" in agent.log(), agent.log())
        return
    world.bus.stop()
    world.start_bus()
    connection = world.connect()
    for _ in range(3):
        text = expect_error("NotStarted", connection.root, "ListRequests", "a{sv}", {})
        check("IdelExitSec" in text, text)
    harness.wait_until(lambda: not connection.owner(), "the last of them has gone")
    make_config(world, "[Queue]\nIdleExitSec=60\n")
    equal(connection.root("ListRequests", "a{sv}", {}), [])


def test_bad_surroundings_are_named(world):
    world.start_directory()

    def refused(*options, tokens=True, words=()):
        child = world.spawn_agent(*options, tokens=tokens, name="refused")
        status = child.wait()
        check(status > 0, "it should not run:", options, child.log())
        for word in words:
            check(word in child.log(), f"{word!r} should be in:", child.log())
        check("alice-token" not in child.log(), "a token is in the log")

    refused("--directory-url", "http://example.org", tokens=False, words=["https"])
    refused("--directory-url", "https://example.org", words=["loopback"])
    refused("--directory-url", "http://127.0.0.1:1@example.org", tokens=False)
    refused("--directory-url", "ftp://127.0.0.1", tokens=False)
    refused("--fixed-token", "nonsense")
    refused("--config", make_config(world, "[Directory]\nUlr=x\n"), words=["Ulr", "2"])
    refused("--config", world.path("not-there.conf"), words=["not-there.conf"])
    refused("--state-dir", "/proc/nowhere")
    file = world.path("a-file")
    with open(file, "w", encoding="utf-8"):
        pass
    refused("--state-dir", file, words=[file])


def test_a_full_disk_refuses_new_work_and_keeps_the_old(world):
    world.start_directory()
    filler = world.start_agent_on_small_disk()
    connection = world.connect()
    world.create_session(connection)
    world.directory.kill9()
    paths = [write(connection, "game", {"properties": {"custom": {"n": n}}}) for n in range(3)]
    # What fills it is somebody else's.
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            equal(error.errno, errno.ENOSPC)
    large = {"properties": {"custom": {"x": "y" * 900_000}}}
    text = expect_error("StoreFailed", write, connection, "game", large)
    check("disk" in text.lower() or "space" in text.lower(), text)
    # What was accepted goes on all the same, and is told.
    world.restart_directory()
    for path in paths:
        equal(connection.wait_completed(path, 60)["outcome"], "applied")
    os.unlink(filler)
    path = harness.wait_until(lambda: accepted(connection, large), "there is room again")
    equal(connection.wait_completed(path)["outcome"], "applied")
    equal([commit["delta"] for commit in world.commits()][-4:-1], [{"properties": {"custom": {"n": n}}} for n in range(3)])
    world.stop_agent()


def accepted(connection, document):
    try:
        return write(connection, "game", document)
    except harness.BusError as error:
        equal(error.name, "org.mpsession.Error.StoreFailed", error.text)
        return None


def test_a_corrupt_queue_is_moved_aside(world):
    connection = world.start()
    world.create_session(connection)
    world.stop_agent()
    for entry in os.scandir(world.state):
        check(stat.S_IMODE(entry.stat().st_mode) == 0o600, "the mode of", entry.name)
    equal(stat.S_IMODE(os.stat(world.state).st_mode), 0o700)
    with open(os.path.join(world.state, "queue.db"), "r+b") as file:
        file.write(b"this is no database " * 50)
    world.start_agent()
    check("moved" in world.agent.log(), world.agent.log())
    check(any("corrupt" in name for name in os.listdir(world.state)), os.listdir(world.state))
    equal(world.connect().root("ListRequests", "a{sv}", {}), [])
    world.stop_agent()


def test_no_token_is_in_the_state_or_the_log(world):
    connection = world.start()
    world.create_session(connection)
    world.stop_agent()
    for name in os.listdir(world.state):
        with open(os.path.join(world.state, name), "rb") as file:
            check(b"alice-token" not in file.read(), "a token is in", name)
    check("alice-token" not in world.agent.log(), "a token is in the log")


if __name__ == "__main__":
    harness.main()
