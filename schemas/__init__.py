"""What things are: tables, configuration, stages, fingerprints, errors. Nothing of ours is imported."""
