"""Files for a site in production, and the application in its container."""
