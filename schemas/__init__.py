"""What things are: tables, settings, stages, fingerprints, errors; nothing of ours is imported."""
