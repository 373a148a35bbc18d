# SPDX-License-Identifier: MIT
"""The scripted faults as a client meets them on the network."""
import http.client
import json
import socket
import threading
import time

from support import (ALICE, BOB, PATIENCE, SCID, Directory, binary, case, dropped, equal, me, path, reference, run, true)

MAP = {"properties": {"custom": {"map": "foundry"}}}


def custom(d):
    return d.get().json["properties"]["custom"]


def raw(d, method="PUT", body=MAP, xuid=ALICE):
    """A request on a socket of its own."""
    text = json.dumps(body)
    sock = socket.create_connection((d.address, d.port), timeout=PATIENCE)
    sock.sendall((f"{method} {path()} HTTP/1.1\r\nHost: {d.address}\r\nx-xbl-contract-version: 107\r\nIf-Match: *\r\n"
                  f"Authorization: XBL3.0 x={xuid};token\r\nContent-Length: {len(text)}\r\n\r\n{text}").encode())
    return sock


def read_all(sock):
    data = b""
    try:
        while True:
            part = sock.recv(65536)
            if not part:
                return data
            data += part
    except ConnectionResetError:
        return data


def waits(condition):
    """A state that another party brings about: asked again until it is there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it never came")


@case
def f1(d):
    """F1 the request is taken and never answered; nothing is applied; the client's going ends it"""
    d.create()
    d.fault("F1", method="PUT")
    sock = raw(d)
    waits(lambda: any(r["fault"] == "F1" for r in d.journal("requests")))
    sock.setblocking(False)
    try:
        equal(sock.recv(1), "nothing")
    except BlockingIOError:
        pass
    equal(custom(d), {})
    sock.close()
    equal(d.put(MAP, match="*").status, 200)
    equal([r["status"] for r in d.journal("requests") if r["fault"] == "F1"], [0])


@case
def f2(d):
    """F2 applied, then the connection closes without a byte of answer"""
    d.create()
    d.fault("F2", method="PUT", path="/sessions/")
    equal(read_all(raw(d)), b"")
    equal(custom(d), {"map": "foundry"})
    equal(len(d.journal("commits")), 2)
    equal(d.put({}, match="*").status, 200)


@case
def f3(d):
    """F3 held without an answer and applied later, whether or not the client is still there"""
    for leaves in (False, True):
        d.control("POST", "reset")
        d.create()
        d.fault("F3", method="PUT", delay_ms=300)
        sock = raw(d)
        waits(lambda: any(r["fault"] == "F3" for r in d.journal("requests")))
        equal(len(d.journal("commits")), 1)
        if leaves:
            sock.close()
        else:
            equal(read_all(sock), b"")
        waits(lambda: len(d.journal("commits")) == 2)
        equal([c.get("late") for c in d.journal("commits")], [None, True])
        equal(custom(d), {"map": "foundry"})


@case
def f3_fenced(d):
    """F3 a late write with an ETag is fenced by what came before it"""
    first = d.create()
    d.fault("F3", method="PUT", delay_ms=300)
    connection = d.connect()
    connection.request("PUT", path(), json.dumps(MAP), {"x-xbl-contract-version": "107", "If-Match": first.etag,
                                                        "Authorization": f"XBL3.0 x={ALICE};t"})
    waits(lambda: any(r["fault"] == "F3" for r in d.journal("requests")))
    equal(d.put({"properties": {"custom": {"map": "other"}}}, match=first.etag).status, 200)
    true(dropped(connection.getresponse))
    equal(custom(d), {"map": "other"})


@case
def f4(d):
    """F4 applied, the headers are whole, the body is cut"""
    d.create()
    d.fault("F4", method="PUT")
    connection = d.connect()
    connection.request("PUT", path(), json.dumps(MAP), {"x-xbl-contract-version": "107",
                                                        "Authorization": f"XBL3.0 x={ALICE};t"})
    response = connection.getresponse()
    equal(response.status, 200)
    true(response.headers["ETag"] and response.headers["Content-Location"])
    try:
        response.read()
        raise AssertionError("the body is whole")
    except http.client.IncompleteRead as cut:
        true(0 < len(cut.partial) < int(response.headers["Content-Length"]))
    equal(custom(d), {"map": "foundry"})


@case
def f5(d):
    """F5 500 before or after applying; other statuses by option"""
    d.create()
    d.fault("F5", method="PUT", when="before")
    equal(d.put(MAP, match="*").status, 500)
    equal(custom(d), {})
    d.fault("F5", method="PUT", when="after", status=504)
    equal(d.put(MAP, match="*").status, 504)
    equal(custom(d), {"map": "foundry"})


@case
def f6(d):
    """F6 503 with Retry-After, in seconds or as told"""
    d.create()
    for text in ("3", "Tue, 03 Mar 2026 18:20:11 GMT", "soon", "0", "1000000000"):
        d.fault("F6", method="PUT", **({} if text == "3" else {"retry_after": text}))
        reply = d.put(MAP, match="*")
        equal((reply.status, reply.headers["Retry-After"], reply.text), (503, text, b""))
    equal(custom(d), {})
    equal(d.put(MAP, match="*").status, 200)


@case
def f7(d):
    """F7 429 with Retry-After and the service's JSON body"""
    d.create()
    d.fault("F7", xuid=BOB, count=2)
    equal(d.put(MAP, match="*").status, 200)
    for _ in range(2):
        reply = d.get(BOB)
        equal((reply.status, reply.headers["Retry-After"]), (429, "9"))
        equal(reply.json, {"version": 1, "currentRequests": 31, "maxRequests": 30, "periodInSeconds": 15,
                           "limitType": "Rate"})
    equal(d.get(BOB).status, 200)


@case
def f8(d):
    """F8 401 once, with an empty body"""
    d.create()
    d.fault("F8", method="PUT")
    reply = d.put(MAP, match="*")
    equal((reply.status, reply.text), (401, b""))
    equal(d.put(MAP, match="*").status, 200)


@case
def f11(d):
    """F11 a kept-alive connection closes before the request is read; a new connection is served"""
    d.create()
    d.fault("F11", method="PUT")
    kept = d.connect()
    equal(d.get(connection=kept).status, 200)
    kept.auto_open = 0
    true(dropped(lambda: d.put(MAP, match="*", connection=kept)))
    equal(len(d.journal("commits")), 1)
    equal(d.put(MAP, match="*").status, 200)
    d.fault("F11", method="PUT")
    equal(d.put({}, match="*").status, 200, "a first request on its connection is not met")


@case
def f12(d):
    """F12 the session is deleted after the request; no answer, or one by option"""
    d.create()
    d.fault("F12", method="PUT")
    equal(read_all(raw(d)), b"")
    equal(d.get().status, 204)
    equal(len(d.journal("commits")), 2)
    d.create()
    d.fault("F12", method="PUT", answer=True)
    equal(d.put(MAP, match="*").status, 200)
    equal(d.get().status, 204)


@case
def f13(d):
    """F13 a 412 comes without its body, and only a 412"""
    d.create()
    d.fault("F13")
    equal(d.get().status, 200)
    reply = d.put(MAP, match="stale")
    equal((reply.status, reply.text, reply.etag), (412, b"", None))
    true(d.put(MAP, match="stale").json)


@case
def f14(d):
    """F14 a 200 or 201 comes without Content-Location"""
    d.fault("F14")
    reply = d.put(me(ALICE), none_match="*")
    equal((reply.status, reply.headers["Content-Location"]), (201, None))
    true(reply.json and reply.etag)
    true(d.get().headers["Content-Location"])


@case
def hostile(d):
    """garbage, 10 MB of JSON, half a head: applied all the same, and the status is true"""
    d.create()
    for fault in ("garbage", "huge"):
        d.fault(fault, method="PUT")
        equal(d.put(MAP, match="stale").status, 412)
    d.fault("half", method="PUT")
    equal(read_all(raw(d, body={"nonsense": 1})), b"HTTP/1.1 400 Bad Request\r\nContent-Type: appli")
    equal(len(d.journal("commits")), 1)
    d.fault("garbage", method="PUT")
    reply = d.put({"properties": {"custom": {"n": 1}}}, match="*")
    equal((reply.status, reply.json, reply.headers["Content-Type"]), (200, None, "application/json"))
    d.fault("huge", method="PUT")
    reply = d.put({"properties": {"custom": {"n": 2}}}, match="*")
    equal((reply.status, len(reply.text), list(reply.json)), (200, 10_000_000, ["padding"]))
    d.fault("half", method="PUT")
    equal(read_all(raw(d, body={"properties": {"custom": {"n": 3}}})), b"HTTP/1.1 200 OK\r\nContent-Type: appli")
    equal(custom(d), {"n": 3})
    equal(len(d.journal("commits")), 4)


@case
def matching(d):
    """faults match by method, path and user, skip, count down, and can be deleted"""
    d.create()
    d.fault("F5", method="PUT", path=SCID.upper(), xuid=ALICE, skip=1, count=2)
    equal([d.put({}, match="*").status for _ in range(4)], [200, 500, 500, 200])
    d.fault("F5", count=0)
    equal([d.get().status for _ in range(3)], [500] * 3)
    equal(d.control("DELETE", "faults").status, 204)
    equal(d.get().status, 200)
    for bad in ({"fault": "F99"}, {"fault": "F2", "countt": 1}, {"fault": "F2", "count": "1"}, {},
                {"fault": "F6", "retry_after": "1\r\nX: y"}):
        equal(d.control("POST", "faults", bad).status, 400, bad)
    equal([r["fault"] for r in d.journal("requests") if r["status"] == 500], ["F5"] * 5)


@case
def branch(d):
    """F15, F19 a new branch restarts the change number; a handle can be deleted under way"""
    first = d.create()
    d.put(MAP, match="*")
    handle = d.activity()
    equal(d.control("POST", "sessions", {**reference(), "action": "new-branch"}).status, 204)
    later = d.get()
    equal(later.json["changeNumber"], 1)
    true(later.json["branch"] != first.json["branch"] and later.etag != first.etag)
    equal(d.call("DELETE", f"/handles/{handle}").status, 204)
    equal(d.put_handle(handle, {}, ALICE).status, 404)
    equal(d.put({}, match="*").status, 200)


@case
def held_at_the_end(d):
    """held connections and late writes do not keep the directory from ending"""
    d.create()
    d.fault("F1", method="GET")
    d.fault("F3", method="PUT")
    d.held = [raw(d), raw(d, "GET")]
    waits(lambda: {"F1", "F3"} <= {r["fault"] for r in d.journal("requests")})


run(Directory(binary()))
