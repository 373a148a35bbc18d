# SPDX-License-Identifier: MIT
"""One session, and writes to it that are told apart by a number: for what is about their order."""
import json
import uuid

from harness import ALICE, SCID, equal, variants
from staging import UPDATE, Stage, configure, held, release, shared

HELD = {"method": "PUT", "fault": "F16"}


class Table:
    """One session of Alice's and Bob's, handles to it, and writes that are told apart by a number."""

    def __init__(self, world, name="game", **options):
        self.stage = Stage(world)
        self.world, self.connection, self.name = world, self.stage.connection, name
        self.stage.directly.party(name, **options)
        self.commits = len(world.commits())
        self.paths = {}

    def handle(self):
        """An activity of somebody's: any account may use it."""
        identifier = str(uuid.uuid4())
        self.world.control("POST", "handles", {"type": "activity", "id": identifier, "ownerXuid": str(uuid.uuid4().int)[:16],
                                               "sessionRef": {"scid": SCID, "templateName": "quickmatch", "name": self.name}})
        return identifier

    def see(self):
        """The agent reads the session."""
        path = self.connection.root("GetSession", "sssa{sv}", SCID, "quickmatch", self.name, variants(account=ALICE))
        equal(self.connection.wait_completed(path)["outcome"], "applied")

    def write(self, key, document=None, *, handle=None, account=ALICE, mode=UPDATE, **options):
        """A write of {"n": key}, unless it is another document; remembered by that key."""
        text, options = json.dumps(document or shared(n=key)), variants(account=account, **options)
        if handle:
            path = self.connection.root("WriteSessionByHandle", "sssa{sv}", handle, mode, text, options)
        else:
            path = self.connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", self.name, mode, text, options)
        self.paths[key] = path
        return path

    def hold(self, key, document=None, **more):
        """A write that the directory has read and does not answer: it is under way until it is released."""
        self.world.fault(**HELD, path=f"/handles/{more['handle']}/" if more.get("handle") else f"/{self.name}")
        count = len(held(self.world))
        self.write(key, document, **more)
        self.stage.wait_held(count + 1)
        return held(self.world)[-1]["request"]

    def release(self, request):
        equal(len(release(self.world, "answer", request)), 1)

    def ended(self, *keys):
        return [self.connection.wait_completed(self.paths[key], 60) for key in keys]

    def outcomes(self, *keys):
        return [result["outcome"] for result in self.ended(*keys)]

    def state(self, key):
        return self.connection.properties(self.paths[key])["State"]

    def start_again(self):
        """Another agent; nobody is attached to anything."""
        self.world.start_agent(*configure(self.world))
        self.connection = self.stage.connection = self.world.connect()

    def restart(self):
        """The agent dies without a word, and another one takes over."""
        self.world.agent.kill9()
        self.start_again()
        for path in self.paths.values():
            self.connection.request(path, "Attach")

    def written(self):
        """What the agent has written, in the order of the commits."""
        return [line["delta"] for line in self.world.commits()[self.commits:]]


def numbers(*keys):
    return [shared(n=key) for key in keys]
