# SPDX-License-Identifier: MIT
"""Search handles: how they are made, found by filter and order, and deleted."""
from support import ALICE, BOB, CAROL, DAVE, NAME, SCID, Directory, binary, case, equal, me, reference, run, true

QUERY = "/handles/query?include=relatedInfo,roleInfo,customProperties"
SEARCHABLE = {"capabilities": {"searchable": True}, "inactiveRemovalTimeout": None}
OWNED = {"capabilities": {"searchable": True, "hasOwners": True}, "inactiveRemovalTimeout": None}


def session(d, name=NAME, xuid=ALICE, constants=None, template="quickmatch", **more):
    d.create({"constants": {"system": constants or SEARCHABLE}, **more, **me(xuid)}, name=name, xuid=xuid,
             template=template)


def post(d, attributes=None, name=NAME, xuid=ALICE, template="quickmatch"):
    body = {"type": "search", "version": 1, "sessionRef": reference(name, template)}
    if attributes is not None:
        body["searchAttributes"] = attributes
    return d.call("POST", "/handles", body, xuid)


def found(d, name, tags=(), numbers=None, strings=None, **more):
    session(d, name, **more)
    reply = post(d, {"tags": list(tags), "numbers": numbers or {}, "strings": strings or {}}, name, more.get("xuid", ALICE))
    equal(reply.status, 201, reply.text)
    return reply.json["id"]


def ask(d, xuid=ALICE, **more):
    return d.call("POST", QUERY, {"type": "search", "scid": SCID, "templateName": "quickmatch", "global": True, **more}, xuid)


def names(d, xuid=ALICE, **more):
    reply = ask(d, xuid, **more)
    equal(reply.status, 200, (more, reply.text))
    return [item["sessionRef"]["name"] for item in reply.json["results"]]


@case
def create_one(d):
    """1.8 a search handle: its body, the name in the document, one for each session"""
    session(d)
    first = post(d)
    equal(first.status, 201, first.text)
    equal({k: v for k, v in first.json.items() if k not in ("id", "createTime")},
          {"type": "search", "version": 1, "sessionRef": reference(), "ownerXuid": ALICE, "titleId": "1717113001",
           "searchAttributes": {"tags": [], "numbers": {}, "strings": {}}})
    true(first.json["createTime"].endswith("Z"))
    before = d.get()
    equal(before.json["searchHandle"], first.json["id"])
    attributes = {"tags": ["duel"], "numbers": {"skill": 12, "ratio": 1.5}, "strings": {"mode": "Casual"}}
    second = post(d, attributes)
    equal((second.status, second.json["searchAttributes"]), (201, attributes))
    equal(d.call("GET", "/handles/" + first.json["id"]).status, 404)
    equal(d.call("GET", "/handles/" + second.json["id"]).json, second.json)
    after = d.get()
    equal((after.json["searchHandle"], after.json["changeNumber"]), (second.json["id"], before.json["changeNumber"] + 1))
    equal(names(d), [NAME])


@case
def who_may(d):
    """6.1 made and deleted by members, by owners where there are owners, of searchable sessions"""
    session(d, "plain", constants={"inactiveRemovalTimeout": None})
    equal(post(d, name="plain").status, 400)
    equal(post(d, name="nowhere").status, 403)
    session(d)
    equal(post(d, xuid=BOB).status, 403)
    equal(d.put(me(BOB), BOB).status, 200)
    handle = post(d, xuid=BOB).json["id"]
    equal(d.call("DELETE", "/handles/" + handle, xuid=CAROL).status, 403)
    equal(d.call("DELETE", "/handles/" + handle, xuid=ALICE).status, 204)
    session(d, "owned", constants=OWNED)
    equal(d.put(me(BOB), BOB, "owned").status, 200)
    equal(post(d, name="owned", xuid=BOB).status, 403)
    handle = post(d, name="owned").json["id"]
    equal(d.call("DELETE", "/handles/" + handle, xuid=BOB).status, 403)
    equal(d.call("DELETE", "/handles/" + handle).status, 204)
    style = {"capabilities": {"searchable": True, "userAuthorizationStyle": True}}
    equal(d.put({"constants": {"system": style}, **me(ALICE)}, name="style").status, 400)
    style["capabilities"]["hasOwners"] = True
    equal(d.put({"constants": {"system": style}, **me(ALICE)}, name="style").status, 201)


@case
def delete_one(d):
    """1.9 deleted: gone from the document and from answers, a second time 404; it ends with its session"""
    session(d)
    handle = post(d).json["id"]
    before = d.get().json["changeNumber"]
    equal(d.call("DELETE", "/handles/" + handle.upper()).status, 204)
    after = d.get().json
    equal(("searchHandle" in after, after["changeNumber"], names(d)), (False, before + 1, []))
    equal(d.call("DELETE", "/handles/" + handle).status, 404)
    equal(d.call("DELETE", "/handles/nonsense").status, 400)
    handle = post(d).json["id"]
    equal(d.put({"members": {"me": None}}, match="*").status, 204)
    equal((d.call("GET", "/handles/" + handle).status, names(d)), (404, []))


@case
def attributes(d):
    """2.2 names begin with a letter and have less than 100 characters; values have their types"""
    session(d)
    for good in ({}, {"tags": []}, {"tags": ["a" * 99]}, {"numbers": {"a" * 99: -1.5}}, {"strings": {"a b": "ä" * 49}},
                 {"tags": ["t%d" % i for i in range(100)]}):
        equal(post(d, good).status, 201, good)
    for bad in ([], "x", 1, {"more": 1}, {"tags": {}}, {"tags": "a"}, {"tags": ["1a"]}, {"tags": [""]}, {"tags": [1]},
                {"tags": ["a" * 100]}, {"tags": ["a"] * 101}, {"numbers": []}, {"numbers": {"1": 1}}, {"numbers": {"": 1}},
                {"numbers": {"a": "1"}}, {"numbers": {"a" * 100: 1}}, {"numbers": {"a": None}}, {"strings": {"a": 1}},
                {"strings": {"_a": "b"}}, {"strings": {"a": "b" * 100}}, {"strings": {f"a{i}": "" for i in range(101)}}):
        equal(post(d, bad).status, 400, bad)
    equal(d.get().json["searchHandle"], d.call("POST", QUERY, {"type": "search", "scid": SCID, "templateName": "quickmatch"})
          .json["results"][0]["id"])


@case
def item(d):
    """8.11 one item: handle, attributes, owners, roles and properties, as far as they were asked for"""
    session(d, constants=OWNED, properties={"custom": {"map": "harbor"}, "system": {"closed": True}})
    handle = post(d, {"tags": ["duel"]}).json
    result, = ask(d, BOB).json["results"]
    equal(result, {**handle, "customProperties": {"map": "harbor"}, "roleInfo": {"roleTypes": {}},
                   "relatedInfo": {"visibility": "open", "joinRestriction": "none", "closed": True, "maxMembersCount": 100,
                                   "membersCount": 1, "sessionOwners": [ALICE]}})
    bare = d.call("POST", "/handles/query", {"type": "search", "scid": SCID, "templateName": "quickmatch"})
    equal(bare.json["results"], [handle])
    d.create({"constants": {"system": {"capabilities": {"searchable": True}}}, **me(ALICE)}, name="roles", template="team")
    equal(post(d, name="roles", template="team").status, 201)
    result, = d.call("POST", QUERY, {"type": "search", "scid": SCID.upper(), "templateName": "TEAM"}).json["results"]
    equal((result["roleInfo"]["roleTypes"]["side"]["roles"]["red"]["max"], result["relatedInfo"]["sessionOwners"],
           result["customProperties"]), (2, [], {}))


@case
def filters(d):
    """1.10 the filter: operators on numbers, texts, tags and the session; and, one or, tolower, any"""
    found(d, "a", ["duel", "Night"], {"skill": 10, "ratio": 1.5}, {"mode": "Ranked"})
    found(d, "b", ["casual"], {"skill": 20}, {"mode": "it's"})
    found(d, "c", xuid=BOB, constants={**OWNED, "maxMembersCount": 4})
    equal(d.put(me(CAROL), CAROL, "b").status, 200)
    for text, wanted in (
            ("numbers/skill eq 10", "a"), ("numbers/skill eq 10.0", "a"), ("numbers/skill ne 10", "bc"),
            ("numbers/skill gt 10", "b"), ("numbers/skill ge 10", "ab"), ("numbers/skill lt 20", "a"),
            ("numbers/skill le 20", "ab"), ("numbers/skill gt -1e3", "ab"), ("numbers/ratio eq 1.5", "a"),
            ("numbers/Skill eq 10", ""), ("numbers/none eq 0", ""), ("numbers/none ne 0", "abc"),
            ("strings/mode eq 'Ranked'", "a"), ("strings/mode eq 'ranked'", ""), ("tolower(strings/mode) eq 'ranked'", "a"),
            ("tolower( strings/mode ) ne 'ranked'", "bc"), ("strings/mode eq 'it''s'", "b"), ("strings/mode gt 'a'", "b"),
            ("tags/any(t:t eq 'duel')", "a"), ("tags/any(d:tolower(d) eq 'night')", "a"), ("tags/any(t:t eq 'night')", ""),
            ("tags/any(t:t ne 'duel')", "bc"), ("tags/any(t:t eq 'duel') eq true", "a"),
            ("tags/any(t:t eq 'duel') eq false", "bc"), ("tags/any(eq:eq eq 'duel')", "a"),
            (f"session/memberXuids/any(d:d eq '{CAROL}')", "b"), (f"session/ownerXuids/any(d:d eq '{BOB}')", "c"),
            ("session/membersCount eq 2", "b"), ("session/maxMembersCount lt 5", "c"),
            ("tags/any(t:t eq 'duel') and numbers/skill ge 10", "a"), ("numbers/skill ge 10 and numbers/skill lt 20", "a"),
            ("numbers/skill eq 10 or numbers/skill eq 20", "ab"),
            ("numbers/skill eq 20 and strings/mode eq 'x' or numbers/skill eq 10 and strings/mode eq 'Ranked'", "a"),
            ("(numbers/skill eq 20) or (tags/any(t:t eq 'duel') and (numbers/skill eq 10))", "ab"),
            ("  numbers/skill   eq   10  ", "a")):
        equal("".join(names(d, filter=text)), wanted, text)


@case
def wrong_filters(d):
    """1.10 what is not in the grammar is a 400 that says where"""
    found(d, "a", ["duel"], {"skill": 10})
    for text in ("", " ", "skill", "numbers", "numbers/", "numbers/skill", "numbers/skill eq", "numbers/skill eq 'x'",
                 "numbers/skill = 10", "numbers/skill EQ 10", "numbers/skill eq 10 x", "numbers/skill eq 1x",
                 "numbers/skill eq 0x10", "numbers/skill eq nan", "numbers/skill eq inf", "numbers/skill eq 1e999",
                 "numbers/skill eq --1", "numbers/skill eq 10 and", "and numbers/skill eq 10", "numbers/1 eq 1",
                 "numbers/skill eq 10 AND numbers/skill eq 10", "strings/mode eq x", "strings/mode eq 'x",
                 "strings/mode eq 10", "tolower(numbers/skill) eq 10", "tolower(strings/mode eq 'x')",
                 "tolower strings/mode eq 'x'",
                 "tags eq 'duel'", "tags/any(t:t gt 'a')", "tags/any(t:u eq 'a')", "tags/any(t eq 'a')", "tags/any(t:t eq 'a'",
                 "tags/all(t:t eq 'a')", "tags/any(t:t eq 'a') eq 1", "tags/any(t:tolower(t eq 'a')", "session/nosuch eq 1",
                 "session/memberXuids eq '1'", "other/skill eq 1", "not numbers/skill eq 1", "(numbers/skill eq 1",
                 "numbers/skill eq 1)", "()", "numbers/skill eq 1 or numbers/skill eq 2 or numbers/skill eq 3",
                 "numbers/skill eq 1 and (numbers/skill eq 2 or numbers/skill eq 3)", "(numbers/skill eq 1 or numbers/skill eq 2)",
                 "(" * 9 + "numbers/skill eq 1" + ")" * 9, "(" * 4000, "numbers/" + "a" * 100 + " eq 1",
                 " and ".join(["numbers/skill eq 10"] * 33), "numbers/skill eq 10" + " " * 4096,
                 "numbers/skill eq 10\n"):
        reply = ask(d, filter=text)
        equal((reply.status, reply.headers["Content-Type"].split(";")[0]), (400, "text/plain"), text[:80])
    equal(names(d, filter=" and ".join(["numbers/skill eq 10"] * 32)), ["a"])
    equal(names(d, filter="(" * 8 + "numbers/skill eq 10" + ")" * 8), ["a"])
    true(b"character 18" in ask(d, filter="numbers/skill eq x").text)


@case
def order(d):
    """1.10 orderBy an attribute, up or down; without it in the order in which they were made; at most 100"""
    for name, skill, mode in (("b", 20, "y"), ("a", 3, "z"), ("d", 100, None), ("c", None, "x"), ("e", 3, "z")):
        found(d, name, (), {"skill": skill} if skill else {}, {"mode": mode} if mode else {})
    for text, wanted in (("skill asc", "aebdc"), ("skill", "aebdc"), ("skill desc", "dbaec"), ("numbers/skill desc", "dbaec"),
                         ("mode asc", "cbaed"), ("strings/mode desc", "aebcd"), ("nosuch asc", "badce"),
                         ("session/membersCount asc", "badce")):
        equal("".join(names(d, orderBy=text)), wanted, text)
    equal("".join(names(d)), "badce")
    equal("".join(names(d, orderBy="skill desc", filter="numbers/skill le 20")), "bae")
    for text in ("", "skill up", "skill asc desc", "skill,mode", "1skill", "tags/ asc", "other/skill asc", "skill ascx",
                 "session/memberXuids asc", "a" * 100):
        equal(ask(d, orderBy=text).status, 400, text)
    for i in range(100):
        found(d, f"s{i}", (), {"skill": 200 + i})
    equal(len(names(d)), 100)
    equal(names(d, orderBy="skill desc")[:2], ["s99", "s98"])


@case
def people(d):
    """1.10 sessionMembers: only sessions in which somebody of these people is; private ones only for who may read them"""
    found(d, "alices")
    found(d, "bobs", xuid=BOB)
    d.control("POST", "users", {"xuid": DAVE, "follows": [ALICE], "favorites": [BOB]})

    def of(moniker, **more):
        return names(d, DAVE, sessionMembers={"people": {"moniker": moniker, "monikerXuid": DAVE}}, **more)

    equal((of("people"), of("People"), of("favorites")), (["alices"], ["alices"], ["bobs"]))
    equal(of("people", filter="session/membersCount gt 1"), [])
    for bad in ([], {}, {"people": {}}, {"people": {"moniker": "enemies", "monikerXuid": DAVE}}, {"people": {"moniker": "people"}},
                {"people": {"moniker": "people", "monikerXuid": "dave"}}, {"people": [], "more": 1}):
        equal(ask(d, sessionMembers=bad).status, 400, bad)
    found(d, "hidden", constants={**SEARCHABLE, "visibility": "private"})
    equal((names(d, BOB), names(d, ALICE)), (["alices", "bobs"], ["alices", "bobs", "hidden"]))


@case
def wrong_questions(d):
    """1.10 scid, templateName, global and unknown members"""
    for more, status in (({"scid": "x"}, 400), ({"scid": None}, 400), ({"templateName": None}, 400), ({"templateName": "a/b"}, 400),
                         ({"templateName": "nosuch"}, 404), ({"global": "yes"}, 400), ({"filter": 1}, 400), ({"orderBy": []}, 400),
                         ({"owners": {"xuids": [ALICE]}}, 400), ({"type": "invite"}, 400), ({"type": "Search"}, 400)):
        equal(ask(d, **more).status, status, more)
    equal(d.call("GET", QUERY).status, 405)
    equal(d.call("POST", QUERY, "{").status, 400)
    equal(ask(d, None).status, 401)


@case
def timers(d):
    """2.9 a search runs the timers of what it looks at"""
    session(d, constants={**SEARCHABLE, "sessionEmptyTimeout": 5000})
    handle = post(d).json["id"]
    d.put({"members": {"me": None}}, match="*")
    equal(names(d), [NAME])
    d.advance(6)
    equal(names(d), [])
    equal(d.call("GET", "/handles/" + handle).status, 404)


run(Directory(binary()))
