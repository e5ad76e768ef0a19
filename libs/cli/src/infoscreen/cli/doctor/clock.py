"""Compares a server's clock with this machine's."""

from datetime import datetime

from infoscreen.cli.doctor.finding import Finding, Hop, Verdict

TOLERATED_SECONDS = 5.0


def compare_clocks(
    hop: Hop, theirs: datetime, earliest: datetime, latest: datetime, *, resolution_seconds: float = 0
) -> Finding:
    """The finding on a server's clock: broken if it differs by more than TOLERATED_SECONDS.

    Args:
        hop: the server's hop.
        theirs: the server's time, read at some moment between the other two.
        earliest: this machine's time before the request.
        latest: this machine's time after the answer.
        resolution_seconds: the resolution of the server's answer.
    """
    behind = (earliest - theirs).total_seconds() - resolution_seconds
    off = max(behind, (theirs - latest).total_seconds(), 0.0)
    if off <= TOLERATED_SECONDS:
        return Finding(hop, "clock", Verdict.FINE, "same as here" if not off else f"{off:.1f} s off")
    seen = f"{off:.0f} s {'behind' if behind > 0 else 'ahead of'} this machine's"
    remedy = "Presigned URLs and deadlines depend on clocks. Have all machines follow one: `timedatectl set-ntp true`."
    return Finding(hop, "clock", Verdict.BROKEN, seen, remedy)
