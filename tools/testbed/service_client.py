# SPDX-License-Identifier: Apache-2.0
"""Speaks to the API as a service does: with an enrolment key, exchanged for a token. Python's standard library
and the openssl program only. The demo's Evil Tony holds the load-balancer service's credentials through this."""
from __future__ import annotations

import base64
import email.utils
import hashlib
import json
import pathlib
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


class ServiceClient:
    def __init__(self, credentials: pathlib.Path, ca_file: pathlib.Path, identity_url: str):
        self.context = ssl.create_default_context(cafile=str(ca_file))
        self.enrolment_key = credentials / "enrolment.key"
        self.principal = json.loads((credentials / "principal.json").read_text())["principalId"]
        self.directory = tempfile.TemporaryDirectory()
        self.session_key = pathlib.Path(self.directory.name) / "session.pem"
        self.session_key.write_bytes(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
        public = openssl("pkey", "-in", str(self.session_key), "-pubout").decode()
        status, answer = self.send(
            "POST", identity_url + "/20260101/tokens/actions/exchange", {"publicKeyPem": public},
            key_id=f"enrolment/{self.principal}", key=self.enrolment_key,
        )
        if status != 200:
            raise RuntimeError(f"the token exchange was answered {status}: {answer}")
        self.token = answer["token"]

    def send(self, method: str, url: str, body: dict | None = None, *, key_id: str | None = None,
             key: pathlib.Path | None = None) -> tuple[int, dict]:
        parts = urllib.parse.urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        content = json.dumps(body).encode() if body is not None else b""
        headers = {"x-date": email.utils.formatdate(usegmt=True), "host": parts.netloc}
        names = ["x-date", "(request-target)", "host"]
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
            openssl("dgst", "-sha256", "-sign", str(key or self.session_key), stdin="\n".join(lines).encode())
        ).decode()
        headers["authorization"] = (
            f'Signature version="1",keyId="{key_id or "ST$" + self.token}",algorithm="ecdsa-sha256",'
            f'headers="{" ".join(names)}",signature="{signature}"'
        )
        request = urllib.request.Request(url, data=content if method != "GET" else None, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")
