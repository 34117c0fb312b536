"""Commands as they are typed: what they print, and how they end."""
