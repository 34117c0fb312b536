"""Secure document exchange for the Haags Convenant Inburgering & Taal."""
