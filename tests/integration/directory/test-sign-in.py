# SPDX-License-Identifier: MIT
"""The sign-in over HTTP: device codes, polls, refresh tokens, their errors and knobs, and what survives a restart."""
import os
import re
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor

from chain import (CLIENT, CODE_A, CODE_B, DEVICE_GRANT, ONE, SCOPE, TITLE_CLIENT, TITLE_SCOPE, TOKEN_A, TOKEN_B, USER,
                   approve, chain_a, code_a, code_b, empty, form, identity, knobs, poll_a, poll_b, refresh_a, refresh_b,
                   refused, sign_in_a, sign_in_b, start, user_body, user_token, xbox, xsts)
from support import BOB, Directory, binary, case, dropped, equal, run, true, waits


def entra(reply, number):
    """What Entra adds to an error for its support."""
    json = reply.json
    equal((json["error_codes"], json["error_uri"]), ([number], f"https://login.microsoftonline.com/error?code={number}"))
    true(re.fullmatch(rf"AADSTS{number}: .* Trace ID: {json['trace_id']} Correlation ID: {json['correlation_id']} "
                      rf"Timestamp: {json['timestamp']}", json["error_description"]), json)
    true(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", json["timestamp"]))


@case
def device_code(d):
    """a device code, with the page of this server as it was called"""
    reply = form(d, CODE_A + "?mkt=de-DE", {"client_id": CLIENT, "scope": SCOPE}, {"Host": "localhost:1234"})
    code = reply.json
    equal(reply.status, 200)
    equal(sorted(code), ["device_code", "expires_in", "interval", "message", "user_code", "verification_uri",
                         "verification_uri_complete"])
    equal((code["expires_in"], code["interval"]), (900, 5))
    equal(code["verification_uri"], "http://localhost:1234/link")
    equal(code["verification_uri_complete"], "http://localhost:1234/link?otc=" + code["user_code"])
    true(code["user_code"] in code["message"] and re.fullmatch("[A-Z]{8}", code["user_code"]))
    true(re.fullmatch(r"EMU\.DC\.[\w.-]{32,}", code["device_code"]))
    equal([reply.headers[h] for h in ("Content-Type", "Cache-Control", "Pragma")],
          ["application/json; charset=utf-8", "no-store", "no-cache"])
    true(reply.headers["Date"])
    knobs(d, poll={"complete": False})
    true("verification_uri_complete" not in code_a(d))
    true(len({code_a(d)["user_code"] for _ in range(50)}) == 50)


@case
def clients(d):
    """an unknown client, one of the other family and one that is none; family B has less to say"""
    for client in (TITLE_CLIENT, "x", ""):
        reply = form(d, CODE_A, {"client_id": client, "scope": SCOPE})
        refused(reply, "unauthorized_client")
        entra(reply, 700016)
    reply = form(d, CODE_B, {"client_id": CLIENT, "scope": TITLE_SCOPE, "response_type": "device_code"})
    refused(reply, "unauthorized_client")
    equal(sorted(reply.json), ["correlation_id", "error", "error_description"])
    equal(reply.headers["Content-Type"], "application/json")
    knobs(d, unknownClients=[CLIENT])
    refused(form(d, CODE_A, {"client_id": CLIENT, "scope": SCOPE}), "unauthorized_client")
    code_a(d, client_id="ffffffff-1111-2222-3333-444444444444")


@case
def strictness(d):
    """a wrong Content-Type, broken encoding, a name that comes twice: 400 without a body; GET: 405"""
    good = f"client_id={CLIENT}&scope=XboxLive.signin"
    equal(form(d, CODE_A, good).status, 200)
    equal(form(d, CODE_A, good, {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}).status, 200)
    for media in (None, "application/json", "text/plain", "application/x-www-form-urlencoded; charset=latin1"):
        empty(form(d, CODE_A, good, {"Content-Type": media}), 400)
    for body in (good + "&scope=x", good + "&", good + "&x=%G0", good + "&x=\xff", good + "&x=a b", good + "&x=%FF",
                 good + "&x=%00", "{}", '{"client_id":1}'):
        empty(form(d, CODE_A, body.encode("latin1")), 400)
    equal(d.call("GET", CODE_A, None, None).status, 405)
    equal(d.call("PUT", TOKEN_B, "a=b", None).status, 405)
    equal(form(d, CODE_A, "a=" + "x" * (2 * 1024 * 1024)).status, 413)
    equal(d.call("POST", CODE_A + "/", good, None).status, 401)


@case
def parameters(d):
    """what is missing is invalid_request, another scope invalid_scope, another grant unsupported_grant_type"""
    for fields in ({}, {"client_id": CLIENT}, {"scope": SCOPE}):
        refused(form(d, CODE_A, fields), "invalid_request")
    refused(form(d, CODE_B, {"client_id": TITLE_CLIENT, "scope": TITLE_SCOPE}), "invalid_request")
    for fields in ({"client_id": CLIENT}, {"client_id": CLIENT, "grant_type": DEVICE_GRANT},
                   {"client_id": CLIENT, "grant_type": "refresh_token", "refresh_token": "x"},
                   {"client_id": CLIENT, "grant_type": "refresh_token", "scope": SCOPE}):
        refused(form(d, TOKEN_A, fields), "invalid_request")
    for scope in ("openid offline_access", TITLE_SCOPE, "", "XboxLive.signinx"):
        refused(form(d, CODE_A, {"client_id": CLIENT, "scope": scope}), "invalid_scope")
    code_a(d, scope="XBOXLIVE.SIGNIN XboxLive.offline_access")
    refused(form(d, CODE_B, {"client_id": TITLE_CLIENT, "scope": SCOPE, "response_type": "device_code"}), "invalid_scope")
    refused(form(d, TOKEN_A, {"client_id": CLIENT, "grant_type": "password"}), "unsupported_grant_type")


@case
def polls(d):
    """pending, slower by 5 s for good when too early, then tokens, once"""
    code = code_a(d)
    d.control("POST", "clock", {"frozen": True})
    d.advance(5)
    reply = poll_a(d, code["device_code"])
    refused(reply, "authorization_pending")
    entra(reply, 70016)
    d.advance(4)
    refused(poll_a(d, code["device_code"]), "slow_down")
    d.advance(9)
    refused(poll_a(d, code["device_code"]), "slow_down")
    d.advance(15)
    refused(poll_a(d, code["device_code"]), "authorization_pending")
    approve(d, code)
    d.advance(15)
    reply = poll_a(d, code["device_code"])
    equal(reply.status, 200)
    tokens = reply.json
    equal(sorted(tokens), ["access_token", "expires_in", "ext_expires_in", "refresh_token", "scope", "token_type"])
    equal((tokens["token_type"], tokens["scope"], tokens["expires_in"]), ("Bearer", "XboxLive.signin", 3600))
    true(re.fullmatch(rf"EMU\.AT\.{ONE}\.g\d+\.[\w-]{{32}}", tokens["access_token"]))
    true(re.fullmatch(rf"EMU\.RT\.{ONE}\.g\d+\.[\w-]{{32}}", tokens["refresh_token"]))
    d.advance(15)
    refused(poll_a(d, code["device_code"]), "invalid_grant")


@case
def first_poll(d):
    """the first poll comes an interval after the code, not sooner, unless that is not enforced"""
    refused(poll_a(d, code_a(d)["device_code"]), "slow_down")
    knobs(d, poll={"enforce": False})
    refused(poll_a(d, code_a(d)["device_code"]), "authorization_pending")
    knobs(d, poll={"enforce": True, "interval": 0})
    code = code_a(d)
    equal(code["interval"], 0)
    refused(poll_a(d, code["device_code"]), "authorization_pending")


@case
def slowed(d):
    """poll.slowDown: so many polls are told to slow down, the one that is approved as well"""
    knobs(d, poll={"interval": 0, "slowDown": 2, "enforce": False})
    code = code_a(d)
    approve(d, code)
    for _ in range(2):
        refused(poll_a(d, code["device_code"]), "slow_down")
    equal(poll_a(d, code["device_code"]).status, 200)


@case
def declined(d):
    """declined, in both spellings"""
    knobs(d, poll={"interval": 0})
    for spelling in ("authorization_declined", "access_denied"):
        knobs(d, poll={"declined": spelling})
        code = code_a(d)
        approve(d, code, action="decline")
        refused(poll_a(d, code["device_code"]), spelling)
        code, cookie = code_b(d)
        approve(d, code, action="decline")
        refused(poll_b(d, code["device_code"], cookie), spelling)


@case
def too_old(d):
    """a code that is too old, approved or not; its life is a knob"""
    for answered in (False, True):
        code = code_a(d)
        if answered:
            approve(d, code)
        d.advance(899)
        d.advance(2)
        refused(poll_a(d, code["device_code"]), "expired_token")
    knobs(d, life={"code": 20})
    code = code_a(d)
    equal(code["expires_in"], 20)
    d.advance(19)
    refused(poll_a(d, code["device_code"]), "authorization_pending")
    d.advance(2)
    refused(poll_a(d, code["device_code"]), "expired_token")
    late = d.control("POST", "approve", {"user-code": code["user_code"], "xuid": ONE, "action": "approve"})
    equal(late.status, 410)


@case
def unknown_code(d):
    """a code that nobody issued, of another client, or of the other family"""
    knobs(d, poll={"interval": 0})
    code = code_a(d)["device_code"]
    refused(poll_a(d, "EMU.DC.code.g1.nonsense"), "bad_verification_code")
    refused(poll_a(d, code, client_id="ffffffff-1111-2222-3333-444444444444"), "bad_verification_code")
    refused(poll_b(d, code, {}), "bad_verification_code")
    refused(poll_a(d, code_b(d)[0]["device_code"]), "bad_verification_code")
    refused(poll_a(d, code), "authorization_pending")


@case
def family_b(d):
    """the family of titles: a cookie that must come back, a day's access, two more fields"""
    reply = form(d, CODE_B, {"client_id": TITLE_CLIENT, "scope": TITLE_SCOPE, "response_type": "device_code"})
    equal(reply.headers["Content-Type"], "application/json")
    true(re.match(r"EMUC=[\w.-]+;", reply.headers["Set-Cookie"]))
    knobs(d, poll={"interval": 0})
    code, cookie = code_b(d)
    approve(d, code)
    for wrong in ({}, {"Cookie": "EMUC=1"}, {"Cookie": cookie["Cookie"] + "x"}, code_b(d)[1]):
        refused(poll_b(d, code["device_code"], wrong), "bad_verification_code")
    reply = poll_b(d, code["device_code"], {"Cookie": "a=b; " + cookie["Cookie"] + "; c=d"})
    equal(reply.status, 200, reply.text)
    tokens = reply.json
    equal(sorted(tokens), ["access_token", "expires_in", "foci", "refresh_token", "scope", "token_type", "user_id"])
    equal((tokens["token_type"], tokens["expires_in"], tokens["scope"], tokens["user_id"], tokens["foci"]),
          ("bearer", 86400, TITLE_SCOPE, "emu3274900000001", "1"))
    true(tokens["access_token"].startswith("EMU.ATB.") and tokens["refresh_token"].startswith("EMU.RTB."))
    knobs(d, poll={"cookie": False})
    code, _ = code_b(d)
    approve(d, code)
    equal(poll_b(d, code["device_code"], {}).status, 200)


@case
def offline(d):
    """without offline_access there is no refresh token"""
    true("refresh_token" not in sign_in_a(d, scope="XboxLive.signin"))
    true("refresh_token" in sign_in_a(d, scope="XboxLive.SignIn XboxLive.offline_access"))
    true("refresh_token" in sign_in_b(d))


@case
def rotation(d):
    """each refresh gives another token, and the old one is refused at once"""
    for sign_in, refresh in ((sign_in_a, refresh_a), (sign_in_b, refresh_b)):
        tokens = sign_in(d)
        first = refresh(d, tokens["refresh_token"])
        equal(first.status, 200)
        equal(sorted(first.json), sorted(tokens))
        true(first.json["refresh_token"] != tokens["refresh_token"] and first.json["access_token"] != tokens["access_token"])
        refused(refresh(d, tokens["refresh_token"]), "invalid_grant")
        equal(refresh(d, first.json["refresh_token"]).status, 200)
        refused(refresh(d, first.json["refresh_token"]), "invalid_grant")
    old = sign_in_a(d)["refresh_token"]
    equal(refresh_a(d, old).status, 200)
    reply = refresh_a(d, old)
    equal(reply.json["suberror"], "bad_token")
    entra(reply, 70000)


@case
def rotation_knobs(d):
    """rt: not strict, the old one works on; not rotating, the same comes back; omitted, none comes"""
    knobs(d, rt={"strict": False})
    first = sign_in_a(d)["refresh_token"]
    second = refresh_a(d, first).json["refresh_token"]
    true(second != first)
    equal([refresh_a(d, token).status for token in (first, second, first)], [200] * 3)
    knobs(d, rt={"rotate": False})
    for _ in range(3):
        d.advance(89 * 86400)
        equal(refresh_a(d, first).json["refresh_token"], first)
    knobs(d, rt={"rotate": True, "strict": True, "omit": True})
    for _ in range(2):
        reply = refresh_a(d, first)
        equal(reply.status, 200)
        true("refresh_token" not in reply.json and "access_token" in reply.json)


@case
def concurrent(d):
    """of many refreshes with one token at a time, one succeeds when that is strict"""
    token = sign_in_a(d)["refresh_token"]
    knobs(d, latency={"path": "/token", "ms": 300})
    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(reply.status for reply in pool.map(lambda _: refresh_a(d, token), range(20)))
    equal(statuses, [200] + [400] * 19)
    counted = identity(d)
    equal(counted["accounts"][ONE]["refreshes"], 20)
    true(counted["endpoints"][TOKEN_A]["peak"] > 1 and counted["accounts"][ONE]["peak"] > 1)
    equal(counted["tokens"]["refresh"], 1)


@case
def revoked(d):
    """revoke: all of an account are refused; another's are not; idle is another error"""
    mine, other = sign_in_a(d)["refresh_token"], sign_in_a(d, BOB)["refresh_token"]
    knobs(d, revoke={"xuid": ONE})
    refused(refresh_a(d, mine), "invalid_grant")
    other = refresh_a(d, other).json["refresh_token"]
    knobs(d, revoke={"xuid": BOB, "kind": "refresh", "why": "idle"})
    reply = refresh_a(d, other)
    refused(reply, "invalid_grant")
    equal(reply.json["error_codes"], [700082])
    true("suberror" not in reply.json)


@case
def idle(d):
    """90 days without a use; each use starts them anew"""
    token = sign_in_a(d)["refresh_token"]
    for _ in range(3):
        d.advance(89 * 86400)
        token = refresh_a(d, token).json["refresh_token"]
    d.advance(90 * 86400 + 1)
    reply = refresh_a(d, token)
    refused(reply, "invalid_grant")
    equal(reply.json["error_codes"], [700082])


@case
def wrong_grant(d):
    """a refresh token of another client, another family, or of nobody"""
    token = sign_in_a(d)["refresh_token"]
    reply = refresh_a(d, token, client_id="ffffffff-1111-2222-3333-444444444444")
    refused(reply, "invalid_grant")
    equal(reply.json["suberror"], "client_mismatch")
    refused(refresh_b(d, token), "invalid_grant")
    for wrong in ("EMU.RT.nonsense", sign_in_b(d)["refresh_token"]):
        reply = refresh_a(d, wrong)
        refused(reply, "invalid_grant")
        equal(reply.json["suberror"], "bad_token")
    refused(refresh_a(d, sign_in_a(d)["access_token"]), "invalid_grant")
    refused(refresh_a(d, token, scope="openid"), "invalid_scope")
    equal(refresh_a(d, token).status, 200)


@case
def ordered(d):
    """errors by name, bodies, Retry-After, count, skip, account"""
    token = sign_in_a(d)["refresh_token"]
    for name, error, number in (("interaction_required", "interaction_required", 65001),
                                ("invalid_client", "invalid_client", 7000218), ("idle", "invalid_grant", 700082),
                                ("looping", "invalid_grant", 50196)):
        knobs(d, fail={"path": TOKEN_A, "error": name})
        reply = refresh_a(d, token)
        refused(reply, error)
        equal(reply.json["error_codes"], [number])
    knobs(d, fail={"path": TOKEN_A, "error": "temporarily_unavailable", "retryAfter": "3"})
    reply = refresh_a(d, token)
    refused(reply, "temporarily_unavailable", 503)
    equal((reply.json["error_codes"], reply.headers["Retry-After"]), ([90033], "3"))
    knobs(d, fail={"path": TOKEN_A, "status": 429, "html": "<html>busy</html>", "retryAfter": "7"})
    reply = refresh_a(d, token)
    equal((reply.status, reply.text, reply.headers["Content-Type"], reply.headers["Retry-After"]),
          (429, b"<html>busy</html>", "text/html", "7"))
    knobs(d, fail={"path": TOKEN_A, "status": 503, "count": 2, "skip": 1, "xuid": ONE})
    equal(refresh_a(d, sign_in_a(d, BOB)["refresh_token"]).status, 200)
    token = refresh_a(d, token).json["refresh_token"]
    for _ in range(2):
        empty(refresh_a(d, token), 503)
    equal(refresh_a(d, token).status, 200)
    knobs(d, fail={"path": "/oauth20", "status": 418, "body": {"x": [1]}, "count": 0})
    equal(refresh_b(d, "x").json, {"x": [1]})
    knobs(d, fail=None)
    refused(refresh_b(d, "x"), "invalid_grant")


@case
def faults(d):
    """the faults of the directory strike here too: the answer of a refresh is lost, the token is used up"""
    token = sign_in_a(d)["refresh_token"]
    d.fault("F2", path=TOKEN_A, xuid=ONE)
    true(dropped(lambda: refresh_a(d, token)))
    refused(refresh_a(d, token), "invalid_grant")
    d.fault("F16", path=CODE_A)
    held = d.connect()
    held.request("POST", CODE_A, f"client_id={CLIENT}&scope=XboxLive.signin",
                 {"Content-Type": "application/x-www-form-urlencoded"})
    waits(lambda: d.journal("held"))
    equal(d.control("POST", "release", {}).status, 200)
    equal(held.getresponse().status, 200)
    held.close()


@case
def late(d):
    """latency: the answer waits; a client that goes meanwhile has had its effect"""
    token = sign_in_a(d)["refresh_token"]
    knobs(d, latency={"path": TOKEN_A, "ms": 100, "jitter": 50})
    token = refresh_a(d, token).json["refresh_token"]
    knobs(d, latency={"path": TOKEN_A, "ms": 600000})
    gone = d.connect()
    gone.request("POST", TOKEN_A, f"client_id={CLIENT}&scope=XboxLive.signin&grant_type=refresh_token&refresh_token={token}",
                 {"Content-Type": "application/x-www-form-urlencoded"})
    waits(lambda: [(h["fault"], h["xuid"]) for h in d.journal("held")] == [("latency", ONE)])
    gone.close()
    waits(lambda: not d.journal("held"))
    knobs(d, latency=None)
    refused(refresh_a(d, token), "invalid_grant")
    equal([r["status"] for r in d.journal("requests") if r["path"] == TOKEN_A], [200, 200, 200, 400])


@case
def lifetimes(d):
    """life.access: what expires_in says is what the user token's service goes by"""
    knobs(d, life={"access": 60, "accessTitle": 70})
    tokens = sign_in_a(d)
    equal((tokens["expires_in"], tokens["ext_expires_in"]), (60, 60))
    equal(sign_in_b(d)["expires_in"], 70)
    user_token(d, tokens["access_token"])
    d.advance(61)
    empty(xbox(d, USER, user_body("d=" + tokens["access_token"])), 401)


@case
def approvals(d):
    """POST approve: by whom, in turn, once; refusals"""
    code = code_a(d)
    typed = code["user_code"].lower()
    spaced = f" {typed[:4]}-{typed[4:]}"
    for body, status in (({"user-code": "BBBBBBBB"}, 404), ({}, 404), ({"user-code": spaced, "action": "no"}, 400),
                         ({"user-code": spaced, "xuid": "x"}, 400), ({"user-code": spaced, "xuid": 5}, 400),
                         ({"user-code": spaced, "who": "x"}, 400)):
        equal(d.control("POST", "approve", body).status, status, body)
    reply = d.control("POST", "approve", {"user-code": spaced})
    equal((reply.status, reply.json), (200, {"xuid": ONE}))
    equal(d.control("POST", "approve", {"user-code": spaced}).status, 409)
    equal([(c["state"], c["xuid"]) for c in identity(d)["codes"]], [("approved", ONE)])
    knobs(d, accounts=[{"xuid": BOB, "gamertag": "Bob"}])
    seen = [d.control("POST", "approve", {"user-code": code_a(d)["user_code"]}).json["xuid"] for _ in range(4)]
    equal(seen, [BOB, ONE, BOB, ONE])


@case
def automatic(d):
    """--auto-approve: at the first poll, the default account first, then in turn, or who was named"""
    auto = start("--auto-approve")
    knobs(auto, poll={"interval": 0})

    def who():
        return poll_a(auto, code_a(auto)["device_code"]).json["access_token"].split(".")[2]
    equal([who(), who()], [ONE, ONE])
    equal(identity(auto)["accounts"][ONE]["gamertag"], "EmuPlayerOne")
    knobs(auto, accounts=[{"xuid": BOB, "gamertag": "Bob"}], next=["2533274900000009", BOB])
    equal([who(), who()], ["2533274900000009", BOB])
    equal([who() for _ in range(3)], ["2533274900000009", ONE, BOB])
    knobs(auto, poll={"autoApprove": False})
    refused(poll_a(auto, code_a(auto)["device_code"]), "authorization_pending")
    knobs(auto, defaults=True)
    equal(code_a(auto)["interval"], 1)
    equal(auto.get(token="any").status, 401)
    equal(auto.stop(), 0)


@case
def restart(d):
    """--state: refresh tokens, accounts, codes and tokens of the service survive a restart, ended ones stay ended"""
    with tempfile.TemporaryDirectory() as folder:
        state = os.path.join(folder, "state")
        first = start("--state", state)
        knobs(first, accounts=[{"xuid": BOB, "gamertag": "Bob", "privileges": [254, 1]}])
        used = sign_in_a(first, BOB)["refresh_token"]
        token = refresh_a(first, used).json["refresh_token"]
        answer = chain_a(first, BOB)
        code = code_a(first)
        approve(first, code)
        first.stop(signal.SIGKILL)
        second = start("--state", state)
        equal(second.get(token="any").status, 401)
        refused(refresh_a(second, used), "invalid_grant")
        access = refresh_a(second, token).json["access_token"]
        user = xsts(second, [user_token(second, access)])["DisplayClaims"]["xui"][0]
        equal((user["gtg"], user["prv"], user["uhs"]), ("Bob", "254 1", answer["DisplayClaims"]["xui"][0]["uhs"]))
        # The token of the service is known still: the refusal is that of the handle's name.
        equal(second.call("GET", "/handles/x", None, None, {"Authorization": answer["header"]}).status, 400)
        second.advance(5)
        equal(poll_a(second, code["device_code"]).status, 200)
        equal(second.stop(), 0)


@case
def reset(d):
    """POST reset forgets what was issued, and any token is accepted again"""
    token = sign_in_a(d)["refresh_token"]
    equal(d.get(token="any").status, 401)
    d.control("POST", "reset")
    equal(d.get(token="any").status, 204)
    equal(d.journal("tokens"), [])
    refused(refresh_a(d, token), "invalid_grant")


@case
def listed(d):
    """GET tokens lists every secret with its kind, owner, expiry, and whether it is live; journals have none of them"""
    tokens = sign_in_a(d)
    again = refresh_a(d, tokens["refresh_token"]).json
    chain_a(d)
    listed_tokens = {t["value"]: t for t in d.journal("tokens")}
    true(set(again.values()) & set(listed_tokens))
    equal((listed_tokens[tokens["refresh_token"]]["live"], listed_tokens[tokens["refresh_token"]]["ended"]), (False, "rotated"))
    equal([listed_tokens[t]["live"] for t in (tokens["access_token"], again["refresh_token"])], [True, True])
    equal({t["kind"] for t in listed_tokens.values()}, {"device-code", "access", "refresh", "user", "xsts"})
    equal({t["xuid"] for t in listed_tokens.values()}, {ONE})
    for t in listed_tokens.values():
        true(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", t["expires"]))
    for journal in ("requests", "commits"):
        true(b"EMU." not in d.control("GET", journal).text)
    requests = [(r["path"], r["xuid"], r["status"]) for r in d.journal("requests")]
    true((TOKEN_A, ONE, 200) in requests and (CODE_A, "", 200) in requests, requests)
    d.advance(4000)
    equal({t["live"] for t in d.journal("tokens") if t["kind"] == "access"}, {False})


@case
def wrong_knobs(d):
    """POST identity: what is unknown or of a wrong type is refused, and nothing of it is set"""
    before = identity(d)["knobs"]
    for body in ({"nosuch": 1}, {"life": 5}, {"life": {"nosuch": 1}}, {"life": {"access": -1}}, {"life": {"access": "1"}},
                 {"rt": {"strict": 1}}, {"uhs": {"mode": "none"}}, {"format": {"fraction": 8}}, {"accounts": {}},
                 {"accounts": [{"gamertag": "x"}]}, {"accounts": [{"xuid": "1", "gamertag": "a\n"}]},
                 {"accounts": [{"xuid": "1", "privileges": ["x"]}]}, {"accounts": [{"xuid": "1", "agg": "Old"}]},
                 {"next": ["x"]}, {"next": ONE}, {"fail": {}}, {"fail": {"error": "nosuch"}}, {"fail": {"status": 99}},
                 {"fail": {"status": 500, "xerr": 1}}, {"fail": {"status": 500, "retryAfter": "1\r\nx: y"}},
                 {"latency": {"ms": 5}}, {"latency": {"path": "/", "ms": -1}}, {"revoke": {"kind": "x"}},
                 {"revoke": {"why": "x"}}, {"titles": {"x": "y"}}, {"sandboxes": {"A": 1}}, {"parties": [1]},
                 {"unknownClients": "x"}, {"defaults": False}):
        reply = d.control("POST", "identity", {"poll": {"interval": 77}, **body})
        equal(reply.status, 400, body)
    equal(identity(d)["knobs"], before)
    knobs(d, poll={"interval": 77}, life={"user": 5})
    knobs(d, poll={"interval": None})
    equal((identity(d)["knobs"]["poll"]["interval"], identity(d)["knobs"]["life"]["user"]), (5, 5))
    knobs(d, defaults=True)
    equal(identity(d)["knobs"], before)
    knobs(d, rt={"strict": False}, unknownClients=[CLIENT])
    knobs(d, poll={"interval": 7}, defaults=True)
    equal((code_a(d)["interval"], identity(d)["knobs"]["rt"]["strict"]), (7, True))


run(Directory(binary()))
