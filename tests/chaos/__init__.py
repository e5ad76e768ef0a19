"""The promise of docs/reliability.md, tried: real servers under faults, then every invariant checked.

``make chaos SEED=7 MINUTES=30`` runs it long; ``make test`` runs a short one with a fixed seed. ``campaign`` is all
of it: ``stack`` starts the system, ``workload`` uses it, ``nemesis`` injects ``faults``, ``observed`` looks at what is
there in the end, and ``checker`` compares that with what clients were promised.
"""
