"""Addresses of shared warehouses: what they say, and that no password stands in one."""

from pathlib import Path

import pytest

from warehouse.lake.address import LakeAddress, NoLakeAddress

POSTGRES = "ducklake:postgres:dbname=gpt2030 host=db.example user=team"


def test_it_names_catalog_and_place_and_reads_back_as_it_is_written():
    address = LakeAddress.parse(POSTGRES, Path("/srv/lake"))
    assert (address.catalog, address.place) == ("postgres", "dbname=gpt2030 host=db.example user=team")
    assert address.data == Path("/srv/lake")
    assert LakeAddress.parse(address.url, address.data) == address


def test_rows_of_a_catalog_in_a_file_lie_beside_it_unless_told_otherwise(tmp_path):
    file = tmp_path / "team.sqlite"
    assert LakeAddress.parse(f"ducklake:sqlite:{file}").data == tmp_path / "team.sqlite.data"
    assert LakeAddress.parse(f"ducklake:sqlite:{file}", tmp_path / "rows").data == tmp_path / "rows"


@pytest.mark.parametrize(
    "url", ["", "postgres:dbname=x", "ducklake:", "ducklake:postgres:", "ducklake:mysql:db=x", "s3://bucket", "ducklake:sqlite:  "]
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_repeated(url):
    with pytest.raises(NoLakeAddress) as refusal:
        LakeAddress.parse(url)
    assert "ducklake:postgres:" in str(refusal.value)


@pytest.mark.parametrize(
    "place",
    [
        "dbname=x password=hunter2",
        "dbname=x PASSWORD = hunter2",
        "dbname=x passfile=/hunter2",
        "postgresql://team:hunter2@db.example/gpt2030",
    ],
)
def test_a_password_is_refused_and_not_repeated(place):
    with pytest.raises(NoLakeAddress, match="PGPASSWORD") as refusal:
        LakeAddress.parse(f"ducklake:postgres:{place}")
    assert "hunter2" not in str(refusal.value)
