"""Draws stretched picture backgrounds as pictures.

LibreOffice decodes, scales and encodes a page's background picture for each page that shows it, which took 16 of 17 s
of a deck of 48 slides with such masters (seen, 7.4). A picture shape of the same size at the bottom of the page
looks the same, and its bytes go into the PDF as they are, once.

Runs in the UNO driver under Debian's Python: standard library and ``uno`` only.
"""

from collections.abc import Iterator
from typing import Any

from com.sun.star.awt import Point, Size
from com.sun.star.drawing.BitmapMode import STRETCH
from com.sun.star.drawing.FillStyle import BITMAP, NONE


def draw_backgrounds_as_pictures(document: Any) -> None:
    """Exchange each stretched picture background of a presentation for a picture, where the pages look the same after.

    A master's background stays where one of its slides hides the master's shapes, or shows them above a background of
    its own: there the picture, which is a shape, would be missing or in the way.
    """
    # Most decks have no bitmap fill at all, and asking each of 60 slides costs as much as converting three of them.
    if not document.createInstance("com.sun.star.drawing.BitmapTable").hasElements():
        return
    slides = list(_pages(document.DrawPages))
    for master in _pages(document.MasterPages):
        if _is_stretched_picture(master.Background):
            users = [slide for slide in slides if slide.MasterPage == master]
            if all(_shows_all_of_its_master(slide) for slide in users):
                _draw_as_picture(document, master)
    for slide in slides:
        if _is_stretched_picture(slide.Background) and not (
            slide.IsBackgroundObjectsVisible and slide.MasterPage.hasElements()
        ):
            _draw_as_picture(document, slide)


def _shows_all_of_its_master(slide: Any) -> bool:
    return slide.IsBackgroundVisible and slide.IsBackgroundObjectsVisible and slide.Background is None


def _pages(pages: Any) -> Iterator[Any]:
    return (pages.getByIndex(index) for index in range(pages.Count))


def _is_stretched_picture(background: Any) -> bool:
    return (
        background is not None
        and background.FillStyle == BITMAP
        and background.FillBitmapMode == STRETCH
        and background.FillTransparence == 0
        and not background.FillTransparenceGradientName
    )


def _draw_as_picture(document: Any, page: Any) -> None:
    background = page.Background
    picture = document.createInstance("com.sun.star.drawing.GraphicObjectShape")
    picture.Graphic = background.FillBitmap
    page.add(picture)
    picture.Position, picture.Size, picture.ZOrder = Point(0, 0), Size(page.Width, page.Height), 0
    background.FillStyle = NONE
    page.Background = background
