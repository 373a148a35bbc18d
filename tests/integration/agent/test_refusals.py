#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Answers that say that nothing was done: wait, sign in, another version. What they tell is taken as it was told."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import BOB, check, equal, wait_until
from staging import CHANGES, CREATE, PUT, SYNC, UPDATE, Stage, fault, sent

SECOND = 1000000
HOUR = 3600 * SECOND
UNTOUCHED = {"applied": "no", "resolved": False}


def now():
    """Microseconds since the epoch, as the properties count them."""
    return time.time_ns() // 1000


def lines(stage, write):
    """The requests of a write."""
    return [line for line in stage.world.requests()[stage.before[0]:]
            if line["path"] == write.target() and line["xuid"] == write.account]


def submit_and_wait(stage, write):
    """Until the agent has been told to wait; its properties, then."""
    write.submit(stage.connection)
    wait_until(lambda: stage.state(write) == "waiting", f"{write.name} waits")
    return stage.connection.properties(write.path)


def end(stage, write):
    stage.ended[write.path] = stage.connection.wait_completed(write.path)


def cancel(stage, write):
    equal(stage.connection.request(write.path, "Cancel"), "cancelled")


def twice(mode, first, then=200):
    """The same request again: what was refused before effect is in no doubt."""
    return sent(mode, first) + sent(mode, then)


def test_f06_unavailable_with_retry_after(world):
    """It is the whole service: nobody is sent anything before the time that it has named."""
    stage = Stage(world)
    pairs = []
    for change, mode in (("own", UPDATE), ("shared", SYNC), ("join", PUT), ("leave", UPDATE), ("create", CREATE)):
        write = stage.add(change, mode, twice(mode, 503, 201 if mode == CREATE else 200), resolved=False,
                          faults=fault("F6", retry_after="1"))
        pairs.append((write, stage.add("own", UPDATE, sent(UPDATE, 200), account=BOB, handle=False, resolved=False)))
    stage.prepare()
    for write, other in pairs:
        submit_and_wait(stage, write)
        other.submit(stage.connection)
        end(stage, write)
        end(stage, other)
        refused = lines(stage, write)[0]
        later = [line["bootUsec"] for line in world.requests() if line["sequence"] > refused["sequence"]]
        equal(len(later), 2)
        check(min(later) >= refused["bootUsec"] + SECOND, "it was sent before its time:", min(later) - refused["bootUsec"])
    stage.judge()


def test_f07_too_many_requests(world):
    """It is one account in one title: all of its sessions wait, others do not."""
    stage = Stage(world)
    told = stage.add("own", UPDATE, twice(UPDATE, 429), resolved=False, faults=fault("F7", retry_after="2"))
    behind = [stage.add(change, UPDATE, sent(UPDATE, 200), resolved=False) for change in CHANGES]
    others = [stage.add("own", UPDATE, sent(UPDATE, 200), account=BOB, handle=False, resolved=False),
              stage.add("own", UPDATE, sent(UPDATE, 200), options={"title_id": 7}, resolved=False)]
    stage.prepare()
    submit_and_wait(stage, told)
    for write in behind + others:
        write.submit(stage.connection)
    for write in others + [told] + behind:
        end(stage, write)
    refused, *again = lines(stage, told) + [line for write in behind for line in lines(stage, write)]
    equal(len(again), 1 + len(behind))
    first = min(line["bootUsec"] for line in again)
    check(first >= refused["bootUsec"] + 2 * SECOND, "it was sent before its time:", first - refused["bootUsec"])
    check(max(lines(stage, write)[0]["bootUsec"] for write in others) < first, "others waited as well")
    stage.judge()


def test_f08_the_token_is_not_taken(world):
    """Nothing was applied, so that can be said; and those behind it go on."""
    stage = Stage(world)
    behind = [stage.add(change, UPDATE, [], outcome="rejected", error="unauthorized", **UNTOUCHED,
                        faults=fault("F8", count=0)) for change in CHANGES]
    # But of one that was sent before without an answer nothing is known when it may not be read.
    doubt = stage.add("shared", UPDATE, [], outcome="unknown", applied="unknown", resolved=False, error="no-answer",
                      effect=True, base=True, faults=(fault("F2"), fault("F8", method="GET", count=0)))
    stage.act()
    results = stage.results()
    for write in behind:
        write.sends = sent(UPDATE, 401) * len(lines(stage, write))
    doubt.sends = sent(UPDATE, 0, *["GET 401"] * (len(lines(stage, doubt)) - 1))
    world.control("DELETE", "faults")
    world.create_session(stage.connection, "afterwards")
    stage.judge(results)


def test_f17_retry_after_of_any_kind_with_429(world):
    """Each in a title of its own, which has its own limits."""
    stage = Stage(world)
    waits = {"1": 1, "date+2": 2, "0": 0, "date-3": 0, "soon": 0, "-1": 0, "1.5": 0, "": 0}
    for number, text in enumerate(waits, 1):
        stage.add("own", UPDATE, twice(UPDATE, 429), resolved=False, options={"title_id": number},
                  faults=fault("F7", retry_after=text))
    clamped = [stage.add("own", UPDATE, sent(UPDATE, 429), outcome="cancelled", error="cancelled", **UNTOUCHED,
                         options={"title_id": 100 + number, "deadline_usec": 48 * HOUR}, faults=fault("F7", retry_after=text))
               for number, text in enumerate(("1000000000", "99999999999999999999999", "date+100000000", "3600", "3601"))]
    stage.prepare()
    for write in stage.writes[:len(waits)]:
        write.submit(stage.connection)
    for write in clamped:
        before = now()
        told = submit_and_wait(stage, write)["NextAttempt"]
        check(before + HOUR <= told <= now() + HOUR + HOUR // 5, "not an hour and a fifth of it:", told - before)
        cancel(stage, write)
    results = stage.results()
    for write, seconds in zip(stage.writes, waits.values()):
        refused, again = lines(stage, write)
        check(again["bootUsec"] >= refused["bootUsec"] + seconds * SECOND, "it was sent before its time", write.faults)
    stage.judge(results)


def test_f17_retry_after_of_any_kind_with_503(world):
    stage = Stage(world)
    for text in ("date+1", "0", "date-3", "1"):
        stage.add("shared", UPDATE, twice(UPDATE, 503), base=True, resolved=False, faults=fault("F6", retry_after=text))
    # Without a time that can be understood it is a 503 like any other: maybe it was applied.
    for text in ("", "soon", "-1", "1.5", "Thu, 99 Nov 2026 00:00:00 GMT"):
        stage.add("shared", UPDATE, sent(UPDATE, 503, "GET 200", "PUT v2 200"), base=True, faults=fault("F6", retry_after=text))
    # The last word: for an hour nobody is sent anything, though it named thirty years.
    more = {"outcome": "cancelled", "error": "cancelled", **UNTOUCHED, "options": {"deadline_usec": 48 * HOUR}}
    told = stage.add("shared", UPDATE, sent(UPDATE, 503), faults=fault("F6", retry_after="1000000000"), **more)
    other = stage.add("own", UPDATE, [], account=BOB, handle=False, **more)
    stage.prepare()
    for write in stage.writes[:-2]:
        write.submit(stage.connection)
        end(stage, write)
    before = now()
    until = submit_and_wait(stage, told)["NextAttempt"]
    check(before + HOUR <= until <= now() + HOUR + HOUR // 5, "not an hour and a fifth of it:", until - before)
    other.submit(stage.connection)
    for write in (told, other):
        cancel(stage, write)
    stage.judge()


def test_f17_retry_after_outlives_the_agent(world):
    stage = Stage(world)
    told = [stage.add("own", UPDATE, twice(UPDATE, 429), resolved=False, faults=fault("F7", retry_after="3")),
            stage.add("shared", PUT, twice(PUT, 503), account=BOB, resolved=False, faults=fault("F6", retry_after="3"))]
    # What is accepted after that is written after that.
    other = stage.add("own", UPDATE, sent(UPDATE, 200), resolved=False)
    stage.prepare()
    for write in told:
        submit_and_wait(stage, write)
    other.submit(stage.connection)
    stage.restart()
    results = stage.results()
    for write in told:
        refused, again = lines(stage, write)
        check(again["bootUsec"] >= refused["bootUsec"] + 3 * SECOND, "it was sent before its time")
    check(lines(stage, other)[0]["bootUsec"] >= lines(stage, told[1])[0]["bootUsec"] + 3 * SECOND, "another was")
    stage.judge(results)


def echoed(world, style):
    """Writes that send an ETag back: the caller's, and one that was read; the table knows only whole ones."""
    stage = Stage(world)
    world.control("POST", "switches", {"etagStyle": style})
    for change in CHANGES:
        stage.add(change, SYNC, sent(SYNC, 200), resolved=False)
        stage.add(change, SYNC, sent(SYNC, 0, "PUT v2 412"), faults=fault("F2"))
        stage.add(change, UPDATE, sent(UPDATE, 500, "GET 200", "PUT v2 200"), base=True, faults=fault("F5"))
    stage.act()
    results = stage.results()
    etags = {line["etag"] for line in world.commits()}
    for write, result in zip(stage.writes, results):
        check(result["etag"] in etags, "a result's ETag is another one:", result["etag"])
        check({line["ifMatch"] for line in lines(stage, write) if line.get("ifMatch")} <= etags | {"*"}, write.name)
    stage.judge(results)
    return etags


def test_f18_quoted_etags(world):
    for etag in echoed(world, "quoted"):
        check(etag.startswith('"') and etag.endswith('"'), etag)


def test_f18_weak_etags(world):
    for etag in echoed(world, "weak"):
        check(etag.startswith('W/"') and etag.endswith('"'), etag)


if __name__ == "__main__":
    harness.main()
