# SPDX-License-Identifier: MIT
"""What the agent shows and tells when it is asked."""
import harness
from tape import boot


def path_of(request):
    return f"{harness.ROOT}/request/{request.replace('-', '_')}"


def list_requests(parts, evidence):
    """All that the agent shows, or None where there is none."""
    rows, after = [], None
    if not parts.bus_up or not parts.agent:
        return None
    try:
        while True:
            more = parts.ask().root("ListRequests", "a{sv}", harness.variants(**({"after": after} if after else {})))
            rows += [harness.plain(row) for _, row in more]
            if len(more) < 1000:
                return rows
            after = rows[-1]["Id"]
    except harness.BusError:
        return None
    except harness.Failure:
        evidence.strange.append(f"the agent did not answer ListRequests at {boot():.3f}, for {harness.LIMIT} s")
        return None


def ask_at_end(parts, evidence, request, state):
    """Asks for an id as a game would that starts once more: all that was told, as (id, time, result, by whom)."""
    connection, path, told = parts.ask(), path_of(request), []
    try:
        notes = connection.root("GetStory", "s", request)
        evidence.notes[request] = [(event, text) for _, event, text in notes]
    except harness.BusError:
        pass  # not known
    if state not in (None, "done"):
        evidence.strange.append(f"{request} is {state} at the end")
        return []
    try:
        connection.request(path, "Attach")
        told.append((request, boot(), connection.wait_completed(path), "at the end (Completed)"))
        told.append((request, boot(), connection.result(path), "at the end (GetResult)"))
        connection.request(path, "Acknowledge")
    except harness.BusError as error:
        if state or not error.name.endswith("NoSuchRequest"):
            evidence.strange.append(f"asked for {request} at the end: {error}")
    return told
