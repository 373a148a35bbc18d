# SPDX-License-Identifier: MIT
"""Member initialization: episodes of joining, measuring and evaluating."""
import re

from support import ALICE, BOB, CAROL, Directory, binary, case, equal, me, run, true

ADDRESS = {ALICE: "YWxpY2U=", BOB: "Ym9i", CAROL: "Y2Fyb2w="}
CONNECTED = {"capabilities": {"connectivity": True}, "inactiveRemovalTimeout": None}


def joins(xuid, initialize=True, **system):
    body = me(xuid, **system)
    if initialize:
        body["members"]["me"]["constants"]["system"]["initialize"] = True
    return body


def create(d, rules, constants=None, reserve=(), **system):
    body = joins(ALICE, **system)
    body["constants"] = {"system": {"inactiveRemovalTimeout": None, **(constants or {}), "memberInitialization": rules}}
    for i, xuid in enumerate(reserve):
        body["members"][f"reserve_{i}"] = {"constants": {"system": {"xuid": xuid, "initialize": True}}}
    d.control("POST", "clock", {"frozen": True})
    return d.create(body).json


def stage(document):
    at = document.get("initializing")
    return (at["stage"], at["episode"]) if at else None


def members(document):
    return {m["constants"]["system"]["xuid"]: (m.get("initializationEpisode"), m.get("initializationFailure"))
            for m in document["members"].values()}


def update(d, xuid, **system):
    reply = d.put({"members": {"me": {"properties": {"system": system}}}}, xuid, match="*")
    equal(reply.status, 200, reply.text)
    return reply.json


def succeeded(d, value, xuid=ALICE):
    return d.put({"properties": {"system": {"initializationSucceeded": value}}}, xuid, match="*")


@case
def nothing_to_wait_for(d):
    """2.6 without requirements an episode is over at once; who does not take part has none"""
    document = create(d, {})
    equal((stage(document), members(document)), (None, {ALICE: (1, None)}))
    equal(members(d.put(joins(BOB), BOB).json), {ALICE: (1, None), BOB: (2, None)})
    document = d.put(joins(CAROL, False), CAROL).json
    equal((stage(document), members(document)[CAROL]), (None, (None, None)))
    d.create(joins(ALICE), name="without")
    equal(members(d.get(name="without").json), {ALICE: (None, None)})


@case
def joining(d):
    """2.4 joining waits for reservations and for membersNeededToStart; nextTimer tells how long"""
    document = create(d, {"membersNeededToStart": 3}, reserve=[BOB])
    equal((stage(document), members(document)), (("joining", 1), {ALICE: (1, None), BOB: (1, None)}))
    true(re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$", document["initializing"]["stageStartTime"]))
    true(document["nextTimer"] > document["initializing"]["stageStartTime"])
    equal(stage(d.put(joins(BOB), BOB).json), ("joining", 1))
    document = d.put(joins(CAROL), CAROL).json
    equal((stage(document), members(document)[CAROL]), (None, (1, None)))
    true("nextTimer" not in document)


@case
def joining_late(d):
    """2.4, 2.9 who does not come in time fails; its reservation then goes by its own timer; too few fail all"""
    create(d, {"joinTimeout": 40000}, reserve=[BOB])
    d.advance(39)
    document = d.get().json
    equal((stage(document), members(document)[BOB]), (("joining", 1), (1, None)), "joinTimeout takes the reservation's place")
    d.advance(2)
    document = d.get().json
    equal((stage(document), members(document)), (None, {ALICE: (1, None)}))
    equal(d.put({"members": {"me": None}}, match="*").status, 204)
    create(d, {"membersNeededToStart": 2}, reserve=[BOB])
    d.advance(11)
    document = d.get().json
    equal((stage(document), members(document)), (("failed", 1), {ALICE: (1, "episode"), BOB: (1, "timeout")}))
    document = d.put(joins(CAROL), CAROL).json
    equal((stage(document), members(document)[CAROL]), (None, (2, None)))


@case
def measuring(d):
    """2.4 measuring waits until all have measured each other, and the limits are kept"""
    limits = {"peerToPeerRequirements": {"latencyMaximum": 100, "bandwidthMinimum": 5000}, **CONNECTED}
    create(d, {"membersNeededToStart": 3}, limits, secureDeviceAddress=ADDRESS[ALICE])
    for xuid in (BOB, CAROL):
        document = d.put(joins(xuid, secureDeviceAddress=ADDRESS[xuid]), xuid).json
    equal(stage(document), ("measuring", 1))
    token = {m["constants"]["system"]["xuid"]: m["deviceToken"] for m in document["members"].values()}
    good = {"latency": 50, "bandwidthDown": 9000, "bandwidthUp": 9000}
    for xuid, values in ((ALICE, good), (BOB, {**good, "latency": 101}), (CAROL, {**good, "bandwidthUp": 4999})):
        equal(stage(d.get().json), ("measuring", 1))
        document = update(d, xuid, measurements={token[other]: values for other in token if other != xuid})
    equal((stage(document), members(document)), (None, {ALICE: (1, None), BOB: (1, "latency"), CAROL: (1, "bandwidthup")}))


@case
def measuring_late(d):
    """2.9 who has not measured in time fails; when nobody has, the episode has failed"""
    limits = {"metrics": {"latency": True}, **CONNECTED}
    for name, measured, wanted in (("one", [ALICE], (None, {ALICE: (1, None), BOB: (1, "timeout")})),
                                   ("none", [], (("failed", 1), {ALICE: (1, "timeout"), BOB: (1, "timeout")}))):
        create(d, {"membersNeededToStart": 2, "measurementTimeout": 20000}, limits, secureDeviceAddress=ADDRESS[ALICE])
        document = d.put(joins(BOB, secureDeviceAddress=ADDRESS[BOB]), BOB).json
        equal(stage(document), ("measuring", 1), name)
        for xuid in measured:
            update(d, xuid, measurements={document["members"]["1"]["deviceToken"]: {"latency": 1}})
        d.advance(21)
        document = d.get().json
        equal((stage(document), members(document)), wanted, name)
        for xuid in (ALICE, BOB):
            d.put({"members": {"me": None}}, xuid, match="*")


@case
def evaluating(d):
    """2.5 evaluating waits for initializationSucceeded, which acts at once and is not kept"""
    for value, wanted in ((True, (1, None)), (False, (1, "episode"))):
        equal(stage(create(d, {"externalEvaluation": True})), ("evaluating", 1))
        waiting = d.put(joins(BOB), BOB).json
        equal((stage(waiting), members(waiting)[BOB]), (("evaluating", 1), (None, None)), "BOB waits for the next episode")
        reply = succeeded(d, value)
        equal(reply.status, 200, reply.text)
        true("initializationSucceeded" not in reply.json["properties"]["system"])
        equal((stage(reply.json), members(reply.json)[BOB], members(reply.json)[ALICE]),
              (("evaluating", 2), (2, None), wanted))
        equal(d.put({"members": {"me": None}}, BOB, match="*").status, 200)
        d.put({"members": {"me": None}}, match="*")


@case
def evaluating_late(d):
    """2.9 nobody evaluates in time: all fail; initializationSucceeded is refused when nothing is evaluated"""
    create(d, {"externalEvaluation": True, "evaluationTimeout": 8000})
    d.advance(7)
    equal(stage(d.get().json), ("evaluating", 1))
    d.advance(2)
    document = d.get().json
    equal((stage(document), members(document)), (("failed", 1), {ALICE: (1, "episode")}))
    for value in (True, False):
        equal(succeeded(d, value).status, 400)
    equal(succeeded(d, "yes").status, 400)
    equal(d.get().json, document)


@case
def forever(d):
    """2.4 a timeout of null waits for ever, one of 0 not at all"""
    create(d, {"joinTimeout": None}, reserve=[BOB])
    d.advance(100000)
    equal((stage(d.get().json), list(members(d.get().json))), (("joining", 1), [ALICE, BOB]))
    equal(stage(d.put(joins(BOB), BOB).json), None)
    for xuid in (ALICE, BOB):
        d.put({"members": {"me": None}}, xuid, match="*")
    document = create(d, {"joinTimeout": 0}, reserve=[BOB])
    equal((stage(document), members(document)), (None, {ALICE: (1, None), BOB: (1, "timeout")}))


@case
def wrong_rules(d):
    """2.4 memberInitialization has its fields and types"""
    for rules in ({"more": 1}, {"joinTimeout": -1}, {"joinTimeout": "1"}, {"measurementTimeout": []}, {"externalEvaluation": 1},
                  {"evaluationTimeout": 5000}, {"membersNeededToStart": -1}, {"membersNeededToStart": 101}, [], "x", 1):
        equal(d.put({"constants": {"system": {"memberInitialization": rules}}, **me(ALICE)}).status, 400, rules)
    equal(d.get().status, 204)


run(Directory(binary()))
