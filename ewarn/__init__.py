"""Earthquake early-warning fan-out simulator: from a quake to a verdict, over real WebSockets."""

__version__ = "0.1.0"
