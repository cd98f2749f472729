# SPDX-License-Identifier: Apache-2.0
"""One tenancy's administrator at work, over the API: authorities, certificates, a load balancer with its listeners."""
from __future__ import annotations

import datetime

from many_certificates import Client, Key
from stack import Stack, wait_until


class Tenant:
    """For one thread; make another one of the same name for the next."""

    def __init__(self, stack: Stack, name: str = "acme"):
        context = stack.context(name)
        key = Key((stack.context_directory / context["keyFile"]).read_bytes())
        self.stack, self.name, self.id = stack, name, context["tenancyId"]
        self.client = Client(context, stack.context_directory, key)

    def answered(self, role: str, method: str, target: str, body: dict | None = None) -> tuple[int, dict]:
        status, answer, _ = self.client.send(method, self.stack.url(role) + target, body)
        return status, answer

    def call(self, role: str, method: str, target: str, body: dict | None = None) -> dict:
        status, answer = self.answered(role, method, target, body)
        if status >= 300:
            raise AssertionError(f"{method} {target} was answered {status}: {answer}")
        return answer

    def make_pool(self, addresses: list[str], name: str = "edge") -> None:
        """The pool that what follows is for."""
        self.pool = self.call("identity", "POST", "/20260101/nodePools", {
            "displayName": name, "compartmentId": self.id, "addresses": addresses})["id"]

    def node_token(self) -> str:
        """Lets one node into the pool."""
        return self.call("identity", "POST", "/20260101/nodeTokens", {
            "nodePoolIds": [self.pool], "productKinds": ["loadbalancer"], "expiresInSeconds": 600})["token"]

    def authority(self, name: str, issuer: str | None = None) -> str:
        config = {"subject": {"commonName": name}, "signingAlgorithm": "SHA256_WITH_ECDSA",
                  "configType": "ROOT_CA_GENERATED_INTERNALLY"}
        if issuer is not None:
            config |= {"configType": "SUBORDINATE_CA_ISSUED_BY_INTERNAL_CA", "issuerCertificateAuthorityId": issuer}
        return self.call("certificates", "POST", "/20210224/certificateAuthorities", {
            "name": name, "compartmentId": self.id, "certificateAuthorityConfig": config})["id"]

    def certificate_details(self, name: str, issuer: str, rule: tuple[str, str] | None = None,
                            life_s: int | None = None) -> dict:
        """`rule`: renewal interval and advance period, as ISO 8601."""
        config = {"configType": "ISSUED_BY_INTERNAL_CA", "issuerCertificateAuthorityId": issuer,
                  "subject": {"commonName": f"{name}.{self.name}.example"}, "certificateProfileType": "TLS_SERVER",
                  "subjectAlternativeNames": [{"type": "DNS", "value": f"{name}.{self.name}.example"}],
                  "keyAlgorithm": "ECDSA_P256"}
        if life_s is not None:
            end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=life_s)
            config["validity"] = {"timeOfValidityNotAfter": end.strftime("%Y-%m-%dT%H:%M:%SZ")}
        details = {"name": name, "compartmentId": self.id, "certificateConfig": config}
        if rule is not None:
            details["certificateRules"] = [{"ruleType": "CERTIFICATE_RENEWAL_RULE", "renewalInterval": rule[0],
                                            "advanceRenewalPeriod": rule[1]}]
        return details

    def certificate(self, *arguments, **more) -> str:
        """See certificate_details; returns the id."""
        return self.call("certificates", "POST", "/20210224/certificates",
                         self.certificate_details(*arguments, **more))["id"]

    def renew(self, certificate: str) -> None:
        self.call("certificates", "POST", f"/20260101/certificates/{certificate}/actions/renew", {})

    def load_balancer(self, name: str, backend_port: int, listeners: dict[int, str]) -> None:
        """A load balancer in the pool, with a certificate for each port. The service may hear of the pool a moment later
        than we."""
        details = {
            "compartmentId": self.id, "displayName": name, "shapeName": "flexible",
            "shapeDetails": {"minimumBandwidthInMbps": 10, "maximumBandwidthInMbps": 10}, "subnetIds": [self.pool],
            "backendSets": {"web": {"policy": "ROUND_ROBIN", "healthChecker": {"protocol": "TCP"},
                                    "backends": [{"ipAddress": "127.0.0.1", "port": backend_port}]}},
            "listeners": {f"l{port}": self.listener(port, certificate) for port, certificate in listeners.items()}}

        def made() -> bool:
            status, answer = self.answered("load-balancer", "POST", "/20170115/loadBalancers", details)
            if status >= 300 and answer["code"] != "RelatedResourceNotAuthorizedOrNotFound":
                raise AssertionError(f"the load balancer was answered {status}: {answer}")
            return status < 300

        wait_until("the load balancer to be made", made, pause_s=0.2)

    @staticmethod
    def listener(port: int, certificate: str) -> dict:
        return {"port": port, "protocol": "HTTP", "defaultBackendSetName": "web",
                "sslConfiguration": {"certificateIds": [certificate]}}
