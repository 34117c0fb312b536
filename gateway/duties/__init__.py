"""What a controller owes beside passing on: pure code over the ports, beside the pipeline."""
