"""What a PDF shows of its text: characters that no font had. Needs pikepdf, which those who import it depend on."""
