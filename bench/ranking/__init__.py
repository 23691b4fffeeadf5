"""How well the ranking finds the truth, in competitions made up with a known truth."""
