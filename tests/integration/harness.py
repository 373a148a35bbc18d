# SPDX-License-Identifier: MIT
"""What every integration test stands on: a private bus, a real directory, a real agent, and TAP.

A test module defines functions test_*(world) and ends with harness.main(). Each test gets a World of its own: a bus
(dbus-daemon or dbus-broker, by MPS_TEST_BUS), a home and state folder, and children that die with it. Every wait has a
limit. MPS_BUILD_ROOT says where the programs were built.
"""
import ctypes
import inspect
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call, new_signal
from jeepney.io.blocking import open_dbus_connection

BUILD = os.environ.get("MPS_BUILD_ROOT", os.path.join(os.getcwd(), "build"))
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIMIT = float(os.environ.get("MPS_TEST_LIMIT", "30"))  # seconds for one wait

NAME = "org.mpsession.Agent1"
JOURNAL = "/run/systemd/journal/socket"
ROOT = "/org/mpsession/Agent1"
IFACE = "org.mpsession.Agent1"
REQUEST_IFACE = "org.mpsession.Agent1.Request"
SCID = "5f2c0100-7e1b-4c57-9d0e-0000665a1be9"
ALICE = "2533274900000001"
BOB = "2533274900000002"
TOKENS = {ALICE: "alice-token", BOB: "bob-token"}


class Failure(AssertionError):
    pass


def check(condition, *what):
    if not condition:
        raise Failure(" ".join(str(part) for part in what) or "not as expected")


def equal(is_, wanted, *what):
    if is_ != wanted:
        raise Failure(f"{' '.join(map(str, what))}: is {is_!r}, should be {wanted!r}")


def wait_until(condition, what, limit=None):
    """For what no event tells of: asks again, more and more rarely, until a limit."""
    end = time.monotonic() + (limit or LIMIT)
    pause = 0.005
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"waited in vain: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    _libc.prctl(1, signal.SIGKILL)


class Child:
    """A process of the test's, whose output is kept."""

    def __init__(self, arguments, env, log, pass_fds=(), stdin=None, stdout=None, cwd=None):
        self.arguments = arguments
        self.log_path = log
        self._log = open(log, "ab")
        self.process = subprocess.Popen(arguments, env=env, stdin=stdin or subprocess.DEVNULL,
                                        stdout=stdout or self._log,
                                        stderr=self._log, pass_fds=pass_fds, preexec_fn=_die_with_parent, cwd=cwd)

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self, limit=None):
        try:
            return self.process.wait(limit or LIMIT)
        except subprocess.TimeoutExpired as error:
            raise Failure(f"{self.arguments[0]} does not end") from error

    def kill9(self):
        self.process.send_signal(signal.SIGKILL)
        return self.wait()

    def stop(self):
        """Ends it with SIGTERM and tells its status; ASan's leak report makes that status bad."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()


class Connection:
    """A connection of its own on the private bus."""

    def __init__(self, address, fds=False):
        self.raw = open_dbus_connection(address, enable_fds=fds)
        self.name = self.raw.unique_name
        self.signals = []
        self.replies = {}

    def close(self):
        self.raw.close()

    def send_call(self, path, interface, member, signature=None, body=(), destination=NAME):
        """Sends a call and does not wait; its reply is taken by wait_reply()."""
        message = new_method_call(DBusAddress(path, bus_name=destination, interface=interface), member, signature, body)
        serial = next(self.raw.outgoing_serial)
        self.raw.send_message(message, serial=serial)
        return serial

    def wait_reply(self, serial, limit=None):
        if serial in self.replies:
            return self.replies.pop(serial)
        end = time.monotonic() + (limit or LIMIT)
        while True:
            reply = self._receive(end)
            if reply is None:
                raise Failure("no reply")
            if reply.header.fields.get(HeaderFields.reply_serial) == serial:
                return reply
            self._keep(reply)

    def call_raw(self, path, interface, member, signature=None, body=(), destination=NAME, limit=None):
        return self.wait_reply(self.send_call(path, interface, member, signature, body, destination), limit)

    def _receive(self, end):
        left = end - time.monotonic()
        if left <= 0:
            return None
        try:
            return self.raw.receive(timeout=left)
        except TimeoutError:
            return None

    def _keep(self, message):
        if message.header.message_type == MessageType.signal:
            self.signals.append(message)
        elif HeaderFields.reply_serial in message.header.fields:
            self.replies[message.header.fields[HeaderFields.reply_serial]] = message

    def call(self, path, interface, member, signature=None, body=(), destination=NAME, limit=None):
        """The reply's body; a D-Bus error is raised as BusError."""
        reply = self.call_raw(path, interface, member, signature, body, destination, limit)
        if reply.header.message_type == MessageType.error:
            raise BusError(reply.header.fields.get(HeaderFields.error_name), reply.body[0] if reply.body else "")
        return reply.body

    def root(self, member, signature=None, *body):
        result = self.call(ROOT, IFACE, member, signature, body)
        return result[0] if len(result) == 1 else result

    def request(self, path, member, signature=None, *body):
        result = self.call(path, REQUEST_IFACE, member, signature, body)
        return result[0] if len(result) == 1 else result

    def result(self, path):
        return plain(self.request(path, "GetResult"))

    def properties(self, path, interface=REQUEST_IFACE):
        return plain(self.call(path, "org.freedesktop.DBus.Properties", "GetAll", "s", (interface,))[0])

    def match(self, rule):
        self.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", (rule,), "org.freedesktop.DBus")

    def wait_signal(self, predicate, what="a signal", limit=None):
        for index, message in enumerate(self.signals):
            if predicate(message):
                return self.signals.pop(index)
        end = time.monotonic() + (limit or LIMIT)
        while True:
            message = self._receive(end)
            if message is None:
                raise Failure(f"waited in vain for {what}")
            if message.header.message_type == MessageType.signal and predicate(message):
                return message
            self._keep(message)

    def wait_completed(self, path, limit=None):
        """The one Completed of a request, as a plain dictionary."""
        message = self.wait_signal(lambda m: field(m, "member") == "Completed" and field(m, "path") == path,
                                   f"Completed of {path}", limit)
        return plain(message.body[0])

    def seen(self, member):
        """Signals of that name that came so far; a round trip to the bus makes sure that none is on its way."""
        self.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId", None, (), "org.freedesktop.DBus")
        return [message for message in self.signals if field(message, "member") == member]

    def send_signal(self, destination, path, interface, member, signature, body):
        message = new_signal(DBusAddress(path, interface=interface), member, signature, body)
        message.header.fields[HeaderFields.destination] = destination
        self.raw.send_message(message)

    def request_name(self, name):
        return self.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName", "su", (name, 4),
                         "org.freedesktop.DBus")[0]

    def owner(self, name=NAME):
        try:
            return self.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner", "s", (name,),
                             "org.freedesktop.DBus")[0]
        except BusError:
            return None


class BusError(Exception):
    def __init__(self, name, text):
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


def field(message, name):
    return message.header.fields.get(getattr(HeaderFields, name))


def plain(dictionary):
    """a{sv} without its signatures."""
    return {key: value[1] for key, value in dictionary.items()}


def variants(**options):
    """Options of a call: text as s, whole numbers as t, but title_id as u; _ becomes -."""
    made = {}
    for key, value in options.items():
        key = key.replace("_", "-")
        if isinstance(value, tuple):
            made[key] = value
        elif isinstance(value, bool):
            made[key] = ("b", value)
        elif isinstance(value, int):
            made[key] = ("u" if key in ("title-id", "limit") else "t", value)
        else:
            made[key] = ("s", value)
    return made


BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>{services}
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
<limit name="max_replies_per_connection">50000</limit></busconfig>
"""


def with_journal(arguments, path):
    """dbus-broker does not start without a journal to log to: where there is none, a socket takes that place, for it
    alone. Returns the command and the socket, which has to be kept."""
    if os.path.exists(JOURNAL):
        return arguments, None
    if os.path.exists(path):
        os.unlink(path)
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.bind(path)
    os.makedirs("/run/systemd", exist_ok=True)
    prepare = (f'mount -t tmpfs tmpfs /run/systemd && mkdir -p {os.path.dirname(JOURNAL)} && : >{JOURNAL} && '
               f'mount --bind "$1" {JOURNAL} && shift && exec "$@"')
    return ["unshare", "--mount", "sh", "-c", prepare, "sh", path, *arguments], journal


class World:
    """One test's own everything."""

    prefix = ()  # what stands before the directory's and the agent's command: nsenter, to have them in a namespace

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mps-")
        self.children = []
        self.connections = []
        self._journals = []
        self.state = self.path("state")
        self.services = self.path("services")
        os.makedirs(self.services)
        for name in ("home", "run", "config", "state-home"):
            os.makedirs(self.path(name), mode=0o700)
        self.kind = os.environ.get("MPS_TEST_BUS", "dbus-daemon")
        self.address = f"unix:path={self.path('bus')}"
        self.env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": self.path("home"),
            "XDG_RUNTIME_DIR": self.path("run"),
            "XDG_CONFIG_HOME": self.path("config"),
            "XDG_STATE_HOME": self.path("state-home"),
            "DBUS_SESSION_BUS_ADDRESS": self.address,
            # Not this machine's own: its logind is not a test's business. Nobody is there until a test starts one.
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.path('system-bus')}",
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=1"),
            "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1"),
            "LD_LIBRARY_PATH": os.path.join(BUILD, "libclient"),
        }
        self.directory = None
        self.agent = None
        self.bus = None
        self.start_bus()

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def built(self, *parts):
        return os.path.join(BUILD, *parts)

    def child(self, arguments, name, **more):
        child = Child([str(part) for part in arguments], more.pop("env", self.env), self.path(f"{name}.log"), **more)
        self.children.append(child)
        return child

    def run(self, *arguments, env=None, input=None, limit=None):
        """A program to its end: (status, output, errors)."""
        try:
            done = subprocess.run([str(part) for part in arguments], env=env or self.env, capture_output=True, text=True,
                                  input=input, timeout=limit or LIMIT, preexec_fn=_die_with_parent)
        except subprocess.TimeoutExpired as error:
            raise Failure(f"{arguments[0]} does not end") from error
        return done.returncode, done.stdout, done.stderr

    # ---- The bus

    def start_bus(self):
        self.bus = self._spawn_bus("bus")

    def start_system_bus(self):
        """One for what the agent looks for on the system's: returns the process."""
        return self._spawn_bus("system-bus")

    def _spawn_bus(self, name):
        config = self.path(f"{name}.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(BUS_CONFIG.format(path=self.path(name), services=f"<servicedir>{self.services}</servicedir>"))
        if self.kind == "dbus-broker":
            return self._start_broker(name, config)
        read, write = os.pipe()
        bus = self.child(["dbus-daemon", "--nofork", f"--config-file={config}", f"--print-address={write}"], name,
                         pass_fds=(write,))
        os.close(write)
        ready, _, _ = select.select([read], [], [], LIMIT)
        line = os.read(read, 512) if ready else b""
        os.close(read)
        check(line, "the bus does not start:", bus.log())
        return bus

    def _start_broker(self, name, config):
        # dbus-broker takes its listening socket as systemd would hand it over: as descriptor 3.
        path = self.path(name)
        if os.path.exists(path):
            os.unlink(path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen(128)
        script = f'exec 3<&{listener.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$; exec dbus-broker-launch --scope user --config-file "$0"'
        arguments, journal = with_journal(["bash", "-c", script, config], self.path(f"{name}-journal"))
        self._journals.append(journal)
        bus = self.child(arguments, name, pass_fds=(listener.fileno(),))
        listener.close()
        return bus

    def connect(self):
        connection = Connection(self.address)
        self.connections.append(connection)
        return connection

    # ---- The directory

    def start_directory(self, *options, port=0, tokens=True, name="directory"):
        """Another name: another one, beside the first; what is asked of the directory is asked of the latest."""
        arguments = [*self.prefix, self.built("directory", "mpsession-directory"), "--listen", f"127.0.0.1:{port}", "--state",
                     self.path(f"{name}.json"), *options]
        if tokens:
            for xuid, token in TOKENS.items():
                arguments += ["--fixed-token", f"{xuid}:{token}"]
        read, write = os.pipe()
        self.directory = self.child(arguments, name, stdout=write)
        os.close(write)
        ready, _, _ = select.select([read], [], [], LIMIT)
        line = os.read(read, 512).decode() if ready else ""
        check(line.startswith("listening on "), "the directory does not start:", line, self.directory.log())
        self._directory_out = read  # stays open: it may print more
        self.url = line.split()[2].rstrip("/")
        return self.directory

    def restart_directory(self, *options):
        return self.start_directory(*options, port=int(self.url.rsplit(":", 1)[1]))

    def control(self, verb, what, body=None):
        data = json.dumps(body).encode() if body is not None else (b"" if verb == "POST" else None)
        request = urllib.request.Request(f"{self.url}/control/{what}", data=data, method=verb)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=LIMIT) as reply:
            return reply.read().decode()

    def commits(self):
        return [json.loads(line) for line in self.control("GET", "commits").splitlines() if line.strip()]

    def requests(self):
        return [json.loads(line) for line in self.control("GET", "requests").splitlines() if line.strip()]

    def fault(self, fault, **more):
        self.control("POST", "faults", {"fault": fault, **more})

    # ---- The agent

    def agent_arguments(self, *options, tokens=True):
        arguments = [self.built("daemon", "mpsessiond"), "--state-dir", self.state]
        if getattr(self, "url", None):
            arguments += ["--directory-url", self.url]
            if tokens:
                for xuid, token in TOKENS.items():
                    arguments += ["--fixed-token", f"{xuid}:{token}"]
        return arguments + list(options)

    def spawn_agent(self, *options, tokens=True, name="agent"):
        return self.child([*self.prefix, *self.agent_arguments(*options, tokens=tokens)], name)

    def start_agent(self, *options, tokens=True):
        """Starts it and waits until it owns its name."""
        watcher = self.connect()
        watcher.match(f"type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{NAME}'")
        self.agent = self.spawn_agent(*options, tokens=tokens)
        end = time.monotonic() + LIMIT
        while not watcher.owner():
            check(self.agent.process.poll() is None, "the agent ended:", self.agent.log())
            check(time.monotonic() < end, "the agent does not take its name:", self.agent.log())
            try:
                watcher.wait_signal(lambda m: field(m, "member") == "NameOwnerChanged", limit=0.5)
            except Failure:
                pass
        watcher.close()
        self.connections.remove(watcher)
        return self.agent

    def start_agent_on_small_disk(self):
        """Its state folder is a disk of 16 MiB that only it sees. Returns the path of a file that may fill the disk."""
        os.makedirs(self.state, mode=0o700)
        namespace = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        script = 'mount -t tmpfs -o size=16m,mode=700 tmpfs "$1" && shift && exec "$@"'
        self.agent = self.child([*namespace, "sh", "-c", script, "sh", self.state, *self.agent_arguments()], "agent")
        wait_until(self.connect().owner, "the agent is there")
        return f"/proc/{self.agent.pid}/root{self.state}/filler"

    def start(self, *agent_options):
        """A directory and an agent, both fresh."""
        self.start_directory()
        self.start_agent(*agent_options)
        return self.connect()

    def stop_agent(self):
        """A clean end; its status is 0, or a sanitizer has found something."""
        status = self.agent.stop()
        equal(status, 0, "the agent's exit status", self.agent.log()[-3000:])

    def create_session(self, connection, name="game", account=ALICE, custom=None):
        document = {"members": {"me": {"constants": {"system": {"xuid": account}}, "properties": {"system": {"active": True}}}}}
        if custom:
            document["properties"] = {"custom": custom}
        path = connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", name, "create-new", json.dumps(document),
                               variants(account=account))
        result = connection.wait_completed(path)
        equal(result["outcome"], "applied", result)
        return result

    def create_handle(self, connection, name="game", account=ALICE):
        """A session with its owner in it, published as an activity: the handle's id."""
        self.create_session(connection, name, account)
        path = connection.root("SetActivity", "sssa{sv}", SCID, "quickmatch", name, variants(account=account))
        result = connection.wait_completed(path)
        equal(result["outcome"], "applied", result)
        return result["handle-id"]

    # ---- The end

    def close(self):
        for connection in self.connections:
            connection.close()
        for child in reversed(self.children):
            child.end()
        if getattr(self, "_directory_out", None) is not None:
            os.close(self._directory_out)
        shutil.rmtree(self.folder, ignore_errors=True)

    def logs(self):
        told = []
        for child in self.children:
            told.append(f"--- {' '.join(child.arguments)[:200]} (status {child.process.poll()})")
            told += child.log().splitlines()[-40:]
        return told


def write_by_handle(connection, handle, document, mode="update-existing", **options):
    text = document if isinstance(document, str) else json.dumps(document)
    return connection.root("WriteSessionByHandle", "sssa{sv}", handle, mode, text, variants(**options))


def expect_error(name, function, *arguments, **options):
    """The text of the D-Bus error of that (short) name."""
    try:
        value = function(*arguments, **options)
    except BusError as error:
        equal(error.name, f"org.mpsession.Error.{name}" if "." not in name else name, error.text)
        check(len(error.text) > 10, "an error without a sentence:", error.text)
        return error.text
    raise Failure(f"no error {name}, but {value!r}")


def main():
    module = sys.modules["__main__"]
    tests = [(name, function) for name, function in vars(module).items()
             if name.startswith("test_") and inspect.isfunction(function)]
    wanted = [argument for argument in sys.argv[1:] if argument.startswith("test_")]
    if wanted:
        tests = [(name, function) for name, function in tests if name in wanted]
    print(f"1..{len(tests)}", flush=True)
    bad = 0
    for number, (name, function) in enumerate(tests, 1):
        world = None
        told = []
        try:
            world = World()
            function(world)
        except Exception:  # pylint: disable=broad-except
            told = traceback.format_exc().splitlines() + (world.logs() if world else [])
        finally:
            if world:
                world.close()
        bad += bool(told)
        print(f"{'not ok' if told else 'ok'} {number} - {name[5:].replace('_', ' ')}", flush=True)
        for line in told:
            print(f"# {line}", flush=True)
    sys.exit(1 if bad else 0)
