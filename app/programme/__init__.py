"""Activities and their time slots."""
