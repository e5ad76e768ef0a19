"""The `infoscreen` command: runs the whole system on one machine and contains the operator's commands."""
