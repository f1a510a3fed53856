"""What fills a draft by itself."""
