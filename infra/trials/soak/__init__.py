"""Months of a home, day by day, while everything around it fails by a script."""
