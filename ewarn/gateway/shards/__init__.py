"""The shards as their supervisor has them: started, told, watched, replaced, and given connections."""
