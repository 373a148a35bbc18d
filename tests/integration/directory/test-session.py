# SPDX-License-Identifier: MIT
"""The worked examples and the merge rules of the protocol reference, over HTTP."""
import re

from support import (ALICE, BOB, CAROL, DAVE, NAME, SCID, Directory, binary, case, equal, me, path, reference, run,
                     true)

CREATE = {
    "constants": {"system": {"version": 1, "maxMembersCount": 4, "visibility": "open",
                             "capabilities": {"gameplay": True, "connectionRequiredForActiveMembers": True},
                             "reservedRemovalTimeout": 30000, "inactiveRemovalTimeout": 60000,
                             "readyRemovalTimeout": 180000, "sessionEmptyTimeout": 0},
                  "custom": {"ruleset": "duel"}},
    "properties": {"system": {"joinRestriction": "followed", "readRestriction": "followed"},
                   "custom": {"map": "harbor"}},
    "members": {"me": {"constants": {"system": {"xuid": ALICE, "initialize": True}},
                       "properties": {"system": {"active": True, "connection": "7d1c86a2-0000-4b10-8a00-aa0000000001",
                                                 "subscription": {"id": "c0ffee00-0000-4000-8000-000000000001",
                                                                  "changeTypes": ["everything"]}},
                                      "custom": {"skin": "red"}}}},
}
GUID = re.compile(r"^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$")


def custom(values):
    return {"properties": {"custom": values}}


def party(d, *xuids):
    """A session with these active members; the first one's activity handle."""
    d.create(CREATE)
    handle = d.activity()
    for xuid in xuids:
        equal(d.put_handle(handle, me(xuid), xuid, match="*").status, 200)
    return handle


@case
def create(d):
    """8.1 create by reference: 201, the whole document, ETag, path-only Content-Location, Date"""
    reply = d.put(CREATE, none_match="*")
    equal(reply.status, 201, reply.text)
    true(GUID.match(reply.etag), reply.etag)
    equal(reply.headers["Content-Location"], f"/serviceconfigs/{SCID}/sessiontemplates/quickmatch/sessions/{NAME}")
    true(reply.headers["Date"].endswith("GMT"))
    doc = reply.json
    equal((doc["contractVersion"], doc["changeNumber"]), (107, 1))
    equal(doc["membersInfo"], {"first": 0, "next": 1, "count": 1, "accepted": 1, "active": 1})
    for key in ("branch", "correlationId", "startTime", "constants", "properties", "members", "servers"):
        true(key in doc, key)
    true(re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$", doc["startTime"]))
    equal(doc["constants"], CREATE["constants"])
    equal(doc["properties"], {"system": {**CREATE["properties"]["system"], "turn": []}, "custom": {"map": "harbor"}})
    alice = doc["members"]["0"]
    equal(alice["constants"], {"system": {"xuid": ALICE, "initialize": True, "index": 0}, "custom": {}})
    equal(alice["properties"], CREATE["members"]["me"]["properties"])
    equal((alice["activeTitleId"], alice["next"]), ("1717113001", 1))


@case
def create_again(d):
    """8.1 the same request again: 412 with the document and the same ETag; the switch takes the body away"""
    first = d.create(CREATE)
    again = d.put(CREATE, none_match="*")
    equal((again.status, again.etag, again.json), (412, first.etag, first.json))
    true(again.headers["Content-Location"])
    d.control("POST", "switches", {"bareCreateConflict": True})
    bare = d.put(CREATE, none_match="*")
    equal((bare.status, bare.text, bare.etag), (412, b"", None))


@case
def join_by_handle(d):
    """8.2, 8.3 publish an activity, join by its handle: 200, document of both, links and counts"""
    first = d.create(CREATE)
    created = d.call("POST", "/handles", {"type": "activity", "version": 1, "sessionRef": reference()})
    equal(created.status, 201)
    handle = created.json
    equal({k: handle[k] for k in ("type", "version", "titleId", "ownerXuid", "gameTypes", "inviteProtocol", "sessionRef")},
          {"type": "activity", "version": 1, "titleId": "1717113001", "ownerXuid": ALICE, "gameTypes": {},
           "inviteProtocol": "game", "sessionRef": reference()})
    reply = d.put_handle(handle["id"], me(BOB, {"skin": "blue"}, connection="7d1c86a2-0000-4b10-8a00-bb0000000002"), BOB,
                         match="*")
    equal(reply.status, 200, reply.text)
    true(reply.etag != first.etag)
    equal(reply.headers["Content-Location"], first.headers["Content-Location"])
    doc = reply.json
    equal((doc["branch"], doc["changeNumber"]), (first.json["branch"], 2))
    equal(doc["membersInfo"], {"first": 0, "next": 2, "count": 2, "accepted": 2, "active": 2})
    equal((doc["members"]["0"]["next"], doc["members"]["1"]["next"]), (1, 2))
    equal(doc["members"]["1"]["properties"]["custom"], {"skin": "blue"})
    shown = d.call("GET", f"/handles/{handle['id'].upper()}")
    equal((shown.status, shown.json), (200, handle))


@case
def handle_without_session(d):
    """8.4 the session is gone: GET 204, If-Match 412 empty, without a header 201 in a new branch, same correlation"""
    first = d.create(CREATE)
    handle = "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001"
    equal(d.control("POST", "handles", {"id": handle, "sessionRef": reference(), "ownerXuid": ALICE}).status, 201)
    equal(d.put({"members": {"me": None}}, match="*").status, 204)
    equal(d.control("POST", "handles", {"id": handle, "sessionRef": reference(), "ownerXuid": ALICE}).status, 201)
    equal(d.call("GET", f"/handles/{handle}/session", xuid=BOB).status, 204)
    conflict = d.put_handle(handle, me(BOB), BOB, match="*")
    equal((conflict.status, conflict.text, conflict.etag), (412, b"", None))
    reply = d.put_handle(handle, me(BOB), BOB)
    equal(reply.status, 201)
    true(reply.json["branch"] != first.json["branch"])
    equal((reply.json["changeNumber"], reply.json["correlationId"]), (1, first.json["correlationId"]))
    equal(list(reply.json["members"]), ["0"])


@case
def synchronized(d):
    """8.5 synchronized update: merged; sent again 412 with the current document and ETag"""
    handle = party(d, BOB)
    d.put(custom({"oldKey": 1}), match="*")
    before = d.get()
    body = custom({"map": "foundry", "round": 2, "oldKey": None})
    reply = d.put_handle(handle, body, BOB, match=before.etag)
    equal((reply.status, reply.json["properties"]["custom"]), (200, {"map": "foundry", "round": 2}))
    again = d.put_handle(handle, body, BOB, match=before.etag)
    equal((again.status, again.etag, again.json), (412, reply.etag, reply.json))
    true(again.headers["Content-Location"])


@case
def reservation(d):
    """8.6 a reservation: shown, times out on the clock or is accepted by its own PUT; nextTimer and Expires"""
    party(d, BOB)
    body = {"members": {"reserve_0": {"constants": {"system": {"xuid": DAVE}, "custom": {"team": "b"}}}}}
    reply = d.put(body, match="*")
    equal(reply.status, 200, reply.text)
    dave = reply.json["members"]["2"]
    equal((dave["reserved"], dave["constants"]["custom"], dave["properties"]),
          (True, {"team": "b"}, {"system": {}, "custom": {}}))
    info = reply.json["membersInfo"]
    equal((info["count"], info["accepted"], info["next"]), (3, 2, 3))
    true(reply.json["nextTimer"] and reply.headers["Expires"].endswith("GMT"))
    accepted = d.put(me(DAVE), DAVE, match="*")
    true("reserved" not in accepted.json["members"]["2"])
    equal(accepted.json["membersInfo"]["accepted"], 3)
    d.put({"members": {"me": None}}, DAVE, match="*")
    reserved = d.put(body, match="*")
    equal(list(reserved.json["members"]), ["0", "1", "3"])
    d.advance(31)
    later = d.get()
    equal(list(later.json["members"]), ["0", "1"])
    equal((later.json["members"]["1"]["next"], later.json["membersInfo"]["next"]), (4, 4))
    equal(later.json["changeNumber"], reserved.json["changeNumber"] + 1)
    true(later.etag != reserved.etag and "nextTimer" not in later.json)


@case
def leave(d):
    """8.7 leaving: document without the caller, handle dead; the last one 204; again 412 or 204; a stranger 200"""
    handle = party(d, BOB)
    stranger = d.put({"members": {"me": None}}, CAROL, match="*")
    equal((stranger.status, stranger.json["changeNumber"]), (200, 2))
    reply = d.put({"members": {"me": None}}, ALICE, match="*")
    equal((reply.status, list(reply.json["members"]), reply.json["membersInfo"]["first"]), (200, ["1"], 1))
    equal(d.put_handle(handle, {"members": {"me": None}}, BOB, match="*").status, 404)
    last = d.put({"members": {"me": None}}, BOB, match="*")
    equal((last.status, last.text, last.etag), (204, b"", None))
    gone = d.put({"members": {"me": None}}, BOB, match="*")
    equal((gone.status, gone.text), (412, b""))
    equal(d.put({"members": {"me": None}}, BOB).status, 204)
    equal(d.get().status, 204)


@case
def leave_by_delete(d):
    """DELETE members/me is a leave; DELETE of a session is a 405"""
    party(d, BOB)
    reply = d.call("DELETE", path() + "/members/me", xuid=BOB)
    equal((reply.status, list(reply.json["members"])), (200, ["0"]))
    equal(d.call("DELETE", path()).status, 405)


@case
def errors(d):
    """8.8 the statuses of errors, texts as text/plain"""
    handle = party(d, BOB)
    unknown = d.put_handle("0a7be2c4-51d3-4f8e-8c7d-93a1c0de0009", {}, BOB)
    equal(unknown.status, 404)
    true(unknown.headers["Content-Type"].startswith("text/plain"))
    equal(d.put_handle("00000000-0000-0000-0000-000000000000", {}, BOB).status, 400)
    equal(d.put_handle("0a7be2c4", {}, BOB).status, 400)
    equal(d.put({"constants": {"system": {"maxMembersCount": 8}}}, match="*").status, 409)
    equal(d.put({"constants": {"system": {"maxMembersCount": 4}}}, match="*").status, 200)
    equal(d.put(me(ALICE, ready=True), match="*").status, 400)
    equal(d.put({"propertes": {}}, match="*").status, 400)
    equal(d.call("POST", f"/handles/{handle}/session", {}).status, 405)
    equal(d.call("GET", "/nothing/here").status, 404)
    refused = d.put({}, xuid=None)
    equal((refused.status, refused.text), (401, b""))
    equal(d.get(headers={"x-xbl-contract-version": None}).status, 400)
    equal(d.get(headers={"x-xbl-contract-version": "100"}).status, 400)
    equal(d.put(custom({}), template="nosuch").status, 404)
    equal(d.put("{", match="*").status, 400)
    equal(d.put("[]", match="*").status, 400)
    equal(d.put("", match="*").status, 400)
    equal(d.put('{"properties":{"custom":{"a":' + "[" * 70 + "]" * 70 + "}}}", match="*").status, 400)


@case
def order_of_checks(d):
    """1.11 order: 401, handle text, 404, 403, 412, body"""
    handle = party(d, BOB)
    equal(d.put_handle("bad", "{", None).status, 401)
    equal(d.put_handle("bad", "{", CAROL, match="stale").status, 400)
    equal(d.put_handle("0a7be2c4-51d3-4f8e-8c7d-93a1c0de0009", "{", CAROL, match="stale").status, 404)
    equal(d.put_handle(handle, custom({}), CAROL, match="stale").status, 403)
    equal(d.put_handle(handle, {"propertes": {}}, BOB, match="stale").status, 412)
    equal(d.put_handle(handle, "{", BOB, match="stale").status, 412)


@case
def restrictions(d):
    """8.8 join restriction, closed, private, visible, full, blocked, no privilege"""
    handle = party(d, BOB)
    for xuid in (ALICE, BOB):
        equal(d.control("POST", "users", {"xuid": xuid, "follows": []}).status, 204)
    refused = d.put_handle(handle, me(CAROL), CAROL, match="*")
    equal(refused.status, 403)
    true(refused.headers["Content-Type"].startswith("text/plain"))
    equal(d.get(CAROL).status, 403)
    d.control("POST", "users", {"xuid": BOB, "follows": [CAROL], "blocks": [DAVE]})
    equal(d.put_handle(handle, me(CAROL), CAROL, match="*").status, 200)
    d.control("POST", "users", {"xuid": BOB, "follows": None})
    equal(d.put_handle(handle, me(DAVE), DAVE, match="*").status, 403)
    d.control("POST", "users", {"xuid": BOB, "blocks": None})
    d.control("POST", "users", {"xuid": DAVE, "multiplayer": False})
    equal(d.put_handle(handle, me(DAVE), DAVE, match="*").status, 403)
    d.control("POST", "users", {"xuid": DAVE, "multiplayer": True})
    equal(d.put({"properties": {"system": {"closed": True}}}, match="*").status, 200)
    equal(d.put_handle(handle, me(DAVE), DAVE, match="*").status, 403)
    equal(d.put({"properties": {"system": {"closed": False}}}, match="*").status, 200)
    equal(d.put_handle(handle, me(DAVE), DAVE, match="*").status, 200)
    equal(d.put_handle(handle, me("2533274900000005"), "2533274900000005", match="*").status, 400)
    for visibility, may_read in (("private", 403), ("visible", 200)):
        d.create({"constants": {"system": {"visibility": visibility}}, **me(ALICE)}, name=visibility)
        equal(d.put(me(BOB), BOB, name=visibility).status, 403)
        equal(d.get(BOB, name=visibility).status, may_read)
        d.put({"members": {"reserve_0": {"constants": {"system": {"xuid": BOB}}}}}, name=visibility)
        equal(d.get(BOB, name=visibility).status, 200)
        equal(d.put(me(BOB), BOB, name=visibility).status, 200)


@case
def non_member(d):
    """a write by somebody who is not in: 403 with the document that he may read; owners' properties likewise"""
    party(d)
    refused = d.put(custom({"map": "x"}), CAROL, match="*")
    equal((refused.status, refused.json["changeNumber"]), (403, 1))
    true(refused.headers["Content-Location"] and refused.etag)
    d.create({"constants": {"system": {"capabilities": {"hasOwners": True}, "inactiveRemovalTimeout": None}}, **me(ALICE)},
             name="owned")
    equal(d.put(me(BOB), BOB, name="owned").status, 200)
    owned = d.put({"properties": {"system": {"closed": True}}}, BOB, name="owned", match="*")
    equal((owned.status, owned.json["properties"]["system"]["owners"]), (403, [0]))
    equal(d.put(custom({"a": 1}), BOB, name="owned", match="*").status, 200)
    equal(d.put({"properties": {"system": {"closed": True}}}, name="owned", match="*").status, 200)
    equal(d.put({"members": {"me": None}}, name="owned", match="*").status, 204, "endsession")


@case
def invite(d):
    """8.9 an invitation lets the invited one in, nobody else, and not for ever"""
    party(d, BOB)
    for xuid in (ALICE, BOB):
        d.control("POST", "users", {"xuid": xuid, "follows": []})
    body = {"type": "invite", "version": 1, "sessionRef": reference(), "invitedXuid": CAROL,
            "inviteAttributes": {"titleId": "1717113001", "contextString": "///inviteText", "context": "lobby%3Dred"}}
    equal(d.call("POST", "/handles", body, DAVE).status, 403)
    reply = d.call("POST", "/handles", body)
    equal(reply.status, 201, reply.text)
    equal((reply.json["senderXuid"], reply.json["invitedXuid"], reply.json["inviteProtocol"]), (ALICE, CAROL, "game"))
    equal(reply.json["inviteAttributes"], body["inviteAttributes"])
    true(reply.json["expiration"].endswith("Z"))
    equal(d.put_handle(reply.json["id"], me(DAVE), DAVE, match="*").status, 403)
    equal(d.put_handle(reply.json["id"], me(CAROL), CAROL, match="*").status, 200)
    d.advance(3601)
    equal(d.put_handle(reply.json["id"], me(CAROL), CAROL, match="*").status, 404)


@case
def activities(d):
    """8.10 activity query, by XUIDs and by people; wrong questions are 400"""
    party(d, BOB)
    handle = d.activity()
    query = "/handles/query?include=relatedInfo,customProperties"
    ask = {"type": "activity", "scid": SCID, "owners": {"xuids": [ALICE, BOB]}}
    reply = d.call("POST", query, ask, BOB)
    equal(reply.status, 200, reply.text)
    item, = reply.json["results"]
    equal((item["id"], item["type"], item["version"], item["titleId"], item["ownerXuid"], item["sessionRef"]),
          (handle, "activity", 1, "1717113001", ALICE, reference()))
    equal(item["customProperties"], {"map": "harbor"})
    equal(item["relatedInfo"], {"visibility": "open", "joinRestriction": "followed", "closed": False,
                                "maxMembersCount": 4, "membersCount": 2})
    people = {"moniker": "people", "monikerXuid": BOB}
    by_people = d.call("POST", "/handles/query", {**ask, "owners": {"people": people}}, BOB)
    equal([i["id"] for i in by_people.json["results"]], [handle])
    d.control("POST", "users", {"xuid": BOB, "follows": [CAROL]})
    equal(d.call("POST", query, {**ask, "owners": {"people": people}}, BOB).json["results"], [])
    equal(d.call("POST", query, {**ask, "owners": {"people": people, "xuids": [ALICE]}}, BOB).status, 400)
    equal(d.call("POST", query, {**ask, "owners": {}}, BOB).status, 400)
    equal(d.call("POST", query, {**ask, "type": "search"}, BOB).status, 400)


@case
def activity_lifetime(d):
    """an activity: one for each user and title, for active members, gone with its owner's activity or by DELETE"""
    first = party(d)
    second = d.activity()
    equal(d.call("GET", f"/handles/{first}").status, 404)
    equal(d.call("POST", "/handles", {"type": "activity", "version": 1, "sessionRef": reference()}, BOB).status, 403)
    equal(d.put({"members": {"me": {"properties": {"system": {"active": False}}}}}, match="*").status, 200)
    equal(d.call("GET", f"/handles/{second}").status, 404)
    d.put(me(ALICE), match="*")
    third = d.activity()
    equal(d.call("DELETE", f"/handles/{third}", xuid=BOB).status, 403)
    equal(d.call("DELETE", f"/handles/{third}").status, 204)
    equal(d.call("DELETE", f"/handles/{third}").status, 404)
    equal(d.call("POST", "/handles", {"type": "party", "version": 1, "sessionRef": reference()}).status, 400)


@case
def delta(d):
    """M1-M6 a PUT is a delta; null removes; system fields are replaced whole; custom merges at its first level"""
    party(d)
    d.put(custom({"a": {"x": 1, "y": None}, "b": 2}), match="*")
    doc = d.put(custom({"a": {"z": 3}, "b": None}), match="*").json
    equal(doc["properties"]["custom"], {"map": "harbor", "a": {"z": 3}})
    doc = d.put({"properties": {"system": {"keywords": ["one", "two"], "turn": [0]}}}, match="*").json
    equal(doc["members"]["0"]["turn"], True)
    doc = d.put({"properties": {"system": {"keywords": ["three"], "turn": []}}}, match="*").json
    equal((doc["properties"]["system"]["keywords"], doc["properties"]["system"]["turn"]), (["three"], []))
    true("turn" not in doc["members"]["0"])
    doc = d.put({"properties": {"system": {"keywords": None}}}, match="*").json
    true("keywords" not in doc["properties"]["system"])
    d.control("POST", "switches", {"deepCustom": True})
    equal(d.put(custom({"a": {"q": 4}}), match="*").json["properties"]["custom"]["a"], {"z": 3, "q": 4})


@case
def frozen(d):
    """M7-M9 constants are frozen, of the session and of a member; only the own member can be written"""
    party(d, BOB)
    equal(d.put({"constants": {"custom": {"ruleset": "duel"}}}, match="*").status, 200)
    equal(d.put({"constants": {"custom": {"ruleset": "ffa"}}}, match="*").status, 409)
    equal(d.put({"constants": {"custom": {"more": 1}}}, match="*").status, 409)
    equal(d.put({"members": {"me": {"constants": {"custom": {"late": 1}}}}}, match="*").status, 409)
    equal(d.put({"members": {"me": {"constants": {"system": {"xuid": BOB}}}}}, match="*").status, 400)
    equal(d.put({"members": {"1": {"properties": {"custom": {"a": 1}}}}}, match="*").status, 403)
    equal(d.put({"members": {"1": None}}, match="*").status, 403)
    equal(d.put({"members": {"me_" + BOB: {}}}, match="*").status, 400)
    equal(d.put({"servers": {"x": {}}}, match="*").status, 403)


@case
def reservations(d):
    """M12, M13 reservations count from 0, are appended in order, and known XUIDs are left alone"""
    party(d)
    reply = d.put({"members": {f"reserve_{i}": {"constants": {"system": {"xuid": x}}}
                               for i, x in reversed(list(enumerate((ALICE, CAROL, BOB))))}}, match="*")
    equal([m["constants"]["system"]["xuid"] for m in reply.json["members"].values()], [ALICE, CAROL, BOB])
    equal(d.put({"members": {"reserve_1": {"constants": {"system": {"xuid": DAVE}}}}}, match="*").status, 400)
    equal(d.put({"members": {"reserve_0": {"properties": {}}}}, match="*").status, 400)


@case
def atomic(d):
    """M14 a PUT with one bad part changes nothing"""
    party(d)
    before = d.get()
    body = {**custom({"map": "x"}), "members": {"me": {"properties": {"system": {"active": True, "ready": True}}}}}
    equal(d.put(body, match="*").status, 400)
    equal(d.put({**custom({"map": "x"}), **{"constants": {"system": {"maxMembersCount": 9}}}}, match="*").status, 409)
    after = d.get()
    equal((after.etag, after.json), (before.etag, before.json))
    equal(len(d.journal("commits")), 1)


@case
def no_op(d):
    """M16 a PUT without effect keeps change number and ETag; the switch bumps them; nocommit stores nothing"""
    party(d)
    before = d.get()
    for body in ({}, custom({"map": "harbor"}), me(ALICE)):
        reply = d.put(body, match="*")
        equal((reply.status, reply.etag, reply.json), (200, before.etag, before.json))
    dry = d.put(custom({"map": "dry"}), match="*", query="?nocommit=true")
    equal((dry.status, dry.json["properties"]["custom"]["map"]), (200, "dry"))
    equal(d.get().etag, before.etag)
    equal([c["changed"] for c in d.journal("commits")], [True, False, False, False])
    d.control("POST", "switches", {"bumpNoop": True})
    equal(d.put({}, match="*").json["changeNumber"], 2)


@case
def consumed(d):
    """M17 encounters are consumed; a host that is no member's device vanishes"""
    party(d)
    doc = d.put({"properties": {"system": {"host": "nobody"}},
                 "members": {"me": {"properties": {"system": {"encounters": ["e"]}}}}}, match="*").json
    true("host" not in doc["properties"]["system"] and "encounters" not in doc["members"]["0"]["properties"]["system"])
    equal(d.put({"properties": {"system": {"initializationSucceeded": True}}}, match="*").status, 400)


@case
def nothing_to_store(d):
    """M18, M19 empty sessions are not kept, unless sessionEmptyTimeout says for how long"""
    equal(d.put({}).status, 204)
    equal(d.get().status, 204)
    d.create({"constants": {"system": {"sessionEmptyTimeout": 10000}}, **me(ALICE)})
    empty = d.put({"members": {"me": None}}, match="*")
    equal((empty.status, empty.json["members"], empty.json["membersInfo"]["count"]), (200, {}, 0))
    d.advance(5)
    again = d.put(me(BOB), BOB, match="*")
    equal((again.status, list(again.json["members"])), (200, ["1"]))
    d.put({"members": {"me": None}}, BOB, match="*")
    d.advance(11)
    equal(d.get().status, 204)


@case
def timers(d):
    """2.9 ready becomes inactive, inactive is removed, never both in one evaluation; 0 acts at once"""
    party(d, BOB)
    d.put({"members": {"me": {"properties": {"system": {"ready": True}}}}}, BOB, match="*")
    true("active" not in d.get().json["members"]["1"]["properties"]["system"])
    d.advance(1000)
    doc = d.get().json
    true("ready" not in doc["members"]["1"]["properties"]["system"])
    d.advance(61)
    equal(list(d.get().json["members"]), ["0"])
    d.create(me(ALICE), name="short")
    equal(d.put({"members": {"me": {"properties": {"system": {"active": False}}}}}, name="short").status, 204)


@case
def indices(d):
    """2.1 indices are never reused, and the links follow the gaps"""
    handle = party(d, BOB, CAROL)
    d.put({"members": {"me": None}}, BOB, match="*")
    doc = d.put_handle(handle, me(BOB), BOB, match="*").json
    equal(list(doc["members"]), ["0", "2", "3"])
    equal([m["next"] for m in doc["members"].values()], [2, 3, 4])


@case
def schema(d):
    """rule 12 unknown system fields are 400, or ignored by the switch; wrong types are 400"""
    party(d)
    unknown = {"properties": {"system": {"nosuch": 1}}}
    equal(d.put(unknown, match="*").status, 400)
    d.control("POST", "switches", {"ignoreUnknown": True})
    doc = d.put(unknown, match="*")
    equal((doc.status, "nosuch" in doc.json["properties"]["system"]), (200, False))
    for system in ({"closed": 1}, {"turn": "0"}, {"turn": [7]}, {"locked": True}, {"joinRestriction": "some"},
                   {"joinRestriction": "none", "readRestriction": "local"}, {"owners": [0]}):
        equal(d.put({"properties": {"system": system}}, match="*").status, 400, system)


@case
def conditional_get(d):
    """GET with If-None-Match: 304; names compare without case; trailing slash and route case are tolerated"""
    first = d.create(CREATE)
    equal(d.get(headers={"If-None-Match": first.etag}).status, 304)
    equal(d.get(headers={"If-None-Match": "other"}).status, 200)
    shouted = d.call("GET", f"/SERVICECONFIGS/{SCID.upper()}/sessiontemplates/QuickMatch/sessions/{NAME.upper()}/")
    equal((shouted.status, shouted.etag), (200, first.etag))
    equal(shouted.headers["Content-Location"], first.headers["Content-Location"])
    d.control("POST", "switches", {"etagStyle": "quoted"})
    quoted = d.get()
    equal(quoted.etag, f'"{first.etag}"')
    equal(d.put({}, match=first.etag).status, 412)
    equal(d.put({}, match=quoted.etag).status, 200)


@case
def large(d):
    """6.5 a large session shows the own member alone and refuses what touches others"""
    d.create(me(ALICE), template="large")
    doc = d.put(me(BOB), BOB, template="large", match="*").json
    equal((list(doc["members"]), doc["membersInfo"]["count"]), (["me"], 2))
    equal(doc["members"]["me"]["constants"]["system"]["xuid"], BOB)
    equal(d.put({"members": {"reserve_0": {"constants": {"system": {"xuid": DAVE}}}}}, template="large").status, 409)
    equal(d.put({"members": {"0": None}}, template="large").status, 409)


@case
def roles(d):
    """2.7 roles of a template: taken, counted, full; settings that may change"""
    d.create(me(ALICE), template="team")

    def take(xuid, role):
        body = me(xuid)
        body["members"]["me"]["roles"] = {"side": role}
        return d.put(body, xuid, template="team")

    for xuid in (ALICE, BOB):
        equal(take(xuid, "red").status, 200)
    equal(take(CAROL, "red").status, 400)
    equal(d.put({"roleTypes": {"side": {"roles": {"red": {"max": 3, "target": 2}}}}}, template="team").status, 200)
    doc = take(CAROL, "red")
    equal(doc.status, 200)
    red = doc.json["roleTypes"]["side"]["roles"]["red"]
    equal((red["count"], red["memberXuids"]), (3, [ALICE, BOB, CAROL]))
    equal(take(CAROL, "green").status, 400)


@case
def body_limits(d):
    """rule 22 a body of up to 1 MiB is taken, more is a 413"""
    party(d)
    fits = '{"properties":{"custom":{"a":"%s"}}}'
    fits %= "x" * (1024 * 1024 - len(fits) + 2)
    equal(len(fits), 1024 * 1024)
    equal(d.put(fits, match="*").status, 200)
    equal(d.put(fits + " ", match="*").status, 413)
    equal(d.put(" " * (3 * 1024 * 1024), match="*").status, 413)


@case
def transfer(d):
    """8.2 kinds: a transfer handle lets members of its origin in; a search handle needs searchable"""
    party(d)
    d.create(me(ALICE), name="lobby")
    for xuid in (ALICE, BOB):
        d.control("POST", "users", {"xuid": xuid, "follows": []})
    body = {"type": "transfer", "version": 1, "sessionRef": reference(), "originSessionRef": reference("lobby")}
    handle = d.call("POST", "/handles", body)
    equal(handle.status, 201, handle.text)
    equal(d.put_handle(handle.json["id"], me(BOB), BOB, match="*").status, 403)
    equal(d.put(me(BOB), BOB, name="lobby").status, 200)
    equal(d.put_handle(handle.json["id"], me(BOB), BOB, match="*").status, 200)
    equal(d.call("POST", "/handles", {"type": "search", "version": 1, "sessionRef": reference()}).status, 400)
    d.create({"constants": {"system": {"capabilities": {"searchable": True}}}, **me(ALICE)}, name="found")
    search = d.call("POST", "/handles", {"type": "search", "version": 1, "sessionRef": reference("found"),
                                         "searchAttributes": {"tags": ["duel"]}})
    equal((search.status, search.json["type"]), (201, "search"))
    equal(d.get(name="found").json["searchHandle"], search.json["id"])


run(Directory(binary()))
