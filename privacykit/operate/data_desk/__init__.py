"""The desk of the data page, on the code of the commands about people's rights. Does I/O."""
