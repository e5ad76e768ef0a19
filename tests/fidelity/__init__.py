"""What is left of a deck once it is a PDF: characters, fonts, words, pages, pictures."""
