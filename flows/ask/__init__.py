"""Answers to questions about what was published."""
