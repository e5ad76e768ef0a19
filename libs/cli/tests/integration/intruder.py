"""Tries to use ports by plain HTTP, HTTPS and gRPC, as another user of this machine. Run by path, with any Python.

Usage: intruder.py CERTIFICATE KEY PORT…; prints one line for each request that a server accepted.
"""

import http.client
import itertools
import socket
import ssl
import sys

SECONDS = 10
OBJECT = "/buckets/infoscreen/originals/a"
REQUESTS = (
    ("GET", "/buckets/infoscreen/originals/?pretty=y"),
    ("GET", OBJECT),
    ("PUT", OBJECT),
    ("POST", "/buckets/infoscreen/outbox/a"),
    ("DELETE", OBJECT),
    ("GET", "/dir/assign"),
    ("GET", "/dir/lookup?volumeId=1"),
    ("GET", "/1,01"),
    ("GET", "/status"),
    ("GET", "/metrics"),
    ("GET", "/debug/pprof/"),
    ("GET", "/"),
)
GRPC_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
SETTINGS = 4
REFUSALS = range(400, 404)  # "HTTP to an HTTPS server", and the store's own refusals; a 404 would be an answer


def plain(port):
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)


def with_tls(*certificate):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(*certificate)
    return lambda port: context.wrap_socket(plain(port))


def accepts_http(connect, port, method, path):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    with connect(port) as connection.sock:
        connection.request(method, path, body=b"intruder" if method in {"PUT", "POST"} else None)
        return connection.getresponse().status not in REFUSALS


def accepts_grpc(connect, port):
    """A gRPC server sends its settings to a client that it accepts."""
    with connect(port) as stream:
        stream.sendall(GRPC_PREFACE)
        frame = stream.recv(9)
        return len(frame) > SETTINGS - 1 and frame[3] == SETTINGS and not frame.startswith(b"HTTP")


def attempts(connections, ports):
    for port, (name, connect) in itertools.product(ports, connections.items()):
        yield f"{name} {port} gRPC", lambda port=port, connect=connect: accepts_grpc(connect, port)
        for method, path in REQUESTS:
            wanted = (connect, port, method, path)
            yield f"{name} {port} {method} {path}", lambda wanted=wanted: accepts_http(*wanted)


def main(certificate, key, *ports):
    connections = {"plain": plain, "TLS": with_tls(), "foreign certificate": with_tls(certificate, key)}
    for what, attempt in attempts(connections, map(int, ports)):
        try:
            accepted = attempt()
        except (OSError, http.client.HTTPException):
            continue  # refused
        if accepted:
            sys.stdout.write(f"{what}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
