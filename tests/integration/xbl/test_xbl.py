#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The Xbl interface with the real agent and the real directory."""

import json
import os
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import ALICE, BOB, LIMIT, SCID, check, equal, main, wait_until  # noqa: E402

CREATE_NEW, UPDATE_OR_CREATE, UPDATE_EXISTING, SYNCHRONIZED = 0, 1, 2, 3
CREATED, OUT_OF_SYNC, UPDATED = 'status=2', 'status=5', 'status=7'
OK = '0x00000000'
PENDING = '0x8000000a'
NOBODY = '11111111-2222-4333-8444-555555555555'


class Probe:
    """A game; each command has one answer line."""

    def __init__(self, world, account=ALICE):
        self.child = world.child([world.built('tests/integration/xbl/xbl-probe'), SCID, account], f'game-{account}',
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        equal(self.answer(), f'ready {OK}')

    def answer(self):
        """The next line; bytes are read one by one, so that select() sees what is left."""
        line = b''
        while not line.endswith(b'\n'):
            check(select.select([self.child.process.stdout], [], [], LIMIT)[0], 'no answer', self.child.log())
            byte = os.read(self.child.process.stdout.fileno(), 1)
            check(byte, 'the game ended', self.child.log())
            line += byte
        return line.decode().rstrip('\n')

    def send(self, command):
        self.child.process.stdin.write(command.encode() + b'\n')
        self.child.process.stdin.flush()

    def do(self, command):
        """The answer's words after the command's own."""
        self.send(command)
        words = self.answer().split()
        equal(words[0], command.split()[0])
        return words[1:]

    def quit(self):
        equal(self.do('cleanup'), [OK])
        self.child.process.stdin.close()
        equal(self.child.wait(), 0, self.child.log())


def delta(commit):
    """The document of a committed write."""
    return json.loads(commit['delta']) if isinstance(commit['delta'], str) else commit['delta']


def create(world, name='game'):
    """ALICE in a session of hers, and the handle by which it is found."""
    host = Probe(world)
    equal(host.do(f'new {SCID} quickmatch {name}'), [OK])
    equal(host.do('join'), [OK])
    written = host.do(f'write {CREATE_NEW}')
    equal(written[:4], [OK, CREATED, 'members=1', f'name={name}'])
    equal(host.do('activity'), [OK])
    hr, count, handle, session, owner, members = host.do(f'activities {ALICE}')
    equal((hr, count, session, owner), (OK, '1', name, ALICE))
    check(members.startswith('1/'), members)
    return host, handle


def test_two_players(world):
    """Create, publish, find, join by handle, change, leave: the flow of the seed's documentation."""
    world.start()
    host, handle = create(world)
    guest = Probe(world, BOB)
    equal(guest.do(f'new {SCID} other name'), [OK])  # for its scid alone
    equal(guest.do(f'activities {ALICE}')[2], handle)
    equal(guest.do('blank'), [OK])
    equal(guest.do('join'), [OK])
    equal(guest.do('me hp 3'), [OK])
    joined = guest.do(f'write-by-handle {UPDATE_EXISTING} {handle}')
    equal(joined[:6], [OK, UPDATED, 'members=2', 'name=game', 'custom={}', 'me={"hp":3}'])
    equal(guest.do('me hp 4'), [OK])
    equal(guest.do(f'write-by-handle {UPDATE_EXISTING} {handle}')[5], 'me={"hp":4}')
    equal(host.do('get-by-handle ' + handle)[:3], [OK, 'status=0', 'members=2'])
    equal(host.do('set map "cave"'), [OK])
    equal(host.do(f'write {UPDATE_EXISTING}')[4], 'custom={"map":"cave"}')
    equal(guest.do('leave'), [OK])
    equal(guest.do(f'write-by-handle {UPDATE_EXISTING} {handle}')[:3], [OK, UPDATED, 'members=1'])
    # The last one out: the session is gone, and there is none to be told of.
    equal(host.do('get-by-handle ' + handle)[2], 'members=1')
    equal(host.do('leave'), [OK])
    equal(host.do(f'write {UPDATE_EXISTING}'), [OK, 'none'])
    equal(len(world.commits()), 6)
    host.quit()
    guest.quit()


def test_out_of_sync(world):
    """412 is not a failure: the game gets the session as it is now."""
    world.start()
    host, handle = create(world)
    guest = Probe(world, BOB)
    equal(guest.do('get-by-handle ' + handle)[0], OK)
    equal(guest.do('join'), [OK])
    equal(host.do('set a 1'), [OK])
    equal(host.do(f'write {SYNCHRONIZED}')[:2], [OK, UPDATED])
    late = guest.do(f'write-by-handle {SYNCHRONIZED} {handle}')
    equal((late[:3], late[4]), ([OK, OUT_OF_SYNC, 'members=1'], 'custom={"a":1}'))
    equal(guest.do('join'), [OK])
    equal(guest.do(f'write-by-handle {SYNCHRONIZED} {handle}')[:3], [OK, UPDATED, 'members=2'])
    host.quit()
    guest.quit()


def test_a_write_is_a_snapshot(world):
    """What the game changes after the call, before anything is sent, belongs to the next write."""
    world.start()
    host, handle = create(world)
    for number in range(5):
        equal(host.do('get-by-handle ' + handle)[0], OK)
        equal(host.do(f'set map {number}'), [OK])
        equal(host.do(f'begin-then-set 0 {UPDATE_EXISTING} {handle} 99'), [OK])
        equal(host.do('finish 0')[:2], [OK, UPDATED])
        equal(host.answer(), 'again 0x8000000e none')
        equal(host.answer(), 'callbacks 1')
        equal(delta(world.commits()[-1]), {'properties': {'custom': {'map': number}}})
    host.quit()


def test_no_etag_means_create(world):
    world.start()
    host, _ = create(world)
    equal(host.do(f'new {SCID} quickmatch second'), [OK])
    equal(host.do('join'), [OK])
    equal(host.do(f'write {SYNCHRONIZED}')[:2], [OK, CREATED])
    equal(host.do(f'new {SCID} quickmatch second'), [OK])
    equal(host.do(f'write {SYNCHRONIZED}')[0], OK)
    equal(len(world.commits()), 2)
    host.quit()


def test_refusals(world):
    world.start()
    host, handle = create(world)
    commits = len(world.commits())
    for bad in ('nonsense', '00000000-0000-0000-0000-000000000000', handle[:-1]):
        equal(host.do(f'write-by-handle {UPDATE_EXISTING} {bad}'), ['0x80070057', 'none'])
        equal(host.do(f'get-by-handle {bad}'), ['0x80070057', 'none'])
    equal(host.do(f'write-by-handle 9 {handle}'), ['0x80070057', 'none'])
    equal(host.do(f'write-by-handle {UPDATE_EXISTING} {NOBODY}'), ['0x80190194', 'none'])
    equal(host.do(f'get-by-handle {NOBODY}'), ['0x80190194', 'none'])
    equal(host.do(f'new {SCID} quickmatch absent'), [OK])
    equal(host.do('get'), ['0x80070714', 'none'])
    equal(host.do('blank'), [OK])
    equal(host.do(f'write {UPDATE_EXISTING}'), ['0x89235200', 'none'])
    equal(host.do(f'new {SCID} no/path name'), [OK])
    equal(host.do(f'write {UPDATE_EXISTING}'), ['0x80070057', 'none'])
    equal(host.do(f'new {SCID} no-such-template name'), [OK])
    equal(host.do(f'write {CREATE_NEW}')[0][:6], '0x8019')
    equal(len(world.commits()), commits)
    host.quit()


def test_offline(world):
    """The directory is away: calls are pending, can be cancelled, and go out in order when it is back."""
    world.start()
    host, handle = create(world)
    before = len(world.commits())
    world.directory.kill9()
    for n in range(4):
        equal(host.do(f'set n {n}'), [OK])
        equal(host.do(f'begin {n} {UPDATE_EXISTING} {handle}'), [OK])
    watcher = world.connect()
    wait_until(lambda: len(watcher.root('ListRequests', 'a{sv}', {})) >= 4, 'all accepted')
    equal(host.do('status 0'), [PENDING])
    equal(host.do('cancel 3'), [OK])
    equal(host.do('finish 3'), ['0x80004004', 'none'])
    equal(host.answer(), 'again 0x80004004 none')
    equal(host.answer(), 'callbacks 1')
    world.restart_directory()
    for n in range(3):
        equal(host.do(f'finish {n}')[:2], [OK, UPDATED])
        equal(host.answer(), 'again 0x8000000e none')
        equal(host.answer(), 'callbacks 1')
    numbers = [delta(c)['properties']['custom']['n'] for c in world.commits()[before:]]
    equal(numbers, [0, 1, 2])
    host.quit()


def test_agent_killed(world):
    world.start()
    host, handle = create(world)
    before = len(world.commits())
    world.directory.kill9()
    equal(host.do('set n 1'), [OK])
    equal(host.do(f'begin 0 {UPDATE_EXISTING} {handle}'), [OK])
    watcher = world.connect()
    path = wait_until(lambda: [row[0] for row in watcher.root('ListRequests', 'a{sv}', {})], 'accepted')[0]
    # Between attempts, and stored as such, which the next acceptance brings about: none is under way when it dies.
    wait_until(lambda: watcher.properties(path)['NextAttempt'] > (time.time() + 1) * 1e6, 'a long back-off')
    equal(host.do('set n 2'), [OK])
    equal(host.do(f'begin 1 {UPDATE_EXISTING} {handle}'), [OK])
    wait_until(lambda: len(watcher.root('ListRequests', 'a{sv}', {})) == 2, 'accepted')
    world.agent.kill9()
    world.restart_directory()
    world.start_agent()
    for n in range(2):
        equal(host.do(f'finish {n}')[:2], [OK, UPDATED])
        equal(host.answer(), 'again 0x8000000e none')
        equal(host.answer(), 'callbacks 1')
    equal(len(world.commits()), before + 2)
    host.quit()


def test_no_agent(world):
    """Nobody owns the name and nobody can be started: told, and told apart from being offline."""
    host = Probe(world)
    equal(host.do(f'new {SCID} quickmatch game'), [OK])
    equal(host.do(f'write {CREATE_NEW}'), ['0x89235007', 'none'])
    equal(host.do('get'), ['0x89235007', 'none'])
    equal(host.do(f'activities {ALICE}')[0], '0x89235007')
    host.quit()


def test_cleanup_with_open_calls(world):
    """A game ends with a write under way: its block completes, and the agent delivers all the same."""
    world.start()
    host, handle = create(world)
    before = len(world.commits())
    world.directory.kill9()
    equal(host.do('set n 1'), [OK])
    equal(host.do(f'begin 0 {UPDATE_EXISTING} {handle}'), [OK])
    equal(host.do('cleanup'), [OK])
    equal(host.do('finish 0'), ['0x80004004', 'none'])
    equal(host.answer(), 'again 0x80004004 none')
    equal(host.answer(), 'callbacks 1')
    equal(host.do(f'write-by-handle {UPDATE_EXISTING} {handle}'), ['0x89235208', 'none'])
    host.child.process.stdin.close()
    equal(host.child.wait(), 0, host.child.log())
    world.restart_directory()
    wait_until(lambda: len(world.commits()) == before + 1, 'delivered after the game')


main()
