# SPDX-License-Identifier: MIT
"""The story of one id, for people: what each party said, in order of time."""
import json


def lines_of(evidence, tape, request):
    """What is known of an id, and what the directory was asked by that account about that session meanwhile."""
    story = evidence.stories.get(request)
    if not story:
        return []
    told = []
    for call in story.calls:
        if call.kind == "attach":
            told.append((call.time, f"game {call.game}.{call.incarnation} attaches"))
        else:
            told.append((call.time, f"game {call.game}.{call.incarnation} calls {call.kind} {call.purpose} {call.mode} as "
                         f"{call.account} on {call.session} {call.handle}, due {call.due:.3f}, durability {call.durability}"
                         f"{', again' if call.repeats else ''}: {json.dumps(call.body)[:300]}"))
    for event in tape:
        if event.id == request:
            detail = "" if event.detail is None else {k: v for k, v in event.detail.items() if k != "session"} \
                if isinstance(event.detail, dict) else event.detail
            told.append((event.time, f"bus: {event.what} {detail}"))
    told += [(one.time, f"{one.by}: error {one.error}, {one.words()}") for one in story.told if "bus" not in one.by]
    told += [(one.time, f"commit {one.sequence} in life {one.life} of the session, changed {one.changed}, held back {one.late}")
             for one in story.commits]
    call = story.call
    if call:
        first, last = min(told)[0] - 1, max(told)[0] + 1
        told += [(one.time, f"    directory: {one.method} {one.path} by {one.account}: {one.status} {one.fault}")
                 for one in evidence.requests
                 if (one.account, one.session) == (call.account, call.session) and first <= one.time <= last]
        told += [(start, "    an agent starts") for start, _ in evidence.agent_runs if first <= start <= last]
        told += [(end, "    the agent ends") for _, end in evidence.agent_runs if end and first <= end <= last]
    notes = [f"    the agent, at the end: {event}: {text}" for event, text in evidence.notes.get(request, [])]
    return [f"    {time:.3f} {text}" for time, text in sorted(told)] + notes


def explain(evidence, tape, findings, limit):
    """Everything that is wrong, each with its story; at most @limit stories."""
    lines = []
    for number, (kind, request, text) in enumerate(findings.all()):
        lines.append(f"{kind}: {request or '-'}: {text}")
        if request and number < limit:
            lines += lines_of(evidence, tape, request)
    return lines
