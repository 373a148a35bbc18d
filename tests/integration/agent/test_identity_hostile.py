#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An identity service that means ill, or a network that does: it lies, it talks without end, it says nothing."""
import json
import os
import re
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from between import Between  # noqa: E402
from identity import *  # noqa: E402

LONG = 7200000000
STATES = ("offline", "needs-sign-in", "needs-action", "denied", "config-error")


def changed(change):
    """A trick: the directory's answer, changed: a function of the object, or of the text."""
    def trick(handler, ask):
        status, headers, text = ask()
        try:
            made = change(json.loads(text))
        except (ValueError, LookupError):  # it is another answer than the one that is to be changed
            made = text
        Between.answer(handler, status, headers, made if isinstance(made, bytes) else json.dumps(made).encode())
    return trick


def words(status, text, **headers):
    """A trick: these words instead; the directory is not asked."""
    def trick(handler, _):
        Between.answer(handler, status, {name.replace("_", "-"): value for name, value in headers.items()}, text)
    return trick


def raw(data, then="close"):
    """A trick: these bytes on the wire; then it closes, goes on without end, or says nothing more."""
    def trick(handler, _):
        handler.wfile.write(data)
        handler.wfile.flush()
        handler.close_connection = True
        while then == "more":
            handler.wfile.write(b" " * 65536)
        if then == "silence":
            handler.server.over.wait(60)
        handler.connection.shutdown(socket.SHUT_RDWR)
    return trick


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DEEP = b'{"a":' + b"[" * 20000 + b"]" * 20000 + b"}"
BAD = {
    "huge": words(200, b'{"x":"' + b"y" * 6000000 + b'"}', Content_Type="application/json"),
    "without end": raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", "more"),
    "truncated": raw(HEAD + b"Content-Length: 1000\r\n\r\n" + b'{"access_token":"EMU'),
    "half a head": raw(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "a head without end": raw(b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 2000000),
    "closed": raw(b""),
    "deep": words(200, DEEP, Content_Type="application/json"),
    "an array": words(200, b"[]", Content_Type="application/json"),
    "null": words(200, b"null", Content_Type="application/json"),
    "NUL": words(200, b'{"access_token":"a\\u0000b","Token":"a\\u0000b"}', Content_Type="application/json"),
    "bytes": words(200, b"\xff\xfe\x00\x01" * 100, Content_Type="application/json"),
    "of wrong types": words(200, b'{"access_token":5,"expires_in":"x","Token":[],"NotAfter":{},"DisplayClaims":7}'),
    "a portal": words(200, b"<html>Welcome</html>", Content_Type="text/html"),
    "a strange status": raw(b"HTTP/1.1 999 Hm\r\nContent-Length: 0\r\n\r\n"),
    "a switch": raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
    "204": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "twice": changed(lambda d: json.dumps(d)[:-1].encode() + b',"access_token":"evil","Token":"evil"}'),
    "a line break": changed(lambda d: {key: value + "\r\nX-Evil: 1" if key in ("access_token", "Token", "refresh_token") else value
                                       for key, value in d.items()}),
    "empty tokens": changed(lambda d: {key: "" if key in ("access_token", "Token") else value for key, value in d.items()}),
    "long tokens": changed(lambda d: {key: "x" * 100000 if key in ("access_token", "Token") else value for key, value in d.items()}),
}


def start_between(world, *options):
    world.start_directory("--auto-approve", tokens=False)
    between = Between(world)
    connection = start_agent(world, "", "--identity-url", between.url, *options)
    return connection, between


def person(number):
    return str(int(ALICE) + 10 + number)


def ready_to_renew(world, connection, xuid):
    sign_in(world, xuid)
    applied(connection, write(connection, f"before-{xuid}", xuid))
    for kind in ("access", "user", "xsts"):
        revoke(world, kind, xuid)


def meets(world, connection, between, number, path, what, trick):
    """A state with a sentence, the agent goes on, and is well when the service is well again."""
    xuid = person(number)
    ready_to_renew(world, connection, xuid)
    between.tricks[path] = trick
    before = len(between.seen)
    write_path = write(connection, f"game-{xuid}", xuid, deadline_usec=LONG)
    row = wait_until(lambda: account(connection, xuid) if account(connection, xuid)["State"] in STATES else None, (what, path))
    check(len(row["Reason"]) > 30 and row["Reason"].isprintable(), what, path, row)
    check(not set(re.findall(r"EMU\.[A-Za-z0-9.]+", row["Reason"])), what, path, row)
    wait_parked(connection, write_path, "")
    between.tricks.clear()
    check(len(between.seen) - before < 20, what, path, between.seen[before:])
    if row["State"] == "needs-sign-in":
        sign_in(world, xuid)
    elif row["State"] == "config-error":
        return
    else:
        retry(connection, xuid)
    applied(connection, write_path)
    equal(account(connection, xuid)["State"], "ready", what, path)


def test_answers_to_a_refresh(world):
    connection, between = start_between(world)
    # What was exchanged and came back spoilt is lost where a refresh token is taken once only.
    knobs(world, rt={"strict": False})
    for number, (what, trick) in enumerate(BAD.items()):
        meets(world, connection, between, number, GRANT, what, trick)
    world.stop_agent()


def test_answers_about_a_user(world):
    connection, between = start_between(world)
    for number, (what, trick) in enumerate(BAD.items()):
        meets(world, connection, between, number, USER, what, trick)
    world.stop_agent()


def test_answers_about_a_service(world):
    connection, between = start_between(world)
    for number, (what, trick) in enumerate(BAD.items()):
        meets(world, connection, between, number, XSTS, what, trick)
    world.stop_agent()


def test_answers_to_a_sign_in(world):
    """It fails with a sentence, or goes on when the service is well again; nothing is left over."""
    connection, between = start_between(world)
    uris = {"a script": "javascript:alert(1)", "a file": "file:///etc/passwd", "a blank": "https://a b/", "none": None}
    bad = {**BAD, **{what: changed(lambda d, uri=uri: {**d, "verification_uri": uri}) for what, uri in uris.items()},
           "no life": changed(lambda d: {**d, "expires_in": 0}), "no code": changed(lambda d: {**d, "user_code": "\x1b[2J"})}
    for what, trick in bad.items():
        between.tricks[CODE] = trick
        if what in ("twice", "a line break", "empty tokens", "long tokens"):
            continue
        told = ctl(world, "sign-in", status=1)
        check(len(told) > 40 and "next:" in told and "\x1b" not in told, what, told)
    between.tricks.clear()
    for what in ("a portal", "truncated", "an array", "closed"):
        between.tricks[GRANT] = BAD[what]
        path = connection.call(harness.ROOT, ACCOUNTS, "SignIn", "a{sv}", ({},))[0]
        before = len(between.seen)
        wait_until(lambda: len(between.seen) > before, "it is polled")
        between.tricks.clear()
        end = wait_until(lambda: connection.properties(path, SIGN_IN)
                         if connection.properties(path, SIGN_IN)["State"] in ("done", "failed") else None, what)
        check(end["State"] == "done" or len(end["Message"]) > 30, what, end)
    # One who agreed, and then the chain breaks: no account, no key.
    for xuid in list(accounts(connection)):
        ctl(world, "sign-out", xuid)
    for step in (USER, XSTS):
        between.tricks = {step: BAD["a portal"]}
        told = ctl(world, "sign-in", status=1)
        check("text/html" in told, told)
        equal(accounts(connection), {})
    between.tricks.clear()
    sign_in(world, BOB)
    applied(connection, write(connection, "well", None))
    world.stop_agent()


def test_no_redirect_is_followed(world):
    connection, between = start_between(world)
    trap = Between(world)
    for number, (path, status) in enumerate((path, status) for path in (GRANT, USER, XSTS) for status in (301, 302, 307, 308)):
        meets(world, connection, between, number, path, f"redirect {status}",
              words(status, b"", Location=f"{trap.url}{path}"))
    between.tricks[CODE] = words(307, b"", Location=f"{trap.url}{CODE}")
    check("HTTP 307" in ctl(world, "sign-in", status=1), "sign-in")
    equal(trap.seen, [])
    world.stop_agent()


def test_it_says_nothing(world):
    """The attempt's time runs out, and not the agent's patience with others."""
    connection, between = start_between(world)
    sign_in(world, BOB)
    ready_to_renew(world, connection, ALICE)
    between.tricks[GRANT] = raw(HEAD + b"Content-Length: 10\r\n\r\n", "silence")
    path = write(connection, "silent", deadline_usec=LONG)
    wait_until(lambda: between.seen[-1:] and between.seen[-1].endswith(GRANT), "it is asked")
    applied(connection, *[write(connection, f"bob-{i}", BOB) for i in range(5)])
    row = wait_state(connection, "offline", ALICE, 60)
    check("cannot be reached" in row["Reason"], row)
    between.tricks.clear()
    applied(connection, path)
    world.stop_agent()


def test_lies_about_time(world):
    connection, between = start_between(world)
    lies = {"the past": "2001-01-01T00:00:00.0000000Z", "the far future": "2190-01-01T00:00:00Z", "before all": "1601-01-01T00:00:00Z",
            "beyond": "9999-12-31T23:59:59.9999999Z", "no date": "tomorrow", "none": None, "a number": 5}
    for number, (path, (what, date)) in enumerate((path, lie) for path in (USER, XSTS) for lie in lies.items()):
        xuid = person(number)
        ready_to_renew(world, connection, xuid)
        between.tricks[path] = changed(lambda d, date=date: {**d, "NotAfter": date})
        before = len(between.seen)
        result = connection.wait_completed(write(connection, f"game-{xuid}", xuid, deadline_usec=2000000))
        check(result["outcome"] in ("applied", "expired"), what, path, result)
        check(len(between.seen) - before < 25, what, path, between.seen[before:])
        row = account(connection, xuid)
        check(row["State"] in ("ready", "refreshing") or len(row["Reason"]) > 30, what, path, row)
        between.tricks.clear()
        retry(connection, xuid)
        applied(connection, write(connection, f"well-{xuid}", xuid))
    world.stop_agent()


def test_an_answer_for_somebody_else(world):
    """The token of another one is not taken under this account's name."""
    connection, between = start_between(world)
    ready_to_renew(world, connection, ALICE)

    def swap(document):
        claims = {**document["DisplayClaims"]["xui"][0], "xid": BOB}
        return {**document, "DisplayClaims": {"xui": [claims]}}

    between.tricks[XSTS] = changed(swap)
    path = write(connection, "game", deadline_usec=LONG)
    row = wait_state(connection, "needs-sign-in")
    check("another account" in row["Reason"], row)
    equal(puts(world, "game"), [(ALICE, 401)])
    between.tricks.clear()
    sign_in(world)
    applied(connection, path)
    equal(commits_by(world, "game"), [ALICE])
    world.stop_agent()


if __name__ == "__main__":
    harness.main()
