#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The demo's proof: holds the directory's commit log against what the two games were told to write.

    demo-proof.py players URL XUID NAME…   makes the players, who are approved in this order
    demo-proof.py requests URL             prints the directory's log of requests (it does not outlive the directory)
    demo-proof.py check URL FILE HOST GUEST  FILE: those logs; HOST, GUEST: the players' XUIDs
"""
import json
import sys
import urllib.request

# What each player wrote, in the order in which the game was told to.
HOST = ["create", "round=1", "round=2", "round=3", "round=4"]
GUEST = ["join", "ship=brig", "score=10", "score=20", "score=30"]


def lines(url):
    """The JSON objects of a log, one a line. Loopback never goes through a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as reply:
        return [json.loads(line) for line in reply.read().decode().splitlines() if line]


def players(url, names):
    """Who is there to sign in, and who is next."""
    accounts = [{"xuid": xuid, "gamertag": name} for xuid, name in zip(names[::2], names[1::2])]
    body = json.dumps({"accounts": accounts, "next": names[::2]}).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url + "/control/identity", body, {"Content-Type": "application/json"})
    opener.open(request, timeout=10).close()


def what(commit):
    """The game's own name for a committed write."""
    delta = commit["delta"]
    me = (delta.get("members") or {}).get("me") or {}
    if commit["mode"] == "create-new":
        return "create"
    for custom in (me.get("properties", {}).get("custom", {}), delta.get("properties", {}).get("custom", {})):
        # The Xbl interface writes the whole custom object: what was set last is what this write is about.
        for key in ("score", "round", "ship"):
            if key in custom:
                return f"{key}={custom[key]}"
    return "join" if me else "?"


def check(url, requests_file, host, guest):
    commits = lines(url + "/control/commits")
    with open(requests_file, encoding="utf-8") as file:
        requests = [json.loads(line) for line in file if line.strip()]
    written = [r for r in requests if r["method"] == "PUT" and 200 <= r["status"] < 300]
    by_handle = [r for r in written if r["path"].startswith("/handles/") and r["path"].endswith("/session")]
    names = {host: "harbor", guest: "lantern"}

    print(f"   {'COMMIT':<8}{'GAME':<10}{'WRITE':<12}{'MODE':<18}{'SENT':<14}CHANGE NUMBER")
    for commit, request in zip(commits, written):
        way = "by handle" if request in by_handle else "by reference"
        print(f"   {commit['sequence']:<8}{names.get(commit['xuid'], '?'):<10}{what(commit):<12}{commit['mode']:<18}"
              f"{way:<14}{commit['changeNumber']}")

    problems = []
    for name, xuid, expected in (("harbor", host, HOST), ("lantern", guest, GUEST)):
        found = [what(c) for c in commits if c["xuid"] == xuid]
        if found != expected:
            problems.append(f"{name} wrote {expected}, the log has {found}")
    if [r["xuid"] for r in written] != [c["xuid"] for c in commits]:
        problems.append("the requests that succeeded are not the commits: one write was sent twice, or none")
    if [c["changeNumber"] for c in commits] != list(range(1, len(commits) + 1)):
        problems.append("the session's change numbers are not 1, 2, 3, …")
    if len([r for r in by_handle if r["xuid"] == guest]) != len(GUEST):
        problems.append("lantern's writes did not all go by handle")
    for problem in problems:
        print("   wrong:", problem)
    if not problems:
        print(f"   {len(commits)} writes, {len(commits)} commits: each exactly once, each game's in its order;")
        print(f"   {len(by_handle)} of them by handle, through XblMultiplayerWriteSessionByHandleAsync.")
    return 1 if problems else 0


def main(arguments):
    if arguments[:1] == ["requests"] and len(arguments) == 2:
        for request in lines(arguments[1] + "/control/requests"):
            print(json.dumps(request))
        return 0
    if arguments[:1] == ["players"] and len(arguments) >= 4:
        players(arguments[1], arguments[2:])
        return 0
    if arguments[:1] == ["check"] and len(arguments) == 5:
        return check(*arguments[1:])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
