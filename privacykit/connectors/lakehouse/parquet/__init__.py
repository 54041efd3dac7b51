"""Parquet files in a folder or a bucket, as the tables of a lake. Does I/O."""
