#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo as an impatient reader uses it: what it prints can be typed, a second one is refused, and whoever presses
Ctrl-C again and again or closes the terminal leaves nothing running.

    demo_ends.py --bin BUILD/src/apps
"""
import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "testbed"))
from stack import wait_until  # noqa: E402

TIMEOUT_S = 60


class DemoEnds(unittest.TestCase):
    binaries = ""

    def setUp(self):
        # A short path: HAProxy's sockets lie below it.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="pd-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.addCleanup(self.kill_what_is_left)

    def start(self) -> subprocess.Popen:
        demo = subprocess.Popen(
            [sys.executable, str(ROOT / "tools/demo/demo.py"), "--bin", self.binaries, "--directory", str(self.directory)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )
        self.addCleanup(demo.stdout.close)
        return demo

    def read_until(self, demo: subprocess.Popen, words: str) -> str:
        said = ""
        for line in demo.stdout:
            said += line
            if words in line:
                return said
        self.fail(f"the demo ended before it said {words!r}:\n{said}")

    def left(self) -> dict[int, str]:
        """Command lines of processes that name the demo's directory."""
        found = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_text(errors="replace").replace("\0", " ")
            except OSError:
                continue  # It has just ended.
            if str(self.directory) in line:
                found[int(entry.name)] = line
        return found

    def kill_what_is_left(self) -> None:
        for process in self.left():
            os.kill(process, signal.SIGKILL)

    def press(self, demo: subprocess.Popen, number: int, again: bool) -> None:
        """Until it has ended, if `again`: to everybody in the foreground, as a terminal does it."""
        os.killpg(demo.pid, number)
        wait_until("the end", lambda: demo.poll() is not None or again and os.killpg(demo.pid, number), TIMEOUT_S)
        rest = demo.stdout.read()
        self.assertEqual(demo.returncode, 0, rest)
        self.assertIn("stopped", rest)
        self.assertNotIn("Traceback", rest)
        self.assertEqual(self.left(), {})

    def test_what_it_prints_works_and_ctrl_c_again_and_again_leaves_nothing(self):
        demo = self.start()
        said = self.read_until(demo, "waiting for the next renewal")
        curl = re.search(r"^ +(curl .*)$", said, re.MULTILINE).group(1)
        page = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, timeout=TIMEOUT_S)
        self.assertEqual(page.stdout, "hello from the backend\n", page.stderr)

        second = self.start()
        refused = second.communicate(timeout=TIMEOUT_S)[0]
        self.assertEqual(second.returncode, 1, refused)
        self.assertIn("another one runs", refused)
        self.assertIsNone(demo.poll())

        self.press(demo, signal.SIGINT, again=True)

    def test_a_closed_terminal_leaves_nothing(self):
        demo = self.start()
        self.read_until(demo, "API at")
        self.press(demo, signal.SIGHUP, again=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    arguments, rest = parser.parse_known_args()
    DemoEnds.binaries = arguments.bin
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
