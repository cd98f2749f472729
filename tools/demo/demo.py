#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The main job, before your eyes: one click, then certificates that renew themselves.

Everything is the product itself, driven through `perennial`; --show-commands prints each command. Listens on
loopback only and keeps everything below ./.demo.
"""
import argparse
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "testbed"))
from backend import Backend  # noqa: E402
from service_client import ServiceClient  # noqa: E402
from stack import Options, Stack, StackError, free_port, wait_until  # noqa: E402

NAME = "shop.demo.example"
NODES = {"node-1": "127.0.0.11", "node-2": "127.0.0.12"}
RENEWALS = 2
ENDING = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)

BANNER = """\
Perennial demo. Periods are shortened so that you can watch: a certificate lives 200 s and renews every 70 to 90 s.
Real ones live 90 days and renew between day 51 and day 60. Everything is real otherwise: two HAProxies, two agents,
a control plane, a replica, and clients who look at it from outside."""


class Demo:
    def __init__(self, stack: Stack, colour: bool):
        self.stack = stack
        self.bold, self.plain = ("\033[1m", "\033[0m") if colour else ("", "")
        self.started = time.monotonic()

    def step(self, text: str) -> None:
        print(f"\n{self.bold}[{time.monotonic() - self.started:5.1f} s] {text}{self.plain}", flush=True)

    def say(self, text: str) -> None:
        for line in text.rstrip().splitlines():
            print(f"    {line}", flush=True)

    # --- the parts --------------------------------------------------------------------------------------

    def start(self) -> None:
        self.step("An installation is made and started: identity, certificates, load balancer, audit; and a replica")
        self.stack.start()
        self.say(f"API at {self.stack.url()}, CA hash {self.stack.ca_hash()}")
        if self.stack.console_lines():
            link = self.stack.perennial("user", "link", "administrator", "-o", "name").stdout
            self.say(f"Follow all of this in the console. Chromium trusts it after\n  {self.command_line()} trust install\n"
                     f"and this link signs you in, once:\n  {link.strip()}")

    def command_line(self) -> str:
        return f"{self.stack.binary('perennial')} --config-directory {self.stack.context_directory}"

    def authorities(self) -> None:
        self.step("A root, and an issuing CA below it")
        run = self.stack.perennial
        run("ca", "create", "root", "--name", "demo-root", "--common-name", "Demo Root", "--key", "ecdsa")
        run("ca", "create", "subordinate", "--name", "demo-issuing", "--common-name", "Demo Issuing CA",
            "--issuer", "demo-root", "--key", "ecdsa")
        self.say(run("ca", "list").stdout)

    def certificate(self) -> None:
        self.step("A certificate with a renewal rule")
        run = self.stack.perennial
        run("certificate", "create", "--name", "shop", "--dns", NAME, "--ca", "demo-issuing", "--validity", "PT200S",
            "--renew-every", "PT110S", "--renew-before", "PT20S")
        self.say(run("certificate", "show", "shop").stdout)

    def nodes(self) -> None:
        self.step("Two nodes join a pool, each with a one-time token; each runs an agent beside its HAProxy")
        run = self.stack.perennial
        addresses = [part for address in NODES.values() for part in ("--address", address)]
        run("node-pool", "create", "--name", "edge", *addresses)
        for name, address in NODES.items():
            token = self.stack.perennial_json("node", "token", "create", "--pool", "edge", "--kind", "loadbalancer")
            node = self.stack.join_node(name, address, token["token"])
            self.stack.start_haproxy(node)
            self.stack.start_agent(node)
        self.say(run("node", "list").stdout)

    def click(self, backend: Backend) -> None:
        self.step("A load balancer with one backend, and then the one click: a listener that names the certificate")
        run = self.stack.perennial
        run("lb", "create", "--name", "shop-front", "--pool", "edge")
        run("backend-set", "create", "--lb", "shop-front", "--name", "web")
        run("backend", "add", f"127.0.0.1:{backend.port}", "--lb", "shop-front", "--set", "web")
        self.port = free_port()
        self.say(run("listener", "create", "--lb", "shop-front", "--name", "https", "--port", str(self.port),
                     "--certificate", "shop", "--backend-set", "web").stdout)
        self.root = self.stack.root / "root.pem"
        run("ca", "bundle", "demo-root", "--out", str(self.root))
        for address in NODES.values():
            wait_until(f"{address} to serve", lambda: self.curl(address).returncode == 0, 60)
        line = f"curl --cacert {self.root} --resolve {NAME}:{self.port}:{NODES['node-1']} https://{NAME}:{self.port}/"
        self.say(f"It works on both nodes. Try it:\n  {line}")
        self.say(self.curl(NODES["node-1"]).stdout)

    def curl(self, address: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["curl", "--silent", "--show-error", "--max-time", "5", "--cacert", str(self.root), "--resolve",
             f"{NAME}:{self.port}:{address}", f"https://{NAME}:{self.port}/"],
            capture_output=True, text=True,
        )

    def guard(self) -> None:
        self.step("Deleting what is in use is refused, and says by whom it is used")
        done = self.stack.perennial("certificate", "schedule-deletion", "shop", "--yes", check=False)
        self.say(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")
        if done.returncode != 4:
            raise StackError("the deletion was not refused as a conflict")

    def tony(self) -> None:
        self.step("Evil Tony has stolen the load-balancer service's own credentials")
        certificate = self.stack.perennial_json("certificate", "show", "shop")["id"]
        tony = ServiceClient(self.stack.control / "data" / "credentials" / "load-balancer", self.stack.ca_file(),
                             self.stack.url("identity"))
        url = (f"{self.stack.url('certificates')}/20210224/certificateBundles/{certificate}"
               "?certificateBundleType=CERTIFICATE_CONTENT_WITH_PRIVATE_KEY")
        status, answer = tony.send("GET", url)
        self.say(f"reads the private key:    {status} {answer.get('code')}")
        if status != 404 or "privateKeyPem" in answer:
            raise StackError("Tony read something")
        status, answer = tony.send(
            "POST", self.stack.url("certificates") + "/20260101/associations/actions/attach",
            {"evidence": {"method": "GET", "target": "/20170115/loadBalancers", "headers": [], "body": ""},
             "pairs": [{"certificatesResourceId": certificate, "resourceId": certificate}]},
        )
        self.say(f"attaches without a click: {status} {answer.get('code')}")
        if status < 400:
            raise StackError("Tony attached something")

        def recorded():
            events = self.stack.perennial("audit", "list", "--since", "5m").stdout.splitlines()
            return [line for line in events if "loadbalancer" in line and "AttachAssociations" in line]

        self.say("and it is on record:\n" + "\n".join(wait_until("the audit", recorded, 30)))

    def proxies(self) -> dict:
        return {name: self.worker(node) for name, node in self.stack.nodes.items()}

    def worker(self, node) -> tuple:
        """Pid and reload count, as HAProxy's own master tells them."""
        shown = subprocess.run(
            [sys.executable, str(ROOT / "tools" / "testbed" / "ask_socket.py"), str(node.master_socket), "show proc"],
            capture_output=True, text=True, check=True,
        ).stdout
        rows = [line.split() for line in shown.splitlines()]
        workers = [row[0] for row in rows if len(row) > 2 and row[1] == "worker"]
        reloads = [row[2] for row in rows if len(row) > 2 and row[1] == "master"]
        return workers[:1], reloads

    def watch(self) -> bool:
        self.step(f"Now watch {RENEWALS} renewals. Observers make new handshakes, requests and 20 keep-alive connections")
        before = self.proxies()
        out = self.stack.root / "observer"
        targets = [part for address in NODES.values() for part in ("--target", f"{address}:{self.port}")]
        observer = subprocess.Popen(
            [sys.executable, str(ROOT / "test" / "observer" / "observer.py"), "--ca", str(self.root), "--server-name",
             NAME, *targets, "--out", str(out)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True,
        )
        try:
            observer.stdin.write("keepalives\n")
            observer.stdin.flush()
            self.follow_renewals(RENEWALS)
            observer.communicate("stop\n", timeout=60)
        finally:
            observer.kill()
        return self.count(json.loads((out / "report.json").read_text()), before)

    def follow_renewals(self, count: int) -> None:
        """Shows what `perennial rollout watch` shows, until `count` renewals are complete."""
        command = [self.stack.binary("perennial"), "--config-directory", str(self.stack.context_directory), "rollout",
                   "watch", "shop", "--renewals", str(count), "--timeout", f"{count * 2 + 2}m"]
        self.stack.show(command)
        watching = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            for line in watching.stdout:
                self.say(f"[{time.monotonic() - self.started:5.1f} s] {line}")
        finally:
            if watching.poll() is None:
                watching.terminate()
        if watching.wait() != 0:
            raise StackError(f"`perennial rollout watch` ended with exit status {watching.returncode}")

    def count(self, report: dict, before: dict) -> bool:
        requests = sum(t["requests"] + t["keepalive_requests"] + t["handshakes"] for t in report["targets"])
        broken = sum(t["keepalives_broken"] for t in report["targets"])
        failed = sum(len(t["failures"]) for t in report["targets"])
        leaves = [len(t["leaves"]) for t in report["targets"]]
        after = self.proxies()
        unchanged = after == before
        self.step("What the observers counted")
        for target in report["targets"]:
            seen = " → ".join(leaf["serial"][:8] for leaf in target["leaves"])
            self.say(f"{target['address']}: {target['handshakes']} handshakes, leaves {seen}")
        print(f"\n{failed} of {requests} requests failed · {broken} of 20 keep-alive connections broken · "
              f"HAProxy pid {'unchanged' if unchanged else 'CHANGED'}, "
              f"{'0 reloads' if unchanged else 'RELOADED'} since the last listener change", flush=True)
        return failed == 0 and broken == 0 and unchanged and min(leaves) >= RENEWALS


def claim(directory: pathlib.Path) -> int:
    """The directory, empty, and held by the descriptor that comes back: a second demo would clear it under the first."""
    directory.mkdir(parents=True, exist_ok=True)
    held = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"./dev demo: another one runs in {directory}; end that with Ctrl-C first") from None
    for entry in directory.iterdir():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    return held


def interrupt_once(*unused) -> None:
    """Ctrl-C, a closed terminal, a kill: everything is stopped, and a second Ctrl-C does not cut that short."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__.splitlines()[0])
    parser.add_argument("--exit", action="store_true", help="end after the counts, with exit status 0 or 1")
    parser.add_argument("--show-commands", action="store_true", help="print each command that is run")
    parser.add_argument("--bin", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--directory", default=str(ROOT / ".demo"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()

    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:  # As nohup wants it.
            signal.signal(number, interrupt_once)
    directory = pathlib.Path(arguments.directory)
    held = claim(directory)  # noqa: F841  Until this process ends.
    try:
        print(BANNER, flush=True)
        with Stack(directory, arguments.bin, Options(poll_wait="PT5S")) as stack, Backend() as backend:
            if arguments.show_commands:
                stack.show = lambda command: print("    $ " + " ".join(command), flush=True)
            demo = Demo(stack, sys.stdout.isatty())
            demo.start()
            demo.authorities()
            demo.certificate()
            demo.nodes()
            demo.click(backend)
            demo.guard()
            demo.tony()
            good = demo.watch()
            if arguments.exit:
                return 0 if good else 1
            demo.step("It goes on renewing. Ctrl-C ends it and leaves nothing running")
            demo.say(f"Look around in another terminal: {demo.command_line()} status")
            while True:
                demo.follow_renewals(1)
    except KeyboardInterrupt:
        print("\nstopped", flush=True)
        return 0
    except StackError as error:
        print(f"\nThe demo failed: {error}\nLogs are in {directory / 'logs'}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
