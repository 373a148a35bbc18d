# SPDX-License-Identifier: MIT
"""The accidents that the directory is told to have: one table, so that a new one is one line."""
import json

# Somebody else's write right behind the fault. Its document names no request: so it is known for what it is.
RIVAL = "a rival"

# name: (how often, what else is said of it; a list is something to choose from)
FAULTS = {
    "F1": (5, {"method": ["PUT", "GET"], "apply": [True, False]}),
    "F2": (12, {"method": ["PUT", "PUT", "PUT", "POST", "GET"]}),
    "F3": (8, {"method": "PUT", "delay_ms": [300, 1500, 4000, 7000, 12000]}),
    "F4": (7, {}),
    "F5": (14, {"status": [500, 502, 503, 504, 408, 202], "when": ["before", "after"]}),
    "F6": (6, {"retry_after": ["0", "1", "2"]}),
    "F7": (6, {"retry_after": ["1", "2", "3"]}),
    "F8": (4, {}),
    "F9": (8, {"method": "PUT", "rival": RIVAL}),
    "F11": (8, {}),
    "F12": (5, {"method": "PUT", "answer": [True, False]}),
    "F13": (6, {}),
    "F14": (6, {}),
    "F15": (4, {"method": "PUT", "answer": [True, False]}),
    "F19": (3, {"method": "PUT", "answer": [True, False]}),
    "F20": (6, {"method": "GET"}),
    "garbage": (4, {}),
    "huge": (2, {}),
    "half": (4, {}),
}

RETRY_AFTER_LEAST = 1  # seconds, with F7

# Ordered and not yet struck: with more than these no work would get done.
OUTSTANDING_MAX = 4


# What leaves an attempt without its answer for long enough to be killed in its middle.
HELD = [{"fault": "F1", "method": "PUT", "apply": True}, {"fault": "F16", "method": "PUT"}]
HELD_BACK = ("F3", "F16")  # applied later than it came, if at all


class Faults:
    def __init__(self, dice, accounts):
        self.dice = dice
        self.accounts = accounts
        self.ordered = 0  # at the directory that lives now
        self.struck = 0
        self.starved = None  # an account that is told to wait, again and again

    def forget(self):
        """A directory that died has forgotten them."""
        self.ordered = self.struck = 0

    def choose(self):
        """A fault to be ordered, or None while there are enough."""
        if self.ordered - self.struck >= OUTSTANDING_MAX:
            return None
        names = list(FAULTS)
        name = self.dice.choices(names, [FAULTS[name][0] for name in names])[0]
        fault = {"fault": name, "skip": self.dice.randrange(4)}
        for key, value in FAULTS[name][1].items():
            fault[key] = self.dice.choice(value) if isinstance(value, list) else value
        if "rival" in fault:
            fault["rival"] = {"xuid": self.dice.choice(self.accounts),
                              "delta": {"properties": {"custom": {f"shared{self.dice.randrange(4)}": "rival"}}}}
        if self.dice.random() < 0.5:
            fault["xuid"] = self.dice.choice(self.accounts)
            fault["skip"] = 0
        self.ordered += 1
        return fault

    def take_in(self, requests):
        self.struck += sum(1 for request in requests
                           if request["fault"] and (request["fault"], request["xuid"]) != ("F7", self.starved))

    def starvation(self):
        return {"fault": "F7", "xuid": self.starved, "count": 0, "retry_after": "1"}


def order(world, fault):
    world.control("POST", "faults", fault)


def clear(world):
    world.control("DELETE", "faults")


def release(world, action):
    """Ends what F16 holds: other faults end by themselves."""
    for line in world.control("GET", "held").splitlines():
        held = json.loads(line)
        if held["fault"] == "F16":
            world.control("POST", "release", {"request": held["request"], "action": action})


def read_requests(world, after):
    text = world.control("GET", f"requests?after={after}")
    return [json.loads(line) for line in text.splitlines() if line.strip()]
