# SPDX-License-Identifier: Apache-2.0
"""Signed calls from Python, as a user or as a service; the standard library and the openssl program only. The demo's
Evil Tony holds the load-balancer service's credentials through this."""
from __future__ import annotations

import base64
import email.utils
import hashlib
import json
import pathlib
import secrets
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


class SigningClient:
    """Signs with one key, RSA or P-256, as `key_id`."""

    def __init__(self, ca_file: pathlib.Path, key_id: str, key: pathlib.Path):
        self.context = ssl.create_default_context(cafile=str(ca_file))
        self.key_id, self.key = key_id, key
        kind = openssl("pkey", "-in", str(key), "-noout", "-text").split(b"\n", 1)[0]
        self.algorithm = "ecdsa-sha256" if b"256 bit" in kind else "rsa-sha256"

    @classmethod
    def of_context(cls, directory: pathlib.Path, name: str) -> "SigningClient":
        """The user of a context of the command line."""
        contexts = json.loads((directory / "contexts.json").read_text())["contexts"]
        chosen = next(context for context in contexts if context["name"] == name)
        client = cls(directory / chosen["caFile"],
                     f"{chosen['tenancyId']}/{chosen['userId']}/{chosen['fingerprint']}", directory / chosen["keyFile"])
        client.tenancy = chosen["tenancyId"]
        return client

    def send(self, method: str, url: str, body: dict | None = None, to: str | None = None) -> tuple[int, dict]:
        """Signed for the host of the URL, and sent there or `to` another host."""
        parts = urllib.parse.urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        content = json.dumps(body).encode() if body is not None else b""
        headers = {"x-date": email.utils.formatdate(usegmt=True), "host": parts.netloc}
        headers["opc-request-id"] = secrets.token_hex(16)  # Signed: two equal requests in a second are two.
        names = ["x-date", "(request-target)", "host", "opc-request-id"]
        if method != "GET":
            headers |= {
                "content-type": "application/json",
                "content-length": str(len(content)),
                "x-content-sha256": base64.b64encode(hashlib.sha256(content).digest()).decode(),
            }
            names += ["content-type", "content-length", "x-content-sha256"]
        lines = [f"(request-target): {method.lower()} {target}" if n == "(request-target)" else f"{n}: {headers[n]}"
                 for n in names]
        signature = base64.b64encode(
            openssl("dgst", "-sha256", "-sign", str(self.key), stdin="\n".join(lines).encode())
        ).decode()
        headers["authorization"] = (
            f'Signature version="1",keyId="{self.key_id}",algorithm="{self.algorithm}",'
            f'headers="{" ".join(names)}",signature="{signature}"'
        )
        url = url if to is None else urllib.parse.urlunsplit(parts._replace(netloc=to))
        request = urllib.request.Request(url, data=content if method != "GET" else None, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=70) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")


class ServiceClient(SigningClient):
    """A service: its enrolment key is exchanged for a token over a fresh session key."""

    def __init__(self, credentials: pathlib.Path, ca_file: pathlib.Path, identity_url: str):
        principal = json.loads((credentials / "principal.json").read_text())["principalId"]
        enrolled = SigningClient(ca_file, f"enrolment/{principal}", credentials / "enrolment.key")
        self.directory = tempfile.TemporaryDirectory()
        session_key = pathlib.Path(self.directory.name) / "session.pem"
        session_key.write_bytes(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
        public = openssl("pkey", "-in", str(session_key), "-pubout").decode()
        status, answer = enrolled.send("POST", identity_url + "/20260101/tokens/actions/exchange",
                                       {"publicKeyPem": public})
        if status != 200:
            raise RuntimeError(f"the token exchange was answered {status}: {answer}")
        super().__init__(ca_file, "ST$" + answer["token"], session_key)
