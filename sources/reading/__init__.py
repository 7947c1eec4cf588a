"""Reading what publishers send: tables, JSON, archives, and the process that is limited while it reads."""
