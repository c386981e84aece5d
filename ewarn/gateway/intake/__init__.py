"""The control address: who may say what, whose reports are taken, and what is kept of it."""
