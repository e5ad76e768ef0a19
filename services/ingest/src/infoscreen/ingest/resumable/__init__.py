"""Resumable uploads by tus 1.0: a record in the bucket for each, which moves by compare-and-set."""
