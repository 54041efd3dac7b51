"""Writers of results: terminal, JSON, CSV, Parquet, HTML."""
