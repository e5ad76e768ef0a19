"""Options and their keys: the same options have the same key, and a key says which options it stands for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infoscreen.common.conversion_options import ConversionOptions, Profile

page = st.integers(1, 500)
part = st.one_of(page.map(str), st.tuples(page, page).map(lambda p: f"{min(p)}-{max(p)}"))
options = st.builds(
    ConversionOptions,
    profile=st.sampled_from(Profile),
    page_range=st.none() | st.lists(part, min_size=1, max_size=4).map(",".join),
    image_quality=st.none() | st.integers(1, 100),
)


@pytest.mark.parametrize(
    ("options", "key"),
    [
        (ConversionOptions(), "default"),
        (ConversionOptions(profile=Profile.PDFA), "pdfa"),
        (ConversionOptions(page_range="1-3,7"), "p1-3_7"),
        (ConversionOptions(image_quality=80), "q80"),
        (ConversionOptions(Profile.PDFA, "2", 5), "pdfa__p2__q5"),
    ],
)
def test_the_key_names_the_options(options, key):
    assert options.key == key


@given(options)
def test_a_key_is_safe_in_a_bucket_and_names_its_options(some):
    assert re.fullmatch(r"[a-z0-9_-]+", some.key)
    assert ConversionOptions.from_key(some.key) == some


@pytest.mark.parametrize("key", ["", "html", "p0", "pdfa__pdfa", "q0", "q101", "p3-1", "q80__p1", "default__pdfa"])
def test_a_key_that_no_options_have_is_refused(key):
    with pytest.raises(ValueError, match=r"\S"):
        ConversionOptions.from_key(key)


@pytest.mark.parametrize("page_range", ["", "0", "3-1", "a", "1-", "-3", "1,,2", "1 - 2", "01", "1-2-3", "٣"])
def test_page_ranges_that_mean_nothing_are_refused(page_range):
    with pytest.raises(ValueError, match="page_range"):
        ConversionOptions(page_range=page_range)


@pytest.mark.parametrize("quality", [0, 101, -5])
def test_qualities_that_are_no_percentage_are_refused(quality):
    with pytest.raises(ValueError, match="image_quality"):
        ConversionOptions(image_quality=quality)
