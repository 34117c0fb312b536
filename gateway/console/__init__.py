"""What other programs, and later people with a browser, see of this gateway."""
