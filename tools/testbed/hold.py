#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds a whole Perennial of real processes while something else uses it.

    hold.py --bin BUILD/src/apps [--split] [--nodes N] [--root DIR] [-- COMMAND …]

With a COMMAND it runs that, with the stack described in PERENNIAL_STACK (JSON) and the platform CA in
NODE_EXTRA_CA_CERTS, and ends with its exit status. Without one it prints the JSON and holds until standard
input closes. Two tenancies are there, acme and globex, each with an administrator's context.

Commands for the running stack are JSON objects, one a connection, to the Unix socket named in the JSON:
{"do": "join", "name", "address", "token"}, {"do": "stop" | "kill", "process"}, {"do": "restart", "role"},
{"do": "agent", "node"}, {"do": "perennial", "arguments", "context"}. The answer is {"ok": …} or {"error": …}.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from stack import ROLES, Options, Stack, StackError, node_environment  # noqa: E402

TENANCIES = ("acme", "globex")
DEFECTS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:", "CHECK failed", "terminate called")


class Holder:
    def __init__(self, stack: Stack, nodes: int):
        self.stack = stack
        self.nodes = nodes
        self.lock = threading.Lock()
        self.socket_path = stack.root / "hold.sock"

    def start(self) -> None:
        stack = self.stack
        stack.init()
        # Before the daemon runs, so that its first view of identity has both.
        stack.run(
            stack.binary("perenniald"), "tenancy", "create", "--name", TENANCIES[1],
            "--config", str(self.identity_config()), "--context-directory", str(stack.context_directory),
        )
        stack.start_control_plane()
        if self.nodes:
            self.join_nodes()

    def identity_config(self) -> pathlib.Path:
        return self.stack.control / "identity.toml"

    def join_nodes(self) -> None:
        addresses = [f"127.0.0.{n + 1}" for n in range(self.nodes)]
        flags = [word for address in addresses for word in ("--address", address)]
        self.stack.perennial("node-pool", "create", "--name", "edge", *flags)
        for n, address in enumerate(addresses):
            token = self.stack.perennial_json("node", "token", "create", "--pool", "edge")["token"]
            self.join(f"edge-{n + 1}", address, token)

    def join(self, name: str, address: str, token: str) -> dict:
        node = self.stack.join_node(name, address, token)
        self.stack.start_haproxy(node)
        self.stack.start_agent(node)
        return self.describe_node(node)

    @staticmethod
    def describe_node(node) -> dict:
        return {"name": node.name, "address": node.address, "directory": str(node.directory)}

    def describe(self) -> dict:
        stack = self.stack
        listed = json.loads((stack.context_directory / "contexts.json").read_text())["contexts"]
        contexts = {context["name"]: context for context in listed if context["name"] in TENANCIES}
        for context in contexts.values():  # Paths in the file are relative to it.
            for field in ("keyFile", "caFile"):
                context[field] = str(stack.context_directory / context[field])
        chosen = contexts[TENANCIES[0]]
        alone = not stack.options.one_process
        data = {
            role: str(stack.control / ("data" if role == "identity" or not alone and role != "replica"
                                       else f"data-{role}"))
            for role in ROLES
        }
        return {
            "endpoints": stack.endpoints(),
            "caFile": str(stack.ca_file()),
            "tenancyId": chosen["tenancyId"],
            "userId": chosen["userId"],
            "fingerprint": chosen["fingerprint"],
            "keyFile": chosen["keyFile"],
            "contexts": contexts,
            "programs": {name: stack.binary(name) for name in ("perennial", "perenniald", "perennial-agent")},
            "configDirectory": str(stack.context_directory),
            "root": str(stack.root),
            "databaseUrl": stack.postgres.url if stack.postgres else None,
            "data": data,
            "credentials": {role: str(pathlib.Path(data[role]) / "credentials" / role)
                            for role in ROLES if role != "identity"},
            "nodes": [self.describe_node(node) for node in stack.nodes.values()],
            "socket": str(self.socket_path),
        }

    # --- commands -------------------------------------------------------------------------------------

    def obey(self, order: dict):
        stack, what = self.stack, order["do"]
        if what == "join":
            return self.join(order["name"], order["address"], order["token"])
        if what in ("stop", "kill"):
            process = stack.processes.pop(order["process"])
            process.stop() if what == "stop" else process.kill()
            return True
        if what == "restart":
            role = order["role"]
            groups = [(role,)] if not stack.options.one_process or role == "replica" else [ROLES[:4]]
            if role in stack.processes:
                stack.processes.pop(role).stop()
            stack.start_role(groups[0])
            stack.wait_ready(groups[0][0])
            return True
        if what == "agent":
            stack.start_agent(stack.nodes[order["node"]])
            return True
        if what == "perennial":
            done = stack.perennial(*order["arguments"], check=False, context=order.get("context"))
            return {"status": done.returncode, "out": done.stdout, "err": done.stderr}
        raise StackError(f"unknown order {what!r}")

    def serve_one(self, connection: socket.socket) -> None:
        with connection:
            text = connection.makefile("r").readline()
            try:
                with self.lock:
                    answer = {"ok": self.obey(json.loads(text))}
            except Exception as error:  # Whatever went wrong is the asking test's to show.
                answer = {"error": f"{type(error).__name__}: {error}"}
            try:
                connection.sendall((json.dumps(answer) + "\n").encode())
            except OSError:
                pass

    def listen(self) -> None:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.socket_path))
        listener.listen(16)

        def loop():
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self.serve_one, args=(connection,), daemon=True).start()

        threading.Thread(target=loop, daemon=True).start()

    def defects(self) -> list[str]:
        """What a test cannot see: reports of sanitizers, and crashes."""
        found = []
        for log in sorted(self.stack.logs.glob("*.log")):
            text = log.read_text(errors="replace")
            at = min((text.find(word) for word in DEFECTS if word in text), default=-1)
            if at >= 0:
                found.append(f"--- {log.name}\n{text[max(0, at - 500):at + 4000]}")
        return found

    def show_logs(self) -> None:
        for log in sorted(self.stack.logs.glob("*.log")):
            tail = log.read_text(errors="replace")[-2000:]
            if tail.strip():
                print(f"--- {log.name}\n{tail}", file=sys.stderr)


def run_command(command: list[str], description: dict, timeout_s: float) -> int:
    env = node_environment(description["caFile"]) | {"PERENNIAL_STACK": json.dumps(description)}
    child = subprocess.Popen(command, env=env)
    try:
        return child.wait(timeout_s)
    except subprocess.TimeoutExpired:
        print(f"hold.py: {command[0]} was still running after {timeout_s:.0f} s", file=sys.stderr)
        return 124
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description="Holds a Perennial of real processes.")
    parser.add_argument("--bin", required=True, help="folder with perenniald/, perennial_agent/, perennial/")
    parser.add_argument("--root", help="where everything goes; default: a temporary directory, removed at the end")
    parser.add_argument("--split", action="store_true", help="one process a role")
    parser.add_argument("--nodes", type=int, default=0, help="join this many nodes to a pool called edge")
    parser.add_argument("--renewal-interval-min", default="PT20S")
    parser.add_argument("--log-level", default="info")
    parser.add_argument("--timeout", type=float, default=280, help="seconds that COMMAND may take")
    parser.add_argument("command", nargs="*")
    options = parser.parse_args()

    # SystemExit unwinds through the stack, which stops its processes.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    root = options.root or tempfile.mkdtemp(prefix="perennial-")
    status = 1
    try:
        with Stack(root, options.bin, Options(one_process=not options.split, log_level=options.log_level,
                                              renewal_interval_min=options.renewal_interval_min)) as stack:
            holder = Holder(stack, options.nodes)
            try:
                holder.start()
                holder.listen()
                description = holder.describe()
                if options.command:
                    status = run_command(options.command, description, options.timeout)
                else:
                    print(json.dumps(description), flush=True)
                    sys.stdin.read()
                    status = 0
            finally:
                processes = list(stack.processes.values())
                stack.stop()  # How a process ends, and what it says then, counts too.
                defects = holder.defects()
                defects += [f"{process.name} ended with {process.child.returncode}" for process in processes
                            if process.child.returncode not in (0, 143, -15) and not process.name.startswith("haproxy")]
                if defects:
                    status = status or 1
                    print("\n".join(["hold.py: a process of the stack was not well", *defects]), file=sys.stderr)
                elif status != 0:
                    holder.show_logs()
    except StackError as error:
        print(f"hold.py: {error}", file=sys.stderr)
    if not options.root and status == 0:
        shutil.rmtree(root, ignore_errors=True)
    elif status != 0:
        print(f"hold.py: everything is kept in {root}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
