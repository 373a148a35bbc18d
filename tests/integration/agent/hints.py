# SPDX-License-Identifier: MIT
"""What the tests of hints stand on: a network without a way out, a logind, and what shows when something was sent."""
import datetime
import json
import os
import re
import select
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


def wait_long_back_off(connection, path):
    """Until its next attempt is so far away that what comes before it has another reason: when that is."""
    def far():
        due = connection.properties(path)["NextAttempt"]
        return due if due > (time.time() + 5) * 1e6 else None
    return wait_until(far, "a long back-off", 300)


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


# ---- The start

def main():
    if os.geteuid() != 0:
        # Only root makes networks and sees what an agent has open: an ordinary user is root in a namespace of its own.
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", sys.executable, *sys.argv])
    harness.main()
