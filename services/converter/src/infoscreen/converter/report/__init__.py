"""The deck report: what a PDF lost of its document, found in the two files alone, so the same behind every engine."""
