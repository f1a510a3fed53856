"""Sources: what fills a draft by itself. Ask, read, join, rank, and assemble."""
