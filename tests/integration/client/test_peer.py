#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""libmpsession against a peer that misbehaves on purpose: forgery, odd types, deaths at every point."""

import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer import *  # noqa: E402

WRITE = f'write a {HANDLE} update-existing - {{"a":1}}'
ERROR = {'NO_SUCH_REQUEST': -10, 'NO_AGENT': -13, 'AGENT_LOST': -14, 'LOST': -15, 'INTERNAL': -19, 'QUOTA': -8,
         'ID_REUSED': -7, 'INVALID_OPTION': -5, 'INVALID_HANDLE': -2, 'INVALID_REFERENCE': -3, 'INVALID_SESSION': -4,
         'TOO_LARGE': -6, 'INVALID_ARGUMENT': -1, 'BUSY': -18}
APPLIED, EXPIRED, CANCELLED, UNKNOWN = 1, 4, 5, 7
NO, YES, MAYBE = 0, 1, 2


def test_one_write(world):
    """Arguments and options arrive, the result comes back whole, and is acknowledged."""
    peer = Peer(world)
    game = Probe(world, '--account', '2533274792986770')
    game.send(f'write a {HANDLE} synchronized-update etag="7",deadline=60000,title=1234,supersedes=k,durability=crash,'
              'offline=fail {"a":"ü"}')
    called = game.wait('called', 'a')
    message = peer.next_call()
    assert message_member(message) == 'WriteSessionByHandle' and message_path(message) == ROOT
    assert message.body[:3] == (HANDLE, 'synchronized-update', '{"a":"ü"}'), message.body
    options = message_options(message)
    deadline = options.pop('deadline-boottime-usec')
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
    assert 0 < deadline - now <= 60_000_000
    assert options == {'id': called['id'], 'account': '2533274792986770', 'etag': '"7"', 'title-id': 1234,
                       'supersedes': 'k', 'durability': 'crash', 'when-offline': 'fail'}, options
    path = peer.accept(message)
    peer.complete(message, path, write_status='Updated', http_status=200, etag='"8"', date='now', session='{"x":1}',
                  session_reference=('(sss)', (SCID, 't', 'n')), resolved=True, attempts=3, retryable=True,
                  retry_after_usec=('t', 5), error='code', message='words', server_message='theirs')
    r = game.completed('a')
    assert (r['id'], r['error'], r['outcome'], r['applied'], r['write_status']) == (called['id'], 0, APPLIED, YES, 7), r
    assert (r['http_status'], r['attempts'], r['resolved'], r['retryable'], r['retry_after_usec']) == (200, 3, 1, 1, 5)
    assert (r['etag'], r['date'], r['session'], r['session_size']) == ('"8"', 'now', '{"x":1}', 7)
    assert (r['scid'], r['template'], r['name']) == (SCID, 't', 'n')
    assert (r['code'], r['message'], r['server_message']) == ('code', 'words', 'theirs')
    assert message_path(peer.next_call('Acknowledge')) == path
    game.quit()


def test_other_calls(world):
    """Reads and activities, and their results' own keys."""
    peer = Peer(world)
    game = Probe(world)
    game.call(f'get g {HANDLE} -')
    m = peer.next_call('GetSessionByHandle')
    assert m.body[0] == HANDLE and 'deadline-boottime-usec' in message_options(m)
    peer.complete(m, peer.accept(m), session='{"a":1}', http_status=200)
    assert game.completed('g')['session'] == '{"a":1}'
    game.call(f'get-ref r {SCID} tem na -')
    m = peer.next_call('GetSession')
    assert m.body[:3] == (SCID, 'tem', 'na')
    peer.complete(m, peer.accept(m), session='{}', http_status=200)
    game.completed('r')
    game.call(f'activity s {SCID} tem na -')
    m = peer.next_call('SetActivity')
    assert m.body[:3] == (SCID, 'tem', 'na')
    peer.complete(m, peer.accept(m), handle_id=HANDLE, http_status=201)
    assert game.completed('s')['handle_id'] == HANDLE
    game.call(f'activities t {SCID} - 1 18446744073709551615')
    m = peer.next_call('GetActivities')
    assert m.body[:2] == (SCID, ['1', '18446744073709551615'])
    peer.complete(m, peer.accept(m), activities='[]', http_status=200)
    assert game.completed('t')['activities'] == '[]'
    game.call(f'write-ref w {SCID} tem na create-new - {{}}')
    m = peer.next_call('WriteSession')
    assert m.body[:5] == (SCID, 'tem', 'na', 'create-new', '{}')
    peer.complete(m, peer.accept(m))
    game.completed('w')
    game.quit()


def test_completed_before_the_reply(world):
    peer = Peer(world)
    game = Probe(world)
    game.call(WRITE)
    m = peer.next_call()
    peer.complete(m, request_path(m))
    assert game.completed('a')['outcome'] == APPLIED
    peer.accept(m)
    peer.next_call('Acknowledge')
    game.no_completion()
    game.quit()


def test_completed_twice(world):
    """A repeat is acknowledged and dropped."""
    peer = Peer(world)
    game = Probe(world)
    game.call(WRITE)
    m = peer.next_call()
    path = peer.accept(m)
    peer.complete(m, path)
    game.completed('a')
    peer.next_call('Acknowledge')
    peer.complete(m, path, outcome='rejected')
    assert message_path(peer.next_call('Acknowledge')) == path
    game.no_completion()
    game.quit()


def test_forged_completed(world):
    """From another connection, even one that sends as if it owned the name."""
    peer = Peer(world)
    forger = Peer(world, own=False)
    game = Probe(world)
    game.call(WRITE)
    m = peer.next_call()
    path = peer.accept(m)
    forger.complete(m, path, message='forged')
    forger.connection.send_and_get_reply(new_method_call(BUS, 'GetId'), timeout=TIMEOUT)  # the bus has it
    peer.complete(m, path, message='true')
    assert game.completed('a')['message'] == 'true'
    game.no_completion()
    game.quit()


def test_forged_owner_change(world):
    """NameOwnerChanged counts only from the bus: a forger cannot make itself the agent."""
    peer = Peer(world)
    forger = Peer(world, own=False)
    game = Probe(world)
    game.call(WRITE)
    m = peer.next_call()
    path = peer.accept(m)
    fake = new_signal(DBusAddress('/org/freedesktop/DBus', interface='org.freedesktop.DBus'), 'NameOwnerChanged', 'sss',
                      (NAME, peer.unique, forger.unique))
    fake.header.fields[HeaderFields.destination] = m.header.fields[HeaderFields.sender]
    forger.connection.send(fake)
    forger.complete(m, path, message='forged')
    forger.connection.send_and_get_reply(new_method_call(BUS, 'GetId'), timeout=TIMEOUT)
    peer.complete(m, path, message='true')
    assert game.completed('a')['message'] == 'true'
    game.quit()


def test_wrong_types(world):
    """A result of wrong types still ends the call, as unknown; keys of a wrong type count as absent."""
    peer = Peer(world)
    game = Probe(world)
    odd = [('s', ('x',)), ('a{sv}', ({},)), ('a{ss}', ({'outcome': 'applied'},)), ('u', (7,)), ('', ()),
           ('a{sv}', ({'outcome': ('u', 3)},)), ('a{sv}', ({'outcome': ('s', 'strange')},)), ('as', (['outcome'],)),
           ('a{us}', ({1: 'x'},))]
    for number, (signature, body) in enumerate(odd):
        game.call(f'write o{number} {HANDLE} update-existing - {{}}')
        m = peer.next_call('WriteSessionByHandle')
        peer.send_completed(m.header.fields[HeaderFields.sender], peer.accept(m), signature, body)
        r = game.completed(f'o{number}')
        assert (r['error'], r['outcome'], r['applied']) == (ERROR['INTERNAL'], UNKNOWN, MAYBE), (signature, r)
    game.call(f'write p {HANDLE} update-existing - {{}}')
    m = peer.next_call('WriteSessionByHandle')
    peer.complete(m, peer.accept(m), http_status='200', etag=3, session=5, session_reference=('(su)', ('a', 1)),
                  resolved='yes', retry_after_usec='1', attempts=('t', 2), unknown_key=('a(ii)', [(1, 2)]))
    r = game.completed('p')
    assert (r['error'], r['outcome'], r['http_status'], r['etag'], r['attempts'], r['scid']) == (0, APPLIED, 0, '', 0, '')
    game.quit()


def test_wrong_replies(world):
    """A reply that is no path, another path, or none at all: an end, not a crash."""
    peer = Peer(world)
    game = Probe(world)
    for number, (signature, body) in enumerate([('s', ('x',)), ('o', ('/elsewhere',)), (None, ()), ('a{sv}', ({},)),
                                                ('o', (ROOT + '/request/' + HANDLE.replace('-', '_'),))]):
        game.call(f'write o{number} {HANDLE} update-existing - {{}}')
        m = peer.next_call('WriteSessionByHandle')
        peer.reply(m, signature, body)
        r = game.completed(f'o{number}')
        assert (r['error'], r['applied']) == (ERROR['INTERNAL'], MAYBE), r
    game.quit()


def test_refusals(world):
    peer = Peer(world)
    game = Probe(world)
    for number, (name, code) in enumerate([('QuotaExceeded', -8), ('NeedsSignIn', -9), ('StoreFailed', -12),
                                           ('InvalidOption', -5), ('IdReused', -7), ('SomethingNew', -19)]):
        game.call(f'write o{number} {HANDLE} update-existing - {{}}')
        peer.error(peer.next_call('WriteSessionByHandle'), 'org.mpsession.Error.' + name, 'say ' + name)
        r = game.completed(f'o{number}')
        assert (r['error'], r['outcome'], r['message']) == (code, 0, 'say ' + name), r
    game.quit()


def test_large_document(world):
    """Left out of Completed: GetResult has it. And if that fails, the result comes without."""
    peer = Peer(world)
    game = Probe(world)
    game.call(f'get g {HANDLE} -')
    m = peer.next_call('GetSessionByHandle')
    peer.complete(m, peer.accept(m), http_status=200, etag='"1"')
    document = '{"a":"' + 'x' * 100_000 + '"}'
    peer.reply(peer.next_call('GetResult'), 'a{sv}', ({'outcome': ('s', 'applied'), 'applied': ('s', 'yes'),
                                                       'session': ('s', document), 'http-status': ('u', 200)},))
    assert game.completed('g')['session_size'] == len(document)
    game.call(f'get h {HANDLE} -')
    m = peer.next_call('GetSessionByHandle')
    peer.complete(m, peer.accept(m), http_status=200, etag='"2"')
    peer.error(peer.next_call('GetResult'), 'org.mpsession.Error.NoSuchRequest')
    r = game.completed('h')
    assert (r['outcome'], r['etag'], r['session_dropped'], r['session_size']) == (APPLIED, '"2"', 1, 0)
    game.quit()


def test_no_agent(world):
    game = Probe(world)
    game.call(WRITE)
    r = game.completed('a')
    assert (r['error'], r['outcome'], r['applied'], r['code']) == (ERROR['NO_AGENT'], 0, NO, 'no-agent'), r
    game.call(f'get b {HANDLE} -')
    assert game.completed('b')['error'] == ERROR['NO_AGENT']
    game.call('attach c ' + HANDLE)
    assert game.completed('c')['error'] == ERROR['NO_AGENT']
    game.quit()


def test_no_bus(world):
    for address in (None, 'unix:path=/nonexistent/bus', 'nonsense', 'autolaunch:', 'tcp:host=127.0.0.1,port=1'):
        game = Probe(world, bus=address)
        game.call(WRITE)
        assert game.completed('a')['error'] == ERROR['NO_AGENT'], address
        game.quit()


def test_agent_appears_later(world):
    game = Probe(world)
    game.call(WRITE)
    assert game.completed('a')['error'] == ERROR['NO_AGENT']
    peer = Peer(world)
    game.call(f'write b {HANDLE} update-existing - {{}}')
    m = peer.next_call('WriteSessionByHandle')
    peer.complete(m, peer.accept(m))
    assert game.completed('b')['outcome'] == APPLIED
    game.quit()


def test_agent_dies_before_the_reply(world):
    """All that was sent is handed to the next one, with the same ids, in order."""
    peer = Peer(world)
    game = Probe(world)
    ids = [game.call(f'write w{n} {HANDLE} update-existing - {{"n":{n}}}') for n in range(5)]
    for _ in range(5):
        peer.next_call('WriteSessionByHandle')
    peer.close()
    peer = Peer(world)
    messages = [peer.next_call('WriteSessionByHandle') for _ in range(5)]
    assert [message_options(m)['id'] for m in messages] == ids
    for n, m in enumerate(messages):
        peer.complete(m, peer.accept(m))
        assert game.completed(f'w{n}')['outcome'] == APPLIED
    game.no_completion()
    game.quit()


def test_agent_dies_after_the_reply(world):
    """An accepted write is attached to, not handed over again; a read is."""
    peer = Peer(world)
    game = Probe(world)
    game.call(WRITE)
    path = peer.accept(peer.next_call('WriteSessionByHandle'))
    read = game.call(f'get r {HANDLE} -')
    peer.accept(peer.next_call('GetSessionByHandle'))
    peer.close()
    peer = Peer(world)
    m = peer.next_call()
    assert (message_member(m), message_path(m)) == ('Attach', path)
    peer.reply(m)
    peer.complete(m, path)
    assert game.completed('a')['outcome'] == APPLIED
    m = peer.next_call('GetSessionByHandle')
    assert message_options(m)['id'] == read
    peer.complete(m, peer.accept(m), session='{}')
    assert game.completed('r')['outcome'] == APPLIED
    game.quit()


def test_agent_forgot(world):
    """Accepted, then unknown: lost, and never resent."""
    peer = Peer(world)
    game = Probe(world)
    game.call(WRITE)
    peer.accept(peer.next_call())
    peer.close()
    peer = Peer(world)
    peer.error(peer.next_call('Attach'), 'org.mpsession.Error.NoSuchRequest')
    r = game.completed('a')
    assert (r['error'], r['applied'], r['code']) == (ERROR['LOST'], MAYBE, 'lost'), r
    game.quit()


def test_memory_only_write_is_not_resent(world):
    """Durability none: an agent that died before answering may have sent it, and nobody remembers."""
    peer = Peer(world)
    game = Probe(world)
    game.call(f'write a {HANDLE} update-existing durability=none {{}}')
    peer.next_call('WriteSessionByHandle')
    peer.close()
    peer = Peer(world)
    m = peer.next_call()
    assert message_member(m) == 'Attach'
    peer.error(m, 'org.mpsession.Error.NoSuchRequest')
    r = game.completed('a')
    assert (r['error'], r['applied']) == (ERROR['LOST'], MAYBE), r
    game.quit()


def test_name_replaced(world):
    """The name goes to another connection while the old one lives: the old one is not believed any more."""
    old = Peer(world)
    game = Probe(world)
    game.call(WRITE)
    m = old.next_call()
    path = old.accept(m)
    old.release()
    new = Peer(world)
    attach = new.next_call('Attach')
    old.complete(m, path, message='old')
    old.connection.send_and_get_reply(new_method_call(BUS, 'GetId'), timeout=TIMEOUT)
    new.reply(attach)
    new.complete(attach, path, message='new')
    assert game.completed('a')['message'] == 'new'
    game.quit()


def test_shutting_down(world):
    """A leaving agent's refusal is not the game's business: the next one gets it."""
    peer = Peer(world)
    game = Probe(world)
    sent = game.call(WRITE)
    peer.error(peer.next_call(), 'org.mpsession.Error.ShuttingDown')
    game.no_completion()
    following = Peer(world)
    peer.close()
    m = following.next_call('WriteSessionByHandle')
    peer = following
    assert message_options(m)['id'] == sent
    peer.complete(m, peer.accept(m))
    assert game.completed('a')['outcome'] == APPLIED
    game.quit()


def test_agent_lost(world):
    """Accepted, and no agent comes back: told 25 s after the deadline, as unknown."""
    peer = Peer(world)
    game = Probe(world)
    game.call(f'write a {HANDLE} update-existing deadline=3000 {{}}')
    game.call(f'get r {HANDLE} deadline=3000')
    m = peer.next_call('WriteSessionByHandle')
    path = peer.accept(m)
    peer.accept(peer.next_call('GetSessionByHandle'))
    peer.close()
    r = game.completed('a', 40)
    assert (r['error'], r['outcome'], r['applied'], r['code']) == (ERROR['AGENT_LOST'], 0, MAYBE, 'agent-lost'), r
    r = game.completed('r', 40)
    assert r['error'] == ERROR['AGENT_LOST'] and r['applied'] == NO, r
    # What comes later is acknowledged and dropped: after the next call the library knows the new agent.
    peer = Peer(world)
    game.call(f'write b {HANDLE} update-existing - {{}}')
    m = peer.next_call('WriteSessionByHandle')
    peer.complete(m, path, message='late')
    assert message_path(peer.next_call('Acknowledge')) == path
    game.no_completion()
    peer.complete(m, peer.accept(m))
    game.completed('b')
    game.quit()


def test_expired_before_sending(world):
    """A deadline that comes while no agent takes the call: nothing was sent, and it says so."""
    peer = Peer(world)
    game = Probe(world)
    game.call(f'write a {HANDLE} update-existing deadline=300 {{}}')
    peer.error(peer.next_call(), 'org.mpsession.Error.ShuttingDown')
    r = game.completed('a')
    assert (r['error'], r['outcome'], r['applied']) == (0, EXPIRED, NO), r
    game.quit()


def test_bus_dies(world):
    """A new bus and a new agent: the game notices nothing, and lives."""
    peer = Peer(world)
    game = Probe(world)
    game.call(WRITE)
    path = peer.accept(peer.next_call())
    second = game.call(f'write b {HANDLE} update-existing - {{}}')
    peer.next_call('WriteSessionByHandle')
    world.bus.kill9()
    world.start_bus()
    peer = Peer(world)
    m = peer.next_call()
    assert (message_member(m), message_path(m)) == ('Attach', path)
    peer.reply(m)
    peer.complete(m, path)
    assert game.completed('a')['outcome'] == APPLIED
    m = peer.next_call('WriteSessionByHandle')
    assert message_options(m)['id'] == second
    peer.complete(m, peer.accept(m))
    assert game.completed('b')['outcome'] == APPLIED
    game.quit()


def test_idle_agent_is_left_alone(world):
    """Losing the name with nothing pending asks nothing of the bus; the next call finds the next agent."""
    peer = Peer(world)
    game = Probe(world)
    game.call(WRITE)
    m = peer.next_call()
    peer.complete(m, peer.accept(m))
    game.completed('a')
    peer.next_call('Acknowledge')
    marker = world.path('started')
    activation(world, f'/bin/touch {marker}')
    peer.close()
    game.no_completion()
    assert not os.path.exists(marker)
    peer = Peer(world)
    game.call(f'write b {HANDLE} update-existing - {{}}')
    m = peer.next_call('WriteSessionByHandle')
    peer.complete(m, peer.accept(m))
    game.completed('b')
    assert not os.path.exists(marker)
    game.quit()


def test_cancel(world):
    peer = Peer(world)
    game = Probe(world)
    game.call(WRITE)
    m = peer.next_call()
    game.send('cancel-tag a')  # before the reply: the agent does not show it to anybody yet
    game.wait('cancel')
    path = peer.accept(m)
    c = peer.next_call()
    assert (message_member(c), message_path(c)) == ('Cancel', path)
    peer.complete(m, path, outcome='cancelled', applied='no')
    assert game.completed('a')['outcome'] == CANCELLED
    # One that this client does not know is asked of the agent all the same.
    game.send('cancel ' + HANDLE)
    assert game.wait('cancel')['result'] == 0
    assert message_path(peer.next_call('Cancel')).endswith(HANDLE.replace('-', '_'))
    game.quit()


def test_attach(world):
    peer = Peer(world)
    game = Probe(world)
    game.call('attach a ' + HANDLE)
    m = peer.next_call('Attach')
    peer.reply(m)
    peer.complete(m, message_path(m), http_status=204)
    assert game.completed('a')['outcome'] == APPLIED
    game.call('attach b ' + HANDLE)
    peer.error(peer.next_call('Attach'), 'org.mpsession.Error.NoSuchRequest')
    assert game.completed('b')['error'] == ERROR['NO_SUCH_REQUEST']
    game.call('attach c ' + HANDLE)
    peer.error(peer.next_call('Attach'), 'org.mpsession.Error.AccessDenied')
    assert game.completed('c')['error'] == -11
    game.quit()


def test_same_id(world):
    """One process, one id: the same content shares the end; other content is refused."""
    peer = Peer(world)
    game = Probe(world)
    game.call(f'write a {HANDLE} update-existing id={HANDLE} {{}}')
    game.call(f'write b {HANDLE} update-existing id={HANDLE} {{}}')
    game.call(f'write c {HANDLE} update-existing id={HANDLE} {{"x":1}}')
    assert game.completed('c')['error'] == ERROR['ID_REUSED']
    m = peer.next_call()
    peer.complete(m, peer.accept(m))
    assert game.completed('a')['outcome'] == game.completed('b')['outcome'] == APPLIED
    assert message_member(peer.next_call()) == 'Acknowledge'
    # Once that is over, the id is the agent's to judge.
    game.call(f'write d {HANDLE} update-existing id={HANDLE} {{}}')
    m = peer.next_call('WriteSessionByHandle')
    peer.complete(m, peer.accept(m), message='remembered')
    assert game.completed('d')['message'] == 'remembered'
    game.quit()


def test_bad_arguments(world):
    """Refused at the call; nothing reaches the bus, and libdbus does not abort the game."""
    peer = Peer(world)
    game = Probe(world)
    bad = [
        ('write a nonsense update-existing - {}', 'INVALID_HANDLE'),
        ('write a 00000000-0000-0000-0000-000000000000 update-existing - {}', 'INVALID_HANDLE'),
        (f'write a {HANDLE} whatever - {{}}', 'INVALID_ARGUMENT'),
        (f'write a {HANDLE} update-existing - []', 'INVALID_SESSION'),
        (f'write a {HANDLE} update-existing - {{', 'INVALID_SESSION'),
        (f'write a {HANDLE} update-existing - ' + '{"a":' * 65 + '1' + '}' * 65, 'INVALID_SESSION'),
        (f'write a {HANDLE} synchronized-update - {{}}', 'INVALID_OPTION'),
        (f'write a {HANDLE} update-existing id=x {{}}', 'INVALID_OPTION'),
        (f'write a {HANDLE} update-existing id={HANDLE.upper()} {{}}', 'INVALID_OPTION'),
        (f'write a {HANDLE} update-existing account=me {{}}', 'INVALID_OPTION'),
        (f'write a {HANDLE} update-existing deadline=604800001 {{}}', 'INVALID_OPTION'),
        (f'write a {HANDLE} update-existing supersedes={"k" * 101} {{}}', 'INVALID_OPTION'),
        (f'write a {HANDLE} update-existing etag=ü {{}}', 'INVALID_OPTION'),
        (f'write-big a {HANDLE} update-existing - 1048577', 'TOO_LARGE'),
        (f'get a {HANDLE} etag=1', 'INVALID_OPTION'),
        (f'get-ref a {SCID} .. n -', 'INVALID_REFERENCE'),
        (f'get-ref a {SCID} t a/b -', 'INVALID_REFERENCE'),
        ('get-ref a nonsense t n -', 'INVALID_REFERENCE'),
        (f'activity a {SCID} t {"n" * 100} -', 'INVALID_REFERENCE'),
        (f'activities a {SCID} -', 'INVALID_ARGUMENT'),
        (f'activities a {SCID} - ' + ' '.join(['1'] * 101), 'INVALID_ARGUMENT'),
        (f'activities a {SCID} - 0', 'INVALID_ARGUMENT'),
        ('attach a nonsense', 'INVALID_ARGUMENT'),
    ]
    for line, error in bad:
        game.send(line)
        assert game.wait('called', 'a')['result'] == ERROR[error], (line, error)
    game.send('cancel nonsense')
    assert game.wait('cancel')['result'] == ERROR['INVALID_ARGUMENT']
    game.call(f'write-big b {HANDLE} update-existing - 1048576')
    m = peer.next_call()
    assert len(m.body[2]) == 1048576
    peer.complete(m, peer.accept(m))
    game.completed('b')
    game.quit()


def test_own_thread(world):
    """Callbacks on the library's thread; a slow one does not hold up the bus."""
    peer = Peer(world)
    game = Probe(world, '--own-thread')
    game.send('sleep-callback 1500')
    game.call(WRITE)
    m = peer.next_call()
    peer.complete(m, peer.accept(m))
    assert game.completed('a')['outcome'] == APPLIED  # its callback sleeps now
    game.call(f'write b {HANDLE} update-existing - {{}}')
    m = peer.next_call('WriteSessionByHandle')
    peer.complete(m, peer.accept(m))
    # The probe was told nothing of b yet, but the bus thread took c.
    game.call(f'write c {HANDLE} update-existing - {{}}')
    peer.next_call('WriteSessionByHandle')
    game.send('sleep-callback 0')
    assert game.completed('b')['outcome'] == APPLIED
    game.send('dispatch 0')
    assert game.wait('dispatched')['result'] == ERROR['INVALID_ARGUMENT']
    game.quit()


def test_dispatch_waits(world):
    """mps_client_dispatch() with and without a time to wait."""
    peer = Peer(world)
    game = Probe(world, '--manual')
    game.call(WRITE)
    m = peer.next_call()
    game.send('dispatch 0')
    assert game.wait('dispatched')['result'] == 0
    game.send('dispatch 10')
    assert game.wait('dispatched')['result'] == 0
    game.send('dispatch -1')
    peer.complete(m, peer.accept(m))
    assert game.wait('dispatched')['result'] == 1
    game.completed('a')
    game.quit()


def test_nobody_waits(world):
    """Without a callback a result is acknowledged though the game never dispatches."""
    peer = Peer(world)
    game = Probe(world, '--manual')
    game.send('forget ' + HANDLE)
    m = peer.next_call()
    peer.complete(m, peer.accept(m))
    assert message_path(peer.next_call('Acknowledge')) == request_path(m)
    game.quit()


def test_close_with_pending(world):
    """Closing tells the agent what it was not told yet, calls nobody back, and does not hang."""
    peer = Peer(world)
    game = Probe(world, '--manual')
    game.call(WRITE)
    m = peer.next_call()
    peer.complete(m, peer.accept(m))
    game.send(f'write b {HANDLE} update-existing - {{}}')
    game.send('quit')
    peer.accept(peer.next_call('WriteSessionByHandle'))
    game.quit()
    game.wait('closed')
    assert not [e for e in game.seen if e['event'] == 'completed']


def test_close_with_a_deaf_agent(world):
    peer = Peer(world)
    game = Probe(world)
    game.call(WRITE)
    peer.next_call()
    game.quit()
    game.wait('closed')


def test_burst(world):
    """More calls than the window: all arrive in order, and the window keeps the agent's queue short."""
    peer = Peer(world)
    game = Probe(world)
    order = []
    unanswered = []

    def serve():
        # Accepts only when nothing more comes for a while or the window is full.
        while len(order) < 2000:
            try:
                m = peer.next_call('WriteSessionByHandle', timeout=0.2 if unanswered else TIMEOUT)
                unanswered.append(m)
                order.append(message_options(m)['id'])
            except TimeoutError:
                pass
            else:
                if len(unanswered) < 100 and len(order) < 2000:
                    continue
            assert len(unanswered) <= 100
            for m in unanswered:
                peer.complete(m, peer.accept(m))
            unanswered.clear()

    server = threading.Thread(target=serve)
    server.start()
    game.send(f'burst 2000 {HANDLE}')
    figures = game.wait('burst', timeout=60)
    print(f'# {figures}')
    assert figures['failed'] == 0
    assert game.wait('burst-done', timeout=60)['errors'] == 0
    server.join()
    assert len(set(order)) == 2000
    game.quit()


def test_too_many(world):
    """The bound on calls that have not completed: 20 000, or 64 MiB."""
    peer = Peer(world)
    game = Probe(world)
    game.send(f'burst 20100 {HANDLE}')
    assert game.wait('burst', timeout=60)['failed'] == 100
    game.kill()
    game = Probe(world)
    results = []
    for n in range(66):
        game.send(f'write-big w{n} {HANDLE} update-existing - 1048576')
        results.append(game.wait('called', f'w{n}')['result'])
    assert results[:60] == [0] * 60 and results[-1] == ERROR['BUSY'], results
    game.kill()


def test_loader(world):
    """The same by <mpsession/loader.h>: with the library, and on a machine without it."""
    program = world.built('tests', 'integration', 'client', 'client-probe-loader')
    peer = Peer(world)
    game = Probe(world, program=program, env={'LD_LIBRARY_PATH': world.built('libclient')})
    assert game.wait('open')['result'] == 0
    game.call(WRITE)
    m = peer.next_call()
    peer.complete(m, peer.accept(m))
    assert game.completed('a')['outcome'] == APPLIED
    game.quit()
    game = Probe(world, program=program, env={'LD_LIBRARY_PATH': world.folder})
    assert game.wait('open')['result'] == ERROR['NO_AGENT']
    game.process.wait(timeout=TIMEOUT)


if __name__ == '__main__':
    harness.main()
