"""Who gets which frame, and in which order: pure decisions on arrays."""
