"""What is done: one stage a file, the store (all Parquet goes through it), and the models."""
