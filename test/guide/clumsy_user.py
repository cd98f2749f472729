#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What somebody gets who mistypes, mixes up or comes too late: an exit status, what is wrong, and what to do next.

    clumsy_user.py --bin BUILD/src/apps
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "testbed"))
from stack import Options, Stack, free_port, wait_until  # noqa: E402

TIMEOUT_S = 60
UNKNOWN_TOKEN = "pnj_" + "a" * 43


class Clumsy(unittest.TestCase):
    binaries = ""

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="pc-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.stack = Stack(cls.directory / "s", cls.binaries, Options(poll_wait="PT5S"))
        cls.enterClassContext(cls.stack)
        cls.stack.start()
        cls.stack.perennial("ca", "create", "root", "--name", "root", "--common-name", "Root")
        cls.stack.perennial("ca", "create", "issuing", "--name", "ca", "--common-name", "CA", "--issuer", "root")
        cls.stack.perennial("certificate", "create", "--name", "shop", "--dns", "shop.example.com")
        cls.stack.perennial("node-pool", "create", "--name", "edge", "--address", "127.0.0.1")

    def refused(self, status: int, *words: str, says: tuple[str, ...] = ()) -> str:
        done = self.stack.perennial(*words, check=False)
        told = done.stderr
        self.assertEqual(done.returncode, status, f"{words}\n{done.stdout}{told}")
        self.assertTrue(told.startswith("error: "), told)
        self.assertRegex(told, r"\n  next: \S")
        for text in says:
            self.assertIn(text, told)
        return told

    def join(self, token: str, url: str = "", ca_hash: str = "", address: str = "127.0.0.1"
             ) -> subprocess.CompletedProcess:
        return self.stack.run(
            self.stack.binary("perennial-agent"), "join", "--url", url or self.stack.url(), "--ca-hash",
            ca_hash or self.stack.ca_hash(), "--token", token, "--directory", str(self.directory / "node"), "--name",
            "late", "--address", address, check=False)

    def test_a_mistyped_word_is_answered_with_the_nearest(self):
        self.refused(2, "certifcate", "list", says=('did you mean "certificate"?',))
        self.refused(2, "certificate", "lsit", says=('did you mean "list"?',))
        self.refused(2, "certificate", "list", "--compartmnt", "x", says=("--compartment",))
        self.refused(2, "certificate", "create", "--name", "x", says=("--dns",))
        self.refused(2, "certificate", "create", "--name", "x", "--dns", "x.example", "--days", "soon",
                     says=("--days",))
        done = self.stack.perennial("certificate", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no command is named", done.stderr)
        self.assertIn("certificate renew", done.stderr, "with what there is")

    def test_what_people_type_first_is_answered(self):
        version = re.search(r"^project\(perennial VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.M).group(1)
        for name in ("perennial", "perenniald", "perennial-agent"):
            program = self.stack.binary(name)
            self.assertEqual(self.stack.run(program, "--version").stdout, f"{name} {version}\n")
            nothing = self.stack.run(program, check=False)
            self.assertEqual(nothing.returncode, 2)
            self.assertIn("--help", nothing.stderr)
            wrong = self.stack.run(program, "rnu", check=False)
            self.assertEqual(wrong.returncode, 2)
            self.assertIn('"rnu" is not a', wrong.stderr)
            self.assertIn(f"next: {name} --help", wrong.stderr)
        self.assertEqual(self.stack.perennial("help", "ca", "list").stdout,
                         self.stack.perennial("ca", "list", "--help").stdout)
        missing = self.stack.run(self.stack.binary("perenniald"), "run", "--config", "/nowhere.toml", check=False)
        self.assertEqual(missing.returncode, 78)
        self.assertIn("`perenniald init` writes one", missing.stderr)

    def test_a_full_disk_is_no_success_but_a_reader_who_has_seen_enough_is(self):
        perennial = f"{self.stack.binary('perennial')} --help"
        full = self.stack.run("bash", "-c", f"{perennial} > /dev/full", check=False)
        self.assertEqual(full.returncode, 1, full.stderr)
        self.assertIn("standard output cannot be written", full.stderr)
        enough = self.stack.run("bash", "-c", f"set -o pipefail; {perennial} | head -n 1", check=False)
        self.assertEqual((enough.returncode, enough.stderr), (0, ""))

    def test_a_wrong_name_is_answered_with_the_nearest(self):
        self.refused(3, "certificate", "show", "shpo", says=('did you mean "shop"?', "perennial certificate list"))
        self.refused(3, "lb", "create", "--name", "front", "--pool", "egde", says=('did you mean "edge"?',))
        self.refused(78, "--context", "acmee", "whoami", says=('did you mean "acme"?',))
        # An OCID of another kind.
        certificate = self.stack.perennial_json("certificate", "show", "shop")["id"]
        self.refused(2, "ca", "show", certificate, says=("not the OCID of a certificate authority",))

    def test_a_bad_rule_is_answered_with_the_bound(self):
        self.refused(3, "certificate", "create", "--name", "late", "--dns", "late.example", "--validity", "PT200S",
                     "--renew-every", "PT199S", says=("must be at most",))
        self.refused(4, "certificate", "create", "--name", "shop", "--dns", "shop.example.com",
                     says=("/name: ", "already"))

    def test_another_servers_hash_pins_nothing(self):
        context = self.stack.perennial_json("context", "list")
        first = (context["contexts"] if isinstance(context, dict) else context)[0]
        key = self.directory / "key.pem"
        subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
        wrong = "sha256:" + "0" * 64
        words = ("login", self.stack.url(), "--tenancy", first["tenancyId"], "--user", first["userId"], "--key-file",
                 str(key), "--context", "mallory", "--ca-hash")
        self.refused(3, *words, wrong, says=("NOT the server", "nothing was saved"))
        self.refused(2, *words, "sha256:abc", says=("--ca-hash",))
        # The right hash and a key that nobody registered.
        self.refused(3, *words, self.stack.ca_hash(), says=("next: ",))
        self.assertNotIn("mallory", self.stack.perennial("context", "list").stdout)

    def test_a_join_with_a_bad_token_or_hash_leaves_nothing(self):
        bad_hash = "sha256:" + "0" * 64
        for done, status in ((self.join("nonsense"), 2), (self.join(UNKNOWN_TOKEN), 3),
                             (self.join(UNKNOWN_TOKEN, ca_hash=bad_hash), 3)):
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn("perennial-agent: ", done.stderr)
            self.assertFalse((self.directory / "node" / "agent.toml").exists())
        self.refused(3, "node", "token", "create", "--pool", "edge", "--kind", "loadbalancer", "--expires-in", "0s")

    def test_a_node_that_would_serve_nothing_is_refused_and_its_token_is_not_spent(self):
        token = self.stack.perennial("node", "token", "create", "--pool", "edge", "--kind", "loadbalancer", "-o",
                                     "name").stdout.strip()
        done = self.join(token, address="127.0.0.2")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("--address: the node has 127.0.0.2, and node pool edge has 127.0.0.1", done.stderr)
        self.assertEqual(self.join(token).returncode, 0)
        self.stack.perennial("node", "remove", "late", "--yes")
        shutil.rmtree(self.directory / "node")

    def test_what_the_server_cannot_have_is_told_with_what_to_do(self):
        daemon, place = self.stack.binary("perenniald"), self.directory / "cannot"
        place.mkdir()
        (place / "file").write_text("")

        def init(name: str, data: pathlib.Path) -> subprocess.CompletedProcess:
            return self.stack.run(daemon, "init", "--url", self.stack.url(), "--data", str(data), "--config",
                                  str(place / f"{name}.toml"), "--context-directory", str(place / name), check=False)

        done = init("made", place / "file" / "data")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("--data", done.stderr)
        self.assertEqual(init("taken", place / "data").returncode, 0)
        done = self.stack.run(daemon, "run", "--config", str(place / "taken.toml"), check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("stop what has the port", done.stderr)
        self.assertIn("`listen`", done.stderr)

    def test_a_second_tenancy_does_not_take_the_first_ones_context(self):
        contexts = self.stack.context_directory / "contexts.json"
        before = contexts.read_text()
        done = self.stack.run(self.stack.binary("perenniald"), "tenancy", "create", "--name", "acme", "--config",
                              str(self.stack.control / "identity.toml"), "--context-directory", str(contexts.parent),
                              check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("a context acme already", done.stderr)
        self.assertIn("--name", done.stderr)
        self.assertEqual(contexts.read_text(), before)

    def test_a_life_that_the_issuer_does_not_allow_is_told_by_its_flag(self):
        self.stack.perennial("ca", "create", "issuing", "--name", "strict", "--common-name", "Strict", "--issuer", "root",
                             "--max-leaf-validity", "P90D")
        self.refused(2, "certificate", "create", "--name", "long", "--dns", "long.example", "--ca", "strict",
                     "--validity", "P400D", says=("--validity cannot be P400D", "strict", "P90D"))
        # The usual rule takes all of the life.
        self.stack.perennial("certificate", "create", "--name", "usual", "--dns", "usual.example", "--ca", "strict")

    def test_an_expired_token_says_so_or_how_to_get_another(self):
        token = self.stack.perennial("node", "token", "create", "--pool", "edge", "--kind", "loadbalancer",
                                     "--expires-in", "1s", "-o", "name", check=False)
        if token.returncode != 0:  # A shortest life is the service's right; then it names it.
            self.assertRegex(token.stderr, r"expiresInSeconds: \S")
            return
        done = wait_until("the token to expire", lambda: self.late(token.stdout.strip()), TIMEOUT_S)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("perennial node token create", done.stderr)

    def late(self, token: str) -> subprocess.CompletedProcess | None:
        done = self.join(token)
        if done.returncode == 0:
            shutil.rmtree(self.directory / "node")
            return None
        return done

    def test_a_server_that_is_down_is_told_apart(self):
        file = self.stack.context_directory / "contexts.json"
        before = file.read_text()
        try:
            file.write_text(before.replace(str(self.stack.ports["identity"]), str(free_port())))
            self.refused(5, "whoami", says=("nothing listens there", "perennial context list"))
            file.write_text(before[: len(before) // 2])
            self.refused(78, "whoami")
        finally:
            file.write_text(before)
        done = self.join(UNKNOWN_TOKEN, url=f"https://localhost:{free_port()}")
        self.assertEqual(done.returncode, 5, done.stderr)

    def test_a_split_role_without_a_name_is_told_which_option_gives_one(self):
        # ADR 14: no names unless the operator gives some.
        other = Stack(self.directory / "plain", self.binaries, Options(one_process=False))
        other.root.mkdir()
        other.control.mkdir()
        for role in ("identity", "certificates", "load-balancer", "audit", "replica"):
            other.ports[role] = free_port()
        other.run(other.binary("perenniald"), "init", "--url", other.url(), "--data", str(other.control / "data"),
                  "--config", str(other.control / "perenniald.toml"), "--context-directory",
                  str(other.context_directory))
        for file in (other.control / "data" / "credentials").glob("*/principal.json"):
            self.assertIn('"names":[]', file.read_text().replace(" ", ""), file)
        other.write_config(("load-balancer",))
        done = other.run(other.binary("perenniald"), "run", "--config", str(other.config_path(("load-balancer",))),
                         check=False)
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("perenniald init --role-names", done.stderr)

    def test_a_second_init_and_a_bad_configuration_are_refused(self):
        daemon = self.stack.binary("perenniald")
        done = self.stack.run(daemon, "init", "--url", self.stack.url(), "--data", str(self.stack.control / "data"),
                              "--config", str(self.stack.control / "perenniald.toml"), "--context-directory",
                              str(self.stack.context_directory), check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        # Another data directory with what belongs to this installation: its administrator would be locked out.
        contexts = self.stack.context_directory / "contexts.json"
        before, other = contexts.read_text(), self.directory / "other"
        config = self.stack.control / "perenniald.toml"
        for words, told in ((("--config", str(config), "--context-directory", str(other / "cli")), str(config)),
                            (("--config", str(other / "p.toml"), "--context-directory", str(contexts.parent),
                              "--tenancy", "acme"), "a context acme already")):
            done = self.stack.run(daemon, "init", "--url", "https://localhost:1", "--data", str(other / "data"), *words,
                                  check=False)
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertIn(told, done.stderr)
            self.assertFalse(other.exists())
        self.assertEqual(contexts.read_text(), before)
        # With names of its own, in directories that are not there yet, it is made.
        self.stack.run(daemon, "init", "--url", "https://localhost:1", "--data", str(other / "data"), "--config",
                       str(other / "etc" / "p.toml"), "--context-directory", str(contexts.parent), "--tenancy", "other")
        self.assertIn(str(other / "data"), (other / "etc" / "p.toml").read_text())
        bad = self.directory / "bad.toml"
        bad.write_text('url = "https://localhost:1"\nlisten_on = ["127.0.0.1:1"]\n')
        done = self.stack.run(daemon, "check-config", "--config", str(bad), check=False)
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn(":2:1: unknown key", done.stderr)
        self.assertIn('did you mean "listen"?', done.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    arguments, rest = parser.parse_known_args()
    Clumsy.binaries = arguments.bin
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
