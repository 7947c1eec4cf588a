"""How far a forecast moved, why, and whether that is worth an alert."""
