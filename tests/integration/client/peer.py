# SPDX-License-Identifier: MIT
"""A bus of its own, a peer that owns the agent's name and misbehaves on purpose, and the probe."""

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_call, new_method_return, new_signal
from jeepney.io.blocking import open_dbus_connection

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import with_journal  # noqa: E402 the path is known only here

NAME = 'org.mpsession.Agent1'
ROOT = '/org/mpsession/Agent1'
REQUEST = 'org.mpsession.Agent1.Request'
BUS = DBusAddress('/org/freedesktop/DBus', bus_name='org.freedesktop.DBus', interface='org.freedesktop.DBus')
TIMEOUT = 20

HANDLE = '8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb0c11'
SCID = '00000000-0000-0000-0000-0000000000ab'


def die_with_parent():
    """For preexec_fn: nothing outlives the test."""
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Bus:
    """A private bus, dbus-daemon or dbus-broker (environment MPS_TEST_BUS), with a folder for activation files."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='mps-client-')
        self.services = os.path.join(self.dir, 'services')
        os.mkdir(self.services)
        self.socket = os.path.join(self.dir, 'bus')
        self.address = 'unix:path=' + self.socket
        self.kind = os.environ.get('MPS_TEST_BUS', 'dbus-daemon')
        self.process = None
        self.start()

    def start(self):
        config = os.path.join(self.dir, 'bus.conf')
        with open(config, 'w') as f:
            f.write(f'''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>{self.address}</listen><servicedir>{self.services}</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>''')
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        if self.kind == 'dbus-broker':
            self.process = start_broker(config, self.socket)
            return
        self.process = subprocess.Popen(['dbus-daemon', '--config-file=' + config, '--nofork', '--nopidfile',
                                         '--print-address=1'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        preexec_fn=die_with_parent)
        self.process.stdout.readline()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def activation(self, command):
        with open(os.path.join(self.services, NAME + '.service'), 'w') as f:
            f.write(f'[D-BUS Service]\nName={NAME}\nExec={command}\n')
        c = open_dbus_connection(self.address)
        c.send_and_get_reply(new_method_call(BUS, 'ReloadConfig'), timeout=TIMEOUT)
        c.close()

    def close(self):
        self.kill()
        shutil.rmtree(self.dir)


def start_broker(config, path):
    """dbus-broker takes its listening socket from the service manager's protocol."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)

    def pass_socket():
        die_with_parent()
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ['LISTEN_PID'] = str(os.getpid())

    env = dict(os.environ, LISTEN_FDS='1', LISTEN_FDNAMES='dbus.socket')
    # LISTEN_PID has to be the launcher's own, which is known in the child alone: a shell that execs keeps it.
    script = 'LISTEN_PID=$$ exec dbus-broker-launch --scope user --config-file ' + config
    arguments, journal = with_journal(['sh', '-c', script], path + '-journal')
    process = subprocess.Popen(arguments, env=env, preexec_fn=pass_socket, pass_fds=(3,), stderr=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL)
    process.journal = journal  # lives as long as the process
    listener.close()
    c = open_dbus_connection('unix:path=' + path, auth_timeout=TIMEOUT)
    c.close()
    return process


class Peer:
    """Owns the agent's name and answers each call with handle(message); unknown ones wait in calls."""

    def __init__(self, bus, handle=None, own=True):
        self.connection = open_dbus_connection(bus.address)
        self.unique = self.connection.unique_name
        self.calls = []
        self.handle = handle or (lambda peer, message: None)
        if own:
            self.own()

    def own(self):
        """Owns the name, or is the next to."""
        reply = self.connection.send_and_get_reply(new_method_call(BUS, 'RequestName', 'su', (NAME, 0)), timeout=TIMEOUT)
        assert reply.body[0] in (1, 2), reply.body

    def release(self):
        self.connection.send_and_get_reply(new_method_call(BUS, 'ReleaseName', 's', (NAME,)), timeout=TIMEOUT)

    def next_call(self, member=None, timeout=TIMEOUT):
        """The next method call (of that member); others are handled on the way."""
        until = time.monotonic() + timeout
        while True:
            message = self.connection.receive(timeout=max(0, until - time.monotonic()))
            if message.header.message_type != MessageType.method_call:
                continue
            self.calls.append(message)
            if member is None or message_member(message) == member:
                return message

    def accept(self, message):
        """Answers a call that makes a request with its path; returns that."""
        path = request_path(message)
        self.connection.send(new_method_return(message, 'o', (path,)))
        return path

    def complete(self, call, at, /, **keys):
        """Sends Completed of the request at a path to the caller of a message."""
        self.send_completed(call.header.fields[HeaderFields.sender], at, **keys)

    def send_completed(self, destination, path, signature='a{sv}', body=None, /, **keys):
        emitter = DBusAddress(path, interface=REQUEST)
        if body is None:
            keys.setdefault('outcome', 'applied')
            keys.setdefault('applied', 'yes')
            body = ({k.replace('_', '-'): value_variant(v) for k, v in keys.items()},)
        message = new_signal(emitter, 'Completed', signature, body)
        message.header.fields[HeaderFields.destination] = destination
        self.connection.send(message)

    def error(self, message, name, text='because'):
        self.connection.send(new_error(message, name, 's', (text,)))

    def reply(self, message, signature=None, body=()):
        self.connection.send(new_method_return(message, signature, body))

    def close(self):
        self.connection.close()


def value_variant(value):
    if isinstance(value, tuple):
        return value  # (signature, value) already
    if isinstance(value, bool):
        return ('b', value)
    if isinstance(value, int):
        return ('u', value)
    return ('s', value)


def message_member(message):
    return message.header.fields.get(HeaderFields.member)


def message_path(message):
    return message.header.fields.get(HeaderFields.path)


def message_options(message):
    return {k: v[1] for k, v in message.body[-1].items()}


def request_path(message):
    return ROOT + '/request/' + message_options(message)['id'].replace('-', '_')


class Probe:
    """A game."""

    def __init__(self, bus, *arguments, program=None, env=None):
        program = program or os.environ['CLIENT_PROBE']
        environment = dict(os.environ)
        environment.pop('DBUS_SESSION_BUS_ADDRESS', None)
        environment.pop('XDG_RUNTIME_DIR', None)
        if bus:
            environment['DBUS_SESSION_BUS_ADDRESS'] = bus if isinstance(bus, str) else bus.address
        environment.update(env or {})
        self.process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment, preexec_fn=die_with_parent)
        self.events = queue.Queue()
        self.seen = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))
        self.events.put(None)

    def send(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()

    def wait(self, event, tag=None, timeout=TIMEOUT):
        """The first event of that kind, seen already or to come; it is taken."""
        def fits(e):
            return e['event'] == event and (tag is None or e.get('tag') == tag)
        for e in self.seen:
            if fits(e):
                self.seen.remove(e)
                return e
        until = time.monotonic() + timeout
        while True:
            e = self.events.get(timeout=max(0, until - time.monotonic()))
            if e is None:
                raise AssertionError(f'the probe ended while waiting for {event}')
            if fits(e):
                return e
            self.seen.append(e)

    def call(self, line):
        """Sends a call and returns its id."""
        self.send(line)
        e = self.wait('called', line.split()[1])
        assert e['result'] == 0, e
        return e['id']

    def completed(self, tag, timeout=TIMEOUT):
        return self.wait('completed', tag, timeout)

    def no_completion(self):
        """Nothing has completed up to now: the probe's loop has turned since."""
        self.send('ping')
        self.wait('pong')
        assert not [e for e in self.seen if e['event'] == 'completed'], self.seen

    def quit(self):
        """Closes the client; returns the exit status."""
        if self.process.poll() is None:
            self.send('quit')
        self.process.stdin.close()
        status = self.process.wait(timeout=TIMEOUT)
        assert status == 0, f'the probe ended with {status}'

    def kill(self):
        self.process.kill()
        self.process.wait()


def run(tests):
    """Runs functions as TAP; each gets a bus of its own."""
    import traceback
    failed = 0
    print(f'1..{len(tests)}')
    for number, test in enumerate(tests, 1):
        bus = Bus()
        try:
            test(bus)
            print(f'ok {number} - {test.__name__}', flush=True)
        except Exception:
            failed += 1
            print(f'not ok {number} - {test.__name__}')
            for line in traceback.format_exc().splitlines():
                print('# ' + line, flush=True)
        finally:
            bus.close()
    return 1 if failed else 0
