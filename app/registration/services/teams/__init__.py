"""Teams: a leader reserves places, members write their names, what has no name in time goes to others."""

from app.registration.services.teams.ending import free_place as free_place
from app.registration.services.teams.ending import lapse_team_places as lapse_team_places
from app.registration.services.teams.naming import name_place as name_place
from app.registration.services.teams.reserving import largest_team as largest_team
from app.registration.services.teams.reserving import reserve_team as reserve_team
