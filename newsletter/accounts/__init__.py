"""Who may sit at the desk: editors, their passwords, and the browsers they are signed in at."""
