# SPDX-License-Identifier: MIT
"""The page of a sign-in in a real browser: a person types the code and answers."""
import atexit

from browser import Browser
from chain import ONE, code_a, identity, knobs, poll_a, refused
from support import BOB, Directory, binary, case, equal, run, true

BROWSER = Browser()
atexit.register(BROWSER.kill)


@case
def types_and_approves(d):
    """a person types the code in small letters, picks an account, approves, and is told so; the poll has tokens"""
    knobs(d, poll={"interval": 0}, accounts=[{"xuid": BOB, "gamertag": "Bob <b>"}])
    code = code_a(d)
    BROWSER.open(code["verification_uri"])
    BROWSER.click("#code")
    typed = code["user_code"].lower()
    BROWSER.type(typed[:4] + "-" + typed[4:])
    true("Bob <b>" in BROWSER.text())
    BROWSER.click(f"input[value='{BOB}']")
    BROWSER.click("#approve", leads_on=True)
    equal(BROWSER.evaluate("document.querySelector('h1').innerText"), "Approved")
    true("Bob <b> is signed in" in BROWSER.text(), BROWSER.text())
    true(poll_a(d, code["device_code"]).json["access_token"].startswith(f"EMU.AT.{BOB}."))


@case
def follows_the_link_and_types_a_gamertag(d):
    """by the complete link the code is there already; a gamertag that is typed signs in as a new account"""
    code = code_a(d)
    BROWSER.open(code["verification_uri_complete"])
    equal(BROWSER.evaluate("document.querySelector('#code').value"), code["user_code"])
    BROWSER.click("#gamertag")
    BROWSER.type("Zoe 7")
    BROWSER.click("#approve", leads_on=True)
    true("Zoe 7 is signed in" in BROWSER.text(), BROWSER.text())
    xuid = identity(d)["codes"][0]["xuid"]
    equal(identity(d)["accounts"][xuid]["gamertag"], "Zoe 7")


@case
def declines(d):
    """declined in the browser; the poll is told"""
    knobs(d, poll={"interval": 0})
    code = code_a(d)
    BROWSER.open(code["verification_uri_complete"])
    BROWSER.click("#decline", leads_on=True)
    true("Nobody is signed in" in BROWSER.text())
    refused(poll_a(d, code["device_code"]), "authorization_declined")


@case
def mistyped(d):
    """after a wrong code the page says so, and the way back leads to a new try"""
    code = code_a(d)
    BROWSER.open(code["verification_uri"])
    BROWSER.click("#code")
    BROWSER.type("WRONG")
    BROWSER.click("#approve", leads_on=True)
    true("no such code" in BROWSER.text())
    BROWSER.click("a", leads_on=True)
    BROWSER.click("#code")
    BROWSER.type(code["user_code"])
    BROWSER.click("#approve", leads_on=True)
    true("EmuPlayerOne is signed in" in BROWSER.text())
    equal(identity(d)["codes"][0]["xuid"], ONE)


@case
def foreign_page(d):
    """a page of another origin that sends the form in a person's name is refused"""
    code = code_a(d)
    BROWSER.open("data:text/html,<form method=post action='%s'><input name=code value=%s><input name=account value=%s>"
                 "<button id=go name=action value=approve>Win a prize</button></form>"
                 % (code["verification_uri"], code["user_code"], ONE))
    BROWSER.click("#go", leads_on=True)
    true("another site" in BROWSER.text(), BROWSER.text())
    equal(identity(d)["codes"][0]["state"], "pending")


@case
def closes(d):
    """the browser ends by itself"""
    BROWSER.close()
    equal(BROWSER.process.returncode, 0)


run(Directory(binary()))
