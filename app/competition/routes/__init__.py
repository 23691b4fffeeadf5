"""Pages of competitions: for judges, for the committee, for entrants, for everybody."""

from app.competition.routes import announcement as announcement
from app.competition.routes import dossiers as dossiers
from app.competition.routes import entrants as entrants
from app.competition.routes import judges as judges
from app.competition.routes import judging as judging
from app.competition.routes import minutes as minutes
from app.competition.routes import offline as offline
from app.competition.routes import own_result as own_result
from app.competition.routes import panel as panel
from app.competition.routes import planning as planning
from app.competition.routes import progress as progress
from app.competition.routes import published as published
from app.competition.routes import setup as setup
from app.competition.routes.blueprint import bp as bp
