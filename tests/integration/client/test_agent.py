#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""libmpsession with the real agent and the real directory."""

import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer import *  # noqa: E402
from harness import ALICE, SCID, equal, check, wait_until  # noqa: E402

APPLIED, CANCELLED = 1, 5
ME = {'members': {'me': {'constants': {'system': {'xuid': ALICE}}, 'properties': {'system': {'active': True}}}}}


def custom(n):
    return json.dumps({'properties': {'custom': {'n': n}}})


def create(world, game):
    """A session with ALICE in it and its activity's handle."""
    game.call(f'write-ref create {SCID} quickmatch game create-new - {json.dumps(ME)}')
    r = game.completed('create')
    equal((r['error'], r['outcome'], r['applied'], r['write_status'], r['http_status']), (0, APPLIED, 1, 2, 201), r)
    check(r['session_size'] > 0 and r['etag'], r)
    game.call(f'activity publish {SCID} quickmatch game -')
    r = game.completed('publish')
    equal((r['error'], r['outcome']), (0, APPLIED), r)
    return r['handle_id']


def test_the_whole_way(world):
    world.start()
    game = Probe(world, '--account', ALICE)
    handle = create(world, game)
    sent = game.call(f'write a {handle} update-existing - {custom(1)}')
    r = game.completed('a')
    equal((r['id'], r['error'], r['outcome'], r['applied'], r['write_status']), (sent, 0, APPLIED, 1, 7), r)
    equal((r['scid'], r['template'], r['name']), (SCID, 'quickmatch', 'game'), r)
    game.call(f'get g {handle} -')
    equal(json.loads(game.completed('g')['session'])['properties']['custom'], {'n': 1})
    game.call(f'get-ref g2 {SCID} quickmatch game -')
    r = game.completed('g2')
    equal(json.loads(r['session'])['properties']['custom'], {'n': 1})
    game.call(f'write s {handle} synchronized-update etag={r["etag"]} {custom(2)}')
    equal(game.completed('s')['outcome'], APPLIED)
    game.call(f'write o {handle} synchronized-update etag={r["etag"]} {custom(3)}')
    o = game.completed('o')
    equal((o['outcome'], o['applied'], o['write_status']), (2, 0, 5), o)
    game.call(f'activities t {SCID} - {ALICE}')
    check(handle in game.completed('t')['activities'])
    game.quit()
    # All were acknowledged: nothing is left at the agent.
    watcher = world.connect()
    wait_until(lambda: watcher.root('ListRequests', 'a{sv}', {}) == [], 'every result acknowledged')


def test_large_documents(world):
    """More than a signal carries: the library fetches it."""
    world.start()
    game = Probe(world, '--account', ALICE)
    handle = create(world, game)
    game.call(f'write a {handle} update-existing - {json.dumps({"properties": {"custom": {"x": "y" * 100_000}}})}')
    r = game.completed('a')
    equal(r['outcome'], APPLIED, r)
    check(r['session_size'] > 100_000, r)
    game.quit()


def test_agent_killed(world):
    """kill -9 with writes that wait: the game notices nothing, and each is written once, in order."""
    world.start()
    game = Probe(world, '--account', ALICE)
    handle = create(world, game)
    before = len(world.commits())
    world.directory.kill9()
    for n in range(19):
        game.call(f'write w{n} {handle} update-existing deadline=60000 {custom(n)}')
    watcher = world.connect()
    wait_until(lambda: len(watcher.root('ListRequests', 'a{sv}', {})) >= 19, 'all accepted')
    # Between attempts, and stored as such with the last acceptance: no attempt is under way when it dies.
    wait_until(lambda: any(watcher.properties(row[0])['NextAttempt'] > (time.time() + 1) * 1e6
                           for row in watcher.root('ListRequests', 'a{sv}', {})), 'a long back-off')
    game.call(f'write w19 {handle} update-existing deadline=60000 {custom(19)}')
    wait_until(lambda: len(watcher.root('ListRequests', 'a{sv}', {})) >= 20, 'all accepted')
    game.no_completion()
    world.agent.kill9()
    world.restart_directory()
    world.start_agent()
    for n in range(20):
        r = game.completed(f'w{n}', 60)
        equal((r['error'], r['outcome']), (0, APPLIED), r)
    game.no_completion()
    deltas = [c['delta'] for c in world.commits()][before:]
    numbers = [(json.loads(d) if isinstance(d, str) else d)['properties']['custom']['n'] for d in deltas]
    equal(numbers[-20:], list(range(20)))
    game.quit()


def test_game_restarted(world):
    """A game that died attaches by id and gets its completion."""
    world.start()
    game = Probe(world, '--account', ALICE)
    handle = create(world, game)
    world.directory.kill9()
    sent = game.call(f'write a {handle} update-existing deadline=60000 {custom(7)}')
    watcher = world.connect()
    wait_until(lambda: any(sent.replace('-', '_') in row[0] for row in watcher.root('ListRequests', 'a{sv}', {})),
               'accepted')
    game.kill()
    game = Probe(world, '--account', ALICE)
    game.call(f'attach again {sent}')
    world.restart_directory()
    r = game.completed('again', 60)
    equal((r['id'], r['error'], r['outcome']), (sent, 0, APPLIED), r)
    game.call('attach none ' + HANDLE)
    equal(game.completed('none')['error'], -10)
    game.quit()


def test_cancel(world):
    world.start()
    game = Probe(world, '--account', ALICE)
    handle = create(world, game)
    world.directory.kill9()
    sent = game.call(f'write a {handle} update-existing deadline=60000 {custom(1)}')
    second = game.call(f'write b {handle} update-existing deadline=60000 {custom(2)}')
    watcher = world.connect()
    wait_until(lambda: len(watcher.root('ListRequests', 'a{sv}', {})) >= 2, 'accepted')
    game.send('cancel ' + second)
    equal(game.completed('b')['outcome'], CANCELLED)
    game.no_completion()
    check(sent != second)
    game.quit()


def test_refused(world):
    world.start()
    game = Probe(world)
    # Two accounts and no default: the agent names what is missing.
    game.call(f'get g {HANDLE} -')
    r = game.completed('g')
    equal(r['error'], -5, r)
    check('account' in r['message'], r)
    game.call(f'write w {HANDLE} update-existing account={ALICE} {{"nonsense":1}}')
    r = game.completed('w')
    equal(r['error'], -4, r)
    check('nonsense' in r['message'], r)
    game.quit()


def test_activation(world):
    """No agent runs: the first call starts it."""
    world.start_directory()
    script = world.path('start-agent')
    with open(script, 'w', encoding='utf-8') as file:
        file.write('#!/bin/sh\nexec ' + ' '.join(world.agent_arguments()) + '\n')
    os.chmod(script, 0o755)
    if world.kind == 'dbus-broker':
        # It leaves starting to the service manager; tests/integration/systemd has that.
        return
    activation(world, script)
    game = Probe(world, '--account', ALICE)
    create(world, game)
    game.quit()


def test_burst(world):
    """More at once than the agent takes unanswered of one connection: none is refused."""
    world.start()
    game = Probe(world, '--account', ALICE)
    handle = create(world, game)
    world.directory.kill9()
    game.send(f'burst 1500 {handle}')
    figures = game.wait('burst', timeout=60)
    equal(figures['failed'], 0, figures)
    watcher = world.connect()
    wait_until(lambda: watcher.properties(ROOT, NAME)['Queued'] + watcher.properties(ROOT, NAME)['Active'] >= 1500,
               'all accepted', 60)
    game.no_completion()
    game.kill()


if __name__ == '__main__':
    harness.main()
