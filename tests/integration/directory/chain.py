# SPDX-License-Identifier: MIT
"""The client's side of the identity chain, step by step, for the tests of this folder."""
import base64
import calendar
import json
import os
import struct
import subprocess
import tempfile
import time
import urllib.parse

from support import PATIENCE, Directory, binary, equal, true

ONE = "2533274900000001"
CLIENT = "00000000-1111-2222-3333-444444444444"
TITLE_CLIENT = "0123456789abcdef"
SCOPE = "XboxLive.signin offline_access"
TITLE_SCOPE = "service::user.auth.xboxlive.com::MBI_SSL"
CODE_A, TOKEN_A = "/consumers/oauth2/v2.0/devicecode", "/consumers/oauth2/v2.0/token"
CODE_B, TOKEN_B = "/oauth20_connect.srf", "/oauth20_token.srf"
USER, DEVICE, TITLE, XSTS = "/user/authenticate", "/device/authenticate", "/title/authenticate", "/xsts/authorize"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
HOME = "http://xboxlive.com"
MAIN = "http://auth.xboxlive.com"
DEVICE_ID = "{0A1B2C3D-0000-4000-8000-00000000E001}"
FILETIME_EPOCH = 116444736000000000


def start(*options):
    return Directory(binary(), *options)


def form(d, target, fields, headers=None):
    """POST of a form; @fields: an object, or the body as it is."""
    body = fields if isinstance(fields, (str, bytes)) else urllib.parse.urlencode(fields)
    return d.call("POST", target, body, None, {"Content-Type": "application/x-www-form-urlencoded",
                                               "x-xbl-contract-version": None, **(headers or {})})


def xbox(d, target, body, headers=None, key=None, at=None):
    """POST of JSON to one of the Xbox hosts, signed when there is a key."""
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    send = {"Content-Type": "application/json", "x-xbl-contract-version": "1", **(headers or {})}
    if key:
        send["Signature"] = key.sign("POST", target, "", text, at)
    return d.call("POST", target, text, None, send)


def knobs(d, **more):
    reply = d.control("POST", "identity", more)
    equal(reply.status, 204, reply.text)


def identity(d):
    return d.control("GET", "identity").json


def empty(reply, status):
    equal((reply.status, reply.text, reply.headers["Content-Length"]), (status, b"", "0"))


def refused(reply, error, status=400):
    """An error of the sign-in."""
    equal((reply.status, reply.json["error"]), (status, error), reply.text)
    true(reply.json["error_description"] and reply.json["correlation_id"])


def xerr(reply, number):
    equal((reply.status, reply.json["XErr"]), (401, number), reply.text)
    equal((reply.json["Identity"], reply.json["Message"]), ("0", ""))
    true(reply.headers["WWW-Authenticate"].startswith('XSTS error="'))
    true(reply.headers["x-xblcorrelationid"])


class Key:
    """A proof key of a client, by the openssl program."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.file = os.path.join(self.folder.name, "key.pem")
        self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.file)
        point = self.openssl("ec", "-in", self.file, "-pubout", "-outform", "DER")[-64:]
        x, y = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (point[:32], point[32:]))
        self.jwk = {"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "x": x, "y": y}

    @staticmethod
    def openssl(*words, data=None):
        return subprocess.run(["openssl", *words], input=data, check=True, capture_output=True, timeout=PATIENCE).stdout

    def sign(self, method, target, authorization, body, at=None, limit=8192):
        body = body.encode() if isinstance(body, str) else body or b""
        seconds = time.time() if at is None else at
        prelude = struct.pack(">IQ", 1, int(seconds * 10 ** 7) + FILETIME_EPOCH)
        data = (prelude[:4] + b"\0" + prelude[4:] + b"\0" + method.encode() + b"\0" + target.encode() + b"\0" +
                authorization.encode() + b"\0" + body[:limit] + b"\0")
        der = self.openssl("dgst", "-sha256", "-sign", self.file, "-binary", data=data)
        return base64.b64encode(prelude + self.raw(der)).decode()

    @staticmethod
    def raw(der):
        """r and s side by side, out of the two integers of the DER form."""
        r_length = der[3]
        r, s = der[4:4 + r_length], der[6 + r_length:]
        return b"".join(int.from_bytes(part, "big").to_bytes(32, "big") for part in (r, s))


def code_a(d, **more):
    reply = form(d, CODE_A, {"client_id": CLIENT, "scope": SCOPE, **more})
    equal(reply.status, 200, reply.text)
    return reply.json


def code_b(d, **more):
    """The code and the header that brings its cookie back."""
    reply = form(d, CODE_B, {"client_id": TITLE_CLIENT, "scope": TITLE_SCOPE, "response_type": "device_code", **more})
    equal(reply.status, 200, reply.text)
    return reply.json, {"Cookie": reply.headers["Set-Cookie"].split(";")[0]}


def poll_a(d, code, **more):
    return form(d, TOKEN_A, {"grant_type": DEVICE_GRANT, "client_id": CLIENT, "device_code": code, **more})


def poll_b(d, code, cookie, **more):
    return form(d, TOKEN_B, {"grant_type": DEVICE_GRANT, "client_id": TITLE_CLIENT, "device_code": code, **more}, cookie)


def refresh_a(d, token, **more):
    return form(d, TOKEN_A, {"grant_type": "refresh_token", "client_id": CLIENT, "scope": SCOPE, "refresh_token": token,
                             **more})


def refresh_b(d, token, **more):
    return form(d, TOKEN_B, {"grant_type": "refresh_token", "client_id": TITLE_CLIENT, "scope": TITLE_SCOPE,
                             "refresh_token": token, **more})


def approve(d, code, xuid=ONE, action="approve"):
    reply = d.control("POST", "approve", {"user-code": code["user_code"], "xuid": xuid, "action": action})
    equal(reply.status, 200, reply.text)


def sign_in_a(d, xuid=ONE, **more):
    """The tokens of family A for this account, without waiting for the interval."""
    code = code_a(d, **more)
    approve(d, code, xuid)
    d.advance(code["interval"])
    reply = poll_a(d, code["device_code"])
    equal(reply.status, 200, reply.text)
    return reply.json


def sign_in_b(d, xuid=ONE):
    code, cookie = code_b(d)
    approve(d, code, xuid)
    d.advance(code["interval"])
    reply = poll_b(d, code["device_code"], cookie)
    equal(reply.status, 200, reply.text)
    return reply.json


def user_body(ticket, key=None, **more):
    properties = {"AuthMethod": "RPS", "SiteName": "user.auth.xboxlive.com", "RpsTicket": ticket, **more}
    if key:
        properties["ProofKey"] = key.jwk
    return {"RelyingParty": MAIN, "TokenType": "JWT", "Properties": properties}


def device_body(key, **more):
    properties = {"AuthMethod": "ProofOfPossession", "Id": DEVICE_ID, "SerialNumber": DEVICE_ID, "DeviceType": "Win32",
                  "Version": "10.0.19041", "ProofKey": key.jwk, **more}
    return {"RelyingParty": MAIN, "TokenType": "JWT",
            "Properties": {name: value for name, value in properties.items() if value is not None}}


def xsts_body(users, party=HOME, sandbox="RETAIL", **more):
    return {"RelyingParty": party, "TokenType": "JWT", "Properties": {"SandboxId": sandbox, "UserTokens": users, **more}}


def done(reply):
    equal(reply.status, 200, reply.text)
    return reply.json


def user_token(d, access, key=None, at=None):
    prefix = "t=" if ".ATB." in access else "d="
    return done(xbox(d, USER, user_body(prefix + access, key), key=key, at=at))["Token"]


def xsts(d, users, party=HOME, sandbox="RETAIL", key=None, at=None, **more):
    """The answer, with the value of an Authorization header as "header"."""
    answer = done(xbox(d, XSTS, xsts_body(users, party, sandbox, **more), key=key, at=at))
    answer["header"] = f"XBL3.0 x={answer['DisplayClaims']['xui'][0]['uhs']};{answer['Token']}"
    return answer


def chain_a(d, xuid=ONE):
    """An XSTS answer for the session directory."""
    return xsts(d, [user_token(d, sign_in_a(d, xuid)["access_token"])])


def now(d):
    """The present of the identity services, as seconds since the epoch."""
    text = identity(d)["now"]
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def chain_b(d, key, xuid=ONE, sandbox="RETAIL"):
    """The four tokens of family B by name, and the XSTS answer as "xsts"."""
    access = sign_in_b(d, xuid)["access_token"]
    at = now(d)
    tokens = {"access": access, "user": user_token(d, access, key, at),
              "device": done(xbox(d, DEVICE, device_body(key), key=key, at=at))["Token"]}
    body = user_body("t=" + access, key, DeviceToken=tokens["device"])
    tokens["title"] = done(xbox(d, TITLE, body, key=key, at=at))["Token"]
    tokens["xsts"] = xsts(d, [tokens["user"]], sandbox=sandbox, key=key, at=at, DeviceToken=tokens["device"],
                          TitleToken=tokens["title"])
    return tokens
