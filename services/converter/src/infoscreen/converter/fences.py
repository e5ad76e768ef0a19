"""What the converter does where the kernel does not offer all fences: it refuses to start, unless told otherwise."""

from collections.abc import Collection

from infoscreen.common.isolation.sandbox import Fence
from infoscreen.converter.document import EngineUnavailableError

ALL_FENCES = frozenset(Fence)
_WITHOUT = {
    Fence.NETWORK: "the kernel lets it make no network namespace, so documents' processes could reach the network",
    Fence.FILES: "the kernel has no Landlock, so documents' processes could read this machine's files",
    Fence.USER: "it runs as root and may not mount, so LibreOffice would run as root",
}


def require_fences(missing: Collection[Fence], accepted: Collection[Fence]) -> None:
    """Refuse to work without a fence whose lack is not accepted.

    Raises:
        EngineUnavailableError: the message says what is missing, and which setting accepts that.
    """
    refused = [fence for fence in Fence if fence in missing and fence not in accepted]
    if refused:
        reasons = "; ".join(_WITHOUT[fence] for fence in refused)
        setting = ",".join(sorted({*accepted, *refused}))
        raise EngineUnavailableError(f"{reasons}. CONVERTER_ACCEPT_MISSING_FENCES={setting} accepts that")
