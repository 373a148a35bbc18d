#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Accounts as the bus room tells them, with accounts that the test invents: methods, signals, errors, and sandboxes."""
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "agent")]
import harness
import test_contract
from harness import IFACE, NAME, ROOT, SCID, BusError, check, equal, expect_error, field, plain, variants
from parts import (ACCOUNT_IFACE, ACCOUNT_ROOT, ACCOUNTS_IFACE, ALICE, ALICE_ID, BOB, BOB_ID, CODE, NEXT_ID, PAGE, SIGN_IN_ID,
                   SIGN_IN_IFACE, SIGN_IN_ROOT, Server, path_of, waiting)
from test_sandbox import boxed

PROPERTIES = "org.freedesktop.DBus.Properties"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
ALICE_PATH, BOB_PATH = path_of(ACCOUNT_ROOT, ALICE_ID), path_of(ACCOUNT_ROOT, BOB_ID)
SIGN_IN_PATH = path_of(SIGN_IN_ROOT, SIGN_IN_ID)


def start(world, *accounts):
    server = Server(world)
    for account in accounts:
        server.do("account", **account)
    server.script(id=SIGN_IN_ID, fresh={"state": "starting"})
    return server


def ask(caller, member, signature=None, *body):
    result = caller.call(ROOT, ACCOUNTS_IFACE, member, signature, body)
    return result[0] if len(result) == 1 else result


def nodes(caller, parent):
    xml = caller.call(parent, INTROSPECTABLE, "Introspect")[0]
    return sorted(f"{parent}/{node.get('name')}" for node in ElementTree.fromstring(xml).iter("node") if node.get("name"))


def busctl(world, *arguments):
    status, output, errors = world.run("busctl", "--user", "--json=short", *arguments)
    equal(status, 0, errors)
    return json.loads(output) if output.strip() else None


def test_introspection_is_the_xml(world):
    start(world, ALICE)
    caller = world.connect()
    SERVED = {ROOT: ACCOUNTS_IFACE, ALICE_PATH: ACCOUNT_IFACE, SIGN_IN_PATH: SIGN_IN_IFACE}
    ask_sign_in(world, caller)
    for path, interface in SERVED.items():
        file = IFACE if interface == ACCOUNTS_IFACE else interface
        tree = ElementTree.parse(os.path.join(harness.SOURCE, "ipc", f"{file}.xml"))
        written = test_contract.members(next(i for i in tree.getroot().iter("interface") if i.get("name") == interface))
        check(len(written) > 5, interface, written)
        test_contract.compare(test_contract.told(caller, path, interface), written, interface)


def ask_sign_in(world, caller, **options):
    """A sign-in whose code is known at once."""
    server = next(part for part in world.connections if isinstance(part, Server))
    server.script(fresh=waiting())
    return ask(caller, "SignIn", "a{sv}", variants(**options))


def test_accounts_are_listed_and_told(world):
    server = start(world, ALICE)
    caller = world.connect()
    caller.match(f"type='signal',sender='{NAME}'")
    equal(ask(caller, "ListAccounts"), [ALICE_PATH])
    equal(nodes(caller, ACCOUNT_ROOT), [ALICE_PATH])
    equal(caller.properties(ALICE_PATH, ACCOUNT_IFACE), {
        "Id": ALICE_ID, "Xuid": harness.ALICE, "Gamertag": "Alice", "State": "ready", "Reason": "", "ActionUri": "",
        "TokenExpiresAt": 1700000000000000, "SignedInAt": 1600000000000000, "SecretStore": "secret-service", "ClientId": "client",
        "IsDefault": False})
    server.do("account", **BOB, tell="added")
    equal(caller.wait_signal(lambda m: field(m, "member") == "AccountAdded").body, (BOB_PATH,))
    equal(ask(caller, "ListAccounts"), [ALICE_PATH, BOB_PATH])
    equal(caller.properties(BOB_PATH, ACCOUNT_IFACE)["ActionUri"], "https://example.com/terms")
    server.do("remove-account", id=ALICE_ID)
    equal(caller.wait_signal(lambda m: field(m, "member") == "AccountRemoved").body, (ALICE_PATH,))
    expect_error("NoSuchAccount", caller.call, ALICE_PATH, PROPERTIES, "GetAll", "s", (ACCOUNT_IFACE,))
    expect_error("NoSuchAccount", caller.call, f"{ACCOUNT_ROOT}/nonsense", ACCOUNT_IFACE, "Retry")
    equal(ask(caller, "ListAccounts"), [BOB_PATH])
    # What comes from others and is no UTF-8 cannot come: names of any length and script can.
    server.do("account", **{**BOB, "gamertag": "Ünï 玩家"}, tell="changed")
    equal(caller.properties(BOB_PATH, ACCOUNT_IFACE)["Gamertag"], "Ünï 玩家")
    server.stop()


def test_a_change_is_broadcast_without_its_reason(world):
    server = start(world, ALICE)
    caller = world.connect()
    caller.match(f"type='signal',sender='{NAME}'")
    server.do("account", **{**BOB, "id": ALICE_ID}, tell="changed")
    told = caller.wait_signal(lambda m: field(m, "member") == "PropertiesChanged")
    equal(field(told, "path"), ALICE_PATH)
    interface, changed, invalidated = told.body
    equal((interface, plain(changed)), (ACCOUNT_IFACE, {"State": "needs-action", "SecretStore": "plain-file"}))
    equal(sorted(invalidated), ["ActionUri", "Reason"])
    equal(busctl(world, "get-property", NAME, ALICE_PATH, ACCOUNT_IFACE, "Reason"), {"type": "s", "data": "Bob has to accept terms."})
    server.stop()


def test_a_sign_in_from_its_code_to_its_account(world):
    server = start(world)
    caller, other = world.connect(), world.connect()
    other.match(f"type='signal',sender='{NAME}'")
    serial = caller.send_call(ROOT, ACCOUNTS_IFACE, "SignIn", "a{sv}",
                              (variants(title_id=7, account=harness.ALICE, remember=False),))
    equal(server.wait_call("sign-in"), {"called": "sign-in", "title-id": 7, "account": harness.ALICE, "remember": False})
    server.do("script")
    check(server.busy, "a call that waits for its code keeps the agent")
    equal(ask(other, "ListSignIns"), [SIGN_IN_PATH])
    server.sign_in(**waiting())
    equal(caller.wait_reply(serial).body, (SIGN_IN_PATH,))
    server.do("script")
    check(not server.busy, "a call that was answered keeps the agent")
    told = caller.properties(SIGN_IN_PATH, SIGN_IN_IFACE)
    equal((told["UserCode"], told["VerificationUri"], told["VerificationUriComplete"], told["State"], told["Account"]),
          (CODE, PAGE, f"{PAGE}?otc={CODE}", "waiting", "/"))
    check(told["ExpiresAt"] > 1.6e15, told)
    # Its caller leaves: it goes on.
    caller.close()
    world.connections.remove(caller)
    server.sign_in(state="checking")
    server.do("account", **ALICE, tell="added")
    server.sign_in(state="done", account=ALICE_ID)
    other.wait_signal(lambda m: field(m, "member") == "AccountAdded")
    equal(other.properties(SIGN_IN_PATH, SIGN_IN_IFACE)["Account"], ALICE_PATH)
    states = [(field(m, "path"), m.body[0], plain(m.body[1]), m.body[2]) for m in other.seen("PropertiesChanged")]
    equal(states, [(SIGN_IN_PATH, SIGN_IN_IFACE, {"State": state}, []) for state in ("starting", "waiting", "checking", "done")])
    server.do("remove-sign-in", id=SIGN_IN_ID)
    expect_error("NoSuchSignIn", other.call, SIGN_IN_PATH, SIGN_IN_IFACE, "Cancel")
    expect_error("NoSuchSignIn", other.call, SIGN_IN_PATH, PROPERTIES, "Get", "ss", (SIGN_IN_IFACE, "UserCode"))
    server.stop()


def test_no_broadcast_has_the_code(world):
    """A monitor sees everything on the bus: the code is in replies to those who asked, and nowhere else."""
    server = start(world)
    monitor = world.child(["dbus-monitor", "--address", world.address], "monitor")
    caller = world.connect()
    harness.wait_until(lambda: caller.owner() and "member=GetNameOwner" in monitor.log(), "the monitor listens")
    ask_sign_in(world, caller)
    server.sign_in(state="checking")
    server.sign_in(state="failed", error="offline", message="gone")
    harness.wait_until(lambda: '"failed"' in monitor.log(), "the last signal is seen")
    check(CODE not in monitor.log(), monitor.log())
    equal(caller.properties(SIGN_IN_PATH, SIGN_IN_IFACE)["UserCode"], CODE)
    harness.wait_until(lambda: CODE in monitor.log(), "the monitor sees what is asked for")
    server.stop()


def test_a_sign_in_that_cannot_be_opened(world):
    server = start(world)
    caller = world.connect()
    server.script(sign_in=2, message="set ClientId= in agent.conf")
    equal(expect_error("SignInUnavailable", ask, caller, "SignIn", "a{sv}", {}), "set ClientId= in agent.conf")
    server.script(sign_in=2, message="")
    check("agent.conf" in expect_error("SignInUnavailable", ask, caller, "SignIn", "a{sv}", {}))
    server.script(sign_in=-12, message="")
    check("Cannot allocate" in expect_error("SignInFailed", ask, caller, "SignIn", "a{sv}", {}))
    server.script(sign_in=None)
    # The identity service gives no code.
    serial = caller.send_call(ROOT, ACCOUNTS_IFACE, "SignIn", "a{sv}", ({},))
    server.do("script")
    equal(server.calls[-1], {"called": "sign-in", "title-id": 0, "account": "", "remember": True}, "the defaults")
    expect_error("QuotaExceeded", ask, caller, "SignIn", "a{sv}", {})
    server.sign_in(state="failed", error="offline", message="the identity service cannot be reached")
    reply = caller.wait_reply(serial)
    equal((reply.header.fields[4], reply.body), ("org.mpsession.Error.SignInFailed", ("the identity service cannot be reached",)))
    # It is forgotten before it has a code.
    other = world.connect()
    server.script(id=NEXT_ID)
    serial = caller.send_call(ROOT, ACCOUNTS_IFACE, "SignIn", "a{sv}", ({},))
    harness.wait_until(lambda: path_of(SIGN_IN_ROOT, NEXT_ID) in ask(other, "ListSignIns"), "it is opened")
    server.do("remove-sign-in", id=NEXT_ID)
    equal(caller.wait_reply(serial).header.fields[4], "org.mpsession.Error.SignInFailed")
    server.stop()


def test_options_are_named(world):
    server = start(world, ALICE)
    caller = world.connect()
    for options, word in ((variants(title="x"), "title-id, account, remember"), (variants(account="Alice"), "'account'"),
                          (variants(remember="yes"), "a boolean (b)"), ({"title-id": ("s", "7")}, "a uint32 (u)"),
                          ({"account": ("u", 7)}, "a string (s)")):
        text = expect_error("InvalidOption", ask, caller, "SignIn", "a{sv}", options)
        check(word in text, text)
    check("none" in expect_error("InvalidOption", ask, caller, "SignOut", "oa{sv}", ALICE_PATH, variants(force=True)))
    expect_error("NoSuchAccount", ask, caller, "SignOut", "oa{sv}", BOB_PATH, {})
    expect_error("NoSuchAccount", ask, caller, "SignOut", "oa{sv}", ROOT, {})
    server.do("script")
    equal(server.calls, [], "nothing of this reaches the hooks")
    server.stop()


def test_signing_out(world):
    server = start(world, ALICE, BOB)
    caller = world.connect()
    server.script(sign_out="later")
    serial = caller.send_call(ROOT, ACCOUNTS_IFACE, "SignOut", "oa{sv}", (ALICE_PATH, {}))
    equal(server.wait_call("sign-out")["id"], ALICE_ID)
    server.do("remove-account", id=ALICE_ID)
    check(server.busy, "a sign-out that is under way keeps the agent")
    equal(ask(caller, "ListAccounts"), [BOB_PATH])
    check(serial not in caller.replies, "it was answered before it is over")
    server.do("signed-out", r=0)
    equal(caller.wait_reply(serial).body, ())
    serial = caller.send_call(ROOT, ACCOUNTS_IFACE, "SignOut", "oa{sv}", (BOB_PATH, {}))
    server.wait_call("sign-out")
    server.do("signed-out", r=-5)
    reply = caller.wait_reply(serial)
    equal(reply.header.fields[4], "org.mpsession.Error.SignOutFailed")
    check("Input/output error" in reply.body[0], reply.body)
    for error, name in ((-2, "NoSuchAccount"), (-114, "SignOutFailed"), (-16, "SignOutFailed")):
        server.script(sign_out=error)
        expect_error(name, ask, caller, "SignOut", "oa{sv}", BOB_PATH, {})
    server.script(sign_out="now")
    equal(busctl(world, "call", NAME, ROOT, ACCOUNTS_IFACE, "SignOut", "oa{sv}", BOB_PATH, "0"), None)
    equal(ask(caller, "ListAccounts"), [])
    check(not server.busy, "nothing is under way")
    server.stop()


def test_an_end_answers_what_waits(world):
    """The bus room ends first, the one who signs out answers later; a sanitizer watches."""
    server = start(world, ALICE)
    caller = world.connect()
    server.script(sign_out="later")
    out = caller.send_call(ROOT, ACCOUNTS_IFACE, "SignOut", "oa{sv}", (ALICE_PATH, {}))
    server.wait_call("sign-out")
    into = caller.send_call(ROOT, ACCOUNTS_IFACE, "SignIn", "a{sv}", ({},))
    server.wait_call("sign-in")
    server.stop()
    for serial in (out, into):
        equal(caller.wait_reply(serial).header.fields[4], "org.mpsession.Error.ShuttingDown")


def test_a_bus_that_dies_takes_what_waits(world):
    server = start(world, ALICE)
    caller = world.connect()
    server.script(sign_out="later")
    caller.send_call(ROOT, ACCOUNTS_IFACE, "SignOut", "oa{sv}", (ALICE_PATH, {}))
    server.wait_call("sign-out")
    caller.send_call(ROOT, ACCOUNTS_IFACE, "SignIn", "a{sv}", ({},))
    server.wait_call("sign-in")
    world.bus.kill9()
    equal(server.child.wait(), 1, "the server's exit status", server.child.log())


def test_retry_and_cancel(world):
    server = start(world, BOB)
    caller = world.connect()
    equal(caller.call(BOB_PATH, ACCOUNT_IFACE, "Retry"), ())
    equal(server.wait_call("retry")["id"], BOB_ID)
    server.script(retry=-114)
    equal(caller.call(BOB_PATH, ACCOUNT_IFACE, "Retry"), (), "it is being tried already")
    server.script(retry=-5)
    expect_error("SignInFailed", caller.call, BOB_PATH, ACCOUNT_IFACE, "Retry")
    server.script(retry=-2)
    expect_error("NoSuchAccount", caller.call, BOB_PATH, ACCOUNT_IFACE, "Retry")
    ask_sign_in(world, caller)
    equal(caller.call(SIGN_IN_PATH, SIGN_IN_IFACE, "Cancel"), ())
    equal(caller.properties(SIGN_IN_PATH, SIGN_IN_IFACE)["State"], "cancelled")
    equal(caller.call(SIGN_IN_PATH, SIGN_IN_IFACE, "Cancel"), (), "it has ended already")
    server.script(id=NEXT_ID)
    equal(ask_sign_in(world, caller), path_of(SIGN_IN_ROOT, NEXT_ID), "another may be opened at once")
    server.stop()


def test_a_sandbox_sees_no_account(world):
    server = start(world, ALICE, BOB)
    host, game = world.connect(), boxed(world, "org.example.Game")
    ask_sign_in(world, host)
    server.do("script")
    server.calls.clear()
    nowhere = path_of(ACCOUNT_ROOT, "00000000-0000-4000-8000-00000000dead")
    texts = set()
    for path in (ALICE_PATH, nowhere):
        texts.add(expect_error("AccessDenied", game.call, path, ACCOUNT_IFACE, "Retry"))
        texts.add(expect_error("AccessDenied", game.call, path, PROPERTIES, "GetAll", "s", [ACCOUNT_IFACE]))
        texts.add(expect_error("AccessDenied", game.call, path, PROPERTIES, "GetAll", "s", [""]))
        texts.add(expect_error("AccessDenied", game.call, path, PROPERTIES, "Get", "ss", [ACCOUNT_IFACE, "State"]))
        texts.add(expect_error("AccessDenied", game.call, path, INTROSPECTABLE, "Introspect"))
        texts.add(expect_error("AccessDenied", ask, game, "SignOut", "oa{sv}", path, {}))
    for path in (SIGN_IN_PATH, path_of(SIGN_IN_ROOT, NEXT_ID)):
        texts.add(expect_error("AccessDenied", game.call, path, SIGN_IN_IFACE, "Cancel"))
        texts.add(expect_error("AccessDenied", game.call, path, PROPERTIES, "GetAll", "s", [SIGN_IN_IFACE]))
        texts.add(expect_error("AccessDenied", game.call, path, PROPERTIES, "Get", "ss", [SIGN_IN_IFACE, "UserCode"]))
        texts.add(expect_error("AccessDenied", game.call, path, INTROSPECTABLE, "Introspect"))
    texts.add(expect_error("AccessDenied", ask, game, "ListAccounts"))
    texts.add(expect_error("AccessDenied", ask, game, "ListSignIns"))
    texts.add(expect_error("AccessDenied", ask, game, "SignIn", "a{sv}", {}))
    equal(len(texts), 1, "one answer, whatever is there", texts)
    for parent in (ACCOUNT_ROOT, SIGN_IN_ROOT):
        equal(nodes(game, parent), [])
        equal(len(nodes(host, parent)), {ACCOUNT_ROOT: 2, SIGN_IN_ROOT: 1}[parent])
    equal(sorted(plain(game.call(ROOT, PROPERTIES, "GetAll", "s", [""])[0])), sorted(host.properties(ROOT, IFACE)))
    server.do("script")
    equal(server.calls, [], "nothing of this reaches the hooks")
    equal(host.properties(SIGN_IN_PATH, SIGN_IN_IFACE)["State"], "waiting")
    server.stop()


def write(caller, **options):
    return caller.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", "game", "create-new", "{}", variants(**options))


def test_which_account_is_told_to_the_host_alone(world):
    server = start(world, ALICE, BOB)
    host, game = world.connect(), boxed(world, "org.example.Game")
    text = expect_error("InvalidOption", write, host)
    check(f"{harness.ALICE} (Alice), {harness.BOB} (Bob)" in text and "…" not in text, text)
    text = expect_error("InvalidOption", write, game)
    check("DefaultAccount=" in text, text)
    for word in ("Alice", "Bob", harness.ALICE, harness.BOB):
        check(word not in text, "told to a sandbox:", text)
    # A default that is not signed in: its number is the user's own.
    server.script(default="2533274900000009")
    check("2533274900000009" in expect_error("NeedsSignIn", write, host))
    check("2533274900000009" not in expect_error("NeedsSignIn", write, game))
    check("2533274900000008" in expect_error("NeedsSignIn", write, game, account="2533274900000008"), "its own word")
    server.script(default=None)
    for number in range(20):
        server.do("account", **{**ALICE, "id": f"a11ce000-0000-4000-8000-0000000001{number:02}", "xuid": f"253327490000{number:04}",
                                "gamertag": "玩" * 60})
    text = expect_error("InvalidOption", write, host)
    check(text.endswith(", …") and text.count("2533274900") == 10, text)
    server.do("hooks", on=False)
    check("Alice" not in expect_error("InvalidOption", write, host))
    server.stop()


def test_without_hooks_there_are_no_accounts(world):
    server = start(world, ALICE)
    caller = world.connect()
    serial = caller.send_call(ROOT, ACCOUNTS_IFACE, "SignIn", "a{sv}", ({},))
    server.wait_call("sign-in")
    server.do("hooks", on=False)
    equal(caller.wait_reply(serial).header.fields[4], "org.mpsession.Error.ShuttingDown")
    equal(ask(caller, "ListAccounts"), [])
    equal(ask(caller, "ListSignIns"), [])
    expect_error("SignInUnavailable", ask, caller, "SignIn", "a{sv}", {})
    expect_error("NoSuchAccount", ask, caller, "SignOut", "oa{sv}", ALICE_PATH, {})
    expect_error("NoSuchAccount", caller.call, ALICE_PATH, ACCOUNT_IFACE, "Retry")
    check("accounts" in caller.properties(ROOT, IFACE)["Features"])
    server.do("hooks", on=True)
    equal(ask(caller, "ListAccounts"), [ALICE_PATH])
    server.stop()


if __name__ == "__main__":
    harness.main()
