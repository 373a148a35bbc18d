#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What is installed is enough to build a game: headers and pkg-config, nothing of the sources."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import BUILD, check, equal, main  # noqa: E402

# The signature as the original's reference page shows it.
WRITE = '''
    XblContextHandle xblContext = nullptr;
    XblMultiplayerSessionHandle multiplayerSession = nullptr;
    XAsyncBlock async = {};
    HRESULT hr = XblMultiplayerWriteSessionByHandleAsync(xblContext, multiplayerSession,
        XblMultiplayerSessionWriteMode::UpdateExisting, "8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb0c11", &async);
    return hr == E_INVALIDARG ? 0 : 1;
'''
# XAsync.h brings the queues along.
QUEUES = '''#include <XAsync.h>
int main()
{
    XTaskQueueCloseHandle(nullptr);
    return XAsyncGetStatus(nullptr, false) == E_INVALIDARG ? 0 : 1;
}
'''
CPP = f'#include <XAsync.h>\n#include <xsapi-c/services_c.h>\nint main()\n{{{WRITE}}}\n'
C = CPP.replace('nullptr', 'NULL').replace('{};', '{0};').replace('Mode::', 'Mode_').replace('main()', 'main(void)')
NATIVE = '''#include <mpsession/mpsession.h>
int main(void) { MpsClient *client = 0; int r = mps_client_open(0, &client); mps_client_close(client); return r; }
'''


def install(world):
    """A prefix of its own; the environment that finds it."""
    root = world.path('root')
    status, _, errors = world.run('meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', root, limit=120)
    equal(status, 0, errors)
    found = [folder for folder, _, files in os.walk(root) if 'mpsession-xbl.pc' in files]
    equal(len(found), 1)
    env = dict(world.env, PKG_CONFIG_PATH=found[0], PKG_CONFIG_SYSROOT_DIR=root)
    return env, os.path.dirname(found[0])


def build(world, env, compiler, suffix, text, module):
    """Compiles and links a program with nothing but what pkg-config says."""
    source, program = world.path('game' + suffix), world.path('game')
    with open(source, 'w', encoding='utf-8') as file:
        file.write(text)
    status, flags, errors = world.run('pkg-config', '--cflags', '--libs', module, env=env)
    equal(status, 0, errors)
    # The libraries of a build with sanitizers need their run time.
    sanitizer = ['-fsanitize=address,undefined'] if 'asan' in subprocess.run(
        ['ldd', os.path.join(BUILD, 'libclient', 'libmpsession.so')], capture_output=True, text=True,
        check=True).stdout else []
    status, _, errors = world.run(*compiler, '-Wall', '-Wextra', '-Werror', *sanitizer, source, '-o', program,
                                  *flags.split(), env=env, limit=120)
    equal(status, 0, errors)
    return program


def run(world, env, program, libraries):
    status, _, errors = world.run(program, env=dict(env, LD_LIBRARY_PATH=libraries))
    equal(status, 0, errors)


def test_cpp_game(world):
    env, libraries = install(world)
    for standard in ('c++11', 'c++17', 'c++20'):
        run(world, env, build(world, env, ['c++', '-std=' + standard], '.cpp', CPP, 'mpsession-xbl'), libraries)


def test_queues_alone(world):
    env, libraries = install(world)
    run(world, env, build(world, env, ['c++', '-std=c++11'], '.cpp', QUEUES, 'mpsession-xbl'), libraries)


def test_c_game(world):
    env, libraries = install(world)
    for standard in ('c11', 'c17'):
        run(world, env, build(world, env, ['cc', '-std=' + standard], '.c', C, 'mpsession-xbl'), libraries)


def test_native_game(world):
    env, libraries = install(world)
    run(world, env, build(world, env, ['cc', '-std=c11'], '.c', NATIVE, 'mpsession'), libraries)


def test_each_header_alone(world):
    """Any header may be the first one that a game includes."""
    env, _ = install(world)
    _, flags, _ = world.run('pkg-config', '--cflags', 'mpsession-xbl', env=env)
    top = next(flag[2:] for flag in flags.split() if flag.endswith('/mpsession-xbl'))
    headers = [os.path.relpath(os.path.join(folder, file), top) for folder, _, files in os.walk(top) for file in files]
    check(len(headers) >= 15, headers)
    for header in headers:
        for suffix, compiler, standards in (('.c', 'cc', ('c11', 'c17')), ('.cpp', 'c++', ('c++11', 'c++17', 'c++20'))):
            source = world.path('one' + suffix)
            with open(source, 'w', encoding='utf-8') as file:
                file.write(f'#include <{header}>\n#include <{header}>\nextern int one;\n')
            for standard in standards:
                status, _, errors = world.run(compiler, '-std=' + standard, '-Wall', '-Wextra', '-Wpedantic', '-Werror',
                                              '-fsyntax-only', source, *flags.split(), env=env)
                equal(status, 0, header, standard, errors)


main()
