"""Letters that answer requests, in plain words. Reads templates and stores."""
