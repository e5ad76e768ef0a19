"""`infoscreen up` with the real servers and edge, and stand-ins for our services: run by path, as a process of its own.

Usage: stand_in_system.py DATA_DIR PORT [CONVERTERS]
"""

import sys
from dataclasses import replace
from pathlib import Path

from infoscreen.cli.errors import CliError
from infoscreen.cli.sample import announce
from infoscreen.cli.system import Options, System
from infoscreen.cli.terminal import Terminal
from infoscreen.cli.up import up

SERVICE = """
import http.server, subprocess, sys

hung = []

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/hang":
            hung.append(True)
        self.send_response(503 if hung else 200)
        self.end_headers()
        self.wfile.write(f"{sys.argv[1]} {self.command} {self.path}".encode())

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *args):
        pass

for port in sys.argv[3:]:
    # A grandchild in a session of its own, as LibreOffice is a converter's.
    subprocess.Popen(["sleep", "1000"], start_new_session=True)
    import threading
    threading.Thread(target=http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever).start()
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
"""


class StandInSystem(System):
    def jobs(self):
        return {name: (sys.executable, "-c", f"print({name!r})") for name in ("topology", "migrate")}

    def service(self, name, module, settings):
        listens = [f"{name}-ops"] if name.startswith("converter") else [f"{name}-ops", f"{name}-http"]
        ports = [str(self.ports.port(port)) for port in listens]
        spec = super().service(name, module, settings)
        liveness = replace(spec.liveness, every_seconds=0.5, failures=3)
        return replace(spec, argv=(sys.executable, "-c", SERVICE, name, *ports), liveness=liveness)


if __name__ == "__main__":
    directory, port, *converters = sys.argv[1:]
    options = Options(data_dir=Path(directory), port=int(port), converters=int(converters[0]) if converters else 1)
    try:
        up(options, Terminal(), announce, StandInSystem)
    except CliError as error:
        sys.exit(str(error))
