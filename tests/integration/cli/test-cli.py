#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mpsessionctl against the real agent and directory: every command, every exit code, and a queue through kill -9."""
import json
import os
import signal
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from jeepney import MessageType, new_method_return

import harness
from harness import ALICE, BOB, SCID, check, equal, wait_until

SESSION = f"{SCID}/quickmatch/game"
NOTHING = "00000000-0000-4000-8000-00000000dead"
ID = "1c0ffee0-0000-4000-8000-000000000001"
CREATE = {"members": {"me": {"constants": {"system": {"xuid": ALICE}}, "properties": {"system": {"active": True}}}}}


def ctl(world, *arguments, status=0, input=None):
    """Runs mpsessionctl; its output and errors. A leak or a sanitizer's finding is another exit status."""
    code, output, errors = world.run(world.built("cli", "mpsessionctl"), *arguments, input=input)
    equal(code, status, f"exit status of {' '.join(arguments)}; {output}{errors}")
    return output, errors


def ctl_json(world, *arguments, status=0, input=None):
    output, _ = ctl(world, *arguments, "--json", status=status, input=input)
    return json.loads(output)


def write(world, document, *options, session=SESSION, mode="update-existing", account=ALICE, status=0):
    return ctl_json(world, "write", "--reference", session, "-", "--mode", mode, "--account", account, *options,
                    status=status, input=json.dumps(document))


def update(world, number, *options, **more):
    return write(world, {"properties": {"custom": {"n": number}}}, *options, **more)


def start_with_session(world):
    world.start()
    equal(write(world, CREATE, "--wait", mode="create-new")["outcome"], "applied")


def numbers(world):
    return [c["delta"]["properties"]["custom"]["n"] for c in world.commits() if "properties" in c["delta"]]


def follow(world, *arguments):
    """mpsessionctl in the background, its output as a file that grows."""
    return world.child([world.built("cli", "mpsessionctl"), *arguments], "ctl-" + arguments[0])


def test_no_agent(world):
    for command in (["status"], ["queue"], ["queue", "--shape"], ["show", NOTHING], ["cancel", NOTHING], ["show", "1c0f"],
                    ["explain", NOTHING], ["explain", "1c0f"]):
        output, errors = ctl(world, *command, status=3)
        equal(output, "", command)
        check("no agent is running" in errors and "next:" in errors, errors)
        check("error" in ctl_json(world, *command, status=3))
    ctl(world, "write", NOTHING, "-", "--mode", "create-new", status=3, input="{}")


def test_no_bus(world):
    env = dict(world.env, DBUS_SESSION_BUS_ADDRESS="unix:path=/nowhere/bus")
    for command in (["status"], ["explain", NOTHING]):
        code, _, errors = world.run(world.built("cli", "mpsessionctl"), *command, env=env)
        equal(code, 3)
        check("session bus" in errors, errors)
    code, output, errors = world.run(world.built("cli", "mpsessionctl"), "explain", "409", env=env)
    equal(code, 0, "a code needs no bus", errors)


def test_looking_starts_no_agent(world):
    world.start_directory()
    with open(os.path.join(world.services, "agent.service"), "w", encoding="utf-8") as file:
        file.write(f"[D-BUS Service]\nName={harness.NAME}\nExec={' '.join(world.agent_arguments())}\n")
    bus = world.connect()
    bus.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig", None, (), "org.freedesktop.DBus")
    ctl(world, "status", status=3)
    ctl(world, "queue", status=3)
    ctl(world, "explain", NOTHING, status=3)
    checks = {check["check"]: check for check in ctl_json(world, "doctor", status=3)["checks"]}
    equal(checks["activation"]["state"], "ok", checks)
    equal(checks["agent"]["state"], "warn", checks)
    equal(bus.owner(), None)


def test_usage(world):
    for arguments in (
        [], ["nonsense"], ["status", "extra"], ["show"], ["show", "xyz!"], ["show", "1c0"], ["show", ID.upper()],
        ["write", NOTHING], ["write", NOTHING, "-"], ["write", "a/b", "-", "--mode", "create-new"],
        ["write", NOTHING, "/nowhere/file", "--mode", "create-new"], ["get"], ["get", "a/b"], ["activity", NOTHING],
        ["activities", SCID], ["status", "--wait"], ["queue", "--mode", "x"], ["--nonsense"], ["queue", "--state"],
        ["explain"], ["explain", "409", "404"], ["explain", "409", "--shape"], ["doctor", "all"], ["doctor", "--anonymous"],
        ["write", NOTHING, "-", "--mode", "create-new", "--deadline", "soon"],
        ["write", NOTHING, "-", "--mode", "create-new", "--deadline", "0"],
        ["write", NOTHING, "-", "--mode", "create-new", "--deadline", "8d"],
        ["write", NOTHING, "-", "--mode", "create-new", "--title-id", "-1"],
        ["write", NOTHING, "-", "--mode", "create-new", "--title-id", "4294967296"],
        ["write", NOTHING, "-", "--mode", "create-new", "--id", "1"],
    ):
        _, errors = ctl(world, *arguments, status=2, input="{}")
        check(errors, arguments)
    check("mpsessionctl" in ctl(world, "--help")[0])
    check(ctl(world, "--version")[0].startswith("mpsessionctl "))


def test_status(world):
    world.start()
    output, _ = ctl(world, "status")
    check("online" in output and world.url in output, output)
    status = ctl_json(world, "status")
    equal(status["Connectivity"], "online")
    equal(status["Pid"], world.agent.pid)
    equal(status["DirectoryUrl"].rstrip("/"), world.url)


def test_write_and_get(world):
    start_with_session(world)
    output, _ = ctl(world, "write", "--reference", SESSION, "-", "--mode", "update-existing", "--account", ALICE, "--wait",
                    input='{"properties":{"custom":{"n":1}}}')
    check("applied (Updated, HTTP 200, 1 attempt)" in output, output)
    result = ctl_json(world, "get", SESSION, "--account", ALICE)
    equal(result["session"]["properties"]["custom"], {"n": 1})
    output, errors = ctl(world, "get", SESSION, "--account", ALICE)
    equal(json.loads(output)["changeNumber"], 2)
    check(result["etag"] in errors, errors)
    equal(update(world, 2, "--wait", "--etag", result["etag"], mode="synchronized-update")["outcome"], "applied")
    stale = update(world, 3, "--wait", "--etag", result["etag"], mode="synchronized-update", status=1)
    equal((stale["outcome"], stale["session"]["changeNumber"]), ("out-of-sync", 3))
    ctl(world, "get", f"{SCID}/quickmatch/none", "--account", ALICE, status=1)
    world.stop_agent()


def test_activity_and_handle(world):
    start_with_session(world)
    handle = ctl(world, "activity", SESSION, "--account", ALICE)[0].strip()
    output, _ = ctl(world, "activities", SCID, ALICE, "--account", BOB)
    check(handle in output and "1 of" in output, output)
    equal(ctl_json(world, "activities", SCID, ALICE, "--account", BOB)["activities"][0]["id"], handle)
    check("none of them" in ctl(world, "activities", SCID, BOB, "--account", BOB)[0])
    me = {"members": {"me": {"properties": {"custom": {"skin": "red"}}}}}
    path = world.path("document.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(me, file)
    equal(ctl_json(world, "write", handle, path, "--mode", "update-existing", "--account", ALICE, "--wait")["outcome"], "applied")
    member = ctl_json(world, "get", handle, "--account", ALICE)["session"]["members"]["0"]
    equal(member["properties"]["custom"], {"skin": "red"})


def test_answer_is_no(world):
    start_with_session(world)
    for arguments, document, name in (
        (["write", "nonsense", "-", "--mode", "create-new"], "{}", "InvalidHandle"),
        (["write", "--reference", f"{SCID}/../x", "-", "--mode", "create-new"], "{}", "InvalidReference"),
        (["write", NOTHING, "-", "--mode", "create-new"], "[]", "InvalidSession"),
        (["write", NOTHING, "-", "--mode", "create-new"], "{\0}", "InvalidSession"),
        (["write", NOTHING, "-", "--mode", "sometimes"], "{}", None),
        (["write", NOTHING, "-", "--mode", "synchronized-update"], "{}", "InvalidOption"),
        (["write", NOTHING, "-", "--mode", "create-new", "--durability", "high"], "{}", "InvalidOption"),
        (["write", NOTHING, "-", "--mode", "create-new"], json.dumps({"x": "y" * (1 << 20)}), "TooLarge"),
    ):
        answer = ctl_json(world, *arguments, "--account", ALICE, status=1, input=document)
        if name:
            equal(answer["error"], f"org.mpsession.Error.{name}", arguments)
        check(len(answer["message"]) > 10, answer)
    equal(ctl_json(world, "show", NOTHING, status=1)["error"], "org.mpsession.Error.NoSuchRequest")
    equal(ctl_json(world, "cancel", NOTHING, status=1)["error"], "org.mpsession.Error.NoSuchRequest")
    rejected = update(world, 1, "--wait", session=f"{SCID}/quickmatch/none", status=1)
    check(rejected["outcome"] != "applied", rejected)
    equal(len(world.commits()), 1)


def test_id_is_kept_and_reused(world):
    start_with_session(world)
    equal(update(world, 1, "--id", ID)["id"], ID)
    wait_until(lambda: ctl_json(world, "show", ID)["State"] == "done", "the write")
    update(world, 1, "--id", ID, "--wait")
    equal(numbers(world), [1])
    world.directory.stop()
    update(world, 2, "--id", ID[:-1] + "2")
    equal(update(world, 3, "--id", ID[:-1] + "2", status=1)["error"], "org.mpsession.Error.IdReused")


def test_queue_while_offline(world):
    start_with_session(world)
    check("the queue is empty" in ctl(world, "queue")[0])
    equal(ctl_json(world, "queue"), [])
    world.directory.stop()
    first, second = update(world, 1)["id"], update(world, 2)["id"]
    wait_until(lambda: ctl_json(world, "status")["Connectivity"] == "offline", "offline")
    output, _ = ctl(world, "queue")
    check("onnect" in output and "an earlier request for this session goes first" in output, output)
    rows = ctl_json(world, "queue")
    equal([row["Id"] for row in rows], [first, second])
    check("127.0.0.1" in rows[0]["LastError"], rows[0])
    equal(ctl_json(world, "queue", "--account", BOB), [])
    equal(ctl_json(world, "queue", "--state", "done"), [])
    ctl(world, "queue", "--state", "nonsense", status=1)
    for options in (["--anonymous"], ["--anonymous", "--shape"]):
        for told in (ctl(world, "queue", *options)[0], json.dumps(ctl_json(world, "queue", *options))):
            for secret in (first[:8], ALICE, SCID, SCID[:8], "game", "127.0.0.1"):
                check(secret not in told, secret, told)
    check("next attempt, after an error" in ctl(world, "queue", "--anonymous")[0])
    check(first in ctl(world, "show", first[:8])[0])
    equal(ctl_json(world, "show", first)["State"], "waiting")
    check("cancelled" in ctl(world, "cancel", second[:8])[0])
    equal(ctl_json(world, "cancel", second, status=1)["answer"], "too-late")
    equal(ctl_json(world, "show", second)["Result"]["outcome"], "cancelled")
    failed = update(world, 3, "--when-offline", "fail", "--wait", session=f"{SCID}/quickmatch/other", status=1)
    check(failed["outcome"] in ("cancelled", "expired", "rejected"), failed)
    expired = update(world, 4, "--deadline", "300ms", "--wait", session=f"{SCID}/quickmatch/third", status=1)
    equal((expired["outcome"], expired["applied"]), ("expired", "no"))
    world.restart_directory()
    wait_until(lambda: ctl_json(world, "show", first)["State"] == "done", "the first write")
    equal(numbers(world), [1])


def test_prefix_of_several(world):
    start_with_session(world)
    update(world, 1, "--id", ID)
    update(world, 2, "--id", ID[:-1] + "2")
    equal(ctl_json(world, "show", ID[:8], status=1)["error"], "ambiguous")
    ctl(world, "show", "fade", status=1)


def test_kill_9_and_delivered_once(world):
    start_with_session(world)
    world.directory.stop()
    waiting = follow(world, "write", "--reference", SESSION, write_file(world, 1), "--mode", "update-existing", "--account",
                     ALICE, "--wait", "--json")
    wait_until(lambda: len(ctl_json(world, "queue")) == 1, "the write in the queue")
    update(world, 2)
    world.agent.kill9()
    world.start_agent()
    equal(len(ctl_json(world, "queue")), 2)
    world.restart_directory()
    equal(waiting.wait(), 0, waiting.log())
    check('"outcome": "applied"' in waiting.log(), waiting.log())
    wait_until(lambda: len(world.commits()) == 3, "both commits")
    equal(numbers(world), [1, 2])
    world.stop_agent()


def write_file(world, number):
    path = world.path("update.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"properties": {"custom": {"n": number}}}, file)
    return path


def test_get_through_a_restart(world):
    start_with_session(world)
    world.directory.stop()
    reading = follow(world, "get", SESSION, "--account", ALICE, "--json")
    wait_until(lambda: len(ctl_json(world, "queue")) == 1, "the read in the queue")
    world.agent.kill9()
    world.start_agent()
    world.restart_directory()
    equal(reading.wait(), 0, reading.log())
    check('"changeNumber": 1' in reading.log(), reading.log())


def test_forged_completed_is_not_taken(world):
    start_with_session(world)
    world.directory.stop()
    waiting = follow(world, "write", "--reference", SESSION, write_file(world, 1), "--mode", "update-existing", "--account",
                     ALICE, "--wait", "--json", "--id", ID)
    owner = wait_until(lambda: next((row["Owner"] for row in ctl_json(world, "queue")), None), "the write in the queue")
    path = f"{harness.ROOT}/request/{ID.replace('-', '_')}"
    forger = world.connect()
    forger.send_signal(owner, path, harness.REQUEST_IFACE, "Completed", "a{sv}", ({"outcome": ("s", "applied"),
                                                                                  "message": ("s", "forged")},))
    forger.seen("Completed")
    world.restart_directory()
    equal(waiting.wait(), 0, waiting.log())
    check("forged" not in waiting.log() and '"http-status": 200' in waiting.log(), waiting.log())


def test_monitor(world):
    start_with_session(world)
    told = follow(world, "monitor", "--json")
    wait_until(lambda: '"present"' in told.log(), "monitor's first line")
    world.directory.stop()
    made = update(world, 1)["id"]
    wait_until(lambda: '"event":"waiting"' in told.log() and '"event":"offline"' in told.log(), "waiting")
    world.restart_directory()
    wait_until(lambda: '"event":"done"' in told.log(), "done")
    world.stop_agent()
    wait_until(lambda: '"event":"stopped"' in told.log(), "stopped")
    world.start_agent()
    wait_until(lambda: '"event":"started"' in told.log(), "started")
    told.process.send_signal(signal.SIGINT)
    equal(told.wait(), 0, told.log())
    events = [json.loads(line) for line in told.log().splitlines()]
    mine = [event["event"] for event in events if event.get("id") == made]
    equal((mine[0], mine[-1]), ("added", "done"))
    done = next(event for event in events if event["event"] == "done" and event["id"] == made)
    equal(done["request"]["Result"]["outcome"], "applied")
    check("session" not in done["request"]["Result"], "a document in the monitor")


def test_monitor_for_people(world):
    told = follow(world, "monitor")
    wait_until(lambda: "no agent is running" in told.log(), "the first line")
    start_with_session(world)
    wait_until(lambda: "added" in told.log() and "removed" in told.log(), "the write")
    told.process.send_signal(signal.SIGTERM)
    equal(told.wait(), 0, told.log())


def test_completed_goes_to_the_waiting_connection_alone(world):
    start_with_session(world)
    other = world.connect()
    other.match(f"type='signal',interface='{harness.REQUEST_IFACE}'")
    other.match(f"type='signal',interface='{harness.IFACE}'")
    equal(update(world, 1, "--wait")["outcome"], "applied")
    other.wait_signal(lambda m: harness.field(m, "member") == "RequestRemoved")
    equal(other.seen("Completed"), [])


# ---- Shape

def test_shape(world):
    start_with_session(world)
    output, _ = ctl(world, "queue", "--shape")
    check(output.splitlines()[1].split()[:2] == ["TOTAL", "0"], output)
    world.directory.stop()
    for number in range(3):
        update(world, number)
    update(world, 3, session=f"{SCID}/quickmatch/other")
    ctl(world, "write", NOTHING, "-", "--mode", "update-existing", "--account", BOB, input="{}")
    shape = ctl_json(world, "queue", "--shape")
    equal(shape["ages-sec"], [30 << i for i in range(9)])
    equal([(row["target"], row["total"], sum(row["ages"])) for row in shape["rows"]],
          [("TOTAL", 5, 5), (SESSION, 3, 3), (f"{SCID}/quickmatch/other", 1, 1), (NOTHING, 1, 1)])
    equal(shape["rows"][1]["ages"][0], 3, "they are young")
    lines = ctl(world, "queue", "--shape")[0].splitlines()
    equal(lines[0].split(), ["TARGET", "TOTAL", "30s", "1m", "2m", "4m", "8m", "16m", "32m", "64m", "128m", "128m+"])
    equal([line.split()[0:2] for line in lines[1:3]], [["TOTAL", "5"], [f"{SCID[:8]}…/quickmatch/game", "3"]])
    check(lines[4].startswith("handle 00000000…"), lines)
    equal(ctl_json(world, "queue", "--shape", "--account", BOB)["rows"][0]["total"], 1)
    equal(ctl_json(world, "queue", "--shape", "--state", "done")["rows"][0]["total"], 0)


# ---- Explain

def test_explain_a_request(world):
    start_with_session(world)
    world.directory.stop()
    update(world, 1, "--id", ID)
    wait_until(lambda: ctl_json(world, "show", ID)["State"] == "waiting", "the first attempt")
    output, _ = ctl(world, "explain", ID[:8])
    lines = output.splitlines()
    equal(lines[0], ID)
    check("accepted: write-session (update-existing)" in lines[1] and SESSION in lines[1], output)
    check("now: the directory cannot be reached" in lines[-1] and "127.0.0.1" in lines[-1], output)
    told = ctl_json(world, "explain", ID)
    equal(told["id"], ID)
    equal((told["story"][0]["event"], told["story"][-1]["event"]), ("accepted", "now"))
    equal(told["story"][0]["since-accepted-usec"], 0)
    check(told["story"][-1]["since-accepted-usec"] >= 0, told)
    world.restart_directory()
    wait_until(lambda: ctl_json(world, "show", ID)["State"] == "done", "the end")
    check("done: applied, HTTP 200, 1 attempt" in ctl(world, "explain", ID)[0])
    # Whoever waits for it takes its result; the story stays.
    update(world, 1, "--id", ID, "--wait")
    told = ctl_json(world, "explain", ID)["story"]
    equal((told[0]["event"], told[-2]["event"], told[-1]["event"]), ("accepted", "done", "acknowledged"))
    check("acknowledged" not in ctl(world, "explain", ID)[0].splitlines()[1])
    world.agent.kill9()
    world.start_agent()
    equal(ctl_json(world, "explain", ID)["story"], told, "the next agent tells the same")
    equal(ctl_json(world, "explain", NOTHING, status=1)["error"], "org.mpsession.Error.NoSuchRequest")
    _, errors = ctl(world, "explain", "fade", status=1)
    check("no request begins" in errors, errors)
    world.stop_agent()


def test_explain_a_request_that_failed(world):
    start_with_session(world)
    update(world, 1, "--id", ID, session=f"{SCID}/nosuch/game")
    wait_until(lambda: ctl_json(world, "show", ID)["State"] == "done", "the end")
    error = ctl_json(world, "show", ID)["Result"]["error"]
    output, _ = ctl(world, "explain", ID)
    check(f"{error}: error of a result" in output and "next" in output, "its error is explained at once", output)


def test_explain_a_code(world):
    output, errors = ctl(world, "explain", "409")
    check("contradicts" in output and "rejected" in output and "next" in output, output)
    equal(errors, "")
    for code in ("no-answer", "QuotaExceeded", "org.mpsession.Error.QuotaExceeded", "unknown", "0x80190199", "agent-lost"):
        check(ctl(world, "explain", code)[0].count("means") >= 1, code)
    equal(len(ctl_json(world, "explain", "rejected")), 2)
    meaning = ctl_json(world, "explain", "429")[0]
    equal((meaning["code"], meaning["kind"]), ("429", "HTTP status of the directory"))
    check(meaning["then"] and meaning["next"], meaning)
    check("as any 4xx" in ctl(world, "explain", "418")[0])
    for unknown in ("nonsense", "999", "40", "-1x"):
        arguments = ["explain", "--", unknown] if unknown.startswith("-") else ["explain", unknown]
        output, errors = ctl(world, *arguments, status=1)
        check("409" in output and "no-answer" in output and "QuotaExceeded" in output, "the list", output)
        check("known" in errors, errors)
    told = ctl_json(world, "explain", "nonsense", status=1)
    equal(told["error"], "unknown-code")
    check("409" in told["known"] and "no-answer" in told["known"], told)


# ---- What was put aside

def test_status_tells_what_was_put_aside(world):
    start_with_session(world)
    for number in range(3):
        update(world, number, "--wait")
    update(world, 4, "--id", ID)
    wait_until(lambda: ctl_json(world, "show", ID)["State"] == "done", "the write")
    status = ctl_json(world, "status")
    equal((status["Quarantined"], status["MovedAside"]), (0, 0))
    check("put aside" not in ctl(world, "status")[0])
    world.stop_agent()
    damage(world)
    world.start_agent()
    output, _ = ctl(world, "status")
    check("1 record of the queue that could not be read, 1 at this start" in output and "next:" in output, output)
    check(f"{world.state}/queue.db" in output, output)
    checks = doctor(world)
    equal(checks["quarantine"]["state"], "warn", checks)
    world.stop_agent()
    world.start_agent()
    output, _ = ctl(world, "status")
    check("1 record of the queue that could not be read, 0 at this start" in output, "of an earlier start too", output)
    world.stop_agent()
    with open(os.path.join(world.state, "queue.db"), "r+b") as file:
        file.write(b"this is no database " * 50)
    world.start_agent()
    output, _ = ctl(world, "status")
    check("moved aside   1 queue" in output and "queue.db.corrupt-" in output and "next:" in output, output)
    equal(ctl_json(world, "status")["MovedAside"], 1)
    world.stop_agent()


def damage(world):
    with sqlite3.connect(os.path.join(world.state, "queue.db")) as database:
        database.execute("UPDATE request SET kind=9999 WHERE sequence=(SELECT max(sequence) FROM request)")
    database.close()


# ---- Doctor

def doctor(world, status=0, env=None):
    """What it finds, by the name of the check (of several the last)."""
    code, output, errors = world.run(world.built("cli", "mpsessionctl"), "doctor", "--json", env=env or world.env)
    equal(code, status, f"exit status of doctor; {output}{errors}")
    checks = json.loads(output)["checks"]
    for check_ in checks:
        check(check_["state"] in ("ok", "warn", "fail", "skip") and check_["text"], check_)
        check((check_["state"] in ("warn", "fail")) == ("fix" in check_), "a fix for each trouble, and for nothing else", check_)
    return {check_["check"]: check_ for check_ in checks}


def states(checks):
    return {name: check_["state"] for name, check_ in checks.items()}


def test_doctor_of_an_agent_that_is_well(world):
    install(world)
    start_with_session(world)
    checks = doctor(world)
    for name in ("bus", "activation", "sandbox", "agent", "store", "disk", "route", "name", "directory", "clock", "health",
                 "limiter", "quarantine"):
        equal(checks[name]["state"], "ok", name, checks)
    check(world.kind.split("-")[1] in checks["bus"]["text"] and world.address in checks["bus"]["text"], checks["bus"])
    check(f"process {world.agent.pid}" in checks["agent"]["text"], checks["agent"])
    check(world.state in checks["store"]["text"] and "format 3" in checks["store"]["text"], checks["store"])
    check(world.url in checks["directory"]["text"], checks["directory"])
    output, errors = ctl(world, "doctor")
    equal(errors, "")
    check(output.splitlines()[0].startswith("ok    bus") and "all is well" in output, output)
    # It looked without a token, and made nothing.
    asked = [request for request in world.requests() if request["method"] == "HEAD"]
    check(asked and all(not request["xuid"] for request in asked), asked)
    equal(len(world.commits()), 1)
    world.stop_agent()


def install(world):
    """An activation file where the bus looks, with a program that is there."""
    with open(os.path.join(world.services, f"{harness.NAME}.service"), "w", encoding="utf-8") as file:
        file.write(f"[D-BUS Service]\nName={harness.NAME}\nExec={world.built('daemon', 'mpsessiond')}\n")
    bus = world.connect()
    bus.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig", None, (), "org.freedesktop.DBus")


def test_doctor_without_an_agent(world):
    # Nothing is installed, and nothing runs.
    world.start_directory()
    config(world, f"[Directory]\nUrl={world.url}\n")
    checks = doctor(world, status=3)
    equal(states(checks)["bus"], "ok")
    equal((states(checks)["activation"], states(checks)["agent"]), ("fail", "fail"), checks)
    equal((states(checks)["disk"], states(checks)["directory"], states(checks)["clock"]), ("ok", "ok", "ok"), checks)
    check("store" not in checks and "limiter" not in checks, "only an agent knows", checks)
    # It would be started: then none is needed.
    install(world)
    checks = doctor(world, status=3)
    equal((states(checks)["activation"], states(checks)["agent"]), ("ok", "warn"), checks)
    equal(world.connect().owner(), None, "doctor starts nothing")


def config(world, text):
    os.makedirs(world.path("config", "mpsession"), exist_ok=True)
    with open(world.path("config", "mpsession", "agent.conf"), "w", encoding="utf-8") as file:
        file.write(text)


def test_doctor_without_a_bus(world):
    world.start_directory()
    config(world, f"[Directory]\nUrl={world.url}\n")
    for env in (dict(world.env, DBUS_SESSION_BUS_ADDRESS="unix:path=/nowhere/bus"),
                {key: value for key, value in world.env.items() if key not in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}):
        checks = doctor(world, status=3, env=env)
        equal((states(checks)["bus"], states(checks)["activation"], states(checks)["agent"]), ("fail", "skip", "skip"), checks)
        equal(states(checks)["directory"], "ok", checks)
        code, output, _ = world.run(world.built("cli", "mpsessionctl"), "doctor", env=env)
        equal(code, 3)
        check("fail  bus" in output and "fix: " in output, output)


def test_doctor_of_an_activation_file_that_is_wrong(world):
    world.start_directory()
    config(world, f"[Directory]\nUrl={world.url}\n")
    services = world.path("data", "dbus-1", "services")
    os.makedirs(services)
    path = os.path.join(services, f"{harness.NAME}.service")
    env = dict(world.env, XDG_DATA_DIRS=world.path("data"))
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"[D-BUS Service]\nName={harness.NAME}\nExec=/nowhere/mpsessiond --x\n")
    checks = doctor(world, status=3, env=env)
    check("the bus does not know" in checks["activation"]["text"] and path in checks["activation"]["text"], checks)
    install(world)
    checks = doctor(world, status=3, env=env)
    equal(checks["activation"]["state"], "fail", checks)
    check("/nowhere/mpsessiond, which cannot be run" in checks["activation"]["text"], checks)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"[D-BUS Service]\nName={harness.NAME}\nExec={world.built('daemon', 'mpsessiond')}\n")
    checks = doctor(world, status=3, env=env)
    equal((checks["activation"]["state"], checks["activation"]["text"]), ("ok", path))


def test_doctor_when_the_directory_is_away(world):
    start_with_session(world)
    world.directory.stop()
    update(world, 1)
    wait_until(lambda: ctl_json(world, "status")["Connectivity"] == "offline", "offline")
    checks = doctor(world, status=1)
    equal((states(checks)["directory"], states(checks)["health"], states(checks)["clock"]), ("fail", "fail", "skip"), checks)
    check("onnect" in checks["directory"]["text"], checks)
    check("127.0.0.1" in checks["health"]["text"] and "tried again" in checks["health"]["text"], checks)
    output, _ = ctl(world, "doctor", status=1)
    check("fail  directory" in output and "2 to mend" in output, output)
    world.stop_agent()


def test_doctor_when_an_account_has_to_wait(world):
    start_with_session(world)
    world.fault("F7", method="PUT", count=1)
    update(world, 1)
    wait_until(lambda: ctl_json(world, "status")["Connectivity"] == "limited", "limited")
    checks = doctor(world)
    equal((states(checks)["limiter"], states(checks)["health"]), ("warn", "warn"), checks)
    check(ALICE in checks["limiter"]["text"] and "said to wait" in checks["limiter"]["text"], checks)
    world.stop_agent()


def test_doctor_of_a_silent_agent(world):
    start_with_session(world)
    world.agent.process.send_signal(signal.SIGSTOP)
    try:
        checks = doctor(world, status=1)
    finally:
        world.agent.process.send_signal(signal.SIGCONT)
    equal(states(checks)["agent"], "fail", checks)
    check("does not answer" in checks["agent"]["text"] and str(world.agent.pid) in checks["agent"]["text"], checks)
    world.stop_agent()


def test_doctor_of_a_clock_that_is_wrong(world):
    world.start_directory()
    world.control("POST", "clock", {"advance": 100})
    world.start_agent()
    checks = doctor(world)
    equal(checks["clock"]["state"], "warn", checks)
    check("behind the directory" in checks["clock"]["text"], checks)
    world.control("POST", "clock", {"advance": 900})
    checks = doctor(world, status=1)
    equal(checks["clock"]["state"], "fail", checks)
    world.stop_agent()


def test_doctor_of_addresses_that_lead_nowhere(world):
    config(world, "[Directory]\nUrl=https://no-such-host.invalid\n")
    checks = doctor(world, status=3)
    equal((states(checks)["name"], states(checks)["directory"]), ("fail", "fail"), checks)
    check("no-such-host.invalid" in checks["name"]["text"], checks)
    config(world, "[Directory]\nUrl=http://example.org\n")
    checks = doctor(world, status=3)
    check("no address that the agent would use" in checks["directory"]["text"], checks)
    check("name" not in checks, checks)


class TimeService:
    """Something that answers for org.freedesktop.timedate1 on a bus of its own."""

    def __init__(self, world, synchronized):
        self.connection = world.connect()
        self.connection.request_name("org.freedesktop.timedate1")
        self.synchronized = synchronized

    def serve(self, child):
        while child.process.poll() is None:
            try:
                message = self.connection.raw.receive(timeout=0.05)
            except TimeoutError:
                continue
            if message.header.message_type == MessageType.method_call and harness.field(message, "member") == "Get":
                self.connection.raw.send_message(new_method_return(message, "v", (("b", self.synchronized),)))


def test_doctor_asks_the_time_service_that_is_there(world):
    world.start_directory()
    world.start_agent()
    check("time" not in doctor(world), "there is no system bus")
    # The session's bus in the place of the system's: the service does not run there, and is not started.
    world.env["DBUS_SYSTEM_BUS_ADDRESS"] = world.address
    marker = world.path("started")
    with open(os.path.join(world.services, "timedate1.service"), "w", encoding="utf-8") as file:
        file.write(f"[D-BUS Service]\nName=org.freedesktop.timedate1\nExec=/usr/bin/touch {marker}\n")
    bus = world.connect()
    bus.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig", None, (), "org.freedesktop.DBus")
    check("time" not in doctor(world), "it does not run")
    check(not os.path.exists(marker), "it was started")
    for synchronized, state in ((True, "ok"), (False, "warn")):
        service = TimeService(world, synchronized)
        child = world.child([world.built("cli", "mpsessionctl"), "doctor", "--json"], f"doctor-{state}")
        service.serve(child)
        equal(child.wait(), 0, child.log())
        equal([row["state"] for row in json.loads(child.log())["checks"] if row["check"] == "time"], [state], child.log())
        service.connection.close()
        world.connections.remove(service.connection)
    world.stop_agent()


def test_in_a_sandbox(world):
    """A Flatpak's view: its own requests, no facts, and doctor says so."""
    start_with_session(world)
    update(world, 1, "--id", ID, "--wait")
    info = world.path("flatpak-info")
    with open(info, "w", encoding="utf-8") as file:
        file.write("[Application]\nname=org.example.Game\n\n[Instance]\ninstance-id=1\n")
    box = ["bwrap", "--die-with-parent", "--unshare-pid", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink",
           "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--bind",
           world.folder, world.folder, "--ro-bind", harness.BUILD, harness.BUILD, "--ro-bind", info, "/.flatpak-info",
           world.built("cli", "mpsessionctl")]
    code, output, errors = world.run(*box, "doctor", "--json")
    equal(code, 0, output, errors)
    checks = {row["check"]: row for row in json.loads(output)["checks"]}
    equal((checks["sandbox"]["state"], checks["facts"]["state"], checks["agent"]["state"]), ("warn", "skip", "ok"), checks)
    check("store" not in checks, checks)
    code, output, _ = world.run(*box, "explain", ID)
    equal((code, output), (1, ""), "another's request is not there")
    code, output, errors = world.run(*box, "status", "--json")
    equal(code, 0, errors)
    check("Quarantined" not in json.loads(output), output)
    world.stop_agent()


def test_doctor_over_tls(world):
    key, certificate = world.path("key.pem"), world.path("cert.pem")
    code, _, errors = world.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                                "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                                "-out", certificate)
    equal(code, 0, errors)
    world.start_directory("--tls", certificate, key)
    config(world, f"[Directory]\nUrl={world.url}\n")
    checks = doctor(world, status=3)
    equal(checks["directory"]["state"], "fail", checks)
    check("CaFile=" in checks["directory"]["fix"], checks)
    config(world, f"[Directory]\nUrl={world.url}\nCaFile={certificate}\n")
    checks = doctor(world, status=3)
    equal(checks["directory"]["state"], "ok", checks)
    check("over TLS" in checks["directory"]["text"], checks)
    # The agent's own settings win over what the file says now.
    world.start_agent()
    config(world, "[Directory]\nUrl=https://no-such-host.invalid\n")
    checks = doctor(world)
    equal(checks["directory"]["state"], "ok", checks)
    world.stop_agent()


def test_doctor_of_a_full_disk(world):
    world.start_directory()
    filler = world.start_agent_on_small_disk()
    connection = world.connect()
    equal(write(world, CREATE, "--wait", mode="create-new")["outcome"], "applied")
    checks = doctor(world)
    equal((states(checks)["store"], states(checks)["disk"]), ("ok", "warn"), "it is a small disk", checks)
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    large = {"properties": {"custom": {"x": "y" * 900_000}}}
    equal(write(world, large, status=1)["error"], "org.mpsession.Error.StoreFailed")
    checks = doctor(world, status=1)
    equal(checks["store"]["state"], "fail", checks)
    check("No space" in checks["store"]["text"] and "only 0 MiB" in checks["disk"]["text"], checks)
    check("cannot be written: No space" in ctl(world, "status")[0])
    os.unlink(filler)
    equal(write(world, large, "--wait")["outcome"], "applied")
    equal(states(doctor(world))["store"], "ok", "it is over")
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
