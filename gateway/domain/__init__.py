"""What is true of covenant, payload and law: pure, no I/O, no clock, no logging."""
