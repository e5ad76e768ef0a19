"""The order of the roles that an account may have."""

from infoscreen.common.roles import PEOPLE, Role


def lesser(one: Role, other: Role) -> Role:
    """The lesser of two roles: what a personal token allows is never more than its owner may do."""
    return min(one, other, key=PEOPLE.index)
