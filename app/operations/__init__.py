"""Running the installation: start, serve, demo, doctor, worker. Imported by nobody."""
