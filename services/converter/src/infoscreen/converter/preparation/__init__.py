"""Makes of an uploaded document what an engine is given: a copy that refers to nothing outside itself.

Engines open a document with this machine's files and network around them, and their formats have dozens of ways to
name what lies there. So what may stay is listed, not what must go: hyperlinks, and what the document itself contains.
"""
