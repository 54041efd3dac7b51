"""Fields of rows that stay, changed where they stand."""
