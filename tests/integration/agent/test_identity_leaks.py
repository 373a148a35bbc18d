#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No token leaves the agent: not over the bus, not into a log, a file or what is shown, and not into memory that can be dumped."""
import os
import re
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hints import main  # noqa: E402
from identity import *  # noqa: E402

TITLE_CLIENT = "0123456789abcdef"
PART = 20  # bytes: a copy may be cut off, or overwritten at its beginning


class Mapping:
    """One of a process, as smaps has it."""

    def __init__(self, line):
        words = line.split()
        self.begin, self.end = (int(part, 16) for part in words[0].split("-"))
        self.readable = words[1][0] == "r"
        self.name = words[5] if len(words) > 5 else ""
        self.flags = ()

    def __str__(self):
        return f"{self.begin:x}-{self.end:x} {self.name or 'anonymous'}"


def mappings(pid):
    found = []
    with open(f"/proc/{pid}/smaps", encoding="ascii", errors="replace") as file:
        for line in file:
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                found.append(Mapping(line))
            elif line.startswith("VmFlags:"):
                found[-1].flags = line.split()[1:]
    return [mapping for mapping in found if mapping.readable and mapping.name not in ("[vvar]", "[vsyscall]")]


class Memory:
    """All that can be read of a process, while it stands still: what a core would have, and what it would leave out."""

    def __init__(self, pid):
        self.dumped, self.left_out = [], []
        os.kill(pid, signal.SIGSTOP)
        try:
            with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
                for mapping in mappings(pid):
                    into = self.left_out if "dd" in mapping.flags else self.dumped
                    into.append((mapping, self._read(memory, mapping)))
        finally:
            os.kill(pid, signal.SIGCONT)

    @staticmethod
    def _read(memory, mapping):
        try:
            memory.seek(mapping.begin)
            parts, left = [], mapping.end - mapping.begin
            while left > 0:
                parts.append(memory.read(min(left, 1 << 24)))
                if not parts[-1]:
                    break
                left -= len(parts[-1])
            return b"".join(parts)
        except OSError:
            return b""

    def dump_size(self):
        return sum(len(data) for _, data in self.dumped)


def around(data, at):
    return data[max(0, at - 120):at + 140]


def parts(secret):
    """What is random of it: its end, its middle, where that begins."""
    begin = secret.rfind(".") + 1
    middle = (begin + len(secret)) // 2
    return [secret[-PART:], secret[begin:begin + PART], secret[middle - PART // 2:middle + PART // 2]]


def search(secrets, name, data, found):
    """What of the secrets is in there, whole or its end alone."""
    for kind, secret in secrets:
        places = [data.find(part.encode()) for part in parts(secret)]
        if max(places) >= 0:
            whole = secret.encode() in data
            found.append(f"{kind} ({'whole' if whole else 'a part'}) in {name} at {max(places):#x}: {around(data, max(places))!r}")


def secrets_of(world):
    return [(row["kind"], row["value"]) for row in map(json.loads, world.control("GET", "tokens").splitlines())]


def check_memory(world, wanted):
    """A core of the agent. The search itself is proved by what it finds in the memory that is left out."""
    secrets = secrets_of(world)
    memory = Memory(world.agent.pid)
    check(memory.dump_size() > 1000000, "the memory cannot be read")
    kept, found = [], []
    for mapping, data in memory.left_out:
        search(secrets, mapping, data, kept)
    equal({line.split()[0] for line in kept if "whole" in line}, wanted, "what is in locked memory")
    for mapping, data in memory.dumped:
        search(secrets, mapping, data, found)
    check(not found, f"{len(found)} copies in memory that a core has:\n" + "\n".join(found[:40]))


class Shown:
    """Everything that people and other programs can see."""

    def __init__(self, world):
        self.world, self.texts = world, {}
        self.capture = world.path("bus.pcap")
        with open(self.capture, "wb") as output:
            self.monitor = world.child(["busctl", f"--address={world.address}", "capture"], "busctl", stdout=output)
        wait_until(lambda: os.path.getsize(self.capture) > 0, "the bus is watched")

    def ctl(self, *arguments, status=0):
        self.texts["mpsessionctl " + " ".join(arguments)] = ctl(self.world, *arguments, status=status).encode()

    def all(self, connection):
        """What there is to be seen now."""
        for arguments in (("accounts",), ("status",), ("queue",), ("doctor",)):
            self.ctl(*arguments)
            self.ctl("--json", *arguments)
        for path, _ in connection.root("ListRequests", "a{sv}", {}):
            identifier = path.rsplit("/", 1)[1].replace("_", "-")
            self.ctl("show", identifier)
            self.ctl("--json", "explain", identifier)
        for name in ("cmdline", "environ"):
            with open(f"/proc/{self.world.agent.pid}/{name}", "rb") as file:
                self.texts[f"{name} of the agent"] = file.read()
        self.files("while it runs")

    def files(self, when):
        for folder, _, names in os.walk(self.world.state):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    self.texts[f"{name}, {when}"] = file.read()

    def check(self, secrets, marks):
        """Nowhere is one of them. The marks are what must have been seen on the bus."""
        # What went over the bus before this has been captured when it is told of the call.
        mark = f"mark{len(self.texts)}"
        asking = self.world.connect()
        try:
            asking.call("/", "org.mpsession.Test", mark, None, (), "org.freedesktop.DBus")
        except harness.BusError:
            pass

        def captured():
            with open(self.capture, "rb") as file:
                return file.read()

        wait_until(lambda: mark.encode() in captured(), "the capture is complete")
        self.texts["bus"] = captured()
        for word in marks:
            check(word.encode() in self.texts["bus"], "the capture has not", word)
        for child in self.world.children:
            if child is not self.monitor:
                self.texts[f"log {os.path.basename(child.log_path)}"] = child.log().encode()
        for what in ("requests", "commits", "identity", "held"):
            self.texts[what] = self.world.control("GET", what).encode()
        found = []
        for name, data in self.texts.items():
            search(secrets, name, data, found)
        check(not found, f"{len(found)} seen:\n" + "\n".join(found[:40]))
        check(len(self.texts) > 20, list(self.texts))


def through_all(world, text, wanted, stays=()):
    """Sign-in, writes, renewals, refusals, sign-out."""
    world.start_directory("--auto-approve", tokens=False)
    shown = Shown(world)
    connection = start_agent(world, text)
    knobs(world, format={"tokenBytes": 3000})
    shown.ctl("sign-in")
    knobs(world, next=[BOB])
    shown.ctl("--json", "sign-in")
    applied(connection, *[write(connection, f"game-{i}", xuid) for i in range(10) for xuid in (ALICE, BOB)])
    applied(connection, connection.root("GetSession", "sssa{sv}", SCID, "quickmatch", "game-1", variants(account=ALICE)))
    check_memory(world, wanted)

    # Renewed, and refused, in all the ways that bring one into hands that might let it fall.
    for kind in ("access", "user", "xsts"):
        revoke(world, kind)
    applied(connection, write(connection, "renewed"))
    fail(world, XSTS, 1, xuid=BOB, xerr=2148916233)
    revoke(world, "xsts", BOB)
    parked = write(connection, "refused", BOB, deadline_usec=7200000000)
    wait_state(connection, "needs-action", BOB)
    world.fault("F2", path=XSTS)
    shown.ctl("retry", BOB)
    applied(connection, parked)
    shown.all(connection)
    check_memory(world, wanted)

    end = secrets_of(world)
    shown.ctl("sign-out", ALICE)
    shown.ctl("--json", "sign-out", BOB)
    equal(accounts(connection), {})
    shown.ctl("status")
    check_memory(world, set(stays))
    world.stop_agent()
    shown.files("after its end")
    shown.check(end, ("ListAccounts", "sign_in", ALICE, "EmuPlayerOne"))


def test_the_client_of_an_application(world):
    through_all(world, "", {"refresh", "access", "user", "xsts"})


def test_the_client_of_a_title(world):
    """Bound tokens, signed requests, a device, the older kind of sign-in with its cookie."""
    through_all(world, f"[Identity]\nClientId={TITLE_CLIENT}\nTitleToken=yes\n",
                {"refresh", "access", "user", "xsts", "device", "title"}, stays=("device",))


def test_what_was_kept_and_is_opened_again(world):
    connection = start(world, ALICE, BOB)
    applied(connection, write(connection, "first"), write(connection, "first-b", BOB))
    world.agent.kill9()
    connection = start_agent(world)
    applied(connection, write(connection, "second"), write(connection, "second-b", BOB))
    # What nobody has asked for yet is there too, and nowhere else.
    check_memory(world, {"refresh", "user", "xsts"})
    world.stop_agent()


def test_a_sign_in_that_nobody_agrees_to(world):
    connection = start(world, directory=())
    knobs(world, poll={"interval": 1})
    path = connection.call(harness.ROOT, ACCOUNTS, "SignIn", "a{sv}", ({},))[0]
    wait_until(lambda: asked(world).count(GRANT) >= 2, "it is polled")
    connection.match("type='signal'")
    check_memory(world, {"device-code"})
    connection.call(path, SIGN_IN, "Cancel")
    check_memory(world, set())
    world.stop_agent()


if __name__ == "__main__":
    main()
