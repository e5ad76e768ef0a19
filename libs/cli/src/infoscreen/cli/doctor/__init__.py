"""`infoscreen doctor`: sends a test deck through every hop and names the first hop that is broken.

`server_checks` examines the servers, `hop_checks` follows the deck, `command` prints their findings.
"""
