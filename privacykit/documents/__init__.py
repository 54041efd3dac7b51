"""Documents that the law asks for, made from the configuration, the data map and the policies. Pure."""
