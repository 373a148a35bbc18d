#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The installed unit and activation file under a real user manager, as root and as an ordinary user.

Every case has a manager, a bus (MPS_TEST_BUS) and a home of its own, by tests/with-user-manager. Called without arguments
this installs the build and runs all; "NAME UID" runs one; the cases themselves run inside, as that user.
"""
import concurrent.futures
import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, SCID, check, equal, field, plain, variants, wait_until
from user_world import CREATE, UNIT, UserWorld

USERS = (0, 1000)
CASE_LIMIT = 120  # seconds; a case that hangs is ended


def create(connection, name, **options):
    """A write that only its first delivery can apply."""
    return connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", name, "create-new", CREATE,
                           variants(account=ALICE, **options))


def finish(world, connection, path):
    equal(connection.wait_completed(path, 60)["outcome"], "applied", path)


def committed(world):
    return sorted(commit["session"]["name"] for commit in world.commits())


def test_the_first_call_starts_the_agent(world):
    world.configure()
    equal(world.show("ActiveState"), "inactive", "before the first call")
    status, out, errors = world.busctl_call("ListRequests", "a{sv}", "0")
    equal((status, out), (0, "a(oa{sv}) 0\n"), errors)
    shown = world.show("ActiveState", "SubState", "FragmentPath", "NRestarts", "Result", "Type")
    fragment = os.path.join(os.path.dirname(world.bindir), "lib", "systemd", "user", UNIT)
    equal(shown, {"ActiveState": "active", "SubState": "running", "FragmentPath": fragment, "NRestarts": "0",
                  "Result": "success", "Type": "dbus"})
    pid = world.pid()
    text = world.systemctl("status", UNIT)
    for words in ("active (running)", f"Main PID: {pid} (mpsessiond)", "Multiplayer session agent"):
        check(words in text, f"{words!r} should be in:", text)
    connection = world.connect()
    finish(world, connection, create(connection, "one"))
    equal(world.pid(), pid, "the same agent serves the next caller")
    equal(committed(world), ["one"])
    world.systemctl("stop", UNIT)
    equal(world.show("ActiveState", "Result"), {"ActiveState": "inactive", "Result": "success"}, "a clean end")


def doctor(world, status):
    code, out, errors = world.run(world.built("mpsessionctl"), "doctor", "--json")
    equal(code, status, "exit status of doctor", out, errors)
    return {row["check"]: (row["state"], row["text"]) for row in json.loads(out)["checks"]}


def test_doctor_knows_the_unit(world):
    world.configure()
    checks = doctor(world, 3)
    file = os.path.join(os.path.dirname(world.bindir), "share", "dbus-1", "services", f"{harness.NAME}.service")
    equal((checks["activation"], checks["agent"][0]), (("ok", file), "warn"))
    equal(checks["unit"], ("ok", f"{UNIT} is inactive, disabled"))
    connection = world.connect()
    finish(world, connection, create(connection, "one"))
    checks = doctor(world, 0)
    equal(checks["unit"], ("ok", f"{UNIT} is active, disabled"))
    for name in ("agent", "store", "disk", "directory", "health", "quarantine"):
        equal(checks[name][0], "ok", name, checks)
    world.systemctl("stop", UNIT)
    # One that cannot start.
    world.configure(service="ExecStart=\nExecStart=/bin/false\nRestart=no\n")
    world.systemctl("start", UNIT, status=None)
    wait_until(lambda: world.show("ActiveState") == "failed", "it has failed")
    checks = doctor(world, 3)
    equal(checks["unit"], ("fail", f"{UNIT} has failed"))


def queue_offline(world, count):
    """That many writes, accepted and kept while there is no directory: their paths."""
    world.directory.kill9()
    connection = world.connect()
    paths = [create(connection, f"s{number}") for number in range(count)]
    equal(queued(connection), paths)
    return paths


def queued(connection):
    return [path for path, row in connection.root("ListRequests", "a{sv}", {}) if plain(row)["State"] != "done"]


def deliver(world, paths):
    """The directory is back: each write is completed, and delivered once."""
    connection = world.connect()
    equal(queued(connection), paths, "the queue is intact")
    for path in paths:
        connection.request(path, "Attach")
    world.restart_directory()
    for path in paths:
        finish(world, connection, path)
    equal(committed(world), [f"s{number}" for number in range(len(paths))], "each once")


def test_a_killed_agent_is_started_again_and_keeps_the_queue(world):
    world.configure()
    paths = queue_offline(world, 6)
    pid = world.running_pid()
    os.kill(pid, signal.SIGKILL)
    world.wait_restarted(pid)
    equal(world.show("NRestarts"), "1")
    deliver(world, paths)
    equal(world.show("NRestarts"), "1", "it is killed once, and well since")


def test_an_agent_that_hangs_is_replaced_by_the_watchdog(world):
    world.configure(service="WatchdogSec=2s\n")
    paths = queue_offline(world, 3)
    pid = world.running_pid()
    os.kill(pid, signal.SIGSTOP)
    world.wait_restarted(pid)
    equal(world.show("NRestarts"), "1")
    deliver(world, paths)


class Stream:
    """Calls to the agent's name without a pause, on a connection and a thread of their own. Ping does not count as a use
    of the agent, so it may leave while they go on."""

    def __init__(self, world):
        self.connection = world.connect()
        self.replies = 0
        self.error = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            while not self._ending.wait(0.002):
                self.connection.call(harness.ROOT, "org.freedesktop.DBus.Peer", "Ping")
                self.replies += 1
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def end(self):
        self._ending.set()
        self._thread.join()
        if self.error:
            raise harness.Failure(f"after {self.replies} replies: {self.error!r}")


def test_idle_exits_lose_no_call(world):
    world.configure("[Queue]\nIdleExitSec=1\n")
    connection = world.connect()
    connection.match(f"type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{harness.NAME}'")
    names = []
    invocations = set()

    def write():
        name = f"w{len(names):02}"
        names.append(name)
        finish(world, connection, create(connection, name))
        invocations.add(world.show("InvocationID"))

    write()
    stream = Stream(world)
    try:
        for _ in range(3):
            # In the moment in which it has let go of its name: for the bus it is gone, for systemd it still runs.
            connection.wait_signal(lambda m: field(m, "member") == "NameOwnerChanged" and m.body[2] == "", "an idle exit")
            write()
        for _ in range(3):
            # When it goes on, its idle time is over and the call is there, both at once: that time has to pass.
            write()
            pid = world.running_pid()
            os.kill(pid, signal.SIGSTOP)
            try:
                time.sleep(1.1)
                name = f"w{len(names):02}"
                names.append(name)
                serial = connection.send_call(harness.ROOT, harness.IFACE, "WriteSession", "sssssa{sv}",
                                              (SCID, "quickmatch", name, "create-new", CREATE, variants(account=ALICE)))
            finally:
                os.kill(pid, signal.SIGCONT)
            reply = connection.wait_reply(serial)
            equal(reply.header.message_type.name, "method_return", reply.body)
            finish(world, connection, reply.body[0])
            invocations.add(world.show("InvocationID"))
    finally:
        stream.end()
    check(len(invocations) >= 4, "it left and came back:", invocations)
    equal(committed(world), names, "each once")
    check(world.show("ActiveState") != "failed", "an idle exit is no failure")


def test_a_wrong_configuration_does_not_loop_and_does_not_latch(world):
    world.configure("[Queue]\nIdelExitSec=1\n")
    # More often than systemd would start a unit of its own defaults.
    for _ in range(8):
        status, out, errors = world.busctl_call("ListRequests", "a{sv}", "0")
        check(status != 0 and "IdelExitSec" in errors, "the caller is told what is wrong:", out, errors)
    # Whether systemd calls it failed depends on what it hears of first, the end of the name or that of the process.
    wait_until(lambda: world.show("ActiveState") in ("failed", "inactive"), "it has ended")
    equal(world.show("NRestarts"), "0")
    world.configure()
    status, out, errors = world.busctl_call("ListRequests", "a{sv}", "0")
    equal((status, out), (0, "a(oa{sv}) 0\n"), "mended, and called again:", errors)
    equal(world.show("ActiveState", "NRestarts"), {"ActiveState": "active", "NRestarts": "0"})


def test_enabled_it_starts_at_login_and_delivers_what_a_reboot_left(world):
    world.configure()
    paths = queue_offline(world, 2)
    world.systemctl("stop", UNIT)
    world.restart_directory()
    equal(committed(world), [])
    world.systemctl("enable", UNIT)
    # As at a login: the target of all that is wanted then. Nobody calls.
    world.systemctl("restart", "default.target")
    wait_until(lambda: committed(world) == [f"s{number}" for number in range(len(paths))], "delivered without a call")
    equal(world.show("ActiveState"), "active")


# What the filters have to refuse, tried by a program under the same lines.
ATTEMPTS = r"""
import ctypes, errno, mmap, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, function):
    try:
        function()
        print(name, "ok")
    except OSError as error:
        print(name, errno.errorcode[error.errno])
def namespace():
    if libc.unshare(0x10000000) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
def personality():
    if libc.personality(0x0400000) < 0:
        raise OSError(ctypes.get_errno(), "personality")
attempt("inet", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close())
attempt("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close())
attempt("namespace", namespace)
attempt("personality", personality)
attempt("write-and-execute", lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC).close())
attempt("set-id", lambda: os.chmod(os.environ["HOME"], 0o4700))
"""


def test_hardening_bites(world):
    world.configure()
    status, _, errors = world.busctl_call("ListRequests", "a{sv}", "0")
    equal(status, 0, errors)
    process = world.status_of_process()
    equal((process["NoNewPrivs"], process["Seccomp"]), ("1", "2"), process)
    with open(world.show("FragmentPath"), encoding="utf-8") as file:
        lines = [line.strip() for line in file if "=" in line and not line.startswith("#")]
    names = {line.split("=", 1)[0] for line in lines}
    # These need a mount namespace, which an ordinary user's manager does not make: they would promise what is not there.
    void = {name for name in names if name.startswith(("Protect", "Private", "ReadOnly", "ReadWrite", "Inaccessible", "Bind"))}
    equal(void, set())
    filters = [line for line in lines if line.startswith(("NoNewPrivileges", "SystemCall", "Restrict", "LockPersonality",
                                                          "MemoryDenyWriteExecute"))]
    check(len(filters) >= 8, filters)
    script = world.path("attempts.py")
    with open(script, "w", encoding="utf-8") as file:
        file.write(ATTEMPTS)
    said = dict(line.split() for line in world.run_as_unit("attempts", filters, ["/usr/bin/python3", script]).splitlines())
    equal(said, {"inet": "ok", "packet": "EAFNOSUPPORT", "namespace": "EPERM", "personality": "EPERM",
                 "write-and-execute": "EPERM", "set-id": "EPERM"})


# ---- Outside


def run_case(name, user, installed, kind):
    """One case in a manager of its own: what it said where it failed, else nothing."""
    source = os.path.join(installed, "tests", "integration", "systemd", "test_systemd.py")
    script = os.path.join(harness.SOURCE, "tests", "with-user-manager")
    arguments = [script, "--uid", str(user), "--bus", kind, "--root", os.path.join(installed, "root"),
                 sys.executable, source, "--inside", name]
    env = dict(os.environ, MPS_TEST_BUS=kind, MPS_TEST_BINDIR=os.environ.get("MPS_TEST_BINDIR", "/usr/local/bin"))
    with subprocess.Popen(arguments, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace") as process:
        try:
            out, _ = process.communicate(timeout=CASE_LIMIT)
        except subprocess.TimeoutExpired:
            process.terminate()  # it takes down all that is inside
            out, _ = process.communicate()
            return f"{out}\nended after {CASE_LIMIT} s"
    return out + f"\nstatus {process.returncode}" if process.returncode else ""


def install(folder):
    done = subprocess.run(["meson", "install", "-C", harness.BUILD, "--no-rebuild", "--quiet", "--destdir",
                           os.path.join(folder, "root")], capture_output=True, text=True, check=False)
    check(done.returncode == 0, "meson install:", done.stdout, done.stderr)
    # The checkout may lie where an ordinary user cannot read.
    tests = os.path.join(folder, "tests", "integration")
    shutil.copytree(os.path.dirname(os.path.abspath(__file__)), os.path.join(tests, "systemd"))
    shutil.copy(harness.__file__, tests)
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)


def inside(name):
    world = UserWorld()
    try:
        globals()[name](world)
        return 0
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc()
        print("\n".join(world.logs()), file=sys.stderr)
        return 1
    finally:
        world.close()


def main():
    names = [name for name, function in globals().items() if name.startswith("test_") and inspect.isfunction(function)]
    cases = [(name, user) for name in names for user in USERS]
    if len(sys.argv) == 3 and sys.argv[1] == "--inside":
        sys.exit(inside(sys.argv[2]))
    if len(sys.argv) > 1:
        cases = [(name, user) for name, user in cases if [name, str(user)][: len(sys.argv) - 1] == sys.argv[1:3]]
    if os.getuid() != 0:
        print("1..0 # SKIP a user manager of its own needs root")
        return
    if subprocess.run(["findmnt", "--types", "cgroup2"], stdout=subprocess.DEVNULL, check=False).returncode != 0:
        print("1..0 # SKIP a user manager of its own needs cgroup v2")
        return
    kind = os.environ.get("MPS_TEST_BUS", "dbus-daemon")
    print(f"1..{len(cases)}", flush=True)
    bad = 0
    with tempfile.TemporaryDirectory(prefix="mps-systemd-") as folder:
        install(folder)
        # They mostly wait: two at a time.
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            said = pool.map(lambda case: run_case(*case, folder, kind), cases)
            for number, ((name, user), told) in enumerate(zip(cases, said), 1):
                bad += bool(told)
                whose = "root" if user == 0 else f"uid {user}"
                print(f"{'not ok' if told else 'ok'} {number} - {whose}: {name[5:].replace('_', ' ')}", flush=True)
                for line in told.splitlines():
                    print(f"# {line}", flush=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
