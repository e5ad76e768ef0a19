"""Each reason tells an uploader what to do."""

import pytest

from infoscreen.common.errors import FailureReason


@pytest.mark.parametrize("reason", FailureReason)
def test_a_reason_has_a_sentence_that_says_what_to_do(reason):
    what_happened, _, advice = reason.sentence.partition(". ")
    assert what_happened
    assert advice.endswith(".")


def test_trying_again_is_offered_only_where_it_may_help():
    assert {reason for reason in FailureReason if reason.retryable} == {
        FailureReason.TIMEOUT,
        FailureReason.ENGINE_CRASHED,
        FailureReason.SOURCE_MISSING,
        FailureReason.INTERNAL,
    }
