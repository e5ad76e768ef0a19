import pytest
from hypothesis import given
from hypothesis import strategies as st

from infoscreen.common.conversion_options import ConversionOptions, Profile


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


@given(
    st.builds(
        ConversionOptions,
        st.sampled_from(Profile),
        st.none() | st.integers(1, 99).map(lambda first: f"{first}-{first + 3},200"),
        st.none() | st.integers(1, 100),
    ),
    st.builds(
        ConversionOptions, st.sampled_from(Profile), st.none() | st.just("1-4,200"), st.none() | st.integers(1, 100)
    ),
)
def test_keys_are_equal_exactly_when_options_are(one, other):
    assert (one.key == other.key) is (one == other)
    assert set(one.key) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")


@pytest.mark.parametrize("page_range", ["", "0", "3-1", "a", "1-", "-3", "1,,2", "1 - 2", "01", "1-2-3", "٣"])
def test_page_ranges_that_mean_nothing_are_refused(page_range):
    with pytest.raises(ValueError, match="page_range"):
        ConversionOptions(page_range=page_range)


@pytest.mark.parametrize("quality", [0, 101, -5])
def test_qualities_that_are_no_percentage_are_refused(quality):
    with pytest.raises(ValueError, match="image_quality"):
        ConversionOptions(image_quality=quality)
