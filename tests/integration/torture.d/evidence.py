# SPDX-License-Identifier: MIT
"""What each party said, put together: journals of the games, tape of the bus, logs of the directory, lives of the agent.

All times are seconds of boot time.
"""
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timezone

from faults import HELD_BACK

OUTCOMES = ["", "applied", "out-of-sync", "rejected", "expired", "cancelled", "superseded", "unknown"]
APPLIED = ["no", "yes", "unknown"]
STATUSES = ["Unknown", "AccessDenied", "Created", "Conflict", "HandleNotFound", "OutOfSync", "SessionDeleted", "Updated"]
NO_ERROR, AGENT_LOST, LOST = 0, -14, -15
MODES_WITHOUT_CONDITION = ("update-existing", "update-or-create-new")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")

# How long a call without a deadline lives.
LIVES = {"join": 30, "leave": 7200, "look": 30}
OTHER_LIFE = 600

CLOCKS = 0.5  # seconds between two processes' readings


@dataclass
class Call:
    """A game called."""
    time: float
    game: int
    incarnation: int
    line: int  # of the journal: what the game did one after the other
    kind: str
    purpose: str = ""
    account: str = ""
    session: str = ""
    handle: str = ""
    due: float = 0
    mode: str = ""
    durability: int = 0
    repeats: bool = False
    body: object = None


@dataclass
class Told:
    """A result, as somebody heard it."""
    time: float
    by: str
    error: int = NO_ERROR
    outcome: str = ""
    applied: str = ""
    resolved: bool = False
    attempts: int = 0
    http_status: int = 0
    write_status: str = "Unknown"
    etag: str = ""
    code: str = ""
    repeats: bool = False
    order: int = 0
    session: str = ""

    def words(self):
        return (self.outcome, self.applied, self.resolved, self.attempts, self.http_status, self.write_status, self.etag,
                self.code)


@dataclass
class Commit:
    """The directory wrote."""
    time: float
    sequence: int
    account: str
    session: str
    handle: str
    life: int     # of the session: a new one begins where there was none
    begins: bool  # that is here
    changed: bool
    late: bool    # it was held back on its way
    delta: object


@dataclass
class Request:
    """The directory was asked."""
    time: float
    method: str
    account: str
    session: str  # "" for handles and their queries
    path: str
    status: int
    fault: str
    number: int = 0


@dataclass
class Story:
    """All that is known of one id."""
    id: str
    calls: list = field(default_factory=list)
    offered: list = field(default_factory=list)   # orders of the tape
    accepted: list = field(default_factory=list)  # the same
    listed: bool = False                          # the agent has shown it
    told: list = field(default_factory=list)
    commits: list = field(default_factory=list)

    @property
    def call(self):
        """The first one that was no Attach."""
        return next((call for call in self.calls if call.kind != "attach"), None)

    @property
    def is_write(self):
        return self.call is not None and self.call.kind == "write"

    @property
    def due(self):
        return max((call.due for call in self.calls if call.kind != "attach"), default=0)

    @property
    def was_accepted(self):
        return bool(self.accepted) or self.listed

    @property
    def outcome(self):
        """What the agent told, or else the library."""
        own = [told for told in self.told if not told.repeats]
        return next((told for told in own if told.error == NO_ERROR), own[0] if own else None)


@dataclass
class Evidence:
    stories: dict = field(default_factory=dict)
    commits: list = field(default_factory=list)
    requests: list = field(default_factory=list)
    agent_runs: list = field(default_factory=list)  # (start, end)
    overdue: list = field(default_factory=list)     # (id, time, seconds that an agent ran since the deadline, state)
    balance: list = field(default_factory=list)     # (game, incarnation, id, calls, ends, whether it ended in peace)
    strange: list = field(default_factory=list)     # what no part should have said or done
    burst: int = 29
    sustained: int = 290
    accepted_at: dict = field(default_factory=dict)  # id -> when its acceptance was heard on the bus
    handles: dict = field(default_factory=dict)     # handle -> session
    alive: set = field(default_factory=set)         # the names of the sessions that are there at the end
    notes: dict = field(default_factory=dict)       # id -> what the agent tells of it at the end: (event, text)

    def story(self, request):
        return self.stories.setdefault(request, Story(request))

    def running_since(self, start, end):
        """For how long an agent ran in that time."""
        return sum(max(0, min(end, last if last else end) - max(start, first)) for first, last in self.agent_runs)


# ---- Journals

def read_journal(evidence, game, path):
    incarnation, tally, drained = 0, {}, set()
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file):
            try:
                entry = json.loads(line)
            except ValueError:
                if line.endswith("}\n"):
                    evidence.strange.append(f"game {game}, line {number + 1} of its journal: {line[:200]}")
                continue
            if entry["what"] == "begin":
                incarnation = entry["incarnation"]
                continue
            if entry["what"] == "drained":
                drained.add(incarnation)
                continue
            take_entry(evidence, game, incarnation, number, entry, tally)
    for (life, request), (calls, ends) in tally.items():
        evidence.balance.append((game, life, request, calls, ends, life in drained))


def take_entry(evidence, game, incarnation, number, entry, tally):
    what, time = entry["what"], entry["t"] / 1e6
    if what == "cancel":
        return
    story = evidence.story(entry["id"])
    count = tally.setdefault((incarnation, entry["id"]), [0, 0])
    if what == "called":
        count[0] += 1
        story.calls.append(call_of(entry, time, game, incarnation, number))
        return
    count[1] += 1
    if what == "completed":
        told = Told(time, f"game {game}.{incarnation}", entry["error"], OUTCOMES[entry["outcome"]], APPLIED[entry["applied"]],
                    bool(entry["resolved"]), entry["attempts"], entry["http_status"], STATUSES[entry["write_status"]],
                    entry["etag"], entry["code"], bool(entry["repeats"]), number, entry["name"])
        story.told.append(told)
        if entry["handle"] and story.call:
            evidence.handles[entry["handle"]] = story.call.session
    elif what == "impossible":
        evidence.strange.append(f"game {game} called {entry['id']} in a way that is not possible: {entry['error']}")


def call_of(entry, time, game, incarnation, number):
    if entry["kind"] == "attach":
        return Call(time, game, incarnation, number, "attach")
    life = entry["deadline"] / 1e6 if entry["deadline"] else LIVES.get(entry["purpose"], OTHER_LIFE)
    return Call(time, game, incarnation, number, entry["kind"], entry["purpose"], entry["account"], entry["session"],
                entry["handle"], time + life, entry.get("mode", ""), entry.get("durability", 0), bool(entry["repeats"]),
                entry.get("body"))


# ---- The tape

def told_of(result, time, by, order=0):
    return Told(time, by, NO_ERROR, result["outcome"], result["applied"], bool(result["resolved"]), result["attempts"],
                result.get("http-status", 0), result.get("write-status", "Unknown"), result.get("etag", ""),
                result.get("error", ""), order=order, session=(result.get("session-reference") or ("", "", ""))[2])


def read_tape(evidence, tape):
    evidence.strange += [f"the tape: {text}" for text in tape.trouble]
    remembered = set()  # acknowledged: what is told of it later is a memory, which has no more than the outcome
    for event in tape.events:
        story = evidence.story(event.id)
        if event.what == "offered":
            story.offered.append(event.order)
        elif event.what == "accepted":
            story.accepted.append(event.order)
            evidence.accepted_at.setdefault(event.id, event.time)
        elif event.what == "acknowledged":
            remembered.add(event.id)
        elif event.what in ("completed", "answered"):
            told = told_of(event.detail, event.time, f"bus ({event.what})", event.order)
            told.repeats = event.id in remembered
            story.told.append(told)


# ---- The directory

def seconds(text):
    """Of the directory's clock; it writes seven digits after the point."""
    return datetime.strptime(text[:26], "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=timezone.utc).timestamp()


def read_commits(evidence, lines, wall_minus_boot):
    """After the requests: they tell how a commit came."""
    lives, asked = Counter(), defaultdict(list)
    for request in evidence.requests:
        asked[request.number].append(request)
    for line in lines:
        session, begins = line["session"]["name"], line.get("before") is None
        lives[session] += begins
        time = seconds(line["time"]) - wall_minus_boot
        # A number may be given again, where a directory died that had not yet written it down.
        same = [request for request in asked[line.get("request")] if request.time <= time + CLOCKS]
        late = bool(same) and same[-1].fault in HELD_BACK
        commit = Commit(time, line["sequence"], line["xuid"], session, line.get("handle", ""), lives[session], begins,
                        line["changed"], late, line["delta"])
        evidence.commits.append(commit)
        named = set(ID.findall(json.dumps(commit.delta)))
        if "rivalOf" in line:
            continue
        if len(named) != 1 or next(iter(named)) not in evidence.stories:
            evidence.strange.append(f"commit {commit.sequence} is nobody's: {json.dumps(line)[:400]}")
        else:
            evidence.stories[named.pop()].commits.append(commit)


def read_requests(evidence, lines):
    for line in lines:
        parts = line["path"].strip("/").split("/")
        session = ""
        if parts[0] == "serviceconfigs":
            session = parts[5]
        elif len(parts) == 3:
            session = evidence.handles.get(parts[1], "?")
        evidence.requests.append(Request(line["bootUsec"] / 1e6, line["method"], line["xuid"], session, line["path"],
                                         line["status"], line["fault"], line["sequence"]))
