#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The console's own certificate, from a CA that is not ours: served by its name alone, renewed under a running
process, and never replaced by a bad one.

    own_certificate_test.py --bin BUILD/src/apps
"""
import argparse
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "testbed"))
from service_client import SigningClient, openssl  # noqa: E402
from stack import ROLES, Options, Stack, wait_until  # noqa: E402

NAME = "console.corp.example"
TIMEOUT_S = 60


def resolve_here(name: str) -> None:
    """What a name server of the company would do."""
    plain = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *rest, **more: plain("127.0.0.1" if host == name else host, *rest, **more)


class Corporate:
    """A CA of the company's own, and what certbot keeps: links that point at the newest pair."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        directory.mkdir()
        self.ca, self.ca_key = directory / "ca.pem", directory / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-subj", "/CN=Corporate Root", "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign", "-keyout", str(self.ca_key), "-out", str(self.ca))
        self.certificate, self.key = directory / "fullchain.pem", directory / "privkey.pem"
        self.count = 0

    def issue(self, name: str = NAME) -> tuple[pathlib.Path, pathlib.Path]:
        self.count += 1
        key, leaf = (self.directory / f"{kind}{self.count}.pem" for kind in ("privkey", "cert"))
        request = openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                          "-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key))
        leaf.write_bytes(openssl("x509", "-req", "-copy_extensions", "copyall", "-days", "7", "-CA", str(self.ca),
                                 "-CAkey", str(self.ca_key), stdin=request) + self.ca.read_bytes())
        key.chmod(0o600)
        return leaf, key

    @staticmethod
    def point(link: pathlib.Path, target: pathlib.Path) -> None:
        fresh = link.with_suffix(".new")
        fresh.symlink_to(target)
        fresh.replace(link)

    def renew(self) -> str:
        leaf, key = self.issue()
        self.point(self.certificate, leaf)
        self.point(self.key, key)
        return fingerprint(leaf.read_text())


def fingerprint(pem: str) -> str:
    return openssl("x509", "-noout", "-fingerprint", "-sha256", stdin=pem.encode()).decode()


class OwnCertificate(unittest.TestCase):
    binaries = ""

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="own-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.corporate = Corporate(cls.directory / "corporate")
        cls.first = cls.corporate.renew()
        cls.stack = Stack(cls.directory / "s", cls.binaries, Options(poll_wait="PT5S"))
        cls.enterClassContext(cls.stack)
        cls.stack.init()
        cls.port = cls.stack.ports["identity"]
        cls.url = f"https://{NAME}:{cls.port}"
        cls.config = cls.stack.config_path(ROLES[:4])
        text = cls.config.read_text()
        if "[console]" not in text:
            text += "\n[console]\n"
        cls.config.write_text(
            text + f'url = "{cls.url}"\ncertificate = "{cls.corporate.certificate}"\nkey = "{cls.corporate.key}"\n')
        cls.stack.start_control_plane()
        resolve_here(NAME)

    def presented(self, *flags: str) -> tuple[str, str]:
        """Fingerprint and verification of what a fresh handshake presents, as openssl sees them."""
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-CAfile", str(self.corporate.ca), *flags],
            input=b"", capture_output=True, timeout=30)
        text = done.stdout.decode()
        self.assertIn("BEGIN CERTIFICATE", text, done.stderr.decode())
        return fingerprint(text), next(line for line in text.splitlines() if "Verify return code" in line)

    def own(self) -> str:
        return self.presented("-servername", NAME)[0]

    def records(self, outcome: str) -> list[str]:
        return self.stack.sql("identity", "SELECT payload FROM audit WHERE payload LIKE '%ReplaceConsoleCertificate%' "
                              f"""AND payload LIKE '%"outcome":"{outcome}"%' ORDER BY position""")

    def check_config(self, text: str) -> str:
        bad = self.config.with_name("bad.toml")
        bad.write_text(text)
        done = self.stack.run(self.stack.binary("perenniald"), "check-config", "--config", str(bad), check=False)
        self.assertEqual(done.returncode, 78, done.stdout)
        return done.stderr

    def test_1_is_served_to_who_asks_for_its_name_and_to_nobody_else(self):
        print_, verified = self.presented("-servername", NAME, "-verify_hostname", NAME)
        self.assertEqual(print_, self.first)
        self.assertIn("0 (ok)", verified)
        for flags in (("-servername", "localhost"), ("-noservername",), ("-servername", "corp.example")):
            print_, verified = self.presented(*flags)
            self.assertNotEqual(print_, self.first, flags)
            self.assertNotIn("0 (ok)", verified, flags)
        # Who pins the platform CA is served as before.
        self.stack.perennial("whoami")

    def test_2_calls_and_clicks_are_signed_for_its_name(self):
        stack = self.stack
        stack.perennial("ca", "create", "root", "--name", "root", "--common-name", "Root")
        stack.perennial("ca", "create", "issuing", "--name", "ca", "--common-name", "CA", "--issuer", "root")
        stack.perennial("certificate", "create", "--name", "shop", "--dns", "shop.example.com")
        certificate = stack.perennial_json("certificate", "show", "shop")["id"]
        stack.perennial("node-pool", "create", "--name", "edge", "--address", "127.0.0.41")
        stack.perennial("lb", "create", "--name", "front", "--pool", "edge")
        balancer = stack.perennial_json("lb", "show", "front")["id"]
        stack.perennial("backend-set", "create", "--lb", "front", "--name", "web", "--backend", "127.0.0.1:9")

        browser = SigningClient.of_context(stack.context_directory, "acme")
        browser.context = ssl.create_default_context(cafile=str(self.corporate.ca))
        status, answer = browser.send("POST", f"{self.url}/20170115/loadBalancers/{balancer}/listeners", {
            "name": "https", "port": 8443, "protocol": "HTTP", "defaultBackendSetName": "web",
            "sslConfiguration": {"certificateIds": [certificate]}})
        self.assertLess(status, 300, answer)
        found = stack.perennial("why", "front", "shop", "-o", "json").stdout
        self.assertIn(NAME, found, "the evidence is the request that was signed for this name")

    def test_3_a_renewed_pair_is_served_without_a_restart(self):
        process = self.stack.processes["identity"].child.pid
        renewed = self.corporate.renew()
        wait_until("the renewed certificate", lambda: self.own() == renewed, TIMEOUT_S)
        self.assertEqual(self.stack.processes["identity"].child.pid, process)
        self.assertTrue(self.stack.processes["identity"].running())
        self.assertGreaterEqual(len(self.records("ALLOWED")), 2)

    def test_4_a_bad_pair_keeps_the_old_one_and_goes_on_record(self):
        before = self.own()
        leaf, key = self.corporate.issue()
        self.corporate.point(self.corporate.certificate, leaf)
        refused = wait_until("a record of the refusal", lambda: self.records("REFUSED"), TIMEOUT_S)
        self.assertIn("[console] key:", refused[0])
        self.assertIn("does not belong to the first certificate", refused[0])
        self.assertIn("cannot be used; the one before goes on", (self.stack.logs / "identity.log").read_text())
        self.assertEqual(self.own(), before)
        self.corporate.point(self.corporate.key, key)
        wait_until("the other half", lambda: self.own() == fingerprint(leaf.read_text()), TIMEOUT_S)

    def test_5_check_config_names_key_and_rule(self):
        good = self.config.read_text()
        done = self.stack.run(self.stack.binary("perenniald"), "check-config", "--config", str(self.config))
        self.assertIn("is fine", done.stdout)
        absent = self.directory / "absent.pem"
        said = self.check_config(good.replace(str(self.corporate.certificate), str(absent)))
        self.assertIn(f"[console] certificate: {absent} cannot be found", said)
        leaf, key = self.corporate.issue()
        said = self.check_config(good.replace(str(self.corporate.key), str(key)))
        self.assertIn(f"[console] key: {key} does not belong", said)
        key.chmod(0o644)
        said = self.check_config(good.replace(str(self.corporate.key), str(key)))
        self.assertIn(f"chmod o= {key}", said)
        other, other_key = self.corporate.issue("elsewhere.example")
        said = self.check_config(good.replace(str(self.corporate.certificate), str(other))
                                 .replace(str(self.corporate.key), str(other_key)))
        self.assertIn(f"is not for {NAME}", said)
        said = self.check_config(good.replace(f"https://{NAME}:", "https://localhost:"))
        self.assertIn('[console] url: "localhost" must stay with the platform CA', said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    arguments, rest = parser.parse_known_args()
    OwnCertificate.binaries = arguments.bin
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
