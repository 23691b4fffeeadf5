"""Lists and blank tickets in English: a template in one language is read in the other."""

from __future__ import annotations

import pytest

from app.core import clock
from app.core.i18n import speaking
from app.core.sheets import find_table, read
from app.registration.queries.batches import slot_choices
from app.registration.services import batches
from app.registration.services.batches.columns import SHEET, columns
from tests import factories

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.mark.parametrize("written", ["id", "en"])
@pytest.mark.parametrize("spoken", ["id", "en"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_template_of_either_language_is_read_in_both(written, spoken, kind):
    festival = factories.festival()
    slot = factories.slot(factories.activity(festival))
    with speaking(written):
        data = batches.template(kind, slot_choices(festival.id, clock.now()))
    with speaking(spoken):
        table = find_table(read(data, prefer=SHEET), columns())
    assert set(table.positions) == {"example", "name", "birth", "phone", "guardian", "slot"}
    assert table.records[0].cells["slot"].text.startswith(f"#{slot.id} ")


def test_the_template_speaks_english():
    with speaking("en"):
        assert [column.title for column in columns()] == [
            "No", "Full name", "Year of birth", "WhatsApp number", "Name of the guardian", "Schedule",
        ]  # fmt: skip
