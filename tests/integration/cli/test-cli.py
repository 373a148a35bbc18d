#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mpsessionctl against the real agent and directory: every command, every exit code, and a queue through kill -9."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
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
    for command in (["status"], ["queue"], ["show", NOTHING], ["cancel", NOTHING], ["show", "1c0f"]):
        output, errors = ctl(world, *command, status=3)
        equal(output, "", command)
        check("no agent is running" in errors and "next:" in errors, errors)
        check("error" in ctl_json(world, *command, status=3))
    ctl(world, "write", NOTHING, "-", "--mode", "create-new", status=3, input="{}")


def test_no_bus(world):
    env = dict(world.env, DBUS_SESSION_BUS_ADDRESS="unix:path=/nowhere/bus")
    code, _, errors = world.run(world.built("cli", "mpsessionctl"), "status", env=env)
    equal(code, 3)
    check("session bus" in errors, errors)


def test_looking_starts_no_agent(world):
    world.start_directory()
    with open(os.path.join(world.services, "agent.service"), "w", encoding="utf-8") as file:
        file.write(f"[D-BUS Service]\nName={harness.NAME}\nExec={' '.join(world.agent_arguments())}\n")
    bus = world.connect()
    bus.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig", None, (), "org.freedesktop.DBus")
    ctl(world, "status", status=3)
    ctl(world, "queue", status=3)
    equal(bus.owner(), None)


def test_usage(world):
    for arguments in (
        [], ["nonsense"], ["status", "extra"], ["show"], ["show", "xyz!"], ["show", "1c0"], ["show", ID.upper()],
        ["write", NOTHING], ["write", NOTHING, "-"], ["write", "a/b", "-", "--mode", "create-new"],
        ["write", NOTHING, "/nowhere/file", "--mode", "create-new"], ["get"], ["get", "a/b"], ["activity", NOTHING],
        ["activities", SCID], ["status", "--wait"], ["queue", "--mode", "x"], ["--nonsense"], ["queue", "--state"],
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
    for shape in (ctl(world, "queue", "--shape")[0], json.dumps(ctl_json(world, "queue", "--shape"))):
        for secret in (first[:8], ALICE, SCID, "game", "127.0.0.1"):
            check(secret not in shape, secret, shape)
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


if __name__ == "__main__":
    harness.main()
