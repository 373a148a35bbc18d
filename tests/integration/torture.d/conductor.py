# SPDX-License-Identifier: MIT
"""What happens when: who is killed, which accidents the directory has, and who is asked at the end."""
import heapq
import itertools
import json
import random
import time
from collections import Counter

import asking
import evidence as facts
import faults
import harness
import oracle
from parts import ACCOUNTS, Parts
from tape import boot

# Mean seconds between two kills of a part, how long it stays dead at most, and in an outage, which is one kill of twelve.
KILLS = {"agent": (3.5, 2, 2), "directory": (7, 2.5, 12), "bus": (13, 2.5, 12), "game": (5, 1.5, 1.5)}
FAULT_EVERY = 0.6
STARVING = 35
OUTAGE = 24
DRAIN_MAX = 150  # until everything has an end; what waits for longer is cancelled first
CANCEL_AFTER = 90


class Conductor:
    def __init__(self, options, say):
        self.dice = random.Random(options.seed)
        self.limits = options.limits or self.dice.choice(["default", "raised"])
        self.seconds = options.seconds
        self.say = say
        self.parts = Parts(options.bus, options.seed, self.limits)
        self.world = self.parts.world
        self.faults = faults.Faults(self.dice, ACCOUNTS)
        self.evidence = facts.Evidence(burst=self.parts.burst, sustained=self.parts.sustained)
        self.kills, self.starts = Counter(), Counter()
        self.request_lines, self.request_last = [], 0
        self.wall_minus_boot = time.time() - boot()
        self.due, self.numbers = [], itertools.count()
        self.asked_at_end = []
        self.calm = False
        self.holding = None  # a write that is to be held at the directory, for a kill in the middle of its attempt

    # ---- What happens when

    def at(self, delay, action, *arguments):
        heapq.heappush(self.due, (boot() + delay, next(self.numbers), action, arguments))

    def often(self, mean, action):
        """Again and again, at random, until it is calm."""
        def again():
            if not self.calm:
                action()
                self.at(self.dice.expovariate(1 / mean), again)
        self.at(self.dice.expovariate(1 / mean), again)

    def every(self, period, action):
        def again():
            action()
            self.at(period, again)
        self.at(period, again)

    def run_until(self, condition, limit):
        end = boot() + limit
        while not condition():
            if boot() > end:
                return False
            pause = min(self.due[0][0], end) - boot() if self.due else 0.05
            if pause > 0:
                time.sleep(min(pause, 0.05))
            while self.due and self.due[0][0] <= boot():
                _, _, action, arguments = heapq.heappop(self.due)
                action(*arguments)
        return True

    def dead_for(self, part):
        _, usual, outage = KILLS[part]
        outage = max(usual, min(outage, self.seconds / 4))
        return self.dice.uniform(0.02, outage if self.dice.random() < 1 / 12 else usual)

    # ---- The bus, the directory, the agent, the games

    def kill_bus(self):
        if self.parts.bus_up:
            self.parts.kill_bus()
            self.kills["bus"] += 1
            self.at(self.dead_for("bus"), self.start_bus)

    def start_bus(self):
        self.parts.start_bus()
        self.starts["bus"] += 1

    def kill_directory(self, dead_for=None):
        if not self.world.directory:
            return
        # Its log of requests dies with it: what comes between this look and the end is missing there.
        self.take_requests()
        if self.dice.random() < 0.7:
            time.sleep(self.dice.uniform(0, 0.04))
        self.parts.kill_directory()
        self.kills["directory"] += 1
        self.at(dead_for or self.dead_for("directory"), self.start_directory)

    def outage(self):
        """Long enough that what has a short deadline would be late, if only an answer could end it."""
        if self.world.directory:
            self.kill_directory(OUTAGE)
        else:
            self.at(0.1, self.outage)

    def start_directory(self):
        self.parts.start_directory()
        self.starts["directory"] += 1
        self.request_last = 0
        self.forget_faults()

    def kill_agent(self):
        if not self.parts.agent:
            return
        if self.dice.random() < 0.15 and self.parts.agent_is_ready():
            self.parts.stop_agent()
            self.starts["stops of the agent"] += 1
        else:
            self.parts.kill_agent()
            self.kills["agent"] += 1
        self.at(self.dead_for("agent"), self.start_agent)

    def start_agent(self):
        if self.parts.bus_up:
            self.parts.start_agent()
            self.starts["agent"] += 1
        else:
            self.at(0.05, self.start_agent)

    def kill_game(self):
        game = self.dice.choice(self.parts.games)
        if game.child:
            self.parts.kill_game(game)
            self.kills["games"] += 1
            self.at(self.dead_for("game"), self.start_game, game)

    def start_game(self, game):
        self.parts.start_game(game)
        self.starts["games"] += 1

    def kill_each(self):
        """Chance may have left one out."""
        kills = {"agent": self.kill_agent, "directory": self.kill_directory, "bus": self.kill_bus, "games": self.kill_game}
        missing = [part for part in kills if not self.kills[part]]
        for part in missing:
            kills[part]()
        if missing and not self.calm:
            self.at(0.1, self.kill_each)

    def kill_two(self):
        """A power cut that is over at once, as far as processes go."""
        self.kill_agent()
        self.dice.choice([self.kill_bus, self.kill_directory, self.kill_game])()

    def kill_in_the_middle(self):
        """Holds the next write at the directory, and kills one of those who wait for its answer."""
        if self.world.directory and self.parts.agent and not self.holding:
            self.take_requests()
            self.holding = {"seen": len(self.request_lines), "until": boot() + 3}
            faults.order(self.world, self.dice.choice(faults.HELD))
            self.faults.ordered += 1
            self.at(0.05, self.is_held)

    def is_held(self):
        self.take_requests()
        held = any(line["fault"] in ("F1", "F16") for line in self.request_lines[self.holding["seen"]:])
        if not held and boot() < self.holding["until"]:
            self.at(0.05, self.is_held)
            return
        self.holding = None
        if held:
            self.kills["in mid-attempt"] += 1
            kill = self.dice.choices([self.kill_agent, self.kill_directory, self.kill_two], [6, 2, 2])[0]
            self.at(self.dice.uniform(0, 0.5), lambda: self.calm or kill())
            self.at(self.dice.uniform(0, 4), self.release)

    def release(self):
        """What waits at the directory is carried out or forgotten, whether or not somebody still waits for it."""
        if self.world.directory:
            faults.release(self.world, self.dice.choice(["answer", "apply", "drop"]))

    def watch(self):
        """What ended by itself is told, and started again."""
        if self.parts.agent_lost():
            self.at(0.1, self.start_agent)
        for game in self.parts.games:
            if self.parts.game_lost(game, drained=self.calm) and not self.calm:
                self.at(0.1, self.start_game, game)
        directory = self.world.directory
        if directory and directory.process.poll() is not None:
            self.parts.trouble.append(f"the directory ended with {directory.process.returncode}:\n{directory.log()[-1500:]}")
            self.parts.kill_directory()
            self.at(0.1, self.start_directory)

    # ---- Faults and looking

    def keep_handles(self):
        """F19 has taken some away."""
        if self.world.directory:
            self.parts.make_handles()

    def forget_faults(self):
        """The directory has none now."""
        self.faults.forget()
        if self.faults.starved and not self.calm:
            faults.order(self.world, self.faults.starvation())

    def starve(self):
        """From now on nothing of one account gets through."""
        self.take_requests()
        self.faults.starved = self.dice.choice(ACCOUNTS)
        if self.world.directory:
            faults.clear(self.world)
            self.forget_faults()

    def order_fault(self):
        if self.world.directory:
            fault = self.faults.choose()
            if fault:
                faults.order(self.world, fault)

    def take_requests(self):
        if not self.world.directory or self.world.directory.process.poll() is not None:
            return
        lines = faults.read_requests(self.world, self.request_last)
        if lines:
            self.request_last = lines[-1]["sequence"]
            self.request_lines += lines
            self.faults.take_in(lines)

    def look(self):
        asked, wall_minus_boot = boot(), time.time() - boot()
        rows = asking.list_requests(self.parts, self.evidence)
        runs = [(start, end or asked) for start, end in self.parts.agent_runs]
        now = facts.Evidence(agent_runs=runs)
        for row in rows or []:
            self.evidence.story(row["Id"]).listed = True
            due = row["Deadline"] / 1e6 - wall_minus_boot
            ran = now.running_since(due, asked)
            if row["State"] != "done" and ran > oracle.ATTEMPT_MAX:
                self.evidence.overdue.append((row["Id"], asked, ran, row["State"]))
        return rows

    def tell(self):
        told = sum(1 for event in self.parts.tape.events if event.what == "completed")
        killed = ", ".join(f"{part} {self.kills[part]}" for part in ("agent", "directory", "bus", "games"))
        self.say(f"{boot() - self.began:4.0f} s: accepted {len(self.parts.tape.accepted)}, completions told {told}, "
                 f"faults hit {sum(1 for line in self.request_lines if line['fault'])}; killed: {killed}")

    # ---- The run

    def start(self):
        self.began = boot()
        self.parts.start_directory()
        self.parts.make_handles()
        self.parts.start_agent()
        for game in self.parts.games:
            self.parts.start_game(game)

    def torture(self):
        self.start()
        self.every(0.2, self.watch)
        self.every(0.7, self.take_requests)
        self.every(2, self.keep_handles)
        self.every(1.5, self.look)
        self.every(10, self.tell)
        self.often(FAULT_EVERY, self.order_fault)
        self.often(KILLS["agent"][0], self.kill_agent)
        self.often(KILLS["directory"][0], self.kill_directory)
        self.often(KILLS["bus"][0], self.kill_bus)
        self.often(KILLS["game"][0], self.kill_game)
        self.often(17, self.kill_two)
        self.often(3, self.kill_in_the_middle)
        self.at(0.8 * self.seconds, self.kill_each)
        self.at(5, self.starve)
        if self.seconds >= 60:
            self.at(self.dice.uniform(0.1, 0.4) * self.seconds, self.outage)
        self.every(STARVING, lambda: self.calm or self.starve())
        self.run_until(lambda: False, self.seconds)

    def all_up(self):
        return (self.parts.bus_up and self.world.directory and self.parts.agent
                and all(game.child for game in self.parts.games))

    def drain(self):
        """No more kills and faults; the games call no more, and everything comes to its end."""
        self.calm = True
        harness.check(self.run_until(self.all_up, 60), "not all parts came back")
        faults.clear(self.world)
        self.release()
        for game in self.parts.games:
            self.parts.drain_game(game)
        self.say("no more kills and faults: waiting until everything has its end")
        self.at(CANCEL_AFTER, self.cancel_all)
        if not self.run_until(self.drained, DRAIN_MAX):
            rows = self.look() or []
            left = [row for row in rows if row["State"] != "done"]
            self.evidence.strange.append(f"after {DRAIN_MAX} s of calm: games {[g.number for g in self.parts.games if g.child]} "
                                         f"still wait, and the agent has {left[:5]}")

    def drained(self):
        if any(game.child for game in self.parts.games):
            return False
        rows = self.look()
        return rows is not None and all(row["State"] == "done" for row in rows)

    def cancel_all(self):
        for row in asking.list_requests(self.parts, self.evidence) or []:
            if row["State"] != "done":
                self.parts.ask().request(asking.path_of(row["Id"]), "Cancel")

    def ask_everything(self):
        """A last kill; then each id is asked for again, as a game would that starts once more."""
        self.parts.kill_agent()
        self.parts.start_agent()
        harness.wait_until(lambda: self.parts.ask().owner(), "the last agent takes its name")
        held = {row["Id"]: row["State"] for row in self.look() or []}
        for request in list(self.evidence.stories):
            self.asked_at_end += asking.ask_at_end(self.parts, self.evidence, request, held.get(request))
        left = asking.list_requests(self.parts, self.evidence)
        if left:
            self.evidence.strange.append(f"acknowledged, and still there: {left[:3]}")

    def finish(self):
        self.take_requests()
        self.commit_lines = self.world.commits()
        with open(self.world.path("directory.json"), encoding="utf-8") as file:
            self.evidence.alive = {key.rsplit("/", 1)[1] for key in json.load(file)["sessions"]}
        self.parts.stop_agent()
        status = self.world.directory.stop()
        if status != 0:
            self.parts.trouble.append(f"the directory, asked to stop, ended with {status}:\n{self.world.directory.log()[-1500:]}")

    def keep_evidence(self):
        """Beside the logs: what the directory was asked, and what was heard on the bus."""
        with open(self.world.path("requests.jsonl"), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in self.request_lines)
        with open(self.world.path("tape.jsonl"), "w", encoding="utf-8") as file:
            file.writelines(json.dumps([event.time, event.what, event.id, event.detail], default=str) + "\n"
                            for event in self.parts.tape.events)
        with open(self.world.path("agent-runs.json"), "w", encoding="utf-8") as file:
            json.dump(self.parts.agent_runs, file)

    def judge(self):
        e = self.evidence
        e.agent_runs = [tuple(run) for run in self.parts.agent_runs]
        e.handles.update({handle: name for _, name, handle in self.parts.places})
        e.strange += self.parts.trouble
        facts.read_tape(e, self.parts.tape)
        for request, when, result, by in self.asked_at_end:
            e.story(request).listed = True
            e.story(request).told.append(facts.told_of(result, when, by))
        facts.read_requests(e, self.request_lines)
        facts.read_commits(e, self.commit_lines, self.wall_minus_boot)
        return oracle.check(e)

    def run(self):
        try:
            self.torture()
            self.drain()
            for game in self.parts.games:
                facts.read_journal(self.evidence, game.number, game.journal)
            self.ask_everything()
            self.finish()
        finally:
            leaked = self.parts.close()
        if leaked:
            self.evidence.strange.append(f"processes were left: {leaked}")
        return self.judge()
