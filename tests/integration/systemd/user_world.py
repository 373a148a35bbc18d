# SPDX-License-Identifier: MIT
"""A test's world under a real user manager: the installed agent is started by a call on the bus, as at a user's."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, TOKENS, check, wait_until

UNIT = "mpsessiond.service"
CREATE = '{"members":{"me":{"constants":{"system":{"xuid":"%s"}},"properties":{"system":{"active":true}}}}}' % ALICE


class UserWorld(harness.World):
    """Home, bus and manager are those that tests/with-user-manager made for this one test."""

    def __init__(self):  # pylint: disable=super-init-not-called
        self.folder = tempfile.mkdtemp(dir=os.environ["HOME"])
        self.children = []
        self.connections = []
        self.kind = os.environ["MPS_TEST_BUS"]
        self.address = os.environ["DBUS_SESSION_BUS_ADDRESS"]
        self.env = dict(os.environ)
        self.bindir = os.environ["MPS_TEST_BINDIR"]
        self.directory = None
        self.agent = None

    def built(self, *parts):
        return os.path.join(self.bindir, parts[-1])

    def write_file(self, text, *parts):
        """A file below the home; None takes it away."""
        path = os.path.join(self.env["HOME"], *parts)
        if text is None:
            os.unlink(path)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    # ---- What a user does

    def configure(self, config="", service=""):
        """A directory on this machine in agent.conf, and tokens for it by a drop-in; more of both."""
        if self.directory is None:
            self.start_directory()
        self.write_file(f"[Directory]\nUrl={self.url}\n[Identity]\nDefaultAccount={ALICE}\n{config}",
                        ".config", "mpsession", "agent.conf")
        tokens = " ".join(f"--fixed-token {xuid}:{token}" for xuid, token in TOKENS.items())
        self.write_file(f"[Service]\nExecStart=\nExecStart={self.built('mpsessiond')} {tokens}\n{service}",
                        ".config", "systemd", "user", UNIT + ".d", "override.conf")
        self.systemctl("daemon-reload")

    def systemctl(self, *arguments, status=0):
        code, out, errors = self.run("systemctl", "--user", "--no-pager", *arguments)
        check(status is None or code == status, "systemctl", *arguments, f"ended with {code}:", out, errors)
        return out

    def show(self, *names):
        """Properties of the unit: one's value, or a dictionary."""
        options = [f"--property={name}" for name in names]
        lines = self.systemctl("show", *options, UNIT).splitlines()
        values = dict(line.split("=", 1) for line in lines)
        check(all(name in values for name in names), "not all of", names, "in", values)
        return values[names[0]] if len(names) == 1 else values

    def pid(self):
        """The running agent's PID; 0 where none runs."""
        return int(self.show("MainPID"))

    def running_pid(self):
        pid = self.pid()
        check(pid > 0, "the agent should run")  # and 0 is the test's own group, for kill()
        return pid

    def busctl_call(self, member, signature, *arguments):
        return self.run("busctl", "--user", "--timeout=25", "call", harness.NAME, harness.ROOT, harness.IFACE, member,
                        signature, *arguments)

    def wait_restarted(self, pid):
        """Until systemd has started another agent than this, and it is ready."""
        wait_until(lambda: self.show("ActiveState") == "active" and self.pid() not in (0, pid), "it is started again")

    def status_of_process(self):
        with open(f"/proc/{self.pid()}/status", encoding="utf-8") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)

    def run_as_unit(self, name, lines, command):
        """A program of the test's under these lines of a service: its output."""
        out = self.path(name + ".out")
        self.write_file("[Service]\nType=oneshot\n" + "".join(line + "\n" for line in lines) +
                        f"StandardOutput=truncate:{out}\nExecStart={subprocess.list2cmdline(command)}\n",
                        ".config", "systemd", "user", name + ".service")
        self.systemctl("daemon-reload")
        self.systemctl("start", name + ".service")
        with open(out, encoding="utf-8") as file:
            return file.read()
