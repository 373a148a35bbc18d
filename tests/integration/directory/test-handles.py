# SPDX-License-Identifier: MIT
"""Handles that people meet by: invitations, transfers, and who does what."""
from support import ALICE, BOB, CAROL, DAVE, NAME, SCID, Directory, binary, case, equal, me, reference, run, true

PLAIN = "/handles/query"
WITH = "/handles/query?include=relatedInfo,customProperties"
KEPT = {"inactiveRemovalTimeout": None}


def post(d, body, xuid=ALICE):
    return d.call("POST", "/handles", {"version": 1, "sessionRef": reference(), **body}, xuid)


def invite(d, whom=CAROL, xuid=ALICE, **more):
    return post(d, {"type": "invite", "invitedXuid": whom, **more}, xuid)


def activities(d, owners, xuid=ALICE, where=PLAIN, **more):
    return d.call("POST", where, {"type": "activity", "scid": SCID, "owners": owners, **more}, xuid)


def owners_of(reply):
    equal(reply.status, 200, reply.text)
    return [item["ownerXuid"] for item in reply.json["results"]]


def play(d, xuid, name=NAME):
    equal(d.put(me(xuid), xuid, name).status // 100, 2)
    return d.activity(xuid, name)


@case
def invitations_are_seen(d):
    """1.8 one invitation for each who is invited; all of them under /control/handles, until they expire"""
    d.create(me(ALICE))
    attributes = {"titleId": "1717113001", "contextString": "///inviteText", "context": "lobby%3Dred"}
    sent = [invite(d, whom, inviteAttributes=attributes).json for whom in (BOB, CAROL)]
    equal(d.journal("handles"), sent)
    equal([(h["invitedXuid"], h["senderXuid"], h["type"], h["version"], h["inviteAttributes"], h["sessionRef"]) for h in sent],
          [(whom, ALICE, "invite", 1, attributes, reference()) for whom in (BOB, CAROL)])
    activity = d.activity()
    equal([h["id"] for h in d.journal("handles")], [sent[0]["id"], sent[1]["id"], activity])
    equal(d.call("DELETE", "/handles/" + sent[0]["id"], xuid=BOB).status, 403)
    equal(d.call("DELETE", "/handles/" + sent[0]["id"]).status, 204)
    d.advance(3601)
    equal([h["id"] for h in d.journal("handles")], [activity])
    equal(d.call("GET", "/handles/" + sent[1]["id"]).status, 404)


@case
def invitations_open(d):
    """6.1 an invitation: to a closed or full session it only lets read; the invited one may be anybody"""
    d.create({"constants": {"system": {"maxMembersCount": 1}}, "properties": {"system": {"closed": True}}, **me(ALICE)})
    for xuid in (ALICE, BOB):
        d.control("POST", "users", {"xuid": xuid, "follows": []})
    handle = invite(d).json["id"]
    equal(d.call("GET", f"/handles/{handle}/session", xuid=CAROL).status, 200)
    equal(d.call("GET", f"/handles/{handle}/session", xuid=BOB).status, 403)
    equal(d.put_handle(handle, me(CAROL), CAROL).status, 403)
    equal(d.put({"properties": {"system": {"closed": None}}}, match="*").status, 200)
    equal(d.put_handle(handle, me(CAROL), CAROL).status, 400)
    equal(d.put({"members": {"me": None}}, match="*").status, 204)
    equal(d.call("GET", f"/handles/{handle}/session", xuid=CAROL).status, 204)
    equal(d.put_handle(handle, me(CAROL), CAROL).status, 201)


@case
def invitations_by_owners(d):
    """6.1 with owners only they invite, unless the policy lets others"""
    for name, policies, status in (("strict", {}, 403), ("lax", {"allowNonOwnerInviteHandles": True}, 201)):
        system = {"capabilities": {"hasOwners": True}, "ownershipPolicies": policies, **KEPT}
        d.create({"constants": {"system": system}, **me(ALICE)}, name=name)
        equal(d.put(me(BOB), BOB, name).status, 200)
        equal(invite(d, sessionRef=reference(name)).status, 201)
        equal(invite(d, xuid=BOB, sessionRef=reference(name)).status, status, name)
    d.create(me(ALICE))
    equal(invite(d, xuid=DAVE).status, 403)
    equal(len(d.journal("handles")), 3)


@case
def wrong_invitations(d):
    """1.8 the context has up to 256 characters, and everything has its type"""
    d.create(me(ALICE))
    equal(invite(d, inviteAttributes={"titleId": "1", "context": "c" * 256}).status, 201)
    equal(invite(d, inviteAttributes={}).status, 201)
    equal(invite(d, int(CAROL)).json["invitedXuid"], CAROL)
    for attributes in ([], "x", {"context": "c" * 257}, {"context": 1}, {"contextString": []}, {"titleId": "x"},
                       {"titleId": -1}, {"titleId": None}, {"more": 1}):
        equal(invite(d, inviteAttributes=attributes).status, 400, attributes)
    for whom in (None, "", "carol", 0, -1, [CAROL], {}, "1" * 21):
        equal(invite(d, whom).status, 400, whom)
    for more in ({"version": 2}, {"version": "1"}, {"sessionRef": None}, {"sessionRef": {"scid": "x"}}, {"sessionRef": [NAME]},
                 {"sessionRef": {**reference(), "name": "a/b"}}, {"sessionRef": {**reference(), "name": "n" * 100}}):
        equal(invite(d, **more).status, 400, more)
    equal(invite(d, sessionRef=reference(template="nosuch")).status, 404)
    equal(len(d.journal("handles")), 3)


@case
def transfers(d):
    """1.8, 6.1 a transfer: for members of its origin, made by one of them, gone with its target, deleted by its maker"""
    d.create(me(ALICE))
    d.create(me(ALICE), name="lobby")
    body = {"type": "transfer", "originSessionRef": reference("lobby")}
    reply = post(d, body)
    equal(reply.status, 201, reply.text)
    equal({k: v for k, v in reply.json.items() if k not in ("id", "createTime")},
          {"type": "transfer", "version": 1, "sessionRef": reference(), "originSessionRef": reference("lobby"),
           "ownerXuid": ALICE})
    handle = "/handles/" + reply.json["id"]
    equal(post(d, body, BOB).status, 403)
    equal(d.call("GET", handle + "/session", xuid=BOB).status, 403)
    equal(d.put(me(BOB), BOB, "lobby").status, 200)
    equal(d.call("GET", handle + "/session", xuid=BOB).status, 200)
    equal(d.call("DELETE", handle, xuid=BOB).status, 403)
    second = "/handles/" + post(d, body, BOB).json["id"]
    equal(d.call("DELETE", second, xuid=BOB).status, 204)
    for origin in (None, {}, [], "lobby", {"scid": SCID}, {**reference(), "name": ""}, {**reference(), "scid": "x"}):
        equal(post(d, {**body, "originSessionRef": origin}).status, 400, origin)
    equal(post(d, {**body, "originSessionRef": reference("nowhere")}).status, 403)
    equal(d.put({"members": {"me": None}}, match="*").status, 204)
    equal(d.call("GET", handle).status, 404)


@case
def clear_activity(d):
    """1.9 clearing an activity: one's own is asked for and deleted; nobody else's can be"""
    handle = play(d, ALICE)
    play(d, BOB)
    found, = activities(d, {"xuids": [ALICE]}).json["results"]
    equal(found["id"], handle)
    equal(d.call("DELETE", "/handles/" + handle, xuid=BOB).status, 403)
    equal(d.call("DELETE", "/handles/" + handle).status, 204)
    equal(d.call("DELETE", "/handles/" + handle).status, 404)
    equal(activities(d, {"xuids": [ALICE]}).json["results"], [])
    equal(owners_of(activities(d, {"xuids": [ALICE, BOB]})), [BOB])
    again = d.activity()
    equal([h["id"] for h in activities(d, {"xuids": [ALICE]}).json["results"]], [again])
    d.control("POST", "users", {"xuid": ALICE, "titleId": 7})
    d.activity()
    equal(sorted(h["titleId"] for h in activities(d, {"xuids": [ALICE]}).json["results"]), ["1717113001", "7"])


@case
def of_users(d):
    """1.10 activities of users: each once, of this service configuration, with what was asked for"""
    d.create({"properties": {"custom": {"map": "harbor"}}, **me(ALICE)})
    for xuid in (ALICE, BOB):
        play(d, xuid)
    equal(owners_of(activities(d, {"xuids": [BOB, ALICE, BOB, CAROL]})), [ALICE, BOB])
    equal(owners_of(activities(d, {"xuids": [int(BOB)]})), [BOB])
    equal(owners_of(activities(d, {"xuids": []})), [])
    equal(owners_of(activities(d, {"xuids": [ALICE]}, scid=SCID.upper())), [ALICE])
    equal(owners_of(activities(d, {"xuids": [ALICE]}, scid="5f2c0100-7e1b-4c57-9d0e-0000665a1b00")), [])
    plain, = activities(d, {"xuids": [ALICE]}).json["results"]
    true("customProperties" not in plain and "relatedInfo" not in plain)
    full, = activities(d, {"xuids": [ALICE]}, where=WITH).json["results"]
    equal(full, {**plain, "customProperties": {"map": "harbor"},
                 "relatedInfo": {"visibility": "open", "joinRestriction": "none", "closed": False, "maxMembersCount": 100,
                                 "membersCount": 2}})
    equal(activities(d, {"xuids": [ALICE]}, where=PLAIN + "?include=customProperties").json["results"],
          [{**plain, "customProperties": {"map": "harbor"}}])
    d.control("POST", "handles", {"sessionRef": reference("nowhere"), "ownerXuid": DAVE})
    lonely, = activities(d, {"xuids": [DAVE]}, where=WITH).json["results"]
    equal(("relatedInfo" in lonely, lonely["customProperties"]), (False, {}))


@case
def of_groups(d):
    """1.10 activities of a social group: people are whom one follows, favorites are named; of oneself as of others"""
    for xuid in (ALICE, BOB, CAROL):
        play(d, xuid)
    d.control("POST", "users", {"xuid": DAVE, "follows": [ALICE, CAROL], "favorites": [CAROL]})

    def of(moniker, user=DAVE, xuid=DAVE):
        return owners_of(activities(d, {"people": {"moniker": moniker, "monikerXuid": user}}, xuid))

    equal((of("people"), of("PEOPLE"), of("favorites")), ([ALICE, CAROL], [ALICE, CAROL], [CAROL]))
    equal((of("people", ALICE), of("favorites", ALICE)), ([BOB, CAROL], []))
    equal(d.control("POST", "users", {"xuid": DAVE, "favorites": "x"}).status, 400)
    d.control("POST", "users", {"xuid": DAVE, "favorites": None, "follows": None})
    equal((of("people"), of("favorites")), ([ALICE, BOB, CAROL], []))


@case
def at_most_a_hundred(d):
    """1.10 an answer has at most 100 activities"""
    users = ["25332749000%05d" % i for i in range(103)]
    for user in users:
        d.control("POST", "handles", {"sessionRef": reference(), "ownerXuid": user})
    equal(owners_of(activities(d, {"xuids": users})), users[:100])
    equal(owners_of(activities(d, {"xuids": users[50:]})), users[50:])


@case
def wrong_questions(d):
    """1.10 wrong questions are 400"""
    people = {"moniker": "people", "monikerXuid": ALICE}
    for owners in (None, [], {}, {"people": people, "xuids": [ALICE]}, {"xuids": ALICE}, {"xuids": ["alice"]}, {"xuids": [None]},
                   {"xuids": [ALICE] * 1001}, {"more": 1, "xuids": [ALICE]}, {"people": []}, {"people": {"moniker": "people"}},
                   {"people": {**people, "moniker": "enemies"}}, {"people": {**people, "moniker": 1}},
                   {"people": {**people, "monikerXuid": "x"}}, {"people": {**people, "monikerXuid": 7}},
                   {"people": {**people, "more": 1}}):
        reply = activities(d, owners)
        equal((reply.status, reply.headers["Content-Type"].split(";")[0]), (400, "text/plain"), owners)
    for more in ({"scid": "x"}, {"scid": None}, {"type": None}, {"type": "invite"}, {"type": ["activity"]}, {"filter": "x"}):
        equal(activities(d, {"xuids": [ALICE]}, **more).status, 400, more)
    for body in ("", "{", "[]", "null", '{"type":' + "[" * 1000 + "]" * 1000 + "}", b"\xff\xfe", '{"type":"activity","type":"x"}'):
        equal(d.call("POST", WITH, body).status, 400, body[:40])
        equal(d.call("POST", "/handles", body).status, 400, body[:40])
    equal(activities(d, {"xuids": [ALICE]}, xuid=None).status, 401)


run(Directory(binary()))
