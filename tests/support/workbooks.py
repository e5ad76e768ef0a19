"""Writes XLS workbooks ([MS-XLS]) of one cell, encrypted with RC4 ([MS-OFFCRYPTO] 2.3.6)."""

import hashlib
import struct
from collections.abc import Iterator

from support.compound_files import compound_file

EXCEL_STANDARD_PASSWORD = "VelvetSweatshop"
_BOF, _EOF, _FILE_PASS, _BOUND_SHEET, _LABEL, _DIMENSIONS = 0x0809, 0x000A, 0x002F, 0x0085, 0x0204, 0x0200
_WORKBOOK, _SHEET = 0x0005, 0x0010
_BLOCK_BYTES = 1024
_SALT, _VERIFIER = bytes(range(16)), bytes(range(16, 32))


def locked_xls(text: str, password: str) -> bytes:
    """A workbook with this text in its first cell, which this password opens."""
    file_pass = struct.pack("<HHH", 1, 1, 1) + _SALT + _verifiers(password)
    globals_ = [(_BOF, _bof(_WORKBOOK)), (_FILE_PASS, file_pass), (_BOUND_SHEET, b""), (_EOF, b"")]
    name = b"\x05\x00Sheet"
    size = sum(4 + len(body) for _, body in globals_) + 6 + len(name)
    globals_[2] = (_BOUND_SHEET, struct.pack("<IH", size, 0) + name)
    label = struct.pack("<HHHHB", 0, 0, 0, len(text), 1) + text.encode("utf-16-le")
    dimensions = struct.pack("<IIHHH", 0, 1, 0, 1, 0)  # without them LibreOffice reads no cell
    sheet = [(_BOF, _bof(_SHEET)), (_DIMENSIONS, dimensions), (_LABEL, label), (_EOF, b"")]
    return compound_file({"Workbook": _encrypted([*globals_, *sheet], password)})


def _bof(kind: int) -> bytes:
    return struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6)


def _encrypted(records: list[tuple[int, bytes]], password: str) -> bytes:
    """Headers stay readable, and so do BOF, FilePass and where a sheet begins; the key stream goes on below them."""
    stream = bytearray()
    for kind, body in records:
        stream += struct.pack("<HH", kind, len(body))
        readable = len(body) if kind in {_BOF, _FILE_PASS} else 4 if kind == _BOUND_SHEET else 0
        for at, byte in enumerate(body):
            block, within = divmod(len(stream), _BLOCK_BYTES)
            stream.append(byte if at < readable else byte ^ _key_bytes(password, block)[within])
    return bytes(stream)


def _key_bytes(password: str, block: int) -> bytes:
    truncated = hashlib.md5(password.encode("utf-16-le"), usedforsecurity=False).digest()[:5]
    key = hashlib.md5((truncated + _SALT) * 16, usedforsecurity=False).digest()[:5]
    stream = _rc4(hashlib.md5(key + struct.pack("<I", block), usedforsecurity=False).digest())
    return bytes(next(stream) for _ in range(_BLOCK_BYTES))


def _verifiers(password: str) -> bytes:
    plain = _VERIFIER + hashlib.md5(_VERIFIER, usedforsecurity=False).digest()
    return bytes(byte ^ key for byte, key in zip(plain, _key_bytes(password, 0), strict=False))


def _rc4(key: bytes) -> Iterator[int]:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    while True:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        yield state[(state[i] + state[j]) % 256]
