# SPDX-License-Identifier: Apache-2.0
"""What a stack leaves behind for whoever wants to judge its test again (PERENNIAL_EVIDENCE names the directory).

    served/     what openssl sees at every TLS listener of every node, just before the processes are stopped, and what
                HAProxy says of its processes
    logs/       of every process, HAProxy's too
    audit-*     of each role the chain, one record a line (position|hash|payload), and what the verifier says of it
"""
from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import sys
import typing

if typing.TYPE_CHECKING:
    from stack import Stack

ASK = pathlib.Path(__file__).with_name("ask_socket.py")
BIND = re.compile(r"^  bind (\S+) ssl (.*)$", re.MULTILINE)


def said(*command: str, stdin: str = "") -> str:
    """All that the program printed, whatever came of it."""
    try:
        done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=10)
    except subprocess.TimeoutExpired:
        return f"{' '.join(command)}: no answer within 10 s\n"
    return done.stdout


def names_in(bundle: str) -> list[str]:
    """The DNS names of the certificate that a file begins with."""
    return re.findall(r"DNS:([^\s,]+)", said("openssl", "x509", "-in", bundle, "-noout", "-ext", "subjectAltName"))


def shown_at(place: str, name: str, root: pathlib.Path) -> str:
    """The handshake with what was presented, and the leaf in words; verified where the test has kept its root."""
    trust = ["-CAfile", str(root)] if root.exists() else []
    handshake = said("openssl", "s_client", "-connect", place, "-servername", name, "-showcerts", *trust)
    leaf = said("openssl", "x509", "-noout", "-text", "-fingerprint", "-sha256", stdin=handshake)
    return f"$ openssl s_client -connect {place} -servername {name} -showcerts\n{handshake}\n$ openssl x509 -text\n{leaf}"


def keep_served(stack: Stack, out: pathlib.Path) -> None:
    """Asks every listener of every node whose proxy runs; nothing of ours is in between."""
    for node in stack.nodes.values():
        if node.haproxy is None or not node.haproxy.running() or not node.haproxy_config.exists():
            continue
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{node.name}-processes.txt").write_text(said(sys.executable, str(ASK), str(node.master_socket), "show proc"))
        shutil.copy2(node.haproxy_config, out / f"{node.name}-haproxy.cfg")
        for place, words in BIND.findall(node.haproxy_config.read_text()):
            for bundle in re.findall(r"crt (\S+)", words):
                for name in names_in(bundle)[:1]:
                    file = out / f"{node.name}-{place.rpartition(':')[2]}-{name.replace('*', '_')}.txt"
                    file.write_text(shown_at(place, name.replace("*", "any"), stack.root / "root.pem"))


def keep_records(stack: Stack, out: pathlib.Path) -> None:
    """Logs, and the audit of each role that keeps one."""
    shutil.copytree(stack.logs, out / "logs", dirs_exist_ok=True)
    for roles in stack.process_groups():
        if not stack.config_path(roles).exists() or roles[0].startswith("replica"):
            continue
        done = stack.run(stack.binary("perenniald"), "audit", "verify", "--config", str(stack.config_path(roles)),
                         check=False)
        (out / f"audit-{roles[0]}.log").write_text(done.stdout + done.stderr + f"status {done.returncode}\n")
        for role in roles:
            if stack.postgres is not None or stack.database_file(role).exists():
                chain = stack.sql(role, "SELECT position, hash, payload FROM audit ORDER BY position")
                (out / f"audit-{role}.chain").write_text("".join(record + "\n" for record in chain))
