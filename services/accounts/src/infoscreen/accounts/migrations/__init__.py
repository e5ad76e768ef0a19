"""The revisions of the schema ``accounts``: a tree of their own beside the catalog's."""
