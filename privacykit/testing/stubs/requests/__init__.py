"""Stand-ins for services by which requests of people arrive, to rehearse with."""
