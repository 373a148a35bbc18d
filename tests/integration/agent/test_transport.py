#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The way to the directory: TLS and whom it trusts, HTTP/2 through nghttpx, proxies, and connections that die."""
import json
import os
import signal
import socket
import ssl
import sys
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import harness
from harness import ALICE, SCID, check, equal, variants, wait_until

JOIN = {"members": {"me": {"properties": {"system": {"active": True}}}}}
NGHTTPX = next((path for path in ("/usr/sbin/nghttpx", "/usr/bin/nghttpx") if os.path.exists(path)), "nghttpx")


# ---- Certificates

def openssl(world, *arguments):
    status, _, errors = world.run("openssl", *arguments)
    equal(status, 0, "openssl", *arguments, errors)


def authority(world, name="authority"):
    """A certificate authority of the test's own: the file of its certificate."""
    path = world.path(f"{name}.pem")
    openssl(world, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-keyout", world.path(f"{name}.key"), "-out", path, "-subj", f"/CN={name} of a test")
    return path


def certificate(world, signer="authority", names="DNS:localhost,IP:127.0.0.1", days=2, name="server"):
    """A server's certificate by that authority: (certificate, key)."""
    request, key, extensions = world.path(f"{name}.csr"), world.path(f"{name}.key"), world.path(f"{name}.ext")
    with open(extensions, "w", encoding="utf-8") as file:
        file.write(f"subjectAltName={names}\n")
    openssl(world, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
            request, "-subj", "/CN=server of a test")
    openssl(world, "x509", "-req", "-in", request, "-CA", world.path(f"{signer}.pem"), "-CAkey", world.path(f"{signer}.key"),
            "-CAcreateserial", "-days", str(days), "-extfile", extensions, "-out", world.path(f"{name}.pem"))
    return world.path(f"{name}.pem"), key


# ---- nghttpx in front of the directory, and what it saw

class Front:
    """nghttpx: TLS and HTTP/2 outside, plain HTTP/1.1 to the directory. Its port stays open while it is away, so that no
    other process takes it; whoever connects meanwhile waits."""

    def __init__(self, world, server):
        self.world = world
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.url = f"https://localhost:{self.port}"
        self.log = world.path("access.log")
        self.backend = world.url.rsplit(":", 1)[1]
        world.connections.append(self)  # closed with the test's world
        self.starts = 0
        self.start(server)

    def start(self, server):
        certificate_file, key = server
        self.starts += 1
        self.process = self.world.child(
            [NGHTTPX, "--conf=/dev/null", "--single-process", "--no-ocsp", f"--frontend=127.0.0.1,{self.port}",
             f"--backend=127.0.0.1,{self.backend}", f"--accesslog-file={self.log}",
             "--accesslog-format=$alpn $remote_port $status $request", "--errorlog-file=/dev/stderr", key, certificate_file],
            f"nghttpx-{self.starts}", env={**self.world.env, "NGHTTPX_ACCEPT_1": f"tcp,{self.listener.fileno()}"},
            pass_fds=(self.listener.fileno(),))
        wait_until(lambda: "Listening on" in self.process.log() or self.process.process.poll() is not None, "nghttpx starts")
        check(self.process.process.poll() is None, "nghttpx does not start:", self.process.log())

    def close(self):
        self.listener.close()

    def requests(self, method="PUT"):
        """(protocol, port of the client, status) of each request that was answered."""
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as file:
            rows = [line.split(" ", 3) for line in file if line.endswith("\n")]
        return [(row[0], row[1], int(row[2])) for row in rows if row[3].startswith(method + " ")]


def configure(world, text):
    path = world.path("agent.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def start_agent(world, url, ca_file=None, more=""):
    """An agent for that URL which trusts that authority."""
    lines = [f"CaFile={ca_file}"] if ca_file else []
    config = configure(world, "\n".join(["[Directory]", *lines, more, "[Limits]", "Burst=0", "Sustained=0", ""]))
    world.start_agent("--config", config, "--directory-url", url)
    return world.connect()


def start(world):
    """The directory, nghttpx and the agent: what the tests of HTTP/2 begin with."""
    ca_file = authority(world)
    world.start_directory()
    front = Front(world, certificate(world))
    return start_agent(world, front.url, ca_file), front, ca_file


def over_tls(world):
    """The directory's own TLS, with its control interface as before: the authority's certificate."""
    ca_file = authority(world)
    context = ssl.create_default_context(cafile=ca_file)

    def control(verb, what, body=None):
        data = json.dumps(body).encode() if body is not None else (b"" if verb == "POST" else None)
        request = urllib.request.Request(f"{world.url}/control/{what}", data=data, method=verb)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        with opener.open(request, timeout=harness.LIMIT) as reply:
            return reply.read().decode()

    world.control = control
    world.tls = ["--tls", *certificate(world)]
    world.start_directory(*world.tls)
    check(world.url.startswith("https://"), world.url)
    return ca_file


# ---- Writes

def write(connection, name, document, mode="update-existing", **options):
    text = json.dumps(document)
    return connection.root("WriteSession", "sssssa{sv}", SCID, "quickmatch", name, mode, text,
                           variants(account=ALICE, **options))


def custom(value):
    return {"properties": {"custom": {"n": value}}}


def applied(connection, path):
    result = connection.wait_completed(path, 60)
    equal(result["outcome"], "applied", result)
    return result


def puts(world, name):
    """What the directory saw of the writes to one session."""
    return [row for row in world.requests() if row["method"] == "PUT" and row["path"].endswith(f"/{name}")]


def commits(world, name):
    return [row for row in world.commits() if row["session"]["name"] == name]


def test_a_write_goes_over_http_2(world):
    connection, front, _ = start(world)
    applied(connection, write(connection, "game", JOIN, "create-new"))
    result = applied(connection, write(connection, "game", custom(1)))
    check('"n":1' in result["session"] and result["etag"], result)
    large = "x" * 900000
    applied(connection, write(connection, "game", custom(large)))
    check(large in json.dumps(commits(world, "game")[-1]), "a large document over HTTP/2 is not whole")
    equal([row[0] for row in front.requests()], ["h2"] * 3, "not by HTTP/2")
    equal(len({row[1] for row in front.requests()}), 1, "connections")
    world.stop_agent()


def test_many_writes_at_once_share_one_connection(world):
    connection, front, _ = start(world)
    world.directory.process.send_signal(signal.SIGSTOP)
    paths = [write(connection, f"game-{number}", JOIN, "create-new", deadline_usec=120000000) for number in range(60)]
    # All are under way before the first is answered.
    wait_until(lambda: len(connection.root("ListRequests", "a{sv}", variants(state="sending"))) == 60, "all are being sent")
    world.directory.process.send_signal(signal.SIGCONT)
    for path in paths:
        applied(connection, path)
    equal(len(world.commits()), 60)
    wait_until(lambda: len(front.requests()) == 60, "nghttpx has told of all")
    equal({row[0] for row in front.requests()}, {"h2"})
    equal(len({row[1] for row in front.requests()}), 1, "connections for 60 writes at once")
    world.stop_agent()


def refused(world, url, ca_file, *words):
    """A write to that URL is not sent, and its end tells why and what to change."""
    connection = start_agent(world, url, ca_file)
    before = len(world.requests())
    path = write(connection, "game", JOIN, "create-new", when_offline="fail")
    result = connection.wait_completed(path, 60)
    equal((result["outcome"], result["applied"], result["error"]), ("expired", "no", "offline"), result)
    for word in (*words, "Nothing was written"):
        check(word in result["message"], f"{word!r} is not in: {result['message']}")
    # One that may wait says so while it waits.
    path = write(connection, "game", JOIN, "create-new", deadline_usec=120000000)
    reason = wait_until(lambda: connection.properties(path)["LastError"], "it was tried")
    check(words[0] in reason, reason)
    # Between two attempts, of which another one may just be under way.
    wait_until(lambda: connection.properties(path)["State"] == "waiting", "it waits")
    check(not [row for row in world.requests()[before:] if row["method"] == "PUT"], "something was sent")
    check("alice-token" not in json.dumps(result) + reason + world.agent.log(), "a token was told")
    return connection, path


def test_a_certificate_of_another_authority_is_refused(world):
    ca_file = authority(world)
    authority(world, "other")
    world.start_directory()
    front = Front(world, certificate(world, signer="other"))
    connection, path = refused(world, front.url, ca_file, "certificate", "CaFile=", "agent.conf")
    equal(front.requests(), [])
    # With the right certificate in place the same write goes on by itself.
    front.process.kill9()
    front.start(certificate(world))
    applied(connection, path)
    equal(len(world.commits()), 1)
    world.stop_agent()


def test_a_certificate_of_another_host_is_refused(world):
    ca_file = authority(world)
    world.start_directory()
    front = Front(world, certificate(world, names="DNS:directory.test,IP:127.0.0.2"))
    refused(world, front.url, ca_file, "certificate", "host name", "localhost")
    equal(front.requests(), [])
    world.stop_agent()


def test_a_certificate_that_has_expired_is_refused(world):
    ca_file = authority(world)
    world.start_directory()
    front = Front(world, certificate(world, days=-1))
    refused(world, front.url, ca_file, "certificate", "expired", "clock")
    equal(front.requests(), [])
    world.stop_agent()


def test_an_unknown_authority_is_refused(world):
    """Without CaFile= the system's authorities count, and a test's own is none of them."""
    over_tls(world)
    refused(world, world.url, None, "certificate", "CaFile=", "agent.conf")
    world.stop_agent()


def test_a_ca_file_that_is_none_is_told(world):
    authority(world)
    world.start_directory()
    front = Front(world, certificate(world))
    path = world.path("no-certificates.pem")
    with open(path, "w", encoding="utf-8") as file:
        file.write("no certificate\n")
    refused(world, front.url, path, "certificate", "CaFile=", "no-certificates.pem")
    world.stop_agent()
    config = configure(world, "[Directory]\nCaFile=/nowhere/ca.pem\n")
    agent = world.spawn_agent("--config", config, name="misconfigured")
    equal(agent.wait(), 78, agent.log())
    check("CaFile=/nowhere/ca.pem" in agent.log(), agent.log())


def test_the_directorys_own_tls(world):
    ca_file = over_tls(world)
    connection = start_agent(world, world.url, ca_file)
    applied(connection, write(connection, "game", JOIN, "create-new"))
    applied(connection, write(connection, "game", custom(1)))
    equal(len(commits(world, "game")), 2)
    equal(connection.call(harness.ROOT, "org.freedesktop.DBus.Properties", "Get", "ss", (harness.IFACE, "DirectoryUrl")),
          (("s", world.url),))
    world.stop_agent()


# ---- One transfer is one delivery

def lose_the_answer(world, path_name, fault, cut, make):
    """Makes a write whose answer gets lost after the directory has done it: cut() breaks the way and mends it."""
    world.fault(fault, method="PUT", path=f"/{path_name}", count=1, **({"apply": True} if fault == "F1" else {}))
    before = len(commits(world, path_name))
    path = make()
    wait_until(lambda: len(commits(world, path_name)) > before, "the directory has the write")
    cut()
    return path


def judge_lost_answers(world, connection, cut, fault="F1"):
    """Writes on a kept-alive connection that dies under them: libcurl, or a proxy, would like to send them again."""
    applied(connection, write(connection, "plain", JOIN, "create-new"))
    applied(connection, write(connection, "plain", custom(0)))
    path = lose_the_answer(world, "plain", fault, cut,
                           lambda: write(connection, "plain", custom(1), deadline_usec=120000000))
    result = connection.wait_completed(path, 90)
    equal((result["outcome"], result["applied"], result["resolved"]), ("applied", "yes", True), result)
    # The next one goes on as ever; by now a second delivery would show, even one without effect.
    applied(connection, write(connection, "plain", custom(2), deadline_usec=120000000))
    deltas = [row["delta"] for row in commits(world, "plain")]
    equal(deltas[1:], [custom(0), custom(1), custom(2)], "what was written, each once and in order")

    path = lose_the_answer(world, "fresh", fault, cut,
                           lambda: write(connection, "fresh", JOIN, "create-new", deadline_usec=120000000))
    result = connection.wait_completed(path, 90)
    equal((result["outcome"], result["applied"], result["resolved"]), ("applied", "yes", True), result)
    equal(len(commits(world, "fresh")), 1, "a conditional write is applied once, however often it is sent")


def test_one_delivery_when_the_proxy_dies(world):
    connection, front, _ = start(world)

    def cut():
        front.process.kill9()
        front.start((world.path("server.pem"), world.path("server.key")))

    judge_lost_answers(world, connection, cut)
    equal(len(puts(world, "plain")), 4, "an unconditional write was sent twice")
    equal([row["status"] for row in puts(world, "fresh")], [0, 412])
    world.stop_agent()


def test_one_delivery_when_the_directory_dies_behind_the_proxy(world):
    connection, front, ca_file = start(world)
    context = ssl.create_default_context(cafile=ca_file)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))

    def open_again():
        try:
            opener.open(f"{front.url}/control/commits", timeout=harness.LIMIT).close()
        except OSError:  # nghttpx answers 503 while it waits before it tries the directory again
            return False
        return True

    def cut():
        world.directory.kill9()
        world.restart_directory()
        wait_until(open_again, "nghttpx finds the directory again")

    judge_lost_answers(world, connection, cut)
    equal({row[0] for row in front.requests()}, {"h2"})
    world.stop_agent()


def test_one_delivery_over_the_directorys_own_tls(world):
    ca_file = over_tls(world)
    connection = start_agent(world, world.url, ca_file)

    def cut():
        world.directory.kill9()
        world.restart_directory(*world.tls)

    judge_lost_answers(world, connection, cut)
    world.stop_agent()


def test_one_delivery_when_tls_ends_without_an_answer(world):
    ca_file = over_tls(world)
    connection = start_agent(world, world.url, ca_file)
    judge_lost_answers(world, connection, lambda: None, fault="F2")
    equal(len(puts(world, "plain")), 4, "an unconditional write was sent twice")
    # A kept-alive connection that ends before the request is read.
    world.fault("F11", count=1)
    applied(connection, write(connection, "stale", JOIN, "create-new", deadline_usec=120000000))
    equal(len(commits(world, "stale")), 1)
    world.stop_agent()


# ---- Proxies

def test_loopback_never_goes_through_a_proxy(world):
    """Neither the environment's nor agent.conf's: it would get the token."""
    ca_file = authority(world)
    world.start_directory()
    front = Front(world, certificate(world))
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        proxy = f"http://127.0.0.1:{trap.getsockname()[1]}"
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            world.env[name] = proxy
        for number, url in enumerate((world.url, world.url.replace("127.0.0.1", "localhost"), front.url)):
            connection = start_agent(world, url, ca_file, f"Proxy={proxy}")
            applied(connection, write(connection, f"game-{number}", JOIN, "create-new"))
            world.stop_agent()
        try:
            trap.accept()
        except BlockingIOError:
            return
        raise harness.Failure("the proxy was used")


if __name__ == "__main__":
    harness.main()
