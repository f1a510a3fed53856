"""Use cases of whoever runs the service: is everything in order?"""
