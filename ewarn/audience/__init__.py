"""Who is warned: places, the users who live around them, and what a quake means there."""
