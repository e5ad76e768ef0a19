"""The roles that an account may have, from the least to the greatest."""

from infoscreen.common.auth import Role

PEOPLE = (Role.UPLOADER, Role.OPERATOR)


def lesser(one: Role, other: Role) -> Role:
    """The lesser of two roles: what a personal token allows is never more than its owner may do."""
    return min(one, other, key=PEOPLE.index)
