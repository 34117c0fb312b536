"""What is particular to one adapter: its faults and its library."""
