# SPDX-License-Identifier: MIT
"""What the tests of the secret store stand on: the probe, a real gnome-keyring-daemon, and a provider of our own."""
import json
import os
import select
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import Failure, check, equal, wait_until

SERVICE = "org.freedesktop.secrets"
SERVICE_PATH = "/org/freedesktop/secrets"
SERVICE_IFACE = "org.freedesktop.Secret.Service"
COLLECTION_IFACE = "org.freedesktop.Secret.Collection"
ITEM_IFACE = "org.freedesktop.Secret.Item"
KEY_FILE = "wrapping-key.secret"


class Shown:
    """One line of the probe's."""

    def __init__(self, line):
        self.line = line
        self.what, self.state, self.rung, self.item, self.key, self.message = line.split("\t")

    def __repr__(self):
        return f"{self.line!r}"


class Probe:
    """A secret store in a process of its own."""

    count = 0

    def __init__(self, world, *options, rung=None, item=None, prefix=(), state=None):
        Probe.count += 1
        self.state_dir = state or world.path("state")
        os.makedirs(self.state_dir, mode=0o700, exist_ok=True)
        arguments = [*prefix, world.built("tests", "integration", "secret", "secret-probe"), f"--state={self.state_dir}", *options]
        if rung:
            arguments += [f"--rung={rung}", f"--item={item or ''}"]
        read, given = os.pipe()
        stdin, self.input = os.pipe()
        self.child = world.child(arguments, f"probe-{Probe.count}", stdin=stdin, stdout=given)
        os.close(given)
        os.close(stdin)
        self.output = read
        self.rest = b""
        self.last = self.next()
        equal(self.last.what, "start")

    def next(self, limit=None):
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.output], [], [], limit or harness.LIMIT)
            check(ready, "the probe says nothing; the last was", getattr(self, "last", None))
            more = os.read(self.output, 4096)
            check(more, "the probe ended:", self.child.log())
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        self.last = Shown(line.decode())
        return self.last

    def say(self, *commands):
        os.write(self.input, " ".join(commands).encode() + b"\n")

    def show(self):
        """As it is now; what was told before is skipped."""
        self.say("show")
        while self.next().what != "show":
            pass
        return self.last

    def wait(self, state, **more):
        """Until it tells of that state."""
        while True:
            shown = self.last if self.last.state == state else self.next()
            if shown.state == state and all(getattr(shown, name) == value for name, value in more.items()):
                return shown
            self.last = Shown("\t\t\t\t\t")

    def ended(self, command):
        """A command, and the next that is told: one thing was asked for, and it has ended."""
        self.say(command)
        return self.next()

    def create(self, rung):
        """A sign-in that ends well."""
        shown = self.ended("create")
        equal((shown.state, shown.rung), ("ready", rung), shown)
        equal(len(shown.key), 64)
        return shown

    def again(self, world, *options, shown=None, **more):
        """A new agent that knows what this one recorded."""
        shown = shown or self.show()
        self.stop()
        return Probe(world, *options, rung=shown.rung, item=shown.item, state=self.state_dir, **more)

    def stop(self):
        """Ends it; its status shows what a sanitizer has found."""
        if self.input is not None:
            os.close(self.input)
            os.close(self.output)
            self.input = None
        equal(self.child.wait(), 0, "the probe's exit status", self.child.log()[-3000:])


def key_file(probe):
    return os.path.join(probe.state_dir, KEY_FILE)


def check_key_file(probe, shown):
    """It is there, its owner's alone, and has the key."""
    status = os.lstat(key_file(probe))
    equal(stat.S_IMODE(status.st_mode), 0o600)
    check(stat.S_ISREG(status.st_mode), "a regular file")
    with open(key_file(probe), "rb") as file:
        equal(file.read().hex(), shown.key)
    equal(os.listdir(probe.state_dir), [KEY_FILE], "nothing else is left")


class Keyring:
    """gnome-keyring-daemon on the test's bus; without a password it opens nothing."""

    def __init__(self, world, password="correct horse"):
        self.world = world
        self.connection = world.connect()
        self.start(password)

    def start(self, password):
        arguments = ["gnome-keyring-daemon", "--components=secrets", "--foreground"]
        read, given = os.pipe()
        if password:
            arguments.append("--unlock")
            os.write(given, password.encode())
        os.close(given)
        self.child = self.world.child(arguments, "keyring", stdin=read)
        os.close(read)
        wait_until(lambda: self.connection.owner(SERVICE), "the keyring is there")
        self.owner = self.connection.owner(SERVICE)

    def kill(self):
        self.child.kill9()
        wait_until(lambda: not self.connection.owner(SERVICE), "the keyring is gone")

    def call(self, path, interface, member, signature=None, *body):
        return self.connection.call(path, interface, member, signature, body, SERVICE)

    def session(self):
        return self.call(SERVICE_PATH, SERVICE_IFACE, "OpenSession", "sv", "plain", ("s", ""))[1]

    def default(self):
        return self.call(SERVICE_PATH, SERVICE_IFACE, "ReadAlias", "s", "default")[0]

    def lock(self):
        equal(self.call(SERVICE_PATH, SERVICE_IFACE, "Lock", "ao", [self.default()]), ([self.default()], "/"))

    def unlock(self, password="correct horse"):
        """As the login does it."""
        self.call(SERVICE_PATH, "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface", "UnlockWithMasterPassword",
                  "o(oayays)", self.default(), (self.session(), b"", password.encode(), "text/plain"))

    def items(self):
        """What an agent of whatever state folder has put there: (open, locked)."""
        return self.call(SERVICE_PATH, SERVICE_IFACE, "SearchItems", "a{ss}", {"xdg:schema": "org.mpsession.Agent1.Key"})

    def secret(self, item):
        return self.call(item, ITEM_IFACE, "GetSecret", "o", self.session())[0][2]

    def set_secret(self, item, value):
        self.call(item, ITEM_IFACE, "SetSecret", "(oayays)", (self.session(), b"", value, "text/plain"))

    def attributes(self, item):
        return self.call(item, "org.freedesktop.DBus.Properties", "Get", "ss", ITEM_IFACE, "Attributes")[0][1]

    def delete(self, item):
        equal(self.call(item, ITEM_IFACE, "Delete"), ("/",))


class Watcher:
    """Sees what is called of a Secret Service, as a monitor does."""

    def __init__(self, world):
        self.connection = world.connect()
        self.connection.call("/org/freedesktop/DBus", "org.freedesktop.DBus.Monitoring", "BecomeMonitor", "asu",
                             (["type='method_call'"], 0), "org.freedesktop.DBus")
        self.asking = world.connect()
        self.calls = []
        self.marks = 0

    def members(self):
        """The calls of all up to now, in order."""
        self.marks += 1
        mark = f"mark{self.marks}"
        try:
            self.asking.call("/org/freedesktop/DBus", "org.mpsession.Test", mark, None, (), "org.freedesktop.DBus")
        except harness.BusError:
            pass
        while True:
            message = self.connection._receive(harness.time.monotonic() + harness.LIMIT)
            check(message is not None, "the monitor sees nothing")
            interface, member = harness.field(message, "interface") or "", harness.field(message, "member")
            if (interface, member) == ("org.mpsession.Test", mark):
                return self.calls
            if interface.startswith("org.freedesktop.Secret.") or interface == "org.freedesktop.DBus.Properties":
                self.calls.append(member)



class Provider:
    """A Secret Service that does as it is told: provider.py, in a process of its own."""

    def __init__(self, world, **told):
        self.connection = world.connect()
        read, given = os.pipe()
        stdin, self.input = os.pipe()
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "provider.py")
        self.child = world.child([sys.executable, script, world.address], "provider", stdin=stdin, stdout=given)
        os.close(given)
        os.close(stdin)
        self.output = os.fdopen(read, encoding="utf-8")
        wait_until(lambda: self.connection.owner(SERVICE), "the provider is there")
        self.tell(**told)

    def tell(self, **command):
        os.write(self.input, json.dumps(command).encode() + b"\n")
        line = self.output.readline()
        check(line, "the provider ended:", self.child.log())
        return json.loads(line)

    def show(self):
        return self.tell(show=True)

    def kill(self):
        self.child.kill9()
        wait_until(lambda: not self.connection.owner(SERVICE), "the provider is gone")
