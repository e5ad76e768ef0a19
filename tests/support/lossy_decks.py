"""Decks of which a PDF loses something of every kind: text that says so, slide by slide."""

from infoscreen.common.deck_report import FindingKind

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_SPACES = " ".join(
    [
        *(
            f'xmlns:{prefix}="{_ODF}{name}:1.0"'
            for prefix, name in {
                "office": "office",
                "text": "text",
                "draw": "drawing",
                "presentation": "presentation",
                "style": "style",
                "svg": "svg-compatible",
                "fo": "xsl-fo-compatible",
                "smil": "smil-compatible",
                "anim": "animation",
                "script": "script",
            }.items()
        ),
        'xmlns:xlink="http://www.w3.org/1999/xlink"',
        'xmlns:ooo="http://openoffice.org/2004/office"',
    ]
)
WITHOUT_FONT = "\U0010fffd"
"""Of the private use area: no font has it."""
TOLD_AS = "U+10FFFD"
ADDRESS = "http://127.0.0.1:9/logo.png"
LOST_IN_FODP = frozenset(FindingKind) - {FindingKind.TEXT_OVER_BOX}
"""The kinds of findings in `lossy_fodp`: all that such a file can have; its boxes grow with their text."""

_STYLES = """
<style:style style:name="hidden" style:family="drawing-page">
 <style:drawing-page-properties presentation:visibility="hidden"/></style:style>
<style:style style:name="fading" style:family="drawing-page">
 <style:drawing-page-properties smil:type="fade" presentation:transition-speed="fast"/></style:style>
<style:style style:name="aptos" style:family="text">
 <style:text-properties fo:font-family="Aptos" fo:font-size="32pt"/></style:style>
<style:style style:name="carlito" style:family="text">
 <style:text-properties fo:font-family="Carlito" fo:font-size="32pt"/></style:style>
"""
_MACRO = """<office:scripts><office:script script:language="ooo:Basic"><ooo:libraries>
<ooo:library-embedded ooo:name="Standard"><ooo:module ooo:name="Module1"><ooo:source-code>Sub Main
End Sub</ooo:source-code></ooo:module></ooo:library-embedded></ooo:libraries></office:script></office:scripts>"""
_ANIMATION = """<anim:par presentation:node-type="timing-root"><anim:seq presentation:node-type="main-sequence">
<anim:par><anim:par><anim:par presentation:preset-class="entrance" presentation:preset-id="ooo-entrance-appear"
 presentation:node-type="on-click" smil:begin="next"><anim:set smil:targetElement="moving"
 smil:attributeName="visibility" smil:to="visible" smil:dur="0.001s" smil:fill="hold"/></anim:par>
</anim:par></anim:par></anim:seq></anim:par>"""


def box(text: str, *, style: str = "carlito", x: float = 1, y: float = 1, extra: str = "") -> str:
    """A box of text, in centimetres."""
    return (
        f'<draw:frame {extra} svg:x="{x}cm" svg:y="{y}cm" svg:width="22cm" svg:height="2cm"><draw:text-box>'
        f'<text:p><text:span text:style-name="{style}">{text}</text:span></text:p></draw:text-box></draw:frame>'
    )


def framed(content: str) -> str:
    """What is not text, in a frame."""
    return f'<draw:frame svg:x="1cm" svg:y="9cm" svg:width="6cm" svg:height="4cm">{content}</draw:frame>'


def media(address: str) -> str:
    """A film or a sound."""
    return framed(f'<draw:plugin xlink:href="{address}" draw:mime-type="application/vnd.sun.star.media"/>')


def lossy_fodp() -> bytes:
    """A deck with every kind of loss, on pages 1 to 4 of its PDF; its third slide is hidden."""
    outside = framed(f'<draw:image xlink:href="{ADDRESS}"/>') + framed(
        '<draw:object xlink:href="file:///C:/figures.ods"/>'
    )
    slides = [
        (
            "",
            box("Numbers of the third quarter", style="aptos")
            + box(f"A sign {WITHOUT_FONT} that no font has", y=4)
            + outside,
        ),
        (
            "fading",
            box("Moving", extra='draw:id="moving" xml:id="moving"')
            + media("film.mp4")
            + media("jingle.mp3")
            + _ANIMATION,
        ),
        ("hidden", box("Not for screens")),
        (
            "",
            box("This line runs over the right edge of the page", x=18) + box("<text:date>2026-11-27</text:date>", y=5),
        ),
        ("", ""),
    ]
    pages = "".join(
        f'<draw:page draw:name="{number}" draw:style-name="{style}" draw:master-page-name="m">{content}</draw:page>'
        for number, (style, content) in enumerate(slides, 1)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {_SPACES} office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.presentation">
{_MACRO}
<office:automatic-styles>{_STYLES}<style:page-layout style:name="l"><style:page-layout-properties fo:page-width="28cm"
 fo:page-height="15.75cm"/></style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="m" style:page-layout-name="l"/></office:master-styles>
<office:body><office:presentation>{pages}</office:presentation></office:body></office:document>""".encode()
