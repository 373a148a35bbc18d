#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The network changes: what waits is tried again, on connections of its own."""
import os
import re
import select
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hints import *  # noqa: E402
import harness  # noqa: E402
from harness import check, equal, wait_until  # noqa: E402


def start_cut_off(world):
    """A directory that cannot be reached, and an agent that never has."""
    network = Network(world)
    network.ip("link", "set", "lo", "up")
    world.start_directory()
    network.ip("address", "del", "127.0.0.1/8", "dev", "lo")
    world.start_agent()
    return network, world.connect()


def test_a_route_ends_the_back_off(world):
    network, connection = start_cut_off(world)
    path = write(connection, "game", deadline_usec=3600000000)
    due = wait_long_back_off(connection, path)
    equal(connection.properties(harness.ROOT, harness.IFACE)["Connectivity"], "offline")
    # The directory can be reached again, but nothing says so: it is not tried, neither by this one nor by others.
    network.ip("address", "add", "127.0.0.1/8", "dev", "lo")
    others = [write(connection, f"other-{number}", deadline_usec=3600000000) for number in range(3)]
    equal(world.requests(), [])
    # Computed from boot time each time: it may differ by what lies between the readings of two clocks.
    check(abs(connection.properties(path)["NextAttempt"] - due) < 1e6, "tried again without a reason")
    network.ip("route", "add", "default", "dev", "lo")
    for each in (path, *others):
        applied(connection, each)
    row = puts(world, "game")[-1]
    check(microseconds(row) < due, "sent at", row["time"], "by its back-off alone, which ended at", due)
    equal(len(world.commits()), 4, "each once")
    equal(connection.properties(harness.ROOT, harness.IFACE)["Connectivity"], "online")
    world.stop_agent()


def test_no_route_prevents_no_attempt(world):
    """There is no default route at all, and the directory can be reached all the same."""
    network = Network(world)
    network.ip("link", "set", "lo", "up")
    connection = world.start()
    applied(connection, write(connection, "game"))
    equal(connection.properties(harness.ROOT, harness.IFACE)["Connectivity"], "online")
    world.stop_agent()


def test_a_change_of_the_network_drops_connections_and_breaks_nothing(world):
    network = Network(world)
    network.ip("link", "set", "lo", "up")
    connection = world.start()
    applied(connection, write(connection, "first"))
    kept = ports(world)
    equal(len(kept), 1, "one connection is kept")
    world.directory.process.send_signal(signal.SIGSTOP)
    path = write(connection, "game", deadline_usec=120000000)
    wait_until(lambda: connection.properties(path)["State"] == "sending", "it is under way")
    network.ip("route", "add", "default", "dev", "lo")
    network.ip("-6", "route", "add", "default", "dev", "lo")
    wait_until(lambda: told(world, CHANGED), "the change is noticed")
    after = write(connection, "after", deadline_usec=120000000)
    wait_until(lambda: len(ports(world)) == 2, "a new connection")
    check(kept < ports(world), "the connection of what is under way is gone")
    world.directory.process.send_signal(signal.SIGCONT)
    applied(connection, path)
    applied(connection, after)
    wait_until(lambda: not kept & ports(world), "the old connection is closed")
    equal(len(ports(world)), 1)
    fresh = ports(world)
    applied(connection, write(connection, "last"))
    equal(ports(world), fresh, "the new connection is kept")
    equal(told(world, CHANGED), 1, "a burst is one change")
    for name in ("first", "game", "after", "last"):
        equal([row["status"] for row in puts(world, name)], [201], name)
    world.stop_agent()


def wake_ups(world):
    """How often the agent's threads have run."""
    count = 0
    for task in os.listdir(f"/proc/{world.agent.pid}/task"):
        with open(f"/proc/{world.agent.pid}/task/{task}/status", encoding="ascii") as file:
            count += sum(int(number) for number in re.findall(r"ctxt_switches:\s+(\d+)", file.read()))
    return count


def test_an_idle_agent_is_not_woken(world):
    world.start_system_bus()
    logind = Logind(world)
    network = Network(world)
    network.ip("link", "set", "lo", "up")
    connection = world.start()
    logind.inhibitor()
    applied(connection, write(connection, "game"))
    network.ip("route", "add", "default", "dev", "lo")

    def quiet(seconds):
        before = wake_ups(world)
        select.select([], [], [], seconds)
        return wake_ups(world) == before

    wait_until(lambda: quiet(1.5), "what was to be done is done", 60)
    # Routes that are no way out, and other news of the system bus.
    network.ip("route", "add", "192.0.2.0/24", "dev", "lo")
    network.ip("-6", "route", "add", "2001:db8::/32", "dev", "lo")
    logind.request_name("org.example.Other")
    check(quiet(3), "it was woken")
    # And it is not dead.
    applied(connection, write(connection, "another"))
    world.stop_agent()


if __name__ == "__main__":
    main()
