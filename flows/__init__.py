"""In what order: wiring only, and the command line."""
