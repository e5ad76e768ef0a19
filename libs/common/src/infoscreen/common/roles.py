"""What each kind of token allows."""

from enum import StrEnum


class Role(StrEnum):
    """What a token allows. Of the roles of people, each may do all that those before it may."""

    VIEWER = "viewer"
    UPLOADER = "uploader"
    EDITOR = "editor"
    OPERATOR = "operator"
    PLAYER = "player"


PEOPLE = (Role.VIEWER, Role.UPLOADER, Role.EDITOR, Role.OPERATOR)
"""Who may look at media: every person, from the least role to the greatest."""
UPLOADERS = PEOPLE[1:]
"""Who may upload, and change the media that they own."""
EDITORS = PEOPLE[2:]
"""Who may change every medium, plan what screens show, and bring screens in."""
