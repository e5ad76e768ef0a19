"""People: their accounts, passwords, invites, sessions and personal tokens. The only part that knows a password."""
