"""Images as files: decoded, made small and clean, and found beside the text that names them."""
