#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The contract on the bus, as the running agent keeps it."""
import os
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, BOB, IFACE, NAME, REQUEST_IFACE, ROOT, SCID, check, equal, expect_error, field, plain, variants, write_by_handle


def members(interface):
    """What an interface's XML says, comparable."""
    told = {}
    for member in interface:
        if member.tag == "annotation":
            continue
        arguments = [(a.get("name"), a.get("type"), a.get("direction", "in" if member.tag == "method" else None))
                     for a in member.findall("arg")]
        emits = [a.get("value") for a in member.findall("annotation")
                 if a.get("name") == "org.freedesktop.DBus.Property.EmitsChangedSignal"]
        told[(member.tag, member.get("name"))] = {
            "arguments": [(n, t, d if d != "out" or member.tag == "method" else None) for n, t, d in arguments],
            "type": member.get("type"),
            "access": member.get("access"),
            "emits": (emits or ["true"])[0] if member.tag == "property" else None,
        }
    return told


def written(name):
    tree = ElementTree.parse(os.path.join(harness.SOURCE, "ipc", f"{name}.xml"))
    return members(next(i for i in tree.getroot().iter("interface") if i.get("name") == name))


def told(connection, path, name):
    xml = connection.call(path, "org.freedesktop.DBus.Introspectable", "Introspect")[0]
    return members(next(i for i in ElementTree.fromstring(xml).iter("interface") if i.get("name") == name))


def compare(is_, wanted, name):
    equal(sorted(is_), sorted(wanted), f"members of {name}")
    for member, shape in wanted.items():
        equal(is_[member], shape, name, member)


def test_introspection_is_the_xml(world):
    connection = world.start()
    compare(told(connection, ROOT, IFACE), written(IFACE), IFACE)
    world.create_session(connection)
    path = connection.root("ListRequests", "a{sv}", {})[0][0]
    compare(told(connection, path, REQUEST_IFACE), written(REQUEST_IFACE), REQUEST_IFACE)
    world.stop_agent()


def test_a_write_by_handle_end_to_end(world):
    connection = world.start()
    handle = world.create_handle(connection)
    bob = world.connect()
    path = write_by_handle(bob, handle, {"members": {"me": {"constants": {"system": {"xuid": BOB}},
                                                           "properties": {"system": {"active": True}}}}}, account=BOB)
    result = bob.wait_completed(path)
    equal(result["outcome"], "applied")
    equal(result["applied"], "yes")
    equal(result["write-status"], "Updated")
    equal(result["http-status"], 200)
    equal(result["session-reference"], (SCID, "quickmatch", "game"))
    check(BOB in result["session"], "the document is the session's")
    properties = bob.properties(path)
    equal(properties["State"], "done")
    equal(properties["Kind"], "write-session-by-handle")
    equal(properties["Target"], handle)
    equal(properties["Account"], BOB)
    equal(properties["Owner"], bob.name)
    equal(properties["Attempts"], 1)
    check(properties["Deadline"] > properties["AcceptedAt"] > 1.6e15, "times are of the epoch")
    equal([commit["xuid"] for commit in world.commits()], [ALICE, BOB])
    world.stop_agent()


def test_completed_goes_to_its_owner_alone(world):
    connection = world.start()
    other = world.connect()
    other.match("type='signal',interface='org.mpsession.Agent1.Request'")
    world.create_session(connection)
    equal(other.seen("Completed"), [], "another connection got a completion")
    world.stop_agent()


def test_added_and_removed_are_told_to_all(world):
    connection = world.start()
    other = world.connect()
    other.match(f"type='signal',interface='{IFACE}'")
    path = connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", "g", "create-new", '{"members":{"me":{}}}',
                           variants(account=ALICE))
    equal(other.wait_signal(lambda m: field(m, "member") == "RequestAdded").body, (path,))
    connection.wait_completed(path)
    connection.request(path, "Acknowledge")
    equal(other.wait_signal(lambda m: field(m, "member") == "RequestRemoved").body, (path,))
    expect_error("NoSuchRequest", connection.request, path, "GetResult")
    world.stop_agent()


def test_results_attach_and_acknowledge(world):
    world.start_directory()
    world.start_agent()
    world.fault("F1", method="PUT", count=1)
    connection = world.connect()
    path = connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", "g", "create-new", '{"members":{"me":{}}}',
                           variants(account=ALICE, id="0b9a4c1e-0000-4000-8000-00000000abcd"))
    equal(path, f"{ROOT}/request/0b9a4c1e_0000_4000_8000_00000000abcd", "the path is known before the call")
    expect_error("NotDone", connection.request, path, "GetResult")
    expect_error("NotDone", connection.request, path, "Acknowledge")
    stranger = world.connect()
    expect_error("AccessDenied", stranger.request, path, "Attach")
    connection.close()
    world.connections.remove(connection)
    harness.wait_until(lambda: stranger.properties(path)["Owner"] == "", "the owner is gone")
    stranger.request(path, "Attach")
    equal(stranger.properties(path)["Owner"], stranger.name)
    result = stranger.wait_completed(path, 60)
    equal(result["outcome"], "applied", result)
    equal(stranger.result(path)["outcome"], "applied")
    stranger.request(path, "Attach")
    equal(stranger.wait_completed(path)["outcome"], "applied", "Attach repeats it")
    stranger.request(path, "Acknowledge")
    again = stranger.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", "g", "create-new", '{"members":{"me":{}}}',
                          variants(account=ALICE, id="0b9a4c1e-0000-4000-8000-00000000abcd"))
    equal(again, path)
    equal(stranger.wait_completed(path)["outcome"], "applied", "a remembered id tells its outcome")
    equal(len(world.commits()), 1, "and sends nothing")
    world.stop_agent()


def test_the_same_id_is_the_same_request(world):
    connection = world.start()
    arguments = (SCID, "quickmatch", "g", "create-new", '{"members":{"me":{}}}')
    options = variants(account=ALICE, id="0b9a4c1e-0000-4000-8000-000000000001")
    path = connection.root("WriteSession", "sssssa{sv}", *arguments, options)
    equal(connection.root("WriteSession", "sssssa{sv}", *arguments, options), path)
    expect_error("IdReused", connection.root, "WriteSession", "sssssa{sv}", *arguments[:4], '{"members":{}}', options)
    connection.wait_completed(path)
    equal(len(world.commits()), 1)
    world.stop_agent()


def test_bad_arguments_are_named(world):
    connection = world.start()
    handle = "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001"
    good = '{"members":{"me":null}}'

    def by_handle(*, handle=handle, mode="update-existing", session=good, **options):
        options.setdefault("account", ALICE)
        return lambda: connection.root("WriteSessionByHandle", "sssa{sv}", handle, mode, session, variants(**options))

    def by_reference(scid=SCID, template="quickmatch", name="g"):
        return lambda: connection.root("WriteSession", "sssssa{sv}", scid, template, name, "create-new", good,
                                       variants(account=ALICE))

    expect_error("InvalidHandle", by_handle(handle="nonsense"))
    expect_error("InvalidHandle", by_handle(handle=""))
    expect_error("InvalidHandle", by_handle(handle="00000000-0000-0000-0000-000000000000"))
    expect_error("InvalidHandle", by_handle(handle=handle + "/../x"))
    for name in ("..", ".", "a/b", "a%2fb", "", "x" * 100, "a b", "ä"):
        expect_error("InvalidReference", by_reference(name=name))
        expect_error("InvalidReference", by_reference(template=name))
    expect_error("InvalidReference", by_reference(scid="not-a-guid"))
    expect_error("InvalidSession", by_handle(session="[]"))
    expect_error("InvalidSession", by_handle(session="{"))
    expect_error("InvalidSession", by_handle(session=""))
    check("propertes" in expect_error("InvalidSession", by_handle(session='{"propertes":{}}')), "the member is named")
    expect_error("InvalidSession", by_handle(session='{"properties":' + "[" * 70 + "]" * 70 + "}"))
    expect_error("TooLarge", by_handle(session='{"properties":{"custom":{"a":"' + "x" * (1024 * 1024) + '"}}}'))
    expect_error("InvalidOption", by_handle(mode="sideways"))
    expect_error("InvalidOption", by_handle(mode="synchronized-update"))
    check("dedline" in expect_error("InvalidOption", by_handle(dedline=1000000)), "the option is named")
    check("etag" in expect_error("InvalidOption", by_handle(etag=("u", 5))), "the option of a wrong type is named")
    expect_error("InvalidOption", by_handle(deadline_usec=0))
    expect_error("InvalidOption", by_handle(deadline_usec=8 * 24 * 3600 * 1000000))
    expect_error("InvalidOption", by_handle(deadline_usec=1000000, deadline_boottime_usec=1000000))
    expect_error("InvalidOption", by_handle(when_offline="never"))
    expect_error("InvalidOption", by_handle(durability="steel"))
    expect_error("InvalidOption", by_handle(id="not-a-uuid"))
    expect_error("InvalidOption", lambda: connection.root("WriteSessionByHandle", "sssa{sv}", handle, "update-existing", good, {}))
    expect_error("NeedsSignIn", by_handle(account="2533274900000099"))
    expect_error("NoSuchRequest", connection.request, f"{ROOT}/request/0b9a4c1e_0000_4000_8000_00000000abcd", "GetResult")
    equal(connection.root("ListRequests", "a{sv}", {}), [], "nothing was accepted")
    equal(world.requests(), [], "nothing was sent")
    world.stop_agent()


def test_reads_and_activities(world):
    connection = world.start()
    handle = world.create_handle(connection)
    path = connection.root("GetSessionByHandle", "sa{sv}", handle, variants(account=BOB))
    result = connection.wait_completed(path)
    equal(result["outcome"], "applied")
    equal(result["session-reference"], (SCID, "quickmatch", "game"))
    check(result["etag"], "a read tells the version")
    path = connection.root("GetSession", "sssa{sv}", SCID, "quickmatch", "nothing-here", variants(account=BOB))
    equal(connection.wait_completed(path)["error"], "no-session")
    path = connection.root("GetActivities", "sasa{sv}", SCID, [ALICE, BOB], variants(account=BOB))
    result = connection.wait_completed(path)
    check(handle in result["activities"], result)
    world.stop_agent()


def test_list_requests_filters(world):
    world.start_directory()
    world.start_agent()
    connection = world.connect()
    for name in ("a", "b", "c"):
        world.create_session(connection, name)
    rows = connection.root("ListRequests", "a{sv}", {})
    equal([plain(row)["Target"][-1] for _, row in rows], ["a", "b", "c"])
    equal(len(connection.root("ListRequests", "a{sv}", variants(limit=2))), 2)
    first = plain(rows[0][1])["Id"]
    equal([plain(row)["Target"][-1] for _, row in connection.root("ListRequests", "a{sv}", variants(after=first))], ["b", "c"])
    equal(connection.root("ListRequests", "a{sv}", variants(state="queued")), [])
    equal(len(connection.root("ListRequests", "a{sv}", variants(state="done", account=ALICE))), 3)
    expect_error("InvalidOption", connection.root, "ListRequests", "a{sv}", variants(stat="done"))
    world.stop_agent()


def test_a_synchronized_update_out_of_sync_brings_the_session(world):
    connection = world.start()
    first = world.create_session(connection, custom={"n": 1})
    arguments = (SCID, "quickmatch", "game", "synchronized-update")
    path = connection.root("WriteSession", "sssssa{sv}", *arguments, '{"properties":{"custom":{"n":2}}}',
                           variants(account=ALICE, etag=first["etag"]))
    second = connection.wait_completed(path)
    equal(second["outcome"], "applied")
    path = connection.root("WriteSession", "sssssa{sv}", *arguments, '{"properties":{"custom":{"n":3}}}',
                           variants(account=ALICE, etag=first["etag"]))
    third = connection.wait_completed(path)
    equal((third["outcome"], third["applied"], third["write-status"]), ("out-of-sync", "no", "OutOfSync"))
    check('"n":2' in third["session"], third["session"])
    equal(third["etag"], second["etag"])
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
