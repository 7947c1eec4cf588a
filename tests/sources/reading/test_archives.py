"""An archive of strangers is unpacked within bounds, whatever it says of itself."""

from __future__ import annotations

import io
import zipfile

import pytest

from sources.errors import WrongContent
from sources.reading.archives import read_members
from tests.publisher import zip_of


def read(body):
    return read_members(body, feed="f.zip", wanted=lambda name: name.endswith(".csv"))


def packed(method, **files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.csv", content)
    return buffer.getvalue()


def test_wanted_files_come_in_their_order_with_their_folders():
    assert list(read(zip_of({"b/x.csv": b"1", "a.csv": b"2", "photo.jpg": b"3"}))) == ["b/x.csv", "a.csv"]


def test_older_tools_on_windows_part_folders_otherwise():
    assert list(read(zip_of({"data\\x.csv": b"1"}))) == ["data/x.csv"]


def test_of_two_files_of_one_name_none_is_guessed():
    with pytest.raises(WrongContent, match=r"repeated file data/x\.csv"):
        read(zip_of({"data\\x.csv": b"1", "data/x.csv": b"2"}))


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_ways_of_packing_are_not_unpacked(method):
    with pytest.raises(WrongContent, match="another way than deflate"):
        read(packed(method, a=b"x"))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_usual_ones_are(method):
    assert read(packed(method, a=b"x")) == {"a.csv": b"x"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (zip_of({f"{k}.csv": b"" for k in range(251)}), "251 files, more than 250"),
        (zip_of({}) + b"PK\x01\x02" * 1_000_000, "1,000,000 files, more than 250"),
        (zip_of({"a.csv": bytes(33 << 20)}), "unpacks to more than 33,554,432 bytes"),
        (zip_of({f"{k}.csv": bytes(30 << 20) for k in range(3)}), "94,371,840 with the others"),
        (bytes(33 << 20), "bytes of zip, more than"),
        (zip_of({"a.csv": b"x"})[:-10], "broken zip"),
        (b"", "broken zip"),
    ],
    ids=["files", "list", "file", "together", "bytes", "cut off", "nothing"],
)
def test_what_holds_or_unpacks_to_more_than_may_be_is_refused_with_the_figure(body, says):
    with pytest.raises(WrongContent, match=says):
        read(body)
