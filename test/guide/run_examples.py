#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the example of each `perennial COMMAND --help`, as it stands there, against real processes.

    run_examples.py --bin BUILD/src/apps

The order is that of a life: what the examples name is made by examples before them. A command that is in the help
but not here fails the test, so that a new one gets its place.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "testbed"))
from backend import Backend  # noqa: E402
from stack import Options, Stack, free_port, wait_until  # noqa: E402

TIMEOUT_S = 120
# Not run, and why.
LEFT_OUT = {
    "trust install": "test/console runs it, in a home of its own",
    "session end": "only a browser opens a session; test/console ends one",
}
ADDRESS = "127.0.0.1"


class Examples(unittest.TestCase):
    binaries = ""

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="pe-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.ran: set[str] = set()

    # --- running ------------------------------------------------------------------------------------------

    def environment(self) -> dict:
        config = self.directory / "config"
        config.mkdir(exist_ok=True)
        link = config / "perennial"
        if not link.exists():
            link.symlink_to(self.stack.context_directory)
        path = f"{pathlib.Path(self.stack.binary('perennial')).parent}:{os.environ['PATH']}"
        kept = {name: os.environ[name] for name in ("ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ}
        return {**kept, "PATH": path, "HOME": str(self.directory), "XDG_CONFIG_HOME": str(config), "LANG": "C.UTF-8",
                **self.words}

    def shell(self, line: str) -> subprocess.CompletedProcess:
        return subprocess.run(["bash", "-c", line], cwd=self.directory, env=self.environment(), capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S)

    def example_of(self, command: str) -> str:
        text = self.shell(f"perennial {command} --help").stdout
        example = text[text.rindex("\nexample:\n") :].strip().splitlines()[1].strip()
        return self.with_ports(example)

    def with_ports(self, example: str) -> str:
        """443 is not everybody's to bind, and 8643 may be taken."""
        return re.sub(r"--port \d+", f"--port {self.port}", example).replace("https://localhost:8643", self.stack.url())

    def run_example(self, command: str, status: int = 0) -> str:
        example = self.example_of(command)
        done = self.shell(example)
        self.ran.add(command)
        self.assertEqual(done.returncode, status, f"{example}\n{done.stdout}{done.stderr}")
        if status:
            self.assertIn("next:", done.stderr, example)
        return done.stdout

    def run_examples(self, *commands: str) -> None:
        for command in commands:
            self.run_example(command)

    def ours(self, line: str) -> str:
        """What is no example but must be so for the next one."""
        done = self.shell(line)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    @contextlib.contextmanager
    def a_new_rollout(self):
        """A renewal is ordered, and made a moment later."""
        def count() -> int:
            return len(json.loads(self.ours("perennial rollout list --certificate shop -o json"))["items"])

        before = count()
        yield
        wait_until("the rollout to begin", lambda: count() > before, TIMEOUT_S)

    # --- the life -----------------------------------------------------------------------------------------

    def test_each_example_of_the_help_runs(self):
        self.words: dict[str, str] = {}
        self.port = free_port()
        with Stack(self.directory / "s", self.binaries, Options(poll_wait="PT5S")) as self.stack, Backend():
            self.stack.start()
            self.speak()
            self.certify()
            self.serve()
            self.roll()
            self.meet_people()
            self.clear_away()
            self.judge_completeness()

    def speak(self):
        self.run_examples("whoami", "context list", "completion bash", "completion zsh", "api", "trust show")
        self.run_example("audit verify", status=2)  # Says where it is done instead.

    def certify(self):
        self.run_examples("ca create root", "ca create issuing", "ca list", "ca show", "ca bundle",
                          "certificate create", "certificate list", "certificate show", "certificate versions",
                          "certificate bundle")

    def serve(self):
        self.run_examples("node-pool create", "node-pool list", "node token create")
        token = self.ours("perennial node token create --pool edge --kind loadbalancer -o name")
        self.node = self.stack.join_node("edge-1", ADDRESS, token)
        self.stack.start_haproxy(self.node)
        self.stack.start_agent(self.node)
        self.run_examples("node list", "node show", "node poll-now", "load-balancer create", "load-balancer list",
                          "load-balancer show", "backend-set create", "backend-set update",
                          "backend-set list", "backend add",
                          "backend list", "backend remove", "listener create", "listener list", "work-request list",
                          "work-request show", "association list", "association show", "certificate associations",
                          "why", "status")
        wait_until("version 1 to be proved", self.proves, TIMEOUT_S, pause_s=0.3)

    def proves(self) -> bool:
        return "timeProved" in self.stack.run(
            self.stack.binary("perennial-agent"), "status", "--config", str(self.node.directory / "agent.toml"), "-o",
            "json", check=False).stdout

    def roll(self):
        # Without an agent a rollout stays where it is long enough to be held.
        self.node.agent.stop()
        with self.a_new_rollout():
            self.run_example("certificate renew")
        self.run_examples("rollout list", "rollout show", "rollout pause", "rollout resume")
        watch = subprocess.Popen(["bash", "-c", self.example_of("rollout watch")], cwd=self.directory,
                                 env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(watch.kill)
        first = watch.stdout.readline()
        self.assertIn("issued", first)
        self.stack.start_agent(self.node)
        out, err = watch.communicate(timeout=TIMEOUT_S)
        self.ran.add("rollout watch")
        self.assertEqual(watch.returncode, 0, first + out + err)
        times = [line.split()[0] for line in (first + out).splitlines()]
        self.assertEqual(times, sorted(times), "told in the order of time")

        self.node.agent.stop()
        with self.a_new_rollout():
            self.ours("perennial certificate renew shop")
        self.run_example("rollout rollback")
        self.stack.start_agent(self.node)
        self.run_example("certificate promote")

    def meet_people(self):
        self.ours("openssl genrsa -out key.pem 2048 && openssl pkey -in key.pem -pubout -out public.pem")
        self.run_examples("compartment create", "compartment list", "user create", "user list", "group create",
                          "group list", "group add-user", "policy create", "policy list", "api-key upload",
                          "api-key list", "user link", "session list")
        me = dict(line.split(":", 1) for line in self.ours("perennial whoami").splitlines() if ":" in line)
        self.words = {
            "CA_HASH": self.stack.ca_hash(),
            "TENANCY": me["tenancy"].split()[0],
            "USER_OCID": self.ours("perennial user list -o json | python3 -c 'import json,sys; print(next("
                                   "u[\"id\"] for u in json.load(sys.stdin) if u[\"name\"] == \"dana\"))'"),
        }
        before = self.ours("perennial context list -o name | head -n 1")
        self.run_example("login")
        self.ours(self.example_of("login").replace(" --context dana", ""))
        self.run_examples("context use", "logout")
        self.ours(f"perennial context use {before}")
        self.run_examples("api-key delete", "policy delete", "audit list", "audit status")

    def clear_away(self):
        self.run_examples("listener update", "association force-detach", "listener delete", "backend-set delete",
                          "load-balancer delete")
        wait_until("nobody to use the certificate", lambda: not self.ours("perennial association list -o name"),
                   TIMEOUT_S)
        self.run_examples("certificate schedule-deletion", "certificate cancel-deletion", "node drain", "node remove")

    def judge_completeness(self):
        help_text = self.shell("perennial --help").stdout.split("for every command:")[0]
        listed = {match.group(1) for match in re.finditer(r"^  ([a-z][a-z -]*?)  ", help_text, re.MULTILINE)}
        self.assertGreater(len(listed), 50)
        self.assertEqual(listed - self.ran - set(LEFT_OUT), set(), "commands whose example was not run")
        self.assertEqual(self.ran - listed, set())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    arguments, rest = parser.parse_known_args()
    Examples.binaries = arguments.bin
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
