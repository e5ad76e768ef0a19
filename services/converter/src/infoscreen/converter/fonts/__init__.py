"""Which fonts an office draws a deck in: those that stand in for what is not there, and an operator's own."""
