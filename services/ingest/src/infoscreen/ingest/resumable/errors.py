"""Why a request for a resumable upload is refused; ``api`` answers each with a problem."""

from infoscreen.common.errors import InfoscreenError


class GoneError(InfoscreenError):
    """410: there is no such upload, or no longer."""

    def __init__(self) -> None:
        super().__init__("There is no such upload, or no longer: it expired, or was ended. Begin the upload anew.")


class ForeignUploadError(InfoscreenError):
    """403: another account began it."""

    def __init__(self) -> None:
        super().__init__("This upload belongs to another account. Begin one of your own.")


class OffsetError(InfoscreenError):
    """409: the bytes do not begin where the stored ones end."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"The next byte is number {offset}. Ask with HEAD for the Upload-Offset and go on there.")


class OvertakenError(InfoscreenError):
    """409: a later request goes on with the upload."""

    def __init__(self) -> None:
        super().__init__("Another request goes on with this upload. Ask with HEAD for the Upload-Offset.")


class BeyondLengthError(InfoscreenError):
    """413: more bytes than the upload was said to have."""

    def __init__(self, length: int) -> None:
        super().__init__(f"The upload was begun with {length} bytes. Begin another one for a file of another length.")


class ChecksumError(InfoscreenError):
    """460: the bytes are not those that were sent."""

    def __init__(self) -> None:
        super().__init__("The bytes that came do not match Upload-Checksum. None was kept; send them again.")


class TooManyOpenError(InfoscreenError):
    """429: the account has too many bytes in open uploads."""

    def __init__(self, limit_bytes: int) -> None:
        limit = f"{limit_bytes / 1024**3:.3g} GiB"
        super().__init__(f"Your unfinished uploads have {limit} together, the most they may. Finish or end some first.")
