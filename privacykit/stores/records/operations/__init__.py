"""What operators plan and answer for: anonymisations, incidents."""
