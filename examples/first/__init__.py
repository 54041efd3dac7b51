"""The tutorial's application, its database and its data map."""
