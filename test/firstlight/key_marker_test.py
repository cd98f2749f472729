#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Row L7: the secret numbers of leaf keys are in the agents' own directories, and nowhere else that was searched.

    key_marker_test.py --bin BUILD/src/apps

Searched: every file that the control plane keeps (databases with their WAL among them), every log, /metrics, and of the
load-balancer, identity and replica processes all HTTP, decrypted (src/net/tap.h), and the memory. The memory is read from
/proc by ./dev firstlight only, since it takes a minute: the very mappings that gcore would write into a file, without a
debugger, without stopping the process, and with nothing secret left on disk.
Controls: each search finds what must be there. A key that was never installed is found nowhere; the installed ones are
found in the agents' directories, in what certificates has sent and agents have received, and in HAProxy's memory; in each
tap the same search finds the server certificate that the process was given by identity, and in each memory an OCID.
"""
import base64
import json
import os
import pathlib
import ssl
import subprocess
import unittest
import urllib.request

import loop
from loop import FULL, LoopTest, free_port
from secrets_of import Needles, parts, secret_numbers

KEYLESS = ("identity", "load-balancer", "replica")
CHUNK = 1 << 24


def memory_of(pid: int):
    """Yields what the process has written in its memory, as a core dump would hold it."""
    mappings = pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines()
    wanted, place = [], None
    for line in mappings:
        first = line.split(" ", 1)[0]
        if "-" in first and not first.endswith(":"):
            start, end = (int(number, 16) for number in first.split("-"))
            place = (start, end, line.split()[1])
        elif line.startswith("VmFlags:") and place is not None:
            # dd: left out of dumps, such as the shadow that a sanitizer keeps.
            if "rw" in place[2] and " dd" not in line and " io" not in line:
                wanted.append(place[:2])
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end in wanted:
            for at in range(start, end, CHUNK):
                try:
                    memory.seek(at)
                    # A needle may lie across two chunks.
                    yield memory.read(min(CHUNK + 4096, end - at))
                except (OSError, OverflowError):
                    continue  # A hole, or a guard page.


def workers_of(node: loop.Node) -> list[int]:
    """The processes of HAProxy that serve; the one that was started only watches over them."""
    master = node.haproxy.child.pid
    return [int(child) for child in pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()]


def new_key(algorithm: str = "RSA") -> str:
    options = ["-pkeyopt", "ec_paramgen_curve:P-256"] if algorithm == "EC" else []
    return subprocess.run(["openssl", "genpkey", "-algorithm", algorithm, *options], capture_output=True, text=True,
                          check=True).stdout


def chunked(body: bytes, size: int) -> bytes:
    """An answer whose body comes in chunks of that many bytes."""
    frames = b"".join(b"%x;x=1\r\n%s\r\n" % (len(part), part)
                      for part in (body[at:at + size] for at in range(0, len(body), size)))
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + frames + b"0\r\n\r\n"


class Searching(unittest.TestCase):
    def test_finds_every_spelling(self):
        number = bytes(range(7, 39))
        needles = Needles([number])
        for at in range(0, len(number) - 15):
            window = number[at:at + 16]
            self.assertTrue(needles.found_in(b"\0\0" + window + b"\0"), at)
            self.assertTrue(needles.found_in(window[::-1]), at)
            self.assertTrue(needles.found_in(window.hex().encode()), at)
        for shift in range(3):
            text = base64.b64encode(b"x" * shift + number + b"yyy")
            self.assertTrue(needles.found_in(text[:20] + b"\n" + text[20:]), shift)
        self.assertFalse(needles.found_in(bytes(range(60, 250))))
        self.assertGreaterEqual(len(parts(number)), 3 * 4 + 3 * 5 - 3)

    def test_finds_what_http_takes_apart(self):
        for algorithm in ("EC", "RSA"):
            pem, other = new_key(algorithm), new_key(algorithm)
            needles = Needles(list(secret_numbers(pem).values()))
            stranger = Needles(list(secret_numbers(other).values()))
            for text in (pem, json.dumps(pem), json.dumps(pem).replace("/", "\\/"), json.dumps(pem).replace("\\n", "\\r\\n"),
                         pem.replace("\n", "\\u000a"), pem.translate(str.maketrans("+/", "-_"))):
                for size in (1, 5, 64, 10000):
                    said = chunked(text.encode(), size)
                    self.assertTrue(needles.found_in(said), (algorithm, text, size))
                    self.assertFalse(stranger.found_in(said))
            for number in secret_numbers(pem).values():
                self.assertTrue(needles.found_in(chunked(number, 5)), "raw")
                self.assertTrue(needles.found_in(chunked(number.hex().encode(), 5)), "hex")

    def test_reads_rsa_and_ec(self):
        for algorithm, fields in (("RSA", 6), ("EC", 1)):
            self.assertEqual(len(secret_numbers(new_key(algorithm))), fields, algorithm)


class KeyMarker(LoopTest):
    def search(self, needles: Needles, files: list[pathlib.Path]) -> list[str]:
        return [str(file) for file in files if needles.found_in(file.read_bytes())]

    def files_below(self, directory: pathlib.Path) -> list[pathlib.Path]:
        return [file for file in sorted(directory.rglob("*")) if file.is_file()]

    def test_keys_are_where_they_are_served_and_nowhere_else(self):
        world = self.loop(tapped=True)
        run = world.stack.perennial
        run("certificate", "create", "--name", "rsa", "--dns", world.host, "--ca", "issuing", "--key", "RSA2048")
        run("listener", "create", "--lb", "front", "--name", "rsa", "--port", str(free_port()), "--certificate", "rsa",
            "--backend-set", "web")
        world.await_current(world.renew())
        # node.directory/haproxy holds what is served; identity keys of the node itself are no leaf keys.
        served = [file for node in world.nodes for file in (node.directory / "haproxy").rglob("*.pem")]
        self.assertEqual(len(served), 2 * len(world.nodes), "two certificates on each node")
        numbers = [number for file in served for number in secret_numbers(file).values()]
        self.assertGreaterEqual(len(numbers), len(world.nodes) * (1 + 6))
        installed = Needles(numbers)
        stranger = Needles(list(secret_numbers(new_key()).values()))

        for file in served:
            self.assertTrue(installed.found_in(file.read_bytes()), f"the search does not find what is in {file}")
        kept = self.files_below(world.stack.control) + self.files_below(world.stack.logs)
        self.assertTrue(any(file.name == "certificates.db-wal" for file in kept))
        self.assertEqual(self.search(installed, kept), [])
        self.assertEqual(self.search(stranger, kept + served), [])
        for role, port in world.stack.metrics_ports.items():
            page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read()
            self.assertIn(b"perennial_", page)
            self.assertFalse(installed.found_in(page), f"/metrics of {role}")
        self.search_taps(world, served, installed, stranger)
        self.search_memories(world, installed, stranger)

    def tap(self, world: loop.Loop, process: str, direction: str = "*") -> list[pathlib.Path]:
        """What that process has read, or written, on each of its connections."""
        return list(world.stack.tap_of(process).glob(f"*.{direction}"))

    def search_taps(self, world: loop.Loop, served: list[pathlib.Path], installed: Needles, stranger: Needles) -> None:
        for file in served:  # One key is RSA, the other EC.
            key = Needles(list(secret_numbers(file).values()))
            agent = f"agent-{file.relative_to(world.stack.root / 'nodes').parts[0]}"
            for process, direction in (("certificates", "written"), (agent, "read")):
                self.assertTrue(self.search(key, self.tap(world, process, direction)), f"{file} passed {process}")
        self.assertEqual(self.search(stranger, self.tap(world, "certificates")), [])
        for role in KEYLESS:
            # Identity gave it: the process itself has read it, or, if it is identity, made it for itself.
            holder = "replica" if role == "identity" else role
            shown = ssl.get_server_certificate(("localhost", world.stack.ports[holder]))
            own = Needles([ssl.PEM_cert_to_DER_cert(shown)])
            direction = "written" if role == "identity" else "read"
            self.assertTrue(self.search(own, self.tap(world, role, direction)), f"the tap of {role} lacks a certificate")
            self.assertEqual(self.search(installed, self.tap(world, role)), [], f"a leaf key passed {role}")

    def search_memories(self, world: loop.Loop, installed: Needles, stranger: Needles) -> None:
        if not FULL:
            return
        self.assertEqual(os.geteuid(), 0, "only root may read the memory of processes that forbid it")
        balancer = world.stack.perennial_json("lb", "show", "front")["id"].encode()
        association = world.sql("SELECT id FROM association")[0][0].encode()
        must_hold = {"identity": balancer, "load-balancer": balancer, "replica": association}
        for role in KEYLESS:
            there = False
            for piece in memory_of(world.stack.processes[role].child.pid):
                there = there or must_hold[role] in piece
                self.assertFalse(installed.found_in(piece), f"the memory of {role} holds a leaf key")
                self.assertFalse(stranger.found_in(piece))
            self.assertTrue(there, f"the memory of {role} was not really searched")
        for node in world.nodes:
            self.assertTrue(any(installed.found_in(piece) for worker in workers_of(node) for piece in memory_of(worker)),
                            "HAProxy serves with these keys: its memory must hold them")


if __name__ == "__main__":
    loop.main(KeyMarker)
