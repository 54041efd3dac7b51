"""Tables that Spark reads and writes: more Parquet than one machine is for. Does I/O."""
