# SPDX-License-Identifier: MIT
"""The Xbox tokens over HTTP: user, device, title and XSTS, what the session directory takes, and the knobs for all that."""
import base64
import email.utils
import gzip
import json
import re

from chain import (CLIENT, CODE_A, DEVICE, DEVICE_ID, MAIN, ONE, TITLE, TITLE_CLIENT, USER, XSTS, Key, chain_a,
                   chain_b, code_a, device_body, done, empty, form, identity, knobs, now, sign_in_a, sign_in_b, start,
                   user_body, user_token, xbox, xerr, xsts, xsts_body)
from support import ALICE, BOB, Directory, binary, case, equal, me, path, run, true

KEY, OTHER_KEY = Key(), Key()
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z"


def get(d, header, **headers):
    """A call to the session directory: 204, there is no such session, when the caller is accepted."""
    return d.call("GET", path(), None, None, {"Authorization": header, **headers})


def accepted(d, header, **headers):
    reply = get(d, header, **headers)
    equal(reply.status, 204, reply.text)


def unauthorized(reply):
    empty(reply, 401)
    equal(reply.headers["WWW-Authenticate"], "XBL3.0")


def device(d, key=KEY, **more):
    return xbox(d, DEVICE, device_body(key, **more), key=key)


@case
def user(d):
    """a user token for a ticket, with a uhs and nothing else"""
    access = sign_in_a(d)["access_token"]
    reply = xbox(d, USER, user_body("d=" + access))
    body = reply.json
    equal((reply.status, sorted(body), sorted(body["DisplayClaims"]["xui"][0])),
          (200, ["DisplayClaims", "IssueInstant", "NotAfter", "Token"], ["uhs"]))
    true(re.fullmatch(rf"EMU\.U\.{ONE}\.g\d+\.[\w-]{{32}}", body["Token"]))
    true(re.fullmatch(INSTANT, body["IssueInstant"]) and re.fullmatch(INSTANT, body["NotAfter"]))
    true(re.fullmatch(r"[1-9]\d{18}", body["DisplayClaims"]["xui"][0]["uhs"]))
    for name, value in (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"), ("Pragma", "no-cache"),
                        ("Content-Type", "application/json; charset=utf-8")):
        equal(reply.headers[name], value)
    true(reply.headers["MS-CV"])
    equal(xbox(d, USER, user_body("t=" + sign_in_b(d)["access_token"])).status, 200)


@case
def user_refused(d):
    """the matrix of user/authenticate: 400, 401, 403, all without a body"""
    access, title_access = sign_in_a(d)["access_token"], sign_in_b(d)["access_token"]
    for ticket, status in (("t=" + access, 400), ("d=" + title_access, 400), (access, 400), ("", 400),
                           ("d=", 401), ("d=EMU.AT.nonsense", 401), ("d=" + sign_in_a(d)["refresh_token"], 401)):
        empty(xbox(d, USER, user_body(ticket)), status)
    good = user_body("d=" + access)
    empty(xbox(d, USER, {**good, "Properties": {**good["Properties"], "RpsTicket": None}}), 400)
    empty(xbox(d, USER, user_body("d=" + access, RpsTicket=5)), 400)
    knobs(d, unknownClients=[CLIENT])
    empty(xbox(d, USER, good), 403)
    knobs(d, unknownClients=[])
    d.advance(3601)
    empty(xbox(d, USER, good), 401)


@case
def strictness(d):
    """Content-Type, contract version, JSON types, names that come twice, the relying party: 400 without a body"""
    good = user_body("d=" + sign_in_a(d)["access_token"])
    text = json.dumps(good)
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": None}, {"x-xbl-contract-version": None},
                    {"x-xbl-contract-version": "107"}, {"x-xbl-contract-version": "1.0"}):
        empty(xbox(d, USER, good, headers), 400)
    for target in (USER, XSTS, DEVICE, TITLE):
        for body in ("", "[]", "{", "null", '{"a":"' + "\xff" + '"}', text[:-1] + ',"TokenType":"JWT"}', "[" * 100 + "]" * 100):
            empty(xbox(d, target, body.encode("latin1")), 400)
    for change in ({"RelyingParty": "https://auth.xboxlive.com"}, {"RelyingParty": MAIN + "/"}, {"RelyingParty": 1},
                   {"TokenType": "jwt"}, {"TokenType": None}, {"Properties": []}, {"Properties": None}):
        empty(xbox(d, USER, {**good, **change}), 400)
    for change in ({"AuthMethod": "rps"}, {"SiteName": "x"}, {"ProofKey": {}}, {"ProofKey": "x"}):
        empty(xbox(d, USER, {**good, "Properties": {**good["Properties"], **change}}), 400)
    equal(xbox(d, USER, good, {"x-xbl-contract-version": "2", "Content-Type": "application/json; charset=utf-8"}).status, 200)
    equal(d.call("GET", XSTS, None, None).status, 405)


@case
def bound(d):
    """a request with a ProofKey: unsigned 400, signed wrongly 403, each in many ways, without a body"""
    access = sign_in_a(d)["access_token"]
    body = user_body("d=" + access, KEY)
    text = json.dumps(body)
    at = now(d)
    empty(xbox(d, USER, body), 400)
    good = KEY.sign("POST", USER, "", text, at)
    raw = base64.b64decode(good)
    for wrong in (KEY.sign("POST", USER, "", text + " ", at), KEY.sign("PUT", USER, "", text, at),
                  KEY.sign("POST", USER + "?a", "", text, at), KEY.sign("POST", USER, "x", text, at),
                  OTHER_KEY.sign("POST", USER, "", text, at), good[:-2], good + "=", "",
                  base64.b64encode(raw + b"\0").decode(), base64.b64encode(raw[:-1]).decode(),
                  base64.b64encode(b"\0\0\0\2" + raw[4:]).decode(),
                  KEY.sign("POST", USER, "", text, at - 400), KEY.sign("POST", USER, "", text, at + 400)):
        empty(xbox(d, USER, text, {"Signature": wrong}), 403)
    bound_user = done(xbox(d, USER, text, {"Signature": good}))
    plain_user = done(xbox(d, USER, user_body("d=" + access)))
    true(bound_user["DisplayClaims"] != plain_user["DisplayClaims"])
    knobs(d, sign={"tolerance": 500})
    equal(xbox(d, USER, text, {"Signature": KEY.sign("POST", USER, "", text, at - 400)}).status, 200)
    knobs(d, sign={"mode": "off"})
    equal(xbox(d, USER, body).status, 200)


@case
def long_body(d):
    """only the first 8192 bytes of a body are signed; a signature over more is a wrong one"""
    body = json.dumps({**user_body("d=" + sign_in_a(d)["access_token"], KEY), "Padding": "x" * 9000})
    at = now(d)
    empty(xbox(d, USER, body, {"Signature": KEY.sign("POST", USER, "", body, at, limit=100000)}), 403)
    equal(xbox(d, USER, body, {"Signature": KEY.sign("POST", USER, "", body, at)}).status, 200)


@case
def device_token(d):
    """a device token for a key; missing signature 400, wrong 403; the spelling of ids"""
    answer = done(device(d))
    true(re.fullmatch(r"EMU\.D\.F9[0-9A-F]{14}\.g\d+\.[\w-]{32}", answer["Token"]))
    did = answer["DisplayClaims"]["xdi"]
    equal((did["dcs"], did["did"] in answer["Token"]), ("0", True))
    equal(done(device(d))["DisplayClaims"]["xdi"], did)
    empty(xbox(d, DEVICE, device_body(KEY)), 400)
    empty(xbox(d, DEVICE, device_body(KEY), key=OTHER_KEY), 403)
    bare = DEVICE_ID[1:-1]
    for change, status in (({"DeviceType": "Android", "Id": DEVICE_ID.lower(), "SerialNumber": None}, 200),
                           ({"DeviceType": "iOS", "Id": bare, "SerialNumber": None}, 200),
                           ({"DeviceType": "Playstation", "Id": bare, "SerialNumber": None}, 200),
                           ({"Id": DEVICE_ID.lower(), "SerialNumber": DEVICE_ID.lower()}, 400),
                           ({"Id": bare, "SerialNumber": bare}, 400), ({"SerialNumber": "x"}, 400),
                           ({"SerialNumber": None}, 400), ({"DeviceType": "Android"}, 400), ({"DeviceType": None}, 400),
                           ({"Version": None}, 400), ({"AuthMethod": "RPS"}, 400), ({"ProofKey": None}, 400),
                           ({"ProofKey": {**KEY.jwk, "x": KEY.jwk["y"]}}, 400)):
        reply = device(d, **change)
        equal(reply.status, status, change)
        true(status == 200 or reply.text == b"")


@case
def title_token(d):
    """a title token for a title's ticket; 403 for a client that is no title; a device that does not fit"""
    access = sign_in_b(d)["access_token"]
    at = now(d)
    mine = done(xbox(d, DEVICE, device_body(KEY), key=KEY, at=at))["Token"]

    def title(ticket, token=mine, key=KEY, sign=True):
        return xbox(d, TITLE, user_body(ticket, key, DeviceToken=token), key=key if sign else None, at=at)
    answer = done(title("t=" + access))
    equal(answer["DisplayClaims"], {"xti": {"tid": "1717113001"}})
    true(answer["Token"].startswith("EMU.T.1717113001."))
    plain = sign_in_a(d)["access_token"]
    for ticket in ("d=" + plain, "t=" + plain):
        empty(title(ticket), 403)
    empty(title("t=EMU.ATB.nonsense"), 401)
    empty(title("x"), 400)
    empty(title("t=" + access, sign=False), 400)
    empty(xbox(d, TITLE, user_body("t=" + access, KEY, DeviceToken=mine), key=OTHER_KEY, at=at), 403)
    empty(xbox(d, TITLE, user_body("t=" + access, KEY), key=KEY, at=at), 400)
    xerr(title("t=" + access, "EMU.D.nonsense"), 2148916259)
    xerr(title("t=" + access, key=OTHER_KEY), 2148916254)
    knobs(d, titles={TITLE_CLIENT: 42})
    equal(done(title("t=" + access))["DisplayClaims"]["xti"]["tid"], "42")
    knobs(d, titles={TITLE_CLIENT: 0})
    empty(title("t=" + access), 403)
    knobs(d, titles={}, life={"accessTitle": 10 ** 8})
    access = sign_in_b(d)["access_token"]
    d.advance(14 * 86400)
    at = now(d)
    xerr(title("t=" + access), 2148916256)


@case
def xsts_token(d):
    """an XSTS token says who it is for; the session directory accepts it with its uhs, and knows the user"""
    answer = chain_a(d)
    true(re.fullmatch(rf"EMU\.X\.{ONE}\.RETAIL\.g\d+\.[\w-]{{32}}", answer["Token"]))
    shown = answer["DisplayClaims"]["xui"]
    equal(len(shown), 1)
    equal({k: v for k, v in shown[0].items() if k != "uhs"},
          {"gtg": "EmuPlayerOne", "xid": ONE, "agg": "Adult", "usr": "", "utr": "", "prv": "185 188 189 203 252 254 255"})
    reply = d.call("PUT", path(), me(ONE), None, {"Authorization": answer["header"], "If-None-Match": "*"})
    equal((reply.status, reply.json["members"]["0"]["gamertag"]), (201, "EmuPlayerOne"), reply.text)
    equal((d.journal("commits")[-1]["xuid"], d.journal("requests")[-1]["xuid"]), (ONE, ONE))


@case
def display_claims(d):
    """OptionalDisplayClaims: only what is asked for is added"""
    user = user_token(d, sign_in_a(d)["access_token"])
    shown = xsts(d, [user], OptionalDisplayClaims=["mgt", "mgs", "umg"])["DisplayClaims"]["xui"][0]
    equal((shown["mgt"], shown["mgs"], shown["umg"]), ("EmuPlayerOne", "", "EmuPlayerOne"))
    true("mgs" not in xsts(d, [user], OptionalDisplayClaims=["mgt"])["DisplayClaims"]["xui"][0])


@case
def parties(d):
    """other relying parties, byte for byte; only a uhs, another one; not for the session directory"""
    user = user_token(d, sign_in_a(d)["access_token"])
    home = xsts(d, [user])
    other = xsts(d, [user], "rp://emu.example/")
    equal(list(other["DisplayClaims"]["xui"][0]), ["uhs"])
    true(other["DisplayClaims"]["xui"][0]["uhs"] != home["DisplayClaims"]["xui"][0]["uhs"])
    unauthorized(get(d, other["header"]))
    for party in ("rp://emu.example", "https://xboxlive.com", "http://xboxlive.com/", "HTTP://xboxlive.com", "x", ""):
        empty(xbox(d, XSTS, xsts_body([user], party)), 400)
    knobs(d, parties=["rp://mine/"])
    xsts(d, [user], "rp://mine/")


@case
def xsts_malformed(d):
    """XSTS: properties of a wrong type, no user and no device, two users: 400 without a body"""
    user = user_token(d, sign_in_a(d)["access_token"])
    for users, more in (([], {}), ([user, user], {}), ("x", {}), ([1], {}), ([user], {"DeviceToken": 1}),
                        ([user], {"TitleToken": []}), ([user], {"OptionalDisplayClaims": "mgt"})):
        empty(xbox(d, XSTS, xsts_body(users, **more)), 400)
    empty(xbox(d, XSTS, xsts_body([user], sandbox=None)), 400)


@case
def xsts_tokens(d):
    """invalid and expired tokens of the chain have their own XErr"""
    access = sign_in_a(d)["access_token"]
    user = user_token(d, access)
    for wrong in ("EMU.U.nonsense", access, ""):
        xerr(xbox(d, XSTS, xsts_body([wrong])), 2148916261)
    xerr(xbox(d, XSTS, xsts_body([user], DeviceToken="x")), 2148916259)
    knobs(d, revoke={"kind": "user", "xuid": ONE})
    xerr(xbox(d, XSTS, xsts_body([user])), 2148916261)
    user = user_token(d, access)
    d.advance(4 * 86400 + 1)
    xerr(xbox(d, XSTS, xsts_body([user])), 2148916258)
    chain = chain_b(d, KEY)
    knobs(d, life={"user": 10 ** 8})
    user = user_token(d, sign_in_b(d)["access_token"], KEY, now(d))
    full = xsts_body([user], DeviceToken=chain["device"], TitleToken="x")
    xerr(xbox(d, XSTS, full, key=KEY, at=now(d)), 2148916260)
    d.advance(14 * 86400 + 1)
    xerr(xbox(d, XSTS, {**full, "Properties": {**full["Properties"], "TitleToken": chain["title"]}}), 2148916256)


@case
def full_chain(d):
    """device, title and user; the title is the caller's; the uhs is another than without a key"""
    knobs(d, titles={TITLE_CLIENT: 1234567890})
    chain = chain_b(d, KEY, sandbox="EMUBOX.1")
    true(".EMUBOX.1." in chain["xsts"]["Token"])
    plain = xsts(d, [user_token(d, chain["access"])])
    true(plain["DisplayClaims"]["xui"][0]["uhs"] != chain["xsts"]["DisplayClaims"]["xui"][0]["uhs"])
    accepted(d, chain["xsts"]["header"])
    accepted(d, plain["header"])
    equal([(r["titleId"], r["sandbox"]) for r in d.journal("requests")[-2:]],
          [("1234567890", "EMUBOX.1"), ("1717113001", "RETAIL")])


@case
def mixed_devices(d):
    """tokens of different devices, keys or users do not go together"""
    chain, other = chain_b(d, KEY), chain_b(d, OTHER_KEY, BOB)
    at = now(d)

    def ask(user, device_token, title, key=KEY, **more):
        body = xsts_body([user], DeviceToken=device_token, TitleToken=title, **more)
        return xbox(d, XSTS, body, key=key, at=at)
    equal(ask(chain["user"], chain["device"], chain["title"], ProofKey=KEY.jwk).status, 200)
    for user, device_token, title in ((chain["user"], other["device"], other["title"]),
                                      (chain["user"], chain["device"], other["title"]),
                                      (other["user"], chain["device"], chain["title"])):
        xerr(ask(user, device_token, title), 2148916254)
    twin = DEVICE_ID.replace("E001", "E002")
    twin = done(xbox(d, DEVICE, device_body(KEY, Id=twin, SerialNumber=twin), key=KEY, at=at))["Token"]
    xerr(ask(chain["user"], twin, chain["title"]), 2148916254)
    reply = ask(chain["user"], chain["device"], chain["title"], ProofKey=OTHER_KEY.jwk)
    xerr(reply, 2148916254)
    equal(reply.headers["WWW-Authenticate"], 'XSTS error="title_usage_by_device_exceeded"')
    xerr(xbox(d, XSTS, xsts_body([chain["user"]], TitleToken=chain["title"]), key=KEY, at=at), 2148916254)
    plain = user_token(d, sign_in_a(d, BOB)["access_token"])
    xerr(ask(plain, chain["device"], chain["title"]), 2148916260)


@case
def bound_chain_unsigned(d):
    """a bound chain: unsigned 401 that says so, signed wrongly 403, neither with a body"""
    chain = chain_b(d, KEY)
    body = xsts_body([chain["user"]], DeviceToken=chain["device"], TitleToken=chain["title"])
    reply = xbox(d, XSTS, body)
    empty(reply, 401)
    equal(reply.headers["WWW-Authenticate"], 'XSTS error="invalid_request_signature"')
    empty(xbox(d, XSTS, body, key=OTHER_KEY, at=now(d)), 403)


@case
def device_only(d):
    """a device alone has an XSTS token, which is nobody's in the session directory"""
    token = done(device(d))["Token"]
    body = xsts_body([], DeviceToken=token)
    del body["Properties"]["UserTokens"]
    answer = done(xbox(d, XSTS, body, key=KEY))
    equal(list(answer["DisplayClaims"]), ["xdi"])
    for user in ("-", "*", "1"):
        unauthorized(get(d, f"XBL3.0 x={user};{answer['Token']}"))


@case
def sandboxes(d):
    """a sandbox is spelled exactly, and may be for some accounts only"""
    user = user_token(d, sign_in_a(d)["access_token"])
    for name in ("RETAIL", "EMUBOX.1", "XDKS.1", "CERT"):
        xsts(d, [user], sandbox=name)
    for name in ("Retail", "EMUBOX.2", ""):
        xerr(xbox(d, XSTS, xsts_body([user], sandbox=name)), 2148916249)
    knobs(d, sandboxes={"MINE.1": [ONE], "THEIRS.1": [BOB]})
    xsts(d, [user], sandbox="MINE.1")
    reply = xbox(d, XSTS, xsts_body([user], sandbox="THEIRS.1"))
    xerr(reply, 2148916242)
    true("Redirect" not in reply.json)
    xerr(xbox(d, XSTS, xsts_body([user])), 2148916249)


@case
def account_errors(d):
    """what an account meets for good, and what is ordered once, with and without Redirect"""
    user = user_token(d, sign_in_a(d)["access_token"])
    site = "https://start.ui.xboxlive.com/"
    for number, redirect, word in ((2148916233, site + "CreateAccount", None), (2148916238, site + "AddChildToFamily", None),
                                   (2148916227, site + "enforcement", "Msft_ban"), (2148916235, "", None),
                                   (2148916236, "", "account_age_verification_required"), (2148916242, None, None),
                                   (2148916273, None, None)):
        knobs(d, accounts=[{"xuid": ONE, "xerr": number}])
        for _ in range(2):
            reply = xbox(d, XSTS, xsts_body([user]))
            xerr(reply, number)
            equal(reply.json.get("Redirect"), redirect)
            true(word is None or reply.headers["WWW-Authenticate"] == f'XSTS error="{word}"')
    knobs(d, accounts=[{"xuid": ONE, "xerr": None}])
    knobs(d, fail={"path": XSTS, "xerr": 2148916261, "redirect": "https://x/", "xuid": ONE})
    reply = xbox(d, XSTS, xsts_body([user]))
    xerr(reply, 2148916261)
    equal(reply.json["Redirect"], "https://x/")
    knobs(d, fail={"path": XSTS, "status": 401, "body": {}})
    equal(xbox(d, XSTS, xsts_body([user])).json, {})
    knobs(d, format={"xerrText": True}, fail={"path": XSTS, "xerr": 2148916233})
    equal(xbox(d, XSTS, xsts_body([user])).json["XErr"], "2148916233")
    xsts(d, [user])


@case
def hashes(d):
    """uhs: one for each party and key, or for each party, or one; always the same for the same"""
    access = sign_in_b(d)["access_token"]

    def seen():
        plain, held = user_token(d, access), user_token(d, access, KEY, now(d))
        return [xsts(d, [plain])["DisplayClaims"]["xui"][0]["uhs"],
                xsts(d, [plain], "rp://emu.example/")["DisplayClaims"]["xui"][0]["uhs"],
                xsts(d, [held], key=KEY, at=now(d))["DisplayClaims"]["xui"][0]["uhs"]]
    equal(len(set(seen())), 3)
    equal(seen(), seen())
    knobs(d, uhs={"mode": "party"})
    home, other, held = seen()
    true(home == held and home != other)
    knobs(d, uhs={"mode": "same"})
    equal(len(set(seen())), 1)
    equal(done(xbox(d, USER, user_body("t=" + access)))["DisplayClaims"]["xui"][0]["uhs"], seen()[0])


@case
def not_accepted(d):
    """the session directory: another uhs, another kind of token, an ended and an expired one: 401 without a body"""
    answer, other = chain_a(d), chain_a(d, BOB)
    user = answer["DisplayClaims"]["xui"][0]["uhs"]
    accepted(d, answer["header"])
    for header in (f"XBL3.0 x={ONE};{answer['Token']}", f"XBL3.0 x={user};{other['Token']}", f"XBL3.0 x={user};x",
                   f"XBL3.0 x={user};" + user_token(d, sign_in_a(d)["access_token"]), f"XBL3.0 x={ONE};token",
                   answer["header"] + "x", "Bearer x", "XBL3.0 x=;x"):
        unauthorized(get(d, header))
    unauthorized(d.call("GET", path(), None, None))
    knobs(d, revoke={"kind": "xsts", "xuid": BOB})
    unauthorized(get(d, other["header"]))
    d.advance(16 * 3600 - 60)
    accepted(d, answer["header"])
    d.advance(61)
    unauthorized(get(d, answer["header"]))


@case
def fixed(d):
    """--fixed-token: those and issued ones are accepted, nothing else, before and after the first is issued"""
    special = start("--fixed-token", f"{BOB}:secret")
    equal((special.get(BOB, token="secret").status, special.get(ALICE, token="any").status), (204, 401))
    answer = chain_a(special)
    accepted(special, answer["header"])
    equal((special.get(BOB, token="secret").status, special.get(BOB, token="any").status), (204, 401))
    equal(special.stop(), 0)


@case
def first_issue(d):
    """without fixed tokens any token is accepted until the identity services are used: the first code is a use"""
    equal((d.get(token="any").status, identity(d)["used"]), (204, False))
    form(d, CODE_A, {"client_id": "x", "scope": "x"})
    equal(d.get(token="any").status, 204)
    code_a(d)
    equal((d.get(token="any").status, identity(d)["used"]), (401, True))


@case
def title_claim(d):
    """claims.require: a token without a title is refused, and why is said; claims.title takes it away"""
    plain, titled = chain_a(d), chain_b(d, KEY)["xsts"]
    knobs(d, claims={"require": True})
    reply = get(d, plain["header"])
    equal((reply.status, reply.json["code"], reply.json["debugMessage"]), (401, 401, "Missing title Id claim."))
    accepted(d, titled["header"])
    knobs(d, claims={"title": False})
    equal(get(d, chain_b(d, KEY)["xsts"]["header"]).status, 401)


@case
def privileges(d):
    """without 254 the session directory says 403; what the token says counts, not what was changed since"""
    before = chain_a(d, BOB)
    knobs(d, accounts=[{"xuid": BOB, "privileges": [185, 2540], "agg": "Child"}])
    after = chain_a(d, BOB)
    equal([after["DisplayClaims"]["xui"][0][k] for k in ("prv", "agg")], ["185 2540", "Child"])
    accepted(d, before["header"])
    reply = get(d, after["header"])
    equal((reply.status, reply.json["errorCode"]), (403, 403))
    knobs(d, accounts=[{"xuid": BOB, "privileges": None}])
    accepted(d, chain_a(d, BOB)["header"])
    d.control("POST", "users", {"xuid": BOB, "multiplayer": False})
    equal(get(d, chain_a(d, BOB)["header"]).status, 403)


@case
def signed_calls(d):
    """a call with a bound token: a wrong signature is refused, none only when that is required"""
    header, plain = chain_b(d, KEY)["xsts"]["header"], chain_a(d)["header"]
    at = now(d)
    target = path() + "?nocommit=true"

    def call(signature):
        return d.call("GET", target, None, None, {"Authorization": header, "Signature": signature})
    good = KEY.sign("GET", target, header, "", at)
    bad = (KEY.sign("GET", path(), header, "", at), KEY.sign("GET", target, header + "x", "", at), "x",
           OTHER_KEY.sign("GET", target, header, "", at), KEY.sign("GET", target, header, "", at - 301))
    for mode, unsigned in (("verify", 204), ("require", 401)):
        knobs(d, sign={"mode": mode})
        equal((call(good).status, call(None).status), (204, unsigned))
        accepted(d, plain)
        for signature in bad:
            reply = call(signature)
            equal((reply.status, reply.json), (401, {"code": 401, "source": "EmuAuth",
                                                     "description": "invalid_request_signature"}))
    knobs(d, sign={"mode": "off"})
    equal((call(bad[0]).status, call(None).status), (204, 204))


@case
def unauthorized_forms(d):
    """a 401 of the session directory with a body, squeezed, in chunks"""
    chain_a(d)
    knobs(d, unauthorized={"body": True})
    plain = get(d, "XBL3.0 x=1;x")
    equal((plain.status, plain.json["code"]), (401, 401))
    knobs(d, unauthorized={"gzip": True, "chunked": True})
    reply = get(d, "XBL3.0 x=1;x")
    equal([reply.headers[h] for h in ("Content-Encoding", "Transfer-Encoding", "Content-Length")], ["gzip", "chunked", None])
    equal(gzip.decompress(reply.text), plain.text)


@case
def formats(d):
    """format: digits of the fraction, further fields, their order, a BOM, the length of tokens, the connection"""
    access = sign_in_a(d)["access_token"]

    def ask():
        return xbox(d, USER, user_body("d=" + access))
    for digits in range(8):
        knobs(d, format={"fraction": digits})
        text = done(ask())["NotAfter"]
        true(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d" + (rf"\.\d{{{digits}}}" if digits else "") + "Z", text), text)
    knobs(d, format={"extra": True, "sorted": True})
    names = list(done(ask()))
    equal((names, "emuExtra" in names), (sorted(names), True))
    knobs(d, format={"tokenBytes": 3000})
    equal(len(done(ask())["Token"]), 3000)
    accepted(d, chain_a(d)["header"])
    knobs(d, format={"bom": True, "close": True})
    reply = ask()
    equal((reply.text[:4], reply.headers["Connection"]), (b"\xef\xbb\xbf{", "close"))


@case
def dates(d):
    """date and clock: a Date that is off, absent or nonsense; services whose clock as a whole is off"""
    def date(reply):
        return email.utils.parsedate_to_datetime(reply.headers["Date"]).timestamp()
    knobs(d, date={"skew": -3600})
    true(abs(date(xbox(d, USER, {})) - now(d) + 3600) <= 2)
    true(abs(date(d.get()) - now(d)) <= 2)
    knobs(d, date={"skew": 0, "mode": "omit"})
    equal(xbox(d, USER, {}).headers["Date"], None)
    knobs(d, date={"mode": "bad"})
    equal(xbox(d, USER, {}).headers["Date"], "the day after tomorrow")
    knobs(d, date={"mode": None})
    before = now(d)
    knobs(d, clock={"skew": -600})
    true(abs(now(d) - before + 600) <= 2 and abs(date(xbox(d, USER, {})) - before + 600) <= 2)
    answer = chain_a(d)
    accepted(d, answer["header"])
    knobs(d, clock={"skew": 16 * 3600})
    unauthorized(get(d, answer["header"]))


@case
def counters(d):
    """GET identity counts requests for each endpoint and account"""
    user = user_token(d, sign_in_a(d)["access_token"])
    for _ in range(3):
        xsts(d, [user])
    counted = identity(d)
    equal(counted["endpoints"][XSTS], {"requests": 3, "peak": 1})
    equal(counted["endpoints"][USER]["requests"], 1)
    equal(counted["accounts"][ONE]["requests"], 5)
    equal({k: v for k, v in counted["tokens"].items() if v}, {"access": 1, "refresh": 1, "user": 1, "xsts": 3})
    d.control("POST", "users", {"xuid": BOB, "gamertag": "Bob"})
    equal(identity(d)["accounts"][BOB], {"gamertag": "Bob", "requests": 0, "peak": 0, "refreshes": 0})


run(Directory(binary()))
