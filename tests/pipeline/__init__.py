"""Each step of the walk by itself, over generated reports and facts."""
