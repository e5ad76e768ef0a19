"""A resumable upload behind the edge: its Location leads back to it, and its deck is converted as any other."""

from pathlib import Path
from urllib.parse import urljoin

from support.until import until

SAMPLE = Path(__file__).parents[2] / "samples" / "welcome.fodp"
TUS = {"Tus-Resumable": "1.0.0"}
STREAM = {**TUS, "Content-Type": "application/offset+octet-stream"}


async def test_a_resumable_upload_goes_on_at_its_location_behind_the_edge(system):
    edge, content = system.endpoints["edge"], SAMPLE.read_bytes()
    half = len(content) // 2
    with system.client("uploader") as uploader:
        described = {"Upload-Length": str(len(content)), "Upload-Metadata": "filename d2VsY29tZS5mb2Rw"}
        begun = uploader.post(f"{edge}/api/uploads", headers={**TUS, **described})
        assert begun.status_code == 201
        url = urljoin(f"{edge}/api/uploads", begun.headers["Location"])
        for start, piece in ((0, content[:half]), (half, content[half:])):
            told = uploader.head(url, headers=TUS)
            assert (told.status_code, told.headers["Upload-Offset"]) == (200, str(start))
            answer = uploader.patch(url, headers={**STREAM, "Upload-Offset": str(start)}, content=piece)
            assert answer.status_code == 204
        assert uploader.options(f"{edge}/api/uploads").headers["Tus-Version"] == "1.0.0"

        def ready():
            state = uploader.get(f"{edge}/api/conversions/{begun.headers['Infoscreen-Media-Id']}/status")
            return state.status_code == 200 and state.json()["status"] == "ready"

        await until(ready, "the deck is converted", deadline_seconds=120)
        assert uploader.delete(url, headers=TUS).status_code == 204
