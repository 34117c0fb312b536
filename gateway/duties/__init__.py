"""What a controller owes: pure, over domain and ports."""
