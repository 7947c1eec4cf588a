"""An edition, drawn: page, charts, feed, hub and tables, from frames alone."""
