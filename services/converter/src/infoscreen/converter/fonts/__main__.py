"""Prints docs/fonts.md: python -m infoscreen.converter.fonts > docs/fonts.md."""

import sys

from infoscreen.converter.fonts.page import fonts_page

if __name__ == "__main__":
    sys.stdout.write(fonts_page())
