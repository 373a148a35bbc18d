#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A bus that dies while the agent asks it for its name: that is no other agent who has it."""
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import check, equal
from jeepney import HeaderFields, MessageType, new_error, new_method_return
from jeepney.low_level import Parser

GUID = b"0123456789abcdef0123456789abcdef"


class DyingBus:
    """Stands where the world's bus was. Each client gets so far as to ask for something, and then the end."""

    def __init__(self, world, dies_at):
        self.dies_at = dies_at
        self.deaths = 0
        self.path = world.path("bus")
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(8)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                self.answer(client)

    def answer(self, client):
        data = self.authenticate(client)
        parser, serial = Parser(), 0
        parser.add_data(data)
        while True:
            message = parser.get_next_message()
            if message is None:
                data = client.recv(65536)
                if not data:
                    return
                parser.add_data(data)
            elif message.header.message_type == MessageType.method_call:
                member = message.header.fields[HeaderFields.member]
                if member == self.dies_at:
                    self.deaths += 1
                    return
                serial += 1
                client.sendall(self.reply(message, member).serialise(serial=serial))

    @staticmethod
    def reply(message, member):
        if member == "Hello":
            return new_method_return(message, "s", (":1.7",))
        if member == "RequestName":
            return new_method_return(message, "u", (3,))  # somebody has it
        return new_method_return(message) if member == "AddMatch" else new_error(message, "org.example.No", "s", ("no",))

    @staticmethod
    def authenticate(client):
        """Takes every client; what it has sent behind BEGIN is returned."""
        data = b""
        while True:
            data += client.recv(4096)
            data = data.lstrip(b"\0")
            while b"\r\n" in data:
                line, data = data.split(b"\r\n", 1)
                if line == b"BEGIN":
                    return data
                client.sendall({b"AUTH EXTERNAL": b"DATA\r\n", b"NEGOTIATE_UNIX_FD": b"AGREE_UNIX_FD\r\n"}
                               .get(line, b"OK " + GUID + b"\r\n"))

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(harness.LIMIT)
        self.listener.close()
        os.unlink(self.path)


def dies_at_the_start(world, member):
    world.start_directory()
    world.bus.stop()
    bus = DyingBus(world, member)
    agent = world.spawn_agent()
    # Not the status of a second agent, after which no service manager starts it again.
    equal(agent.wait(), 1, agent.log())
    check("another agent" not in agent.log() and "session bus" in agent.log(), agent.log())
    equal(bus.deaths, 1)
    bus.end()


def test_a_bus_that_dies_instead_of_giving_the_name(world):
    dies_at_the_start(world, "RequestName")


def test_a_bus_that_dies_instead_of_naming_the_holder(world):
    dies_at_the_start(world, "GetConnectionUnixProcessID")


def test_a_bus_that_comes_back_and_dies_again(world):
    world.start()
    world.bus.kill9()
    world.connections.clear()
    bus = DyingBus(world, "RequestName")
    harness.wait_until(lambda: bus.deaths >= 2, "the agent has asked it for its name twice")
    bus.end()
    world.start_bus()
    connection = harness.wait_until(lambda: try_connect(world), "the bus is back")
    harness.wait_until(connection.owner, "the agent has come back to the bus", 60)
    equal(world.agent.process.poll(), None, world.agent.log())
    world.stop_agent()


def try_connect(world):
    try:
        return world.connect()
    except OSError:
        return None


if __name__ == "__main__":
    harness.main()
