# SPDX-License-Identifier: MIT
"""The page of a sign-in by what a browser sends: its forms, its refusals, and that nothing foreign is let in."""
import html.parser
import re

from chain import CLIENT, ONE, code_a, form, identity, knobs, poll_a, refused
from support import BOB, Directory, binary, case, equal, run, true


class Page(html.parser.HTMLParser):
    """What a page has: its inputs and buttons by name, its tags, its text."""

    def __init__(self, reply):
        super().__init__()
        equal(reply.headers["Content-Type"], "text/html; charset=utf-8")
        self.fields, self.tags, self.text = [], [], ""
        self.feed(reply.text.decode())

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag in ("input", "button"):
            self.fields.append(dict(attributes))

    def handle_data(self, data):
        self.text += data

    def named(self, name):
        return [f for f in self.fields if f.get("name") == name]


def page(d, query="", headers=None):
    return d.call("GET", "/link" + query, None, None, headers)


def send(d, headers=None, **fields):
    return form(d, "/link", fields, headers)


def state(d):
    return [(c["state"], c.get("xuid")) for c in identity(d)["codes"]]


@case
def shown(d):
    """the page asks for a code and offers the known accounts, without a script, and cannot be framed or kept"""
    knobs(d, accounts=[{"xuid": BOB, "gamertag": "Bob"}])
    reply = page(d)
    shown_page = Page(reply)
    equal(reply.status, 200)
    equal([f["value"] for f in shown_page.named("code")], [""])
    equal({f["value"] for f in shown_page.named("account")}, {ONE, BOB})
    true("EmuPlayerOne" in shown_page.text and "Bob" in shown_page.text)
    equal([f["value"] for f in shown_page.named("action")], ["approve", "decline"])
    equal(len([f for f in shown_page.named("account") if "checked" in f]), 1)
    true(not set(shown_page.tags) & {"script", "iframe", "img", "link", "object"})
    equal((reply.headers["X-Frame-Options"], reply.headers["Cache-Control"]), ("DENY", "no-store"))
    true("default-src 'none'" in reply.headers["Content-Security-Policy"])
    equal(d.call("HEAD", "/link", None, None).status, 200)
    equal(d.call("DELETE", "/link", None, None).status, 405)


@case
def prefilled(d):
    """?otc= fills the code in, and names who asks"""
    code = code_a(d)
    shown_page = Page(page(d, "?otc=" + code["user_code"]))
    equal([f["value"] for f in shown_page.named("code")], [code["user_code"]])
    true(CLIENT in shown_page.text)
    shown_page = Page(page(d, "?otc=NOTKNOWN"))
    equal([f["value"] for f in shown_page.named("code")], ["NOTKNOWN"])
    true(CLIENT not in shown_page.text)


@case
def approved(d):
    """approved as an account of the list: the poll gets that account's tokens"""
    knobs(d, poll={"interval": 0}, accounts=[{"xuid": BOB, "gamertag": "Bob"}])
    code = code_a(d)
    reply = send(d, code=code["user_code"].lower()[:4] + " - " + code["user_code"][4:], account=BOB, gamertag="",
                 action="approve")
    equal(reply.status, 200)
    true("Bob is signed in" in Page(reply).text)
    true(poll_a(d, code["device_code"]).json["access_token"].startswith(f"EMU.AT.{BOB}."))
    reply = send(d, code=code["user_code"], account=BOB, action="approve")
    equal(reply.status, 409)


@case
def by_gamertag(d):
    """a gamertag that is typed is found without case, or becomes a new account"""
    for gamertag, xuid in (("emuplayerone", ONE), ("Somebody New", BOB), ("somebody NEW", BOB)):
        equal(send(d, code=code_a(d)["user_code"], account=ONE, gamertag=gamertag, action="approve").status, 200)
        equal(state(d)[-1], ("approved", xuid))
    equal(identity(d)["accounts"][BOB]["gamertag"], "Somebody New")


@case
def declined(d):
    """declined: nobody is signed in, whoever was picked"""
    knobs(d, poll={"interval": 0})
    code = code_a(d)
    reply = send(d, code=code["user_code"], account=ONE, gamertag="", action="decline")
    equal(reply.status, 200)
    true("declined" in Page(reply).text)
    refused(poll_a(d, code["device_code"]), "authorization_declined")


@case
def not_done(d):
    """codes that are unknown or too old, accounts that are none, forms that are others: a page says what is wrong"""
    code = code_a(d)["user_code"]
    users = len(identity(d)["accounts"])
    for fields, status in (({"code": "BBBBBBBB", "gamertag": "Made Up", "action": "approve"}, 404),
                           ({"code": "", "account": ONE, "action": "approve"}, 404),
                           ({"code": code * 20, "account": ONE, "action": "approve"}, 404),
                           ({"code": code, "account": "5", "action": "approve"}, 400),
                           ({"code": code, "action": "approve"}, 400),
                           ({"code": code, "gamertag": "x" * 61, "action": "approve"}, 400),
                           ({"code": code, "gamertag": "a\tb", "action": "approve"}, 400),
                           ({"code": code, "account": ONE, "action": "please"}, 400), ({"code": code}, 400), ({}, 400)):
        reply = send(d, **fields)
        equal(reply.status, status, fields)
        true("h1" in Page(reply).tags)
    equal(send(d, {"Content-Type": "text/plain"}, code=code, account=ONE, action="approve").status, 400)
    equal(form(d, "/link", f"code={code}&code={code}&action=decline").status, 400)
    equal((len(identity(d)["accounts"]), state(d)), (users, [("pending", None)]))
    d.advance(901)
    equal(send(d, code=code, account=ONE, action="approve").status, 410)


@case
def foreign(d):
    """a form of another site's page is refused, and changes nothing"""
    code = code_a(d)["user_code"]
    for origin in ("null", "http://evil.example", f"http://127.0.0.1:{d.port + 1}", f"ftp://127.0.0.1:{d.port}",
                   f"http://evil.example/127.0.0.1:{d.port}", f"127.0.0.1:{d.port}", ""):
        reply = send(d, {"Origin": origin}, code=code, account=ONE, action="approve")
        equal((reply.status, state(d)), (403, [("pending", None)]), origin)
    equal(send(d, {"Origin": d.url}, code=code, account=ONE, action="approve").status, 200)


@case
def escaped(d):
    """whatever comes from outside stands in the page as text"""
    evil = "\"'><script>alert(1)</script>&amp;"
    plain = page(d)
    tags = Page(plain).tags
    shown_page = Page(page(d, "?otc=%22%27%3E%3Cscript%3Ealert(1)%3C/script%3E%26amp;"))
    equal((shown_page.named("code")[0]["value"], shown_page.tags), (evil, tags))
    knobs(d, accounts=[{"xuid": ONE, "gamertag": evil}])
    shown_page = Page(page(d))
    equal(shown_page.tags, tags)
    true(evil in shown_page.text)
    true(b"&quot;&#39;&gt;&lt;script&gt;" in page(d).text)
    reply = send(d, code=code_a(d)["user_code"], account=ONE, action="approve")
    true(evil in Page(reply).text and "script" not in Page(reply).tags)
    true(not re.search(rb"<script", reply.text))


run(Directory(binary()))
