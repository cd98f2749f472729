#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ask_socket.py SOCKET COMMAND: one question over a Unix socket, the answer on standard output."""
import socket
import sys

with socket.socket(socket.AF_UNIX) as connection:
    connection.settimeout(10)
    connection.connect(sys.argv[1])
    connection.sendall(sys.argv[2].encode() + b"\n")
    connection.shutdown(socket.SHUT_WR)
    while chunk := connection.recv(65536):
        sys.stdout.write(chunk.decode())
