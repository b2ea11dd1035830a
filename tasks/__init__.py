"""What is done: one stage a file, plus the store (the only Parquet reader and writer) and the models."""
