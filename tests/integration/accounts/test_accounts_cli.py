#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mpsessionctl's commands for accounts, against a bus room whose accounts the test invents; on a terminal and off it."""
import json
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "agent")]
import harness
from harness import check, equal
from parts import (ACCOUNT_ROOT, ALICE, ALICE_ID, BOB, BOB_ID, CODE, NEXT_ID, PAGE, SIGN_IN_ID, SIGN_IN_ROOT, Server, Terminal, path_of,
                   waiting)
from test_sandbox import flatpak

SIGN_IN_PATH = path_of(SIGN_IN_ROOT, SIGN_IN_ID)
NEVER = "Never enter a code that somebody else has sent you."


def start(world, *accounts):
    server = Server(world)
    for account in accounts:
        server.do("account", **account)
    server.script(id=SIGN_IN_ID, fresh=waiting())
    return server


def ctl(world, *arguments, status=0):
    """Runs mpsessionctl; its output and errors. A leak or a sanitizer's finding is another exit status."""
    code, output, errors = world.run(world.built("cli", "mpsessionctl"), *arguments)
    equal(code, status, f"exit status of {' '.join(arguments)}; {output}{errors}")
    return output, errors


def ctl_json(world, *arguments, status=0):
    return json.loads(ctl(world, *arguments, "--json", status=status)[0])


class Follow:
    """mpsessionctl in the background, without a terminal; its output is read as it comes."""

    def __init__(self, world, *arguments, **env):
        self.world = world
        self.child = world.child([world.built("cli", "mpsessionctl"), *arguments], f"ctl-{len(world.children)}", env={**world.env, **env})

    def wait(self, text):
        harness.wait_until(lambda: text in self.child.log() or self.child.process.poll() is not None, f"{text!r} in {self.child.log()}")
        check(text in self.child.log(), f"it ended without {text!r}:", self.child.log())

    def end(self):
        return self.child.wait(), self.child.log()


def sign_in_as_alice(server):
    server.sign_in(state="checking")
    server.do("account", **ALICE, tell="added")
    server.sign_in(state="done", account=ALICE_ID)


def test_without_an_agent(world):
    for command in (["accounts"], ["sign-out"], ["sign-in"], ["retry"]):
        output, errors = ctl(world, *command, status=3)
        equal(output, "", command)
        check("next:" in errors, errors)
        check("error" in ctl_json(world, *command, status=3), command)
    for wrong in (["accounts", "x"], ["sign-out", "a", "b"], ["sign-in", "x"], ["sign-in", "--wait"], ["sign-in", "--title-id", "x"],
                  ["accounts", "--no-qr"], ["sign-out", "--account", harness.ALICE]):
        ctl(world, *wrong, status=2)


def test_accounts(world):
    server = start(world)
    check("nobody is signed in" in ctl(world, "accounts")[0])
    equal(ctl_json(world, "accounts"), [])
    server.do("account", **{**ALICE, "token-expires": int((time.time() + 7300) * 1e6), "default": True})
    server.do("account", **{**BOB, "reason": "Bob has to\x1b[31m accept terms."})
    output, _ = ctl(world, "accounts")
    lines = output.splitlines()
    equal(len(lines), 4, output)
    check(re.match(r"Alice +2533274900000001 +ready, default +- +secret-service +in 2 h$", lines[1]), lines[1])
    check(re.match(r"Bob +2533274900000002 +needs-action +open https://example.com/terms; then mpsessionctl retry 2533274900000002 +"
                   r"plain-file +\d+ d ago$", lines[2]), lines[2])
    equal(lines[3], "Bob (2533274900000002): Bob has to?[31m accept terms.")
    rows = ctl_json(world, "accounts")
    equal([(row["Xuid"], row["State"], row["Path"]) for row in rows],
          [(harness.ALICE, "ready", path_of(ACCOUNT_ROOT, ALICE_ID)), (harness.BOB, "needs-action", path_of(ACCOUNT_ROOT, BOB_ID))])
    equal(rows[1]["ActionUri"], "https://example.com/terms")


def test_sign_out(world):
    server = start(world, ALICE, BOB, {**ALICE, "id": NEXT_ID, "xuid": "2533274900000003", "gamertag": "alice"})
    for arguments, word in (([], "several"), (["Carol"], "no account"), (["ALICE"], "several")):
        _, errors = ctl(world, "sign-out", *arguments, status=1)
        check(word in errors and "next:" in errors, errors)
    equal(ctl_json(world, "sign-out", "Carol", status=1)["error"], "org.mpsession.Error.NoSuchAccount")
    server.do("script")
    equal(server.calls, [])
    output, _ = ctl(world, "sign-out", harness.ALICE)
    check(output.startswith("signed out Alice (2533274900000001)") and "left behind" in output and "consent" in output, output)
    equal(server.wait_call("sign-out")["id"], ALICE_ID)
    told = ctl_json(world, "sign-out", "bob")
    equal((told["Id"], told["Xuid"], told["Gamertag"], told["Waiting"]), (BOB_ID, harness.BOB, "Bob", 0))
    equal(server.wait_call("sign-out")["id"], BOB_ID)
    server.script(sign_out=-5)
    check("Input/output error" in ctl(world, "sign-out", NEXT_ID, status=1)[1])
    server.script(sign_out="now")
    ctl(world, "sign-out")
    check("nobody is signed in" in ctl(world, "sign-out", status=1)[1])


def test_retry(world):
    server = start(world, BOB)
    check("needs-action now" in ctl(world, "retry")[0])
    equal(server.wait_call("retry")["id"], BOB_ID)
    equal(ctl_json(world, "retry", "Bob")["Id"], BOB_ID)
    server.script(retry=-5)
    check("doctor" in ctl(world, "retry", status=1)[1])


def test_sign_in_without_a_terminal(world):
    server = start(world)
    run = Follow(world, "sign-in", "--title-id", "7", "--account", harness.ALICE, "--no-remember")
    equal(server.wait_call("sign-in"), {"called": "sign-in", "title-id": 7, "account": harness.ALICE, "remember": False})
    run.wait(NEVER)
    shown = run.child.log()
    check(f"\n    {PAGE}\n" in shown and f"\n    {CODE}\n" in shown and f"{PAGE}?otc={CODE}" in shown, shown)
    check("\x1b" not in shown and "\r" not in shown, "escapes without a terminal:", shown)
    sign_in_as_alice(server)
    status, shown = run.end()
    equal(status, 0, shown)
    check("signed in as Alice (2533274900000001)\n  its secret is kept in the keyring" in shown, shown)
    equal(server.calls, [], "nothing was cancelled")


def test_sign_in_as_json(world):
    server = start(world)
    run = Follow(world, "sign-in", "--json")
    run.wait("\n")
    sign_in_as_alice(server)
    status, shown = run.end()
    equal(status, 0, shown)
    first, last = [json.loads(line) for line in shown.splitlines()]
    equal((first["State"], first["UserCode"], first["VerificationUri"], first["Path"]), ("waiting", CODE, PAGE, SIGN_IN_PATH))
    check(first["ExpiresAt"] > 1.6e15, first)
    equal((last["State"], last["Account"]["Xuid"], last["Account"]["SecretStore"]), ("done", harness.ALICE, "secret-service"))
    for state, error, message in (("declined", "", ""), ("expired", "", ""), ("failed", "xerr-238", "The account is a child's.")):
        run = Follow(world, "sign-in", "--json")
        run.wait("\n")
        server.sign_in(state=state, error=error, message=message)
        status, shown = run.end()
        equal(status, 1, shown)
        last = json.loads(shown.splitlines()[1])
        equal((last["State"], last["error"]), (state, error or state))
        check(last["message"] == message or (not message and len(last["message"]) > 10), last)
        check("sign-in" in last["next"], last)


def test_sign_in_that_ends_otherwise(world):
    server = start(world)
    for state, message, word in (("declined", "", "declined"), ("expired", "", "in time"), ("failed", "It is a child's.", "child's")):
        run = Follow(world, "sign-in")
        run.wait(NEVER)
        server.sign_in(state=state, message=message)
        status, shown = run.end()
        equal(status, 1, shown)
        check(word in shown and "next: mpsessionctl sign-in" in shown, shown)
    server.script(sign_in=2, message="set ClientId= in agent.conf")
    check("set ClientId=" in ctl(world, "sign-in", status=1)[1])
    equal(ctl_json(world, "sign-in", status=1)["error"], "org.mpsession.Error.SignInUnavailable")
    server.script(sign_in=-110, message="the identity service does not answer")
    check("does not answer" in ctl(world, "sign-in", status=1)[1])
    server.script(sign_in=None)
    run = Follow(world, "sign-in")
    run.wait(NEVER)
    server.child.kill9()
    status, shown = run.end()
    equal(status, 3, shown)
    check("the agent has ended" in shown, shown)


def test_one_that_is_open_is_gone_on_with(world):
    server = start(world)
    first = Follow(world, "sign-in")
    first.wait(NEVER)
    first.child.kill9()
    check("open already" in ctl(world, "sign-in", "--account", harness.ALICE, status=1)[1])
    second = Follow(world, "sign-in")
    second.wait(NEVER)
    check("going on with it" in second.child.log() and CODE in second.child.log(), second.child.log())
    second.child.process.send_signal(signal.SIGINT)
    equal(server.wait_call("cancel")["id"], SIGN_IN_ID)
    status, shown = second.end()
    equal(status, 1, shown)
    check("cancelled" in shown, shown)


def test_ctrl_c_before_the_code_is_known(world):
    server = start(world)
    server.script(fresh={"state": "starting"})
    run = Follow(world, "sign-in", "--json")
    server.wait_call("sign-in")
    run.child.process.send_signal(signal.SIGTERM)
    harness.wait_until(lambda: not pending(run.child.pid, signal.SIGTERM), "the signal is taken")
    server.sign_in(**waiting())
    equal(server.wait_call("cancel")["id"], SIGN_IN_ID)
    status, shown = run.end()
    equal((status, json.loads(shown)["State"]), (1, "cancelled"))
    run = Follow(world, "sign-in")
    server.wait_call("sign-in")
    for _ in range(2):
        run.child.process.send_signal(signal.SIGINT)
        harness.wait_until(lambda: run.child.process.poll() is not None or not pending(run.child.pid, signal.SIGINT), "the signal is taken")
    equal(run.end()[0], 1, "the second time it is not waited for")


def pending(pid, number):
    """Whether a signal waits to be taken; one that is blocked and read by a descriptor waits as any."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            bits = re.search(r"^ShdPnd:\s*([0-9a-f]+)$", file.read(), flags=re.M)
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            ended = file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return False
    return not ended and bool(int(bits.group(1), 16) >> (number - 1) & 1)


def shifted(world):
    """The environment in which boot time is an hour ahead from when a file is there, and that file."""
    file = world.path("shift")
    asan = world.env["ASAN_OPTIONS"] + ":verify_asan_link_order=0"
    return {"LD_PRELOAD": world.built("tests", "integration", "agent", "clock-shift.so"), "CLOCK_SHIFT_FILE": file,
            "ASAN_OPTIONS": asan}, file


def touch(file):
    with open(file, "w", encoding="utf-8"):
        pass


def test_a_new_code_is_spoken_of_once_without_a_terminal(world):
    server = start(world)
    env, file = shifted(world)
    run = Follow(world, "sign-in", **env)
    run.wait(NEVER)
    check("should the code not be taken" not in run.child.log())
    touch(file)
    run.wait("should the code not be taken")
    sign_in_as_alice(server)
    status, shown = run.end()
    equal(status, 0, shown)
    equal(shown.count("should the code not be taken"), 1)


def test_a_terminal_counts_down_and_makes_a_new_code(world):
    server = start(world)
    env, file = shifted(world)
    terminal = Terminal(world, "sign-in", **env)
    shown = terminal.wait(NEVER)
    check(f"\x1b[1m{CODE}\x1b[0m" in shown, shown)
    shown = terminal.wait("waiting; the code is good for 14:")
    terminal.keys("\n")  # not offered yet: nothing happens
    terminal.wait("waiting; the code is good for 14:")
    server.do("script", id=NEXT_ID, fresh=waiting(**{"user-code": "NEWCODE9", "uri-complete": ""}))
    equal([call["called"] for call in server.calls], ["sign-in"])
    touch(file)
    terminal.wait("Enter makes a new one")
    os.unlink(file)
    terminal.keys("\n")
    equal(server.wait_call("cancel")["id"], SIGN_IN_ID)
    shown = terminal.wait(NEVER)
    check("NEWCODE9" in shown and CODE not in shown, shown)
    server.sign_in(NEXT_ID, state="checking")
    terminal.wait("looking at the account")
    server.do("account", **BOB)
    server.sign_in(NEXT_ID, state="done", account=BOB_ID)
    status, shown = terminal.end()
    equal(status, 0, shown)
    check("signed in as Bob" in shown and "not encrypted" in shown and "open https://example.com/terms" in shown, shown)


def test_ctrl_c_on_a_terminal(world):
    server = start(world)
    terminal = Terminal(world, "sign-in")
    terminal.wait("waiting; the code is good for")
    terminal.keys("\x03")
    equal(server.wait_call("cancel")["id"], SIGN_IN_ID)
    status, shown = terminal.end()
    equal(status, 1, shown)
    check("cancelled" in shown, shown)


HALVES = {" ": (0, 0), "▄": (0, 1), "▀": (1, 0), "█": (1, 1)}


def modules(shown):
    """The QR code on a terminal as rows of 0 and 1, without its margin."""
    rows = []
    for line in re.findall(r"\x1b\[30;107m([ ▄▀█]+)\x1b\[0m", shown):
        upper, lower = zip(*(HALVES[character] for character in line))
        rows += [upper, lower]
    dark = [index for index, row in enumerate(rows) if any(row)]
    check(dark, "no QR code:", shown)
    size = dark[-1] - dark[0] + 1
    equal(dark[0], 4, "the margin above")
    return [row[4:4 + size] for row in rows[4:4 + size]]


def built_with_qr(world):
    done = subprocess.run(["ldd", world.built("cli", "mpsessionctl")], capture_output=True, text=True, check=True)
    return "libqrencode" in done.stdout


def test_the_qr_code(world):
    """What is drawn is a QR code of the page with the code in it: the same modules as qrencode's own library makes."""
    import ctypes  # pylint: disable=import-outside-toplevel
    server = start(world)
    check(built_with_qr(world), "this build has no QR codes: libqrencode-dev is missing")
    terminal = Terminal(world, "sign-in")
    drawn = modules(terminal.wait(NEVER))
    terminal.keys("\x03")
    equal(terminal.end()[0], 1)

    class Code(ctypes.Structure):  # pylint: disable=too-few-public-methods
        _fields_ = [("version", ctypes.c_int), ("width", ctypes.c_int), ("data", ctypes.POINTER(ctypes.c_ubyte))]

    library = ctypes.CDLL("libqrencode.so.4")
    library.QRcode_encodeString.restype = ctypes.POINTER(Code)
    code = library.QRcode_encodeString(f"{PAGE}?otc={CODE}".encode(), 0, 0, 2, 1).contents
    wanted = [tuple(code.data[y * code.width + x] & 1 for x in range(code.width)) for y in range(code.width)]
    equal(drawn, wanted)
    # Where it does not fit, is not wanted, or cannot be shown, the code itself is.
    server.script(fresh=waiting())
    for arguments, more in (([], {"columns": 30}), (["--no-qr"], {}), ([], {"LC_ALL": "C"}), ([], {"TERM": "dumb"})):
        terminal = Terminal(world, "sign-in", *arguments, **more)
        shown = terminal.wait(NEVER)
        check("\x1b[30;107m" not in shown and CODE in shown, arguments, more, shown)
        terminal.keys("\x03")
        equal(terminal.end()[0], 1)


def test_status_and_doctor(world):
    server = start(world)
    doctor = {row["check"]: row for row in ctl_json(world, "doctor", status=1)["checks"]}
    equal((doctor["account"]["state"], doctor["account"]["text"]), ("ok", "nobody is signed in"))
    server.do("account", **{**ALICE, "token-expires": int((time.time() + 7300) * 1e6)})
    server.do("account", **BOB)
    output, _ = ctl(world, "status")
    check(re.search(r"^accounts +2$", output, flags=re.M), output)
    check("Bob (2533274900000002): needs-action: Bob has to accept terms.\n  next: open https://example.com/terms" in output, output)
    check("Alice" not in output, output)
    equal([account["State"] for account in ctl_json(world, "status")["Accounts"]], ["ready", "needs-action"])
    told = ctl_json(world, "doctor", status=1)
    rows = [row for row in told["checks"] if row["check"] == "account"]
    equal([row["state"] for row in rows], ["ok", "fail"])
    check("token is good for 2 h more" in rows[0]["text"] and "https://example.com/terms" in rows[1]["fix"], rows)
    secrets = [row for row in told["checks"] if row["check"] == "secrets"]
    equal([row["state"] for row in secrets], ["ok", "warn"])
    check("not encrypted" in secrets[1]["text"], secrets)
    equal(len(told["accounts"]), 2)


def test_explain_knows_the_states(world):
    for state in ("needs-sign-in", "store-locked", "config-error", "declined"):
        check(ctl(world, "explain", state)[0], state)
    kinds = {row["kind"] for row in ctl_json(world, "explain", "needs-sign-in")}
    check("state of an account" in kinds, kinds)


def test_from_a_sandbox(world):
    start(world, ALICE)
    info = flatpak(world, "[Application]\nname=org.example.Game\n")
    box = ["bwrap", "--die-with-parent", "--unshare-pid", "--ro-bind", "/usr", "/usr", "--ro-bind", "/etc", "/etc", "--symlink", "usr/bin",
           "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
           "--bind", world.folder, world.folder, "--ro-bind", harness.BUILD, harness.BUILD]
    for command in (["accounts"], ["sign-in"], ["sign-out"], ["retry"]):
        status, output, errors = world.run(*box, *info, world.built("cli", "mpsessionctl"), *command)
        equal((status, output), (1, ""), command, errors)
        check("sandbox" in errors and "Alice" not in errors, errors)
    status, output, errors = world.run(*box, *info, world.built("cli", "mpsessionctl"), "status")
    equal(status, 0, errors)
    check("accounts" not in output, output)


if __name__ == "__main__":
    harness.main()
