"""What outlives the events of our own store: figures, and what is known of the end of events."""
