"""Probes name every dependency, and never hang or break with one."""

import httpx
import pytest

from infoscreen.common.health import create_ops_app


async def fine():
    return None


async def away():
    return "not connected"


async def broken():
    raise RuntimeError("boom")


async def get(app, path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get(path)


@pytest.mark.parametrize(
    ("checks", "status", "results"),
    [
        ({}, 200, {}),
        ({"nats": fine}, 200, {"nats": "ok"}),
        ({"nats": away, "s3": fine}, 503, {"nats": "not connected", "s3": "ok"}),
        ({"s3": broken}, 503, {"s3": "RuntimeError: boom"}),
    ],
)
async def test_readiness_is_the_sum_of_its_checks_by_name(checks, status, results):
    response = await get(create_ops_app({}, checks), "/readyz")
    assert response.status_code == status
    assert response.json()["checks"] == results


async def test_a_reported_check_does_not_make_the_service_unready():
    response = await get(create_ops_app({}, {"s3": fine}, reported={"nats": away}), "/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "degraded", "checks": {"s3": "ok", "nats": "not connected"}}


async def test_liveness_does_not_depend_on_readiness():
    app = create_ops_app({}, {"nats": away})
    assert (await get(app, "/livez")).status_code == 200
    assert (await get(app, "/readyz")).status_code == 503


async def test_metrics_are_in_prometheus_text_form():
    response = await get(create_ops_app({}, {}), "/metrics")
    assert response.status_code == 200
    assert "infoscreen_messages_total" in response.text
