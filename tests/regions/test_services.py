from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.core.db import db, transaction
from app.regions import queries, services
from app.regions.models import Kecamatan, Kelurahan


@pytest.mark.usefixtures("ctx")
def test_depok_has_63_kelurahan_in_11_kecamatan():
    with transaction():
        assert services.load_depok() == 63
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Kecamatan)) == 11
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Kelurahan)) == 63


@pytest.mark.usefixtures("ctx")
def test_loading_again_adds_nothing_and_keeps_what_was_corrected():
    with transaction():
        services.load_depok()
        queries.kelurahan_by_code("32.76.04.1001").name = "Maruyung"
    with transaction():
        assert services.load_depok() == 0
    assert queries.kelurahan_by_code("32.76.04.1001").name == "Maruyung"


@pytest.mark.usefixtures("ctx")
def test_a_name_may_stand_twice_a_code_not():
    with transaction():
        services.load_depok()
    groups = queries.kelurahan_by_kecamatan()
    assert [kecamatan.name for kecamatan, _ in groups] == sorted(kecamatan.name for kecamatan, _ in groups)
    curug = [(kecamatan.name, k.code) for kecamatan, many in groups for k in many if k.name == "Curug"]
    assert curug == [("Bojongsari", "32.76.11.1005"), ("Cimanggis", "32.76.02.1008")]
    assert queries.kelurahan_by_code("32.76.99.9999") is None
