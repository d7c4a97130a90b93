"""Files in the states' official layouts, written from tidy tables."""
