"""Documents that the law asks for, made of configuration, data map and policies. Pure."""
