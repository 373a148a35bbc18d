#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the identity services may answer: each refusal is a state with a sentence, and the agent goes on from there."""
import collections
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from identity import *  # noqa: E402

LONG = 7200000000
START = "https://start.ui.xboxlive.com/"
TITLE_CLIENT = "0123456789abcdef"
XERR = 2148916000


def person(number):
    return str(int(ALICE) + 10 + number)


def ready_to_renew(world, connection, xuid):
    """It is signed in, and its next write needs the whole chain."""
    sign_in(world, xuid)
    applied(connection, write(connection, f"before-{xuid}", xuid))
    for kind in ("access", "user", "xsts"):
        revoke(world, kind, xuid)


def meets(world, connection, number, how, state, words, uri=""):
    """A refusal, without end, of an account of its own: its state, what people are told, and no loop. Then it is over."""
    xuid = person(number)
    ready_to_renew(world, connection, xuid)
    fail(world, count=0, xuid=xuid, **how)
    path = write(connection, f"game-{xuid}", xuid, deadline_usec=LONG)
    row = wait_state(connection, state, xuid)
    check(words in row["Reason"] and len(row["Reason"]) > 20, how, row)
    equal(row["ActionUri"], uri, how)
    wait_parked(connection, path, row["Reason"][:100].rstrip("."))
    if state != "offline":
        # Asked again it would say the same: nobody does.
        before = len(world.requests())
        more = write(connection, f"more-{xuid}", xuid, deadline_usec=LONG)
        wait_parked(connection, more, row["Reason"][:100].rstrip("."))
        equal(asked(world, before, xuid), [], how)
    knobs(world, fail=None)
    return xuid, path


def renewed(world, connection, xuid, path):
    retry(connection, xuid)
    applied(connection, path)
    equal(account(connection, xuid)["State"], "ready")


# ---- The grant

def test_refusals_of_the_grant(world):
    connection = start(world)
    lost = "sign in again"
    needs = ({"error": "invalid_grant"}, {"error": "idle"}, {"error": "interaction_required"})
    for number, how in enumerate(needs):
        xuid, path = meets(world, connection, number, {"path": GRANT, **how}, "needs-sign-in", lost)
        sign_in(world, xuid)
        applied(connection, path)
    for number, how in enumerate(({"error": "temporarily_unavailable"}, {"error": "looping"},
                                  {"status": 429, "html": "<html>busy</html>", "retryAfter": "7"}, {"status": 429},
                                  {"status": 503, "retryAfter": "30"}, {"status": 500, "html": "oops"}, {"status": 200},
                                  {"status": 200, "html": "<html>Welcome to our hotel</html>"}, {"status": 200, "body": {}},
                                  {"status": 200, "body": {"token_type": "Bearer", "expires_in": -5, "access_token": "x"}},
                                  {"status": 302}, {"status": 400}, {"status": 400, "body": {"error": "never_heard"}},
                                  {"status": 418}), 10):
        renewed(world, connection, *meets(world, connection, number, {"path": GRANT, **how}, "offline", "identity service"))
    world.stop_agent()


def test_a_client_that_is_not_known(world):
    """agent.conf has to be mended, and what was signed in is still there then."""
    connection = start(world)
    waiting = [meets(world, connection, number, {"path": GRANT, "error": error}, "config-error", "ClientId=")
               for number, error in enumerate(("client_mismatch", "invalid_client", "unauthorized_client"))]
    check("mend agent.conf" in ctl(world, "status"), "status")
    world.stop_agent()
    connection = start_agent(world)
    for xuid, path in waiting:
        connection.request(path, "Attach")
        applied(connection, path)
    world.stop_agent()


# ---- The tokens

def test_refusals_of_the_user_token(world):
    connection = start(world)
    for number, status in enumerate((400, 401, 403)):
        xuid, path = meets(world, connection, number, {"path": USER, "status": status}, "needs-sign-in", "sign in again")
        equal(refreshes(world, xuid), 1, "asked for another ticket once")
        sign_in(world, xuid)
        applied(connection, path)
    for number, how in enumerate(({"status": 503}, {"status": 200, "body": {"Token": "x"}}, {"status": 404}), 10):
        renewed(world, connection, *meets(world, connection, number, {"path": USER, **how}, "offline", "identity service"))
    world.stop_agent()


def test_xerr(world):
    connection = start(world)
    states = {233: ("needs-action", "no profile", START + "CreateAccount"), 235: ("denied", "country", ""),
              238: ("needs-action", "family", START + "AddChildToFamily"), 227: ("denied", "suspended", START + "enforcement"),
              236: ("needs-action", "age", ""), 999: ("denied", "does not know", "")}
    for number, (code, expected) in enumerate(states.items()):
        renewed(world, connection, *meets(world, connection, number, {"path": XSTS, "xerr": XERR + code}, *expected))
    # The service's own page wins, if it is one.
    for number, (page, shown) in enumerate((("https://example.com/act?a=1", "https://example.com/act?a=1"),
                                            ("javascript:alert(1)", START + "CreateAccount"), ("", START + "CreateAccount")), 20):
        renewed(world, connection, *meets(world, connection, number, {"path": XSTS, "xerr": XERR + 233, "redirect": page},
                                          "needs-action", "no profile", shown))
    renewed(world, connection, *meets(world, connection, 30, {"path": XSTS, "xerr": XERR + 273}, "offline", "out of order"))
    renewed(world, connection, *meets(world, connection, 31, {"path": XSTS, "status": 401, "body": {}}, "denied", "identity service"))
    for number, how in enumerate(({"xerr": XERR + 242}, {"status": 400}), 40):
        meets(world, connection, number, {"path": XSTS, **how}, "config-error", "andbox")
    knobs(world, format={"xerrText": True})
    xuid, path = meets(world, connection, 50, {"path": XSTS, "xerr": XERR + 233}, "needs-action", "no profile",
                       START + "CreateAccount")
    told = ctl(world, "status")
    check(f"open {START}CreateAccount" in told and f"mpsessionctl retry {xuid}" in told, told)
    renewed(world, connection, xuid, path)
    world.stop_agent()


def test_what_is_rebuilt_is_rebuilt_once(world):
    connection = start(world)
    for number, code in enumerate((258, 261)):
        xuid = person(number)
        ready_to_renew(world, connection, xuid)
        applied(connection, write(connection, f"game-{xuid}", xuid))
        before = len(world.requests())
        world.stop_agent()
        connection = start_agent(world)
        revoke(world, "xsts", xuid)
        fail(world, XSTS, 1, xuid=xuid, xerr=XERR + code)
        applied(connection, write(connection, f"once-{xuid}", xuid))
        equal(asked(world, before, xuid)[:1], [XSTS])
        counts = collections.Counter(asked(world, before, xuid))
        equal((counts[XSTS], account(connection, xuid)["State"]), (2, "ready"), counts)
        check(counts[USER] <= 2 and counts[GRANT] <= 1, counts)
        # Without end it is not: once, and then it is denied. What was agreed to at the sign-in is not thrown away for it.
        world.stop_agent()
        connection = start_agent(world)
        revoke(world, "xsts", xuid)
        fail(world, XSTS, 0, xuid=xuid, xerr=XERR + code)
        before = len(world.requests())
        path = write(connection, f"never-{xuid}", xuid, deadline_usec=LONG)
        wait_state(connection, "denied", xuid)
        check(asked(world, before, xuid).count(XSTS) <= 3, "each rung once:", asked(world, before, xuid))
        knobs(world, fail=None)
        renewed(world, connection, xuid, path)
    world.stop_agent()


def test_tokens_of_different_devices(world):
    """XErr 254: device, user and title token are made anew, once. With the client of a title, and bound tokens."""
    text = f"[Identity]\nClientId={TITLE_CLIENT}\nTitleToken=yes\n"
    connection = start(world, text=text)
    knobs(world, sign={"mode": "require"}, claims={"require": True})
    sign_in(world)
    applied(connection, write(connection, "first"))
    fail(world, XSTS, 1, xerr=XERR + 254)
    revoke(world, "xsts")
    before = len(world.requests())
    applied(connection, write(connection, "second"))
    counts = collections.Counter(asked(world, before))
    equal([counts[path] for path in ("/device/authenticate", USER, "/title/authenticate", XSTS)], [1, 1, 1, 2], counts)
    world.stop_agent()
    connection = start_agent(world, text)
    revoke(world, "xsts")
    fail(world, XSTS, 0, xerr=XERR + 254)
    before = len(world.requests())
    path = write(connection, "third", deadline_usec=LONG)
    row = wait_state(connection, "denied")
    check("devices" in row["Reason"], row)
    equal(asked(world, before).count(XSTS), 2, asked(world, before))
    knobs(world, fail=None)
    renewed(world, connection, ALICE, path)
    world.stop_agent()


# ---- Clocks and forms

def test_a_clock_that_is_off(world):
    for skew, words in ((610, "10 min behind"), (-610, "10 min ahead")):
        connection = start(world)
        knobs(world, clock={"skew": skew}, life={"user": 900, "xsts": 900})
        sign_in(world)
        before = len(world.requests())
        applied(connection, *[write(connection, f"game-{i}") for i in range(5)])
        equal(asked(world, before), [], "renewed too early")
        row = account(connection)
        left = row["TokenExpiresAt"] / 1e6 - harness.time.time()
        check(abs(left - 900 - skew) < 60, left)
        told = ctl(world, "doctor")
        check(words in told, told)
        revoke(world, "xsts")
        applied(connection, write(connection, "renewed"))
        equal(asked(world, before), [XSTS])
        world.stop_agent()
        # The next agent has asked nobody yet, and has its own clock alone; whatever it thinks of the token, it goes on.
        connection = start_agent(world)
        applied(connection, write(connection, "next"))
        world.stop_agent()
        world.directory.stop()
        for name in ("state", "directory.json", "directory.json.commits"):
            harness.shutil.rmtree(world.path(name), ignore_errors=True)
            if os.path.exists(world.path(name)):
                os.unlink(world.path(name))


def test_dates_that_say_nothing(world):
    connection = start(world)
    for number, mode in enumerate(("omit", "bad")):
        knobs(world, date={"mode": mode})
        ready_to_renew(world, connection, person(number))
        applied(connection, write(connection, f"game-{number}", person(number)))
    world.stop_agent()


def test_forms_that_are_odd_but_right(world):
    connection = start(world)
    for number, form in enumerate(({"fraction": 0}, {"fraction": 3}, {"extra": True}, {"sorted": True}, {"bom": True},
                                   {"close": True}, {"tokenBytes": 8192}, {"bom": True, "extra": True, "fraction": 1})):
        knobs(world, format=form)
        xuid = person(number)
        ready_to_renew(world, connection, xuid)
        applied(connection, write(connection, f"game-{xuid}", xuid))
        knobs(world, format={key: None for key in form})
    world.stop_agent()


def test_tokens_that_live_shorter_than_they_can_be_used(world):
    """Each is used as long as it is good, and the agent does not ask without end."""
    connection = start(world)
    for number, life in enumerate(({"access": 30}, {"user": 30}, {"xsts": 30}, {"access": 1, "user": 1, "xsts": 5})):
        xuid = person(number)
        ready_to_renew(world, connection, xuid)
        knobs(world, life=life)
        before = len(world.requests())
        path = write(connection, f"game-{xuid}", xuid, deadline_usec=3000000)
        result = connection.wait_completed(path)
        check(result["outcome"] in ("applied", "expired"), life, result)
        counts = collections.Counter(asked(world, before, xuid))
        check(max(counts.values()) <= 6, life, counts)
        row = account(connection, xuid)
        check(row["State"] == "ready" or row["Reason"], life, row)
        knobs(world, life={key: None for key in life})
        applied(connection, write(connection, f"after-{xuid}", xuid))
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
