"""The bench: dispatch strategies side by side, on real sockets, in one interleaved run."""
