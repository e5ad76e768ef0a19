"""No filename breaks out of the header that carries it."""

import re
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from infoscreen.common.object_store import content_disposition

_HEADER = re.compile(r"""inline; filename="([A-Za-z0-9 ._()-]+)"; filename\*=UTF-8''([A-Za-z0-9._~%-]*)""")


@given(filename=st.text(max_size=300))
def test_the_header_has_one_form_whatever_the_filename(filename):
    assert _HEADER.fullmatch(content_disposition(filename))


@given(filename=st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_the_filename_arrives_unchanged(filename):
    match = _HEADER.fullmatch(content_disposition(filename))
    assert unquote(match.group(2)) == filename


def test_quotes_and_line_breaks_are_only_text():
    header = content_disposition('a"; filename=evil.exe\r\nSet-Cookie: x=1')
    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2
