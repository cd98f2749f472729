# SPDX-License-Identifier: Apache-2.0
"""A whole Perennial on loopback, of real processes: for the demo and for tests across processes.

    with Stack(root, binaries) as stack:
        stack.start()
        stack.perennial("ca", "list")

Everything lies below `root`; leaving the block stops every process that was started.
"""
from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import evidence  # noqa: E402
from postgres import Postgres  # noqa: E402

ROLES = ("identity", "certificates", "load-balancer", "audit", "replica")


class StackError(RuntimeError):
    """Something did not start, or a command failed; the message holds the end of its log."""


PORTS = range(20000, 32000)  # Below the range that outgoing connections draw from.
PORTS_A_BLOCK = 100
_ports = iter(())
_blocks = []  # Held as long as this process lives; nothing stays behind.


def _claim_ports() -> range:
    """A block of ports that no other testbed of this machine draws from meanwhile."""
    starts = list(PORTS)[::PORTS_A_BLOCK]
    random.shuffle(starts)
    for start in starts:
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0perennial-ports-{start}")  # A name without a file, known where the ports are.
        except OSError:
            claim.close()
            continue
        _blocks.append(claim)
        return range(start, start + PORTS_A_BLOCK)
    raise StackError("every block of ports is taken: too many testbeds run at once")


def free_port(address: str = "127.0.0.1") -> int:
    """A port that nothing listens on, and that is given once: to whom it was given may bind it later."""
    global _ports
    while True:
        port = next(_ports, None)
        if port is None:
            _ports = iter(_claim_ports())
            continue
        with socket.socket() as probe:
            try:
                probe.bind((address, port))
            except OSError:
                continue
        return port


def wait_until(what: str, ready, timeout_s: float = 30.0, pause_s: float = 0.05):
    """Calls `ready` until it returns something true, and returns that."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = ready()
        if value:
            return value
        if time.monotonic() > deadline:
            raise StackError(f"gave up after {timeout_s:.0f} s waiting for {what}")
        time.sleep(pause_s)


class Process:
    """A child with its log in a file."""

    def __init__(self, name: str, command: list[str], log: pathlib.Path, env: dict | None = None):
        self.name = name
        self.command = command
        self.log = log
        with log.open("ab") as out:
            self.child = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=env, start_new_session=True
            )

    def running(self) -> bool:
        return self.child.poll() is None

    def check(self) -> None:
        if not self.running():
            tail = self.log.read_text(errors="replace")[-3000:]
            raise StackError(f"{self.name} ended with status {self.child.returncode}:\n{tail}")

    def kill(self) -> None:
        if self.running():
            self.child.kill()
        self.child.wait()

    def stop(self, timeout_s: float = 10.0) -> None:
        if self.running():
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        try:  # What it left behind in its own session, such as workers of a proxy.
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


@dataclasses.dataclass
class Node:
    name: str
    address: str  # Where its listeners bind.
    directory: pathlib.Path
    agent: Process | None = None
    haproxy: Process | None = None

    @property
    def haproxy_config(self) -> pathlib.Path:
        return self.directory / "haproxy" / "haproxy.cfg"

    @property
    def master_socket(self) -> pathlib.Path:
        return self.directory / "haproxy" / "master.sock"


@dataclasses.dataclass
class Options:
    one_process: bool = True  # False: one process a role.
    replicas: int = 1  # Those beside the first are called replica-2, replica-3, …
    renewal_interval_min: str = "PT20S"
    poll_wait: str = "PT5S"
    log_level: str = "info"
    # Every process started here writes what it reads and writes, decrypted, below taps/ (proof builds, src/net/tap.h).
    tapped: bool = False
    # SQLite unless somebody asks for PostgreSQL, which `./dev test --postgres` does for every stack at once.
    postgres: bool = os.environ.get("PERENNIAL_TESTBED_DATABASE") == "postgres"


class Stack:
    def __init__(self, root: str | pathlib.Path, binaries: str | pathlib.Path, options: Options | None = None):
        self.root = pathlib.Path(root).resolve()
        self.binaries = pathlib.Path(binaries).resolve()
        self.options = options or Options()
        self.logs = self.root / "logs"
        self.control = self.root / "control"
        self.context_directory = self.root / "cli"
        self.processes: dict[str, Process] = {}
        self.nodes: dict[str, Node] = {}
        self.ports: dict[str, int] = {}
        self.metrics_ports: dict[str, int] = {}
        self.postgres: Postgres | None = None
        self.show = lambda command: None  # The demo prints commands here.

    def __enter__(self) -> "Stack":
        self.root.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        return self

    def __exit__(self, *unused) -> None:
        self.stop()

    # --- programs -------------------------------------------------------------------------------------

    def binary(self, name: str) -> str:
        folder = {"perenniald": "perenniald", "perennial-agent": "perennial_agent", "perennial": "perennial"}[name]
        return str(self.binaries / folder / name)

    def url(self, role: str = "identity") -> str:
        return f"https://localhost:{self.ports[role]}"

    def endpoints(self) -> dict:
        """Base URLs, as a test hands them to an SDK."""
        return {role: self.url(role) for role in ROLES}

    def start(self) -> None:
        self.init()
        self.start_control_plane()

    def init(self) -> None:
        shared = free_port()
        for role in ROLES:
            alone = not self.options.one_process or role == "replica"
            self.ports[role] = free_port() if alone else shared
        for replica in self.replicas()[1:]:
            self.ports[replica] = free_port()
        database = self.start_postgres() if self.options.postgres else []
        self.run(
            self.binary("perenniald"), "init", *database, "--url", self.url(), "--data", str(self.control / "data"),
            "--config", str(self.control / "perenniald.toml"), "--context-directory", str(self.context_directory),
            "--tenancy", "acme", "--role-names", "localhost",
        )
        for roles in self.process_groups():
            self.write_config(roles)

    def process_groups(self) -> list[tuple[str, ...]]:
        """Which roles share a process."""
        groups = [ROLES[:4], ROLES[4:]] if self.options.one_process else [(role,) for role in ROLES]
        return groups + [(replica,) for replica in self.replicas()[1:]]

    def replicas(self) -> list[str]:
        return ["replica", *(f"replica-{n}" for n in range(2, self.options.replicas + 1))]

    def start_postgres(self) -> list[str]:
        """A server of this stack's own, prepared as the guide says; returns what `init` is to be told."""
        self.postgres = Postgres().__enter__()
        self.postgres.sql(subprocess.run([self.binary("perenniald"), "database", "sql"], check=True,
                                         capture_output=True, text=True).stdout)
        return ["--database-url", self.postgres.url]

    def database_file(self, role: str) -> pathlib.Path:
        """Where the role keeps its database, if that is SQLite's."""
        alone = not self.options.one_process and role != "identity"
        return self.control / (f"data-{role}" if alone else "data") / f"{role}.db"

    def sql(self, role: str, text: str) -> list[str]:
        """The rows of a query on the database of a role, as text; columns are parted by |."""
        if self.postgres is not None:
            return self.postgres.sql(text, user=f"perennial_{role.replace('-', '_')}").splitlines()
        with contextlib.closing(sqlite3.connect(f"file:{self.database_file(role)}?mode=ro", uri=True)) as database:
            return ["|".join(str(value) for value in row) for row in database.execute(text)]

    def config_path(self, roles) -> pathlib.Path:
        return self.control / f"{roles[0]}.toml"

    def write_config(self, roles) -> None:
        # A role in a process of its own gets its own directory with its own credentials and nothing else.
        data = self.control / "data"
        if "identity" not in roles:
            data = self.control / f"data-{roles[0]}"
            data.mkdir(mode=0o700, exist_ok=True)
            for role in self.roles_of(roles):
                source, target = self.control / "data" / "credentials" / role, data / "credentials" / role
                if not target.exists():
                    shutil.copytree(source, target)
            # Only identity and certificates keep secrets at rest, and need what unwraps them.
            if roles[0] == "certificates" and not (data / "master.key").exists():
                shutil.copy2(self.control / "data" / "master.key", data / "master.key")
        quoted = ", ".join(f'"{role}"' for role in self.roles_of(roles))
        updates = ", ".join(f'"{self.url(replica)}"' for replica in self.replicas())
        self.config_path(roles).write_text(
            f"""url = "{self.url(roles[0])}"
data_directory = "{data}"
roles = [{quoted}]
listen = ["127.0.0.1:{self.ports[roles[0]]}"]
metrics_listen = "127.0.0.1:{self.metrics_ports.setdefault(roles[0], free_port())}"
accepted_hosts = ["localhost:{self.ports[roles[0]]}"]

[endpoints]
identity = "{self.url('identity')}"
certificates = "{self.url('certificates')}"
updates = [{updates}]
load_balancer = "{self.url('load-balancer')}"
audit = "{self.url('audit')}"

[limits]
renewal_interval_min = "{self.options.renewal_interval_min}"

[updates]
poll_wait = "{self.options.poll_wait}"

[log]
level = "{self.options.log_level}"
{self.database_lines()}{self.console_lines()}"""
        )

    @staticmethod
    def roles_of(group) -> list[str]:
        """The roles that a process has: every replica has the same one."""
        return ["replica" if role.startswith("replica-") else role for role in group]

    def database_lines(self) -> str:
        return "" if self.postgres is None else f'\n[database]\nurl = "{self.postgres.url}"\n'

    @staticmethod
    def console_lines() -> str:
        """The console of this tree, once it was built, wherever the binaries are."""
        built = pathlib.Path(__file__).resolve().parents[2] / "build" / "console"
        return f'\n[console]\ndirectory = "{built}"\n' if (built / "index.html").exists() else ""

    def start_control_plane(self) -> None:
        for roles in self.process_groups():
            self.start_role(roles)
        for roles in self.process_groups():
            self.wait_ready(roles[0])

    def start_role(self, roles, **environment: str) -> Process:
        return self.spawn(
            roles[0], [self.binary("perenniald"), "run", "--config", str(self.config_path(roles))], environment
        )

    def wait_ready(self, role: str, timeout_s: float = 60.0) -> None:
        context = ssl.create_default_context(cafile=str(self.ca_file()))

        def ready():
            self.processes[role].check()
            try:
                with urllib.request.urlopen(self.url(role) + "/readyz", context=context, timeout=2) as answer:
                    return answer.status == 200
            except (urllib.error.URLError, OSError):
                return False

        wait_until(f"{role} to be ready", ready, timeout_s)

    def metric(self, role: str, name: str, **labels: str) -> float:
        """The sum of the samples of `name` at this role's process that have these labels."""
        url = f"http://127.0.0.1:{self.metrics_ports[role]}/metrics"
        with urllib.request.urlopen(url, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.split("{", 1)[0].split(" ", 1)[0] == name and all(part in line for part in wanted))

    def context(self, name: str) -> dict:
        """Of the command line, as it keeps it; paths are relative to the context directory."""
        contexts = json.loads((self.context_directory / "contexts.json").read_text())["contexts"]
        return next(context for context in contexts if context["name"] == name)

    def ca_file(self) -> pathlib.Path:
        """The platform CA: what an SDK trusts for the API."""
        return self.context_directory / "ca.pem"

    def ca_hash(self) -> str:
        return (self.control / "data" / "ca.hash").read_text().strip()

    # --- nodes ----------------------------------------------------------------------------------------

    def join_node(self, name: str, address: str, token: str) -> Node:
        directory = self.root / "nodes" / name
        node = Node(name, address, directory)
        self.run(
            self.binary("perennial-agent"), "join", "--url", self.url(), "--ca-hash", self.ca_hash(),
            "--token", token, "--directory", str(directory), "--name", name, "--address", address,
            "--poll-wait", self.options.poll_wait,
        )
        self.nodes[name] = node
        return node

    def share_node(self, node: Node, token: str) -> None:
        """Lets the node serve the pool of another token too, perhaps another tenancy's."""
        self.run(
            self.binary("perennial-agent"), "join", "--share", "--url", self.url(), "--ca-hash", self.ca_hash(),
            "--token", token, "--directory", str(node.directory), "--name", node.name, "--address", node.address,
        )

    def create_tenancy(self, name: str) -> None:
        self.run(
            self.binary("perenniald"), "tenancy", "create", "--name", name, "--config",
            str(self.control / "identity.toml"), "--context-directory", str(self.context_directory),
        )

    def start_haproxy(self, node: Node) -> None:
        node.haproxy = self.spawn(
            f"haproxy-{node.name}",
            [haproxy_program(), "-W", "-S", f"{node.master_socket},mode,600", "-f", str(node.haproxy_config)],
        )
        wait_until(f"HAProxy of {node.name}", lambda: (node.haproxy.check(), node.master_socket.exists())[1])

    def start_agent(self, node: Node, **environment: str) -> None:
        node.agent = self.spawn(
            f"agent-{node.name}",
            [self.binary("perennial-agent"), "run", "--config", str(node.directory / "agent.toml")], environment,
        )

    # --- plumbing -------------------------------------------------------------------------------------

    def spawn(self, name: str, command: list[str], environment: dict | None = None) -> Process:
        """`environment` adds to this process's own: fault points and mutants, say."""
        if self.options.tapped:
            environment = {**(environment or {}), "PERENNIAL_TAP": str(self.tap_of(name))}
        process = Process(name, command, self.logs / f"{name}.log", {**os.environ, **(environment or {})})
        self.processes[name] = process
        return process

    def tap_of(self, name: str) -> pathlib.Path:
        """Where a tapped process of this name writes."""
        directory = self.root / "taps" / name
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return directory

    def run(self, *command: str, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess:
        self.show(command)
        done = subprocess.run(command, capture_output=True, text=True, input=stdin, timeout=120)
        if check and done.returncode != 0:
            raise StackError(f"{' '.join(command)}\nexit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def perennial(self, *arguments: str, check: bool = True, context: str | None = None):
        """Runs the command line tool and returns the finished process."""
        chosen = ["--context", context] if context else []
        return self.run(
            self.binary("perennial"), "--config-directory", str(self.context_directory), *chosen, *arguments,
            check=check,
        )

    def perennial_json(self, *arguments: str, context: str | None = None):
        return json.loads(self.perennial(*arguments, "-o", "json", context=context).stdout)

    def stop(self) -> None:
        """Again is nothing more: what was stopped stays so."""
        kept = os.environ.get("PERENNIAL_EVIDENCE") if self.processes else None
        if kept:
            evidence.keep_served(self, pathlib.Path(kept) / self.root.name / "served")
        for process in reversed(list(self.processes.values())):
            process.stop()
        self.processes.clear()
        if kept:
            evidence.keep_records(self, pathlib.Path(kept) / self.root.name)
        if self.postgres is not None:
            self.postgres.__exit__()


def node_environment(ca_file: str | pathlib.Path) -> dict:
    """The environment for Node.js programs that talk to a stack: they trust its platform CA, and take IPv4 first. The
    stack listens on 127.0.0.1; Node 18 tries only the first address of localhost, and may be given ::1."""
    return {**os.environ, "NODE_EXTRA_CA_CERTS": str(ca_file), "NODE_OPTIONS": "--dns-result-order=ipv4first"}


def haproxy_program() -> str:
    found = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise StackError("haproxy is not installed; ./dev setup installs it")
    return found
