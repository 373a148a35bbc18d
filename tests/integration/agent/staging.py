# SPDX-License-Identifier: MIT
"""Writes under scripted faults: each on a session of its own, many at once, and what the directory saw of every one.

A stage sets the sessions up past the agent, so that it knows of them only what a test lets it see; orders the faults; has
the agent write; and holds the results, the requests, the commits and the sessions against what was expected.
"""
import http.client
import json
import os
import sqlite3
import urllib.parse
import uuid

from harness import ALICE, BOB, SCID, TOKENS, Failure, check, equal, variants, wait_until

CREATE, UPDATE, PUT, SYNC = "create-new", "update-existing", "update-or-create-new", "synchronized-update"
# What a request's line shows of the mode's own precondition.
FIRST = {CREATE: "new", UPDATE: "*", PUT: "-", SYNC: "v2"}
CHANGES = ("own", "shared", "join", "leave")


def member(xuid=ALICE, **custom):
    me = {"constants": {"system": {"xuid": xuid}}, "properties": {"system": {"active": True}}}
    if custom:
        me["properties"]["custom"] = custom
    return {"members": {"me": me}}


def shared(**custom):
    return {"properties": {"custom": custom}}


def own(**custom):
    return {"members": {"me": {"properties": {"custom": custom}}}}


LEAVE = {"members": {"me": None}}
DELTAS = {"own": own(hero="new"), "shared": shared(map="new"), "join": member(), "leave": LEAVE,
          "both": {**own(hero="new"), **shared(map="new")}, "create": {**member(), **shared(map="new")}}


def fault(kind, **more):
    return {"fault": kind, **more}


def rival(**custom):
    """What Bob writes to the session, right after the fault."""
    return {"xuid": BOB, "delta": {**member(BOB), **shared(**custom)}}


def sent(mode, first, *then):
    """The requests of one write: the first with its mode's own precondition, then what is written out."""
    return [f"PUT {FIRST[mode]} {first}", *then]


class Directly:
    """The directory as another client meets it, past the agent."""

    def __init__(self, world):
        self.link = http.client.HTTPConnection(urllib.parse.urlsplit(world.url).netloc, timeout=30)
        world.connections.append(self)  # closed with the test's world

    def close(self):
        self.link.close()

    def call(self, method, path, xuid, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.link.request(method, path, None if body is None else json.dumps(body), {
            "x-xbl-contract-version": "107", "Authorization": f"XBL3.0 x={xuid};{TOKENS[xuid]}", **headers})
        reply = self.link.getresponse()
        text = reply.read()
        return reply.status, reply.headers, json.loads(text) if text and reply.status < 300 else None

    def put(self, name, xuid, body, *, wanted=(200, 201, 204), **headers):
        status, got, document = self.call("PUT", path(name), xuid, body, **headers)
        check(status in wanted, name, status)
        return got["ETag"], document

    def get(self, name, xuid=BOB):
        """The document, or None."""
        status, _, document = self.call("GET", path(name), xuid)
        check(status in (200, 204), name, status)
        return document

    def party(self, name, join=True):
        """Version 2 of a session of Bob's. With or without Alice in it."""
        self.put(name, BOB, {**member(BOB), **shared(map="old")}, If_None_Match="*")
        body, who = (member(), ALICE) if join else (shared(round=1), BOB)
        return self.put(name, who, body)[0]


def path(name):
    return f"/serviceconfigs/{SCID}/sessionTemplates/quickmatch/sessions/{name}"


def invite(world, name, invited=ALICE):
    """A handle to the session: an invitation of Bob's. (Of activities a user has only one.)"""
    identifier = str(uuid.uuid4())
    world.control("POST", "handles", {"type": "invite", "id": identifier, "ownerXuid": BOB, "invitedXuid": invited,
                                      "sessionRef": {"scid": SCID, "templateName": "quickmatch", "name": name}})
    return identifier


def configure(world, text="[Limits]\nBurst=0\nSustained=0\n"):
    """A configuration without limits, unless another is given: the agent's options."""
    config = world.path("agent.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(text)
    return "--config", config


def held(world):
    return [json.loads(line) for line in world.control("GET", "held").splitlines()]


def release(world, action="answer", request=None):
    """Ends what is held; what the service said to each."""
    body = {"action": action, **({"request": request} if request else {})}
    return [one["status"] for one in json.loads(world.control("POST", "release", body))["released"]]


class Write:
    """One write and what is expected of it.

    base: whether the agent has seen version 2 of the session before; "etag" when the caller names it instead. sends: the
    requests, as seen() writes them. effect: whether the change is in the session in the end; commits: how often it was made.
    exists: whether there is a session before; document: whether an out-of-sync brings it.
    """

    def __init__(self, number, change, mode, sends, *, base=False, faults=(), outcome="applied", applied="yes", resolved=True,
                 error=None, effect=None, commits=None, final=None, handle=None, options=None, account=ALICE, exists=None,
                 document=True):
        self.change, self.mode, self.base, self.account = change, mode, base, account
        self.name = f"s{number:02}-{change}-{mode}-{base or 'blind'}"
        self.sends = list(sends)
        self.faults = [faults] if isinstance(faults, dict) else list(faults)
        self.by_handle = mode in (UPDATE, SYNC) if handle is None else handle
        self.result = {"outcome": outcome, "applied": applied, "resolved": resolved, "error": error}
        self.effect = applied == "yes" if effect is None else effect
        self.commits = int(self.effect) if commits is None else commits
        self.final, self.document = final, document
        self.exists = change != "create" if exists is None else exists
        self.options = {"deadline_usec": 60000000, **(options or {})}
        self.handle = self.etag = self.path = None

    # ---- Before

    def prepare(self, world, directly):
        if self.exists:
            self.etag = directly.party(self.name, join=self.change != "join")
        if self.by_handle:
            self.handle = invite(world, self.name, self.account)

    def see(self, connection):
        """The agent reads the session: from then on it knows the version."""
        options = variants(account=self.account)
        if self.handle:
            return connection.root("GetSessionByHandle", "sa{sv}", self.handle, options)
        return connection.root("GetSession", "sssa{sv}", SCID, "quickmatch", self.name, options)

    def order(self, world):
        for ordered in self.faults:
            world.fault(**{"method": "PUT", "path": self.target(), "xuid": self.account, **ordered})

    def submit(self, connection):
        options = dict(self.options, account=self.account)
        if self.mode == SYNC or self.base == "etag":
            options.setdefault("etag", self.etag)
        document, options = json.dumps(DELTAS[self.change]), variants(**options)
        if self.handle:
            self.path = connection.root("WriteSessionByHandle", "sssa{sv}", self.handle, self.mode, document, options)
        else:
            self.path = connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", self.name, self.mode, document,
                                        options)

    def target(self):
        return f"/handles/{self.handle}/session" if self.handle else path(self.name)

    # ---- After

    def seen(self, requests, versions):
        """Its requests: method, precondition, "ref" for one by reference in place of the handle, status."""
        told = []
        for line in requests:
            by_name = line["path"].endswith(f"/{self.name}")
            if line["xuid"] != self.account or not (by_name or (self.handle and self.handle in line["path"])):
                continue
            match = line.get("ifMatch")
            condition = "new" if line.get("ifNoneMatch") == "*" else versions.get(match, "other") if match else "-"
            words = [line["method"]] + ([condition] if line["method"] == "PUT" else [])
            words += ["ref"] if self.handle and by_name else []
            told.append(" ".join([*words, str(line["status"])]))
        return told

    def check_commits(self, commits):
        mine = [line for line in commits if line["xuid"] == self.account and line["session"]["name"] == self.name]
        equal([line["changed"] for line in mine].count(True), self.commits, "commits with an effect")
        equal([line["delta"] for line in mine], [DELTAS[self.change]] * len(mine), "what was committed")

    def check_session(self, document, result):
        members = [one["constants"]["system"]["xuid"] for one in (document or {"members": {}})["members"].values()]
        if self.final is not None:
            self.final(document)
        elif self.change in ("join", "leave", "create"):
            equal(self.account in members, self.effect != (self.change == "leave"), "membership")
        else:
            mine = next(one for one in document["members"].values() if one["constants"]["system"]["xuid"] == self.account)
            is_new = document["properties"]["custom"]["map"] == "new", mine["properties"]["custom"].get("hero") == "new"
            equal(is_new, (self.effect and self.change != "own", self.effect and self.change != "shared"), "map, hero")
        for ordered in self.faults:
            for key, value in ordered.get("rival", {"delta": shared()})["delta"]["properties"]["custom"].items():
                equal(document["properties"]["custom"][key], value, "what the rival wrote")
        if result["outcome"] == "out-of-sync" and self.document:
            told = json.loads(result["session"])
            equal((told["changeNumber"], told["branch"]), (document["changeNumber"], document["branch"]),
                  "the document of an out-of-sync")

    def check(self, result, requests, commits, versions, document):
        equal({key: result.get(key) for key in self.result}, self.result)
        check(result.get("message") or result["outcome"] == "applied", "no message")
        equal(self.seen(requests, versions), self.sends, "requests")
        self.check_commits(commits)
        self.check_session(document, result)


class Stage:
    """A directory, an agent without limits, and writes that go side by side."""

    def __init__(self, world):
        self.world = world
        world.start_directory()
        world.start_agent(*configure(world))
        self.connection = world.connect()
        self.directly = Directly(world)
        self.writes = []
        self.one_by_one = False  # each when the one before has ended: on one connection, then
        self.before, self.ended = (0, 0), {}

    def add(self, change, mode, sends, **more):
        self.writes.append(Write(len(self.writes), change, mode, sends, **more))
        return self.writes[-1]

    def prepare(self):
        """Everything up to the calls themselves."""
        for write in self.writes:
            write.prepare(self.world, self.directly)
        reads = [write.see(self.connection) for write in self.writes if write.base is True]
        for read in reads:
            equal(self.connection.wait_completed(read)["outcome"], "applied")
        for write in self.writes:
            write.order(self.world)
        self.before = len(self.world.requests()), len(self.world.commits())

    def act(self):
        self.prepare()
        for write in self.writes:
            write.submit(self.connection)
            if self.one_by_one:
                self.ended[write.path] = self.connection.wait_completed(write.path, 90)

    def state(self, write):
        return self.connection.properties(write.path)["State"]

    def wait_held(self, count=None):
        count = len(self.writes) if count is None else count
        wait_until(lambda: len(held(self.world)) == count, f"{count} are held")

    def restart(self):
        """The agent dies without a word; another one takes over."""
        self.world.agent.kill9()
        self.world.start_agent(*configure(self.world))
        self.connection = self.world.connect()
        for write in self.writes:
            self.connection.request(write.path, "Attach")

    def results(self):
        return [self.ended.get(write.path) or self.connection.wait_completed(write.path, 90) for write in self.writes]

    def judge(self, results=None):
        """Waits for the ends and checks all; tells of every write that is not as expected."""
        results = results or self.results()
        # What the agent did is seen whole once it has ended.
        self.world.stop_agent()
        requests, commits = self.world.requests()[self.before[0]:], self.world.commits()
        versions = {"*": "*", **{line["etag"]: f"v{line['changeNumber']}" for line in commits if "etag" in line}}
        bad = []
        for write, result in zip(self.writes, results):
            document = self.directly.get(write.name)
            try:
                write.check(result, requests, commits[self.before[1]:], versions, document)
            except (Failure, KeyError, StopIteration) as error:
                result.pop("session", None)
                bad.append(f"{write.name}: {error!r}\n    {write.seen(requests, versions)}\n    {result}")
        check(not bad, f"{len(bad)} of {len(self.writes)}:\n" + "\n".join(bad))

    def run(self):
        self.act()
        self.judge()


def each(*, modes=(UPDATE, PUT), bases=(True, False), changes=CHANGES):
    """(change, mode, base) in all combinations."""
    return [(change, mode, base) for base in bases for mode in modes for change in changes]


def edit(world, sql, *values):
    """Changes the store of an agent that has ended; how many rows."""
    database = sqlite3.connect(os.path.join(world.state, "queue.db"), isolation_level=None)
    try:
        return database.execute(sql, values).rowcount
    finally:
        database.close()


def stored(world, sql, *values):
    """What a query says of it."""
    database = sqlite3.connect(os.path.join(world.state, "queue.db"), isolation_level=None)
    try:
        return database.execute(sql, values).fetchall()
    finally:
        database.close()
