"""The phone's engine (static/js/checkin) in a real browser, against a real server."""
