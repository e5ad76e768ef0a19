"""Fuzzing of what looks at untrusted bytes first: by `make fuzz` without end, by `make test` a little."""
