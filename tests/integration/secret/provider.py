#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A Secret Service that does what a test tells it, one JSON object a line; each is answered with a line.

    {"locked": true}              its one collection, "default"
    {"prompt": "accept"}          what becomes of a question: accept, dismiss, hang, or null: none is put
    {"prompts": ["Unlock"]}       which calls put one: Unlock, CreateItem, Delete
    {"delay": 5}                  seconds before anything is answered
    {"silent": ["GetSecret"]}     not answered at all
    {"lies": {"X": ["s", ["!"]]}} what a member answers instead: signature and body
    {"errors": {"X": "a.b.C"}}    the same with an error
    {"forget": true}              its sessions
    {"mangle": "text"}            what it makes of a new secret: "text" replaces what is not UTF-8, "cut" loses two bytes,
                                  "other" keeps another one
    {"session": "/other"}         the session it says a secret is for
    {"lose": true}                a new item is not kept
    {"default": false}            whether there is a default collection
    {"secret": "00"}              puts that text into all items
    {"tell": true}                a signal that its collection has changed
    {"show": true}                the answer has the items and the number of questions that are open
"""
import json
import select
import sys
import time

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_call, new_method_return, new_signal
from jeepney.io.blocking import open_dbus_connection

NAME = "org.freedesktop.secrets"
ROOT = "/org/freedesktop/secrets"
PREFIX = "org.freedesktop.Secret."
COLLECTION = ROOT + "/collection/it"


class Refusal(Exception):
    pass


class Provider:
    def __init__(self, address):
        self.bus = open_dbus_connection(address)
        self.told = {"prompts": ["Unlock"], "default": True}
        self.locked = False
        self.items, self.sessions, self.questions = {}, {}, {}
        self.count = 0
        self.bus.send_and_get_reply(new_method_call(
            DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus"),
            "RequestName", "su", (NAME, 7)))  # the next takes it over

    def number(self):
        self.count += 1
        return self.count

    # ---- What is called

    def search(self, wanted):
        found = [path for path, item in self.items.items() if wanted.items() <= item["attributes"].items()]
        return ("aoao", ([], found) if self.locked else (found, []))

    def question(self, member, sender, then):
        """The path of a question, or "/" when it needs none."""
        if not self.told.get("prompt") or member not in self.told["prompts"]:
            then()
            return "/"
        path = f"{ROOT}/prompt/p{self.number()}"
        self.questions[path] = (sender, then)
        return path

    def complete(self, path, dismissed):
        sender, then = self.questions.pop(path)
        if not dismissed:
            then()
        message = new_signal(DBusAddress(path, interface=PREFIX + "Prompt"), "Completed", "bv", (dismissed, ("s", "")))
        message.header.fields[HeaderFields.destination] = sender
        self.bus.send_message(message)

    def set_locked(self, locked):
        if self.locked != locked:
            self.locked = locked
            self.tell()

    def tell(self):
        self.bus.send_message(new_signal(DBusAddress(ROOT, interface=PREFIX + "Service"), "CollectionChanged", "o", (COLLECTION,)))

    def create(self, properties, secret):
        value = secret[2]
        if self.told.get("mangle") == "text":
            value = value.decode("utf-8", "replace").encode()
        elif self.told.get("mangle") == "cut":
            value = value[:-2]
        elif self.told.get("mangle") == "other":
            value = b"ab" * 32
        path = f"{COLLECTION}/{self.number()}"
        if not self.told.get("lose"):
            self.items[path] = {"attributes": properties[PREFIX + "Item.Attributes"][1], "secret": value}
        return path

    def session(self, path, sender):
        if self.sessions.get(path) != sender:
            raise Refusal(PREFIX + "Error.NoSession")

    def need_open(self):
        if self.locked:
            raise Refusal(PREFIX + "Error.IsLocked")

    def answer(self, member, path, body, sender):
        if member == "OpenSession":
            session = f"{ROOT}/session/s{self.number()}"
            self.sessions[session] = sender
            return "vo", (("s", ""), session)
        if member == "ReadAlias":
            return "o", (COLLECTION if self.told["default"] else "/",)
        if member == "Get":
            return "v", (("b", self.locked),)
        if member == "SearchItems":
            return self.search(body[0])
        if member == "Unlock":
            question = self.question(member, sender, lambda: self.set_locked(False))
            return "aoo", ([] if self.locked else body[0], question)
        if member == "GetSecret":
            self.session(body[0], sender)
            self.need_open()
            return "(oayays)", ((self.told.get("session", body[0]), b"", self.items[path]["secret"], "text/plain"),)
        if member == "CreateItem":
            self.session(body[1][0], sender)
            self.need_open()
            made = []
            question = self.question(member, sender, lambda: made.append(self.create(body[0], body[1])))
            return "oo", (made[0] if made else "/", question)
        if member == "Delete":
            return "o", (self.question(member, sender, lambda: self.items.pop(path, None)),)
        if member == "Prompt":
            if self.told["prompt"] != "hang":
                self.complete(path, self.told["prompt"] == "dismiss")
            return "", ()
        if member == "Dismiss":
            self.complete(path, True)
            return "", ()
        raise Refusal("org.freedesktop.DBus.Error.UnknownMethod")

    def on_call(self, call):
        fields = call.header.fields
        member, sender = fields[HeaderFields.member], fields[HeaderFields.sender]
        if member in self.told.get("silent", ()):
            return
        time.sleep(self.told.get("delay", 0))
        try:
            if member in self.told.get("errors", {}):
                raise Refusal(self.told["errors"][member])
            signature, body = self.answer(member, fields[HeaderFields.path], call.body, sender)
            if member in self.told.get("lies", {}):
                signature, body = self.told["lies"][member]
                body = tuple(part.encode() if kind == "y" else part for part, kind in zip(body, signature.replace("a", "")))
            reply = new_method_return(call, signature or None, tuple(body))
        except Refusal as refusal:
            reply = new_error(call, str(refusal), "s", ("a text of its own",))
        self.bus.send_message(reply)

    # ---- What it is told

    def on_command(self, command):
        if "locked" in command:
            self.set_locked(command.pop("locked"))
        if command.pop("forget", False):
            self.sessions.clear()
        if command.pop("tell", False):
            self.tell()
        if "secret" in command:
            text = command.pop("secret").encode()
            for item in self.items.values():
                item["secret"] = text
        answer = {}
        if command.pop("show", False):
            answer = {"items": {path: item["secret"].decode() for path, item in self.items.items()},
                      "questions": len(self.questions), "sessions": len(self.sessions)}
        self.told.update(command)
        print(json.dumps(answer), flush=True)

    def run(self):
        self.receive()  # what came with the name
        while True:
            ready, _, _ = select.select([self.bus.sock, sys.stdin], [], [])
            if sys.stdin in ready:
                line = sys.stdin.readline()
                if not line:
                    return
                self.on_command(json.loads(line))
            if self.bus.sock in ready:
                self.receive()

    def receive(self):
        """All that has come: what was read with the first does not make the socket ready again."""
        while True:
            try:
                message = self.bus.receive(timeout=0)
            except TimeoutError:
                return
            if message.header.message_type == MessageType.method_call:
                self.on_call(message)


if __name__ == "__main__":
    sys.stdin = open(0, "r", buffering=1, encoding="utf-8")
    Provider(sys.argv[1]).run()
