# SPDX-License-Identifier: MIT
"""A server with the bus room alone and accounts that a test invents, and a terminal for mpsessionctl."""
import errno
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import Failure, check

ACCOUNTS_IFACE = "org.mpsession.Agent1.Accounts"
ACCOUNT_IFACE = "org.mpsession.Agent1.Account"
SIGN_IN_IFACE = "org.mpsession.Agent1.SignIn"
ACCOUNT_ROOT = f"{harness.ROOT}/account"
SIGN_IN_ROOT = f"{harness.ROOT}/sign_in"

ALICE_ID = "a11ce000-0000-4000-8000-000000000001"
BOB_ID = "b0b00000-0000-4000-8000-000000000002"
SIGN_IN_ID = "51600000-0000-4000-8000-000000000003"
NEXT_ID = "51600000-0000-4000-8000-000000000004"
CODE = "QXRT7PLM"
PAGE = "https://login.example.com/link"
ALICE = {"id": ALICE_ID, "xuid": harness.ALICE, "gamertag": "Alice", "state": "ready", "client-id": "client",
         "secret-store": "secret-service", "token-expires": 1700000000000000, "signed-in": 1600000000000000}
BOB = {**ALICE, "id": BOB_ID, "xuid": harness.BOB, "gamertag": "Bob", "state": "needs-action", "reason": "Bob has to accept terms.",
       "action-uri": "https://example.com/terms", "secret-store": "plain-file"}


def path_of(root, identifier):
    return f"{root}/{identifier.replace('-', '_')}"


def waiting(**more):
    """Members of a sign-in whose code is known."""
    return {"state": "waiting", "user-code": CODE, "uri": PAGE, "uri-complete": f"{PAGE}?otc={CODE}",
            "expires": int((time.time() + 900) * 1e6), **more}


class Server:
    """The bus room in a process, with a script."""

    def __init__(self, world):
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        self.child = world.child([world.built("tests", "integration", "accounts", "account-server")], "server", stdin=commands,
                                 stdout=answers)
        os.close(commands)
        os.close(answers)
        self.rest = b""
        self.calls = []
        self.busy = None
        world.connections.append(self)
        self.wait_call("named")

    def close(self):
        for fd in (self.commands, self.answers):
            if fd is not None:
                os.close(fd)
        self.commands = self.answers = None

    def _line(self):
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.answers], [], [], harness.LIMIT)
            part = os.read(self.answers, 65536) if ready else b""
            if not part:
                raise Failure(f"the server says nothing: {self.child.log()[-2000:]}")
            self.rest += part
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def do(self, what, **members):
        os.write(self.commands, json.dumps({"do": what, **members}).encode() + b"\n")
        while True:
            told = self._line()
            check("wrong" not in told, "the server does not know", told)
            if "ok" in told:
                self.busy = told["ok"]
                return
            self.calls.append(told)

    def script(self, **members):
        self.do("script", **{key.replace("_", "-"): value for key, value in members.items()})

    def wait_call(self, name):
        """The next call of a hook of that name."""
        while True:
            for index, call in enumerate(self.calls):
                if call["called"] == name:
                    return self.calls.pop(index)
            self.calls.append(self._line())

    def sign_in(self, identifier=SIGN_IN_ID, **members):
        self.do("sign-in", id=identifier, **members)

    def stop(self):
        """A clean end; its status is 0, or a sanitizer has found something."""
        os.close(self.commands)
        self.commands = None
        harness.equal(self.child.wait(), 0, "the server's exit status", self.child.log()[-3000:])


class Terminal:
    """mpsessionctl on a terminal of its own."""

    def __init__(self, world, *arguments, columns=100, rows=50, **env):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {**world.env, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **env}
        self.process = subprocess.Popen([world.built("cli", "mpsessionctl"), *arguments], env=environment, stdin=slave, stdout=slave,
                                        stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.master = master
        self.text = ""
        world.connections.append(self)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)

    def _read(self, end):
        ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise Failure(f"waited in vain; the terminal shows: {self.text}")
        try:
            part = os.read(self.master, 65536)
        except OSError as error:  # EIO: nobody has the other side open any more
            if error.errno != errno.EIO:
                raise
            part = b""
        self.text += part.decode(errors="replace")
        return bool(part)

    def wait(self, text):
        """Until this is shown; returns what was shown up to there, which is not looked at again."""
        end = time.monotonic() + harness.LIMIT
        while text not in self.text:
            check(self._read(end), f"it ended without {text!r}:", self.text)
        shown, _, self.text = self.text.partition(text)
        return shown + text

    def keys(self, text):
        os.write(self.master, text.encode())

    def end(self):
        """Waits for the program's end: its status and the rest of what it has shown."""
        end = time.monotonic() + harness.LIMIT
        while self._read(end):
            pass
        return self.process.wait(harness.LIMIT), self.text
