"""Messages to people: an outbox row in the same transaction as the fact it tells."""
