"""One warm LibreOffice, driven over UNO: the process between a slot and its ``soffice.bin``.

Runs under the Python that has Debian's ``uno`` module, out of the service's own process, because a UNO client can
crash with the office it talks to. Speaks JSON lines: one request on stdin, one answer on stdout; the first line
says that it is ready. When stdin ends or the service dies, so do this process and its office.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uno
import unohelper
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException
from com.sun.star.task import XStatusIndicator
from com.sun.star.uno import Exception as UnoError

from infoscreen.common.isolation import sandbox
from infoscreen.converter.engines.picture_backgrounds import draw_backgrounds_as_pictures
from infoscreen.converter.engines.placeholders import (
    POWERPOINT_FILTER,
    has_such_placeholders,
    remove_empty_placeholders,
)
from infoscreen.converter.outline import Outline

_CONNECT_INTERVAL_SECONDS = 0.02
_NORMAL_RESTART = 81  # soffice.bin asks to be started again, as it may do on a new profile
_OPEN_FILES = 1024
_PROGRESS_INTERVAL_SECONDS = 1.0
_PRESENTATION = "com.sun.star.presentation.PresentationDocument"
# What LibreOffice reads besides its own programs; everything else is shut where the kernel allows it.
_READABLE = (
    *(*sandbox.LIBRARIES, *sandbox.FONTS, *sandbox.DEVICES),
    *("/etc/libreoffice", "/var/lib/libreoffice", "/var/spool/libreoffice"),
    "/etc/nsswitch.conf",  # or LibreOffice and this driver disagree on their user, and so on the name of their pipe
)
_WRITABLE_DEVICES = ("/dev/null", "/dev/zero", "/dev/shm")  # noqa: S108 - where glibc keeps shared memory
_SOCKETS = ("/tmp", "/var/tmp")  # noqa: S108 - where LibreOffice makes its pipes, whatever TMPDIR says


class Office:
    """A running ``soffice.bin`` and the connection to it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._pipe = settings["pipe"]
        self._process = self._start()
        self._desktop = self._connect()

    @property
    def pid(self) -> int:
        """Of ``soffice.bin``."""
        return self._process.pid

    def wait(self) -> None:
        """Return when the office has ended."""
        self._process.wait()

    def convert(self, request: dict[str, Any]) -> None:
        """Load, store as PDF, close. Raises _DocumentError, or DisposedException when the office is gone."""
        document = self._load(request["source"], request["import_filters"])
        try:
            self._prepare(document, request)
            filter_data = _with_slide_numbers(request["filter_data"], _slides_shown(document))
            data = uno.Any("[]com.sun.star.beans.PropertyValue", _properties(filter_data))
            arguments = {"FilterName": request["export_filter"], "FilterData": data, "Overwrite": True}
            arguments["StatusIndicator"] = _PageCounter()
            document.storeToURL(uno.systemPathToFileUrl(request["destination"]), _properties(arguments))
        except DisposedException:
            raise
        except UnoError as error:
            raise _DocumentError("export", _described(error), shown=_slides_shown(document)) from error
        finally:
            document.close(True)  # noqa: FBT003 - UNO has no keyword arguments

    def _prepare(self, document: Any, request: dict[str, Any]) -> None:
        if not document.supportsService(_PRESENTATION):
            return
        draw_backgrounds_as_pictures(document)
        if request["import_filters"][0].startswith(POWERPOINT_FILTER) and has_such_placeholders(request["source"]):
            remove_empty_placeholders(document)

    def _load(self, source: str, import_filters: list[str]) -> Any:
        """The document that the first filter gives that can read it."""
        for import_filter in import_filters:
            arguments = _properties(
                {
                    "FilterName": import_filter,
                    "Hidden": True,
                    "ReadOnly": True,
                    "MacroExecutionMode": 0,  # NEVER_EXECUTE
                    "UpdateDocMode": 0,  # NO_UPDATE
                }
            )
            try:
                document = self._desktop.loadComponentFromURL(uno.systemPathToFileUrl(source), "_blank", 0, arguments)
            except DisposedException:
                raise
            except UnoError as error:
                raise _DocumentError("load", _described(error)) from error
            if document is not None:
                return document
        raise _DocumentError("load", f"{', '.join(import_filters)} gave no document")

    def _start(self) -> "subprocess.Popen[bytes]":
        home = self._settings["home"]
        command = [
            self._settings["soffice_program"],
            "--headless",
            "--invisible",
            "--nologo",
            "--nodefault",
            "--norestore",
            "--nolockcheck",
            "--nofirststartwizard",
            f"-env:UserInstallation={uno.systemPathToFileUrl(home + '/profile')}",
            f"--accept=pipe,name={self._pipe};urp;",
        ]
        driver = os.getpid()
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: sandbox.die_with_parent(driver),  # noqa: PLW1509 - no thread runs yet
        )

    def _connect(self) -> Any:
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        while True:
            try:
                context = resolver.resolve(f"uno:pipe,name={self._pipe};urp;StarOffice.ComponentContext")
                services = context.ServiceManager
                _require_filters(services.createInstance("com.sun.star.document.FilterFactory"), self._settings)
                return services.createInstanceWithContext("com.sun.star.frame.Desktop", context)
            except (NoConnectException, DisposedException):
                self._start_again_if_ended()
                time.sleep(_CONNECT_INTERVAL_SECONDS)  # the office gives no other sign of being ready

    def _start_again_if_ended(self) -> None:
        code = self._process.poll()
        if code == _NORMAL_RESTART:
            self._process = self._start()
        elif code is not None:
            raise SystemExit(f"{self._settings['soffice_program']} ended with {code} before it was ready")


class _PageCounter(unohelper.Base, XStatusIndicator):  # type: ignore[misc]  # uno has no types
    """Says on stdout how many pages of a PDF are written, at most once a second."""

    def __init__(self) -> None:
        self._pages = 0
        self._silent_until = 0.0

    def start(self, _text: str, pages: int) -> None:
        """LibreOffice knows how many pages there will be."""
        self._pages = pages

    def setValue(self, page: int) -> None:  # noqa: N802 - UNO's name
        """LibreOffice begins a page, counted from 0."""
        if time.monotonic() >= self._silent_until:
            self._silent_until = time.monotonic() + _PROGRESS_INTERVAL_SECONDS
            _answer(progress=[page, self._pages])

    def setText(self, _text: str) -> None:  # noqa: N802 - UNO's name
        """Nothing to say."""

    def reset(self) -> None:
        """Nothing to say."""

    def end(self) -> None:
        """Nothing to say: the answer follows."""


class _DocumentError(Exception):
    """The office refused the document; it is itself well."""

    def __init__(self, stage: str, detail: str, *, shown: list[bool] | None = None) -> None:
        super().__init__(detail)
        self.stage = stage
        self.shown = shown


def _require_filters(factory: Any, settings: dict[str, Any]) -> None:
    """LibreOffice comes in parts; without one of them, sound documents would look corrupt."""
    missing = [name for name in settings["required_filters"] if not factory.hasByName(name)]
    if missing:
        raise SystemExit(f"LibreOffice has no filter {', '.join(missing)}")


def _properties(values: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


def _slides_shown(document: Any) -> list[bool] | None:
    """Which slides of a presentation are not hidden: an export of hidden ones alone fails like any other."""
    if not document.supportsService(_PRESENTATION):
        return None
    pages = document.DrawPages
    return [pages.getByIndex(index).Visible for index in range(pages.Count)]


def _with_slide_numbers(filter_data: dict[str, Any], shown: list[bool] | None) -> dict[str, Any]:
    """LibreOffice counts hidden slides in a range; the pages of its PDF, by which people ask, do not."""
    if shown is None or "PageRange" not in filter_data:
        return filter_data
    numbers = Outline(tuple(shown)).selected(filter_data["PageRange"])
    if not numbers:
        raise _DocumentError("export", "no slide of the range is shown", shown=shown)
    return filter_data | {"PageRange": ",".join(map(str, numbers))}


def _described(error: Any) -> str:
    return f"{type(error).__name__}: {error.Message}"


def _fence(settings: dict[str, Any]) -> list[sandbox.Fence]:
    """Put up the fences for this process and the office that it will start; returns those that the kernel does not."""
    sandbox.prefer_as_victim()
    sandbox.limit_resources(
        address_space_bytes=settings["address_space_bytes"],
        file_size_bytes=settings["file_size_bytes"],
        open_files=_OPEN_FILES,
    )
    fences: dict[sandbox.Fence, Callable[[], bool]] = {
        sandbox.Fence.NETWORK: sandbox.leave_network,
        sandbox.Fence.USER: lambda: sandbox.become(
            sandbox.transient_user(settings["parent_pid"]), Path(settings["home"]), settings["readable"]
        ),
        sandbox.Fence.FILES: lambda: sandbox.confine(
            readable=(*_READABLE, *settings["readable"]),
            writable=(*_WRITABLE_DEVICES, settings["home"]),
            sockets=_SOCKETS,
        ),
    }
    missing = [fence for fence, put_up in fences.items() if fence not in settings["offered_fences"] or not put_up()]
    sandbox.die_with_parent(settings["parent_pid"])  # anew, because the kernel forgets it when the user changes
    return missing


def _requests() -> "queue.Queue[dict[str, Any]]":
    """Read stdin beside the conversion in hand, so that its end is noticed at once."""
    requests: queue.Queue[dict[str, Any]] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            requests.put(json.loads(line))
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=read, daemon=True).start()
    return requests


def _end_with(office: Office) -> None:
    """End as soon as the office ends, also between requests, so that no document is blamed for it later."""

    def wait() -> None:
        office.wait()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


def _answer(**fields: Any) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve conversions until stdin ends, the office ends or the service dies."""
    settings = json.loads(sys.argv[1])
    sandbox.die_with_parent(settings["parent_pid"])
    missing = _fence(settings)
    office = Office(settings)
    requests = _requests()
    _end_with(office)
    _answer(office_pid=office.pid, missing_fences=missing)
    while True:
        request = requests.get()
        try:
            office.convert(request)
        except _DocumentError as error:
            _answer(error=error.stage, detail=str(error), shown=error.shown)
        else:
            _answer()


if __name__ == "__main__":
    main()
