# SPDX-License-Identifier: MIT
"""The parts that are tortured: bus, directory, agent and games; each can be killed and started again."""
import ctypes
import os
import random
import signal
import socket
import subprocess
import uuid

import harness
from tape import Tape, boot

ACCOUNTS = [str(2533274900000101 + i) for i in range(12)]
TEMPLATES = ["quickmatch", "quickmatch", "lobby", "team"]
GAMES = 3
SUBREAPER = 36

# Limits of the agent by name: attempts in 15 s and in 300 s, and how often each game calls (ms between two calls).
LIMITS = {"default": (29, 290, 420), "raised": (200, 2000, 70)}


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def free_port():
    """Below those that outgoing connections get: a client that connects to the port of a dead directory must not meet itself."""
    dice = random.SystemRandom()
    for _ in range(1000):
        port = dice.randrange(20000, 30000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise harness.Failure("no free port")


class Game:
    def __init__(self, number, journal, plan):
        self.number = number
        self.journal = journal
        self.plan = plan
        self.incarnation = 0
        self.child = None


class Parts:
    def __init__(self, bus, seed, limits):
        os.environ["MPS_TEST_BUS"] = bus
        harness.TOKENS.clear()
        harness.TOKENS.update({xuid: f"token-of-{xuid}" for xuid in ACCOUNTS})
        # What a killed part leaves behind becomes ours, so that it can be found.
        ctypes.CDLL(None).prctl(SUBREAPER, 1)
        self.seed = seed
        self.burst, self.sustained, self.pace = LIMITS[limits]
        self.port = free_port()
        self.agent_runs = []  # [start, end]; the end is None while it runs
        self.trouble = []     # what ended although nobody killed it
        self.tape = Tape()
        self.world = harness.World()
        self.bus_up = True
        self.bus_killed_at = 0
        self.tape.start(self.world.address)
        self.asking = None
        self.places = [(TEMPLATES[i], f"place{i}", str(uuid.UUID(int=0x5a5a0000 + i, version=4)))
                       for i in range(len(TEMPLATES))]
        self.config = self._file("agent.conf", "[Queue]\nIdleExitSec=infinity\n"
                                 f"[Limits]\nBurst={self.burst}\nSustained={self.sustained}\n")
        self.games = [Game(i, self.world.path(f"game{i}.journal"), self._plan(i)) for i in range(GAMES)]

    def _file(self, name, text):
        path = self.world.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def _plan(self, number):
        share = len(ACCOUNTS) // GAMES
        # Its own accounts, and one that plays the next game as well.
        mine = [ACCOUNTS[(number * share + i) % len(ACCOUNTS)] for i in range(share + 1)]
        lines = [f"scid {harness.SCID}", *(f"account {xuid}" for xuid in mine),
                 *(f"session {template} {name} {handle}" for template, name, handle in self.places)]
        return self._file(f"game{number}.plan", "\n".join(lines) + "\n")

    def _forget(self, child):
        child.end()
        self.world.children.remove(child)

    def _note(self, who, child, text=None):
        status = child.process.poll()
        tail = text or "\n".join(child.log().splitlines()[-8:])
        self.trouble.append(f"{who} ended by itself with status {status} at {boot():.3f}:\n{tail}")

    # ---- The bus

    def start_bus(self):
        self.world.start_bus()
        self.bus_up = True
        self.tape.start(self.world.address)

    def kill_bus(self):
        self._close_asking()
        bus = self.world.bus
        pids = [bus.pid, *children_of(bus.pid)]  # dbus-broker's launcher has the broker beside it
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        bus.wait()
        for pid in pids[1:]:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass
        self._forget(bus)
        self.bus_up = False
        self.bus_killed_at = boot()
        self.tape.stop()

    def ask(self):
        """A connection for looking, on the bus that is there now."""
        if not self.asking:
            self.asking = harness.wait_until(self._connect, "the bus takes connections")
        return self.asking

    def _connect(self):
        try:
            return harness.Connection(self.world.address)
        except OSError:
            return None

    def _close_asking(self):
        if self.asking:
            self.asking.close()
        self.asking = None

    # ---- The directory

    def start_directory(self):
        previous = getattr(self.world, "_directory_out", None)
        if previous is not None:
            os.close(previous)
            self.world._directory_out = None
        self.world.start_directory(port=self.port)

    def kill_directory(self):
        self.world.directory.kill9()
        self._forget(self.world.directory)
        self.world.directory = None

    def make_handles(self):
        """Handles that outlive their sessions: their owner is nobody, so nobody's leaving ends them."""
        for i, (template, name, handle) in enumerate(self.places):
            self.world.control("POST", "handles", {
                "type": "activity", "id": handle, "ownerXuid": str(9900000000000001 + i),
                "sessionRef": {"scid": harness.SCID, "templateName": template, "name": name}})

    # ---- The agent

    @property
    def agent(self):
        return self.world.agent

    def start_agent(self):
        self.agent_log_from = os.path.getsize(self.world.path("agent.log")) if self.agent_runs else 0
        self.world.spawn_agent("--config", self.config)
        self.world.agent = self.world.children[-1]
        self.agent_runs.append([boot(), None])

    def _agent_ended(self):
        self.agent_runs[-1][1] = boot()
        self._forget(self.agent)
        self.world.agent = None

    def kill_agent(self):
        status = self.agent.kill9()
        if status != -signal.SIGKILL:
            self._note("the agent", self.agent)
        self._agent_ended()

    def stop_agent(self):
        """Once it is ready: before that it need not know how to stop."""
        status = self.agent.stop()
        if status != 0:
            self._note("the agent, asked to stop,", self.agent)
        self._agent_ended()

    def agent_said(self):
        with open(self.agent.log_path, encoding="utf-8", errors="replace") as file:
            file.seek(self.agent_log_from)
            return file.read()

    def agent_is_ready(self):
        return "ready;" in self.agent_said()

    def agent_lost(self):
        """Whether it ended by itself. While it starts it may not do without a bus."""
        if not self.agent or self.agent.process.poll() is None:
            return False
        said = self.agent_said()
        without_bus = not self.bus_up or self.bus_killed_at > self.agent_runs[-1][0]
        if not (self.agent.process.returncode == 1 and without_bus and "ready;" not in said):
            self._note("the agent", self.agent, said[-1500:])
        self._agent_ended()
        return True

    # ---- The games

    def start_game(self, game):
        game.incarnation += 1
        game.child = self.world.child(
            [self.world.built("tests", "integration", "torture.d", "torture-game"), game.journal, game.plan, game.number,
             game.incarnation, self.seed, self.pace], f"game{game.number}", stdin=subprocess.PIPE)

    def kill_game(self, game):
        status = game.child.kill9()
        if status != -signal.SIGKILL:
            self._note(f"game {game.number}", game.child)
        self._game_ended(game)

    def _game_ended(self, game):
        game.child.process.stdin.close()
        self._forget(game.child)
        game.child = None

    def drain_game(self, game):
        game.child.process.stdin.write(b"\n")
        game.child.process.stdin.flush()

    def game_lost(self, game, drained=False):
        """Whether it ended; before it was asked to drain it should not."""
        if not game.child or game.child.process.poll() is None:
            return False
        if not drained or game.child.process.returncode != 0:
            self._note(f"game {game.number}", game.child)
        self._game_ended(game)
        return True

    # ---- The end

    def close(self):
        """Ends everything; what is still there then was leaked. Its folder is left."""
        self._close_asking()
        for child in reversed(self.world.children):
            if child is not self.world.bus:
                child.end()
        if self.bus_up:
            self.kill_bus()
        leaked = [(pid, self._command(pid)) for pid in children_of(os.getpid())]
        for pid, _ in leaked:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        return leaked

    @staticmethod
    def _command(pid):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                return file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return "?"
