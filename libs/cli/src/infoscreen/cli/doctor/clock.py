"""Whether a server's clock agrees with this machine's."""

from datetime import datetime

from infoscreen.cli.doctor.finding import Finding, Hop, Verdict

TOLERATED_SECONDS = 5.0


def clock(hop: Hop, theirs: datetime, earliest: datetime, latest: datetime, *, grain_seconds: float = 0) -> Finding:
    """What a server's clock says, against when it was asked by this machine's.

    Args:
        hop: where the server belongs to.
        theirs: its time, at some moment between the other two.
        earliest: this machine's time before it was asked.
        latest: this machine's time after it answered.
        grain_seconds: how coarse it tells the time.
    """
    behind = (earliest - theirs).total_seconds() - grain_seconds
    off = max(behind, (theirs - latest).total_seconds(), 0.0)
    if off <= TOLERATED_SECONDS:
        return Finding(hop, "clock", Verdict.FINE, "as here" if not off else f"{off:.1f} s off")
    mend = "Presigned URLs and deadlines go by clocks. Have all machines follow one: `timedatectl set-ntp true`."
    return Finding(hop, "clock", Verdict.BROKEN, f"{off:.0f} s {'behind' if behind > 0 else 'ahead of'} this one", mend)
