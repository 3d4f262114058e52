"""The serving process. Nothing is imported here: gevent must patch before anything else."""
