"""People who were erased and are found again: who is back, and whom a law or a hold keeps."""
