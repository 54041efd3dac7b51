"""GPP: strings of the IAB Tech Lab's Global Privacy Platform, header and sections. Pure."""
