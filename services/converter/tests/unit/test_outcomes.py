"""What becomes of a message when its document fails: a pure table."""

import pytest

from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.common.messaging.outcome import Retry
from infoscreen.converter.attempts import outcome_of_failure
from infoscreen.converter.settings import ConverterSettings


@pytest.mark.parametrize(
    ("allowed", "attempt", "expected"),
    [
        (1, 1, None),
        (3, 1, Retry(5.0)),
        (3, 2, Retry(30.0)),
        (3, 3, None),
        (2, 2, None),
        (9, 3, None),
    ],
)
def test_a_document_gets_as_many_attempts_as_its_failure_allows_and_never_more_than_three(allowed, attempt, expected):
    error = PermanentError(FailureReason.ENGINE_CRASHED, "died", attempts_allowed=allowed)
    assert outcome_of_failure(error, attempt) == expected


def test_the_deadline_grows_with_the_document_up_to_a_limit():
    settings = ConverterSettings(deadline_base_seconds=60, deadline_seconds_per_mib=5, deadline_max_seconds=600)
    assert settings.deadline_seconds(0) == 60
    assert settings.deadline_seconds(10 * 1024**2) == 110
    assert settings.deadline_seconds(10 * 1024**3) == 600
    assert settings.deadline_seconds(0, pages=200) == 260


def test_gotenberg_without_a_url_is_refused_with_what_to_set():
    with pytest.raises(ValueError, match="CONVERTER_GOTENBERG_URL"):
        ConverterSettings(engine="gotenberg")
