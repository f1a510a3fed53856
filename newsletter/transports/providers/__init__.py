"""Providers' HTTP APIs, one file each; `registry` knows them all, and is imported only where one is wanted: all eight take
a quarter of a second to load.
"""
