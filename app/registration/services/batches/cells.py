"""One row of a list: what its cells mean, and what is wrong with each, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from app.core.formats import number
from app.core.i18n import gettext as _
from app.core.phones import InvalidPhone, parse_phone
from app.core.sheets import CellFault, cell_words
from app.registration import rules
from app.registration.models import Batch
from app.registration.queries.batches import SlotChoice
from app.registration.words import name_words, phone_words

Cells = Mapping[str, tuple[str, str | None]]
Faults = list[tuple[str, str]]  # column, text


class RowReader:
    """Reads the rows of one list. ``choices`` are the slots it may ask for."""

    def __init__(self, batch: Batch, choices: Sequence[SlotChoice], this_year: int) -> None:
        self._phone = batch.contact_phone
        self._default = batch.slot_id
        self._this_year = this_year
        self._slots = {choice.id: choice for choice in choices}
        self._of_title: dict[str, list[SlotChoice]] = defaultdict(list)
        for choice in choices:
            self._of_title[rules.name_key(choice.title)].append(choice)

    def read(self, row: int, cells: Cells) -> tuple[rules.ListedPerson | None, Faults]:
        """The person of a row, and what is wrong with its cells; without a person where anything is."""
        faults: Faults = [(key, cell_words(CellFault(fault))) for key, (_text, fault) in cells.items() if fault]
        broken = {key for key, _text in faults}
        texts = {key: rules.clean_text(text) for key, (text, _fault) in cells.items() if key not in broken}
        name = self._name(texts.get("name", ""), faults, "name" in broken)
        birth = self._birth(texts.get("birth", ""), faults)
        phone = self._number(texts.get("phone", ""), faults)
        guardian = self._guardian(texts.get("guardian", ""), faults)
        slot_id = None if "slot" in broken else self._slot(texts.get("slot", ""), faults)
        if faults or slot_id is None:
            return None, faults
        return rules.ListedPerson(row, rules.Person(name, birth, guardian), phone, slot_id), faults

    def _name(self, text: str, faults: Faults, told: bool) -> str:
        fault = rules.name_fault(text)
        if fault and not told:
            faults.append(("name", name_words(fault)))
        return text

    def _birth(self, text: str, faults: Faults) -> rules.BirthDate | None:
        if not text:
            return None
        birth = rules.parse_birth(text)
        if birth is None:
            faults.append(("birth", _("Tulis tahun (1984) atau tanggal lengkap (17-05-1984).")))
        elif rules.born_too_long_ago(birth, self._this_year):
            words = _(
                "Tahun lahir %(year)s tidak mungkin. Mungkin diubah Excel menjadi tanggal: tulis sebagai teks.",
                year=birth.year,
            )
            faults.append(("birth", words))
        return birth

    def _number(self, text: str, faults: Faults) -> str:
        if not text:
            return self._phone
        try:
            return parse_phone(text)
        except InvalidPhone as error:
            faults.append(("phone", phone_words(error)))
            return ""

    def _guardian(self, text: str, faults: Faults) -> str | None:
        if not text:
            return None
        if fault := rules.name_fault(text):
            faults.append(("guardian", name_words(fault)))
        return text

    def _slot(self, text: str, faults: Faults) -> int | None:
        """The slot that a cell asks for; an empty one asks for the slot chosen for the whole list."""
        found, fault = self._find_slot(text)
        if fault:
            faults.append(("slot", fault))
        return found

    def _find_slot(self, text: str) -> tuple[int | None, str | None]:
        if not text:
            return self._default_slot()
        asked = rules.chosen_slot(text)
        if asked is not None:
            if asked in self._slots:
                return asked, None
            return None, _("Jadwal #%(number)s tidak ada di pilihan, atau sudah ditutup.", number=asked)
        same = self._of_title.get(rules.name_key(text), [])
        if len(same) == 1:
            return same[0].id, None
        if same:
            return None, _(
                "%(title)s punya %(many)s waktu. Tulis nomornya, misalnya #%(number)s.",
                title=same[0].title, many=number(len(same)), number=same[0].id,
            )  # fmt: skip
        return None, _("Jadwal ini tidak dikenal. Pilih dari daftar di contoh isian, atau tulis nomornya.")

    def _default_slot(self) -> tuple[int | None, str | None]:
        if self._default in self._slots:
            return self._default, None
        if self._default is None and len(self._slots) == 1:
            return next(iter(self._slots)), None
        if self._default is None:
            return None, _("Isi jadwal, atau pilih satu jadwal untuk semua waktu mengirim daftar.")
        return None, _("Jadwal yang dipilih untuk semua sudah ditutup. Isi jadwal lain.")
