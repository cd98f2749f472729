# SPDX-License-Identifier: Apache-2.0
"""Two processes with every role but the replica, on one PostgreSQL database, behind one address: a proxy hands each
connection to one of them in turn."""
from __future__ import annotations

import shutil

from stack import ROLES, Options, Process, Stack, free_port, haproxy_program, wait_until

NAMES = ("a", "b")
FRONT = """
global
  stats socket {socket} mode 600
defaults
  mode tcp
  timeout connect 5s
  timeout client 120s
  timeout server 120s
  option redispatch
frontend all
  bind 127.0.0.1:{port}
  default_backend control_planes
backend control_planes
  balance roundrobin
"""


class Pair(Stack):
    """As its base, whose `url` is the front. Each of the two is also reached by itself."""

    def __init__(self, root, binaries, **options):
        super().__init__(root, binaries, Options(postgres=True, one_process=True, **options))
        self.own_ports: dict[str, int] = {}

    def start_control_plane(self) -> None:
        shared = self.config_path(ROLES[:4]).read_text()
        for name in NAMES:
            self.own_ports[name], self.metrics_ports[name] = free_port(), free_port()
            # A host of its own: nothing is shared but the database, and what the administrator copied.
            data = self.control / f"data-{name}"
            shutil.copytree(self.control / "data", data)
            changed = {"data_directory": f'"{data}"', "listen": f'["127.0.0.1:{self.own_ports[name]}"]',
                       "metrics_listen": f'"127.0.0.1:{self.metrics_ports[name]}"'}
            lines = [f"{key} = {changed.get(key, rest)}" if rest else line for line in shared.splitlines()
                     for key, _, rest in [line.partition(" = ")]]
            self.own_config(name).write_text("\n".join(lines) + "\n")
        self.start_front()
        for name in NAMES:  # At once: both find an empty database, and both bring it up to date.
            self.start_one(name)
        self.start_role(ROLES[4:])
        for name in NAMES:
            self.wait_own(name)
        self.wait_ready("replica")

    def own_config(self, name: str):
        return self.control / f"{name}.toml"

    def start_front(self) -> None:
        config, socket = self.control / "front.cfg", self.control / "front.sock"
        servers = [f"  server {name} 127.0.0.1:{port} check inter 300ms fall 1 rise 1"
                   for name, port in self.own_ports.items()]
        config.write_text(FRONT.format(port=self.ports["identity"], socket=socket) + "\n".join(servers) + "\n")
        self.spawn("front", [haproxy_program(), "-db", "-f", str(config)])
        wait_until("the front", lambda: (self.processes["front"].check(), socket.exists())[1])

    def start_one(self, name: str) -> Process:
        return self.spawn(name, [self.binary("perenniald"), "run", "--config", str(self.own_config(name))])

    def wait_own(self, name: str) -> None:
        self.ports[name] = self.own_ports[name]  # So that `url` and `wait_ready` know it.
        self.wait_ready(name)

    def own_host(self, name: str) -> str:
        """Where one process is reached without the front; calls are signed for the front all the same."""
        return f"localhost:{self.own_ports[name]}"
