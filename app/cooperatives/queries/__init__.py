"""Reads of the directory. From outside: ``search``, ``by_slug``, ``health_counts``."""

from app.cooperatives.queries.details import all_live as all_live
from app.cooperatives.queries.details import by_id as by_id
from app.cooperatives.queries.details import by_slug as by_slug
from app.cooperatives.queries.details import final_of as final_of
from app.cooperatives.queries.directory import Found as Found
from app.cooperatives.queries.directory import Wanted as Wanted
from app.cooperatives.queries.directory import search as search
from app.cooperatives.queries.numbers import Counts as Counts
from app.cooperatives.queries.numbers import health_counts as health_counts
