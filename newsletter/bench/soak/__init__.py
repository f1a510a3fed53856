"""`newsletter bench soak`: a service of several hosts sends an issue while one thing after the other breaks; everyone must get it once."""
