"""Where accounts keeps people: one schema of Postgres, and the role that has this one only."""

from infoscreen.common.postgres import SchemaPool

SCHEMA = "accounts"
ROLE = "infoscreen_accounts"


class Database(SchemaPool):
    """The pool of connections to the schema ``accounts``.

    Args:
        url: the server and the database, as ``postgresql://…``, with the role of accounts.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url, application="accounts", schema=SCHEMA, probe="SELECT FROM account LIMIT 0", size=8)
