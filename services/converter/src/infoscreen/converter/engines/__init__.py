"""The engines that make PDFs of documents."""
