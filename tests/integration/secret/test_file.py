#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The wrapping key without a keyring: credential, file, memory."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *  # noqa: E402


def test_file_when_there_is_no_keyring(world):
    probe = Probe(world)
    shown = probe.create("plain-file")
    equal(shown.item, KEY_FILE)
    for words in ("No keyring program", "start it", key_file(probe), "not encrypted"):
        check(words in shown.message, shown.message)
    check_key_file(probe, shown)
    probe = probe.again(world)
    equal((probe.last.state, probe.last.rung, probe.last.key), ("ready", "plain-file", shown.key), "known at once")
    # A keyring that comes later is not used behind the user's back.
    keyring = Keyring(world)
    equal(probe.ended("create").rung, "plain-file")
    equal(keyring.items(), ([], []))
    probe.say("forget")
    equal(probe.wait("empty").rung, "none")
    equal(os.listdir(probe.state_dir), [])
    probe.create("secret-service")
    probe.stop()


def test_no_bus(world):
    world.bus.kill9()
    probe = Probe(world)
    shown = probe.create("plain-file")
    check("bus" in shown.message, shown.message)
    check_key_file(probe, shown)
    probe.stop()
    world.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere/bus"
    other = Probe(world, state=world.path("other"))
    check("bus" in other.create("plain-file").message, other.last)
    # Recorded in a keyring: that is away, not replaced.
    away = Probe(world, rung="secret-service", item="/org/freedesktop/secrets/collection/login/1", state=world.path("away"))
    equal(away.wait("absent").rung, "secret-service")
    equal(away.ended("create").state, "absent")
    equal(os.listdir(away.state_dir), [])
    for one in (other, away):
        one.stop()


def test_made_but_not_recorded(world):
    """An agent that dies between the two leaves a key that is used."""
    probe = Probe(world)
    shown = probe.create("plain-file")
    probe.stop()
    probe = Probe(world)
    equal(probe.last.state, "empty")
    equal(probe.create("plain-file").key, shown.key)
    probe.stop()


def test_bad_file_is_refused(world):
    probe = Probe(world)
    shown = probe.create("plain-file")
    path = key_file(probe)
    aside = world.path("aside")

    def chmod():
        os.chmod(path, 0o640)
        return "chmod 600", lambda: os.chmod(path, 0o600)

    def link():
        os.rename(path, aside)
        os.symlink(aside, path)
        return "symbolic link", lambda: os.rename(aside, path)

    def size():
        os.rename(path, aside)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(bytes(31))
        return "31 bytes instead of 32", lambda: os.rename(aside, path)

    def pipe():
        os.rename(path, aside)
        os.mkfifo(path, 0o600)
        return "not a regular file", lambda: os.rename(aside, path)

    for spoil in (chmod, link, size, pipe):
        says, mend = spoil()
        before = os.lstat(path)
        probe = probe.again(world, shown=shown)
        equal((probe.last.state, probe.last.rung, probe.last.key), ("failed", "plain-file", ""))
        check(says in probe.last.message and KEY_FILE in probe.last.message, probe.last.message)
        equal(probe.ended("create").state, "failed", "it is replaced")
        equal(os.lstat(path).st_ino, before.st_ino)
        # Also where nothing was recorded.
        fresh = Probe(world, state=probe.state_dir)
        refused = fresh.ended("create")
        equal((refused.state, refused.rung, refused.key), ("failed", "none", ""), refused)
        fresh.stop()
        mend()
        mended = probe.ended("unlock")
        equal((mended.state, mended.key), ("ready", shown.key))
    probe.stop()


def test_file_removed(world):
    probe = Probe(world)
    shown = probe.create("plain-file")
    os.unlink(key_file(probe))
    probe = probe.again(world, shown=shown)
    equal((probe.last.state, probe.last.rung, probe.last.key), ("absent", "plain-file", ""))
    check("sign in again" in probe.last.message, probe.last.message)
    made = probe.create("plain-file")
    check(made.key != shown.key, "a key from nowhere")
    check_key_file(probe, made)
    probe.stop()


def namespaced(world, script):
    """What stands before the probe: a state folder of its own kind, which only it sees."""
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    return [*unshare, "sh", "-c", script + ' && shift && exec "$@"', "sh", world.path("state")]


def test_memory_when_the_folder_is_read_only(world):
    probe = Probe(world, prefix=namespaced(
        world, 'mount -t tmpfs -o size=1m,mode=700 tmpfs "$1" && mount -o remount,ro "$1"'))
    shown = probe.create("memory")
    check("Read-only file system" in shown.message and "sign in again" in shown.message, shown.message)
    equal(shown.item, "")
    equal(probe.ended("create").key, shown.key)
    probe = probe.again(world)
    equal((probe.last.state, probe.last.rung, probe.last.key), ("empty", "none", ""))
    probe.stop()


def test_read_only_folder_with_a_file_that_was_not_recorded(world):
    folder = 'mount -t tmpfs -o size=1m,mode=700 tmpfs "$1" && head -c 32 /dev/zero >"$1/wrapping-key.secret"'
    for mode, state, says in (("600", "ready", "not encrypted"), ("640", "failed", "chmod 600")):
        script = f'{folder} && chmod {mode} "$1/wrapping-key.secret" && mount -o remount,ro "$1"'
        probe = Probe(world, prefix=namespaced(world, script))
        shown = probe.ended("create")
        equal((shown.state, shown.key), (state, "00" * 32 if state == "ready" else ""), shown)
        check(says in shown.message, shown.message)
        probe.stop()


def test_signed_out_while_it_is_made(world):
    world.bus.kill9()
    probe = Probe(world)
    probe.say("create", "forget")
    equal(probe.wait("empty", what="change").key, "")
    equal(os.listdir(probe.state_dir), [])
    probe.say("create", "forget", "create")
    shown = probe.wait("ready")
    equal(probe.show().key, shown.key)
    check_key_file(probe, shown)
    probe.stop()


def test_memory_when_the_disk_is_full(world):
    probe = Probe(world, prefix=namespaced(
        world, 'mount -t tmpfs -o size=64k,mode=700 tmpfs "$1" && ! cat /dev/zero >"$1/filler"'))
    shown = probe.create("memory")
    check("No space left" in shown.message, shown.message)
    equal(os.listdir(f"/proc/{probe.child.pid}/root{probe.state_dir}"), ["filler"], "half a file is left")
    probe.stop()


def test_memory_when_told_so(world):
    keyring = Keyring(world)
    probe = Probe(world, "--memory")
    shown = probe.create("memory")
    equal(keyring.items(), ([], []))
    equal(os.listdir(probe.state_dir), [])
    check("sign in again" in shown.message, shown.message)
    probe.say("forget")
    equal(probe.wait("empty").key, "")
    probe.stop()
    # What was kept before is found.
    probe = Probe(world)
    shown = probe.create("secret-service")
    probe = probe.again(world, "--memory", shown=shown)
    equal(probe.wait("ready").key, shown.key)
    probe.stop()


def credential(world, data, mode=0o400):
    folder = world.path("credentials")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "mpsession.key")
    if os.path.exists(path):
        os.unlink(path)
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)
    return f"--credentials={folder}"


def test_credential(world):
    key = os.urandom(32)
    option = credential(world, key)
    probe = Probe(world, option)
    equal((probe.last.state, probe.last.rung), ("empty", "none"))
    shown = probe.create("credential")
    equal((shown.key, shown.message), (key.hex(), ""))
    equal(os.listdir(probe.state_dir), [])
    credential(world, key.hex().encode() + b"\n")
    probe = probe.again(world, option, shown=shown)
    equal((probe.last.state, probe.last.key), ("ready", key.hex()))
    # Not given any more: that is not a reason to take another place.
    probe = probe.again(world, shown=shown)
    equal((probe.last.state, probe.last.rung, probe.last.key), ("absent", "credential", ""))
    equal(probe.ended("create").state, "absent")
    equal(os.listdir(probe.state_dir), [])
    for data, mode in ((b"short", 0o400), (key, 0o404), (b"", 0o400)):
        credential(world, data, mode)
        probe = probe.again(world, option, shown=shown)
        equal((probe.last.state, probe.last.key), ("failed", ""))
        check("credential" in probe.last.message, probe.last.message)
        fresh = Probe(world, option, state=world.path("fresh"))
        equal(fresh.ended("create").state, "failed", "it is passed over")
        fresh.stop()
    probe.say("forget")
    equal(probe.wait("empty").rung, "none")
    probe.stop()


def test_keyring_is_better_than_a_credential(world):
    Keyring(world)
    probe = Probe(world, credential(world, os.urandom(32)))
    probe.create("secret-service")
    probe.stop()


def test_end_while_it_is_made(world):
    """The agent may end at any moment: what is there then is whole, and used."""
    probe = Probe(world)
    probe.say("create")
    probe.stop()
    check(os.listdir(probe.state_dir) in ([], [KEY_FILE]), os.listdir(probe.state_dir))
    probe = Probe(world)
    shown = probe.create("plain-file")
    check_key_file(probe, shown)
    probe.stop()


if __name__ == "__main__":
    harness.main()
