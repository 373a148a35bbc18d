# SPDX-License-Identifier: MIT
"""The scripted faults as a client meets them on the network."""
import http.client
import json
import socket
import time
from datetime import datetime
from email.utils import parsedate_to_datetime

from support import (ALICE, BOB, PATIENCE, SCID, Directory, binary, case, dropped, equal, me, path, reference, run, true,
                     waits)

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


def send(d, body=MAP, xuid=ALICE, match="*", target=None):
    """A PUT whose answer is asked for later."""
    connection = d.connect()
    connection.request("PUT", target or path(), json.dumps(body), {
        "x-xbl-contract-version": "107", "If-Match": match, "Authorization": f"XBL3.0 x={xuid};t"})
    return connection


def release(d, **what):
    """The statuses of the requests that were released."""
    reply = d.control("POST", "release", what)
    equal(reply.status, 200, reply.text)
    return [one["status"] for one in reply.json["released"]]


def values(**custom):
    return {"properties": {"custom": custom}}


def party(d):
    """A session of Alice and Bob. Returns what Bob got."""
    d.create()
    reply = d.put(me(BOB), BOB, match="*")
    equal(reply.status, 200)
    return reply


def freeze(d):
    """The directory's clock stands still, a millisecond into a window of the limits."""
    now = d.control("POST", "clock", {"frozen": True}).json["now"]
    whole = datetime.fromisoformat(now[:19] + "+00:00").timestamp()
    d.advance(300.001 - whole % 300 - float("0." + now[20:26]))


def struck(d, kind):
    """The lines of the requests that met the fault."""
    return [r for r in d.journal("requests") if r["fault"] == kind]


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
        d.fault("F3", method="PUT", delay_ms=0 if leaves else 1)
        sock = raw(d)
        if leaves:
            sock.close()
        else:
            equal(read_all(sock), b"")
        waits(lambda: len(d.journal("commits")) == 2)
        equal(custom(d), {"map": "foundry"})
        equal([r["status"] for r in d.journal("requests") if r["fault"] == "F3"], [0])


@case
def f3_fenced(d):
    """F3 a late write with an ETag is fenced by what came before it"""
    first = d.create()
    d.fault("F3", method="PUT", delay_ms=3600000)
    connection = send(d, match=first.etag)
    waits(lambda: d.journal("held"))
    equal(custom(d), {})
    equal(d.put({"properties": {"custom": {"map": "other"}}}, match=first.etag).status, 200)
    equal(release(d, action="apply"), [412])
    true(dropped(connection.getresponse))
    equal(custom(d), {"map": "other"})


@case
def f4(d):
    """F4 applied, the headers are whole, the body is cut"""
    d.create()
    d.fault("F4", method="PUT")
    response = send(d).getresponse()
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
    for bad in ({"fault": "F99"}, {"fault": "F2", "countt": 1}, {"fault": "F2", "count": "1"}, {}):
        equal(d.control("POST", "faults", bad).status, 400, bad)
    equal([r["fault"] for r in d.journal("requests") if r["status"] == 500], ["F5"] * 5)


@case
def f9(d):
    """F9 applied, then closed; a rival has changed another key before anything else is answered"""
    party(d)
    d.fault("F9", method="PUT", rival={"xuid": BOB, "delta": values(score=7)})
    equal(read_all(raw(d)), b"")
    after = d.get()
    equal(after.json["properties"]["custom"], {"map": "foundry", "score": 7})
    mine, rival = d.journal("commits")[2:]
    equal((mine["xuid"], mine["delta"], mine["changeNumber"]), (ALICE, MAP, 3))
    equal((rival["xuid"], rival["delta"], rival["before"], rival["changeNumber"]), (BOB, values(score=7), 3, 4))
    equal((rival["mode"], rival["status"], rival["etag"]), ("update-or-create-new", 200, after.etag))
    line, = struck(d, "F9")
    equal((line["status"], line["rivalStatus"]), (0, 200))
    equal((mine["request"], rival["rivalOf"], "request" in rival), (line["sequence"], line["sequence"], False))
    equal(d.put({}, match="*").status, 200)


@case
def f10(d):
    """F10 the same, but the rival has overwritten the same key"""
    party(d)
    d.fault("F10", method="PUT", rival={"xuid": BOB, "delta": values(map="harbor")})
    equal(read_all(raw(d)), b"")
    equal(custom(d), {"map": "harbor"})
    equal([(c["xuid"], c["changed"]) for c in d.journal("commits")[2:]], [(ALICE, True), (BOB, True)])


@case
def rival_at_once(d):
    """a rival comes right after the write it follows, however many others write"""
    party(d)
    d.fault("F10", xuid=ALICE, count=10, rival={"xuid": BOB, "delta": values(n="rival")})
    crowd = [send(d, values(n=i), ALICE if i % 2 else BOB) for i in range(20)]
    equal([dropped(connection.getresponse) for connection in crowd], [bool(i % 2) for i in range(20)])
    commits = d.journal("commits")[2:]
    equal(len(commits), 30)
    for one, following in zip(commits, commits[1:] + [{}]):
        if one["xuid"] == ALICE:
            equal((following["rivalOf"], following["before"]), (one["request"], one["changeNumber"]))


@case
def overtaken_unapplied(d):
    """F1, F5 with a rival: not applied, and overtaken; F5 after applying as well"""
    party(d)
    d.fault("F1", method="PUT", rival={"xuid": BOB, "delta": values(map="F1")})
    sock = raw(d)
    waits(lambda: d.journal("held"))
    equal(custom(d), {"map": "F1"})
    sock.close()
    d.fault("F5", method="PUT", rival={"xuid": BOB, "delta": values(map="F5")})
    equal((d.put(MAP, match="*").status, custom(d)), (500, {"map": "F5"}))
    d.fault("F5", method="PUT", when="after", rival={"xuid": BOB, "delta": values(score=1)})
    equal((d.put(MAP, match="*").status, custom(d)), (500, {"map": "foundry", "score": 1}))
    equal([c["xuid"] for c in d.journal("commits")], [ALICE, BOB, BOB, BOB, ALICE, BOB])


@case
def rival_creates(d):
    """a rival makes the session that another was about to make"""
    d.fault("F5", method="PUT", rival={"xuid": BOB, "delta": me(BOB)})
    equal(d.put(me(ALICE), none_match="*").status, 500)
    equal([(c["xuid"], c["status"]) for c in d.journal("commits")], [(BOB, 201)])
    equal(d.put(me(ALICE), none_match="*").status, 412)


@case
def rival_by_handle(d):
    """a rival goes by reference: the handle may have died of the write it follows"""
    party(d)
    handle = d.activity()
    d.fault("F9", method="PUT", rival={"xuid": BOB, "delta": values(score=7)})
    true(dropped(lambda: d.put_handle(handle, {"members": {"me": None}}, ALICE)))
    equal(d.call("GET", f"/handles/{handle}").status, 404)
    equal((custom(d), list(d.get(BOB).json["members"])), ({"score": 7}, ["1"]))
    equal([c.get("handle") for c in d.journal("commits")[2:]], [handle, None])


@case
def rival_refused(d):
    """a rival is under the rules of the service: what it would have got stands in the request's line"""
    d.create()
    d.fault("F9", method="PUT", rival={"xuid": BOB, "delta": values(score=7)})
    true(dropped(lambda: d.put(MAP, match="*")))
    d.fault("F9", method="PUT", rival={"xuid": ALICE, "delta": {"properties": {"system": {"nosuch": 1}}}})
    true(dropped(lambda: d.put(MAP, match="*")))
    equal([line["rivalStatus"] for line in struck(d, "F9")], [403, 400])
    equal([c["xuid"] for c in d.journal("commits")], [ALICE, ALICE, ALICE])


@case
def rival_aim(d):
    """a fault with a rival waits for a request that is about a session"""
    d.create()
    d.fault("F5", rival={"xuid": ALICE, "delta": values(n=1)})
    equal(d.call("POST", "/handles/query", {"type": "activity", "scid": SCID, "owners": {"xuids": []}}).status, 200)
    equal(d.get(name="unheard-of", template="nosuch").status, 404)
    equal(custom_after_500(d), {"n": 1})


def custom_after_500(d):
    equal(d.get().status, 500)
    return custom(d)


@case
def f15(d):
    """F15 the branch changes and the change number restarts: with a request, applied or not, and by itself"""
    d.create()
    first = d.put(values(n=1), match="*")
    d.fault("F15", method="PUT")
    equal(read_all(raw(d)), b"")
    second = d.get()
    equal((second.json["changeNumber"], second.json["properties"]["custom"]), (1, {"n": 1, "map": "foundry"}))
    true(second.json["branch"] != first.json["branch"])
    equal(len({first.etag, second.etag, d.journal("commits")[-1]["etag"]}), 3)
    equal((d.journal("commits")[-1]["branch"], d.journal("commits")[-1]["changeNumber"]), (first.json["branch"], 3))
    d.fault("F15", method="PUT", apply=False, answer=False)
    true(dropped(lambda: d.put(values(n=2), match="*")))
    third = d.get()
    equal((third.json["changeNumber"], third.json["properties"]), (1, second.json["properties"]))
    d.fault("F15", method="PUT", answer=True)
    answered = d.put(values(n=3), match="*")
    equal((answered.status, answered.json["changeNumber"], answered.json["branch"]), (200, 2, third.json["branch"]))
    equal((d.get().json["changeNumber"], custom(d)["n"]), (1, 3))
    made = d.control("POST", "branch", reference())
    last = d.get()
    equal((made.status, made.json), (200, {"branch": last.json["branch"], "changeNumber": 1, "etag": last.etag}))
    equal(d.put({}, match=answered.etag).status, 412)
    equal(d.put(values(n=4), match=last.etag).json["changeNumber"], 2)


@case
def f16(d):
    """F16 a request is held before it is applied, and can be seen, until it is released with its answer"""
    first = d.create()
    d.fault("F16", method="PUT")
    connection = send(d, match=first.etag)
    waits(lambda: d.journal("held"))
    line, = struck(d, "F16")
    equal(d.journal("held"), [{"request": line["sequence"], "fault": "F16", "method": "PUT", "path": path(), "xuid": ALICE,
                               "applied": False, "connected": True}])
    equal((line["status"], len(d.journal("commits"))), (0, 1))
    reply = d.control("POST", "release", {"request": line["sequence"]})
    equal(reply.json, {"released": [{"request": line["sequence"], "status": 200}]})
    response = connection.getresponse()
    document = json.loads(response.read())
    equal((response.status, document["properties"]["custom"], document["changeNumber"]), (200, {"map": "foundry"}, 2))
    true(response.headers["ETag"] == d.get().etag and response.headers["Date"])
    commit = d.journal("commits")[-1]
    equal((commit["request"], commit["mode"]), (line["sequence"], "synchronized-update"))
    equal(d.journal("held"), [])
    equal(d.put({}, match="*", connection=connection).status, 200, "the connection goes on")


@case
def f16_client_gone(d):
    """F16 stays when its client is killed: applied or dropped on command; an F1 goes with its client"""
    d.create()
    d.fault("F16", method="PUT", count=2)
    d.fault("F1", method="GET")
    socks = [raw(d), raw(d, body=values(n=2)), raw(d, method="GET")]
    waits(lambda: len(d.journal("held")) == 3)
    for sock in socks:
        sock.close()
    waits(lambda: len(d.journal("held")) == 2)
    waits(lambda: not any(held["connected"] for held in d.journal("held")))
    equal(custom(d), {})
    by_body = {held["request"]: held for held in d.journal("held")}
    one, two = sorted(by_body)
    equal([d.control("POST", "release", {"request": number, "action": action}).json["released"]
           for number, action in ((two, "drop"), (one, "apply"))], [[{"request": two, "status": 0}],
                                                                    [{"request": one, "status": 200}]])
    commit = d.journal("commits")[1:]
    equal(([c["request"] for c in commit], d.journal("held")), ([one], []))
    equal(custom(d), commit[0]["delta"]["properties"]["custom"])


@case
def f16_all(d):
    """release without a number ends all in the order in which they came; a drop closes without a byte"""
    d.create()
    d.fault("F16", method="PUT", count=3)
    connections = []
    for n in range(3):
        connections.append(send(d, values(n=n)))
        waits(lambda: len(d.journal("held")) == n + 1)
    equal(release(d), [200, 200, 200])
    equal([c["delta"] for c in d.journal("commits")[1:]], [values(n=n) for n in range(3)])
    equal([connection.getresponse().status for connection in connections], [200, 200, 200])
    d.fault("F16", method="PUT")
    sock = raw(d)
    waits(lambda: d.journal("held"))
    equal(release(d, action="drop"), [0])
    equal(read_all(sock), b"")
    equal(custom(d), {"n": 2})


@case
def f16_reads(d):
    """F16 a read is held as well, and sees what is there when it is released"""
    d.create()
    d.fault("F16", method="GET")
    connection = d.connect()
    connection.request("GET", path(), headers={"x-xbl-contract-version": "107", "Authorization": f"XBL3.0 x={ALICE};t"})
    waits(lambda: d.journal("held"))
    equal(d.put(MAP, match="*").status, 200)
    equal(release(d), [200])
    equal(json.loads(connection.getresponse().read())["properties"]["custom"], {"map": "foundry"})


@case
def held_many(d):
    """only so many requests are held: one more is closed at once, and a late one applied"""
    d.create()
    d.fault("F16", method="PUT", count=2001)
    for n in range(2000):
        raw(d).close()
    waits(lambda: len(struck(d, "F16")) == 2000)
    equal(len(d.journal("held")), 2000)
    equal(read_all(raw(d)), b"")
    equal((len(d.journal("commits")), d.get().status), (1, 200))
    d.fault("F3", method="PUT", delay_ms=3600000)
    equal(read_all(raw(d)), b"")
    equal((len(d.journal("commits")), custom(d)), (2, {"map": "foundry"}))
    equal(release(d, action="drop"), [0] * 2000)
    equal(d.journal("held"), [])


@case
def held_much(d):
    """only so much of bodies is held"""
    d.create()
    body = "x" * (1024 * 1024 - 2)  # and the quotes
    d.fault("F16", method="PUT", count=0)
    socks = [raw(d, body=body) for _ in range(64)]
    waits(lambda: len(d.journal("held")) == 64)
    equal(read_all(raw(d)), b"")
    equal(release(d, action="apply"), [400] * 64)
    equal({read_all(sock) for sock in socks}, {b""})
    last = raw(d)
    waits(lambda: d.journal("held"))
    equal((release(d), last.recv(12)), ([200], b"HTTP/1.1 200"))


@case
def release_alone(d):
    """what is released is answered at once, though nothing else happens on the network"""
    d.create()
    d.fault("F16", method="PUT", count=2)
    socks = [raw(d), raw(d)]
    waits(lambda: len(d.journal("held")) == 2)
    kept = d.connect()
    equal(d.control("POST", "release", {}, connection=kept).status, 200)
    equal([sock.recv(12) for sock in socks], [b"HTTP/1.1 200"] * 2)
    kept.close()


@case
def release_misused(d):
    """release names what is wrong, and then releases nothing"""
    d.create()
    for body in ({}, {"request": 1}, {"action": "drop"}):
        equal(d.control("POST", "release", body).status, 404, body)
    d.fault("F1", method="PUT", apply=True)
    d.fault("F16", method="PUT")
    socks = [raw(d), raw(d)]
    waits(lambda: len(d.journal("held")) == 2)
    equal(sorted((held["fault"], held["applied"]) for held in d.journal("held")), [("F1", True), ("F16", False)])
    for body, status in (({"request": 0}, 400), ({"request": "1"}, 400), ({"request": 999}, 404), ({"action": "go"}, 400),
                         ({"action": 1}, 400), ({"number": 1}, 400), ({"action": "apply"}, 400), ({}, 400)):
        reply = d.control("POST", "release", body)
        equal(reply.status, status, (body, reply.text))
        equal(len(d.journal("held")), 2, body)
    equal(d.control("POST", "release").status, 400)
    equal(release(d, action="drop"), [0, 0])
    equal([read_all(sock) for sock in socks], [b"", b""])
    equal(len(d.journal("commits")), 2)


@case
def reset_releases(d):
    """a reset closes what is held: nothing old is applied to what comes after it"""
    d.create()
    d.fault("F16", method="PUT")
    d.fault("F3", method="PUT", delay_ms=3600000)
    socks = [raw(d), raw(d)]
    waits(lambda: len(d.journal("held")) == 2)
    equal(d.control("POST", "reset").status, 204)
    equal([read_all(sock) for sock in socks], [b"", b""])
    equal((d.journal("held"), d.journal("commits"), d.get().status), ([], [], 204))


@case
def f17(d):
    """F17 Retry-After of any text with 429 and 503; a date may be relative to the reply's own"""
    d.create()
    for kind, status in (("F6", 503), ("F7", 429), ("F5", 500)):
        for text in ("Wed, 21 Oct 2026 07:28:00 GMT", "garbage", "0", "1000000000", "-1", " "):
            d.fault(kind, method="PUT", retry_after=text)
            reply = d.put(MAP, match="*")
            equal((reply.status, reply.headers["Retry-After"]), (status, text.strip()))
        for text, seconds in (("date+3", 3), ("date-3", -3), ("date+0", 0), ("date+100000000", 100000000)):
            d.fault(kind, method="PUT", retry_after=text)
            reply = d.put(MAP, match="*")
            when, now = (parsedate_to_datetime(reply.headers[name]) for name in ("Retry-After", "Date"))
            equal((when - now).total_seconds(), seconds)
        d.fault(kind, method="PUT", retry_after="")
        equal(d.put(MAP, match="*").headers["Retry-After"], None)
    equal(custom(d), {})


@case
def f17_clock(d):
    """a relative date follows the directory's clock"""
    d.create()
    d.advance(86400 * 400)
    d.fault("F6", retry_after="date+60")
    when = parsedate_to_datetime(d.get().headers["Retry-After"])
    true(when.timestamp() > time.time() + 86400 * 399)


@case
def f7_lower(d):
    """F7 the body may tell of other limits"""
    d.create()
    for knobs, wanted in (({"max_requests": 10}, (11, 10, 15, "Rate")), ({"period": 60}, (31, 30, 60, "Rate")),
                          ({"limit_type": "Concurrency", "max_requests": 2, "period": 300}, (3, 2, 300, "Concurrency")),
                          ({"limit_type": "\"", "retry_after": "1"}, (31, 30, 15, "\""))):
        d.fault("F7", **knobs)
        reply = d.put(MAP, match="*")
        body = reply.json
        equal((body["currentRequests"], body["maxRequests"], body["periodInSeconds"], body["limitType"]), wanted)
        equal(reply.headers["Retry-After"], knobs.get("retry_after", "9"))


@case
def f18(d):
    """F18 ETags bare, quoted and weak: only the very bytes that were sent are taken back"""
    d.create()
    bare = d.get().etag
    styles = {"bare": bare, "quoted": f'"{bare}"', "weak": f'W/"{bare}"'}
    for style, etag in styles.items():
        equal(d.control("POST", "switches", {"etagStyle": style}).status, 204)
        equal(d.get().etag, etag)
        for other in styles.values():
            equal(d.put({}, match=other).status, 200 if other == etag else 412, (style, other))
            equal(d.get(headers={"If-None-Match": other}).status, 304 if other == etag else 200, (style, other))
        equal(d.put({}, match=etag.lower()).status, 412)
        equal(d.put({}, match="stale").etag, etag, "with the document of a 412")
        equal(d.journal("commits")[-1]["etag"], etag)
    equal(d.control("POST", "reset").status, 204)
    true('"' not in d.create().etag, "a reset goes back to bare ones")


@case
def f19(d):
    """F19 the handle a request came by is deleted, applied or not; the session lives"""
    d.create()
    for apply, answer in ((True, False), (False, False), (True, True)):
        handle = d.activity()
        d.fault("F19", apply=apply, answer=answer)
        equal(d.put(values(ref=1), match="*").status, 200, "a request by reference is not met")
        write = values(n=handle)
        if answer:
            equal(d.put_handle(handle, write, ALICE, match="*").status, 200)
        else:
            true(dropped(lambda: d.put_handle(handle, write, ALICE, match="*")))
        equal(d.put_handle(handle, {}, ALICE).status, 404)
        equal(d.call("GET", f"/handles/{handle}").status, 404)
        equal(custom(d).get("n") == handle, apply)
    d.fault("F19", path="/handles/")
    equal(d.put_handle("0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001", {}, ALICE).status, 404, "nor one by an unknown handle")


@case
def f20(d):
    """F20 the next GET sees the version before the present one, once"""
    d.create()
    d.fault("F20")
    equal(d.get().json["changeNumber"], 1, "there is no older one")
    first = d.put(values(n=1), match="*")
    second = d.put(values(n=2), match="*")
    stale = d.get(BOB)
    equal((stale.status, stale.etag, stale.json), (200, first.etag, first.json))
    equal(stale.headers["Content-Location"], second.headers["Content-Location"])
    equal(d.get(BOB).etag, second.etag)
    equal(d.put({}, match=stale.etag).status, 412)
    equal([r["status"] for r in struck(d, "F20")], [200])
    d.fault("F20", count=2)
    equal(d.get(headers={"If-None-Match": second.etag}).etag, first.etag)
    equal(d.get(headers={"If-None-Match": first.etag}).status, 304)
    handle = d.activity()
    d.fault("F20", path="/handles/")
    equal(d.call("GET", f"/handles/{handle}/session").etag, first.etag)


@case
def f20_bounds(d):
    """F20 shows the last version of a session that has gone, and none of another branch or of an earlier life"""
    d.create()
    last = d.put(values(n=1), match="*")
    equal(d.put({"members": {"me": None}}, match="*").status, 204)
    d.fault("F20", count=0)
    equal(d.get().etag, last.etag)
    again = d.create()
    equal(d.get().etag, again.etag, "an earlier life is another branch")
    later = d.put(values(n=2), match="*")
    equal(d.get().etag, again.etag)
    d.control("POST", "branch", reference())
    equal(d.get().json["changeNumber"], 1)
    true(d.get().json["branch"] != later.json["branch"])


@case
def f20_many(d):
    """F20 only so many older versions are kept: those of the sessions changed last"""
    kept = d.connect()
    for n in range(1001):
        equal(d.put(me(ALICE), name=f"n{n}", connection=kept).status, 201)
        equal(d.put(values(n=1), name=f"n{n}", match="*", connection=kept).status, 200)
        if n == 0:
            equal(d.put(me(ALICE), name="touched", connection=kept).status, 201)
            equal(d.put(values(n=1), name="touched", match="*", connection=kept).status, 200)
        if n == 900:
            equal(d.put(values(n=2), name="touched", match="*", connection=kept).status, 200)
    d.fault("F20", count=0)
    equal([d.get(name=name).json["changeNumber"] for name in ("n0", "n1", "n2", "n1000", "touched")], [2, 2, 1, 1, 2])


@case
def f20_timers(d):
    """F20 a version that a timer made is a version as well"""
    d.create({"constants": {"system": {"reservedRemovalTimeout": 5000}},
              "members": {"reserve_0": {"constants": {"system": {"xuid": BOB}}}, **me(ALICE)["members"]}})
    equal(len(d.get().json["members"]), 2)
    d.advance(6)
    d.fault("F20")
    equal(len(d.get().json["members"]), 2)
    equal(len(d.get().json["members"]), 1)


@case
def limits(d):
    """the switch rateLimit: 30 calls in 15 s, whatever came of them, and 300 in 300 s; rivals and faults are not counted"""
    party(d)
    freeze(d)
    equal(d.control("POST", "switches", {"rateLimit": True}).status, 204)
    calls = [lambda: d.get(BOB), lambda: d.get(BOB, template="nosuch"), lambda: d.put({}, BOB, match="stale"),
             lambda: d.call("GET", "/nowhere", xuid=BOB), lambda: d.call("DELETE", path(), xuid=BOB)]
    equal([calls[i % 5]().status for i in range(30)], [200, 404, 412, 404, 405] * 6)
    refused = d.get(BOB)
    equal((refused.status, refused.headers["Retry-After"], refused.json),
          (429, "15", {"version": 1, "currentRequests": 31, "maxRequests": 30, "periodInSeconds": 15, "limitType": "Rate"}))
    d.fault("F9", xuid=ALICE, rival={"xuid": BOB, "delta": values(n=1)})
    true(dropped(lambda: d.put(MAP, match="*")))
    equal(struck(d, "F9")[0]["rivalStatus"], 200)
    d.advance(14.5)
    equal((d.get(BOB).status, d.get(BOB).headers["Retry-After"]), (429, "1"))
    for window in range(1, 10):
        d.advance(15)
        equal([d.get(BOB).status for _ in range(30)].count(429), 0 if window < 9 else 3, "throttled ones count as well")
    equal((d.get(BOB).json["maxRequests"], d.get().status), (300, 200))
    equal(d.control("POST", "switches", {"rateLimit": False}).status, 204)
    equal({d.get(BOB).status for _ in range(40)}, {200})
    equal(d.control("POST", "switches", {"rateLimit": True}).status, 204)
    equal(d.get(BOB).status, 200, "switched on, it begins anew")


@case
def misused(d):
    """each kind of fault takes only what means something to it, and says what is wrong"""
    rival = {"xuid": BOB, "delta": {}}
    bad = [
        ({"fault": "F17"}, "F1 to F16"), ({"fault": "F18"}, "F1 to F16"), ({"fault": 9}, "F1 to F16"),
        ({"fault": "F9"}, "needs a rival"), ({"fault": "F10", "apply": False}, "needs a rival"),
        ({"fault": "F9", "rival": []}, "rival"), ({"fault": "F9", "rival": {"xuid": BOB}}, "delta"),
        ({"fault": "F9", "rival": {"delta": {}}}, "xuid"), ({"fault": "F9", "rival": {"xuid": 1, "delta": {}}}, "xuid"),
        ({"fault": "F9", "rival": {"xuid": "", "delta": {}}}, "xuid"),
        ({"fault": "F9", "rival": {"xuid": "1" * 65, "delta": {}}}, "xuid"),
        ({"fault": "F9", "rival": {"xuid": BOB, "delta": "{}"}}, "delta"),
        ({"fault": "F9", "rival": {"xuid": BOB, "delta": {"a": "x" * 65536}}}, "65536 bytes"),
        ({"fault": "F9", "rival": {**rival, "mode": "create-new"}}, "mode"),
        ({"fault": "F9", "rival": rival, "answer": True}, "F9 takes no 'answer'"),
        ({"fault": "F2", "delay_ms": 5}, "F2 takes no 'delay_ms'"), ({"fault": "F2", "status": 500}, "F2 takes no 'status'"),
        ({"fault": "F3", "apply": True}, "F3 takes no 'apply'"), ({"fault": "F3", "delay_ms": 3600001}, "3600000"),
        ({"fault": "F16", "delay_ms": 1}, "F16 takes no 'delay_ms'"), ({"fault": "F16", "apply": True}, "'apply'"),
        ({"fault": "F5", "limit_type": "Rate"}, "'limit_type'"), ({"fault": "F6", "max_requests": 1}, "'max_requests'"),
        ({"fault": "F6", "period": 1}, "'period'"), ({"fault": "F7", "period": -1}, "period"),
        ({"fault": "F7", "max_requests": "10"}, "max_requests"), ({"fault": "F7", "limit_type": 1}, "limit_type"),
        ({"fault": "F7", "limit_type": "x" * 33}, "32 bytes"), ({"fault": "F7", "max_requests": 1000001}, "1000000"),
        ({"fault": "F6", "retry_after": 3}, "must be a string"), ({"fault": "F6", "retry_after": "x" * 64}, "63 bytes"),
        ({"fault": "F6", "retry_after": "1\r\nX: y"}, "one line"), ({"fault": "F6", "retry_after": "date+"}, "date+"),
        ({"fault": "F6", "retry_after": "date+soon"}, "date+"), ({"fault": "F6", "retry_after": "date+1234567890"}, "date+"),
        ({"fault": "F2", "retry_after": "3"}, "'retry_after'"), ({"fault": "F8", "Apply": True}, "'Apply'"),
        ({"fault": "F11", "rival": rival}, "F11 takes no 'rival'"), ({"fault": "F13", "rival": rival}, "'rival'"),
        ({"fault": "F14", "apply": True}, "'apply'"), ({"fault": "F20", "rival": rival}, "'rival'"),
        ({"fault": "F20", "apply": False}, "'apply'"), ({"fault": "F15", "answer": 1}, "answer"),
        ({"fault": "F19", "handle": "x"}, "'handle'"), ({"fault": "F5", "when": "after", "apply": True}, "apply and when"),
        ({"fault": "F5", "when": "later"}, "before or after"), ({"fault": "F5", "status": 600}, "599"),
        ({"fault": "F5", "status": 100}, "200"), ({"fault": "F2", "path": 1}, "path"), ({"fault": "F2", "skip": -1}, "skip"),
    ]
    for body, words in bad:
        reply = d.control("POST", "faults", body)
        equal(reply.status, 400, body)
        true(words in reply.text.decode(), (body, reply.text))
    for body in ({}, {"scid": "x", "templateName": "quickmatch", "name": "n"}, {**reference(), "action": "new-branch"}):
        equal(d.control("POST", "branch", body).status, 400, body)
    equal(d.control("POST", "branch", reference()).status, 404)
    for body in ({"etagStyle": "strong"}, {"etagStyle": True}, {"quotedEtags": True}, {"rateLimit": 1}, {"bumpNoop": "yes"},
                 {"bodyLimit": "1"}, {"bodyLimit": -1}, {"bodyLimit": 1048577}, {"etagStyle": "weak", "rateLimit": None}):
        equal(d.control("POST", "switches", body).status, 400, body)
    true('"' not in d.create().etag, "nothing was switched")
    equal(d.get().status, 200, "no fault was ordered")


@case
def too_many(d):
    """there is an end to the faults that can wait"""
    for _ in range(1000):
        d.fault("F5", method="PATCH")
    reply = d.control("POST", "faults", {"fault": "F5"})
    equal((reply.status, b"1000" in reply.text), (400, True))


@case
def held_at_the_end(d):
    """held connections and late writes do not keep the directory from ending"""
    d.create()
    d.fault("F1", method="GET")
    d.fault("F3", method="PUT", delay_ms=3600000)
    d.fault("F16", method="PUT", count=2)
    d.held = [raw(d), raw(d, "GET"), raw(d)]
    raw(d).close()
    waits(lambda: sorted(held["connected"] for held in d.journal("held")) == [False, True, True, True])
    equal(sorted(held["fault"] for held in d.journal("held")), ["F1", "F16", "F16", "F3"])


run(Directory(binary()))
