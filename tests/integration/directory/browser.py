# SPDX-License-Identifier: MIT
"""A real browser without a window, Chromium, moved by mouse and keys through its DevTools protocol on two pipes."""
import json
import os
import select
import signal
import subprocess
import tempfile
import time

from support import _die_with_parent, true

# A browser takes its time to start on a machine that is busy.
PATIENCE = 90


class Browser:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        command_read, self.write = os.pipe()
        self.read, answer_write = os.pipe()

        def prepare():
            # It reads its commands from 3 and writes its answers to 4; the ends here may lie there themselves.
            ends = os.dup2(command_read, 20), os.dup2(answer_write, 21)
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)
            _die_with_parent()
        self.process = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--no-proxy-server", "--remote-debugging-pipe",
             "--user-data-dir=" + self.folder.name, "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=prepare,
            close_fds=False, start_new_session=True, env={**os.environ, "HOME": self.folder.name})
        os.close(command_read)
        os.close(answer_write)
        self.number, self.buffer, self.events, self.session = 0, b"", [], None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")

    def message(self, end):
        """The next message, waiting until @end."""
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read], [], [], max(0, end - time.monotonic()))
            true(ready, "the browser does not answer")
            more = os.read(self.read, 65536)
            true(more, "the browser ended")
            self.buffer += more
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.write, json.dumps(command).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while True:
            message = self.message(end)
            if message.get("id") == self.number:
                true("error" not in message, f"{method}: {message}")
                return message["result"]
            self.events.append(message.get("method"))

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        true("exceptionDetails" not in result, result)
        return result["result"].get("value")

    def wait_loaded(self):
        """Waits for the page that the calls since the events were forgotten lead to."""
        end = time.monotonic() + PATIENCE
        while "Page.loadEventFired" not in self.events:
            self.events.append(self.message(end).get("method"))

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        self.wait_loaded()

    def click(self, selector, leads_on=False):
        """A click of the mouse into the middle of what @selector finds. @leads_on: to another page."""
        where = self.evaluate(f"(e => {{e.scrollIntoView(); const r = e.getBoundingClientRect(); return "
                              f"[r.x + r.width / 2, r.y + r.height / 2]}})(document.querySelector({selector!r}))")
        self.events.clear()
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=where[0], y=where[1], button="left", clickCount=1)
        if leads_on:
            self.wait_loaded()

    def type(self, text):
        """Key by key, where the cursor is."""
        for letter in text:
            self.call("Input.dispatchKeyEvent", type="keyDown", text=letter, key=letter)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=letter)

    def text(self):
        return self.evaluate("document.body.innerText")

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(PATIENCE)
        for end in (self.read, self.write):
            os.close(end)

    def kill(self):
        """After a failure: all of its processes, which are a group of their own."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)
