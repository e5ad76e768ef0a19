"""`infoscreen people` on a real accounts is tested end to end; here, what it says when it cannot."""

import pytest

from infoscreen.cli.errors import CliError
from infoscreen.cli.people import AccountRole, People
from infoscreen.cli.ports import PortBook


def test_a_system_that_does_not_answer_is_named():
    nowhere = f"http://127.0.0.1:{PortBook().port('nothing')}"
    with pytest.raises(CliError, match=f"{nowhere} did not answer"):
        People(nowhere, "token").invite("Ada", AccountRole.UPLOADER)
