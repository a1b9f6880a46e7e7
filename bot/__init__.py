"""Herald: a community bot for the study group of a course that keeps publishing."""

__version__ = "0.1.0"
