"""Use cases of reading: issue pages, sections across issues, feeds."""
