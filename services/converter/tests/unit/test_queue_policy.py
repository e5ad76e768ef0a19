"""The policy of the queue, simulated: small documents are quick beside giants, and no office idles while work waits."""

import pytest
from support import virtual_time
from support.queue_simulation import Machine, System, mixed, percentile, small

COUNT, SECONDS = 580, 2400


@pytest.mark.parametrize(("converters", "busy_loops"), [(1, 0), (2, 0), (2, 4), (4, 8)])
def test_small_documents_take_at_most_twice_their_idle_time_and_giants_do_not_starve(converters, busy_loops):
    machine = Machine(processors=max(2, converters), busy_loops=busy_loops)
    documents, system = mixed(COUNT, SECONDS, bulk_every=10), System(converters, machine)
    virtual_time.run(system.run(documents))
    alone_seconds = percentile(small(documents, lambda document: document.cpu_seconds), 0.95) / machine.share(more=1)
    latency_seconds = percentile(small(documents, lambda document: document.latency_seconds), 0.95)
    assert latency_seconds <= 2 * alone_seconds
    assert max(document.latency_seconds for document in documents) < 600
    assert system.idle_while_waited_seconds < 60  # in bulk, after a document made room


def test_a_converter_on_an_overloaded_machine_finishes_every_document():
    documents, system = mixed(COUNT, SECONDS, bulk_every=10), System(1, Machine(processors=2, busy_loops=4))
    virtual_time.run(system.run(documents))
    assert all(document.done for document in documents)
    assert max(document.made_room for document in documents) <= 20
