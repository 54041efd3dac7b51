"""Documents that the law asks for, made from configuration, data map and policies. Pure."""
