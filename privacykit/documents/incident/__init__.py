"""Documents of incidents: the response plan, the inventory, letters and forms. Pure."""
