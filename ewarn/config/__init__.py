"""Files in, validated values out: drills, quakes, velocity models, station networks."""
