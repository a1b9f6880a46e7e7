"""What Herald costs, as ratios of one run: `make bench`, or `make bench ARGS=commands` for one of them."""
