from __future__ import annotations

import pytest

from app.core.clock import now
from app.core.db import in_transaction, transaction
from app.core.errors import DomainError, NotFound
from app.core.slugs import slug_of
from app.festival import queries, services
from app.festival.services import FestivalFields
from tests import factories

FIELDS = FestivalFields("Pekan", "", "", "Dinas", "Depok", "Lapangan", "", "")


@pytest.mark.parametrize(
    ("text", "taken", "slug"),
    [
        ("Senam kreasi", (), "senam-kreasi"),
        ("  Jalan santai: 4 km!  ", (), "jalan-santai-4-km"),
        ("Café Zürich", (), "cafe-zurich"),
        ("ﷺ 你好", (), "kegiatan"),
        ("", (), "kegiatan"),
        ("Senam", ("senam",), "senam-2"),
        ("Senam", ("senam", "senam-2"), "senam-3"),
        ("x" * 100, (), "x" * 60),
        ("x" * 100, ("x" * 60,), "x" * 58 + "-2"),
    ],
)
def test_slugs(text, taken, slug):
    assert slug_of(text, taken) == slug


@pytest.mark.usefixtures("ctx")
def test_there_is_one_current_festival():
    assert queries.current_festival() is None
    assert queries.current_festival_id() is None
    with pytest.raises(NotFound) as refusal:
        queries.require_current()
    assert refusal.value.code == "no_festival"
    made = in_transaction(lambda: services.create_festival(FIELDS, None, now()))
    assert queries.require_current().id == queries.current_festival_id() == made.id
    with pytest.raises(DomainError) as second, transaction():
        services.create_festival(FIELDS, None, now())
    assert second.value.code == "festival_exists"


@pytest.mark.usefixtures("ctx")
def test_a_name_used_before_gets_another_address():
    factories.festival(slug="pekan", is_current=False)
    assert in_transaction(lambda: services.create_festival(FIELDS, None, now())).slug == "pekan-2"


@pytest.mark.usefixtures("ctx")
def test_an_outdated_version_changes_nothing():
    festival = factories.festival()
    with pytest.raises(DomainError) as refusal, transaction():
        services.update_festival(festival.id, festival.version + 1, FIELDS, None, now())
    assert refusal.value.code == "edited_elsewhere"
    assert queries.require_current().name == "Pekan Koperasi Depok"
