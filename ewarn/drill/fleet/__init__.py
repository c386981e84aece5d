"""A drill over a fleet: its hosts are begun and led from here, and one verdict is given for all."""
