"""The directory of cooperatives: figures by year, dated status, health grade, digital readiness, coaching."""
