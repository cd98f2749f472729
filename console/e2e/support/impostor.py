#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stranger on the port of a listener, as a forgotten process or a wrong firewall rule would be.

    impostor.py [--certificate FILE] ADDRESS:PORT …

It shares the port with whoever listens there (SO_REUSEPORT) and takes nearly every new connection. With a
certificate and key in FILE it shows that; without, it hangs up at once. It says "ready" and lives until its
standard input closes.
"""
import argparse
import socket
import ssl
import sys
import threading

# The kernel deals new connections out evenly, so this many take all but one in forty.
SOCKETS = 39


def serve(listener, context):
    while True:
        connection, _ = listener.accept()
        with connection:
            if context is None:
                continue
            connection.settimeout(2)
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:  # Whoever came saw the certificate and left.
                pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate")
    parser.add_argument("places", nargs="+")
    options = parser.parse_args()
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
    for place in options.places:
        address, port = place.rsplit(":", 1)
        for _ in range(SOCKETS):
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind((address, int(port)))
            listener.listen(16)
            threading.Thread(target=serve, args=(listener, context), daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
