"""Tests of past issues that move in."""
