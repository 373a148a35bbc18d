# SPDX-License-Identifier: MIT
"""Queries for sessions: GET sessions and POST batch, each parameter and each refusal."""
from support import ALICE, BOB, CAROL, NAME, SCID, Directory, binary, case, equal, me, reference, run, true

ALL = f"/serviceconfigs/{SCID}/sessions"
ONE = f"/serviceconfigs/{SCID}/sessiontemplates/quickmatch/sessions"
BATCH = f"/serviceconfigs/{SCID}/batch"
KEPT = {"inactiveRemovalTimeout": None, "reservedRemovalTimeout": None}


def make(d, name, xuid=ALICE, template="quickmatch", properties=None, **constants):
    kept = KEPT if template == "quickmatch" else {}
    d.create({"constants": {"system": {**kept, **constants}}, "properties": {"system": properties or {}}, **me(xuid)},
             name=name, template=template, xuid=xuid)


def status(d, xuid, name, **system):
    equal(d.put({"members": {"me": {"properties": {"system": system}}}}, xuid, name, match="*").status, 200)


def reserve(d, xuid, name):
    equal(d.put({"members": {"reserve_0": {"constants": {"system": {"xuid": xuid}}}}}, name=name, match="*").status, 200)


def ask(d, question, where=ALL, xuid=ALICE, **more):
    reply = d.call("GET", f"{where}?{question}", xuid=xuid, **more)
    equal(reply.status, 200, reply.text)
    return reply.json["results"]


def names(d, question, where=ALL, xuid=ALICE):
    return [item["sessionRef"]["name"] for item in ask(d, question, where, xuid)]


@case
def shape(d):
    """1.6 one result: the user, the session and the user's state in it"""
    d.control("POST", "clock", {"frozen": True})
    make(d, NAME, properties={"joinRestriction": "followed", "readRestriction": "followed"})
    document = d.get().json
    equal(ask(d, f"xuid={ALICE}"),
          [{"xuid": ALICE, "startTime": document["startTime"], "sessionRef": reference(), "accepted": 1,
            "status": "active", "visibility": "open", "joinRestriction": "followed"}])
    reserve(d, BOB, NAME)
    equal(d.put({"properties": {"system": {"turn": [0], "keywords": ["Rot", "b c"]}}}, match="*").status, 200)
    item, = ask(d, f"xuid={ALICE}")
    equal((item["accepted"], item["myTurn"], item["keywords"]), (1, True, ["Rot", "b c"]))
    item, = ask(d, f"xuid={BOB}&reservations=true", xuid=BOB)
    equal((item["status"], "myTurn" in item), ("reserved", False))


@case
def states(d):
    """1.6 active only, unless inactive or reservations ask for more; ready counts as inactive"""
    for name in ("active", "ready", "inactive", "reserved"):
        make(d, name)
    for name in ("active", "ready", "inactive"):
        equal(d.put(me(BOB), BOB, name).status, 200)
    status(d, BOB, "ready", ready=True)
    status(d, BOB, "inactive", active=False)
    reserve(d, BOB, "reserved")
    equal(names(d, f"xuid={BOB}"), ["active"])
    equal(names(d, f"xuid={BOB}&inactive=false"), ["active"])
    found = ask(d, f"xuid={BOB}&inactive=TRUE")
    equal([(i["sessionRef"]["name"], i["status"]) for i in found],
          [("active", "active"), ("ready", "inactive"), ("inactive", "inactive")])
    equal(names(d, f"xuid={BOB}&reservations=true", xuid=BOB), ["active", "reserved"])
    equal(names(d, f"xuid={BOB}&reservations=true&inactive=true", xuid=BOB), ["active", "ready", "inactive", "reserved"])
    equal(d.call("GET", f"{ALL}?xuid={BOB}&reservations=true").status, 403)
    equal(names(d, f"xuid={CAROL}&inactive=true"), [])


@case
def templates(d):
    """1.6 of all templates or of one, of this service configuration only; paths compare without case"""
    make(d, "one")
    make(d, "two", template="lobby")
    other = "5f2c0100-7e1b-4c57-9d0e-0000665a1b00"
    equal(d.call("PUT", f"/serviceconfigs/{other}/sessiontemplates/quickmatch/sessions/far", me(ALICE)).status, 201)
    equal(names(d, f"xuid={ALICE}"), ["one", "two"])
    equal(names(d, f"xuid={ALICE}", ONE), ["one"])
    equal(names(d, f"xuid={ALICE}", ONE.upper().replace("SERVICECONFIGS", "ServiceConfigs") + "/"), ["one"])
    equal(names(d, f"xuid={ALICE}", f"/serviceconfigs/{other}/sessions"), ["far"])
    equal(d.call("GET", f"/serviceconfigs/{SCID}/sessiontemplates/nosuch/sessions?xuid={ALICE}").status, 404)
    equal(d.call("GET", f"/serviceconfigs/nosuch/sessions?xuid={ALICE}").status, 404)
    for target in (ALL, ONE):
        equal(d.call("POST", f"{target}?xuid={ALICE}", {}).status, 405)
        equal(d.call("PUT", f"{target}?xuid={ALICE}", {}).status, 405)
    equal(d.call("GET", BATCH).status, 405)
    equal(d.call("GET", f"/serviceconfigs/{SCID}/nosuch/quickmatch/sessions?xuid={ALICE}").status, 404)


@case
def visibility(d):
    """1.6 visibility, full among them; private sessions only for who asks for their own"""
    make(d, "open")
    make(d, "full", maxMembersCount=1)
    make(d, "visible", visibility="visible")
    make(d, "private", visibility="private")
    equal(names(d, f"xuid={ALICE}"), ["open", "full", "visible"])
    equal([i["visibility"] for i in ask(d, f"xuid={ALICE}")], ["open", "full", "visible"])
    equal(names(d, f"xuid={ALICE}&private=true"), ["open", "full", "visible", "private"])
    for one in ("open", "full", "visible"):
        equal(names(d, f"xuid={ALICE}&visibility={one}"), [one])
    equal(names(d, f"xuid={ALICE}&visibility=private"), [])
    equal(names(d, f"xuid={ALICE}&visibility=private&private=true"), ["private"])
    for question in (f"xuid={ALICE}&private=true", "keyword=a&private=true", f"xuid={CAROL}&private=true"):
        refused = d.call("GET", f"{ALL}?{question}", xuid=BOB)
        equal(refused.status, 403, question)
        true(b"private" not in refused.text, "the text tells about sessions")


@case
def keyword(d):
    """1.6 keyword: URL-encoded, compared without case, with and without a user"""
    make(d, "plain")
    make(d, "red", properties={"keywords": ["Rot & blau", "x"]})
    make(d, "bobs", BOB, properties={"keywords": ["rot & BLAU"]})
    equal(names(d, "keyword=rot%20%26%20blau"), ["red", "bobs"])
    equal(names(d, "keyword=ROT+%26+blau&xuid=" + BOB), ["bobs"])
    equal(names(d, "keyword=rot"), [])
    item = ask(d, "keyword=x")[0]
    true("xuid" not in item and "status" not in item and item["keywords"] == ["Rot & blau", "x"])
    equal(d.put({"properties": {"system": {"keywords": None}}}, name="red", match="*").status, 200)
    equal(names(d, "keyword=x"), [])


@case
def version_and_take(d):
    """1.6 version: the newest major one, up to that of the contract; take: 0 to 100"""
    d.control("POST", "clock", {"frozen": True})
    for i in range(102):
        make(d, f"s{i}")
    equal(len(ask(d, f"xuid={ALICE}")), 100)
    equal(names(d, f"xuid={ALICE}&take=3"), ["s0", "s1", "s2"])
    equal(ask(d, f"xuid={ALICE}&take=0"), [])
    equal(len(ask(d, f"xuid={ALICE}&take=100")), 100)
    equal(len(ask(d, f"xuid={ALICE}&version=1&take=5")), 5)
    equal(len(ask(d, f"xuid={ALICE}&version=7&take=5")), 5)
    equal(d.call("GET", f"{ALL}?xuid={ALICE}&version=8").status, 400)
    old = {"x-xbl-contract-version": "105"}
    equal(len(ask(d, f"xuid={ALICE}&version=5&take=5", headers=old)), 5)
    equal(d.call("GET", f"{ALL}?xuid={ALICE}&version=7", headers=old).status, 400)


@case
def batch(d):
    """1.7, 8.12 a batch: in the order of its users, a session once for each of them"""
    make(d, "both")
    equal(d.put(me(BOB), BOB, "both").status, 200)
    make(d, "bobs", BOB, template="lobby")
    status(d, BOB, "both", active=False)

    def listed(question, xuids, where=BATCH):
        reply = d.call("POST", f"{where}{question}", {"xuids": xuids})
        equal(reply.status, 200, reply.text)
        return [(i["xuid"], i["sessionRef"]["name"], i["status"]) for i in reply.json["results"]]

    equal(listed("", [ALICE, BOB]), [(ALICE, "both", "active"), (BOB, "bobs", "active")])
    every = [(BOB, "both", "inactive"), (BOB, "bobs", "active"), (ALICE, "both", "active")]
    equal(listed("?inactive=true&take=20", [BOB, ALICE]), every)
    equal(listed("?inactive=true&take=2", [BOB, ALICE]), every[:2])
    equal(listed("?inactive=true", [BOB, ALICE], f"/serviceconfigs/{SCID}/sessionTemplates/lobby/batch"), every[1:2])
    equal(listed("", [int(BOB)]), every[1:2])
    equal(listed("?private=true&reservations=true", [ALICE]), every[2:])
    equal(d.call("POST", f"{BATCH}?private=true", {"xuids": [ALICE, BOB]}).status, 403)
    equal(d.call("POST", f"{BATCH}?reservations=true", {"xuids": [BOB, ALICE]}).status, 403)
    for body in ({}, {"xuids": []}, {"xuids": ALICE}, {"xuids": ["abc"]}, {"xuids": [ALICE, None]}, {"xuids": [-1]},
                 {"xuids": {"0": ALICE}}, {"xuids": [ALICE], "more": 1}, {"xuids": [ALICE] * 1001}, [ALICE], "{", "", None,
                 '{"xuids":' + "[" * 100 + "]" * 100 + "}"):
        equal(d.call("POST", BATCH, body).status, 400, repr(body)[:80])
    equal(d.call("POST", f"{BATCH}?xuid={ALICE}", {"xuids": [ALICE]}).status, 400)
    equal(d.call("POST", f"/serviceconfigs/{SCID}/sessiontemplates/nosuch/batch", {"xuids": [ALICE]}).status, 404)


@case
def wrong_questions(d):
    """1.6 what is wrong with a question is a 400, and nobody without a token asks"""
    make(d, NAME)
    for question in ("", "take=5", "reservations=true&keyword=a", "inactive=true&keyword=a", "keyword=",
                     "xuid=", "xuid=alice", "xuid=-1", "xuid=123456789012345678901", f"xuid={ALICE}&xuid={BOB}",
                     f"xuid={ALICE}&visibility=any", f"xuid={ALICE}&visibility=", f"xuid={ALICE}&visibility=open,full",
                     f"xuid={ALICE}&take=101", f"xuid={ALICE}&take=-1", f"xuid={ALICE}&take=", f"xuid={ALICE}&take=1x",
                     f"xuid={ALICE}&take=99999999999999999999", f"xuid={ALICE}&version=0", f"xuid={ALICE}&version=x",
                     f"xuid={ALICE}&private=yes", f"xuid={ALICE}&inactive=", f"xuid={ALICE}&inactive", f"xuid={ALICE}&",
                     f"&xuid={ALICE}", "keyword=%", "keyword=%zz", "keyword=%00", "keyword=%ff",
                     "&".join(f"a{i}=1" for i in range(100)) + f"&xuid={ALICE}"):
        reply = d.call("GET", f"{ALL}?{question}")
        equal((reply.status, reply.headers["Content-Type"].split(";")[0]), (400, "text/plain"), question)
    equal(d.call("GET", ALL).status, 400)
    equal(d.call("GET", f"{ALL}?xuid={ALICE}", xuid=None).status, 401)
    equal(d.call("GET", f"{ALL}?xuid={ALICE}", headers={"x-xbl-contract-version": None}).status, 400)
    equal(names(d, f"xuid={ALICE}&unheard=of"), [NAME])


@case
def timers(d):
    """2.9 a query runs the timers of what it looks at"""
    make(d, "short", sessionEmptyTimeout=5000, properties={"keywords": ["k"]})
    d.put({"members": {"me": None}}, name="short", match="*")
    equal(names(d, "keyword=k"), ["short"])
    d.advance(6)
    equal(names(d, "keyword=k"), [])
    equal(d.get(name="short").status, 204)


@case
def throttled(d):
    """7.1 queries count, and meet the limit"""
    make(d, NAME)
    d.control("POST", "clock", {"frozen": True})
    d.control("POST", "switches", {"rateLimit": True})
    for _ in range(15):
        equal(d.call("GET", f"{ALL}?xuid={ALICE}").status, 200)
        equal(d.call("POST", BATCH, {"xuids": [ALICE]}).status, 200)
    equal(d.call("GET", f"{ALL}?xuid={ALICE}").status, 429)
    equal(d.call("POST", BATCH, {"xuids": [ALICE]}).status, 429)


run(Directory(binary()))
