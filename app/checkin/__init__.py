"""Check-in: points, devices, scans, admissions."""
