"""Use cases of the directory. From outside: ``load_sample``, ``check`` (doctor) and the calls of its parts."""

from app.cooperatives.rules.coaching import CaseFields as CaseFields
from app.cooperatives.services.coaching import open_case as open_case
from app.cooperatives.services.coaching import update_case as update_case
from app.cooperatives.services.figures import put_members as put_members
from app.cooperatives.services.figures import put_readiness as put_readiness
from app.cooperatives.services.figures import put_status as put_status
from app.cooperatives.services.figures import put_year as put_year
from app.cooperatives.services.health import check as check
from app.cooperatives.services.merging import merge as merge
from app.cooperatives.services.sample import load_sample as load_sample
from app.cooperatives.services.storing import create as create
from app.cooperatives.services.storing import update as update
