"""What the law asks. Pure."""
