"""The vocabulary: what every part of Herald talks in. Standard library only, no I/O."""
