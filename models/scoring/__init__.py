"""What was said, held against what happened."""
