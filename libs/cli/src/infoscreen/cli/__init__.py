"""The `infoscreen` command: runs the whole system on one machine and holds the operator's verbs."""
