"""The audit only grows, and is found by its time, its subject and its author.

No role keeps the right to change, delete or truncate entries: the catalog, which connects as the table's owner, gives
its own up.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_audit_at_id": ("at", "id"),
    "ix_audit_subject_at_id": ("subject", "at", "id"),
    "ix_audit_actor_at_id": ("actor", "at", "id"),
}
_CHANGES = "UPDATE, DELETE, TRUNCATE ON audit"


def upgrade() -> None:
    """Create the indexes, and take the rights away."""
    op.drop_index("ix_audit_at", "audit")
    for name, columns in _INDEXES.items():
        op.create_index(name, "audit", list(columns))
    op.execute(f"REVOKE {_CHANGES} FROM PUBLIC, CURRENT_USER")


def downgrade() -> None:
    """Give the owner its rights again; the entries stay."""
    op.execute(f"GRANT {_CHANGES} TO CURRENT_USER")
    for name in _INDEXES:
        op.drop_index(name, "audit")
    op.create_index("ix_audit_at", "audit", ["at"])
