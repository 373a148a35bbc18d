# SPDX-License-Identifier: MIT
"""What was said on the bus, by a monitor of our own: calls, acceptances, refusals, completions, answers.

It is a witness beside the games' journals, which die in mid-sentence. Its order is the bus's order. What a killed bus
had not yet passed on is missing, so absence from the tape proves nothing.
"""
import threading
import time

import harness
from jeepney import MessageType

WRITES = ("WriteSession", "WriteSessionByHandle")


def boot():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Event:
    """One thing heard: what is 'offered', 'accepted', 'refused', 'added', 'completed', 'answered', 'acknowledged'."""

    def __init__(self, order, what, request, detail=None):
        self.order = order
        self.time = boot()
        self.what = what
        self.id = request
        self.detail = detail


def id_of(path):
    return path.rsplit("/", 1)[1].replace("_", "-") if path and "/request/" in path else None


class Tape:
    def __init__(self):
        self.events = []
        self.accepted = set()
        self.trouble = []
        self._connection = None
        self._thread = None

    def start(self, address):
        """On a bus that has just started."""
        connection = harness.Connection(address)
        connection.call("/org/freedesktop/DBus", "org.freedesktop.DBus.Monitoring", "BecomeMonitor", "asu", ([], 0),
                        "org.freedesktop.DBus")
        self._connection = connection
        self._thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
        self._thread.start()

    def stop(self):
        """The bus is gone, or will not say more; what it has passed on is taken in first."""
        if not self._thread:
            return
        self._thread.join(harness.LIMIT)
        harness.check(not self._thread.is_alive(), "the monitor does not end with its bus")
        self._connection.close()
        self._thread = None

    def _run(self, connection):
        waiting = {}
        for message in connection.signals:
            self._hear(message, waiting)
        while True:
            try:
                message = connection.raw.receive()
            except (OSError, EOFError):
                return
            try:
                self._hear(message, waiting)
            except Exception as error:  # a bug here must not look like silence on the bus
                self.trouble.append(f"{type(error).__name__}: {error}: {message.header}")

    def _add(self, what, request, detail=None):
        if request:
            self.events.append(Event(len(self.events), what, request, detail))

    def _hear(self, message, waiting):
        kind = message.header.message_type
        if kind == MessageType.method_call:
            self._hear_call(message, waiting)
        elif kind == MessageType.signal:
            self._hear_signal(message)
        else:
            key = (harness.field(message, "destination"), harness.field(message, "reply_serial"))
            call = waiting.pop(key, None)
            if call:
                self._hear_reply(message, *call)

    def _hear_call(self, message, waiting):
        interface = harness.field(message, "interface")
        member = harness.field(message, "member")
        key = (harness.field(message, "sender"), message.header.serial)
        if interface == harness.IFACE and member in WRITES:
            options = harness.plain(message.body[-1])
            waiting[key] = (member, options.get("id"))
            self._add("offered", options.get("id"), options)
        elif interface == harness.REQUEST_IFACE:
            request = id_of(harness.field(message, "path"))
            waiting[key] = (member, request)
            if member == "Acknowledge":
                self._add("acknowledged", request)

    def _hear_reply(self, message, member, request):
        error = message.header.message_type == MessageType.error
        if member == "GetResult" and not error:
            self._add("answered", request, harness.plain(message.body[0]))
        elif member in WRITES and error:
            self._add("refused", request, harness.field(message, "error_name"))
        elif member in WRITES:
            self.accepted.add(request)
            self._add("accepted", request)

    def _hear_signal(self, message):
        if harness.field(message, "interface") == harness.REQUEST_IFACE and harness.field(message, "member") == "Completed":
            self._add("completed", id_of(harness.field(message, "path")), harness.plain(message.body[0]))
