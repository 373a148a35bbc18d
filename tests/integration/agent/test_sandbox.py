#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may do what: callers in real sandboxes (bwrap, with a /.flatpak-info) against the running agent.

Run with --inside ADDRESS it is the caller in the sandbox: it takes calls as JSON lines on its standard input, makes them
on a bus connection of its own, and prints what came back.
"""
import json
import os
import select
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, BusError, Failure, IFACE, REQUEST_IFACE, ROOT, SCID, check, equal, expect_error, plain, variants

GAME_A = "org.example.GameA"
GAME_B = "org.example.GameB"
PROPERTIES = "org.freedesktop.DBus.Properties"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
REQUESTS = f"{ROOT}/request"
QUEUED_ID = "0b9a4c1e-0000-4000-8000-00000000000a"


# ---- Inside the sandbox

def inside(address):
    connection = harness.Connection(address)
    print(json.dumps({"value": connection.name}), flush=True)
    for line in sys.stdin:
        member, arguments = json.loads(line)
        try:
            # JSON knows no tuples, which a call's body is.
            arguments = [tuple(argument) if isinstance(argument, list) else argument for argument in arguments]
            value = getattr(connection, member)(*arguments)
            if member == "seen":
                value = [(harness.field(message, "path"), message.body) for message in value]
            told = {"value": value}
        except BusError as error:
            told = {"error": error.name, "text": error.text}
        except Failure as failure:
            told = {"failure": str(failure)}
        print(json.dumps(told), flush=True)


class Boxed:
    """A caller in a sandbox of its own, with the methods of harness.Connection that are used here."""

    def __init__(self, world, info, rename=None):
        number = len(world.children)
        self.errors = world.path(f"boxed-{number}.log")
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        arguments = ["bwrap", "--die-with-parent", "--unshare-pid", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin",
                     "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev",
                     "--tmpfs", "/tmp", "--bind", world.folder, world.folder, "--ro-bind", here, here, *info,
                     *(["--setenv", "FLATPAK_ID", rename] if rename else []),
                     "/usr/bin/python3", os.path.abspath(__file__), "--inside", world.address, rename or ""]
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        with open(self.errors, "ab") as log:
            self.process = subprocess.Popen(arguments, env=world.env, stdin=commands, stdout=answers, stderr=log,
                                            preexec_fn=harness._die_with_parent)  # pylint: disable=protected-access
        os.close(commands)
        os.close(answers)
        self.rest = b""
        world.connections.append(self)  # so it is closed with the test's world
        self.name = self._answer()

    def close(self):
        os.close(self.commands)
        os.close(self.answers)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _answer(self):
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.answers], [], [], harness.LIMIT + 5)
            part = os.read(self.answers, 65536) if ready else b""
            if not part:
                with open(self.errors, encoding="utf-8", errors="replace") as log:
                    raise Failure(f"the caller in the sandbox says nothing: {log.read()[-2000:]}")
            self.rest += part
        line, _, self.rest = self.rest.partition(b"\n")
        told = json.loads(line)
        if "error" in told:
            raise BusError(told["error"], told["text"])
        if "failure" in told:
            raise Failure(told["failure"])
        return told["value"]

    def __getattr__(self, member):
        def ask(*arguments):
            os.write(self.commands, json.dumps([member, arguments]).encode() + b"\n")
            return self._answer()
        return ask


def flatpak(world, text):
    """The options that put a .flatpak-info in place, as Flatpak does: a file that the sandbox cannot change."""
    path = world.path(f"info-{len(world.connections)}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return ["--ro-bind", path, "/.flatpak-info"]


def boxed(world, app_id, rename=None):
    text = f"[Application]\nname={app_id}\nruntime=runtime/org.example.Platform/x86_64/1\n\n[Instance]\ninstance-id=1\n"
    return Boxed(world, flatpak(world, text), rename)


# ---- Outside

def contract(kind):
    """The names of the Request interface's methods or properties, from the XML: a new member is tested at once."""
    tree = ElementTree.parse(os.path.join(harness.SOURCE, "ipc", f"{REQUEST_IFACE}.xml"))
    interface = next(i for i in tree.getroot().iter("interface") if i.get("name") == REQUEST_IFACE)
    return [member.get("name") for member in interface.findall(kind)]


def create(caller, name, **options):
    return caller.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", name, "create-new", '{"members":{"me":{}}}',
                       variants(account=ALICE, **options))


def listed(caller, **filters):
    return sorted(row[0] for row in caller.root("ListRequests", "a{sv}", variants(**filters)))


def nodes(caller):
    """What the introspection of the requests' parent lists."""
    xml = caller.call(REQUESTS, INTROSPECTABLE, "Introspect")[0]
    return sorted(f"{REQUESTS}/{node.get('name')}" for node in ElementTree.fromstring(xml).iter("node") if node.get("name"))


def identifier(path):
    return path.rsplit("/", 1)[1].replace("_", "-")


def one_done_one_queued(world, caller):
    """Paths of two requests of the caller's: one is done, one waits for a directory that is away."""
    done = create(caller, "done")
    equal(caller.wait_completed(done)["outcome"], "applied")
    world.directory.kill9()
    queued = create(caller, "queued", id=QUEUED_ID)
    return done, queued


def test_a_sandboxed_app_does_all_with_its_own(world):
    world.start_directory()
    world.start_agent()
    game = boxed(world, GAME_A)
    done, queued = one_done_one_queued(world, game)
    properties = game.properties(done)
    equal((properties["AppId"], properties["Owner"], properties["State"]), (GAME_A, game.name, "done"))
    equal(game.call(done, PROPERTIES, "Get", "ss", [REQUEST_IFACE, "AppId"]), [["s", GAME_A]])
    equal(game.result(done)["outcome"], "applied")
    equal(listed(game), sorted([done, queued]))
    equal(listed(game, app_id=GAME_A, state="done"), [done])
    equal(nodes(game), sorted([done, queued]))
    game.request(queued, "Attach")
    game.request(done, "Acknowledge")
    expect_error("NoSuchRequest", game.request, done, "GetResult")
    equal(game.request(queued, "Cancel"), "cancelled")
    equal(game.wait_completed(queued)["outcome"], "cancelled")
    world.restart_directory()
    equal(create(game, "queued", id=QUEUED_ID), queued, "the same id is the same request")
    game.request(queued, "Acknowledge")
    equal(listed(game), [])
    world.stop_agent()


def test_another_apps_request_is_not_there(world):
    world.start_directory()
    world.start_agent()
    game, other = boxed(world, GAME_A), boxed(world, GAME_B)
    done, queued = one_done_one_queued(world, game)
    methods, names = contract("method"), contract("property")
    check(len(methods) >= 4 and len(names) >= 13, "the contract could not be read", methods, names)
    for path in (done, queued):
        for method in methods:
            expect_error("NoSuchRequest", other.request, path, method)
        for name in names:
            expect_error("NoSuchRequest", other.call, path, PROPERTIES, "Get", "ss", [REQUEST_IFACE, name])
        expect_error("NoSuchRequest", other.call, path, PROPERTIES, "GetAll", "s", [REQUEST_IFACE])
        expect_error("NoSuchRequest", other.call, path, PROPERTIES, "GetAll", "s", [""])
        expect_error("NoSuchRequest", other.call, path, PROPERTIES, "Set", "ssv", [REQUEST_IFACE, "State", ["s", "done"]])
        expect_error("NoSuchRequest", other.call, path, INTROSPECTABLE, "Introspect")
        expect_error("NoSuchRequest", other.root, "ListRequests", "a{sv}", variants(after=identifier(path)))
    equal(expect_error("NoSuchRequest", other.request, done, "GetResult"),
          expect_error("NoSuchRequest", other.request, f"{REQUESTS}/0b9a4c1e_0000_4000_8000_00000000ffff", "GetResult"),
          "another's request and none at all")
    # Its id is no way in, with the same content or other; nor is it a way to end or replace it.
    expect_error("IdReused", create, other, "queued", id=QUEUED_ID)
    expect_error("IdReused", create, other, "else", id=QUEUED_ID)
    replaced = create(other, "queued", supersedes="key")
    for parent in (ROOT, REQUESTS, "/"):
        try:
            managed = other.call(parent, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
            raise Failure(f"{parent} lists objects: {managed}")
        except BusError as error:
            check(error.name.startswith("org.freedesktop.DBus.Error.Unknown"), error)
    equal(listed(other), [replaced])
    equal(listed(other, app_id=GAME_A), [])
    equal(nodes(other), [replaced])
    check(game.properties(queued)["State"] != "done", "another app ended a request")
    equal(game.properties(queued)["Owner"], game.name, "the owner of a request that another app wanted")
    equal(game.result(done)["outcome"], "applied", "the result of a request that another app wanted to acknowledge")
    world.stop_agent()


def test_two_apps_do_not_see_each_other(world):
    world.start_directory()
    world.start_agent()
    games = {app: boxed(world, app) for app in (GAME_A, GAME_B)}
    twin = boxed(world, GAME_A)
    paths = {app: create(game, app[-5:]) for app, game in games.items()}
    for app, game in games.items():
        equal(game.wait_completed(paths[app])["outcome"], "applied")
    for app, game in games.items():
        equal(listed(game), [paths[app]], app)
        equal(nodes(game), [paths[app]], app)
        equal(game.seen("Completed"), [], "another app's completion came to", app)
    equal(listed(twin), [paths[GAME_A]], "another process of the same app sees its requests")
    # While its owner lives, the same app's other process may look, but not take the completion.
    expect_error("AccessDenied", twin.request, paths[GAME_A], "Attach")
    equal(twin.result(paths[GAME_A])["outcome"], "applied")
    world.stop_agent()


def test_an_unsandboxed_caller_sees_all(world):
    world.start_directory()
    world.start_agent()
    host, game, other = world.connect(), boxed(world, GAME_A), boxed(world, GAME_B)
    done, queued = one_done_one_queued(world, game)
    mine, theirs = create(host, "host"), create(other, "other")
    equal(listed(host), sorted([done, queued, mine, theirs]))
    equal(nodes(host), sorted([done, queued, mine, theirs]))
    equal(listed(host, app_id=GAME_A), sorted([done, queued]))
    equal(listed(host, app_id=GAME_B), [theirs])
    equal(host.result(done)["outcome"], "applied")
    equal(host.properties(queued)["AppId"], GAME_A)
    for caller in (game, other):
        expect_error("NoSuchRequest", caller.request, mine, "Cancel")
        expect_error("NoSuchRequest", caller.call, mine, PROPERTIES, "GetAll", "s", [REQUEST_IFACE])
    equal(host.request(queued, "Cancel"), "cancelled", "the host may end any request")
    equal(game.wait_completed(queued)["outcome"], "cancelled", "its owner is told")
    equal(host.seen("Completed"), [], "and nobody else")
    world.stop_agent()


def test_an_app_id_cannot_be_faked(world):
    world.start_directory()
    world.start_agent()
    game = boxed(world, GAME_A)
    path = create(game, "real")
    equal(game.wait_completed(path)["outcome"], "applied")
    # Its name, its arguments, its environment and a name on the bus are all the process's own to choose.
    faker = boxed(world, GAME_B, rename=GAME_A)
    with open(f"/proc/{pid_of(world, faker)}/comm", encoding="utf-8") as file:
        equal(file.read().strip(), GAME_A[:15], "the faker has not taken the name on")
    equal(faker.request_name(GAME_A), 1, "the faker has not taken the name on the bus")
    for key in ("app-id", "AppId", "owner"):
        text = expect_error("InvalidOption", faker.root, "WriteSession", "sssssa{sv}", SCID, "quickmatch", "fake",
                            "create-new", "{}", {"account": ("s", ALICE), key: ("s", GAME_A)})
        check(key in text, "the error does not name the option:", text)
    fake = create(faker, "fake")
    equal(faker.properties(fake)["AppId"], GAME_B)
    expect_error("NoSuchRequest", faker.request, path, "GetResult")
    equal(listed(faker), [fake])
    equal(listed(game), [path])
    world.stop_agent()


def pid_of(world, caller):
    """The process of a caller, as the bus knows it."""
    return world.connect().call("/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixProcessID", "s",
                                (caller.name,), "org.freedesktop.DBus")[0]


def test_a_sandbox_that_cannot_be_read_is_refused(world):
    world.start_directory()
    world.start_agent()
    name = f"name={GAME_A}\n"
    bad = {
        "empty": flatpak(world, ""),
        "no name": flatpak(world, "[Application]\nruntime=x\n"),
        "the name in another section": flatpak(world, f"[Instance]\n{name}"),
        "two names": flatpak(world, f"[Application]\n{name}name={GAME_B}\n"),
        "no app id": flatpak(world, "[Application]\nname=../../etc\n"),
        "too large": flatpak(world, f"[Application]\n{name}" + "#" * 100000),
        "a link": ["--symlink", world.path("info-0"), "/.flatpak-info"],
        "a dangling link": ["--symlink", "/nowhere", "/.flatpak-info"],
        "a folder": ["--dir", "/.flatpak-info"],
        "a device": ["--dev-bind", "/dev/zero", "/.flatpak-info"],
    }
    os.mkfifo(world.path("pipe"))
    bad["a pipe"] = ["--bind", world.path("pipe"), "/.flatpak-info"]
    for what, info in bad.items():
        caller = Boxed(world, info)
        try:
            expect_error("AccessDenied", create, caller, "refused")
            expect_error("AccessDenied", caller.root, "ListRequests", "a{sv}", {})
            expect_error("AccessDenied", caller.call, ROOT, PROPERTIES, "GetAll", "s", [IFACE])
        except (Failure, BusError) as failure:
            raise Failure(f"{what}: {failure}") from failure
    equal(listed(world.connect()), [], "a refused call left a request")
    equal(world.commits(), [])
    world.stop_agent()


def test_the_app_id_outlives_the_agent(world):
    world.start_directory()
    world.start_agent()
    game = boxed(world, GAME_A)
    world.directory.kill9()
    path = create(game, "kept", id=QUEUED_ID)
    world.agent.kill9()
    world.start_agent()
    again, other = boxed(world, GAME_A), boxed(world, GAME_B)
    expect_error("NoSuchRequest", other.request, path, "Attach")
    equal(listed(other), [])
    equal(listed(again), [path])
    equal(again.properties(path)["AppId"], GAME_A)
    again.request(path, "Attach")
    world.restart_directory()
    equal(again.wait_completed(path)["outcome"], "applied")
    equal(other.seen("Completed"), [])
    expect_error("NoSuchRequest", other.request, path, "Acknowledge")
    again.request(path, "Acknowledge")
    world.stop_agent()


def test_broadcasts_tell_a_path_and_nothing_else(world):
    world.start_directory()
    world.start_agent()
    game, other = boxed(world, GAME_A), boxed(world, GAME_B)
    other.match(f"type='signal',sender='{harness.NAME}'")
    path = create(game, "told")
    equal(game.wait_completed(path)["outcome"], "applied")
    game.request(path, "Acknowledge")
    expect_error("NoSuchRequest", game.request, path, "GetResult")
    equal(other.seen("RequestAdded"), [[ROOT, [path]]])
    equal(other.seen("RequestRemoved"), [[ROOT, [path]]])
    equal(other.seen("Completed"), [])
    for where, body in other.seen("PropertiesChanged"):
        check(where == ROOT or (body[0] == REQUEST_IFACE and list(body[1]) == ["State"]), where, body)
    world.stop_agent()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        if sys.argv[3]:
            harness._libc.prctl(15, sys.argv[3].encode())  # PR_SET_NAME; pylint: disable=protected-access
        inside(sys.argv[2])
    else:
        harness.main()
