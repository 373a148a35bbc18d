#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The machine sleeps and wakes up: by logind's word, by the clocks, and without either."""
import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hints import *  # noqa: E402
import harness  # noqa: E402
import test_transport as transport  # noqa: E402
from harness import check, equal, wait_until  # noqa: E402
from jeepney import DBusAddress, new_signal  # noqa: E402


def start_with_logind(world):
    world.start_system_bus()
    logind = Logind(world)
    connection = world.start()
    return logind, connection, logind.inhibitor()


def go_to_sleep(world, logind, inhibitor):
    before = told(world, GOING)
    logind.prepare(True)
    inhibitor.wait_released()
    equal(told(world, GOING), before + 1)


def waits(world, connection, name, deadline_usec=600000000):
    """A write that is accepted while the machine goes to sleep: it is kept, and not sent."""
    path = write(connection, name, deadline_usec=deadline_usec)
    # If it were sent, that would have been begun before its acceptance was told.
    equal(connection.properties(path)["State"], "queued")
    equal(puts(world, name), [])
    return path


def test_sleep_and_resume(world):
    logind, connection, inhibitor = start_with_logind(world)
    what, who, why, mode = inhibitor.arguments
    equal((what, who, mode), ("sleep", "mpsession", "delay"))
    check(why, "a reason for people")
    applied(connection, write(connection, "before"))
    kept = ports(world)
    equal(len(kept), 1)
    check(not inhibitor.released(), "it is not held while awake")
    for round_number in range(2):
        go_to_sleep(world, logind, inhibitor)
        paths = [waits(world, connection, f"asleep-{round_number}-{number}") for number in range(3)]
        logind.prepare(False)
        for path in paths:
            applied(connection, path)
        inhibitor = logind.inhibitor()
        check(not kept & ports(world), "a connection of before the sleep is in use")
        kept = ports(world)
    equal(len(world.commits()), 7, "each once")
    equal((told(world, GOING), told(world, BACK)), (2, 2))
    world.stop_agent()
    inhibitor.wait_released()


def test_what_is_under_way_may_end_before_the_sleep(world):
    logind, connection, inhibitor = start_with_logind(world)
    for attempt in range(10):
        name = f"game-{attempt}"
        world.directory.process.send_signal(signal.SIGSTOP)
        path = write(connection, name, deadline_usec=120000000)
        wait_until(lambda: connection.properties(path)["State"] == "sending", "it is under way")
        begin = time.monotonic()
        logind.prepare(True)
        wait_until(lambda: told(world, GOING) == attempt + 1, "the agent knows")
        early = inhibitor.released()
        world.directory.process.send_signal(signal.SIGCONT)
        inhibitor.wait_released()
        # Two seconds after the announcement it is let go in any case: on a busy machine that shows nothing.
        conclusive = time.monotonic() - begin < 1.5
        state = connection.properties(path)["State"]
        logind.prepare(False)
        applied(connection, path)
        equal([row["status"] for row in puts(world, name)], [201], "sent once")
        inhibitor = logind.inhibitor()
        if conclusive:
            check(not early, "the machine may sleep while a write is under way")
            equal(state, "done", "the machine may sleep before the write has ended")
            world.stop_agent()
            return
    raise harness.Failure("this machine is too slow for this test")


def test_what_hangs_does_not_keep_the_machine_awake(world):
    logind, connection, inhibitor = start_with_logind(world)
    world.directory.process.send_signal(signal.SIGSTOP)
    path = write(connection, "game", deadline_usec=120000000)
    wait_until(lambda: connection.properties(path)["State"] == "sending", "it is under way")
    logind.prepare(True)
    inhibitor.wait_released()
    equal(connection.properties(path)["State"], "sending", "it is not broken off")
    world.directory.process.send_signal(signal.SIGCONT)
    applied(connection, path)
    waiting = waits(world, connection, "waiting")
    logind.prepare(False)
    applied(connection, waiting)
    world.stop_agent()


def test_a_resume_ends_the_back_off(world):
    logind, connection, inhibitor = start_with_logind(world)
    world.directory.kill9()
    path = write(connection, "game", deadline_usec=3600000000)
    due = wait_long_back_off(connection, path)
    go_to_sleep(world, logind, inhibitor)
    world.restart_directory()
    equal(puts(world, "game"), [])
    logind.prepare(False)
    applied(connection, path)
    check(microseconds(puts(world, "game")[0]) < due, "sent by its back-off alone")
    world.stop_agent()


def test_only_logind_is_believed(world):
    logind, connection, inhibitor = start_with_logind(world)
    impostor = harness.Connection(world.env["DBUS_SYSTEM_BUS_ADDRESS"])
    world.connections.append(impostor)
    for destination in (None, inhibitor.sender):
        for going in (True, False):
            message = new_signal(DBusAddress(LOGIND_PATH, interface=LOGIND_IFACE), "PrepareForSleep", "b", (going,))
            if destination:
                message.header.fields[harness.HeaderFields.destination] = destination
            impostor.raw.send_message(message)
    # It is on its way before what logind says.
    impostor.owner(LOGIND)
    go_to_sleep(world, logind, inhibitor)
    equal((told(world, GOING), told(world, BACK)), (1, 0), "a stranger was believed")
    logind.prepare(False)
    applied(connection, write(connection, "game"))
    world.stop_agent()


# Before an announced sleep of which nothing more is heard is taken to be over.
SOON = 12000000


def test_logind_may_go_and_come(world):
    world.start_system_bus()
    connection = world.start()
    applied(connection, write(connection, "without"))
    logind = Logind(world)
    inhibitor = logind.inhibitor()
    go_to_sleep(world, logind, inhibitor)
    path = waits(world, connection, "waits", SOON)
    # Nobody is left to tell of the resume: it goes on by itself.
    logind.leave()
    applied(connection, path)
    logind = Logind(world)
    inhibitor = logind.inhibitor()
    go_to_sleep(world, logind, inhibitor)
    path = waits(world, connection, "waits-again")
    logind.prepare(False)
    applied(connection, path)
    equal(told(world, BACK), 2)
    world.stop_agent()


def test_a_sleep_that_never_ends_does(world):
    """It is announced, and then nothing more is heard: a hint cannot keep the agent from sending."""
    logind, connection, inhibitor = start_with_logind(world)
    go_to_sleep(world, logind, inhibitor)
    path = waits(world, connection, "game")
    applied(connection, path)
    equal(told(world, BACK), 1)
    # The word that comes late is no second resume.
    kept = ports(world)
    logind.prepare(False)
    inhibitor = logind.inhibitor()
    equal(told(world, BACK), 1)
    equal(ports(world), kept)
    world.stop_agent()


def test_logind_may_refuse(world):
    world.start_system_bus()
    logind = Logind(world)
    connection = world.start()
    logind.refuse()
    wait_until(lambda: told(world, "Permission denied"), "it is in the log")
    logind.prepare(True)
    wait_until(lambda: told(world, GOING), "it is obeyed all the same")
    path = waits(world, connection, "game")
    logind.prepare(False)
    applied(connection, path)
    logind.refuse()
    applied(connection, write(connection, "another"))
    equal(told(world, "Permission denied"), 1, "told once")
    world.stop_agent()


def test_a_resume_over_http_2(world):
    """All of one connection's streams go on, and what is new uses another connection."""
    ca_file = transport.authority(world)
    world.start_system_bus()
    logind = Logind(world)
    world.start_directory()
    front = transport.Front(world, transport.certificate(world))
    connection = transport.start_agent(world, front.url, ca_file)
    inhibitor = logind.inhibitor()
    applied(connection, write(connection, "first"))
    world.directory.process.send_signal(signal.SIGSTOP)
    paths = [write(connection, f"game-{number}", deadline_usec=120000000) for number in range(20)]
    wait_until(lambda: len(connection.root("ListRequests", "a{sv}", harness.variants(state="sending"))) == 20, "all are under way")
    go_to_sleep(world, logind, inhibitor)
    logind.prepare(False)
    inhibitor = logind.inhibitor()
    paths.append(write(connection, "after", deadline_usec=120000000))
    wait_until(lambda: connection.properties(paths[-1])["State"] == "sending", "it is under way")
    world.directory.process.send_signal(signal.SIGCONT)
    for path in paths:
        applied(connection, path)
    equal(len(world.commits()), 22, "each once")
    wait_until(lambda: len(front.requests()) == 22, "nghttpx has told of all")
    equal({(row[0], row[2]) for row in front.requests()}, {("h2", 201)})
    by_port = [sum(row[1] == port for row in front.requests()) for port in {row[1] for row in front.requests()}]
    equal(sorted(by_port), [1, 21], "writes by connection")
    world.stop_agent()


# ---- Without logind

def test_a_sleep_that_only_the_clocks_show(world):
    world.start_directory()
    shift = world.path("slept")
    world.prefix = ["env", f"LD_PRELOAD={world.built('tests', 'integration', 'agent', 'clock-shift.so')}",
                    f"CLOCK_SHIFT_FILE={shift}", f"ASAN_OPTIONS={world.env['ASAN_OPTIONS']}:verify_asan_link_order=0"]
    world.start_agent()
    connection = world.connect()
    world.directory.kill9()
    path = write(connection, "game", deadline_usec=7200000000)
    due = wait_long_back_off(connection, path)
    world.prefix = ()
    world.restart_directory()
    with open(shift, "w", encoding="utf-8"):
        pass
    # Nothing of its own wakes the agent; what does so shows it what the time is.
    applied(connection, write(connection, "another"))
    applied(connection, path)
    check(microseconds(puts(world, "game")[0]) < due, "sent by its back-off alone")
    equal(told(world, BACK), 1)
    world.stop_agent()


# ---- The system bus

def test_without_a_system_bus(world):
    connection = world.start()
    applied(connection, write(connection, "game"))
    equal(told(world, "no system bus"), 1, world.agent.log())
    world.stop_agent()


def test_the_system_bus_may_die(world):
    bus = world.start_system_bus()
    logind = Logind(world)
    connection = world.start()
    go_to_sleep(world, logind, logind.inhibitor())
    path = waits(world, connection, "waits", SOON)
    logind.leave()
    bus.kill9()
    applied(connection, path)
    equal(told(world, BACK), 1)
    applied(connection, write(connection, "another"))
    wait_until(lambda: told(world, "system bus is gone"), "it is told")
    world.stop_agent()


def test_a_system_bus_that_says_nothing(world):
    """It takes the connection and never answers; and one that talks nonsense."""
    world.start_directory()
    for words in (b"", b"REJECTED EXTERNAL\r\n", b"\x00\xff no bus at all\r\n" * 100):
        path = world.path(f"no-bus-{len(words)}")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(path)
            listener.listen(1)
            world.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={path}"
            world.start_agent()
            listener.settimeout(harness.LIMIT)
            peer, _ = listener.accept()
            with peer:
                peer.sendall(words)
                connection = world.connect()
                applied(connection, write(connection, f"game-{len(words)}"))
                world.stop_agent()


if __name__ == "__main__":
    main()
