#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The wrapping key in a real keyring: gnome-keyring-daemon, open, locked, away and back."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *  # noqa: E402


def test_open_keyring_is_used_and_found_again(world):
    keyring = Keyring(world)
    probe = Probe(world)
    equal((probe.last.state, probe.last.rung), ("empty", "none"))
    shown = probe.create("secret-service")
    equal(shown.message, "")
    unlocked, locked = keyring.items()
    equal((unlocked, locked), ([shown.item], []))
    equal(keyring.secret(shown.item).decode(), shown.key)
    equal(os.listdir(probe.state_dir), [], "nothing is in the state folder")
    attributes = keyring.attributes(shown.item)
    equal(attributes["xdg:schema"], "org.mpsession.Agent1.Key")
    check(world.folder not in str(attributes), "the folder's name is told")

    second = probe.again(world)
    equal((second.last.state, second.last.key), ("looking", ""))
    found = second.wait("ready")
    equal((found.rung, found.item, found.key), (shown.rung, shown.item, shown.key))
    equal(second.ended("create").key, shown.key, "a second account: the same key")
    equal(keyring.items(), ([shown.item], []))
    second.stop()


def test_state_folders_do_not_share_a_key(world):
    keyring = Keyring(world)
    probes = [Probe(world, state=world.path(name)) for name in ("one", "two")]
    shown = [probe.create("secret-service") for probe in probes]
    check(shown[0].key != shown[1].key, "one key for both")
    equal(len(keyring.items()[0]), 2)
    link = world.path("another-way")
    os.symlink(world.path("one"), link)
    third = Probe(world, state=link)
    equal(third.create("secret-service").key, shown[0].key, "it is the same folder")
    for probe in (*probes, third):
        probe.stop()


def test_two_sign_ins_at_once_make_one_key(world):
    keyring = Keyring(world)
    probe = Probe(world)
    probe.say("create", "create", "unlock", "look")
    shown = probe.wait("ready")
    equal(keyring.items(), ([shown.item], []))
    equal(probe.show().key, shown.key)
    probe.stop()


def test_locked_keyring_asks_nobody_and_is_followed(world):
    keyring = Keyring(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    keyring.lock()
    watcher = Watcher(world)
    probe = probe.again(world, shown=shown)
    found = probe.wait("locked")
    equal((found.rung, found.item, found.key), (shown.rung, shown.item, ""))
    check("unlock" in found.message, found.message)
    check("SearchItems" in watcher.members(), "the monitor sees nothing", watcher.calls)
    check(not {"Unlock", "Prompt"} & set(watcher.members()), "somebody is asked", watcher.calls)
    equal(os.listdir(probe.state_dir), [], "a lesser place is used")
    keyring.unlock()
    equal(probe.wait("ready").key, shown.key)

    # Locked again: that is told, and what was opened stays open for those who work with it.
    keyring.lock()
    equal(probe.wait("locked").key, shown.key)
    keyring.unlock()
    equal(probe.wait("ready").key, shown.key)
    check(not {"Unlock", "Prompt"} & set(watcher.members()), "somebody is asked", watcher.calls)
    probe.stop()


def test_keyring_goes_and_comes(world):
    keyring = Keyring(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    keyring.kill()
    gone = probe.wait("absent")
    equal((gone.rung, gone.item, gone.key), (shown.rung, shown.item, shown.key))
    check("start it" in gone.message, gone.message)
    keyring.start("correct horse")
    equal(probe.wait("ready").key, shown.key)

    # One that starts without it.
    keyring.kill()
    probe.wait("absent")
    probe = probe.again(world, shown=shown)
    gone = probe.wait("absent")
    equal((gone.rung, gone.key), (shown.rung, ""))
    equal(probe.ended("create").state, "absent", "a lesser place is used")
    equal(os.listdir(probe.state_dir), [])
    keyring.start("")
    locked = probe.wait("locked")
    equal(locked.key, "")
    keyring.kill()
    probe.wait("absent")
    keyring.start("correct horse")
    equal(probe.wait("ready").key, shown.key)
    probe.stop()


def test_keyring_is_started_when_the_bus_knows_how(world):
    keyring = Keyring(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    keyring.kill()
    probe.wait("absent")
    script = world.path("start-keyring")
    with open(script, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nprintf %s 'correct horse' | exec gnome-keyring-daemon --components=secrets --foreground --unlock\n")
    os.chmod(script, 0o755)
    with open(os.path.join(world.services, f"{SERVICE}.service"), "w", encoding="utf-8") as file:
        file.write(f"[D-BUS Service]\nName={SERVICE}\nExec={script}\n")
    keyring.connection.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig", None, (), "org.freedesktop.DBus")
    probe = probe.again(world, shown=shown)
    if world.kind == "dbus-broker":
        # Without systemd dbus-broker starts nothing: it says so, or nothing at all.
        equal(probe.wait("absent").key, "")
        probe.stop()
        return
    equal(probe.wait("ready").key, shown.key)
    pid = keyring.connection.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixProcessID", "s", (SERVICE,),
                                  "org.freedesktop.DBus")[0]
    probe.stop()
    os.kill(pid, 9)


def test_prompt_that_cannot_be_shown(world):
    """Without a display the keyring dismisses its question itself."""
    keyring = Keyring(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    keyring.lock()
    probe = probe.again(world, shown=shown)
    probe.wait("locked")
    watcher = Watcher(world)
    for command in ("unlock", "create"):
        dismissed = probe.ended(command)
        equal((dismissed.state, dismissed.rung, dismissed.key), ("locked", "secret-service", ""))
        check("dismissed" in dismissed.message, dismissed.message)
    equal(watcher.members().count("Prompt"), 2)
    equal(os.listdir(probe.state_dir), [], "a lesser place is used")
    probe.stop()

    # Nothing was kept yet: then the next place will do.
    fresh = Probe(world, state=world.path("fresh"))
    shown = fresh.create("plain-file")
    check("dismissed" in shown.message and "not encrypted" in shown.message, shown.message)
    check_key_file(fresh, shown)
    fresh.stop()


def test_no_default_keyring(world):
    """Nobody logged in with a password: there is a collection of the session alone, which ends with it."""
    keyring = Keyring(world, password="")
    equal(keyring.default(), "/")
    probe = Probe(world)
    shown = probe.create("plain-file")
    check("default keyring" in shown.message, shown.message)
    check_key_file(probe, shown)
    equal(keyring.items(), ([], []))
    keyring.kill()
    keyring.start("correct horse")
    probe = probe.again(world, shown=shown)
    equal((probe.last.state, probe.last.rung, probe.last.key), ("ready", "plain-file", shown.key), "known at once")
    probe.stop()


def test_item_deleted_by_the_user(world):
    keyring = Keyring(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    keyring.delete(shown.item)
    gone = probe.wait("absent")
    check("sign in again" in gone.message, gone.message)
    equal(gone.key, shown.key)
    equal(probe.create("secret-service").key, shown.key, "what is signed in goes on")

    shown = probe.last
    keyring.delete(shown.item)
    probe.wait("absent")
    probe = probe.again(world, shown=shown)
    equal(probe.wait("absent").key, "")
    made = probe.create("secret-service")
    check(made.key != shown.key, "a key from nowhere")
    probe.stop()


def test_other_key_in_its_place(world):
    keyring = Keyring(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    keyring.kill()
    probe.wait("absent")
    keyring.start("correct horse")
    probe.wait("ready")
    keyring.kill()
    probe.wait("absent")
    # Nobody is told of what happens to it meanwhile.
    probe.child.process.send_signal(harness.signal.SIGSTOP)
    keyring.start("correct horse")
    keyring.set_secret(shown.item, b"ab" * 32)
    probe.child.process.send_signal(harness.signal.SIGCONT)
    failed = probe.wait("failed")
    equal(failed.key, shown.key)
    check("not the one in use" in failed.message, failed.message)
    equal(probe.ended("look").state, "failed", "it is believed at the second look")
    keyring.set_secret(shown.item, shown.key.encode())
    keyring.kill()
    keyring.start("correct horse")
    equal(probe.wait("ready").key, shown.key)
    probe.stop()


def test_what_is_no_key_is_refused(world):
    keyring = Keyring(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    for value in (b"00" * 31, b"", b"00" * 33, b"x" * 64, bytes(32)):
        keyring.set_secret(shown.item, value)
        probe = probe.again(world, shown=shown)
        failed = probe.wait("failed")
        equal((failed.rung, failed.key), ("secret-service", ""), value)
        check("delete that item" in failed.message, failed.message)
        equal(probe.ended("create").state, "failed", "it is replaced")
    equal(os.listdir(probe.state_dir), [])
    probe.stop()


def test_forgetting_deletes_it(world):
    keyring = Keyring(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    probe.say("forget", "show")
    equal(probe.next().key, "", "wiped at once")
    forgotten = probe.wait("empty")
    equal((forgotten.rung, forgotten.item, forgotten.key, forgotten.message), ("none", "", "", ""))
    equal(keyring.items(), ([], []))
    made = probe.create("secret-service")
    check(made.key != shown.key, "the same key again")
    # Signed out and in at once.
    probe.say("forget", "create")
    probe.wait("empty")
    again = probe.wait("ready")
    check(again.key not in (made.key, shown.key), "the same key again")
    equal(keyring.items(), ([again.item], []))

    keyring.lock()
    probe.wait("locked")
    watcher = Watcher(world)
    probe.say("forget")
    left = probe.wait("empty")
    equal((left.rung, left.key), ("none", ""))
    check("still in the keyring" in left.message, left.message)
    check("Prompt" not in watcher.members(), "a question at signing out")
    probe.stop()


def test_bus_goes(world):
    Keyring(world)
    probe = Probe(world)
    shown = probe.create("secret-service")
    world.bus.kill9()
    gone = probe.wait("absent")
    equal(gone.key, shown.key)
    check("bus" in gone.message or "start it" in gone.message, gone.message)
    equal(probe.ended("look").state, "absent")
    world.start_bus()
    Keyring(world)
    probe.say("look")
    equal(probe.wait("ready").key, shown.key)
    probe.stop()


if __name__ == "__main__":
    harness.main()
