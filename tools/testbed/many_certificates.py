#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes very many certificates through the API and measures how fast they are shown.

    many_certificates.py --context-directory DIR [--context NAME] [--count 10000] [--workers 16]

It signs as the user of a context of the command line, makes a root and an issuing authority if they are not there, then
certificates of ECDSA P-256 until there are `count`. What it prints last is one line of JSON: rates and latencies. The
standard library and libcrypto only, so that signing does not set the pace.
"""
from __future__ import annotations

import argparse
import base64
import ctypes
import ctypes.util
import datetime
import email.utils
import hashlib
import http.client
import json
import pathlib
import queue
import secrets
import ssl
import statistics
import threading
import time
import urllib.parse

QUERIES = {
    "first page": "limit=100",
    "a page of 1000": "limit=1000",
    "by risk": "sort=risk&limit=100",
    "by name": "sort=name&limit=100",
    "needs you": "filter=needsYou&limit=100",
    "expiring": "filter=expiring&limit=100",
    "unproved": "filter=unproved&limit=100",
    "unused": "filter=unused&limit=100",
    "search a name": "search=many-00042&limit=100",
    "search what is nowhere": "search=nowhere.invalid&limit=100",
}


class Key:
    """A private key that signs with SHA-256: RSA by PKCS #1, or EC. Safe to use from many threads: each call has its own context."""

    def __init__(self, pem: bytes):
        self.crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
        for name in ("BIO_new_mem_buf", "PEM_read_bio_PrivateKey", "EVP_MD_CTX_new", "EVP_sha256"):
            getattr(self.crypto, name).restype = ctypes.c_void_p
        bio = ctypes.c_void_p(self.crypto.BIO_new_mem_buf(pem, len(pem)))
        self.key = ctypes.c_void_p(self.crypto.PEM_read_bio_PrivateKey(bio, None, None, None))
        self.crypto.BIO_free(bio)
        if not self.key:
            raise SystemExit("the context's key cannot be read")

    def sign(self, text: bytes) -> bytes:
        context = ctypes.c_void_p(self.crypto.EVP_MD_CTX_new())
        try:
            digest = ctypes.c_void_p(self.crypto.EVP_sha256())
            signature = ctypes.create_string_buffer(512)
            length = ctypes.c_size_t(len(signature))
            if self.crypto.EVP_DigestSignInit(context, None, digest, None, self.key) != 1:
                raise RuntimeError("EVP_DigestSignInit failed")
            size = ctypes.c_size_t(len(text))
            if self.crypto.EVP_DigestSign(context, signature, ctypes.byref(length), text, size) != 1:
                raise RuntimeError("EVP_DigestSign failed")
            return signature.raw[: length.value]
        finally:
            self.crypto.EVP_MD_CTX_free(context)


class Client:
    """One kept connection to each service. For one thread."""

    def __init__(self, context: dict, directory: pathlib.Path, key: Key):
        self.tls = ssl.create_default_context(cafile=str(directory / context["caFile"]))
        self.key_id = f"{context['tenancyId']}/{context['userId']}/{context['fingerprint']}"
        self.key, self.algorithm = key, "rsa-sha256"
        self.connections: dict[str, http.client.HTTPSConnection] = {}

    def signed(self, method: str, url: str, body: dict | None = None) -> tuple[str, bytes, dict]:
        """The request's target, content and headers, signed for the host of the URL."""
        parts = urllib.parse.urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        content = json.dumps(body).encode() if body is not None else b""
        headers = {"x-date": email.utils.formatdate(usegmt=True), "host": parts.netloc,
                   "opc-request-id": secrets.token_hex(16)}  # Signed: two equal requests in a second are two.
        if method != "GET":
            headers |= {"content-type": "application/json", "content-length": str(len(content)),
                        "x-content-sha256": base64.b64encode(hashlib.sha256(content).digest()).decode()}
        lines = [f"(request-target): {method.lower()} {target}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        signature = base64.b64encode(self.key.sign("\n".join(lines).encode())).decode()
        headers["authorization"] = (f'Signature version="1",keyId="{self.key_id}",algorithm="{self.algorithm}",'
                                    f'headers="(request-target) {" ".join(headers)}",signature="{signature}"')
        return target, content, headers

    def send(self, method: str, url: str, body: dict | None = None) -> tuple[int, dict, dict]:
        host = urllib.parse.urlsplit(url).netloc
        return self.send_signed(host, method, *self.signed(method, url, body))

    def send_signed(self, host: str, method: str, target: str, content: bytes,
                    headers: dict) -> tuple[int, dict, dict]:
        """Sends what was signed, perhaps for another host, or before, to `host`."""
        for attempt in (1, 2):
            connection = self.connections.get(host)
            if connection is None:
                connection = http.client.HTTPSConnection(host, context=self.tls, timeout=60)
                self.connections[host] = connection
            try:
                connection.request(method, target, content or None, headers)
                answer = connection.getresponse()
                text = answer.read()
                return answer.status, json.loads(text or b"{}"), dict(answer.getheaders())
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
                # The server closed a connection that had rested; the request is repeated on a new one.
                self.connections.pop(host).close()
                if attempt == 2:
                    raise
        raise AssertionError

    def must(self, method: str, url: str, body: dict | None = None) -> dict:
        status, answer, _ = self.send(method, url, body)
        if status >= 300:
            raise SystemExit(f"{method} {url}: {status} {answer.get('code')}: {answer.get('message')}")
        return answer


def authority(client: Client, base: str, compartment: str, name: str, issuer: str | None) -> str:
    found = client.must("GET", f"{base}/20210224/certificateAuthorities?compartmentId={compartment}&name={name}")["items"]
    if found:
        return found[0]["id"]
    config = {"subject": {"commonName": name}, "signingAlgorithm": "SHA256_WITH_ECDSA"}
    if issuer is None:
        config["configType"] = "ROOT_CA_GENERATED_INTERNALLY"
    else:
        config |= {"configType": "SUBORDINATE_CA_ISSUED_BY_INTERNAL_CA", "issuerCertificateAuthorityId": issuer}
    return client.must("POST", f"{base}/20210224/certificateAuthorities",
                       {"name": name, "compartmentId": compartment, "certificateAuthorityConfig": config})["id"]


def certificate(number: int, compartment: str, issuer: str) -> dict:
    """Most live ninety days and renew; one in ten has no rule, one in twenty expires within the month."""
    days = 20 if number % 20 == 0 else 60 + number % 31
    end = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=days)
    name = f"many-{number:05}"
    details = {
        "name": name, "compartmentId": compartment,
        "certificateConfig": {
            "configType": "ISSUED_BY_INTERNAL_CA", "issuerCertificateAuthorityId": issuer,
            "subject": {"commonName": f"{name}.example.com"}, "certificateProfileType": "TLS_SERVER",
            "subjectAlternativeNames": [{"type": "DNS", "value": f"{name}.example.com"},
                                        {"type": "DNS", "value": f"www.{name}.example.com"}],
            "keyAlgorithm": "ECDSA_P256",
            "validity": {"timeOfValidityNotAfter": end.strftime("%Y-%m-%dT%H:%M:%SZ")},
        },
    }
    if number % 10 != 3:
        details["certificateRules"] = [{"ruleType": "CERTIFICATE_RENEWAL_RULE", "renewalInterval": f"P{days * 2 // 3}D",
                                        "advanceRenewalPeriod": f"P{days * 2 // 9}D"}]
    return details


def make(clients: list[Client], base: str, compartment: str, issuer: str, numbers: range) -> float:
    """Makes them with one thread a client; returns how many a second."""
    left: queue.SimpleQueue = queue.SimpleQueue()
    for number in numbers:
        left.put(number)
    failures: list[str] = []

    def work(client: Client) -> None:
        while not failures:
            try:
                number = left.get_nowait()
            except queue.Empty:
                return
            status, answer, _ = client.send("POST", f"{base}/20210224/certificates",
                                            certificate(number, compartment, issuer))
            if status == 429:
                time.sleep(0.2)
                left.put(number)
            elif status >= 300 and answer.get("code") != "NotAuthorizedOrResourceAlreadyExists":
                failures.append(f"{status} {answer.get('code')}: {answer.get('message')}")

    begun = time.monotonic()
    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(failures[0])
    return len(numbers) / max(time.monotonic() - begun, 1e-9)


def measure(client: Client, url: str, times: int) -> dict:
    taken = []
    for _ in range(times):
        begun = time.monotonic()
        client.must("GET", url)
        taken.append((time.monotonic() - begun) * 1000)
    return {"medianMs": round(statistics.median(taken), 1), "maxMs": round(max(taken), 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--context-directory", type=pathlib.Path, required=True)
    parser.add_argument("--context", help="its name; the first one otherwise")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--times", type=int, default=7, help="how often each query is measured; 0: not at all")
    arguments = parser.parse_args()

    contexts = json.loads((arguments.context_directory / "contexts.json").read_text())["contexts"]
    context = next(each for each in contexts if arguments.context in (None, each["name"]))
    key = Key((arguments.context_directory / context["keyFile"]).read_bytes())
    clients = [Client(context, arguments.context_directory, key) for _ in range(arguments.workers)]
    base = clients[0].must("GET", context["url"] + "/20260101/endpoints")["certificates"]
    compartment = context["tenancyId"]

    issuer = authority(clients[0], base, compartment, "many-issuing",
                       authority(clients[0], base, compartment, "many-root", None))
    have = clients[0].must("GET", f"{base}/20260101/inventory?limit=1&search=many-")["total"]
    result: dict = {"count": arguments.count}
    if have < arguments.count:
        rate = make(clients, base, compartment, issuer, range(have, arguments.count))
        result["madePerSecond"] = round(rate, 1)
    if arguments.times > 0:
        result["inventory"] = {
            what: measure(clients[0], f"{base}/20260101/inventory?{query}", arguments.times)
            for what, query in QUERIES.items()
        }
        result["overview"] = measure(clients[0], f"{base}/20260101/overview", arguments.times)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
