"""Images that editors add: kept, listed, served and let go of."""
