"""RTF, and the instructions of fields that Word documents share with it."""

from support.outward import Targets


def instructions(targets: Targets) -> list[str]:
    """Of fields that read files."""
    return [
        f'{words}"{reference}"{rest}'
        for words, extension, rest in (
            ("INCLUDEPICTURE ", "png", " \\d"),
            ("IMPORT ", "png", ""),
            ("INCLUDETEXT ", "txt", ""),
            ("includetext ", "fodt", ""),
            ("LINK Excel.Sheet.8 ", "fods", ' "a" \\a \\t'),
            ("DDEAUTO soffice ", "fods", ' "a.A1"'),
            ("DDE soffice ", "fods", ' "a.A1"'),
            ("RD ", "fodt", ""),
        )
        for reference in targets(extension)
    ]


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}")


def spellings(instruction: str) -> list[str]:
    """The ways to write an instruction, so that one reader may take it for another."""
    return [
        _text(instruction),
        f"{{{_text(instruction)}}}",
        f"{{{_text(instruction[:4])}}}{{\\b {_text(instruction[4:])}}}",
        f"\\'{ord(instruction[0]):02x}{_text(instruction[1:])}",
        f"\\u{ord(instruction[0])}?{_text(instruction[1:])}",
        f"{{\\*\\unknown PAGE }}{_text(instruction)}",
    ]


def _ole_link(path: str) -> str:
    """An object of OLE 1 that is a link ([MS-OLEDS] 2.2.6)."""

    def counted(value: bytes) -> bytes:
        return (len(value) + 1).to_bytes(4, "little") + value + b"\0"

    head = (0x501).to_bytes(4, "little") + (1).to_bytes(4, "little")
    return (head + counted(b"Word.Document.8") + counted(path.encode()) + counted(b"") + bytes(12)).hex()


def rtf(targets: Targets) -> bytes:
    """RTF with fields, objects, pictures of shapes, a template and a list of files from outside."""
    fields = "".join(
        f"{{\\field{{\\*\\fldinst {spelling}}}{{\\fldrslt result}}}}\\par\n"
        for instruction in instructions(targets)
        for spelling in spellings(instruction)
    )
    objects = "".join(
        f"{{\\object\\objautlink\\objupdate{{\\*\\objclass Word}}{{\\*\\objdata {_ole_link(r)}}}{{\\result x}}}}"
        f"{{\\shp{{\\*\\shpinst{{\\sp{{\\sn pibName}}{{\\sv {_text(r)}}}}}{{\\sp{{\\sn pibFlags}}{{\\sv 10}}}}}}}}"
        for r in targets("png")
    )
    files = "".join(
        f"{{\\*\\template {_text(r)}}}{{\\*\\filetbl{{\\file\\fid1 {_text(r)};}}}}" for r in targets("fodt")
    )
    return f"{{\\rtf1\\ansi{files} Page\\par {fields}{objects}}}".encode("latin-1")
