"""From a condition that holds to a message that arrived."""
