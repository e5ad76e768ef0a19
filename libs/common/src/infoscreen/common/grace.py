"""The grace periods of a shutdown: how long each layer waits for the one inside it, from the inside out.

1. Work in hand, an open request or a conversion, may go on for the service's grace. Then it is cut off: the request is
   closed, the document handed back and its office killed.
2. Background work that has not ended by itself HAND_BACK_SECONDS later is cancelled.
3. Whatever supervises the process (`infoscreen up`, Compose, Kubernetes) kills it no sooner than WIND_UP_SECONDS after
   the grace, so that it can hand back, remove its files and close its connections.

deploy/ has its own figures, since YAML cannot ask Python; a contract test compares them with these.
"""

REQUEST_GRACE_SECONDS = 10.0
"""For the services that answer requests."""

CONVERSION_GRACE_SECONDS = 30.0
"""For the converter."""

HAND_BACK_SECONDS = 5.0

WIND_UP_SECONDS = 15.0
