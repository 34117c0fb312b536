"""What is true of covenant, payload and law, shown without any outside world."""
