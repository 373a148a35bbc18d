#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hints from outside: a route comes, the machine sleeps and wakes up. All goes on without them, only later."""
import datetime
import json
import os
import re
import select
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, SCID, check, equal, field, variants, wait_until
from jeepney import DBusAddress, MessageType, new_error, new_method_return, new_signal

JOIN = {"members": {"me": {"properties": {"system": {"active": True}}}}}
LOGIND = "org.freedesktop.login1"
LOGIND_PATH = "/org/freedesktop/login1"
LOGIND_IFACE = "org.freedesktop.login1.Manager"
GOING = "about to sleep"
BACK = "awake: going on"
CHANGED = "the network has changed"


def write(connection, name, document=None, mode="create-new", **options):
    return connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", name, mode, json.dumps(document or JOIN),
                           variants(account=ALICE, **options))


def applied(connection, path):
    equal(connection.wait_completed(path, 60)["outcome"], "applied", path)


def puts(world, name):
    """What the directory has seen of the writes of one session."""
    return [row for row in world.requests() if row["method"] == "PUT" and row["path"].endswith(f"/{name}")]


def microseconds(row):
    """The wall time of one row of the directory's log."""
    moment = datetime.datetime.fromisoformat(row["time"][:26]).replace(tzinfo=datetime.timezone.utc)
    return round(moment.timestamp() * 1e6)


def told(world, words):
    return world.agent.log().count(words)


def ports(world):
    """Where the agent's connections to the directory begin, in its own network namespace."""
    inodes = set()
    for name in os.listdir(f"/proc/{world.agent.pid}/fd"):
        try:
            target = os.readlink(f"/proc/{world.agent.pid}/fd/{name}")
        except FileNotFoundError:
            continue
        inodes.update(re.findall(r"socket:\[(\d+)\]", target))
    with open(f"/proc/{world.agent.pid}/net/tcp", encoding="ascii") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return {row[1] for row in rows if row[9] in inodes}


# ---- A network of its own

class Network:
    """A network namespace without a way out, for the directory and the agent."""

    def __init__(self, world):
        self.world = world
        self.holder = world.child(["unshare", "--net", "sh", "-c", "echo here; exec tail -f /dev/null"], "network")
        wait_until(lambda: "here" in self.holder.log(), "the namespace is there")
        self.enter = ["nsenter", f"--target={self.holder.pid}", "--net"]
        world.prefix = [*self.enter, "--"]
        world.control = self.control

    def ip(self, *arguments):
        env = {**self.world.env, "PATH": self.world.env["PATH"] + ":/usr/sbin:/sbin"}
        status, _, errors = self.world.run(*self.enter, "--", "ip", *arguments, env=env)
        equal(status, 0, "ip", *arguments, errors)

    def control(self, verb, what, body=None):
        command = ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*", "--request", verb]
        if body is not None:
            command += ["--data", json.dumps(body)]
        status, out, errors = self.world.run(*self.enter, "--", *command, f"{self.world.url}/control/{what}")
        equal(status, 0, what, errors)
        return out


def start_cut_off(world):
    """A directory that cannot be reached, and an agent that never has."""
    network = Network(world)
    network.ip("link", "set", "lo", "up")
    world.start_directory()
    network.ip("address", "del", "127.0.0.1/8", "dev", "lo")
    world.start_agent()
    return network, world.connect()


def wait_long_back_off(connection, path):
    """Until its next attempt is so far away that what comes before it has another reason: when that is."""
    def far():
        due = connection.properties(path)["NextAttempt"]
        return due if due > (time.time() + 5) * 1e6 else None
    return wait_until(far, "a long back-off", 300)


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


# ---- logind

class Inhibitor:
    """What was asked for, and our end of the descriptor that was given: it ends when the other one is closed."""

    def __init__(self, message, fd):
        self.sender = field(message, "sender")
        self.arguments = message.body
        self.fd = fd

    def released(self, limit=0):
        ready, _, _ = select.select([self.fd], [], [], limit)
        return bool(ready)

    def wait_released(self):
        check(self.released(harness.LIMIT), "the machine is not let sleep")

    def __del__(self):
        os.close(self.fd)


class Logind(harness.Connection):
    """Sleep as logind has it: inhibitors are descriptors, and all are told with a broadcast."""

    def __init__(self, world):
        super().__init__(world.env["DBUS_SYSTEM_BUS_ADDRESS"], fds=True)
        self.calls = []
        world.connections.append(self)
        self.world = world
        equal(self.request_name(LOGIND), 1)

    def leave(self):
        self.world.connections.remove(self)
        self.close()

    def _keep(self, message):
        if message.header.message_type == MessageType.method_call:
            self.calls.append(message)
        else:
            super()._keep(message)

    def next_call(self):
        end = time.monotonic() + harness.LIMIT
        while not self.calls:
            message = self._receive(end)
            check(message is not None, "nobody calls logind:", self.world.agent.log())
            self._keep(message)
        return self.calls.pop(0)

    def inhibitor(self):
        """The next one that is asked for; it is given."""
        call = self.next_call()
        equal((field(call, "interface"), field(call, "member"), field(call, "path")), (LOGIND_IFACE, "Inhibit", LOGIND_PATH))
        read, given = os.pipe()
        self.raw.send_message(new_method_return(call, "h", (given,)))
        os.close(given)
        return Inhibitor(call, read)

    def refuse(self):
        call = self.next_call()
        self.raw.send_message(new_error(call, "org.freedesktop.DBus.Error.AccessDenied", "s", ("Permission denied",)))

    def prepare(self, going):
        address = DBusAddress(LOGIND_PATH, interface=LOGIND_IFACE)
        self.raw.send_message(new_signal(address, "PrepareForSleep", "b", (going,)))


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
    if os.geteuid() != 0:
        # Only root makes networks and sees what an agent has open: an ordinary user is root in a namespace of its own.
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", sys.executable, *sys.argv])
    harness.main()
