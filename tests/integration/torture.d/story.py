# SPDX-License-Identifier: MIT
"""The story of one id, for people: what each party said, in order of time."""
import json


def called(call):
    if call.kind == "attach":
        return f"game {call.game}.{call.incarnation} attaches"
    return (f"game {call.game}.{call.incarnation} calls {call.kind} {call.purpose} {call.mode} as {call.account} on "
            f"{call.session} {call.handle}, due {call.due:.3f}, durability {call.durability}"
            f"{', again' if call.repeats else ''}: {json.dumps(call.body)[:300]}")


def heard(event):
    detail = event.detail
    if isinstance(detail, dict):
        detail = {key: value for key, value in detail.items() if key != "session"}
    return f"bus: {event.what} {'' if detail is None else detail}"


def without_repetitions(told):
    """A game whose call is refused makes it again and again: the first and the last are enough."""
    kept = []
    for number, (time, text) in enumerate(told):
        later = [when for when, same in told[number + 1:] if same == text]
        earlier = any(same == text for _, same in told[:number])
        if not earlier:
            kept.append((time, text if not later else f"{text} ({len(later)} times more, until {later[-1]:.3f})"))
    return kept


def surroundings(evidence, call, first, last):
    """What the directory was asked by that account about that session meanwhile, and the lives of the agent."""
    told = [(one.time, f"    directory: {one.method} {one.path} by {one.account}: {one.status} {one.fault}")
            for one in evidence.requests
            if (one.account, one.session) == (call.account, call.session) and first <= one.time <= last]
    told += [(start, "    an agent starts") for start, _ in evidence.agent_runs if first <= start <= last]
    return told + [(end, "    the agent ends") for _, end in evidence.agent_runs if end and first <= end <= last]


def lines_of(evidence, tape, request):
    """All that is known of an id."""
    story = evidence.stories.get(request)
    if not story:
        return []
    told = without_repetitions(sorted((call.time, called(call)) for call in story.calls))
    told += [(event.time, heard(event)) for event in tape if event.id == request]
    told += [(one.time, f"{one.by}: error {one.error}, {one.words()}") for one in story.told if "bus" not in one.by]
    told += [(one.time, f"commit {one.sequence} in life {one.life} of the session, changed {one.changed}, held back {one.late}")
             for one in story.commits]
    if story.call:
        told += surroundings(evidence, story.call, min(told)[0] - 1, max(told)[0] + 1)
    notes = [f"    the agent, at the end: {event}: {text}" for event, text in evidence.notes.get(request, [])]
    return [f"    {time:.3f} {text}" for time, text in sorted(told)] + notes


def explain(evidence, tape, findings, limit):
    """Everything that is wrong, each with its story; at most @limit stories."""
    lines, told = [], set()
    for kind, request, text in findings.all():
        lines.append(f"{kind}: {request or '-'}: {text}")
        if request and request not in told and len(told) < limit:
            lines += lines_of(evidence, tape, request)
            told.add(request)
    return lines
