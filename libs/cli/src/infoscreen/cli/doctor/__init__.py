"""`infoscreen doctor`: sends a deck of its own through every hop, and names the first one that is broken.

`trip` follows the deck, `surroundings` looks at the servers on its way, `verb` prints what they found.
"""
