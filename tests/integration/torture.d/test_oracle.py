#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The torture's oracle sees what is planted, and is silent about what the promises leave out."""
import copy
import json
import os
import sys
import tempfile
import traceback
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import evidence as facts
import oracle
import story as stories
from evidence import Call, Commit, Evidence, Request, Told

ALICE, BOB = "2533274900000101", "2533274900000102"
JOIN = {"constants": {"system": {"xuid": ALICE}}}
PATH = "/serviceconfigs/x/sessionTemplates/quickmatch/sessions/place0"


class Planted:
    """Two minutes in which all went well: an agent that ran from 100 to 220, and writes a second apart."""

    def __init__(self, count=5):
        self.e = Evidence(agent_runs=[(100, 160), (161, 220)], alive={"place0", "place1"})
        self.ids = []
        for number in range(count):
            self.write(101 + number)

    def write(self, time, account=ALICE, game=0, mode="update-existing", handle="", life=30, purpose="shared", session="place0"):
        """A write that is accepted, sent, committed and told within a tenth of a second."""
        request = str(uuid.UUID(int=0x4000_8000_0000_0000_0000 + len(self.ids), version=4))
        self.ids.append(request)
        story = self.e.story(request)
        body = {"properties": {"custom": {"n": request}}}
        story.calls.append(Call(time, game, 1, len(self.ids), "write", purpose, account, session, handle, time + life, mode,
                                body=body))
        story.accepted.append(len(self.ids))
        self.e.accepted_at[request] = time + 0.01
        self.e.notes[request] = [("accepted", "write-session"), ("done", "applied, HTTP 200, 1 attempt")]
        self.e.balance.append((game, 1, request, 1, 1, True))
        self.request(time + 0.05, account, session)
        self.commit(request, time + 0.05)
        result = Told(time + 0.1, f"game {game}.1", 0, "applied", "yes", False, 1, 200, "Updated", "e", session=session)
        story.told += [result, copy.copy(result)]
        story.told[1].by = "bus (completed)"
        return story

    def request(self, time, account=ALICE, session="place0", status=200, fault=""):
        self.e.requests.append(Request(time, "PUT", account, session, PATH, status, fault))

    def commit(self, request, time, **more):
        call = self.e.stories[request].call
        commit = Commit(**{"time": time, "sequence": len(self.e.commits) + 1, "account": call.account,
                           "session": call.session, "handle": call.handle, "life": 1, "begins": False, "changed": True,
                           "late": False, "delta": call.body, **more})
        self.e.commits.append(commit)
        self.e.stories[request].commits.append(commit)
        return commit

    def tell(self, story, **more):
        for told in story.told:
            for key, value in more.items():
                setattr(told, key, value)
        self.e.notes[story.id][1] = ("done", f"{story.told[0].outcome}, as it was told")

    def story(self, number=2):
        return self.e.stories[self.ids[number]]

    def uncommit(self, story):
        for commit in story.commits:
            self.e.commits.remove(commit)
        story.commits.clear()


def found(planted):
    findings = oracle.check(planted.e)
    return {kind: len(entries) for kind, entries in findings.found.items() if entries}, findings.counts


def expect(planted, **wanted):
    is_, _ = found(planted)
    assert is_ == wanted, f"found {is_}, should be {wanted}"


def counted(planted, key, number=1):
    is_, counts = found(planted)
    assert is_ == {} and counts[key] == number, f"found {is_} and {counts}, should be {number} of {key!r}"


def test_a_good_run_has_no_findings():
    p = Planted()
    expect(p)
    assert found(p)[1]["accepted"] == 5


def test_lost():
    p = Planted()
    p.story().told.clear()
    p.uncommit(p.story())
    expect(p, lost=1)
    p.story().call.durability = oracle.NONE
    counted(p, "died with the agent (durability none)")


def test_lost_as_a_game_is_told():
    p = Planted()
    p.story().told = [Told(103.5, "game 0.1", facts.LOST, applied="unknown")]
    expect(p, lost=1)


def test_a_call_without_its_completion():
    p = Planted()
    p.e.balance[2] = (0, 1, p.ids[2], 1, 0, True)
    expect(p, lost=1)
    p.e.balance[2] = (0, 1, p.ids[2], 1, 0, False)
    expect(p)


def test_doubled():
    p = Planted()
    p.commit(p.ids[2], 110)
    expect(p, doubled=1)
    p.e.commits[-1].changed = False
    expect(p, disagreements=1)
    p.e.commits[-1].late = True
    counted(p, "without effect")


def test_a_member_that_the_service_removes():
    p = Planted()
    p.story().call.purpose = "own"
    p.commit(p.ids[2], 110)
    counted(p, "own member changed elsewhere")
    p.commit(p.ids[0], 101.01, delta={"members": {"me": JOIN}})
    p.story(0).commits.pop()
    expect(p, doubled=1)


def test_a_second_copy_in_the_next_session_is_none():
    p = Planted()
    p.commit(p.ids[2], 110, life=2, begins=True)
    counted(p, "created again")


def test_late_copies():
    p = Planted()
    p.commit(p.ids[2], 110, late=True)
    counted(p, "first copy applied late")
    p.story().call.mode = "create-new"
    expect(p, doubled=1)


def test_a_completion_too_many():
    p = Planted()
    p.e.balance[2] = (0, 1, p.ids[2], 1, 2, False)
    expect(p, doubled=1)


def test_late():
    p = Planted()
    p.e.overdue += [(p.ids[2], 160, 20.4, "waiting"), (p.ids[2], 161, 21.4, "waiting")]
    expect(p, late=1)


def test_told_late():
    p = Planted()
    p.story().told[0].time = p.story().due + oracle.LIBRARY_GRACE + 1
    expect(p, late=1)


def test_running_since():
    e = Planted().e
    for start, end, wanted in ((90, 110, 10), (150, 170, 19), (160.2, 160.8, 0), (101, 300, 59 + 59)):
        assert abs(e.running_since(start, end) - wanted) < 1e-6, (start, end)


def test_applied_and_not_in_the_log():
    p = Planted()
    p.uncommit(p.story())
    expect(p, disagreements=1)
    p.story().call.purpose = "leave"
    counted(p, "nothing to do")


def test_a_leave_that_was_not_needed():
    """Applied without a commit: true where the account was no member at some time of the request's life."""
    for move, wanted in (({"time": 101.01, "me": JOIN}, 1), ({"time": 101.01, "me": None}, 0),
                         ({"time": 101.01, "me": {"properties": {}}}, 0), ({"time": 103.06, "me": JOIN}, 0)):
        p = Planted()
        p.uncommit(p.story())
        p.story().call.purpose = "leave"
        p.commit(p.ids[0], move["time"], delta={"members": {"me": move["me"]}})
        p.story(0).commits.pop()
        is_, counts = found(p)
        assert is_ == ({"disagreements": 1} if wanted else {}), (move, is_)
        assert counts["nothing to do"] == 1 - wanted, (move, counts)
    p = Planted(3)
    p.uncommit(p.story())
    p.story().call.purpose = "leave"
    p.commit(p.ids[0], 101.01, delta={"members": {"me": JOIN}})
    p.story(0).commits.pop()
    expect(p, disagreements=1)
    p.e.alive.clear()
    counted(p, "nothing to do")
    p.commit(p.ids[0], 120)
    p.story(0).commits.pop()
    expect(p, disagreements=1)


def test_what_the_agent_tells_at_the_end():
    p = Planted()
    p.e.notes[p.ids[2]][1] = ("done", "rejected, HTTP 403, 1 attempt")
    expect(p, disagreements=1)
    del p.e.notes[p.ids[2]]
    expect(p, disagreements=1)
    p.story().accepted.clear()
    p.story().listed = True
    expect(p)


def test_not_applied_and_in_the_log():
    p = Planted()
    p.tell(p.story(), applied="no", outcome="expired")
    expect(p, disagreements=1)
    p.story().commits[0].late = True
    counted(p, "first copy applied late")
    p.story().call.mode = "synchronized-update"
    expect(p, disagreements=1)


def test_unknown_may_be_both():
    p = Planted()
    p.tell(p.story(1), applied="unknown", outcome="unknown")
    p.tell(p.story(2), applied="unknown", outcome="unknown")
    p.uncommit(p.story(2))
    _, counts = found(p)
    expect(p)
    assert counts["unknown, was applied"] == counts["unknown, was not applied"] == 1


def test_in_the_log_and_never_told():
    p = Planted()
    p.story().told.clear()
    p.story().accepted.clear()
    expect(p, disagreements=1)
    p.story().call.durability = oracle.NONE
    expect(p)


def test_two_results():
    for change in ({"attempts": 2}, {"outcome": "unknown", "applied": "unknown"}, {"etag": "f"}):
        p = Planted()
        for key, value in change.items():
            setattr(p.story().told[1], key, value)
        expect(p, disagreements=1)


def test_made_again_with_another_outcome():
    p = Planted()
    again = copy.copy(p.story().told[0])
    again.repeats, again.attempts = True, 0
    p.story().told.append(again)
    expect(p)
    again.applied = "unknown"
    expect(p)
    again.applied = "no"
    expect(p, disagreements=1)
    again.applied = "yes"
    again.outcome = "rejected"
    expect(p, disagreements=1)
    again.code = "cancelled"
    counted(p, "made again, and not handed over")


def test_an_error_that_should_not_be():
    p = Planted()
    p.story().told.append(Told(104, "game 0.1", -7))
    expect(p, disagreements=1)


def test_a_commit_of_somebody_else():
    p = Planted()
    p.story().commits[0].account = BOB
    expect(p, disagreements=1)
    p = Planted()
    p.story().commits[0].session = "place1"
    expect(p, disagreements=1)
    p = Planted()
    p.story().commits[0].delta = {"properties": {"custom": {}}}
    expect(p, disagreements=1)
    p = Planted()
    p.story().commits[0].handle = "h"
    expect(p, disagreements=1)


def test_sent_after_its_deadline():
    p = Planted()
    p.story().call.due = 99
    p.e.requests.pop(2)
    expect(p, disagreements=1)


def swap(p, first, second):
    a, b = p.story(first).commits[0], p.story(second).commits[0]
    a.sequence, b.sequence = b.sequence, a.sequence


def test_order():
    p = Planted()
    swap(p, 1, 2)
    expect(p, disagreements=1)


def test_order_between_games_goes_by_acceptance():
    p = Planted(3)
    p.write(110, game=1)
    swap(p, 2, 3)
    expect(p, disagreements=1)
    del p.e.accepted_at[p.ids[2]]
    expect(p)


def test_order_between_handle_and_reference_once_they_are_known_as_one():
    p = Planted(3)
    p.write(110, handle="h")
    swap(p, 2, 3)
    expect(p)
    p = Planted(3)
    p.write(103.5, handle="h")
    p.write(110, handle="h")
    p.write(111)
    swap(p, 4, 5)
    expect(p, disagreements=1)


def test_order_is_of_one_account_and_session():
    p = Planted(3)
    p.write(110, account=BOB)
    swap(p, 2, 3)
    expect(p)
    p = Planted(3)
    p.write(110, session="place1")
    swap(p, 2, 3)
    expect(p)


def test_requests_that_nobody_wanted():
    p = Planted()
    p.request(102, account=BOB)
    expect(p, disagreements=1)
    p = Planted()
    p.request(103, session="place1")
    expect(p, disagreements=1)
    p = Planted()
    p.request(140)
    expect(p, disagreements=1)


def test_a_wrong_token():
    p = Planted()
    p.request(103.02, status=401)
    expect(p, disagreements=1)
    p.e.requests[-1].fault = "F8"
    expect(p)


def test_too_fast():
    p = Planted()
    for number in range(24):
        p.request(104.01 + number / 1000)
    expect(p)
    p.request(104.05)
    expect(p, disagreements=1)


def test_retry_after():
    p = Planted()
    p.e.requests[3].fault = "F7"
    counted(p, "times it was looked whether an account waits as it is told")
    p.request(104.4)
    expect(p)
    p.request(104.7)
    expect(p, disagreements=1)
    p.e.agent_runs = [(100, 104.4), (104.5, 220)]
    expect(p)


def test_what_parts_complain_of():
    p = Planted()
    p.e.strange.append("the agent ended by itself")
    expect(p, disagreements=1)


def test_a_journal_that_was_cut():
    request = str(uuid.UUID(int=7, version=4))
    called = {"t": 5_000_000, "what": "called", "id": request, "kind": "write", "purpose": "join", "account": ALICE,
              "session": "place0", "handle": "", "deadline": 0, "repeats": 0, "mode": "create-new", "durability": 0, "body": {}}
    with tempfile.NamedTemporaryFile("w", suffix=".journal") as file:
        file.write(json.dumps({"t": 1, "what": "begin", "id": "", "incarnation": 1}) + "\n" + json.dumps(called) + "\n")
        file.write(json.dumps(called)[:70] + "\n" + json.dumps({"t": 1, "what": "begin", "id": "", "incarnation": 2}) + "\n")
        file.write("no journal at all}\n")
        file.flush()
        e = Evidence()
        facts.read_journal(e, 0, file.name)
    assert e.stories[request].due == 35, e.stories
    assert e.balance == [(0, 1, request, 1, 0, False)], e.balance
    assert len(e.strange) == 1, e.strange


def test_which_commits_were_held_back():
    e = Evidence()
    request = str(uuid.UUID(int=7, version=4))
    e.story(request)
    e.requests = [Request(10, "PUT", ALICE, "place0", PATH, 0, "F3", 4), Request(11, "PUT", ALICE, "place0", PATH, 200, "", 5),
                  Request(20, "GET", ALICE, "place0", PATH, 200, "", 4), Request(30, "PUT", ALICE, "place0", PATH, 0, "F16", 5)]
    line = {"xuid": ALICE, "session": {"name": "place0"}, "changed": True, "delta": {"properties": {"custom": {"n": request}}}}
    for second, number, before in ((11, 5, None), (18, 4, 1), (31, 5, 2), (32, 6, None)):
        facts.read_commits(e, [{**line, "time": f"1970-01-01T00:00:{second}.0000000Z", "sequence": second, "request": number,
                                "before": before}], 0)
    assert [commit.late for commit in e.commits] == [False, True, True, False], e.commits
    rival = {**line, "time": "1970-01-01T00:00:33.0000000Z", "sequence": 33, "rivalOf": 6, "before": 3, "delta": {}}
    facts.read_commits(e, [rival], 0)
    assert len(e.commits) == 5 and len(e.stories[request].commits) == 4 and not e.strange, e.strange


def test_a_commit_without_an_id():
    line = {"time": "2026-03-03T18:20:11.1234560Z", "sequence": 1, "xuid": ALICE, "session": {"name": "place0"},
            "changed": True, "delta": {"members": {"me": None}}}
    e = Evidence()
    facts.read_commits(e, [line], 0)
    assert len(e.strange) == 1 and len(e.commits) == 1
    assert abs(e.commits[0].time % 60 - 11.123456) < 1e-5


def test_a_finding_is_told_with_its_story():
    p = Planted()
    p.uncommit(p.story())
    text = "\n".join(stories.explain(p.e, [], oracle.check(p.e), 5))
    for wanted in (p.ids[2], "not in the commit log", "calls write shared update-existing", "directory: PUT", "game 0.1: error 0"):
        assert wanted in text, text


def main():
    tests = [(name, function) for name, function in globals().items() if name.startswith("test_")]
    bad = 0
    print(f"1..{len(tests)}")
    for number, (name, function) in enumerate(tests, 1):
        try:
            function()
            print(f"ok {number} - {name}")
        except Exception:
            bad += 1
            print(f"not ok {number} - {name}")
            print("".join("# " + line for line in traceback.format_exc().splitlines(True)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
