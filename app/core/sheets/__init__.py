"""Tables from spreadsheets and back: XLSX and CSV read as rows of text, written so that nothing in them runs.

``read(data)`` gives a ``Sheet``: rows of ``Cell`` with their positions as the person sees them in Excel. What
cannot be read raises ``BadSheet``, for which ``sheet_words`` has the sentence; what is wrong with one cell stands
at that cell (``Cell.fault``), so that a feature can list it beside its own findings. ``find_table`` finds the head
of the table and names the cells of each row; ``write_…`` and ``template_…`` make files.
"""

from app.core.sheets.columns import Column as Column
from app.core.sheets.columns import Record as Record
from app.core.sheets.columns import Table as Table
from app.core.sheets.columns import find_table as find_table
from app.core.sheets.model import BadSheet as BadSheet
from app.core.sheets.model import Cell as Cell
from app.core.sheets.model import CellFault as CellFault
from app.core.sheets.model import Limits as Limits
from app.core.sheets.model import Row as Row
from app.core.sheets.model import Sheet as Sheet
from app.core.sheets.model import column_letter as column_letter
from app.core.sheets.reading import read as read
from app.core.sheets.words import cell_words as cell_words
from app.core.sheets.words import sheet_words as sheet_words
from app.core.sheets.writing import Value as Value
from app.core.sheets.writing import template_csv as template_csv
from app.core.sheets.writing import template_xlsx as template_xlsx
from app.core.sheets.writing import write_csv as write_csv
from app.core.sheets.writing import write_xlsx as write_xlsx
