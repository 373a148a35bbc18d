# SPDX-License-Identifier: MIT
"""Roles, owners, capabilities and large sessions."""
import json
import os
import tempfile

from support import ALICE, BOB, CAROL, DAVE, NAME, SCID, Directory, binary, case, equal, me, run, true

KEPT = {"inactiveRemovalTimeout": None}
ROLES = {"ownerManaged": False, "mutableRoleSettings": ["max"], "roles": {"tank": {"max": 1, "target": 1}, "healer": {}}}
TEMPLATES = {
    "plain": {"constants": {"system": {"version": 1}}},
    "roles": {"constants": {"system": {"version": 1, **KEPT}}, "roleTypes": {"job": ROLES}},
    "managed": {"constants": {"system": {"version": 1, "capabilities": {"hasOwners": True}, **KEPT}},
                "roleTypes": {"job": {**ROLES, "ownerManaged": True}}},
    "large": {"constants": {"system": {"version": 1, "capabilities": {"large": True}, **KEPT}}},
}


def roles(d, xuid, value, template="roles", **more):
    return d.put({"members": {"me": {"roles": value, "properties": {"system": {"active": True}}}}, **more}, xuid,
                 template=template)


def settings(d, value, xuid=ALICE, template="roles"):
    return d.put({"roleTypes": value}, xuid, template=template)


def owned(d, name=NAME, xuids=(BOB, CAROL), **policies):
    system = {"capabilities": {"hasOwners": True}, "ownershipPolicies": policies, **KEPT}
    d.create({"constants": {"system": system}, **me(ALICE)}, name=name, template="plain")
    for xuid in xuids:
        equal(d.put(me(xuid), xuid, name, "plain").status, 200)


def leave(d, xuid, name=NAME, template="plain"):
    return d.put({"members": {"me": None}}, xuid, name, template)


@case
def roles_taken(d):
    """2.7 a role is taken, changed and given back; who holds it is counted; a full one refuses the whole write"""
    d.create(me(ALICE), template="roles")
    taken = roles(d, ALICE, {"job": "tank"})
    equal((taken.status, taken.json["members"]["0"]["roles"]), (200, {"job": "tank"}))
    equal(taken.json["roleTypes"]["job"]["roles"]["tank"], {"max": 1, "target": 1, "count": 1, "memberXuids": [ALICE]})
    full = roles(d, BOB, {"job": "tank"})
    equal((full.status, list(d.get(template="roles").json["members"])), (400, ["0"]))
    equal(roles(d, ALICE, {"job": "tank"}).status, 200, "the same again")
    equal(roles(d, BOB, {"job": "healer"}).status, 200)
    equal(roles(d, ALICE, {"job": "healer"}).json["roleTypes"]["job"]["roles"]["healer"]["memberXuids"], [ALICE, BOB])
    equal(roles(d, BOB, {"job": "tank"}).status, 200)
    true("roles" not in roles(d, BOB, {"job": None}).json["members"]["1"])
    true("roles" not in roles(d, ALICE, None).json["members"]["0"])
    equal(roles(d, BOB, {"job": "tank"}).status, 200)
    doc = leave(d, BOB, template="roles").json
    equal(doc["roleTypes"]["job"]["roles"]["tank"]["count"], 0)


@case
def wrong_roles(d):
    """2.7 roles that are not there, and what is not a role, are 400"""
    d.create(me(ALICE), template="roles")
    for value in ({"job": "wizard"}, {"nosuch": "tank"}, {"job": 1}, {"job": {}}, {"job": ["tank"]}, [], "tank", 1, True):
        equal(roles(d, ALICE, value).status, 400, value)
    d.create(me(ALICE), template="plain")
    equal(roles(d, ALICE, {"job": "tank"}, "plain").status, 400)
    equal(d.get(template="roles").json["changeNumber"], 1)


@case
def role_settings(d):
    """2.7 only settings that may change are changed; the same values written along do no harm"""
    d.create(me(ALICE), template="roles")
    whole = {"job": {"roles": {"tank": {"max": 2, "target": 1}, "healer": {}}}}
    equal(settings(d, whole).json["roleTypes"]["job"]["roles"]["tank"]["max"], 2)
    for xuid in (ALICE, BOB):
        equal(roles(d, xuid, {"job": "tank"}).status, 200)
    for value in ({"job": {"roles": {"tank": {"target": 2}}}}, {"job": {"roles": {"tank": {"max": -1}}}},
                  {"job": {"roles": {"tank": {"max": "2"}}}}, {"job": {"roles": {"tank": {"count": 0}}}},
                  {"job": {"roles": {"tank": None}}}, {"job": {"roles": {"wizard": {"max": 1}}}}, {"job": {"roles": []}},
                  {"job": {"ownerManaged": True}}, {"job": None}, {"job": 1}, {"nosuch": {"roles": {}}}, [], "job"):
        equal(settings(d, value).status, 400, value)


@case
def managed_roles(d):
    """2.7 with owners only they change settings, and take roles that owners manage"""
    d.create(me(ALICE), template="managed")
    equal(d.put(me(BOB), BOB, template="managed").status, 200)
    equal(roles(d, BOB, {"job": "healer"}, "managed").status, 403)
    equal(roles(d, ALICE, {"job": "healer"}, "managed").status, 200)
    equal(settings(d, {"job": {"roles": {"tank": {"max": 3}}}}, BOB, "managed").status, 403)
    equal(settings(d, {"job": {"roles": {"tank": {"max": 3}}}}, ALICE, "managed").status, 200)


@case
def owners(d):
    """2.4, 2.5 the creator owns; others write custom properties, and the system properties that the policy names"""
    owned(d, nonOwnerModifiableSystemProperties=["closed"])
    doc = d.get(template="plain").json
    equal(doc["properties"]["system"]["owners"], [0])
    for system, status in (({"closed": True}, 200), ({"keywords": ["a"]}, 403), ({"closed": False, "keywords": ["a"]}, 403)):
        equal(d.put({"properties": {"system": system}}, BOB, template="plain").status, status, system)
    equal(d.put({"properties": {"custom": {"a": 1}}}, BOB, template="plain").status, 200)
    equal(d.put({"properties": {"system": {"keywords": ["a"]}}}, template="plain").status, 200)
    for xuid in (ALICE, BOB):
        equal(d.put({"properties": {"system": {"owners": [1]}}}, xuid, template="plain").status // 100, 4, xuid)


@case
def migration(d):
    """2.9 the last owner leaves: the longest-standing member follows, or the session ends; reservations do not follow"""
    owned(d, xuids=(), migration="oldest")
    equal(d.put({"members": {"reserve_0": {"constants": {"system": {"xuid": DAVE}}}}}, template="plain").status, 200)
    for xuid in (BOB, CAROL):
        equal(d.put(me(xuid), xuid, template="plain").status, 200)
    equal(leave(d, ALICE).json["properties"]["system"]["owners"], [2])
    equal(leave(d, CAROL).json["properties"]["system"]["owners"], [2])
    for name, policy in (("end", {"migration": "endsession"}), ("default", {})):
        owned(d, name, **policy)
        equal(leave(d, BOB, name).status, 200)
        equal(leave(d, ALICE, name).status, 204)
        equal(d.get(CAROL, name, "plain").status, 204)


@case
def wrong_constants(d):
    """2.4 what constants and capabilities need and exclude"""
    def create(capabilities, **system):
        return d.put({"constants": {"system": {"capabilities": dict.fromkeys(capabilities, True), **system}}, **me(ALICE)},
                     template="plain").status

    for policies in ({"migration": "never"}, {"migration": 1}, {"allowNonOwnerInviteHandles": "yes"},
                     {"nonOwnerModifiableSystemProperties": "closed"}, {"nonOwnerModifiableSystemProperties": ["nosuch"]},
                     {"nonOwnerModifiableSystemProperties": [1]}, {"more": 1}):
        equal(create(["hasOwners"], ownershipPolicies=policies), 400, policies)
    equal(create([], ownershipPolicies={"migration": "oldest"}), 400)
    for other in ("connectivity", "userAuthorizationStyle", "team", "arbitration", "autoPopulateServerCandidates"):
        equal(create(["large", other, "gameplay"][:3 if other == "arbitration" else 2]), 400, other)
    for capabilities in (["broadcast"], ["team", "gameplay"], ["arbitration"], ["nosuch"]):
        equal(create(capabilities), 400, capabilities)
    equal(create(["large"], memberInitialization={}), 400)
    equal(create(["large"], measurementServerAddresses={}), 400)
    equal(create(["large"], maxMembersCount=1001), 400)
    equal(create([], maxMembersCount=101), 400)
    equal(create([], metrics={"latency": True}), 400)
    equal(d.get(template="plain").status, 204)
    equal(create(["connectivity"], metrics={"latency": True}), 201)


@case
def large(d):
    """6.5 a large session: more than 100 members, each is shown itself alone, with groups and without what lists members"""
    d.create(me(ALICE), template="large")
    users = ["25332749000%05d" % i for i in range(10, 111)]
    for user in users:
        equal(d.put(me(user, groups=["red"]), user, template="large").status, 200)
    doc = d.get(users[7], template="large").json
    equal((list(doc["members"]), doc["membersInfo"]["count"], doc["membersInfo"]["active"]), (["me"], 102, 102))
    mine = doc["members"]["me"]
    equal((mine["constants"]["system"]["xuid"], mine["properties"]["system"]["groups"]), (users[7], ["red"]))
    equal(d.get(DAVE, template="large").json["members"], {})
    for system in ({"turn": [0]}, {"host": "x"}, {"joinRestriction": "followed"}):
        equal(d.put({"properties": {"system": system}}, template="large").status, 400, system)
    equal(d.put({"members": {"me": {"properties": {"system": {"initializationGroup": [0]}}}}}, template="large").status, 400)
    for key in ("0", "7", "reserve_0"):
        equal(d.put({"members": {key: {"constants": {"system": {"xuid": DAVE}}}}}, template="large").status, 409, key)
    batch = d.call("POST", f"/serviceconfigs/{SCID}/batch", {"xuids": [users[100], DAVE, ALICE]}).json["results"]
    equal([(i["xuid"], i["accepted"]) for i in batch], [(users[100], 102), (ALICE, 102)])
    handle = d.activity(users[50], template="large")
    equal(d.call("GET", f"/handles/{handle}/session", xuid=BOB).json["members"], {})
    equal(d.put({"members": {"me": None}}, users[50], template="large").json["membersInfo"]["count"], 101)
    equal(d.call("GET", f"/handles/{handle}").status, 404)


with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
    json.dump(TEMPLATES, file)
directory = Directory(binary(), "--templates", file.name)
os.unlink(file.name)
run(directory)
