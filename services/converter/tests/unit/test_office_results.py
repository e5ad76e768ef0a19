"""What an office leaves under the name of its PDF is taken only if it is a file."""

from infoscreen.converter.engines.office_process import _take


def test_a_file_is_taken(tmp_path):
    (tmp_path / "result.pdf").write_bytes(b"%PDF")
    assert _take(tmp_path / "result.pdf", tmp_path / "pdf")
    assert (tmp_path / "pdf").read_bytes() == b"%PDF"


def test_a_link_to_another_documents_pdf_is_not(tmp_path):
    (tmp_path / "other.pdf").write_bytes(b"%PDF")
    (tmp_path / "result.pdf").symlink_to(tmp_path / "other.pdf")
    assert not _take(tmp_path / "result.pdf", tmp_path / "pdf")
    assert not (tmp_path / "pdf").exists()
