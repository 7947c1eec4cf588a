"""One file with everything a home is: written while others work, verified before anything is put in place."""
