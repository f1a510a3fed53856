"""Real parts the tests run against: PostgreSQL, Valkey, SMTP servers. Each starts on loopback and is ended by its own process id."""
