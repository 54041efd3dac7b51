"""Values as they stand in stores: taken apart, and what of a person is in them. Pure."""
