"""The font that emoji are drawn in."""

from pathlib import Path

FAMILY = "Noto Color Emoji"
FONT_FILE = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
"""Of Debian's fonts-noto-color-emoji."""
