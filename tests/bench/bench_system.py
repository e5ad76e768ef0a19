"""The whole system as a contender: decks wait in the lanes, and converters take them from there."""

_START_SECONDS = 180
_LINGERS_SECONDS = 1.0  # for as long as a converter that was just stopped may have a question open
