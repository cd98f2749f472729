#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An outside observer of TLS listeners: what a client sees, and nothing the system says of itself.

Python's standard library and the openssl program only. It makes new handshakes, a steady stream of
requests, and keep-alive connections, and writes down every leaf certificate that it is shown.

    observer.py --ca root.pem --server-name shop.example --target 127.0.0.1:8443 --target 127.0.0.2:8443 --out DIR

Commands on standard input, one a line: `keepalives` opens the keep-alive connections (say it after the
last listener change); `stop` ends the run. DIR/report.json holds the counts, DIR/leaves/*.pem the leaves.
"""
import argparse
import base64
import hashlib
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
import time

HANDSHAKES_PER_SECOND = 12
REQUESTS_PER_SECOND = 5
KEEPALIVES = 20
TIMEOUT_S = 5.0


class Target:
    """What was seen at one address."""

    def __init__(self, address: str):
        host, port = address.rsplit(":", 1)
        self.address = address
        self.endpoint = (host, int(port))
        self.lock = threading.Lock()
        self.handshakes = 0
        self.requests = 0
        self.keepalive_requests = 0
        self.keepalives_broken = 0
        self.failures: list[dict] = []
        self.leaves: dict[str, dict] = {}  # By SHA-256 of the DER, in the order of first sight.

    def fail(self, what: str, error: BaseException) -> None:
        with self.lock:
            self.failures.append({"at": time.time(), "what": what, "error": f"{type(error).__name__}: {error}"})

    def saw(self, der: bytes) -> None:
        fingerprint = hashlib.sha256(der).hexdigest()
        now = time.time()
        with self.lock:
            self.handshakes += 1
            leaf = self.leaves.setdefault(fingerprint, {"first_seen": now, "count": 0, "der": der})
            leaf["last_seen"] = now
            leaf["count"] += 1


class Observer:
    def __init__(self, ca: str, server_name: str, targets: list[Target]):
        self.ca = ca
        self.server_name = server_name
        self.targets = targets
        self.stopping = threading.Event()
        self.threads: list[threading.Thread] = []

    def context(self) -> ssl.SSLContext:
        # A new context each time: no session is ever resumed.
        context = ssl.create_default_context(cafile=self.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def connect(self, target: Target) -> ssl.SSLSocket:
        plain = socket.create_connection(target.endpoint, timeout=TIMEOUT_S)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self.context().wrap_socket(plain, server_hostname=self.server_name)
        except BaseException:
            plain.close()
            raise

    def request(self, connection: ssl.SSLSocket, close: bool) -> None:
        connection.sendall(
            f"GET /observer HTTP/1.1\r\nHost: {self.server_name}\r\n"
            f"Connection: {'close' if close else 'keep-alive'}\r\n\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = connection.recv(4096)
            if not chunk:
                raise ConnectionError("the connection ended before the answer")
            head += chunk
        head, _, body = head.partition(b"\r\n\r\n")
        status = head.split(b"\r\n", 1)[0]
        if b" 200" not in status:
            raise ConnectionError(f"answer {status.decode(errors='replace')}")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            chunk = connection.recv(4096)
            if not chunk:
                raise ConnectionError("the connection ended inside the answer")
            body += chunk

    def paced(self, per_second: float, once) -> None:
        """Calls `once` at a steady rate; a slow call is not made up for by a burst."""
        interval = 1.0 / per_second
        due = time.monotonic()
        while not self.stopping.wait(max(0.0, due - time.monotonic())):
            once()
            due = max(due + interval, time.monotonic())

    def handshakes(self, target: Target) -> None:
        def once():
            try:
                with self.connect(target) as connection:
                    target.saw(connection.getpeercert(binary_form=True))
            except (OSError, ssl.SSLError) as error:
                target.fail("handshake", error)

        self.paced(HANDSHAKES_PER_SECOND, once)

    def requests(self, target: Target) -> None:
        def once():
            try:
                with self.connect(target) as connection:
                    self.request(connection, close=True)
                with target.lock:
                    target.requests += 1
            except (OSError, ssl.SSLError) as error:
                target.fail("request", error)

        self.paced(REQUESTS_PER_SECOND, once)

    def keepalives(self, target: Target, count: int) -> None:
        connections = []
        for _ in range(count):
            try:
                connections.append(self.connect(target))
            except (OSError, ssl.SSLError) as error:
                target.fail("keep-alive connect", error)

        def once():
            for connection in list(connections):
                try:
                    self.request(connection, close=False)
                    with target.lock:
                        target.keepalive_requests += 1
                except (OSError, ssl.SSLError) as error:
                    connections.remove(connection)
                    with target.lock:
                        target.keepalives_broken += 1
                    target.fail("keep-alive", error)

        self.paced(1.0, once)
        for connection in connections:
            connection.close()

    def start(self, work, *arguments) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        self.threads.append(thread)

    def run(self) -> None:
        for target in self.targets:
            self.start(self.handshakes, target)
            self.start(self.requests, target)
        print("observing", flush=True)
        for line in sys.stdin:
            if line.strip() == "keepalives":
                share = KEEPALIVES // len(self.targets)
                for target in self.targets:
                    self.start(self.keepalives, target, share)
                print("keepalives open", flush=True)
            elif line.strip() == "stop":
                break
        self.stopping.set()
        for thread in self.threads:
            thread.join(timeout=TIMEOUT_S * 2)


def describe(leaf: dict, path: pathlib.Path) -> dict:
    """What openssl, not we, reads in a leaf."""
    body = base64.encodebytes(leaf["der"]).decode()
    path.write_text(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")

    def openssl(*arguments: str) -> str:
        return subprocess.run(
            ["openssl", "x509", "-in", str(path), "-noout", *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    dates = dict(line.split("=", 1) for line in openssl("-startdate", "-enddate").splitlines())
    return {
        "file": path.name,
        "serial": openssl("-serial").split("=", 1)[1],
        "public_key_sha256": hashlib.sha256(openssl("-pubkey").encode()).hexdigest(),
        "not_before": ssl.cert_time_to_seconds(dates["notBefore"]),
        "not_after": ssl.cert_time_to_seconds(dates["notAfter"]),
        "first_seen": leaf["first_seen"],
        "last_seen": leaf["last_seen"],
        "count": leaf["count"],
    }


def report(targets: list[Target], out: pathlib.Path, started: float) -> dict:
    leaves_dir = out / "leaves"
    leaves_dir.mkdir(parents=True, exist_ok=True)
    return {
        "seconds": time.time() - started,
        "targets": [
            {
                "address": target.address,
                "handshakes": target.handshakes,
                "requests": target.requests,
                "keepalive_requests": target.keepalive_requests,
                "keepalives_broken": target.keepalives_broken,
                "failures": target.failures,
                "leaves": [
                    {"sha256": fingerprint, **describe(leaf, leaves_dir / f"{fingerprint}.pem")}
                    for fingerprint, leaf in target.leaves.items()
                ],
            }
            for target in targets
        ],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ca", required=True, help="root certificate, PEM")
    parser.add_argument("--server-name", required=True)
    parser.add_argument("--target", action="append", required=True, help="host:port, once for each node")
    parser.add_argument("--out", required=True, help="directory for the report")
    arguments = parser.parse_args()

    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    targets = [Target(address) for address in arguments.target]
    started = time.time()
    Observer(arguments.ca, arguments.server_name, targets).run()
    written = report(targets, out, started)
    (out / "report.json").write_text(json.dumps(written, indent=1) + os.linesep)
    return 0


if __name__ == "__main__":
    sys.exit(main())
