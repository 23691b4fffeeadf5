"""Pages of the directory: for everybody, for the committee, imports, coaching."""

from app.cooperatives.routes import coaching as coaching
from app.cooperatives.routes import committee as committee
from app.cooperatives.routes import figures as figures
from app.cooperatives.routes import imports as imports
from app.cooperatives.routes import merging as merging
from app.cooperatives.routes import public as public
from app.cooperatives.routes.blueprint import bp as bp
