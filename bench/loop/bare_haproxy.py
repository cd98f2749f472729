# SPDX-License-Identifier: Apache-2.0
"""The limit: a certificate swapped in a HAProxy of its own through its socket, and seen by one handshake. No server, no
store, no check of what is put there, no proof on every address."""
from __future__ import annotations

import hashlib
import pathlib
import socket
import ssl
import subprocess
import time

from stack import Process, free_port, haproxy_program, wait_until

CONFIG = """
global
  stats socket {folder}/control.sock mode 600 level admin
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend https
  bind 127.0.0.1:{port} ssl crt {folder}/leaf.pem
  http-request return status 200
"""


class BareHaproxy:
    def __init__(self, folder: pathlib.Path):
        self.folder, self.port = folder, free_port()
        folder.mkdir()
        self.bundles = [self._make(name) for name in ("one", "two")]
        (folder / "leaf.pem").write_text(self.bundles[0])
        (folder / "haproxy.cfg").write_text(CONFIG.format(folder=folder, port=self.port))
        self.process = Process("bare", [haproxy_program(), "-db", "-f", str(folder / "haproxy.cfg")], folder / "log")
        wait_until("the bare HAProxy", lambda: (self.process.check(), (folder / "control.sock").exists())[1])
        self.tls = ssl.create_default_context()
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
        self.turn = 0

    def _make(self, name: str) -> str:
        key, leaf = self.folder / f"{name}.key", self.folder / f"{name}.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", f"/CN={name}.example", "-days", "2", "-keyout", str(key), "-out", str(leaf)],
                       check=True, capture_output=True)
        return leaf.read_text() + key.read_text()

    def _tell(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self.folder / "control.sock"))
            control.sendall(command.encode())
            return b"".join(iter(lambda: control.recv(4096), b"")).decode()

    def _presented(self) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port)) as plain, self.tls.wrap_socket(plain) as session:
            return session.getpeercert(binary_form=True)

    def swap_ms(self) -> float:
        """From the first byte of the new certificate to the end of a handshake that presents it."""
        self.turn += 1
        bundle = self.bundles[self.turn % 2]
        wanted = ssl.PEM_cert_to_DER_cert(bundle[:bundle.index("-----BEGIN PRIVATE")])
        begun = time.monotonic()
        self._tell(f"set ssl cert {self.folder}/leaf.pem <<\n{bundle}\n")
        answer = self._tell(f"commit ssl cert {self.folder}/leaf.pem\n")
        seen = self._presented()
        taken = (time.monotonic() - begun) * 1000
        if hashlib.sha256(seen).digest() != hashlib.sha256(wanted).digest():
            raise RuntimeError(f"the bare HAProxy did not take the certificate: {answer}")
        return taken

    def stop(self) -> None:
        self.process.stop()
