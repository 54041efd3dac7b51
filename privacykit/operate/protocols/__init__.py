"""Subject requests by protocol: filed, told how they go, people asked to confirm. Does I/O."""
