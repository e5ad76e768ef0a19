"""Office Open XML."""

import io
import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from support.outward import Targets, package
from support.outward.rtf import instructions

_OPENXML = "http://schemas.openxmlformats.org"
_R = f"{_OPENXML}/officeDocument/2006/relationships"
_SPACES = (
    f'xmlns:w="{_OPENXML}/wordprocessingml/2006/main" xmlns:p="{_OPENXML}/presentationml/2006/main" '
    f'xmlns:a="{_OPENXML}/drawingml/2006/main" xmlns:pic="{_OPENXML}/drawingml/2006/picture" xmlns:r="{_R}" '
    f'xmlns:wp="{_OPENXML}/drawingml/2006/wordprocessingDrawing" xmlns:v="urn:schemas-microsoft-com:vml" '
    f'xmlns:xdr="{_OPENXML}/drawingml/2006/spreadsheetDrawing" xmlns:o="urn:schemas-microsoft-com:office:office"'
)
_SHEET_SPACES = f'xmlns="{_OPENXML}/spreadsheetml/2006/main" xmlns:r="{_R}"'
_EXTENT = '<a:off x="0" y="0"/><a:ext cx="990000" cy="990000"/>'


class _Part:
    """A part of a package, with what it refers to."""

    def __init__(self) -> None:
        self._rows: list[str] = []

    def refer(self, kind: str, target: str, *, external: bool = True) -> str:
        """The id of a new relationship."""
        number = f"rId{len(self._rows) + 1}"
        mode = ' TargetMode="External"' if external else ""
        self._rows.append(f'<Relationship Id="{number}" Type="{_R}/{kind}" Target={quoteattr(target)}{mode}/>')
        return number

    def relationships(self) -> str:
        """The file of them."""
        space = f"{_OPENXML}/package/2006/relationships"
        return f'<Relationships xmlns="{space}">{"".join(self._rows)}</Relationships>'


def _package(main: str, kinds: dict[str, str], parts: dict[str, str]) -> bytes:
    root = _Part()
    root.refer("officeDocument", main, external=False)
    prefix = "application/vnd.openxmlformats-officedocument."
    types = "".join(f'<Override PartName="/{name}" ContentType="{prefix}{kind}+xml"/>' for name, kind in kinds.items())
    relationships = "application/vnd.openxmlformats-package.relationships+xml"
    return package(
        {
            "[Content_Types].xml": f'<Types xmlns="{_OPENXML}/package/2006/content-types">'
            f'<Default Extension="rels" ContentType="{relationships}"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>',
            "_rels/.rels": root.relationships(),
            **parts,
        }
    )


def _picture(part: _Part, reference: str, prefix: str) -> Iterable[str]:
    """Pictures of one file: linked, as if it were a part, and as if it were a hyperlink."""
    for kind, external in (("image", True), ("image", False), ("hyperlink", True)):
        number = part.refer(kind, reference, external=external)
        use = "link" if external else "embed"
        properties = "<p:nvPr/>" if prefix == "p" else ""
        yield (
            f'<{prefix}:pic><{prefix}:nvPicPr><{prefix}:cNvPr id="1" name="p"/><{prefix}:cNvPicPr/>{properties}'
            f'</{prefix}:nvPicPr><{prefix}:blipFill><a:blip r:{use}="{number}"/><a:stretch><a:fillRect/></a:stretch>'
            f"</{prefix}:blipFill><{prefix}:spPr><a:xfrm>{_EXTENT}</a:xfrm>"
            f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></{prefix}:spPr></{prefix}:pic>'
        )


def _run(content: str) -> str:
    return f"<w:p><w:r>{content}</w:r></w:p>"


def field(instruction: str) -> str:
    """A field whose instruction is cut in pieces, as Word does."""
    cut = len(instruction.split(maxsplit=1)[0]) // 2
    pieces = "".join(
        f"<w:r><w:instrText>{escape(piece)}</w:instrText></w:r>" for piece in (instruction[:cut], instruction[cut:])
    )
    return (
        f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{pieces}<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        '<w:r><w:t>result</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )


def _drawn(picture: str) -> str:
    data = f'<a:graphicData uri="{_OPENXML}/drawingml/2006/picture">{picture}</a:graphicData>'
    inline = '<wp:extent cx="990000" cy="990000"/><wp:docPr id="1" name="p"/>'
    return _run(f"<w:drawing><wp:inline>{inline}<a:graphic>{data}</a:graphic></wp:inline></w:drawing>")


def _texts(part: _Part, targets: Targets) -> Iterable[str]:
    for r in targets("png"):
        yield from map(_drawn, _picture(part, r, "pic"))
    for r in (*targets("png"), *targets("svg")):
        picture = f'<v:imagedata r:id="{part.refer("image", r)}" src={quoteattr(r)} o:href={quoteattr(r)}/>'
        fill = f'<v:fill type="frame" src={quoteattr(r)}/>'
        yield _run(f'<w:pict><v:shape style="width:50pt;height:50pt">{picture}{fill}</v:shape></w:pict>')
    for r in targets("fodt"):
        yield _run(
            '<w:object><v:shape id="o" style="width:50pt;height:50pt"/><o:OLEObject Type="Link" ShapeID="o" '
            f'ProgID="Word.Document.12" DrawAspect="Content" r:id="{part.refer("oleObject", r)}" UpdateMode="Always"/>'
            "</w:object>"
        )
        yield f'<w:altChunk r:id="{part.refer("aFChunk", r)}"/><w:subDoc r:id="{part.refer("subDocument", r)}"/>'
    for instruction in instructions(targets):
        yield field(instruction)
        yield f"<w:p><w:fldSimple w:instr={quoteattr(instruction)}><w:r><w:t>x</w:t></w:r></w:fldSimple></w:p>"


def docx(targets: Targets) -> bytes:
    """A text with pictures, objects, fields, a template and other documents from outside."""
    document, settings = _Part(), _Part()
    body = _run("<w:t>Page</w:t>") + "".join(_texts(document, targets))
    document.refer("settings", "settings.xml", external=False)
    for r in targets("fodt"):
        settings.refer("attachedTemplate", r)
        settings.refer("mailMergeSource", r)
    kind = "wordprocessingml"
    return _package(
        "word/document.xml",
        {"word/document.xml": f"{kind}.document.main", "word/settings.xml": f"{kind}.settings"},
        {
            "word/document.xml": f"<w:document {_SPACES}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": document.relationships(),
            "word/settings.xml": f'<w:settings {_SPACES}><w:attachedTemplate r:id="rId1"/></w:settings>',
            "word/_rels/settings.xml.rels": settings.relationships(),
        },
    )


def _slide_shapes(part: _Part, targets: Targets) -> Iterable[str]:
    for r in (*targets("png"), *targets("svg")):
        yield from _picture(part, r, "p")
    for r in (*targets("fodp"), *targets("fods"), *targets("txt")):
        link = '<p:link updateAutomatic="1"/>'
        yield (
            '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="1" name="o"/><p:cNvGraphicFramePr/><p:nvPr/>'
            f'</p:nvGraphicFramePr><p:xfrm>{_EXTENT}</p:xfrm><a:graphic><a:graphicData uri="{_OPENXML}/presentationml/'
            f'2006/ole"><p:oleObj name="o" r:id="{part.refer("oleObject", r)}" imgW="99" imgH="99" '
            f'progId="PowerPoint.Show.12">{link}</p:oleObj></a:graphicData></a:graphic></p:graphicFrame>'
        )
    for r in targets("mp4"):
        for kind in ("video", "audio"):
            media = f'<p:nvPr><a:{kind}File r:link="{part.refer(kind, r)}"/></p:nvPr>'
            yield (
                f'<p:pic><p:nvPicPr><p:cNvPr id="1" name="m"/><p:cNvPicPr/>{media}</p:nvPicPr>'
                "<p:blipFill/><p:spPr/></p:pic>"
            )


def pptx(targets: Targets, presentation: bytes) -> bytes:
    """The presentation, whose first slide shows pictures, films, sounds and objects from outside."""
    with zipfile.ZipFile(io.BytesIO(presentation)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    part = _Part()
    part.refer("slideLayout", "../slideLayouts/slideLayout1.xml", external=False)
    shapes = "".join(_slide_shapes(part, targets))
    blip = f'<a:blipFill><a:blip r:link="{part.refer("image", targets("png")[0])}"/></a:blipFill>'
    slide = bytes(parts["ppt/slides/slide1.xml"]).decode()
    slide = slide.replace("<p:cSld>", f"<p:cSld><p:bg><p:bgPr>{blip}</p:bgPr></p:bg>")
    slide = slide.replace("</p:spTree>", f"{shapes}</p:spTree>")
    return package(parts | {"ppt/slides/slide1.xml": slide, "ppt/slides/_rels/slide1.xml.rels": part.relationships()})


def _anchored(picture: str) -> str:
    place = "<xdr:col>1</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row><xdr:rowOff>0</xdr:rowOff>"
    size = '<xdr:ext cx="990000" cy="990000"/>'
    return f"<xdr:oneCellAnchor><xdr:from>{place}</xdr:from>{size}{picture}<xdr:clientData/></xdr:oneCellAnchor>"


def xlsx(targets: Targets) -> bytes:
    """A workbook with links, queries, formulas and pictures from outside."""
    book, sheet, drawing = _Part(), _Part(), _Part()
    main = (
        f'<sheets><sheet name="f" sheetId="1" r:id="{book.refer("worksheet", "sheet1.xml", external=False)}"/></sheets>'
    )
    book.refer("connections", "connections.xml", external=False)
    parts, kinds, links, rows, queries = {}, {}, "", "", ""
    for number, r in enumerate(targets("fods"), 1):
        link, name = _Part(), f"link{number}.xml"
        link.refer("externalLinkPath", r)
        sheets = '<externalBook r:id="rId1"><sheetNames><sheetName val="1"/></sheetNames></externalBook>'
        parts |= {
            f"xl/{name}": f"<externalLink {_SHEET_SPACES}>{sheets}</externalLink>",
            f"xl/_rels/{name}.rels": link.relationships(),
        }
        kinds[f"xl/{name}"] = "spreadsheetml.externalLink"
        links += f'<externalReference r:id="{book.refer("externalLink", name, external=False)}"/>'
        formulas = (
            f'_xlfn.WEBSERVICE("{r}")',
            f"'[{r}]a'!A1",
            f"'{r}'#$a.A1",
            f'DDE("a","{r}","b")',
            f"[{number}]a!A1",
        )
        rows += "".join(f"<row><c><f>{escape(formula)}</f></c></row>" for formula in formulas)
        queries += (
            f'<connection id="{number}" name="c{number}" type="4" refreshOnLoad="1" sourceFile={quoteattr(r)} '
            f'odcFile={quoteattr(r)}><webPr url={quoteattr(r)} htmlTables="1"/><textPr sourceFile={quoteattr(r)}/>'
            "</connection>"
        )
    pictures = "".join(
        _anchored(picture) for r in (*targets("png"), *targets("svg")) for picture in _picture(drawing, r, "pic")
    ).replace("pic:", "xdr:")
    links = f"<externalReferences>{links}</externalReferences>"
    shown = (
        f'<drawing r:id="{sheet.refer("drawing", "drawing1.xml", external=False)}"/>'
        f'<picture r:id="{sheet.refer("image", targets("png")[0])}"/>'
    )
    kinds |= {
        "xl/workbook.xml": "spreadsheetml.sheet.main",
        "xl/sheet1.xml": "spreadsheetml.worksheet",
        "xl/connections.xml": "spreadsheetml.connections",
        "xl/drawing1.xml": "drawing",
    }
    return _package(
        "xl/workbook.xml",
        kinds,
        {
            "xl/workbook.xml": f"<workbook {_SHEET_SPACES}>{main}{links}</workbook>",
            "xl/_rels/workbook.xml.rels": book.relationships(),
            "xl/connections.xml": f"<connections {_SHEET_SPACES}>{queries}</connections>",
            "xl/sheet1.xml": f"<worksheet {_SHEET_SPACES}><sheetData>{rows}</sheetData>{shown}</worksheet>",
            "xl/_rels/sheet1.xml.rels": sheet.relationships(),
            "xl/drawing1.xml": f"<xdr:wsDr {_SPACES}>{pictures}</xdr:wsDr>",
            "xl/_rels/drawing1.xml.rels": drawing.relationships(),
            **parts,
        },
    )
