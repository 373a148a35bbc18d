#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A Secret Service that is slow, lies, forgets its sessions or asks its user: what becomes of the wrapping key."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *  # noqa: E402

PATH = "/org/freedesktop/secrets/collection/it/1"


def failed(probe, says):
    """A sign-in that ends with a sentence, and without a lesser place."""
    shown = probe.ended("create")
    equal((shown.state, shown.rung, shown.key), ("failed", "none", ""), shown)
    check(says in shown.message, shown.message)
    equal(os.listdir(probe.state_dir), [], "a lesser place is used")


def test_secret_is_text(world):
    """One that keeps nothing but text gives the key back."""
    provider = Provider(world, mangle="text")
    probe = Probe(world)
    shown = probe.create("secret-service")
    equal(provider.show()["items"], {shown.item: shown.key})
    probe = probe.again(world, shown=shown)
    equal(probe.wait("ready").key, shown.key)
    probe.stop()


def test_calls_of_a_sign_in(world):
    Provider(world)
    watcher = Watcher(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    equal(watcher.members(), ["SearchItems", "ReadAlias", "Get", "OpenSession", "CreateItem", "SearchItems", "GetSecret"])
    probe = probe.again(world, shown=shown)
    probe.wait("ready")
    equal(watcher.members()[7:], ["SearchItems", "OpenSession", "GetSecret"])
    probe.stop()


def test_changes_lead_to_one_look(world):
    """However many signals come, and without fetching the secret again."""
    provider = Provider(world)
    probe = Probe(world)
    probe.create("secret-service")
    watcher = Watcher(world)
    for _ in range(50):
        provider.tell(tell=True)
    wait_until(lambda: "SearchItems" in watcher.members(), "a look")
    equal(set(watcher.members()) - {"SearchItems"}, set())
    check(len(watcher.members()) < 10, watcher.calls)
    equal(probe.show().state, "ready")
    probe.stop()


def test_slow_provider(world):
    provider = Provider(world, delay=5)
    probe = Probe(world)
    shown = probe.create("plain-file")
    check("does not answer" in shown.message, shown.message)
    check_key_file(probe, shown)
    equal(probe.show().state, "ready")
    probe.stop()
    provider.kill()


def test_provider_busy_at_the_start_is_asked_again(world):
    provider = Provider(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    provider.tell(silent=["SearchItems"])
    probe = probe.again(world, shown=shown)
    absent = probe.wait("absent")
    check("does not answer" in absent.message, absent.message)
    equal((absent.rung, absent.key), ("secret-service", ""))
    provider.tell(silent=[])
    equal(probe.wait("ready").key, shown.key)
    probe.stop()


def test_each_call_may_stay_unanswered(world):
    provider = Provider(world)
    for number, member in enumerate(("SearchItems", "ReadAlias", "Get", "OpenSession", "CreateItem")):
        provider.tell(silent=[member])
        probe = Probe(world, state=world.path(f"state-{number}"))
        check("does not answer" in probe.create("plain-file").message, member, probe.last)
        probe.stop()


def test_each_call_may_be_refused(world):
    provider = Provider(world)
    members = ("SearchItems", "ReadAlias", "Get", "OpenSession", "CreateItem")
    for number, member in enumerate(members):
        provider.tell(errors={member: "org.example.Error.No"})
        probe = Probe(world, state=world.path(f"state-{number}"))
        shown = probe.create("plain-file")
        check("org.example.Error.No" in shown.message, member, shown.message)
        check("a text of its own" not in shown.message, "the provider's own words are told")
        probe.stop()


def test_lies(world):
    provider = Provider(world)
    lies = [("SearchItems", ["s", ["no"]]), ("SearchItems", ["ao", [[]]]), ("SearchItems", ["aoas", [[], []]]),
            ("ReadAlias", ["s", ["/x"]]), ("ReadAlias", ["", []]), ("Get", ["v", [["s", "yes"]]]), ("Get", ["b", [True]]),
            ("OpenSession", ["vs", [["s", ""], "/x"]]), ("OpenSession", ["vo", [["s", ""], "/"]]), ("OpenSession", ["o", ["/x"]]),
            ("CreateItem", ["o", ["/x"]]), ("CreateItem", ["ss", ["/x", "/"]])]
    for number, (member, lie) in enumerate(lies):
        provider.tell(lies={member: lie})
        probe = Probe(world, state=world.path(f"state-{number}"))
        failed(probe, f"{'Locked' if member == 'Get' else member} makes no sense")
        probe.stop()
    provider.tell(lies={}, lose=True)
    probe = Probe(world)
    failed(probe, "took the key and does not have it")
    provider.tell(lose=False, mangle="cut")
    failed(probe, "no key of ours")
    probe.stop()
    provider.tell(mangle="other")
    probe = Probe(world, state=world.path("other"))
    failed(probe, "GetSecret makes no sense")
    probe.stop()


def test_secret_of_another_size_or_form(world):
    provider = Provider(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    for text in ("00" * 31, "00" * 31 + "0", "00" * 33, "", "z" * 64, "0" * 100000):
        provider.tell(secret=text)
        probe = probe.again(world, shown=shown)
        equal(probe.wait("failed").key, "")
        check("no key of ours" in probe.show().message)
    for lie in (["s", [shown.key]], ["ay", [shown.key]], ["", []]):
        provider.tell(secret=shown.key, lies={"GetSecret": lie})
        probe = probe.again(world, shown=shown)
        equal(probe.wait("failed").key, "")
    provider.tell(lies={})
    equal(probe.ended("unlock").key, shown.key, "put back")
    probe.stop()


def test_session_of_another(world):
    """A secret in a session that is not ours was not made for us."""
    provider = Provider(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    provider.tell(session="/other")
    probe = probe.again(world, shown=shown)
    equal(probe.wait("failed").key, "")
    probe.stop()


def test_endless_answers(world):
    """It deletes, and has it still."""
    provider = Provider(world)
    probe = Probe(world)
    probe.create("secret-service")
    provider.tell(lies={"Delete": ["o", ["/"]], "SearchItems": ["aoao", [[PATH], []]]})
    watcher = Watcher(world)
    probe.say("forget")
    left = probe.wait("empty")
    check("still in the keyring" in left.message, left.message)
    check(2 <= watcher.members().count("Delete") < 100, watcher.calls)
    probe.stop()


def test_sessions_forgotten(world):
    provider = Provider(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    # Not told of by anything until one is used.
    provider.tell(forget=True)
    provider.tell(locked=True)
    probe.wait("locked")
    provider.tell(locked=False)
    equal(probe.wait("ready").key, shown.key)
    equal(provider.show()["sessions"], 1)

    provider.tell(errors={"GetSecret": "org.freedesktop.Secret.Error.NoSession"})
    watcher = Watcher(world)
    probe = probe.again(world, shown=shown)
    equal(probe.wait("absent").key, "")
    equal((watcher.members().count("OpenSession"), watcher.members().count("GetSecret")), (2, 2), "it is opened anew once")
    provider.tell(errors={})
    equal(probe.ended("unlock").key, shown.key)
    probe.stop()


def test_unlocked_by_a_question(world):
    provider = Provider(world, locked=True, prompt="accept")
    probe = Probe(world)
    shown = probe.create("secret-service")
    equal(provider.show()["items"], {shown.item: shown.key})
    provider.tell(locked=True)
    probe = probe.again(world, shown=shown)
    equal(probe.wait("locked").key, "")
    equal(probe.ended("unlock").key, shown.key)
    probe.stop()

    # And one that asks for every item.
    provider.tell(prompts=["Unlock", "CreateItem", "Delete"])
    other = Probe(world, state=world.path("other"))
    shown = other.create("secret-service")
    check(shown.item in provider.show()["items"])
    other.say("forget")
    equal(other.wait("empty").message, "")
    check(shown.item not in provider.show()["items"], "it is there still")
    other.stop()


def test_question_dismissed(world):
    provider = Provider(world, locked=True, prompt="dismiss")
    probe = Probe(world)
    shown = probe.create("plain-file")
    check("dismissed" in shown.message, shown.message)
    check_key_file(probe, shown)
    probe.stop()
    equal(provider.show()["questions"], 0)


def test_question_not_answered(world):
    provider = Provider(world, prompt="hang")
    probe = Probe(world, "--prompt-msec=300")
    shown = probe.create("secret-service")
    provider.tell(locked=True)
    probe = probe.again(world, "--prompt-msec=300", shown=shown)
    probe.wait("locked")
    locked = probe.ended("unlock")
    equal((locked.state, locked.key), ("locked", ""))
    check("not answered" in locked.message, locked.message)
    wait_until(lambda: provider.show()["questions"] == 0, "the question is taken back")
    # The user unlocks it in another way, while asked.
    probe = probe.again(world, shown=shown)
    probe.wait("locked")
    probe.say("unlock")
    wait_until(lambda: provider.show()["questions"] == 1, "the question")
    provider.tell(locked=False)
    probe.say("forget")
    equal(probe.wait("empty").message, "")
    equal(provider.show(), {"items": {}, "questions": 0, "sessions": provider.show()["sessions"]})
    probe.stop()


def test_provider_dies_while_it_asks(world):
    provider = Provider(world, prompt="hang")
    probe = Probe(world)
    shown = probe.create("secret-service")
    provider.tell(locked=True)
    probe = probe.again(world, shown=shown)
    probe.wait("locked")
    probe.say("unlock")
    wait_until(lambda: provider.show()["questions"] == 1, "the question")
    provider.kill()
    equal(probe.wait("absent").key, "")
    second = Provider(world)
    gone = probe.wait("absent")
    wait_until(lambda: "not in the keyring" in probe.show().message, "it has another without the key")
    equal(gone.key, "")
    equal(second.show()["items"], {})
    probe.stop()


def test_provider_is_replaced_while_it_asks(world):
    """Without a moment in between: the sign-in goes on with the new one."""
    first = Provider(world, locked=True, prompt="hang")
    probe = Probe(world)
    probe.say("create")
    wait_until(lambda: first.show()["questions"] == 1, "the question")
    second = Provider(world)
    shown = probe.wait("ready")
    equal((shown.rung, second.show()["items"]), ("secret-service", {shown.item: shown.key}), shown)
    equal(first.show()["items"], {})
    probe.stop()


def test_stranger_is_not_believed(world):
    """Signals that look as if they were the provider's."""
    provider = Provider(world, locked=True, prompt="hang")
    probe = Probe(world)
    probe.say("create")
    wait_until(lambda: provider.show()["questions"] == 1, "the question")
    watcher = Watcher(world)
    stranger = world.connect()
    name = provider.connection.owner(SERVICE)
    unique = [one for one in stranger.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames", None, (),
                                           "org.freedesktop.DBus")[0] if one.startswith(":")]
    for destination in unique:
        if destination not in (name, stranger.name):
            stranger.send_signal(destination, "/org/freedesktop/secrets/prompt/p1", "org.freedesktop.Secret.Prompt", "Completed",
                                 "bv", (False, ("s", "")))
            stranger.send_signal(destination, SERVICE_PATH, SERVICE_IFACE, "CollectionChanged", "o", (SERVICE_PATH,))
    stranger.owner()
    equal(probe.show().state, "empty")
    check("SearchItems" not in watcher.members(), "a stranger is believed", watcher.calls)
    probe.stop()


if __name__ == "__main__":
    harness.main()
