"""Whoever looks on while a drill goes on: how it stands, as a terminal and a page show it."""
