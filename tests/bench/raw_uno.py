"""A warm LibreOffice driven over UNO and nothing else: what an engine could at best be as fast as.

Runs under the Python that has Debian's ``uno``. One JSON line in, one out: the seconds from load to close.
"""

import json
import os
import subprocess
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException


def properties(values):
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except (NoConnectException, DisposedException):  # a new profile has it start once more
            time.sleep(0.05)


def convert(desktop, request):
    load = {"FilterName": request["import_filter"], "Hidden": True, "ReadOnly": True}
    url = uno.systemPathToFileUrl(request["source"])
    document = desktop.loadComponentFromURL(url, "_blank", 0, properties(load))
    store = {"FilterName": request["export_filter"], "Overwrite": True}
    document.storeToURL(uno.systemPathToFileUrl(request["destination"]), properties(store))
    document.close(True)  # noqa: FBT003 - UNO has no keyword arguments


def main():
    [home] = sys.argv[1:]
    pipe = f"raw-{os.getpid()}"
    quiet = ["--headless", "--invisible", "--nologo", "--nodefault", "--norestore", "--nolockcheck"]
    profile = f"-env:UserInstallation={uno.systemPathToFileUrl(home)}"
    command = ["soffice", *quiet, profile, f"--accept=pipe,name={pipe};urp;"]
    office = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    desktop = connect(pipe)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        convert(desktop, json.loads(line))
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)
    office.kill()
    office.wait()


if __name__ == "__main__":
    main()
