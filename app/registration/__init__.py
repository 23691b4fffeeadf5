"""Sign-up: participants, registrations, bookings, tickets."""
