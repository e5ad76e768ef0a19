"""Kernel fences around processes that read untrusted documents.

Imported both by the service's own children and, under Debian's Python, by the LibreOffice driver: standard library
only. Each fence reports whether the kernel put it up; none needs a privilege or a helper program. What a fence
does holds for the calling process and for all that it starts, and cannot be undone.
"""

import ctypes
import math
import os
import resource
import signal
import struct
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)


class Fence(StrEnum):
    """A restriction of a process by the kernel, where the kernel offers it."""

    NETWORK = "network"
    FILES = "files"
    USER = "user"


LIBRARIES = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime")
"""What a program of this machine is loaded from: no settings, no secrets, nothing of other processes."""
FONTS = ("/etc/fonts", "/var/cache/fontconfig")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_MS_BIND, _MS_REC, _MS_PRIVATE, _MS_NOSUID, _MS_NODEV = 0x1000, 0x4000, 0x40000, 2, 4
# systemd assigns its transient users from this range.
_FIRST_TRANSIENT_ID, _TRANSIENT_IDS = 61184, 4336

# System calls with one number on all 64-bit architectures: landlock_create_ruleset(2) and its siblings.
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_VERSION_FLAG = 1
_LANDLOCK_RULE_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_SOCKETS_ONLY = 1 << 9 | 1 << 5  # make sockets, and unlink
_FILE_ONLY = _EXECUTE | _WRITE_FILE | _READ_FILE
_ALL_OF_VERSION_1 = (1 << 13) - 1
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent dies, however that happens."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # it died before we asked
        os._exit(1)


def limit_resources(*, address_space_bytes: int, file_size_bytes: int, open_files: int) -> None:
    """Bound what one process can take from the machine; a crash leaves no core dump."""
    limits = (
        (resource.RLIMIT_AS, address_space_bytes),
        (resource.RLIMIT_FSIZE, file_size_bytes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, wanted in limits:
        hard = resource.getrlimit(kind)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (value, value))


def limit_cpu(seconds: int) -> None:
    """Have the kernel kill this process once it has used so much more processor time, however long that takes."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + seconds, hard))


def prefer_as_victim() -> None:
    """Have the kernel's out-of-memory killer kill this process before a service."""
    Path("/proc/self/oom_score_adj").write_text("800")


def leave_network() -> bool:
    """Move into a network namespace with nothing in it, not even a loopback that is up.

    Unix sockets go on working. Needs root, or a kernel that lets users make namespaces.
    """
    if _libc.unshare(_CLONE_NEWNET) == 0:
        return True
    uid, gid = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    return True


def transient_user(service_pid: int) -> int:
    """The number of the user, and of the group, that the children of a service started by root run as."""
    return _FIRST_TRANSIENT_ID + service_pid % _TRANSIENT_IDS


def give_away(given: Path, identity: int) -> None:
    """Make a user the owner of a file, or of a directory and of all that is in it."""
    for path in (given, *given.rglob("*")):
        os.chown(path, identity, identity, follow_symlinks=False)


def become(identity: int, home: Path, readable: Iterable[str] = ()) -> bool:
    """Give up root for a user who owns `home`, and can come to the `readable` directories.

    The directories above them stay shut to that user; these are within reach all the same, under the same paths.
    Does nothing where the process is not root. To be called before `die_with_parent` and `confine`: the kernel
    forgets the one, and the other forbids mounting.

    Returns:
        False where the kernel forbids this root to mount, as in a container; the process then remains root.
    """
    if os.geteuid() != 0:
        return True
    if not _reveal([home, *map(Path, readable)]):
        return False
    give_away(home, identity)
    os.setgroups([])
    os.setresgid(identity, identity, identity)
    os.setresuid(identity, identity, identity)
    return True


def _reveal(directories: Iterable[Path]) -> bool:
    """Make directories reachable for this process alone, by mounting an empty one over each closed one above them."""
    behind = {directory: shut for directory in directories if directory.is_dir() and (shut := _shut_above(directory))}
    if not behind:
        return True
    if _libc.unshare(_CLONE_NEWNS) != 0 or _mount("none", "/", None, _MS_REC | _MS_PRIVATE) != 0:
        return False
    descriptors = {directory: os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC) for directory in behind}
    mask = os.umask(0o022)
    try:
        for shut in set(behind.values()):
            if _mount("none", str(shut), "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=755,size=64k") != 0:
                return False
        for directory, descriptor in descriptors.items():
            directory.mkdir(parents=True, exist_ok=True)
            if _mount(f"/proc/self/fd/{descriptor}", str(directory), None, _MS_BIND) != 0:
                return False
        return True
    finally:
        os.umask(mask)
        for descriptor in descriptors.values():
            os.close(descriptor)


def _shut_above(directory: Path) -> Path | None:
    """The highest of the directories above this one that only its owner may pass through."""
    return next((above for above in reversed(directory.parents) if not above.stat().st_mode & 0o001), None)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> int:
    texts = [None if text is None else text.encode() for text in (source, target, kind, options)]
    return int(_libc.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3]))


def confine(*, readable: Iterable[str], writable: Iterable[str], sockets: Iterable[str]) -> bool:
    """Deny this process every path but these, and TCP where the kernel is 6.7 or later, by Landlock.

    Args:
        readable: files and directories that may be read; what does not exist is passed over.
        writable: those that may be changed as well.
        sockets: directories in which only sockets may be made, and files unlinked.
    """
    version = _libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION_FLAG)
    if version < 1:
        return False
    all_access = _ALL_OF_VERSION_1 | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)  # noqa: PLR2004 - versions of the ABI
    attributes = struct.pack("Q", all_access)
    if version >= 4:  # noqa: PLR2004 - a version of the ABI
        attributes += struct.pack("Q", _BIND_TCP | _CONNECT_TCP)
    ruleset = _libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    try:
        for access, paths in ((_READ, readable), (all_access, writable), (_SOCKETS_ONLY, sockets)):
            for path in paths:
                _allow_beneath(ruleset, path, access)
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(_libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow_beneath(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        allowed = access if Path(path).is_dir() else access & (_FILE_ONLY | _TRUNCATE)
        rule = struct.pack("=Qi", allowed, descriptor)  # packed, as the kernel declares it
        _libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
