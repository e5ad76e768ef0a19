"""OpenDocument, flat and zipped, and SVG."""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from support.outward import Targets, package

_URN = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMES = {"draw": "drawing", "svg": "svg-compatible", "anim": "animation", "smil": "smil-compatible"}
_OWN = ("office", "text", "table", "draw", "presentation", "style", "svg", "form", "meta", "script", "config", "anim")
_SPACES = " ".join(
    (
        *(f'xmlns:{prefix}="{_URN}{_NAMES.get(prefix, prefix)}:1.0"' for prefix in _OWN),
        f'xmlns:of="{_URN}of:1.2" xmlns:manifest="{_URN}manifest:1.0"',
        'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xforms="http://www.w3.org/2002/xforms"',
        'xmlns:ooo="http://openoffice.org/2004/office" office:version="1.3"',
    )
)
_PLACE = 'svg:x="1cm" svg:y="7cm" svg:width="9cm" svg:height="5cm"'


def _link(reference: str) -> str:
    return f'xlink:href={quoteattr(reference)} xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"'


def _name(reference: str) -> str:
    return f"n{abs(hash(reference))}"


def _frames(targets: Targets) -> Iterable[str]:
    for extension in ("fodt", "fods", "fodp", "txt"):
        for r in targets(extension):
            for kind in ("object", "object-ole", "floating-frame"):
                yield f"<draw:frame {_PLACE}><draw:{kind} {_link(r)}/></draw:frame>"
    for extension in ("png", "svg"):
        for r in targets(extension):
            applet = f"draw:code={quoteattr(r)} draw:archive={quoteattr(r)}"
            for kind in ("image", f"applet {applet}"):
                yield f"<draw:frame {_PLACE}><draw:{kind} {_link(r)}/></draw:frame>"
    for r in targets("mp4"):
        kind = 'plugin draw:mime-type="application/vnd.sun.star.media"'
        yield f"<draw:frame {_PLACE}><draw:{kind} {_link(r)}/></draw:frame>"


def _shapes(targets: Targets) -> Iterable[str]:
    """With a fill, with events and with form controls."""
    for extension in ("png", "svg"):
        for r in targets(extension):
            yield (
                f'<draw:rect draw:style-name="{_name(r)}" {_PLACE}><office:event-listeners>'
                '<presentation:event-listener script:event-name="dom:click" presentation:action="sound">'
                f"<presentation:sound {_link(r)}/></presentation:event-listener>"
                '<script:event-listener script:language="ooo:script" script:event-name="dom:load" '
                f"{_link(r.replace('http:', 'macro:'))}/></office:event-listeners></draw:rect>"
            )
            yield f'<draw:control draw:control="c{_name(r)}" {_PLACE}/>'


def _forms(targets: Targets) -> str:
    implementation = "ooo:com.sun.star.form.component.DatabaseImageControl"
    forms = "".join(
        f'<form:form form:datasource={quoteattr(r)} form:command="t" form:command-type="table" {_link(r)}>'
        f'<form:connection-resource {_link(r)}/><form:image-frame form:id="c{_name(r)}" xml:id="c{_name(r)}" '
        f'form:image-data={quoteattr(r)} form:control-implementation="{implementation}"><form:properties>'
        f'<form:property form:property-name="ImageURL" office:value-type="string" office:string-value={quoteattr(r)}/>'
        "</form:properties></form:image-frame></form:form>"
        for r in targets("png")
    )
    models = "".join(
        f'<xforms:model id="m{_name(r)}"><xforms:instance id="i{_name(r)}" src={quoteattr(r)}/></xforms:model>'
        for r in targets("fodt")
    )
    return f"<office:forms>{models}{forms}</office:forms>"


def _styles(targets: Targets) -> str:
    fills = "".join(
        f'<draw:fill-image draw:name="{_name(r)}" {_link(r)}/><style:style style:name="{_name(r)}" '
        'style:family="graphic"><style:graphic-properties draw:fill="bitmap" '
        f'draw:fill-image-name="{_name(r)}"><style:background-image {_link(r)}/></style:graphic-properties>'
        "</style:style>"
        for extension in ("png", "svg")
        for r in targets(extension)
    )
    pages = "".join(
        f'<style:style style:name="p{number}" style:family="drawing-page"><style:drawing-page-properties '
        f'presentation:transition-type="automatic" draw:fill="bitmap" draw:fill-image-name="{_name(r)}">'
        f"<presentation:sound {_link(r)}/></style:drawing-page-properties></style:style>"
        for number, r in enumerate(targets("png"))
    )
    return f"<office:styles>{fills}</office:styles><office:automatic-styles>{pages}</office:automatic-styles>"


def _settings(targets: Targets) -> str:
    items = "".join(
        f'<config:config-item config:name="{name}TableURL" config:type="string">{escape(r)}</config:config-item>'
        for r in targets("soc")
        for name in ("Color", "Bitmap", "Dash", "Gradient", "Hatch", "LineEnd")
    )
    items = f'<config:config-item-set config:name="ooo:configuration-settings">{items}</config:config-item-set>'
    return f"<office:settings>{items}</office:settings>"


def _meta(targets: Targets) -> str:
    links = "".join(
        f'<meta:template {_link(r)}/><meta:auto-reload {_link(r)} meta:delay="PT0S"/>' for r in targets("fodt")
    )
    return f"<office:meta>{links}</office:meta>"


def _scripts(targets: Targets) -> str:
    libraries = "".join(f'<ooo:library-linked ooo:name="{_name(r)}" {_link(r)}/>' for r in targets("txt"))
    script = f'<office:script script:language="ooo:Basic"><ooo:libraries>{libraries}</ooo:libraries></office:script>'
    return f"<office:scripts>{script}</office:scripts>"


def _presentation(targets: Targets) -> str:
    shapes, count = [*_frames(targets), *_shapes(targets)], len(targets("png"))
    pages = "".join(
        f'<draw:page draw:name="{number}" draw:style-name="p{number}">{"" if number else _forms(targets)}'
        f"{''.join(shapes[number::count])}</draw:page>"
        for number in range(count)
    )
    sounds = "".join(f"<anim:par><anim:audio {_link(r)}/></anim:par>" for r in targets("txt"))
    return f"<office:presentation>{pages}<draw:page>{sounds}</draw:page></office:presentation>"


def _text(targets: Targets) -> str:
    sections = "".join(
        f'<text:section text:name="s{number}{_name(r)}"><text:section-source {_link(r)} text:filter-name="{kind}"/>'
        "<text:p>Before</text:p></text:section>"
        for number, (extension, kind) in enumerate(
            (("txt", "Text"), ("fodt", ""), ("fodt", "OpenDocument Text Flat XML"))
        )
        for r in targets(extension)
    )
    sources = "".join(
        f'<text:section text:name="d{_name(r)}"><office:dde-source office:dde-application="soffice" '
        f'office:dde-topic={quoteattr(r)} office:dde-item="all" office:automatic-update="true"/></text:section>'
        for r in targets("fodt")
    )
    fields = "".join(
        f'<text:p><text:database-display text:database-name={quoteattr(r)} text:table-name="t" text:column-name="c">x'
        "</text:database-display></text:p>"
        for r in targets("fods")
    )
    marks = "".join(f"<text:alphabetical-index-auto-mark-file {_link(r)}/>" for r in targets("txt"))
    shapes = "".join(f"<text:p>{shape}</text:p>" for shape in (*_frames(targets), *_shapes(targets)))
    return f"<office:text>{_forms(targets)}{marks}{sections}{sources}{fields}{shapes}</office:text>"


def _spreadsheet(targets: Targets) -> str:
    formulas = [
        formula
        for r in map(escape, targets("fods"))
        for formula in (
            f"of:=WEBSERVICE(&quot;{r}&quot;)",
            f"of:=DDE(&quot;soffice&quot;;&quot;{r}&quot;;&quot;a.A1&quot;)",
            f"of:=INDIRECT(&quot;'{r}'#$a.A1&quot;)",
            f"of:=['{r}'#$a.A1]",
            f"oooc:=['{r}'#$a.A1]",
            f"of:=SUM(['{r}'#$a.A1:.A2])",
        )
    ]
    cell = '<table:table-row><table:table-cell table:formula="{}"/></table:table-row>'
    filtered = 'table:filter-name="OpenDocument Spreadsheet Flat XML"'
    linked = "".join(
        f'<table:table table:name="t{_name(r)}"><table:table-source {_link(r)} table:table-name="1" {filtered} '
        f'table:mode="copy-all"/><table:table-row><table:table-cell><table:cell-range-source {_link(r)} table:name="1" '
        f'table:last-column-spanned="1" table:last-row-spanned="1" {filtered}/></table:table-cell></table:table-row>'
        "</table:table>"
        for r in targets("fods")
    )
    names = "".join(
        f"""<table:named-expression table:name="{_name(r)}" table:expression="of:['{escape(r)}'#$a.A1]"/>"""
        for r in targets("fods")
    )
    shapes = "".join((*_frames(targets), *_shapes(targets)))
    return (
        f'<office:spreadsheet><table:table table:name="f"><table:shapes>{shapes}</table:shapes>'
        f"{''.join(map(cell.format, formulas))}</table:table>{linked}"
        f"<table:named-expressions>{names}</table:named-expressions></office:spreadsheet>"
    )


_BODIES = {"presentation": _presentation, "text": _text, "spreadsheet": _spreadsheet}


def flat(family: str, targets: Targets) -> bytes:
    """A flat OpenDocument of a family."""
    parts = _meta(targets) + _settings(targets) + _scripts(targets) + _styles(targets)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {_SPACES} '
        f'office:mimetype="application/vnd.oasis.opendocument.{family}">{parts}'
        f"<office:body>{_BODIES[family](targets)}</office:body></office:document>"
    ).encode()


def zipped(family: str, targets: Targets) -> bytes:
    """An OpenDocument package; a picture in it is an SVG, which refers outside in turn."""

    def with_inside(extension: str) -> list[str]:
        return [*targets(extension), *(["Pictures/inside.svg"] if extension == "svg" else [])]

    def part(root: str, content: str) -> str:
        return f"<office:document-{root} {_SPACES}>{content}</office:document-{root}>"

    body = f"<office:body>{_BODIES[family](with_inside)}</office:body>"
    parts = {
        "content.xml": part("content", _scripts(targets) + body),
        "styles.xml": part("styles", _styles(with_inside)),
        "settings.xml": part("settings", _settings(targets)),
        "meta.xml": part("meta", _meta(targets)),
        "Pictures/inside.svg": svg(targets),
    }
    media_type = f"application/vnd.oasis.opendocument.{family}"
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>'
        for name, kind in {"/": media_type, **dict.fromkeys(parts, "text/xml")}.items()
    )
    manifest = f"<manifest:manifest {_SPACES}>{entries}</manifest:manifest>"
    return package({"mimetype": media_type, **parts, "META-INF/manifest.xml": manifest})


def svg(targets: Targets) -> str:
    """A picture that shows others."""
    images = "".join(
        f'<image x="0" y="0" width="50" height="50" xlink:href={quoteattr(r)}/>'
        for extension in ("png", "svg")
        for r in targets(extension)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="100">'
        f'<rect width="10" height="10" fill="blue"/>{images}</svg>'
    )
