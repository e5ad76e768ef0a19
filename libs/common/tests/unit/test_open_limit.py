"""So many may be open of one principal, and of all together."""

import pytest

from infoscreen.common.auth import Principal
from infoscreen.common.open_limit import OpenLimit
from infoscreen.common.problem import ProblemError
from infoscreen.common.roles import Role

ANN, BOB, CY = (Principal(name, Role.UPLOADER) for name in ("ann", "bob", "cy"))


@pytest.fixture
def limit():
    return OpenLimit("event streams", per_principal=2, total=3)


def test_one_too_many_of_a_principal_is_told_so_and_when_to_come_again(limit):
    with limit.one_more(ANN), limit.one_more(ANN):
        with pytest.raises(ProblemError, match="Your token has 2 event streams open") as caught, limit.one_more(ANN):
            pass
        assert (caught.value.status, caught.value.headers["Retry-After"]) == (429, "30")
        with limit.one_more(BOB):
            assert limit.open == 3


def test_one_too_many_in_total_is_told_so(limit):
    with (
        limit.one_more(ANN),
        limit.one_more(ANN),
        limit.one_more(BOB),
        pytest.raises(ProblemError, match="3 event streams are open here"),
        limit.one_more(CY),
    ):
        pass


def test_a_closed_stream_makes_room_however_it_ends(limit):
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), limit.one_more(ANN), limit.one_more(ANN):
            raise ZeroDivisionError
    assert limit.open == 0
