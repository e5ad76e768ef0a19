"""Compound files ([MS-CFB]) made of their parts: sound ones, and the means to make others."""

import struct

FREE, END, FAT, DIFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MINI_BYTES, MINI_CUTOFF = 64, 4096


def entry(
    name: str, kind: int, *, left: int = FREE, right: int = FREE, child: int = FREE, start: int = END, size: int = 0
) -> bytes:
    """One of the directory."""
    encoded = name.encode("utf-16-le") + b"\0\0"
    head = struct.pack("<64sHBBIII", encoded, len(encoded), kind, 1, left, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


class Sectors:
    """The sectors of a file under construction, and the chains that they are in."""

    def __init__(self, shift: int = 9) -> None:
        self.shift, self.size = shift, 1 << shift
        self.contents: list[bytes] = []
        self.following: list[int] = []

    def add(self, content: bytes) -> int:
        """Append a chain with this content; its first sector."""
        if not content:
            return END
        first, count = len(self.contents), -(-len(content) // self.size)
        for number in range(count):
            self.contents.append(content[number * self.size : (number + 1) * self.size].ljust(self.size, b"\0"))
            self.following.append(first + number + 1 if number + 1 < count else END)
        return first

    def file(self, directory: int, *, mini_fat: int = END) -> bytes:
        """The whole file, with its tables of sectors at the end."""
        in_sector = self.size // 4
        tables, lists = self._tables()
        numbers = [len(self.contents) + number for number in range(tables)]
        following = [*self.following, *[FAT] * tables, *[DIFAT] * lists]
        following += [FREE] * (tables * in_sector - len(following))
        table = [struct.pack(f"<{in_sector}I", *following[n * in_sector : (n + 1) * in_sector]) for n in range(tables)]
        listed = numbers[109:]
        first_list = len(self.contents) + tables
        first = first_list if lists else END
        more = []
        for number in range(lists):
            part = listed[number * (in_sector - 1) : (number + 1) * (in_sector - 1)]
            part += [FREE] * (in_sector - 1 - len(part))
            more.append(struct.pack(f"<{in_sector}I", *part, first_list + number + 1 if number + 1 < lists else END))
        header = MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3 if self.shift == 9 else 4, 0xFFFE, self.shift, 6)
        header += struct.pack(
            "<IIIIIIII", 0, tables, directory, 0, MINI_CUTOFF, mini_fat, self._length(mini_fat), first
        )
        header += struct.pack("<I109I", lists, *(numbers[:109] + [FREE] * (109 - len(numbers[:109]))))
        return header.ljust(self.size, b"\0") + b"".join([*self.contents, *table, *more])

    def _length(self, sector: int) -> int:
        """Of the chain that begins with this sector."""
        length = 0
        while sector != END:
            sector, length = self.following[sector], length + 1
        return length

    def _tables(self) -> tuple[int, int]:
        in_sector, tables, lists = self.size // 4, 1, 0
        while tables * in_sector < len(self.contents) + tables + lists:
            tables += 1
            lists = -(-max(0, tables - 109) // (in_sector - 1))
        return tables, lists


def compound_file(streams: dict[str, bytes], *, shift: int = 9) -> bytes:
    """A sound file with these streams beside its root; small ones are in its mini stream."""
    sectors, mini, mini_following, entries = Sectors(shift), b"", [], []
    for number, (name, content) in enumerate(streams.items(), 1):
        right = number + 1 if number < len(streams) else FREE
        if len(content) < MINI_CUTOFF:
            start, count = len(mini_following), -(-len(content) // MINI_BYTES)
            mini += content.ljust(count * MINI_BYTES, b"\0")
            mini_following += [start + n + 1 if n + 1 < count else END for n in range(count)]
            start = start if content else END
        else:
            start = sectors.add(content)
        entries.append(entry(name, 2, right=right, start=start, size=len(content)))
    root = entry("Root Entry", 5, child=1 if streams else FREE, start=sectors.add(mini), size=len(mini))
    mini_fat = sectors.add(struct.pack(f"<{len(mini_following)}I", *mini_following))
    return sectors.file(sectors.add(b"".join([root, *entries])), mini_fat=mini_fat)
