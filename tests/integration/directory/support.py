# SPDX-License-Identifier: MIT
"""Runs mpsession-directory for the tests of this folder, talks HTTP to it and prints TAP."""
import ctypes
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback

SCID = "5f2c0100-7e1b-4c57-9d0e-0000665a1be9"
ALICE, BOB, CAROL, DAVE = ("253327490000000%d" % i for i in range(1, 5))
NAME = "b3c1a9f0-2d44-4d0a-9a55-1d6a3d1c7e10"
PATIENCE = 20


def reference(name=NAME, template="quickmatch"):
    return {"scid": SCID, "templateName": template, "name": name}


def path(name=NAME, template="quickmatch"):
    return f"/serviceconfigs/{SCID}/sessionTemplates/{template}/sessions/{name}"


def me(xuid, custom=None, **system):
    """A members object in which the caller is active."""
    properties = {"system": {"active": True, **system}}
    if custom is not None:
        properties["custom"] = custom
    return {"members": {"me": {"constants": {"system": {"xuid": xuid}}, "properties": properties}}}


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read()
        self.json = None
        if (response.headers.get("Content-Type") or "").startswith("application/json"):
            try:
                self.json = json.loads(self.text)
            except ValueError:
                pass

    @property
    def etag(self):
        return self.headers["ETag"]


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Directory:
    def __init__(self, binary, *options):
        self.process = subprocess.Popen([binary, *options], stdout=subprocess.PIPE, preexec_fn=_die_with_parent)
        line = self.process.stdout.readline().decode().strip()
        if not line.startswith("listening on "):
            raise AssertionError(f"no readiness line but {line!r}, exit {self.process.wait(PATIENCE)}")
        self.url = line[len("listening on "):]
        host = self.url.split("://")[1]
        self.address, self.port = host.rsplit(":", 1)
        self.address = self.address.strip("[]")
        self.port = int(self.port)

    def connect(self):
        return http.client.HTTPConnection(self.address, self.port, timeout=PATIENCE)

    def call(self, method, target, body=None, xuid=ALICE, headers=None, connection=None, token=None):
        send = {"x-xbl-contract-version": "107"}
        if xuid:
            send["Authorization"] = f"XBL3.0 x={xuid};{token or 'token'}"
        send.update(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        own = connection or self.connect()
        try:
            own.request(method, target, body, {k: v for k, v in send.items() if v is not None})
            return Reply(own.getresponse())
        finally:
            if not connection:
                own.close()

    def put(self, body, xuid=ALICE, name=NAME, template="quickmatch", match=None, none_match=None, query="", **more):
        headers = {"If-Match": match, "If-None-Match": none_match}
        return self.call("PUT", path(name, template) + query, body, xuid, headers, **more)

    def get(self, xuid=ALICE, name=NAME, template="quickmatch", **more):
        return self.call("GET", path(name, template), None, xuid, **more)

    def put_handle(self, handle, body, xuid, match=None, none_match=None, **more):
        headers = {"If-Match": match, "If-None-Match": none_match}
        return self.call("PUT", f"/handles/{handle}/session", body, xuid, headers, **more)

    def control(self, method, name, body=None, **more):
        return self.call(method, "/control/" + name, body, None, **more)

    def fault(self, kind, **more):
        reply = self.control("POST", "faults", {"fault": kind, **more})
        equal(reply.status, 204, reply.text)

    def advance(self, seconds):
        equal(self.control("POST", "clock", {"advance": seconds}).status, 200)

    def journal(self, name):
        return [json.loads(line) for line in self.control("GET", name).text.splitlines()]

    def activity(self, xuid=ALICE, name=NAME, template="quickmatch"):
        reply = self.call("POST", "/handles", {"type": "activity", "version": 1, "sessionRef": reference(name, template)},
                          xuid)
        equal(reply.status, 201, reply.text)
        return reply.json["id"]

    def create(self, body=None, **more):
        reply = self.put(body or me(ALICE), none_match="*", **more)
        equal(reply.status, 201, reply.text)
        return reply

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status


def equal(got, wanted, note=""):
    if got != wanted:
        raise AssertionError(f"got {got!r}, wanted {wanted!r} {note!r}")


def true(condition, note=""):
    if not condition:
        raise AssertionError(note or "not so")


CASES = []


def case(function):
    CASES.append(function)
    return function


def waits(condition):
    """A state that another party brings about: asked again until it is there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it never came")


def dropped(function):
    """Whether a call ends without an answer."""
    try:
        function()
    except (http.client.HTTPException, OSError):
        return True
    return False


def run(directory, reset=True):
    """Runs all cases of a file against one directory, then ends it; its exit status is a case as well."""
    failed = 0
    print(f"1..{len(CASES) + 1}", flush=True)
    for number, function in enumerate(CASES, 1):
        try:
            if reset:
                equal(directory.control("POST", "reset").status, 204)
            function(directory)
            print(f"ok {number} - {function.__doc__}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {number} - {function.__doc__}", flush=True)
            for line in traceback.format_exc().splitlines():
                print("# " + line, flush=True)
    status = directory.stop()
    word = "ok" if status == 0 else "not ok"
    print(f"{word} {len(CASES) + 1} - the directory ends with 0 after SIGTERM, leaking nothing (got {status})")
    sys.exit(1 if failed or status != 0 else 0)


def binary():
    return os.path.abspath(sys.argv[1])
