"""Small documents, made here so that the project carries no files of others."""

import io
import zipfile
from pathlib import Path

import pytest

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
NAMESPACES = (
    f'xmlns:office="{ODF}office:1.0" xmlns:text="{ODF}text:1.0" xmlns:draw="{ODF}drawing:1.0" '
    f'xmlns:presentation="{ODF}presentation:1.0" xmlns:style="{ODF}style:1.0" xmlns:table="{ODF}table:1.0" '
    f'xmlns:svg="{ODF}svg-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"'
)
OPENXML = "http://schemas.openxmlformats.org"
RELATIONSHIPS = f"{OPENXML}/officeDocument/2006/relationships"


class Documents:
    """Builds documents of each family as bytes."""

    def fodp(self, *slides: str) -> bytes:
        return self._flat("presentation", self._slides(slides))

    def fodt(self, *paragraphs: str) -> bytes:
        return self._flat("text", "".join(f"<text:p>{paragraph}</text:p>" for paragraph in paragraphs))

    def fods(self, *cells: str) -> bytes:
        rows = "".join(
            f'<table:table-row><table:table-cell office:value-type="string"><text:p>{cell}</text:p>'
            "</table:table-cell></table:table-row>"
            for cell in cells
        )
        return self._flat("spreadsheet", f'<table:table table:name="1">{rows}</table:table>')

    def odp(self, *slides: str, automatic_styles: str = "") -> bytes:
        return self._odf("presentation", self._slides(slides), automatic_styles)

    def odt(self, body: str) -> bytes:
        return self._odf("text", body)

    def slide(self, text: str) -> str:
        return (
            '<draw:frame svg:x="1cm" svg:y="1cm" svg:width="20cm" svg:height="3cm"><draw:text-box>'
            f"<text:p>{text}</text:p></draw:text-box></draw:frame>"
        )

    def picture_link(self, url: str) -> str:
        return (
            '<draw:frame svg:x="1cm" svg:y="5cm" svg:width="5cm" svg:height="5cm">'
            f'<draw:image xlink:href="{url}" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/>'
            "</draw:frame>"
        )

    def docx(self, text: str, *, picture_url: str | None = None) -> bytes:
        word = f"{OPENXML}/wordprocessingml/2006/main"
        drawing = "" if picture_url is None else _DOCX_PICTURE
        body = f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>{drawing}"
        parts = {
            "word/document.xml": f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>',
            "word/_rels/document.xml.rels": _relationships(
                f'<Relationship Id="rId9" Type="{RELATIONSHIPS}/image" Target="{picture_url}" TargetMode="External"/>'
                if picture_url
                else ""
            ),
        }
        return self._openxml("word/document.xml", "wordprocessingml.document", parts)

    def pptx(self, *slides: str, kind: str = "presentation") -> bytes:
        return _pptx(slides, kind)

    def part(self, package: bytes, name: str) -> bytes:
        """The content of one part of a package."""
        with zipfile.ZipFile(io.BytesIO(package)) as source:
            return source.read(name)

    def with_part(self, package: bytes, name: str, content: bytes | str) -> bytes:
        """The package with one part replaced, or added."""
        with zipfile.ZipFile(io.BytesIO(package)) as source:
            parts: dict[str, bytes | str] = {part: source.read(part) for part in source.namelist()}
        return _zip(parts | {name: content})

    def with_style(self, package: bytes, *, page: int, style: str) -> bytes:
        """The odp with one page in a style of its own."""
        with zipfile.ZipFile(io.BytesIO(package)) as source:
            content = source.read("content.xml").decode()
        name = f'<draw:page draw:name="{page}"'
        return self.with_part(package, "content.xml", content.replace(name, f'{name} draw:style-name="{style}"'))

    def zip(self, parts: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
        return _zip(parts, compression)

    def _slides(self, slides: tuple[str, ...]) -> str:
        return "".join(
            f'<draw:page draw:name="{number}">{slide if slide.startswith("<") else self.slide(slide)}</draw:page>'
            for number, slide in enumerate(slides, 1)
        )

    def _flat(self, family: str, body: str) -> bytes:
        media_type = f"application/vnd.oasis.opendocument.{family}"
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document {NAMESPACES} office:mimetype="{media_type}">'
            f"<office:body><office:{family}>{body}</office:{family}></office:body></office:document>"
        ).encode()

    def _odf(self, family: str, body: str, automatic_styles: str = "") -> bytes:
        media_type = f"application/vnd.oasis.opendocument.{family}"
        styles = f"<office:automatic-styles>{automatic_styles}</office:automatic-styles>" if automatic_styles else ""
        content = (
            f"<office:document-content {NAMESPACES}>{styles}<office:body><office:{family}>{body}</office:{family}>"
            "</office:body></office:document-content>"
        )
        manifest = (
            f'<manifest:manifest xmlns:manifest="{ODF}manifest:1.0" manifest:version="1.3">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media_type}"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
        )
        return _zip({"mimetype": media_type, "content.xml": content, "META-INF/manifest.xml": manifest})

    def _openxml(self, main: str, kind: str, parts: dict[str, str]) -> bytes:
        return _zip(
            {
                "[Content_Types].xml": _content_types(
                    {f"/{main}": f"application/vnd.openxmlformats-officedocument.{kind}.main+xml"}
                ),
                "_rels/.rels": _relationships(_relationship(1, "officeDocument", main)),
                **parts,
            }
        )


_DOCX_PICTURE = (
    "<w:p><w:r><w:drawing>"
    f'<wp:inline xmlns:wp="{OPENXML}/drawingml/2006/wordprocessingDrawing">'
    '<wp:extent cx="990000" cy="990000"/><wp:docPr id="1" name="p"/>'
    f'<a:graphic xmlns:a="{OPENXML}/drawingml/2006/main">'
    f'<a:graphicData uri="{OPENXML}/drawingml/2006/picture">'
    f'<pic:pic xmlns:pic="{OPENXML}/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr id="1" name="p"/><pic:cNvPicPr/>'
    f'</pic:nvPicPr><pic:blipFill><a:blip xmlns:r="{RELATIONSHIPS}" r:link="rId9"/><a:stretch><a:fillRect/></a:stretch>'
    '</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="990000" cy="990000"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
    "</wp:inline></w:drawing></w:r></w:p>"
)


def _zip(parts: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return buffer.getvalue()


def _relationship(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{RELATIONSHIPS}/{kind}" Target="{target}"/>'


def _relationships(content: str) -> str:
    return f'<Relationships xmlns="{OPENXML}/package/2006/relationships">{content}</Relationships>'


def _content_types(overrides: dict[str, str]) -> str:
    rows = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides.items())
    return (
        f'<Types xmlns="{OPENXML}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{rows}</Types>'
    )


def _pptx(slides: tuple[str, ...], kind: str) -> bytes:
    """A presentation with one master, one layout and a text box per slide."""
    prefix = "application/vnd.openxmlformats-officedocument.presentationml"
    spaces = (
        f'xmlns:p="{OPENXML}/presentationml/2006/main" xmlns:a="{OPENXML}/drawingml/2006/main" '
        f'xmlns:r="{RELATIONSHIPS}"'
    )
    empty_tree = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    ids = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n + 1}"/>' for n in range(1, len(slides) + 1))
    colours = "".join(
        f' {name}="{value}"'
        for name, value in zip(
            ("bg1", "tx1", "bg2", "tx2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink"),
            ("lt1", "dk1", "lt2", "dk2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink"),
            strict=True,
        )
    )
    master = f"<p:cSld><p:spTree>{empty_tree}</p:spTree></p:cSld>"
    parts = {
        "[Content_Types].xml": _content_types(
            {
                "/ppt/presentation.xml": f"{prefix}.{kind}.main+xml",
                "/ppt/slideMasters/slideMaster1.xml": f"{prefix}.slideMaster+xml",
                "/ppt/slideLayouts/slideLayout1.xml": f"{prefix}.slideLayout+xml",
                **{f"/ppt/slides/slide{n}.xml": f"{prefix}.slide+xml" for n in range(1, len(slides) + 1)},
            }
        ),
        "_rels/.rels": _relationships(_relationship(1, "officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f"<p:presentation {spaces}><p:sldMasterIdLst>"
        f'<p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
        f'<p:sldIdLst>{ids}</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/>'
        '<p:notesSz cx="6858000" cy="9144000"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": _relationships(
            _relationship(1, "slideMaster", "slideMasters/slideMaster1.xml")
            + "".join(_relationship(n + 1, "slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1))
        ),
        "ppt/slideMasters/slideMaster1.xml": f"<p:sldMaster {spaces}>{master}<p:clrMap{colours}/><p:sldLayoutIdLst>"
        '<p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>',
        "ppt/slideMasters/_rels/slideMaster1.xml.rels": _relationships(
            _relationship(1, "slideLayout", "../slideLayouts/slideLayout1.xml")
        ),
        "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout {spaces}>{master}</p:sldLayout>",
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": _relationships(
            _relationship(1, "slideMaster", "../slideMasters/slideMaster1.xml")
        ),
    }
    for n, text in enumerate(slides, 1):
        hidden = ' show="0"' if text.startswith("hidden") else ""
        parts[f"ppt/slides/slide{n}.xml"] = (
            f"<p:sld {spaces}{hidden}><p:cSld><p:spTree>{empty_tree}<p:sp><p:nvSpPr>"
            '<p:cNvPr id="2" name="t"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="914400" '
            'y="914400"/><a:ext cx="7315200" cy="914400"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
            f"</p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree>"
            "</p:cSld></p:sld>"
        )
        parts[f"ppt/slides/_rels/slide{n}.xml.rels"] = _relationships(
            _relationship(1, "slideLayout", "../slideLayouts/slideLayout1.xml")
        )
    return _zip(dict(parts))


@pytest.fixture(scope="session")
def documents() -> Documents:
    return Documents()


@pytest.fixture(scope="session")
def decks() -> Path:
    """The real decks beside the repository; tests of them are skipped where they are not."""
    folder = Path(__file__).parents[4] / "shared" / "decks"
    if not folder.is_dir():
        pytest.skip("the folder shared/decks is not beside the repository")
    return folder
