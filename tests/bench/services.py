"""Every bench of the services, one after the other, in one table.

PYTHONPATH=tests python tests/bench/services.py [--quick] [--json FILE]
"""

import bench_crowd
import bench_display
import bench_hostile
import bench_latency
import bench_players
import bench_projection
import bench_screens
import bench_streams
import bench_upload
from report import main

BENCHES = (
    bench_display,
    bench_projection,
    bench_upload,
    bench_latency,
    bench_crowd,
    bench_players,
    bench_screens,
    bench_streams,
    bench_hostile,
)

if __name__ == "__main__":
    main(__doc__.splitlines()[0], *(bench.measure for bench in BENCHES))
