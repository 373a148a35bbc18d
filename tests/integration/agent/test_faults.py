#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The faults that leave it open whether a write was applied: each staged in the directory for the running agent.

What is expected is written out for every write: the result, the requests with their preconditions, how often the change
was made, and the session in the end. v2 is the version before the write.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import equal
from staging import (CHANGES, CREATE, PUT, SYNC, UPDATE, Stage, each, fault, held, release, rival, sent)

UNKNOWN = {"outcome": "unknown", "applied": "unknown", "resolved": False, "error": "no-answer"}
BEHIND = {"outcome": "out-of-sync", "error": "out-of-sync"}
GONE = {"outcome": "rejected", "applied": "unknown", "resolved": False, "error": "session-gone", "final": lambda document: equal(
    document, None)}
NOBODY = {"final": lambda document: equal(document, None, "the session")}


def applied_without_an_answer(stage, kind, status=0, **more):
    """What is to happen when the change is there and no answer, or none that tells, came."""
    struck = fault(kind, **more)
    for change, mode, base in each():
        stage.add(change, mode, sent(mode, status, "GET 200"), base=base, faults=struck)
    for change in CHANGES:
        stage.add(change, SYNC, sent(SYNC, status, "PUT v2 412"), faults=struck)
    stage.add("create", CREATE, sent(CREATE, 201 if status == 200 else status, "PUT new 412"), faults=struck)


def nothing_applied(stage, kind, status=0, options=None, **more):
    """What is to happen when nothing was changed and no answer, or none that tells, came."""
    told = {"faults": fault(kind, **more), "options": options}
    for change, mode, base in each(bases=(True, "etag", False)):
        if base or change != "shared":
            stage.add(change, mode, sent(mode, status, "GET 200", "PUT v2 200"), base=base, **told)
        else:
            stage.add(change, mode, sent(mode, status, "GET 200"), **told, **UNKNOWN)
    for change in CHANGES:
        stage.add(change, SYNC, sent(SYNC, status, "PUT v2 200"), **told)
    stage.add("create", CREATE, sent(CREATE, status, "PUT new 201"), **told)
    # Nobody has ever seen this session: it may be made, but only if there is still none.
    stage.add("create", PUT, sent(PUT, status, "GET 204", "PUT new 201"), **told)


def test_f01_never_answered_and_not_applied(world):
    stage = Stage(world)
    nothing_applied(stage, "F1", options={"deadline_usec": 12000000})
    stage.run()


def test_f02_applied_without_an_answer(world):
    stage = Stage(world)
    applied_without_an_answer(stage, "F2")
    stage.run()


def test_f03_applied_long_after(world):
    """The service applies the first copy when the client has long gone: a repeat's condition keeps that from doing harm."""
    stage = Stage(world)
    nothing_applied(stage, "F3", options={"deadline_usec": 12000000}, delay_ms=3600000)
    for write in stage.writes:
        write.late = 412 if write.mode in (SYNC, CREATE) else 200
        if write.result["outcome"] == "unknown":
            # It has told that it does not know: then the copy that nobody can fence may still come.
            write.effect, write.commits = True, 1
    stage.act()
    results = stage.results()
    waiting = [line["path"] for line in held(world)]
    equal(len(waiting), len(stage.writes), "first copies that the service still holds")
    statuses = dict(zip(waiting, release(world, "apply")))
    for write in stage.writes:
        equal(statuses[write.target()], write.late, write.name)
    stage.judge(results)


def test_f03_applied_between_the_look_and_the_repeat(world):
    stage = Stage(world)
    late, repeat = fault("F3", delay_ms=3600000), fault("F16")
    options = {"deadline_usec": 12000000}
    for change, mode, _ in each(bases=(True,)):
        stage.add(change, mode, sent(mode, 0, "GET 200", "PUT v2 0"), base=True, faults=(late, repeat), options=options)
    for change in CHANGES:
        stage.add(change, SYNC, sent(SYNC, 0, "PUT v2 0"), faults=(late, repeat), options=options)
    stage.add("create", CREATE, sent(CREATE, 0, "PUT new 0"), faults=(late, repeat), options=options)
    stage.act()
    stage.wait_held(2 * len(stage.writes))
    for line in held(world):
        if line["fault"] == "F3":
            release(world, "apply", line["request"])
    equal(set(release(world)), {412}, "the repeats' answers")
    stage.judge()


def test_f04_the_answers_body_is_cut(world):
    stage = Stage(world)
    applied_without_an_answer(stage, "F4", 200)
    stage.run()


def test_f05_a_500_before_it_is_applied(world):
    stage = Stage(world)
    nothing_applied(stage, "F5", 500)
    stage.run()


def test_f05_a_500_after_it_was_applied(world):
    stage = Stage(world)
    applied_without_an_answer(stage, "F5", 500, when="after")
    stage.run()


def test_f05_statuses_that_tell_nothing_and_statuses_that_do(world):
    stage = Stage(world)
    for status in (202, 408, 500, 502, 503, 504, 507, 599):
        stage.add("shared", UPDATE, sent(UPDATE, status, "GET 200", "PUT v2 200"), base=True, faults=fault("F5", status=status))
        stage.add("shared", UPDATE, sent(UPDATE, status, "GET 200"), base=True,
                  faults=fault("F5", status=status, when="after"))
    for status in (300, 301, 302, 304, 307, 308, 400, 403, 405, 409, 413, 418, 451, 501, 505):
        error = "forbidden" if status == 403 else "rejected"
        stage.add("shared", UPDATE, sent(UPDATE, status), base=True, faults=fault("F5", status=status), outcome="rejected",
                  applied="no", resolved=False, error=error)
    stage.run()


def test_f05_a_look_that_fails_is_made_again(world):
    stage = Stage(world)
    for kind, status in (("F5", 500), ("F2", 0), ("F4", 200), ("half", 0), ("garbage", 200), ("huge", 200)):
        stage.add("shared", UPDATE, sent(UPDATE, 0, f"GET {status}", "GET 200"), base=True,
                  faults=(fault("F2"), fault(kind, method="GET")))
    # What may not be read cannot be judged; nor may a write that was refused later be called not applied.
    for status in (400, 403, 404):
        stage.add("shared", UPDATE, sent(UPDATE, 0, f"GET {status}"), base=True, handle=False, **UNKNOWN, effect=True,
                  faults=(fault("F2"), fault("F5", method="GET", status=status)))
        stage.add("shared", SYNC, sent(SYNC, 0, f"PUT v2 {status}"), handle=False, **UNKNOWN, effect=True,
                  faults=(fault("F2"), fault("F5", status=status)))
    stage.run()


def test_f09_applied_and_another_key_is_changed(world):
    stage = Stage(world)
    applied_without_an_answer(stage, "F9", rival=rival(score=7))
    stage.run()


def test_f09_overtaken_before_it_was_applied(world):
    """A read may have been an old one, so "not applied" is said only when the refusal of a write has shown it, and the
    versions prove it."""
    stage = Stage(world)
    struck = fault("F9", apply=False, rival=rival(score=7))
    unsure = {"applied": "unknown", "resolved": False}
    for change, mode, base in each(changes=("own", "join", "leave", "both")):
        # Nobody else writes one's own member: what is not there was not applied.
        is_behind = change == "both" and base
        told = {**BEHIND, **unsure} if is_behind else {}
        stage.add(change, mode, sent(mode, 0, "GET 200", *([] if is_behind else ["PUT v3 200"])), base=base, faults=struck,
                  **told)
    for mode in (UPDATE, PUT):
        stage.add("shared", mode, sent(mode, 0, "GET 200"), base=True, faults=struck, **unsure, **BEHIND)
        stage.add("shared", mode, sent(mode, 0, "GET 200"), faults=struck, **UNKNOWN)
    for change, _, base in each(modes=(SYNC,)):
        # Of an ETag alone nobody can tell how many versions lie in between; and a member that is not there may have been
        # removed in the very version that made it one.
        stage.add(change, SYNC, sent(SYNC, 0, "PUT v2 412"), base=base, faults=struck, **BEHIND,
                  **({"applied": "no"} if base and change != "join" else unsure))
    # Ours may have been made and have gone before the one that is there.
    stage.add("create", CREATE, sent(CREATE, 0, "PUT new 412"), faults=struck, **unsure, **BEHIND)
    stage.run()


def test_f10_applied_and_the_same_key_is_overwritten(world):
    stage = Stage(world)
    told = {"faults": fault("F10", rival=rival(map="rival")), "effect": False, "commits": 1}
    behind = {**BEHIND, "applied": "unknown", "resolved": False}
    for mode in (UPDATE, PUT):
        stage.add("shared", mode, sent(mode, 0, "GET 200"), base=True, **told, **behind)
        stage.add("shared", mode, sent(mode, 0, "GET 200"), **told, **UNKNOWN)
    stage.add("shared", SYNC, sent(SYNC, 0, "PUT v2 412"), **told, **behind)
    stage.add("create", CREATE, sent(CREATE, 0, "PUT new 412"), **{**told, "effect": True}, **behind)
    # A field of one's own that the rival did not touch is there all the same.
    for change in ("own", "join", "leave"):
        stage.add(change, UPDATE, sent(UPDATE, 0, "GET 200"), base=True, **{**told, "effect": True})
    stage.run()


def test_f11_a_kept_alive_connection_dies_before_the_request_is_read(world):
    """Nothing was read, so nothing was applied; and nobody sends it again but the agent, after it has looked."""
    stage = Stage(world)
    stage.one_by_one = True
    # Of what was not read the directory knows no condition: all look like none.
    nothing_applied(stage, "F11")
    for write in stage.writes:
        write.sends[0] = "PUT - 0"
    stage.run()


def test_f12_the_session_is_deleted_since(world):
    stage = Stage(world)
    for struck, times in ((fault("F12"), 1), (fault("F12", apply=False), 0)):
        told = {"faults": struck, "commits": times, "effect": False}
        for change, mode, base in each(changes=("own", "shared", "join"), modes=(UPDATE, PUT)):
            if mode == UPDATE or base:
                stage.add(change, mode, sent(mode, 0, "GET 204"), base=base, **told, **GONE)
        for mode, base in ((UPDATE, True), (UPDATE, False), (PUT, True), (PUT, False)):
            stage.add("leave", mode, sent(mode, 0, "GET 204"), base=base, **told, **NOBODY)
        for change in ("own", "shared", "join"):
            stage.add(change, SYNC, sent(SYNC, 0, "PUT v2 412", "GET 204"), **told, **GONE)
        stage.add("leave", SYNC, sent(SYNC, 0, "PUT v2 412", "GET 204"), **told, **NOBODY)
        # Those that may make a session make one.
        made = {"faults": struck, "commits": times + 1, "effect": True}
        stage.add("create", CREATE, sent(CREATE, 0, "PUT new 201"), **made)
        stage.add("create", PUT, sent(PUT, 0, "GET 204", "PUT new 201"), **made)
    stage.run()


def test_f13_a_412_without_its_body(world):
    stage = Stage(world)
    bare, behind = fault("F13"), {"applied": "no", "resolved": False, **BEHIND}
    stale = {"etag": "F0F0F0F0-0000-4000-8000-000000000000"}
    for faults, look in (((), []), ((bare,), ["GET 200"])):
        for change in CHANGES:
            stage.add(change, SYNC, ["PUT other 412", *look], faults=faults, options=stale, **behind)
        stage.add("join", CREATE, ["PUT new 412", *look], faults=faults, **behind)
        stage.add("own", SYNC, sent(SYNC, 0, "PUT v2 412", *look), faults=(fault("F2"), *faults))
        stage.add("create", CREATE, sent(CREATE, 0, "PUT new 412", *look), faults=(fault("F2"), *faults))
    # A document that may not be read, and one that is not there.
    stage.add("shared", SYNC, ["PUT other 412", "GET 403"], options=stale, document=False, **behind,
              faults=(bare, fault("F5", method="GET", status=403)))
    stage.add("create", UPDATE, sent(UPDATE, 412), handle=False, document=False, **behind)
    stage.add("leave", UPDATE, sent(UPDATE, 412), exists=False, handle=False, resolved=False, commits=0, **NOBODY)
    stage.run()


def test_f14_a_success_without_content_location(world):
    stage = Stage(world)
    stage.add("own", UPDATE, sent(UPDATE, 200), faults=fault("F14"), resolved=False)
    stage.add("create", CREATE, sent(CREATE, 201), faults=fault("F14"), resolved=False)
    # What the handle stands for was not told: when it dies, nothing else leads to the session.
    stage.add("leave", UPDATE, sent(UPDATE, 0, "GET 404"), **UNKNOWN, effect=True, faults=fault("F19"))
    stage.act()
    results = stage.results()
    equal(results[0].get("session-reference"), None)
    stage.judge(results)


def test_f15_another_branch_since(world):
    """Its change number begins anew, which makes it no older document: it is not read a second time."""
    stage = Stage(world)
    applied_without_an_answer(stage, "F15")
    struck = fault("F15", apply=False)
    unsure = {"applied": "unknown", "resolved": False}
    for change, mode, base in each(changes=("own", "join", "leave")):
        if change == "join" and base:
            # The member may have been there, and have gone with the earlier life of the session.
            stage.add(change, mode, sent(mode, 0, "GET 200"), base=base, faults=struck, **UNKNOWN)
        else:
            stage.add(change, mode, sent(mode, 0, "GET 200", "PUT other 200"), base=base, faults=struck)
    for mode in (UPDATE, PUT):
        stage.add("shared", mode, sent(mode, 0, "GET 200"), base=True, faults=struck, **unsure, **BEHIND)
        stage.add("shared", mode, sent(mode, 0, "GET 200"), faults=struck, **UNKNOWN)
    for change in CHANGES:
        stage.add(change, SYNC, sent(SYNC, 0, "PUT v2 412"), faults=struck, **unsure, **BEHIND)
    stage.run()


def test_f19_the_handle_is_deleted_since(world):
    stage = Stage(world)
    for apply in (True, False):
        struck = fault("F19", apply=apply)
        again = [] if apply else ["PUT v2 ref 200"]
        for change, mode, _ in each(bases=(True,)):
            if apply or change != "join":
                stage.add(change, mode, sent(mode, 0, "GET 404", "GET ref 200", *again), base=True, handle=True, faults=struck)
        for change in ("own", "shared", "leave"):
            stage.add(change, SYNC, sent(SYNC, 0, "PUT v2 404", "PUT v2 ref 412" if apply else "PUT v2 ref 200"), base=True,
                      faults=struck)
        # Nobody has told which session it is.
        for change, mode, _ in each(bases=(False,)):
            stage.add(change, mode, sent(mode, 0, "GET 404"), handle=True, faults=struck, **UNKNOWN, effect=apply)
        for change in CHANGES:
            stage.add(change, SYNC, sent(SYNC, 0, "PUT v2 404"), faults=struck, **UNKNOWN, effect=apply)
    stage.run()


def test_f19_a_join_dies_with_its_handle(world):
    """It is looked for by the reference, but the invitation is gone. What a read does not show may still be there."""
    stage = Stage(world)
    gone = {"outcome": "rejected", "applied": "unknown", "resolved": False, "error": "handle-not-found", "effect": False}
    for mode in (UPDATE, PUT):
        stage.add("join", mode, sent(mode, 0, "GET 404", "GET ref 200"), base=True, handle=True, **gone,
                  faults=fault("F19", apply=False))
    for apply in (True, False):
        stage.add("join", SYNC, sent(SYNC, 0, "PUT v2 404", "GET ref 200"), base=True, faults=fault("F19", apply=apply),
                  **({} if apply else gone))
    stage.run()


def test_f20_a_look_at_an_older_replica(world):
    stage = Stage(world)
    stale = fault("F20", method="GET")
    for change, mode, base in each():
        # It shows the version before the write. That condition keeps a second one out, and brings the true document.
        if base or change != "shared":
            stage.add(change, mode, sent(mode, 0, "GET 200", "PUT v2 412"), base=base, faults=(fault("F2"), stale))
        else:
            stage.add(change, mode, sent(mode, 0, "GET 200"), faults=(fault("F2"), stale), **UNKNOWN, effect=True)
    for change, mode, _ in each(bases=(True,)):
        # It shows a version from before the one that was known: nothing is concluded from that.
        stage.add(change, mode, sent(mode, 500, "GET 200", "GET 200", "PUT v2 200"), base=True, faults=(fault("F5"), stale))
    stage.run()


def test_f20_older_replicas_without_end(world):
    stage = Stage(world)
    write = stage.add("leave", UPDATE, [], base=True, faults=(fault("F5"), fault("F20", method="GET", count=0)), **UNKNOWN)
    write.sends = sent(UPDATE, 500, *["GET 200"] * 6)
    stage.run()


if __name__ == "__main__":
    harness.main()
