# SPDX-License-Identifier: MIT
"""A peer that owns the agent's name and misbehaves on purpose, and the probe."""

import json
import os
import queue
import subprocess
import sys
import threading
import time

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_call, new_method_return, new_signal
from jeepney.io.blocking import open_dbus_connection

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness  # noqa: E402

NAME = 'org.mpsession.Agent1'
ROOT = '/org/mpsession/Agent1'
REQUEST = 'org.mpsession.Agent1.Request'
BUS = DBusAddress('/org/freedesktop/DBus', bus_name='org.freedesktop.DBus', interface='org.freedesktop.DBus')
TIMEOUT = 20

HANDLE = '8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb0c11'
SCID = '00000000-0000-0000-0000-0000000000ab'


def activation(world, command):
    """Says how the bus starts the agent."""
    with open(os.path.join(world.services, NAME + '.service'), 'w', encoding='utf-8') as f:
        f.write(f'[D-BUS Service]\nName={NAME}\nExec={command}\n')
    c = open_dbus_connection(world.address)
    c.send_and_get_reply(new_method_call(BUS, 'ReloadConfig'), timeout=TIMEOUT)
    c.close()


def connect(world):
    """A connection; the bus may just be starting."""
    def attempt():
        try:
            return open_dbus_connection(world.address, auth_timeout=TIMEOUT)
        except (ConnectionError, FileNotFoundError):
            return None
    return harness.wait_until(attempt, 'the bus')


class Peer:
    """Owns the agent's name; the test answers each call."""

    def __init__(self, world, own=True):
        self.connection = connect(world)
        self.unique = self.connection.unique_name
        self.calls = []
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

    def __init__(self, world, *arguments, program=None, env=None, bus=True):
        environment = dict(world.env)
        if bus is not True:
            environment['DBUS_SESSION_BUS_ADDRESS'] = bus or ''
        environment.update(env or {})
        program = program or world.built('tests', 'integration', 'client', 'client-probe')
        self.process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment, preexec_fn=harness._die_with_parent)
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
