"""Settings of the standing canary, and of looking at a site from outside."""
