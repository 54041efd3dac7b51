"""Records of what operators plan and answer for: anonymisations, incidents."""
