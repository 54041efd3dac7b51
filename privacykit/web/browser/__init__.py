"""Events that a browser tells of itself: page changes of single-page apps, and named events."""
