# SPDX-License-Identifier: MIT
"""Do the commit log, what was accepted and what each game was told agree?

Each check takes the evidence and tells what is wrong. What the promises leave out is left out by name, and counted:

    first copy applied late
                    the first copy of a write, which the directory held back and applied when its request had ended. No
                    client can fence it; for a create-new that is so only where its session is not there any more
    created again   the session was gone, so that the write was applied to the next one of that name
    own member changed elsewhere
                    a write to its own member by one who is none: the service removes such a member at once, before anybody
                    can look
    nothing to do   a leave that found its member gone already
    without effect  a first copy applied late that changed nothing
    made again, and not handed over
                    a call with the id of one that had ended, which the library ended while there was no agent to ask
"""
from collections import Counter, defaultdict

import faults
from evidence import AGENT_LOST, CLOCKS, LOST, MODES_WITHOUT_CONDITION, NO_ERROR

ATTEMPT_MAX = 20      # an attempt that runs at the deadline may take so long
LIBRARY_GRACE = 25    # the library waits for a lost agent so long after the deadline
SENDING = 3           # from the start of an attempt to the directory's log of it, on a busy machine
ON_ITS_WAY = 0.5      # from the start of an attempt to its answer, where nothing holds it
NONE = 3              # MPS_DURABILITY_NONE
NEVER_HANDED_OVER = ((0, "cancelled"), (0, "expired"))
EXPECTED_ERRORS = (NO_ERROR, AGENT_LOST, LOST)


class Findings:
    KINDS = ("lost", "doubled", "late", "disagreements")

    def __init__(self):
        self.found = {kind: [] for kind in self.KINDS}
        self.counts = Counter()

    def add(self, kind, request, text):
        if (request, text) not in self.found[kind]:
            self.found[kind].append((request, text))

    def all(self):
        return [(kind, request, text) for kind in self.KINDS for request, text in self.found[kind]]


def check(evidence):
    findings = Findings()
    for text in evidence.strange:
        findings.add("disagreements", None, text)
    members = Members(evidence)
    for story in evidence.stories.values():
        if story.is_write:
            count_outcome(story, findings)
            check_kept(story, findings)
            check_told(story, findings)
            check_commits(story, members, findings)
            check_applied(story, members, findings)
            check_notes(story, evidence.notes.get(story.id), findings)
        check_errors(story, findings)
        check_told_in_time(story, findings)
    check_overdue(evidence, findings)
    check_balance(evidence, findings)
    check_order(evidence, findings)
    check_requests(evidence, findings)
    check_limiter(evidence, findings)
    check_retry_after(evidence, findings)
    return findings


def count_outcome(story, findings):
    accepted = story.was_accepted or any(told.error == NO_ERROR and told.attempts for told in story.told)
    findings.counts["accepted"] += accepted
    if story.outcome and story.outcome.error == NO_ERROR:
        findings.counts[f"outcome {story.outcome.outcome}"] += 1
        findings.counts["resolved"] += story.outcome.resolved
    elif story.outcome and story.outcome.error == AGENT_LOST:
        findings.counts["outcome unknown: no agent came back in time"] += 1


# ---- Accepted means kept, and has one result

def check_kept(story, findings):
    own = [told for told in story.told if told.error == NO_ERROR]
    in_memory = story.call.durability == NONE
    lost = any(told.error == LOST for told in story.told)
    if in_memory and (lost or story.was_accepted and not own):
        findings.counts["died with the agent (durability none)"] += 1
    elif lost:
        findings.add("lost", story.id, "a game was told that what was accepted is lost")
    elif story.was_accepted and not own:
        findings.add("lost", story.id, "it was accepted, and nobody has a result")


def check_told(story, findings):
    """What is only remembered of an acknowledged request may be less, but nothing else."""
    own = [told for told in story.told if told.error == NO_ERROR]
    first = next((told for told in own if not told.repeats), None)
    for told in own:
        if told.repeats and (told.attempts, told.code) in NEVER_HANDED_OVER:
            findings.counts["made again, and not handed over"] += 1
        elif told.repeats and first and (told.outcome != first.outcome or told.applied not in (first.applied, "unknown")):
            findings.add("disagreements", story.id, f"made again, it has another outcome: {told.words()}, was {first.words()}")
        elif not told.repeats and told.words() != first.words():
            findings.add("disagreements", story.id,
                         f"two results: {first.words()} ({first.by}), then {told.words()} ({told.by})")


def check_errors(story, findings):
    for told in story.told:
        if told.error not in EXPECTED_ERRORS:
            findings.add("disagreements", story.id, f"{told.by} was told error {told.error} {told.code}")


# ---- Late

def check_overdue(evidence, findings):
    worst = {entry[0]: entry for entry in sorted(evidence.overdue, key=lambda entry: entry[2])}
    for request, time, ran, state in worst.values():
        findings.add("late", request, f"at {time:.3f} it was {state}, and an agent had run {ran:.1f} s since its deadline")


def check_told_in_time(story, findings):
    for told in story.told:
        calls = [call for call in story.calls if call.kind != "attach" and
                 told.by == f"game {call.game}.{call.incarnation}"]
        if not calls or told.repeats:
            continue
        late = told.time - max(call.due for call in calls)
        if late > LIBRARY_GRACE + CLOCKS:
            findings.add("late", story.id, f"{told.by} heard of it {late:.1f} s after its deadline")


# ---- The commit log

def check_commits(story, members, findings):
    call = story.call
    for position, commit in enumerate(story.commits):
        if (commit.account, commit.session) != (call.account, call.session):
            findings.add("disagreements", story.id,
                         f"called by {call.account} on {call.session}, committed by {commit.account} on {commit.session}")
        if commit.delta != call.body:
            findings.add("disagreements", story.id, f"commit {commit.sequence} is not what was called")
        if commit.handle not in ("", call.handle):
            findings.add("disagreements", story.id, f"commit {commit.sequence} came by the handle {commit.handle}")
        if not commit.late and commit.time > story.due + SENDING:
            findings.add("disagreements", story.id,
                         f"commit {commit.sequence} was sent {commit.time - story.due:.1f} s after the deadline")
        if position > 0:
            check_second(story, story.commits[:position], commit, members, findings)


def check_second(story, earlier, commit, members, findings):
    call = story.call
    same_session = any(first.life == commit.life for first in earlier)
    if not commit.changed and commit.late:
        findings.counts["without effect"] += 1
    elif not commit.changed and same_session:
        findings.add("disagreements", story.id,
                     f"commit {commit.sequence} changed nothing, but was sent again without a fence")
    elif not same_session:
        findings.counts["first copy applied late" if commit.late else "created again"] += 1
    elif commit.late and call.mode in MODES_WITHOUT_CONDITION:
        findings.counts["first copy applied late"] += 1
    elif call.purpose == "own" and not members.certainly_in(call.account, call.session, earlier[0].time, commit.time):
        findings.counts["own member changed elsewhere"] += 1
    else:
        findings.add("doubled", story.id,
                     f"commits {[first.sequence for first in earlier]}, and again {commit.sequence}")


def is_late_copy(story, commit):
    if not commit.late:
        return False
    return story.call.mode in MODES_WITHOUT_CONDITION or (story.call.mode == "create-new" and commit.begins)


class Members:
    """Who was in which session, by the commit log."""

    def __init__(self, evidence):
        self.alive = evidence.alive
        self.moves = defaultdict(list)  # (account, session) -> (time, the life it is a member of, or None)
        self.lives = defaultdict(list)  # session -> (time, life)
        for commit in evidence.commits:
            me = commit.delta.get("members", {}).get("me", {})
            self.lives[commit.session].append((commit.time, commit.life))
            # What a member writes without coming in makes no lasting member of one who was none.
            if me is None or "constants" in me:
                self.moves[commit.account, commit.session].append((commit.time, commit.life if me else None))

    def certainly_in(self, account, session, start, end):
        """Whether it was a member all that time, of a session that lived all that time."""
        before = [life for time, life in self.moves[account, session] if time <= start]
        meanwhile = [life for time, life in self.moves[account, session] if start < time <= end]
        if not before or before[-1] is None or None in meanwhile:
            return False
        if session in self.alive and self.lives[session][-1][1] == before[-1]:
            return True
        return any(life == before[-1] and time > end for time, life in self.lives[session])


def check_applied(story, members, findings):
    outcome = story.outcome
    applied = outcome.applied if outcome else "never"
    if applied == "unknown":
        findings.counts["unknown, was applied" if story.commits else "unknown, was not applied"] += 1
    elif applied == "yes" and not story.commits:
        call = story.call
        if call.purpose == "leave" and not members.certainly_in(call.account, call.session, call.time, outcome.time):
            findings.counts["nothing to do"] += 1
        else:
            findings.add("disagreements", story.id, "told as applied, and not in the commit log")
    elif applied == "no" and story.commits:
        left = [commit for commit in story.commits if not is_late_copy(story, commit)]
        findings.counts["first copy applied late"] += len(story.commits) - len(left)
        if left:
            findings.add("disagreements", story.id,
                         f"told as not applied ({outcome.outcome}), and in the commit log: {[c.sequence for c in left]}")
    elif applied == "never" and story.commits and story.call.durability != NONE:
        findings.add("disagreements", story.id, "never told to anybody, and in the commit log")


# ---- What the agent tells of it at the end

def check_notes(story, notes, findings):
    if not story.accepted or story.call.durability == NONE:
        return
    told = story.outcome
    done = [text for event, text in notes or [] if event == "done"]
    if not notes or notes[0][0] != "accepted" or len(done) != 1:
        findings.add("disagreements", story.id, f"it was accepted, and the agent's story of it is {notes}")
    elif told and told.error == NO_ERROR and not done[0].startswith(told.outcome):
        findings.add("disagreements", story.id, f"it was told as {told.outcome}, and the agent's story says: {done[0]}")


# ---- One completion for each call

def check_balance(evidence, findings):
    for game, incarnation, request, calls, ends, drained in evidence.balance:
        if ends > calls:
            findings.add("doubled", request, f"game {game}.{incarnation} called {calls} times and heard of {ends} ends")
        elif drained and ends < calls:
            findings.add("lost", request, f"game {game}.{incarnation} called {calls} times and heard of {ends} ends")


# ---- Order

def known_handles(evidence):
    """When the agent had certainly learnt, and stored, which session a handle is."""
    known = {}
    for story in evidence.stories.values():
        if not story.is_write or not story.call.handle or story.call.durability == NONE:
            continue
        times = [told.time for told in story.told if told.error == NO_ERROR and told.session and not told.repeats]
        if times:
            handle = story.call.handle
            known[handle] = min(min(times), known.get(handle, float("inf")))
    return known


def same_lane(x, y, known):
    """Whether both were accepted into one lane."""
    if x.call.handle == y.call.handle:
        return True
    since = max(known.get(story.call.handle, float("inf")) for story in (x, y) if story.call.handle)
    return since < min(x.call.time, y.call.time)


def came_first(x, y, accepted_at):
    """Whether x was certainly accepted before y."""
    a = [call for call in x.calls if call.kind != "attach" and not call.repeats]
    b = [call for call in y.calls if call.kind != "attach" and not call.repeats]
    if len(a) == len(b) == 1 and (a[0].game, a[0].incarnation) == (b[0].game, b[0].incarnation):
        return a[0].line < b[0].line
    return accepted_at.get(x.id, float("inf")) < b[0].time


def check_order(evidence, findings):
    lanes = defaultdict(list)
    known = known_handles(evidence)
    for story in evidence.stories.values():
        outcome = story.outcome
        if story.is_write and story.commits and outcome and outcome.applied == "yes" and story.call.durability != NONE:
            lanes[story.call.account, story.call.session].append(story)
    for stories in lanes.values():
        stories.sort(key=lambda story: story.commits[0].sequence)
        for i, earlier in enumerate(stories):
            for later in stories[i + 1:]:
                if came_first(later, earlier, evidence.accepted_at) and same_lane(later, earlier, known):
                    findings.add("disagreements", earlier.id,
                                 f"committed as {earlier.commits[0].sequence}, before {later.id} "
                                 f"({later.commits[0].sequence}), which was accepted first")
        findings.counts["pairs whose order was looked at"] += len(stories) * (len(stories) - 1) // 2


# ---- What the directory was asked

def told_at(story):
    return min((told.time for told in story.told if told.error == NO_ERROR and not told.repeats), default=float("inf"))


def check_requests(evidence, findings):
    """Each request is some living call's, and none has a token of somebody else."""
    lives = defaultdict(list)
    for story in evidence.stories.values():
        call = story.call
        if not call:
            continue
        where = call.session if call.kind in ("write", "read") else ""
        end = min(story.due + SENDING, told_at(story) + CLOCKS if story.is_write else float("inf"))
        lives[call.account, where].append((call.time - CLOCKS, end))
    for request in evidence.requests:
        if request.status == 401 and request.fault != "F8":
            findings.add("disagreements", None, f"a request without a right token: {request}")
        if not any(start <= request.time <= end for start, end in lives[request.account, request.session]):
            findings.add("disagreements", None, f"nobody wanted this request just then: {request}")


def fullest(times, window):
    most, first = 0, 0
    for last, time in enumerate(times):
        while times[first] <= time - window:
            first += 1
        most = max(most, last - first + 1)
    return most


def check_limiter(evidence, findings):
    """The service counts when a request comes, the agent when it ends: so no more than the agent's own limit can come."""
    for account in sorted({request.account for request in evidence.requests}):
        times = sorted(request.time for request in evidence.requests if request.account == account)
        for window, limit in ((15, evidence.burst), (300, evidence.sustained)):
            most = fullest(times, window)
            key = f"most requests of one account in {window} s"
            findings.counts[key] = max(findings.counts[key], most)
            # What a killed agent had under way is in its log by the time it was started: that may be off a little.
            if most > limit + 1 or fullest(times, window - 1) > limit:
                findings.add("disagreements", None, f"{account} sent {most} requests in {window} s; the limit is {limit}")


def check_retry_after(evidence, findings):
    """F7 tells an account to wait for a second at least. What was on its way already comes, and an agent may die of it."""
    times = defaultdict(list)
    for request in evidence.requests:
        times[request.account].append(request.time)
    for request in evidence.requests:
        learnt, over = request.time + ON_ITS_WAY, request.time + faults.RETRY_AFTER_LEAST - ON_ITS_WAY / 10
        died = any(end and request.time - ON_ITS_WAY < end < learnt for _, end in evidence.agent_runs)
        if request.fault != "F7" or died:
            continue
        findings.counts["times it was looked whether an account waits as it is told"] += 1
        early = [time for time in times[request.account] if learnt < time < over]
        if early:
            findings.add("disagreements", None,
                         f"{request.account} was told at {request.time:.3f} to wait, and asked again at {early[0]:.3f}")
