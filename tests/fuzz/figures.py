"""What a fuzzed process counts, in a file that outlives it."""

import struct

FIGURES = struct.Struct("<QdQ")
"""Inputs tried, the seconds of the slowest, the memory of the largest."""
