#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The game that docs/libmpsession-xbl.7.scd shows, with the real agent and the real directory."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import ALICE, BOB, SCID, check, equal, main, wait_until  # noqa: E402

WON = ['the flag is ours: 0x00000000']
LOST = ['somebody has the flag: 0x00000000']
AGAIN = ['412: look again']
NOBODY = '11111111-2222-4333-8444-555555555555'


def start(world, handle, xuid=BOB):
    env = dict(world.env, MPSESSION_XUID=xuid, MPSESSION_XBL_DEBUG='1')
    return world.child([world.built('tests/integration/xbl/page-game'), SCID, handle], f'game-{len(world.children)}', env=env)


def ended(game, said):
    equal(game.wait(), 0, game.log())
    equal(game.log().splitlines(), said)


def deltas(world):
    commits = [commit['delta'] for commit in world.commits()]
    return [json.loads(delta) if isinstance(delta, str) else delta for delta in commits]


def flags(world):
    found = [delta.get('properties', {}).get('custom', {}) for delta in deltas(world)]
    return [custom['flag'] for custom in found if 'flag' in custom]


def race(world, custom):
    """Alice changes the session after Bob has joined it, before his change of it is applied."""
    handle = world.create_handle(world.start())
    world.fault('F16', method='PUT', xuid=BOB, skip=1, rival={'xuid': ALICE, 'delta': {'properties': {'custom': custom}}})
    game = start(world, handle)
    wait_until(lambda: world.control('GET', 'held').strip(), 'the change is held')
    world.control('POST', 'release', {'action': 'answer'})
    return game


def test_joins_and_takes_the_flag(world):
    handle = world.create_handle(world.start())
    ended(start(world, handle), WON)
    equal(flags(world), [BOB])
    # Again, as one who is a member already: nothing more is written but the join.
    ended(start(world, handle), LOST)
    equal(flags(world), [BOB])


def test_out_of_sync_is_applied_again(world):
    ended(race(world, {'map': 'dunes'}), AGAIN + WON)
    equal(flags(world), [BOB])


def test_out_of_sync_is_looked_at_first(world):
    ended(race(world, {'flag': ALICE}), AGAIN + LOST)
    equal(flags(world), [ALICE])


def test_says_why_not(world):
    world.start()
    game = start(world, NOBODY)
    equal(game.wait(), 0, game.log())
    why, told = game.log().splitlines()
    equal(told, 'written: 0x80190194')
    check(why.startswith('mpsession-xbl: XblMultiplayerWriteSessionByHandleAsync: 0x80190194: '), why)
    ended(start(world, 'nonsense'), ['written: 0x80070057'])
    ended(start(world, NOBODY, 'nobody'), ['open: 0x89245106'])


main()
