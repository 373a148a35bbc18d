# SPDX-License-Identifier: MIT
"""The control interface, tokens, templates, rate limits and the command line."""
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import tempfile
import time

from chain import code_a
from support import (ALICE, BOB, NAME, PATIENCE, SCID, Directory, binary, case, dropped, equal, me, path, reference, run, true,
                     waits)


def start(*options):
    return Directory(binary(), *options)


def ends(directory):
    equal(directory.stop(), 0)


@case
def refusals(d):
    """/control/ refuses a foreign Host and any Origin, everywhere under it"""
    for method, name in (("GET", "commits"), ("GET", "requests"), ("POST", "faults"), ("DELETE", "faults"),
                         ("POST", "clock"), ("POST", "handles"), ("POST", "reset"), ("POST", "branch"), ("GET", "held"),
                         ("POST", "release"), ("GET", "identity"), ("POST", "identity"), ("GET", "tokens"),
                         ("POST", "approve"), ("GET", "nothing")):
        for headers in ({"Host": "example.org"}, {"Host": "127.0.0.1.example.org"}, {"Origin": "http://127.0.0.1"},
                        {"Origin": "null"}, {"Host": "10.0.0.1"}):
            equal(d.control(method, name, {"advance": 1}, headers=headers).status, 403, (name, headers))
    for host in ("localhost", "127.0.0.1:99", "[::1]:80", "127.9.9.9"):
        equal(d.control("GET", "commits", headers={"Host": host}).status, 200, host)
    equal(d.control("GET", "nothing").status, 404)
    equal(d.control("PUT", "commits", {}).status, 405)


@case
def foreign_listener(d):
    """/control/ is refused on a listener that is not loopback; the service is there"""
    other = start("--listen", "0.0.0.0:0")
    other.address = "127.0.0.1"
    equal(other.control("GET", "commits").status, 403)
    equal(other.get().status, 204)
    ends(other)


@case
def journals(d):
    """GET commits and requests: a JSON object a line, in order, from a number on"""
    d.create()
    d.put({"properties": {"custom": {"n": 1}}}, BOB, match="*")
    d.put_handle(d.activity(), me(BOB), BOB, match="*")
    reply = d.control("GET", "commits")
    equal(reply.headers["Content-Type"], "application/x-ndjson")
    first, second = d.journal("commits")
    equal((first["sequence"], first["xuid"], first["mode"], first["changeNumber"], first["status"]),
          (1, ALICE, "create-new", 1, 201))
    equal((first["session"], first["delta"]), (reference(), me(ALICE)))
    equal((second["sequence"], second["xuid"], second["mode"], second["before"], second["changeNumber"]),
          (2, BOB, "update-existing", 1, 2))
    true(second["handle"] and re.match(r"^\d{4}-.*Z$", second["time"]))
    equal([r["sequence"] for r in d.journal("commits?after=1")], [2])
    equal([(r["method"], r["status"], r["xuid"]) for r in d.journal("requests")],
          [("PUT", 201, ALICE), ("PUT", 403, BOB), ("POST", 201, ALICE), ("PUT", 200, BOB)])
    equal({r["titleId"] for r in d.journal("requests")}, {"1717113001"})


@case
def links(d):
    """a commit names its request's number, and says whether the document changed, whatever becomes of the version"""
    d.get()
    made = d.create()
    d.put({"properties": {"custom": {"n": 1}}}, match="stale")
    d.put({"properties": {"custom": {"n": 1}}}, match="*")
    d.put({"properties": {"custom": {"n": 1}}}, match="*")
    d.control("POST", "switches", {"bumpNoop": True})
    last = d.put({}, match="*")
    equal(last.json["changeNumber"], 3)
    d.put({}, match="*", query="?nocommit=true")
    requests = d.journal("requests")
    equal([r["sequence"] for r in requests], list(range(1, 8)))
    commits = d.journal("commits")
    equal([(c["request"], c["changed"], c["changeNumber"]) for c in commits],
          [(2, True, 1), (4, True, 2), (5, False, 2), (6, False, 3)])
    equal((commits[0]["etag"], commits[-1]["etag"]), (made.etag, last.etag))


@case
def request_conditions(d):
    """a request's line has the preconditions as they were sent, whatever came of them"""
    etag = d.create().etag
    d.put({}, match=etag)
    d.put({}, match='W/"stale"', none_match="*")
    d.fault("F2", method="PUT")
    true(dropped(lambda: d.put({}, match="*")))
    d.fault("F11", method="PUT")
    kept = d.connect()
    d.get(connection=kept, headers={"If-None-Match": etag})
    kept.auto_open = 0
    true(dropped(lambda: d.put({}, match="*", connection=kept)))
    equal([(r["method"], r.get("ifMatch"), r.get("ifNoneMatch"), r["fault"]) for r in d.journal("requests")],
          [("PUT", None, "*", ""), ("PUT", etag, None, ""), ("PUT", 'W/"stale"', "*", ""), ("PUT", "*", None, "F2"),
           ("GET", None, etag, ""), ("PUT", None, None, "F11")])


@case
def request_times(d):
    """a request's time is known to the microsecond, on a clock that nobody moves as well"""
    def boot():
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000

    bounds = [boot()]
    for advance in (0, 1000, 0):
        d.advance(advance)
        d.get()
        bounds.append(boot())
    requests = d.journal("requests")
    for request, before, after in zip(requests, bounds, bounds[1:]):
        true(before <= request["bootUsec"] <= after, (before, request, after))
        true(re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}0Z$", request["time"]))
    equal(len(requests), 3)
    true(requests[0]["time"] < requests[1]["time"] < requests[2]["time"])


@case
def clock(d):
    """POST clock moves Date and timers forward, never back"""
    now = json.loads(d.control("POST", "clock", {"advance": 0}).text)["now"]
    later = json.loads(d.control("POST", "clock", {"advance": 86400 * 40.5}).text)["now"]
    true(later > now)
    date = d.get().headers["Date"]
    equal(re.match(r"^[A-Z][a-z]{2}, (\d\d) ", date)[1], later[8:10])
    for bad in (-1, "1", 1e300, None):
        equal(d.control("POST", "clock", {"advance": bad}).status, 400, bad)
    for bad in ({}, {"frozen": 1}, {"advance": 1, "frozen": "yes"}, {"freeze": True}):
        equal(d.control("POST", "clock", bad).status, 400, bad)


@case
def frozen_clock(d):
    """POST clock lets it stand still, and run on from where it would be"""
    now = json.loads(d.control("POST", "clock", {"frozen": True}).text)["now"]
    equal(json.loads(d.control("POST", "clock", {"frozen": True}).text)["now"], now)
    d.create()
    equal((d.journal("commits")[0]["time"], d.journal("requests")[0]["time"]), (now, now))
    advanced = json.loads(d.control("POST", "clock", {"advance": 86400}).text)["now"]
    equal((advanced[8:10] != now[8:10], advanced[11:]), (True, now[11:]))
    true(json.loads(d.control("POST", "clock", {"frozen": False}).text)["now"] > advanced)
    true(json.loads(d.control("POST", "clock", {"advance": 0, "frozen": True}).text)["now"] > advanced)
    d.control("POST", "reset")
    times = {json.loads(d.control("POST", "clock", {"advance": 0}).text)["now"] for _ in range(3)}
    true(len(times) > 1 and max(times) < advanced, times)


@case
def direct_handles(d):
    """POST handles makes a handle with the id that is wanted, to a session that need not be there"""
    handle = "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001"
    made = d.control("POST", "handles", {"type": "activity", "id": handle, "sessionRef": reference(), "ownerXuid": ALICE})
    equal((made.status, made.json["id"]), (201, handle))
    equal(d.put_handle(handle, me(BOB), BOB).status, 201)
    short = d.control("POST", "handles", {"type": "invite", "sessionRef": reference(), "invitedXuid": BOB, "lifetime": 5})
    equal(d.call("GET", f"/handles/{short.json['id']}").status, 200)
    d.advance(6)
    equal(d.call("GET", f"/handles/{short.json['id']}").status, 404)
    for bad in ({}, {"id": "x", "sessionRef": reference()}, {"type": "party", "sessionRef": reference()},
                {"id": "00000000-0000-0000-0000-000000000000", "sessionRef": reference()}):
        equal(d.control("POST", "handles", bad).status, 400, bad)


@case
def tokens(d):
    """any well-formed token is taken; with --fixed-token only those; a user's title can be set"""
    equal(d.get(token="anything").status, 204)
    for header in ("Bearer x", "XBL3.0 x=", "XBL3.0 x=1", "XBL3.0 x=1;", "XBL3.0 x=;t", "XBL3.0 x=1 2;t", ""):
        refused = d.get(headers={"Authorization": header})
        equal((refused.status, refused.text), (401, b""), header)
    fixed = start("--fixed-token", ALICE + ":secret:part", "--fixed-token", BOB + ":other", "--title-id", "42")
    equal(fixed.get(token="secret:part").status, 204)
    equal(fixed.get(BOB, token="other").status, 204)
    equal(fixed.get(token="other").status, 401)
    equal(fixed.get("25332749000000011", token="secret").status, 401)
    made = fixed.put(me(ALICE), token="secret:part")
    equal(made.json["members"]["0"]["activeTitleId"], "42")
    fixed.control("POST", "users", {"xuid": BOB, "titleId": 43, "gamertag": "Bob"})
    made = fixed.put(me(BOB), BOB, token="other")
    equal((made.json["members"]["1"]["activeTitleId"], made.json["members"]["1"]["gamertag"]), ("43", "Bob"))
    ends(fixed)


@case
def no_secrets(d):
    """a token is in no journal"""
    d.create(token="very-secret-token")
    for name in ("commits", "requests"):
        true(b"very-secret" not in d.control("GET", name).text)


@case
def templates(d):
    """--templates: their constants join at creation, cannot be overridden, and may be for some scids only"""
    other = "11111111-2222-4333-8444-555555555555"
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "templates.json")
        with open(name, "w") as file:
            json.dump({"pinned": {"scids": [SCID], "constants": {"system": {"maxMembersCount": 2},
                                                                 "custom": {"mode": "duel"}}}, "free": {}}, file)
        special = start("--templates", name)
        made = special.put(me(ALICE), template="pinned")
        equal(made.json["constants"], {"system": {"maxMembersCount": 2}, "custom": {"mode": "duel"}})
        clash = {"constants": {"system": {"maxMembersCount": 3}}, **me(ALICE)}
        equal(special.put(clash, name="two", template="pinned").status, 409)
        equal(special.put(me(ALICE), template="quickmatch").status, 404)
        for template, status in (("pinned", 404), ("free", 201)):
            equal(special.call("PUT", f"/serviceconfigs/{other}/sessiontemplates/{template}/sessions/{NAME}",
                               me(ALICE)).status, status)
        ends(special)
        with open(name, "w") as file:
            file.write('{"bad": {"constants": {"system": {"nosuch": 1}}}}')
        refused = subprocess.run([binary(), "--templates", name], capture_output=True, timeout=PATIENCE)
        equal(refused.returncode, 1)
        true(b"nosuch" in refused.stderr)


@case
def rate(d):
    """--rate-limit: the 31st call in a window is a 429 that says when the window ends; another user passes"""
    limited = start("--rate-limit")
    # To the start of a window, so that all calls are in it.
    now = json.loads(limited.control("POST", "clock", {"advance": 0}).text)["now"]
    second = int(now[17:19])
    limited.advance(15 - second % 15)
    statuses = [limited.get().status for _ in range(30)]
    equal(set(statuses), {204})
    refused = limited.get()
    equal((refused.status, refused.json["maxRequests"], refused.json["periodInSeconds"]), (429, 30, 15))
    true(0 < int(refused.headers["Retry-After"]) <= 15)
    equal(limited.get(BOB).status, 204)
    limited.advance(15)
    equal(limited.get().status, 204)
    ends(limited)


@case
def command_line(d):
    """options that are unknown, incomplete or wrong are named, with the usage, exit 2; addresses that fail, exit 1"""
    for words, wanted in ((["--no-such"], b"--no-such"), (["--listen"], b"--listen"), (["--tls", "a"], b"--tls"),
                          (["--listen", "nowhere"], b"nowhere"), (["--fixed-token", "x"], b"--fixed-token"),
                          (["--listen", "127.0.0.1:70000"], b"70000"), (["--title-id", "0"], b"--title-id")):
        done = subprocess.run([binary(), *words], capture_output=True, timeout=PATIENCE)
        equal(done.returncode, 2, words)
        true(wanted in done.stderr and b"Usage:" in done.stderr, done.stderr)
    done = subprocess.run([binary(), "--listen", f"127.0.0.1:{d.port}"], capture_output=True, timeout=PATIENCE)
    equal(done.returncode, 1)
    true(b"cannot listen" in done.stderr)
    done = subprocess.run([binary(), "--tls", "/nowhere/c", "/nowhere/k"], capture_output=True, timeout=PATIENCE)
    equal(done.returncode, 1)
    true(b"/nowhere/c" in done.stderr)
    equal(subprocess.run([binary(), "--help"], capture_output=True, timeout=PATIENCE).returncode, 0)


@case
def ipv6(d):
    """--listen [::1]:0 serves, control included"""
    six = start("--listen", "[::1]:0")
    true(six.url.startswith("http://[::1]:"), six.url)
    equal(six.control("GET", "commits").status, 200)
    ends(six)


# A key pair for the TLS case, made for this test; it protects nothing.
def key_pair(folder):
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True, timeout=PATIENCE)
    return cert, key


@case
def tls(d):
    """--tls serves HTTPS, and its faults are real there too"""
    with tempfile.TemporaryDirectory() as folder:
        cert, key = key_pair(folder)
        safe = start("--tls", cert, key)
        true(safe.url.startswith("https://127.0.0.1:"), safe.url)
        context = ssl.create_default_context(cafile=cert)
        safe.connect = lambda: http.client.HTTPSConnection(safe.address, safe.port, timeout=PATIENCE, context=context)
        safe.create()
        equal(safe.get().status, 200)
        for kind in ("F2", "half", "F4"):
            safe.fault(kind, method="PUT")
            try:
                safe.put({"properties": {"custom": {kind: 1}}}, match="*")
                raise AssertionError(f"{kind} was answered")
            except (http.client.HTTPException, OSError):
                pass
        equal(safe.get().json["properties"]["custom"], {"F2": 1, "half": 1, "F4": 1})
        safe.fault("F16", method="PUT")
        held = safe.connect()
        held.request("PUT", path(), '{"properties":{"custom":{"F16":1}}}',
                     {"x-xbl-contract-version": "107", "Authorization": f"XBL3.0 x={ALICE};t"})
        waits(lambda: safe.journal("held"))
        equal(safe.control("POST", "release", {}).status, 200)
        equal(json.loads(held.getresponse().read())["properties"]["custom"]["F16"], 1)
        equal(code_a(safe)["verification_uri"], safe.url + "/link")
        ends(safe)


@case
def nonsense(d):
    """bytes that are not HTTP, and requests cut short, leave the directory alive"""
    for data in (b"\x00\xff" * 200, b"GET / HTTP/1.1\r\n", b"PUT " + path().encode() + b" HTTP/1.1\r\nHost: x\r\n"
                 b"Content-Length: 500\r\n\r\n{", b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
                 b"GET //x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"GET /handles/%00/session HTTP/1.1\r\nHost: a\r\n\r\n"):
        with socket.create_connection((d.address, d.port), timeout=PATIENCE) as sock:
            try:
                sock.sendall(data)
                sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
    equal(d.get().status, 204)
    for target in ("//", "/", "/handles//session", "/control/", "/control", path() + "/a/b/c/d/e", path(name="..")):
        equal(d.call("GET", target).status, 404, target)
    equal(d.call("GET", path(name="a%2Fb")).status, 404)


run(Directory(binary()))
