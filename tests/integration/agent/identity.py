# SPDX-License-Identifier: MIT
"""Signed-in accounts on the real agent, with the directory's own identity services: what its tests have in common."""
import contextlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, BOB, SCID, check, equal, field, plain, variants, wait_until

ACCOUNTS = "org.mpsession.Agent1.Accounts"
ACCOUNT = "org.mpsession.Agent1.Account"
SIGN_IN = "org.mpsession.Agent1.SignIn"
CODE, GRANT, USER, XSTS = "/devicecode", "/token", "/user/authenticate", "/xsts/authorize"
IDENTITY = (CODE, GRANT, USER, XSTS, "/device/authenticate", "/title/authenticate", ".srf")
KEY_FILE = "wrapping-key.secret"
CAROL = "2533274900000003"
JOIN = {"members": {"me": {"properties": {"system": {"active": True}}}}}
LEAVE = {"members": {"me": None}}
WIDE = "[Limits]\nBurst=0\nSustained=0\n"


# ---- The parts

def configure(world, text=""):
    """The agent's options: a configuration without limits, and this besides."""
    path = world.path("agent.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(WIDE + text)
    return "--config", path


def start_agent(world, text="", *options):
    world.start_agent(*configure(world, text), *options, tokens=False)
    return world.connect()


def start(world, *accounts, text="", directory=("--auto-approve",)):
    """A directory that issues tokens, an agent, and those who sign in: a connection."""
    world.start_directory(*directory, tokens=False)
    connection = start_agent(world, text)
    for xuid in accounts:
        sign_in(world, xuid)
    return connection


def slept(world):
    """Has the next agents look at a clock that the returned function moves an hour ahead."""
    shift, library = world.path("slept"), world.built("tests", "integration", "agent", "clock-shift.so")
    check(os.path.exists(library), "there is no", library)
    world.prefix = ["env", f"LD_PRELOAD={library}",
                    f"CLOCK_SHIFT_FILE={shift}", f"ASAN_OPTIONS={world.env['ASAN_OPTIONS']}:verify_asan_link_order=0"]

    def move(connection):
        with open(shift, "w", encoding="utf-8"):
            pass
        # What wakes the agent shows it what the time is.
        accounts(connection)

    return move


@contextlib.contextmanager
def own_words(world):
    """Children that are started meanwhile are not those of the moved clock."""
    before, world.prefix = world.prefix, ()
    try:
        yield
    finally:
        world.prefix = before


# ---- mpsessionctl

def ctl(world, *arguments, status=0):
    """What it prints."""
    is_, out, errors = world.run(world.built("cli", "mpsessionctl"), *arguments)
    equal(is_, status, "mpsessionctl", *arguments, out, errors)
    return out + errors


def sign_in(world, xuid=ALICE, *options):
    """As a user does it; the directory agrees for that account. Returns what was told of it, as it is in JSON."""
    knobs(world, next=[xuid])
    lines = ctl(world, "--json", "sign-in", *options).splitlines()
    done = json.loads(lines[-1])
    equal((done["State"], done["Account"]["Xuid"]), ("done", xuid), lines)
    return done


# ---- The directory

def knobs(world, **sections):
    world.control("POST", "identity", sections)


def advance(world, seconds):
    world.control("POST", "clock", {"advance": seconds})


def fail(world, path, count=1, **how):
    knobs(world, fail={"path": path, "count": count, **how})


def counted(world):
    """GET identity."""
    return json.loads(world.control("GET", "identity"))


def refreshes(world, xuid=ALICE):
    return counted(world)["accounts"][xuid]["refreshes"]


def tokens(world, *kinds):
    """Each secret that was issued: the values, of those kinds or of all."""
    rows = [json.loads(line) for line in world.control("GET", "tokens").splitlines()]
    return [row["value"] for row in rows if not kinds or row["kind"] in kinds]


def asked(world, after=0, xuid=None):
    """The requests to the identity services since then, as the ends of their paths."""
    return [next(end for end in IDENTITY if row["path"].endswith(end)) for row in world.requests()[after:]
            if row["path"].endswith(IDENTITY) and xuid in (None, row["xuid"])]


def puts(world, name="", after=0):
    """(account, status) of each write of the sessions of that name that has reached the directory."""
    return [(row["xuid"], row["status"]) for row in world.requests()[after:]
            if row["method"] == "PUT" and row["path"].split("/")[-1].startswith(name)]


def revoke(world, kind, xuid=ALICE, **more):
    knobs(world, revoke={"kind": kind, "xuid": xuid, **more})


# ---- Accounts on the bus

def accounts(connection):
    """Those that are signed in: their properties by XUID."""
    paths = connection.call(harness.ROOT, ACCOUNTS, "ListAccounts")[0]
    rows = [{**connection.properties(path, ACCOUNT), "Path": path} for path in paths]
    return {row["Xuid"]: row for row in rows}


def account(connection, xuid=ALICE):
    return accounts(connection)[xuid]


def wait_state(connection, state, xuid=ALICE, limit=None):
    """Until the account is in it; its properties."""
    last = {}

    def there():
        last.update(account(connection, xuid))
        return last["State"] == state

    try:
        wait_until(there, f"the account is {state}", limit)
    except harness.Failure as failure:
        raise harness.Failure(f"{failure}; it is {last}") from failure
    return last


def retry(connection, xuid=ALICE):
    connection.call(account(connection, xuid)["Path"], ACCOUNT, "Retry")


def changes(connection, path):
    """The states that were told of an account so far."""
    told = []
    for message in connection.seen("PropertiesChanged"):
        if field(message, "path") == path and message.body[0] == ACCOUNT:
            told.append(plain(message.body[1]).get("State"))
    return told


def watch(connection):
    connection.match("type='signal',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'")


# ---- Writes

def write(connection, name, xuid=ALICE, document=None, mode="update-or-create-new", **options):
    if xuid:
        options["account"] = xuid
    return connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", name, mode, json.dumps(document or JOIN),
                           variants(**options))


def applied(connection, *paths):
    for path in paths:
        result = connection.wait_completed(path, 60)
        equal(result["outcome"], "applied", path, result)


def wait_parked(connection, path, words=""):
    """Until a request waits and LastError has these words; its LastError. One that was never sent is queued."""
    def parked():
        properties = connection.properties(path)
        there = properties["State"] in ("queued", "waiting") and words in properties["LastError"]
        return properties["LastError"] if there else None
    return wait_until(parked, f"{path} waits for: {words}")


def commits_by(world, name):
    """Whose writes of the sessions of that name were committed."""
    return [row["xuid"] for row in world.commits() if row["session"]["name"].startswith(name)]
